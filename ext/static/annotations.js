/* Open folded annotations for whoever needs to see inside: a link that leads into one, and the printer. */
(() => {
  "use strict";

  const unfold = (start) => {
    let changed = false;
    for (let box = start?.closest("details"); box; box = box.parentElement?.closest("details")) {
      changed ||= !box.open;
      box.open = true;
    }
    return changed;
  };

  // :target is what the address names, whatever its spelling; scrolling again is due only if something moved.
  const reveal = () => {
    const target = document.querySelector(":target");
    if (unfold(target)) target.scrollIntoView();
  };

  addEventListener("hashchange", reveal);
  // A second click on the same link changes no hash.
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (link && link.href === location.href && link.hash) setTimeout(reveal);
  });

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:is(.annotation, .fold):not([open])")];
    for (const box of folded) box.open = true;
  });
  addEventListener("afterprint", () => {
    for (const box of folded) box.open = false;
    folded = [];
  });

  reveal();
})();
