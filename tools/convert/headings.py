"""Headings as their author meant them: without permalinks, and without what broken markup took in."""

from __future__ import annotations

import re

from tools.convert.dom import BLOCKS, MATH_TAG, Element, ancestors, classes, remove, text_of

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SIGNS = frozenset({"", "#", "##", "¶", "§", "🔗", "⚓", "∞", "↵", "⌘", "*", "link", "permalink", "permanent link",
                    "link to this heading", "permalink to this heading", "permalink to this headline",
                    "direct link to heading", "anchor", "copy link", "永久链接", "链接"})
_CLASSES = frozenset({"headerlink", "header-anchor", "header-link", "heading-anchor", "anchorjs-link", "hash-link",
                      "anchor-link", "permalink", "anchor", "heading-link", "headline-hash", "hanchor", "toc-anchor",
                      "markdownit-header-anchor", "heading-permalink", "section-link", "td-heading-self-link"})

_HIDDEN = re.compile("[\u200b-\u200d\u2060\ufe0e\ufe0f\ufeff]")
_LONG = 300  # characters of a block after which it is no part of a heading


def mend_headings(root: Element) -> None:
    """Take permalinks out of headings, and blocks that an end tag in the wrong place left in them."""
    for heading in list(root.iter(*HEADINGS)):
        _drop_permalinks(heading)
        _split(heading)


def _drop_permalinks(heading: Element) -> None:
    for link in heading.findall(".//a"):
        if link.find(f".//{MATH_TAG}") is not None:
            continue
        text = _sign(link)
        own = bool(classes(link) & _CLASSES)
        if text in _SIGNS and (own or link.find(".//img") is None):
            # an old theme puts the whole heading into such a link, and its sign before or behind it
            remove(link)
        elif (link.get("href") or "").startswith("#"):
            link.drop_tag()
    for sign in [el for el in heading.iter("span", "button", "label") if classes(el) & _CLASSES]:
        if _sign(sign) in _SIGNS:
            remove(sign)


def _sign(el: Element) -> str:
    """Return the text of an element without what does not show."""
    return " ".join(_HIDDEN.sub("", text_of(el)).split()).casefold()


def _split(heading: Element) -> None:
    """Put the second and further blocks of a heading behind it: ``<h1><div>Title</h1></div><div>Day</div>``.

    Where the end tag of a heading is in the wrong place, the parser goes on to the next that fits.
    """
    blocks = [child for child in heading if child.tag in BLOCKS]
    full = [block for block in blocks if text_of(block).strip() or next(block.iter(MATH_TAG, "img"), None) is not None]
    if not full or any(a.tag in HEADINGS for a in ancestors(heading, 3)):
        return
    before = (heading.text or "").strip() or any(
        text_of(el).strip() or (el.tail or "").strip() for el in full[0].itersiblings(preceding=True))
    if len(full) > 1 or len(text_of(full[0])) > _LONG:
        start = full[0] if before else (full[1] if len(full) > 1 else None)
        if start is not None:
            _move_behind(heading, start)
    for block in [block for block in full if block.getparent() is heading]:
        block.text = " " + (block.text or "")
        block.drop_tag()


def _move_behind(heading: Element, start: Element) -> None:
    moved = [start, *start.itersiblings()]
    tail, heading.tail = heading.tail, None
    for el in reversed(moved):
        heading.addnext(el)
    moved[-1].tail = (moved[-1].tail or "") + (tail or "")
