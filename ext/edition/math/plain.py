"""Write a set formula as plain text, for where nothing can be set: the description of a page, a preview by others."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

#: Characters of a formula that is still read as part of a sentence.
LONGEST = 40
#: What stands for a formula that plain text cannot say.
LEFT_OUT = "…"
_RAISED = str.maketrans("0123456789+−-=()nix′⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣ′ᵀ")
_LOWERED = str.maketrans("0123456789+−-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
_ACCENTS = {"ˆ": "\u0302", "^": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0304", "‾": "\u0304", "˙": "\u0307",
            "→": "\u20d7", "⃗": "\u20d7"}
#: Structures that take a page, not a line.
_TWO_DIMENSIONAL = frozenset({"mtable", "mmultiscripts", "menclose", "semantics"})
#: Operators that are not seen: application of a function, multiplication, a list, addition.
_UNSEEN = re.compile("[\u2061-\u2064]")
_SPACED = re.compile("([=<>≤≥≠≈≡∼→∈⇒⇔↦∝])")


def plain(mathml: str, longest: int = LONGEST) -> str:
    """Return a formula as characters in a line of at most *longest*, or :data:`LEFT_OUT` where that says nothing."""
    try:
        root = ElementTree.fromstring(mathml)  # noqa: S314 - see above
    except ElementTree.ParseError:
        # Shown as its source: the marked box of a formula that nobody could set may hold anything.
        return LEFT_OUT
    if root.tag != "math" or any(one.tag in _TWO_DIMENSIONAL for one in root.iter()):
        return LEFT_OUT
    text = " ".join(_SPACED.sub(r" \1 ", _UNSEEN.sub("", _row(root))).split())
    return text if 0 < len(text) <= longest else LEFT_OUT


def text_of(shown: str) -> str:
    """Return HTML in which formulas are set as text, where nothing can be set; what cannot be said is left out."""
    first, *rest = shown.split("<math")
    parts = [first]
    for piece in rest:
        formula, _, text = piece.partition("</math>")
        parts += [html.escape(plain(f"<math{formula}</math>")), text]
    return html.unescape("".join(parts))


def _row(element: Element) -> str:
    return "".join(map(_text, element))


def _text(element: Element) -> str:
    parts = [_text(child) for child in element]
    match element.tag, parts:
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msqrt", _:
            return "√" + _grouped("".join(parts))
        case "mroot", [base, degree]:
            return _script(degree, _RAISED, "") + "√" + _grouped(base)
        case "msub" | "munder", [base, below]:
            return base + _script(below, _LOWERED, "_")
        case "msup" | "mover", [base, above]:
            if element.get("accent"):
                return base + _ACCENTS.get(above, "") if len(base) == 1 else base
            return base + _script(above, _RAISED, "^")
        case "msubsup" | "munderover", [base, below, above]:
            return base + _script(below, _LOWERED, "_") + _script(above, _RAISED, "^")
        case "mspace", _:
            return " " if element.get("width") else ""
        case _:
            return "".join(parts) or (element.text or "")


def _script(text: str, table: dict[int, int], sign: str) -> str:
    """Write a script with small characters where all of them exist, else after its sign."""
    small = text.strip().translate(table)
    changed = text.strip() and all(ord(char) in table for char in text.strip())
    return small if changed else sign + _grouped(text)


def _grouped(text: str) -> str:
    return text if len(text.strip()) <= 1 or text.isdigit() else f"({text})"
