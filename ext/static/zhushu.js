// The frame's own behaviour: light and dark, the drawer of topics, the search dialog, the current section.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const applyMode = (mode) => {
    root.dataset.mode = mode;
    root.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
    for (const button of document.querySelectorAll(".zs-mode button")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  };

  const setUpMode = () => {
    const bar = document.querySelector(".zs-mode");
    bar.hidden = false;
    applyMode(root.dataset.mode || "auto");
    dark.addEventListener("change", () => applyMode(root.dataset.mode));
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      applyMode(button.dataset.mode);
      try { localStorage.setItem("mode", button.dataset.mode); } catch (error) { /* kept for this page only */ }
    });
  };

  const setUpDrawer = () => {
    const button = document.querySelector(".zs-menu");
    const side = document.getElementById("zs-side");
    const set = (open) => {
      button.setAttribute("aria-expanded", String(open));
      root.classList.toggle("zs-drawer", open);
      if (open) side.querySelector("a")?.focus();
    };
    button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && root.classList.contains("zs-drawer")) { set(false); button.focus(); }
    });
    document.addEventListener("click", (event) => {
      if (root.classList.contains("zs-drawer") && !side.contains(event.target) && !button.contains(event.target)) {
        set(false);
      }
    });
    // The current post may stand far down a long list.
    const current = side.querySelector('[aria-current="page"]');
    if (current && side.scrollHeight > side.clientHeight) {
      side.scrollTop = current.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 3;
    }
  };

  const setUpFinder = () => {
    const dialog = document.querySelector(".zs-finder");
    const link = document.querySelector(".zs-find");
    const open = async () => {
      const own = document.querySelector("[data-search-page] input[type=search]");
      if (own) { own.focus(); own.select(); return; }
      if (dialog.open) { dialog.close(); return; }
      dialog.showModal();
      const { mount } = await import(new URL(dialog.dataset.searchScript, document.baseURI));
      mount(dialog, { root: root.dataset.content_root, page: link.href });
    };
    const plain = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    link.addEventListener("click", (event) => {
      // From a file no module can be loaded; the search page says what to do instead.
      if (location.protocol === "file:" || !plain(event)) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (event.key === "/" && plain(event) && !typing && !event.defaultPrevented) {
        event.preventDefault();
        if (location.protocol === "file:") location.href = link.href; else if (!dialog.open) open();
      }
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (location.protocol === "file:") location.href = link.href; else open();
      }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  };

  const setUpSections = () => {
    const toc = document.querySelector(".zs-toc");
    if (!toc) return;
    const wide = matchMedia("(min-width: 75em)");
    wide.addEventListener("change", () => { toc.open = wide.matches; });
    toc.addEventListener("click", (event) => {
      if (event.target.closest("a") && !wide.matches) toc.open = false;
    });
    const links = new Map();
    for (const link of toc.querySelectorAll("a")) {
      const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (target) links.set(target, link);
    }
    const mark = () => {
      let current = null;
      for (const target of links.keys()) {
        if (target.getBoundingClientRect().top > innerHeight * 0.3) break;
        current = target;
      }
      for (const [target, link] of links) {
        if (target === current) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
        const item = link.parentElement;
        item.classList.toggle("zs-here", target === current || (current !== null && target.contains(current)));
      }
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  };

  // What scrolls sideways says at which edge it goes on, and can be scrolled by keyboard; only that is a stop for it.
  const setUpScrolling = () => {
    const wide = document.querySelectorAll(
      ".equation-body, .zs-article :is(pre, .pst-scrollable-table-container, p:has(math), .zs-scroll, .table-scroll, .why-formula)");
    const names = ["", "start", "end", "both"];
    // All are measured before anything is marked: the page is laid out once.
    const measure = (one) => {
      const from = Math.abs(one.scrollLeft), hidden = one.scrollWidth - one.clientWidth;
      // A paragraph scrolls once it is marked: as a rule of style this would be looked up again for every formula read.
      const scrolls = () => one.localName === "p" || /auto|scroll/.test(getComputedStyle(one).overflowX);
      if (hidden <= 1 || !scrolls()) return "";
      return names[(from > 1) + 2 * (hidden - from > 1)];
    };
    const mark = (one, cut) => {
      if ((one.dataset.cut ?? "") === cut) return;
      if (cut) { one.dataset.cut = cut; one.tabIndex = 0; return; }
      delete one.dataset.cut;
      if (!one.matches(".equation-body")) one.removeAttribute("tabindex");
    };
    const all = () => {
      const cuts = [...wide].map(measure);
      const broad = [];
      wide.forEach((one, at) => {
        mark(one, cuts[at]);
        if (!cuts[at] || !one.matches(".equation > .equation-body")) return;
        one.parentElement.classList.add("zs-broad");
        broad.push(one);
      });
      // What is wide may have found room in the margin.
      const again = broad.map(measure);
      broad.forEach((one, at) => mark(one, again[at]));
    };
    const anew = () => {
      for (const one of document.querySelectorAll(".zs-broad")) one.classList.remove("zs-broad");
      all();
    };
    let waiting;
    addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(anew, 300); });
    addEventListener("load", all);
    document.addEventListener("toggle", () => all(), true);
    document.addEventListener("scroll", (event) => {
      if (event.target instanceof Element && event.target.dataset.cut) mark(event.target, measure(event.target));
    }, { capture: true, passive: true });
    document.fonts.ready.then(all);
  };

  const setUpCitation = () => {
    const button = document.querySelector(".zs-cite button");
    if (!button || !navigator.clipboard) return; // without one the text is there to be marked
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.nextElementSibling.textContent);
      button.textContent += " ✓";
      button.disabled = true;
    });
  };

  setUpCitation();
  setUpMode();
  setUpScrolling();
  setUpDrawer();
  setUpFinder();
  setUpSections();
})();
