"""What of an open page is wider than its place, and whether it says so: as a browser lays it out."""

from __future__ import annotations

from typing import Any

#: Everything whose content is wider than itself or sticks out of the window, and neither scrolls nor says so.
_CUT = """() => {
  const bad = [];
  const shown = (one) => one.getClientRects().length > 0;
  const tell = (one, why) => bad.push(why + ": " + one.outerHTML.slice(0, 160));
  const cue = (one) => {
    const style = getComputedStyle(one);
    const paint = one.matches(".equation-body") ? style.backgroundImage : style.maskImage;
    const clear = /rgba\\(0, 0, 0, 0\\)/g;
    return /gradient/.test(paint) && (!one.matches(".equation-body") || (paint.match(clear) ?? []).length < 4);
  };
  for (const one of document.querySelectorAll(".zs-article *")) {
    if (!shown(one) || one.closest("math") !== null && one.tagName !== "math") continue;
    const style = getComputedStyle(one), hidden = one.scrollWidth - one.clientWidth;
    if (/auto|scroll/.test(style.overflowX) && hidden > 1) {
      if (!cue(one)) tell(one, "no cue");
      if (one.tabIndex !== 0) tell(one, "no key");
    } else if (/hidden|clip/.test(style.overflowX) && hidden > 1 && !/inline/.test(style.display)
        && one.querySelector("math, table, pre, img")) tell(one, "clipped");
  }
  // A number or its row is never out of sight.
  for (const one of document.querySelectorAll(".zs-article :is(.equation > .equation-number, .equation-tag mtext)")) {
    if (!shown(one)) continue;
    const box = one.getBoundingClientRect();
    if (box.left < -1 || box.right > innerWidth + 1) tell(one, "number out of sight");
  }
  // What is in no box that scrolls ends where the window does.
  for (const one of document.querySelectorAll(".zs-article :is(math, table, img, pre)")) {
    if (!shown(one) || one.closest(".zs-article math math")) continue;
    let box = one.parentElement;
    while (box && !(/auto|scroll/.test(getComputedStyle(box).overflowX))) box = box.parentElement;
    if (box && box.closest(".zs-article")) continue;
    if (one.getBoundingClientRect().right > innerWidth + 1) tell(one, "out of the window");
  }
  // A column of text is wider than one character.
  for (const cell of document.querySelectorAll(".zs-article :is(td, th)")) {
    const text = cell.textContent.trim();
    const style = getComputedStyle(cell), size = parseFloat(style.fontSize);
    const room = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (shown(cell) && text.length > 4 && room < 2.5 * size) tell(cell, "a narrow column");
  }
  return bad;
}"""
_COUNT = """() => [...document.querySelectorAll(
  ".zs-article :is(.equation-body, .pst-scrollable-table-container, pre, p:has(math))")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).length"""


def uncued(tab: Any) -> list[str]:
    """Return what is cut without a word on an open page."""
    found: list[str] = tab.evaluate(_CUT)
    return found


def wide(tab: Any) -> int:
    """Return how many formulas, tables, paragraphs and listings are wider than their place."""
    return int(tab.evaluate(_COUNT))
