"""The formulas of one page: what is known of each, and which element stands for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

from lxml import etree

from tools.convert.decode import LINE_ENDS
from tools.convert.dom import MATH_TAG, Element, ancestors, classes, text_of


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula of a page; ``tex`` is None where the page shows a formula but does not carry its TeX."""

    tex: str | None
    display: bool
    markup: str
    snippet: str = ""
    bare: bool = False  # an environment that stood in the text without delimiters
    reconstructed: bool = False  # derived from MathML, or mended: not letter for letter the author's


class Found(NamedTuple):
    """What a reader of the table answers: the element to replace, the TeX, and whether it is displayed."""

    node: Element
    tex: str | None
    display: bool
    twins: tuple[Element, ...] = ()
    snippet: str = ""
    tree: Element | None = None  # its MathML


@dataclass(slots=True)
class FormulaBook:
    """The formulas of one page by the elements that stand for them, in the order in which they were found.

    Which formula an element stands for is known here and nowhere in the tree, where a page could say it too.
    """

    marks: dict[Element, Formula] = field(default_factory=dict)
    mended: set[str] = field(default_factory=set)  # what Markdown had taken apart, as it was put together again

    def placeholder(self, formula: Formula) -> Element:
        """Record a formula and return the element that stands for it."""
        mark: Element = etree.Element(MATH_TAG)
        self.marks[mark] = formula
        return mark


_DELIMITED = (
    (re.compile(r"\A\$\$(.*)\$\$\Z", re.S), "$$", True), (re.compile(r"\A\\\[(.*)\\\]\Z", re.S), r"\]", True),
    (re.compile(r"\A\\\((.*)\\\)\Z", re.S), r"\)", False), (re.compile(r"\A\$([^$]*)\$\Z", re.S), "$", False),
)
_ENVIRONMENT = re.compile(r"\A\\begin\{(\w+\*?)\}(.*)\\end\{(\w+\*?)\}\Z", re.S)
_DISPLAY_CLASSES = frozenset({
    "display", "math-display", "katex-display", "katex--display", "ql-img-displayed-equation", "formuladsp",
    "mwe-math-fallback-image-display", "mwe-math-mathml-display", "mathjax_display", "math-block", "block",
    "mjxc-display", "mjpage__block", "displaymath", "equation-container", "ltx_eqn_table",
})


def tidy(tex: str) -> str:
    """Strip what is wrapping and not TeX: CDATA marks, doubled entities, the space around."""
    if re.search(r"&(?:lt|gt|amp|quot|#\d+);", tex):
        tex = LINE_ENDS.sub(" ", unescape(tex).replace("\r", "\n"))
    tex = tex.replace("\xa0", " ").strip()
    tex = re.sub(r"\A%?\s*<!\[CDATA\[\s*", "", tex).rstrip()
    if tex.endswith("]]>"):
        tex = tex.removesuffix("]]>").rstrip().removesuffix("%")
    body = tex.strip()
    # a control space at the end is one token: "x\ " must not become "x\"
    return body + " " if re.search(r"(?<!\\)(?:\\\\)*\\\Z", body) else body


def undelimit(tex: str) -> tuple[str, bool | None]:
    """Strip the delimiters that some attributes carry; the second value tells what they said, if anything.

    Text that holds more than one formula is left as it is.
    """
    body = tex.strip()
    for pattern, closing, display in _DELIMITED:
        match = pattern.match(body)
        if match and closing not in match[1]:
            return match[1], display
    match = _ENVIRONMENT.match(body)
    if match is None or match[3] != match[1] or f"\\end{{{match[1]}}}" in match[2]:
        return tex, None
    return (match[2], match[1] != "math") if match[1] in {"math", "displaymath"} else (body, True)


def marked_display(el: Element, levels: int = 2) -> bool:
    """Tell whether an element or one of its next ancestors says that it stands on a line of its own."""
    return any(classes(node) & _DISPLAY_CLASSES or node.get("display") in {"block", "true"}
               or node.get("mode") == "display" for node in (el, *ancestors(el, levels)))


def sole(el: Element) -> bool:
    """Tell whether an element is all there is in its paragraph."""
    parent = el.getparent()
    return (parent is not None and parent.tag == "p" and len(parent) == 1 and not (parent.text or "").strip()
            and not (el.tail or "").strip())


def alone(el: Element) -> bool:
    """Tell whether an element has its block to itself (``<p><img></p>``)."""
    parent = el.getparent()
    while parent is not None and parent.tag in {"span", "a", "b", "em", "strong", "font", "noscript"}:
        parent = parent.getparent()
    return (parent is not None and parent.tag in {"p", "div", "center", "dd", "figure"}
            and not text_of(parent).strip() and len(parent.findall(".//img")) == 1)
