"""The table of math markup: which elements of a page are formulas, and how each kind is read.

A formula that is found is taken out of the tree before anything else looks at it, so no later step can escape, wrap
or split its TeX. The next way of marking up math is a row of ``MARKUPS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.convert import authored as w
from tools.convert import engines as e
from tools.convert.dom import Element, ancestors, classes, remove, replace
from tools.convert.formulas import Formula, FormulaBook, Found, tidy
from tools.convert.mathml import reconstructed


@dataclass(frozen=True, slots=True)
class Markup:
    """One way in which pages mark up math: any of the tags, classes (in lower case) and attributes makes an element
    a candidate; the reader answers None for one that is no formula after all."""

    name: str
    read: Callable[[Element], Found | None]
    tags: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


MARKUPS = (
    Markup("mathjax2", e.script, tags=("script",)),
    Markup("katex", e.katex, classes=("katex-display", "katex", "katex-error")),
    Markup("wikipedia", e.wikipedia, classes=("mwe-math-element",)),
    Markup("attribute", w.attribute, attributes=w.ATTRIBUTES),
    Markup("json", w.json_value, tags=("card",), attributes=("data-attrs",)),
    Markup("mathjax3", e.container, tags=("mjx-container",)),
    Markup("latexml", w.equation_group, classes=("ltx_equationgroup",)),
    Markup("mathml", e.mathml, tags=("math",)),
    Markup("element", w.element, tags=("d-math", "dt-math", "tex-math", "inline-math", "math-renderer", "tex", "eq",
                                       "eqn", "latex-js", "latex")),
    Markup("image", w.image, tags=("img",)),
    Markup("code", w.code, classes=w.WRAPPERS, attributes=("data-math-style",)),
    Markup("rendered", e.rendered, classes=("mathjax_display", "mathjax", "mathjax_svg", "mathjax_svg_display",
                                            "mathjax_chtml", "mjx-chtml", "mjpage")),
)
# What engines leave beside a formula: the source while it loads, a tree for screen readers, messages.
_DEBRIS = frozenset({"mathjax_preview", "mjx_assistive_mathml"})


def protect(root: Element, book: FormulaBook, *, reconstruct: bool = False) -> None:
    """Replace every formula that has an element of its own by a placeholder.

    With ``reconstruct``, MathML that carries no TeX is translated; the formula says so.
    """
    candidates = _candidates(root)
    for markup in MARKUPS:
        for el in candidates[markup.name]:
            if el is root or _detached(el, root):
                continue
            found = markup.read(el)
            if found is None or found.node is root:
                continue
            tex = tidy(found.tex) if found.tex is not None else None
            derived = reconstruct and tex is None and found.tree is not None
            if derived:
                tex = reconstructed(found.tree)
            if tex == "" or (tex is None and not found.snippet and not e.shows(found.node)):
                continue
            for twin in found.twins:
                remove(twin)
            mark = book.placeholder(Formula(tex, found.display, markup.name, found.snippet or (tex or "")[:120],
                                            reconstructed=derived and tex is not None))
            replace(_outermost(found.node, found.display), mark)


def _candidates(root: Element) -> dict[str, list[Element]]:
    """Return the elements that each row of the table may read, in the order of the page, and clear debris away."""
    found: dict[str, list[Element]] = {markup.name: [] for markup in MARKUPS}
    by_tag = {tag: markup.name for markup in MARKUPS for tag in markup.tags}
    by_class = {name: markup.name for markup in MARKUPS for name in markup.classes}
    by_attribute = {name: markup.name for markup in MARKUPS for name in markup.attributes}
    debris: list[Element] = []
    for el in root.iter():
        tag = el.tag
        if not isinstance(tag, str):
            continue
        if ":" in tag:
            tag = _without_prefix(el)
        rows = {by_tag[tag]} if tag in by_tag else set()
        for name, value in el.items():
            if name == "class":
                names = value.lower().split()
                rows.update(by_class[n] for n in names if n in by_class)
                if not _DEBRIS.isdisjoint(names):
                    debris.append(el)
            elif name in by_attribute:
                rows.add(by_attribute[name])
        for row in rows:
            found[row].append(el)
    for el in debris:
        if not any(script.get("type", "").lower().startswith("math/") for script in el.iter("script")):
            remove(el)
    return found


def _without_prefix(el: Element) -> str:
    """Rename ``<mml:math>`` and what is in it: a page that is no XML has no namespaces, only names with a colon."""
    prefix, _, name = el.tag.partition(":")
    if prefix in {"mml", "m", "math", "mathml"} and name:
        el.tag = name
    return str(el.tag)


def _detached(el: Element, root: Element) -> bool:
    """Tell whether an earlier formula of the same list has taken this element out of the tree."""
    top = el
    while top.getparent() is not None:
        top = top.getparent()
    return top is not root


def _outermost(el: Element, display: bool) -> Element:
    """Return the wrapper of a formula that holds nothing else (``<span class="katex-display">``)."""
    for parent in ancestors(el, 3):
        wraps = parent.tag in {"span", "div", "eq", "eqn", "section"} and len(parent) == 1
        if not wraps or (parent.text or "").strip() or (el.tail or "").strip():
            break
        if not classes(parent) & {"katex-display", "katex--display", "katex--inline", "math", "mathjax-block",
                                  "mathjax_display", "katex-block", "math-display", "math-inline", "arithmatex"}:
            break
        el = parent
    return el
