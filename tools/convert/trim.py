"""Take out of a post what is plainly not its text: buttons, permalinks, tables of contents, line numbers, notices.

Guesses never remove a formula, save in comments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.convert.chrome import is_chrome, is_comments
from tools.convert.content import LeftOut
from tools.convert.dom import MATH_TAG, Element, remove, select, text_of

_CONTENTS = re.compile(r"(?:table of contents|contents|outline|目\s*录|文章目录|本文目录|大纲)[:：]?", re.I)
_GUTTERS = " | ".join(
    [f".//td[contains(@class, '{name}')]" for name in ("gutter", "linenos", "lineno", "hljs-ln-numbers")]
    + [f".//pre//span[contains(@class, '{name}')]" for name in ("linenos", "lineno", "line-number")])
_MATH_WEIGHT = 200  # characters of prose that a formula counts for
_NEVER = ("script", "style", "template", "link", "meta", "noscript")


def unwrap_noscript(root: Element) -> None:
    """Keep the picture that only readers without scripts get, unless it stands there twice."""
    for el in list(root.iter("noscript")):
        before, after = el.getprevious(), el.getnext()
        twin = any(x is not None and (x.tag == "img" or x.find(".//img") is not None) for x in (before, after))
        if twin or el.find(".//img") is None:
            remove(el)
        else:
            el.drop_tag()


def drop_chrome(content: Element, selectors: Sequence[str], left: LeftOut, *, guess: bool = True) -> None:
    """Remove what the profile and the generator name, and what is plainly chrome.

    A guess never removes a formula, save in comments.
    """
    for selector in selectors:
        for el in select(content, selector):
            if el is not content:
                left.take(el, "named by the profile or the generator")
    for el in [el for el in content.iter(*_NEVER) if el is not content]:
        remove(el)
    if not guess:
        return
    size = len(text_of(content)) or 1
    weight = size + _MATH_WEIGHT * sum(1 for _ in content.iter(MATH_TAG))
    for el in [el for el in content.iter() if isinstance(el.tag, str) and el is not content and (
            is_chrome(el) or (el.tag == "footer" and el.getparent().tag not in {"blockquote", "figure"}))]:
        if not _stands(el, content):
            continue
        text, formulas = text_of(el), sum(1 for _ in el.iter(MATH_TAG))
        if is_comments(el):
            if not formulas or (len(text) + _MATH_WEIGHT * formulas) * 2 < weight:
                left.take(el, "comments")
        elif not formulas and len(text) * 3 < size and not _is_protected(el) and not _is_prose(el, text):
            left.take(el, "navigation")


def _stands(el: Element, content: Element) -> bool:
    """Tell whether an element is still part of the post."""
    return any(a is content for a in el.iterancestors())


def _is_prose(el: Element, text: str) -> bool:
    """Tell whether a note at the side is the author's: sentences, not links."""
    return el.tag == "aside" and len(text.strip()) > 40 and sum(len(text_of(a)) for a in el.iter("a")) * 3 < len(text)


def _is_protected(el: Element) -> bool:
    """Tell whether an element stands in code or in a heading, or holds code."""
    return el.find(".//pre") is not None or any(
        a.tag in {"pre", "code", "h1", "h2", "h3", "h4", "h5", "h6"} for a in el.iterancestors())


def drop_contents(content: Element, left: LeftOut) -> None:
    """Remove a table of contents: a list of nothing but links into the page; the edition makes its own."""
    for listing in list(content.iter("ul", "ol")):
        links = listing.findall(".//a")
        if listing.getparent() is None or len(links) < 3 or listing.find(f".//{MATH_TAG}") is not None:
            continue
        linked = sum(len("".join(text_of(a).split())) for a in links if (a.get("href") or "").startswith("#"))
        if linked * 10 < 9 * len("".join(text_of(listing).split())):
            continue
        before = listing.getprevious() if listing.getprevious() is not None else listing.getparent().getprevious()
        if before is not None and _CONTENTS.fullmatch(text_of(before).strip()):
            left.take(before, "navigation")
        left.take(listing, "navigation")


def drop_gutters(content: Element) -> None:
    """Remove the line numbers beside code."""
    for el in content.xpath(_GUTTERS):
        if re.fullmatch(r"[\s\d]*", text_of(el)):
            remove(el)
    for table in content.xpath(".//table[.//td/pre or .//td//div/pre]"):
        if len(table.findall(".//td")) == 1:
            table.set("role", "presentation")


def cut_footer(content: Element, patterns: Sequence[str], left: LeftOut) -> None:
    """Cut the post at the first block that a pattern matches, if no formula follows."""
    if not patterns:
        return
    ending = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    for el in content.iter():
        if not isinstance(el.tag, str) or el is content or not ending.search(text_of(el)):
            continue
        if any(ending.search(text_of(child)) for child in el if isinstance(child.tag, str)) and not ending.search(
                el.text or ""):
            continue
        victims = [el]
        node = el
        while node is not content:
            victims.extend(node.itersiblings())
            node = node.getparent()
        if not any(v.tag == MATH_TAG or next(v.iter(MATH_TAG), None) is not None for v in victims):
            for victim in victims:
                victim.tail = None
                left.take(victim, "below the end that the profile names")
            return


