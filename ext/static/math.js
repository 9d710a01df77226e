/* Copy any formula as LaTeX: with the mouse, by touch, by keyboard, or within a selection. */
(() => {
  "use strict";

  const english = /^en/i.test(document.documentElement.lang);
  const words = english
    ? { copy: "Copy LaTeX", link: "Copy link", copied: "Copied", failed: "Copying failed",
        keys: "Press c to copy the LaTeX, j and k for the next and previous formula" }
    : { copy: "复制 LaTeX", link: "复制链接", copied: "已复制", failed: "复制失败",
        keys: "按 c 复制 LaTeX，按 j、k 到下一个、上一个公式" };

  const formulas = () => [...document.querySelectorAll("math[alttext]")];
  const isDisplay = (math) => math.getAttribute("display") === "block";
  const texOf = (math) => math.getAttribute("alttext");
  const holder = (math) => (isDisplay(math) && math.closest(".equation-body")) || math;
  const formulaAt = (target) => {
    if (!(target instanceof Element)) return null;
    const math = target.closest("math[alttext]");
    return math || target.closest(".equation-body")?.querySelector("math[alttext]") || null;
  };

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const said = element("span", { class: "math-said", role: "status" });
  const keys = element("span", { id: "math-keys", hidden: "" }, words.keys);
  const copyButton = element("button", { type: "button", title: words.keys }, words.copy);
  const linkButton = element("button", { type: "button" }, words.link);
  const tools = element("span", { class: "math-tools", role: "group" }, copyButton, linkButton);
  document.body.append(said, keys);

  let current = null;
  let saying = 0;

  function say(text) {
    said.textContent = text;
    clearTimeout(saying);
    saying = setTimeout(() => { said.textContent = ""; }, 1600);
  }

  async function toClipboard(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages opened from a file or over plain HTTP have no clipboard; the old way needs a field.
      const field = element("textarea", { readonly: "", class: "math-field" });
      field.value = text;
      document.body.append(field);
      const before = document.activeElement;
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      before?.focus?.({ preventScroll: true });
      if (!done) return say(words.failed);
    }
    say(words.copied);
  }

  function show(math) {
    if (math === current && tools.isConnected) return;
    hide();
    current = math;
    const equation = isDisplay(math) ? math.closest(".equation") : null;
    linkButton.hidden = !equation?.id;
    if (equation) {
      tools.removeAttribute("style");
      equation.append(tools);
    } else {
      const box = math.getBoundingClientRect();
      tools.style.cssText = `top:${scrollY + box.bottom + 4}px;left:${scrollX + Math.max(4, box.left)}px;right:auto`;
      document.body.append(tools);
    }
    tools.dispatchEvent(new CustomEvent("math-tools", { bubbles: true }));
  }

  function hide() {
    tools.remove();
    current = null;
  }

  function move(math, step) {
    const all = formulas().filter((one) => one.getClientRects().length);
    const next = all[all.indexOf(math) + step];
    if (!next) return;
    const target = holder(next);
    if (!target.hasAttribute("tabindex")) {
      target.setAttribute("tabindex", "-1");
      target.setAttribute("aria-describedby", keys.id);
    }
    target.focus();
  }

  copyButton.addEventListener("click", () => current && toClipboard(texOf(current)));
  linkButton.addEventListener("click", () => {
    const id = current?.closest(".equation")?.id;
    if (id) toClipboard(`${location.href.split("#")[0]}#${encodeURIComponent(id)}`);
  });

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const math = formulaAt(event.target);
    if (math && isDisplay(math)) show(math);
    else if (current && isDisplay(current) && !event.target.closest?.(".equation")
      && !current.closest(".equation")?.contains(document.activeElement)) hide();
  });
  document.addEventListener("click", (event) => {
    if (tools.contains(event.target)) return;
    const math = formulaAt(event.target);
    if (math && !event.target.closest("a") && getSelection().isCollapsed) show(math);
    else if (!math) hide();
  });
  document.addEventListener("dblclick", (event) => {
    const math = formulaAt(event.target);
    if (math) toClipboard(texOf(math));
  });
  document.addEventListener("focusin", (event) => {
    const math = formulaAt(event.target);
    if (!math) return;
    holder(math).setAttribute("aria-describedby", keys.id);
    show(math);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const math = formulaAt(event.target) || (tools.contains(event.target) ? current : null);
    if (!math) return;
    if (event.key === "c") toClipboard(texOf(math));
    else if (event.key === "j") move(math, 1);
    else if (event.key === "k") move(math, -1);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed || !event.clipboardData) return;
    const box = element("div", { class: "math-field" });
    for (let n = 0; n < selection.rangeCount; n += 1) box.append(selection.getRangeAt(n).cloneContents());
    const found = [...box.querySelectorAll("math[alttext]")];
    if (!found.length) return;
    const html = box.innerHTML;
    for (const math of found) {
      const sign = isDisplay(math) ? "$$" : "$";
      math.replaceWith(sign + texOf(math) + sign);
    }
    box.querySelectorAll(".math-tools").forEach((one) => one.remove());
    document.body.append(box);
    event.clipboardData.setData("text/plain", box.innerText);
    event.clipboardData.setData("text/html", html);
    box.remove();
    event.preventDefault();
  });
})();
