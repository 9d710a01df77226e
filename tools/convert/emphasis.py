"""Mend formulas that Markdown has taken apart: ``$a_1 + b_2$`` that became ``$a<em>1 + b</em>2$``.

An engine never sees such a formula, and its readers see the debris. What stood there can be told from the rest of the
formula, but not with certainty, so the receipt names each one that was mended.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.convert.delimiters import find
from tools.convert.dom import Element
from tools.convert.formulas import FormulaBook
from tools.convert.mathjax import Delimiters

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # no characters: the decoder has taken them out of the page


def mend(root: Element, rules: Delimiters, book: FormulaBook) -> None:
    """Put back the marks where emphasis begins and ends within a formula."""
    parents = dict.fromkeys(el.getparent() for el in root.iter("em", "i") if _plain(el))
    for parent in parents:
        if parent is None or not any("$" in text or "\\" in text for text in _own(parent)):
            continue
        for run in _runs(parent):
            _mend_run(run, rules, book)


def _plain(el: Element) -> bool:
    return len(el) == 0 and len(el.attrib) == 0 and bool(el.text)


def _own(parent: Element) -> Iterator[str]:
    yield parent.text or ""
    for child in parent:
        yield child.tail or ""


def _runs(parent: Element) -> Iterator[tuple[str, list[Element]]]:
    """Yield the text between other elements, with marks where emphasis begins and ends, and what is emphasised."""
    text, found = parent.text or "", []
    for child in parent:
        if child.tag in {"em", "i"} and _plain(child):
            text += f"{_OPEN}{child.text}{_CLOSE}"
            found.append(child)
        elif child.tag in {"br", "wbr"}:
            text += "\n"
        else:
            if found:
                yield text, found
            text, found = "", []
        text += child.tail or ""
    if found:
        yield text, found


def _mend_run(run: tuple[str, list[Element]], rules: Delimiters, book: FormulaBook) -> None:
    text, emphasised = run
    for match in find(text, rules):
        tex = match.tex or ""
        count = tex.count(_OPEN)
        if not count or count != tex.count(_CLOSE) or tex.find(_CLOSE) < tex.find(_OPEN):
            continue
        first = text.count(_OPEN, 0, match.start)
        for el in emphasised[first:first + count]:
            before = (el.getprevious().tail if el.getprevious() is not None else el.getparent().text) or ""
            mark = "*" if before.rstrip().endswith("^") else "_"
            tex = tex.replace(_OPEN, mark, 1).replace(_CLOSE, mark, 1)
            el.text = f"{mark}{el.text}{mark}"
            el.drop_tag()
        book.mended.add(tex)
