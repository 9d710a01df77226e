"""Read the formulas of a built site from the MathML of its pages, as trees of what is set: nothing of the index."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

_MATH = re.compile(r'<math (?:alttext|data-tex)="([^"]*)"[^<>]*>.*?</math>', re.S)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\w+);)")
#: Elements that only hold others together, and what is nothing to read.
_HOLDING, _NOTHING = frozenset({"mrow", "mstyle", "mpadded", "math", "semantics"}), frozenset({"mspace", "annotation"})
_SAME = {"⁡": "", "⊤": "T", "‖": "∥", "ε": "ϵ", "∣": "|", "ϕ": "φ"}
#: Scripts of sums and limits stand below and above them in a display, and beside them in the text.
_BESIDE = {"munder": "msub", "mover": "msup", "munderover": "msubsup"}

Tree = tuple[str, tuple["Tree", ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """A different formula of the site: its TeX, its tree, and the posts that hold it."""

    tex: str
    tree: tuple[Tree, ...]
    posts: frozenset[str]


def trees(node: etree._Element) -> Iterator[Tree]:
    """Yield what stands in a row in *node*: signs, and elements with what is in them."""
    for child in node:
        name = etree.QName(child).localname
        if name in _NOTHING:
            continue
        if name in _HOLDING:
            yield from trees(child)
        elif len(child):
            # A binomial is a fraction without its line.
            kind = "binom" if child.get("linethickness") == "0" else _BESIDE.get(name, name)
            yield kind, tuple(("mrow", tuple(trees(_held(part)))) for part in child)
        elif text := _sign(child.text or ""):
            yield from ((letter, ()) for letter in (text if name == "mn" else [text]))


def _held(part: etree._Element) -> etree._Element:
    holder = etree.Element("mrow")
    holder.append(etree.fromstring(etree.tostring(part, with_tail=False)))
    return holder


def _sign(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    return _SAME.get(plain, plain)


def read(mathml: str) -> tuple[Tree, ...]:
    """Read one formula as its engine set it."""
    return tuple(trees(etree.fromstring(_ENTITY.sub("&amp;", mathml))))


def collect(site: Path) -> list[Found]:
    """Read the formulas of all posts."""
    held: dict[tuple[Tree, ...], tuple[str, set[str]]] = {}
    for page in sorted((site / "posts").glob("*.html")):
        for match in _MATH.finditer(page.read_text("utf-8")):
            held.setdefault(read(match[0]), (html.unescape(match[1]), set()))[1].add(page.name)
    return [Found(tex, tree, frozenset(posts)) for tree, (tex, posts) in held.items()]
