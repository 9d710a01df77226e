/* Show what a reference leads to, beside it: an equation, an annotation, a source, a section or another post; and what
   a symbol stands for. Mouse: rest on it. Keyboard: focus the link, or the formula, which tells all its symbols.
   Touch: the first tap shows, the second goes there. Escape closes. */
(() => {
  "use strict";

  const english = /^en/i.test(document.documentElement.lang);
  const words = english ? { go: "Go there", close: "Close", name: "Preview" } : { go: "前往", close: "关闭", name: "预览" };
  const WAIT = 250;
  const LEAVE = 220;
  const KEPT = 8;
  const GAP = 8;
  const UNWANTED = "script, style, link, meta, base, iframe, object, embed, form, input, button, select, textarea, "
    + "template, video, audio, .headerlink, .math-tools, .cover, .annotation-foot, noscript";

  const box = document.createElement("div");
  box.className = "zs-preview";
  box.id = "zs-preview";
  box.hidden = true;
  let current = null;
  let described = null;
  let turn = 0;
  let timer = 0;

  const pages = new Map();

  /** Return the page at an address without its fragment, this one included; the last few are kept. */
  function pageOf(address) {
    if (address === location.href.split("#")[0]) return Promise.resolve(document);
    if (!pages.has(address)) {
      const read = fetch(address, { credentials: "same-origin" }).then((answer) => {
        if (!answer.ok || !(answer.headers.get("content-type") ?? "").startsWith("text/html")) throw new Error(answer.status);
        return answer.text();
      }).then((text) => new DOMParser().parseFromString(text, "text/html"));
      read.catch(() => pages.delete(address));
      pages.set(address, read);
      if (pages.size > KEPT) pages.delete(pages.keys().next().value);
    }
    return pages.get(address);
  }

  /** Choose what of a page stands for the place that is linked to. */
  function choose(page, fragment) {
    const article = page.querySelector("article");
    if (!fragment) {
      const begin = article?.hasAttribute("data-pagefind-body") && [...article.querySelectorAll("p:not(.zs-meta)")]
        .find((one) => one.textContent.trim().length > 20 && !one.closest(".annotation, .cover, aside, nav, table"));
      return begin ? [article.querySelector("h1"), article.querySelector(".zs-meta"), begin] : [];
    }
    const target = page.getElementById(fragment);
    if (!target || !article?.contains(target)) return [];
    const whole = target.closest(".equation") ?? target.closest(".citation")
      ?? (target.matches(".annotation, .annotation-part, figure, table, dd, li, p") ? target : null);
    if (whole) return [whole];
    const section = target.closest("section");
    const heading = section?.querySelector("h1, h2, h3, h4, h5, h6");
    const begin = section?.querySelector(":scope > p, :scope > .equation");
    return heading ? [heading, begin].filter(Boolean) : [];
  }

  /** Copy nodes of a page, without whatever could act: only what can be seen is left. */
  function copyOf(found, address) {
    const copy = document.createElement("div");
    copy.className = "zs-preview-text";
    copy.append(...found.map((one) => document.importNode(one, true)));
    for (const one of copy.querySelectorAll(UNWANTED)) one.remove();
    for (const one of copy.querySelectorAll("*")) {
      if (one.localName === "a" || one.localName === "summary" || /^h[1-6]$/.test(one.localName)) {
        // Neither a stop for the keyboard nor a heading of this page.
        const plain = document.createElement(one.localName === "a" ? "span" : "div");
        plain.className = `${one.className} zs-was-${one.localName[0]}`;
        plain.append(...one.childNodes);
        one.replaceWith(plain);
        continue;
      }
      if (one.localName === "details") one.open = true;
      for (const { name } of [...one.attributes]) {
        if (/^on|^(?:id|name|tabindex|href|xlink:href|srcdoc|srcset|action|role|data-s|aria-.*)$/i.test(name)) one.removeAttribute(name);
      }
      if (one.localName === "img") one.src = new URL(one.getAttribute("src") ?? "", address).href;
    }
    return copy;
  }

  /** Put the box beside the link, above it where there is no room below. */
  function place(link) {
    const rects = link.getClientRects();
    const at = rects[0] ?? link.getBoundingClientRect();
    const width = Math.min(680, innerWidth - 2 * GAP);
    box.style.maxWidth = `${width}px`;
    box.style.maxHeight = "none";
    box.hidden = false;
    for (const body of box.querySelectorAll(".equation-body")) {
      body.style.fontSize = "";
      const scale = body.clientWidth / body.scrollWidth;
      if (scale < 1) body.style.fontSize = `${Math.max(0.5, scale * 0.98)}em`;
    }
    const below = innerHeight - at.bottom - 2 * GAP;
    const above = at.top - 2 * GAP - (document.querySelector(".zs-top")?.offsetHeight ?? 0);
    const down = box.offsetHeight <= below || below >= above;
    box.style.maxHeight = `${Math.max(96, Math.min(down ? below : above, innerHeight * 0.6))}px`;
    box.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - box.offsetWidth - GAP))}px`;
    box.style.top = `${down ? at.bottom + GAP : at.top - box.offsetHeight - GAP}px`;
    const text = box.querySelector(".zs-preview-text");
    const cut = text.scrollHeight > text.clientHeight + 1;
    // A finger can scroll the rest into view; others follow the link.
    const scrolls = cut && box.classList.contains("zs-touched");
    text.classList.toggle("zs-cut", cut && !scrolls);
    if (scrolls) text.tabIndex = 0;
  }

  function close(back = false) {
    clearTimeout(timer);
    turn += 1;
    if (!current) return;
    const link = current;
    current = null;
    if (described) link.setAttribute("aria-describedby", described);
    else link.removeAttribute("aria-describedby");
    link.removeAttribute("aria-expanded");
    if (back && box.contains(document.activeElement)) link.focus({ preventScroll: true });
    box.hidden = true;
    box.replaceChildren();
  }

  /** Show what a link leads to; say whether there was anything to show. */
  async function show(link, touched = false) {
    if (link === current) return true;
    close();
    const mine = turn;
    const url = new URL(link.href);
    const address = url.href.split("#")[0];
    let found;
    try {
      found = choose(await pageOf(address), decodeURIComponent(url.hash.slice(1)));
    } catch {
      // A page opened from a file may not read others; the link works without a preview.
      return false;
    }
    if (mine !== turn || !found.length || !link.isConnected) return false;
    return present(link, copyOf(found.filter(Boolean), address), link.href, touched);
  }

  /** Return the rows of the table of symbols that marks of formulas stand for, each once. */
  function rowsOf(marks) {
    const found = [...marks].map((mark) => document.getElementById(`notation-${mark.getAttribute("data-s")}`)?.closest("tr"));
    return [...new Set(found)].filter(Boolean);
  }

  /** Say what symbols stand for, beside one of them or beside the formula that has them all. */
  function tell(at, marks, touched = false) {
    if (at === current) return true;
    close();
    const rows = rowsOf(marks);
    const text = copyOf(rows.map((row) => {
      const line = document.createElement("p");
      line.append(...[0, 1].flatMap((n) => [...document.importNode(row.cells[n].firstElementChild, true).childNodes, n ? "" : "\u2003"]));
      return line;
    }), location.href);
    return rows.length > 0 && present(at, text, `#${rows[0].cells[0].id}`, touched);
  }

  /** Put a text into the box beside what it is about; a finger gets a way to go there and to close it. */
  function present(link, text, address, touched) {
    if (!text.textContent.trim()) return false;
    box.replaceChildren(text);
    described = link.getAttribute("aria-describedby");
    box.classList.toggle("zs-touched", touched);
    box.setAttribute("role", touched ? "dialog" : "tooltip");
    if (touched) {
      box.setAttribute("aria-label", words.name);
      const go = document.createElement("a");
      go.href = address;
      go.textContent = words.go;
      const shut = document.createElement("button");
      shut.type = "button";
      shut.textContent = words.close;
      shut.addEventListener("click", () => close(true));
      const foot = document.createElement("p");
      foot.className = "zs-preview-foot";
      foot.append(go, shut);
      box.append(foot);
      link.setAttribute("aria-expanded", "true");
    } else {
      box.removeAttribute("aria-label");
      link.setAttribute("aria-describedby", [described, box.id].filter(Boolean).join(" "));
    }
    if (!box.isConnected) (document.querySelector("main") ?? document.body).append(box);
    current = link;
    place(link);
    return true;
  }

  /** Return the link of the text that something happened to, if it leads to what can be shown. */
  function linkAt(target) {
    const link = target instanceof Element ? target.closest("a[href]") : null;
    if (!link || !link.closest(".zs-article, .zs-related") || link.matches(".headerlink, .equation-number, .cover, [download]")
      || link.closest("nav, .zs-preview, .zs-map, .zs-hits, h1, h2, h3, h4, h5, h6")) return null;
    const url = new URL(link.href, document.baseURI);
    if (url.origin !== location.origin || url.protocol !== location.protocol) return null;
    const here = url.href.split("#")[0] === location.href.split("#")[0];
    if (here ? url.hash.length < 2 : !/(?:\.html|\/)$/.test(url.pathname)) return null;
    return link;
  }

  /** Return the symbol of the text that something happened to, and the formula that was focused. */
  const symbolAt = (target) => (target instanceof Element && target.closest(".zs-article") && !target.closest("a, .zs-preview")
    ? target.closest("[data-s]") : null);
  const symbolsOf = (target) => (target instanceof Element && target.matches(".equation-body, math")
    ? target.querySelectorAll("[data-s]") : []);

  const later = (wait, action) => { clearTimeout(timer); timer = setTimeout(action, wait); };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    if (box.contains(event.target)) { clearTimeout(timer); return; }
    const link = linkAt(event.target);
    const symbol = link ? null : symbolAt(event.target);
    if ((link ?? symbol) && (link ?? symbol) === current) clearTimeout(timer);
    else if (link) later(WAIT, () => show(link));
    else if (symbol) later(WAIT, () => tell(symbol, [symbol]));
    else if (current && document.activeElement !== current && !box.classList.contains("zs-touched")) later(LEAVE, () => close());
    else if (!current) { clearTimeout(timer); turn += 1; }
  });
  document.addEventListener("focusin", (event) => {
    if (box.contains(event.target)) return;
    const link = linkAt(event.target);
    const marks = link ? [] : symbolsOf(event.target);
    if (link && link.matches(":focus-visible")) show(link);
    else if (marks.length && event.target.matches(":focus-visible")) tell(event.target, marks);
    else if (link !== current) close();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === current && !box.contains(event.relatedTarget) && !box.classList.contains("zs-touched")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && current) { event.stopPropagation(); close(true); }
  });
  addEventListener("scroll", (event) => { if (current && !box.contains(event.target)) close(); }, { passive: true, capture: true });
  addEventListener("resize", () => close());
  addEventListener("pagehide", () => close());

  let pointer = "";
  document.addEventListener("pointerdown", (event) => { pointer = event.pointerType; }, true);
  document.addEventListener("click", (event) => {
    if (box.contains(event.target)) { if (event.target.closest("a")) setTimeout(() => close()); return; }
    const link = linkAt(event.target);
    const plain = !(event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
    const symbol = link ? null : symbolAt(event.target);
    if (pointer === "touch" && symbol && symbol !== current) { tell(symbol, [symbol], true); return; }
    if (pointer !== "touch" || !link || !plain || link === current) { close(); return; }
    event.preventDefault();
    show(link, true).then((shown) => { if (!shown) location.href = link.href; });
  });
})();
