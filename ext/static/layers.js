// Original and commentary: what of a post is shown, kept in the address and remembered; and where each block is from.
(() => {
  "use strict";
  const root = document.documentElement;
  const bar = document.querySelector(".zs-layers");
  if (!bar) return;
  const states = [...bar.querySelectorAll("[data-layers]")].map((button) => button.dataset.layers);
  const boxes = [...document.querySelectorAll(".zs-article :is(div.annotation, section.annotation)")]
    .filter((box) => !box.parentElement.closest(".annotation"));

  const HEAD = ".annotation-title, h2, h3, h4, h5, h6";
  const button = (box) => {
    // Marked, for a rule of style for all that is no heading would be looked up for every part of every formula.
    for (const part of box.children) if (!part.matches(HEAD)) part.dataset.folds = "";
    const head = box.querySelector(`:scope > :is(${HEAD})`);
    if (!head || head.querySelector(".zs-unfold")) return;
    const made = document.createElement("button");
    made.type = "button";
    made.className = "zs-unfold";
    made.setAttribute("aria-label", bar.dataset.unfold);
    made.setAttribute("aria-expanded", "false");
    made.addEventListener("click", () => {
      const open = box.classList.toggle("zs-opened");
      made.setAttribute("aria-expanded", String(open));
      dispatchEvent(new Event("resize"));
    });
    head.append(made);
  };

  const keep = (name, value, usual) => {
    const address = new URL(location.href);
    if (value === usual) address.searchParams.delete(name); else address.searchParams.set(name, value);
    history.replaceState(history.state, "", address);
    try { localStorage.setItem(name, value); } catch (error) { /* kept for this page only */ }
  };

  const show = (state) => {
    const before = root.dataset.layers ?? "all";
    root.dataset.layers = state;
    for (const one of bar.querySelectorAll("[data-layers]")) {
      one.setAttribute("aria-pressed", String(one.dataset.layers === state));
    }
    if (state === "folded") boxes.forEach(button);
    for (const box of document.querySelectorAll("details.annotation")) {
      if (state === "folded") { box.dataset.was ??= String(box.open); box.open = false; }
      else if (box.dataset.was) { box.open = box.dataset.was === "true"; delete box.dataset.was; }
    }
    if (state !== before) dispatchEvent(new Event("resize"));
  };

  const tell = (on) => {
    root.toggleAttribute("data-origins", on);
    bar.querySelector("[data-origins]").setAttribute("aria-pressed", String(on));
  };

  // A link into what is not shown shows it.
  const reveal = () => {
    const target = document.querySelector(":target");
    const box = target?.closest(".annotation");
    if (!box || target.getClientRects().length) return;
    if (root.dataset.layers === "original") show("all");
    for (let one = box; one; one = one.parentElement?.closest(".annotation")) {
      one.classList.add("zs-opened");
      one.querySelector(":scope > * > .zs-unfold")?.setAttribute("aria-expanded", "true");
      if (one.matches("details")) one.open = true;
    }
    target.scrollIntoView();
  };

  const wanted = new URL(location.href).searchParams;
  const stored = (name) => { try { return localStorage.getItem(name); } catch (error) { return null; } };
  bar.hidden = false;
  const first = wanted.get("layers") ?? stored("layers");
  show(states.includes(first) ? first : "all");
  tell((wanted.get("origins") ?? stored("origins")) === "on");
  bar.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (pressed?.dataset.layers) {
      show(pressed.dataset.layers);
      keep("layers", pressed.dataset.layers, "all");
    } else if (pressed) {
      const on = pressed.getAttribute("aria-pressed") !== "true";
      tell(on);
      keep("origins", on ? "on" : "off", "off");
    }
  });
  addEventListener("hashchange", reveal);
  addEventListener("click", (event) => { if (event.target.closest?.("a[href*='#']")) setTimeout(reveal); });
  reveal();
})();
