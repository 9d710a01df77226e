"""Read the TeX that MathML carries, and a line of text that names a formula without any."""

from __future__ import annotations

from lxml import etree

from tools.convert.dom import Element, text_of

_ANNOTATION = etree.XPath(".//*[local-name()='annotation']")


def mathml_tex(math: Element | None) -> str | None:
    """Return the TeX in an annotation, ``alttext`` or a MathJax attribute; None when the MathML has only its tree."""
    if math is None:
        return None
    for note in _ANNOTATION(math):
        if "tex" in (note.get("encoding") or "").lower() and text_of(note).strip():
            return text_of(note)
    for name in ("alttext", "data-latex", "data-tex"):
        if (math.get(name) or "").strip():
            return str(math.get(name))
    return None


def linear(math: Element) -> str:
    """Return the characters of a formula on one line, to name it in a receipt."""
    shown = "".join(text for text in math.itertext() if text)
    return " ".join(shown.split())[:120]


def reconstructed(math: Element) -> str | None:
    """Translate the tree of a formula to TeX, which may not be the author's; None if that can't be done."""
    from mathml_to_latex import MathMLToLaTeX

    source = etree.tostring(math, encoding="unicode", with_tail=False)
    if len(source) > 100_000:
        return None
    try:
        tex = str(MathMLToLaTeX.convert(source)).strip()
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, RecursionError):
        return None  # the translator's own limits: the formula is reported as being without TeX
    return tex or None
