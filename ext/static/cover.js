// Remember whether the coverage view is on, and lead from one open equation to the next. The view itself is a checkbox
// and style, and works without this script. An address that ends in ?coverage shows a page with the view on.
(() => {
  "use strict";
  const box = document.getElementById("cover-on");
  if (!box) return;
  const KEY = "coverage";
  let kept = null;
  try { kept = localStorage.getItem(KEY); } catch (error) { /* storage is switched off */ }
  box.checked = kept === "on" || new URLSearchParams(location.search).has("coverage");
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEY, box.checked ? "on" : "off"); } catch (error) { /* kept for this page only */ }
  });

  const button = document.querySelector(".cover-bar button");
  if (!button) return;
  button.hidden = false;
  let last = null;
  button.addEventListener("click", () => {
    const open = [...document.querySelectorAll(".cover-uncovered[href], .cover-referenced[href], .cover-beside[href]")];
    // After the one that was shown last, else the first that is not yet read past; then from the top again.
    const from = last ? open.indexOf(last) + 1 : open.findIndex((mark) => mark.getBoundingClientRect().top > 0);
    last = open[from] ?? open[0];
    last.scrollIntoView({ block: "center" });
    last.focus({ preventScroll: true });
  });
})();
