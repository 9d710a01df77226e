"""Find declared symbols in set formulas: which elements of the MathML are one of them, whatever the TeX was.

What is compared is what is seen, so that macros, braces and spellings make no difference. A letter with an index, a
prime or an accent is another symbol than the letter alone; with an exponent it is the same. Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: The attribute that says of an element of a formula which symbol it is.
MARK = "data-s"

_PIECE = re.compile(r"<(/?)([a-z]++)([^<>]*+)>|([^<>]++)")
_VARIANT = re.compile(r'mathvariant="([a-z-]+)"')
#: Elements of which the first child is what the others are written at, and how many of them make it another symbol.
_INDEXED = {"msub": 1, "msubsup": 1, "munder": 1, "mover": 1, "munderover": 2, "msup": 0}
#: Signs above and below that only point at what they stand at, and exponents that leave a symbol what it is.
_BRACES, _TRANSPOSED = frozenset("⏟⏞⎵⎴"), frozenset("⊤⊺⊥")
_SCRIPTS = frozenset({"msubsup", "munderover"})

Key = tuple[object, ...]


@dataclass(slots=True)
class _Element:
    """An element of a formula: what it is, where in the text its attributes begin, and what it holds."""

    tag: str
    at: int
    text: str = ""
    children: list[_Element] = field(default_factory=list)
    seen: Key = ()

    def key(self) -> Key:
        """Return what is seen of the element."""
        if not self.seen:
            held = self.row() if self.tag == "mrow" else self.children
            alone = self.tag == "mrow" and len(held) == 1
            self.seen = held[0].key() if alone else (self.tag, self.text, *(child.key() for child in held))
        return self.seen

    def row(self) -> list[_Element]:
        """Return what a row holds, without the rows and the empty space that show nothing of their own."""
        if self.tag not in ("mrow", "math", "mstyle"):
            return [self]
        return [one for child in self.children for one in child.row() if one.tag != "mspace"]


def _read(mathml: str) -> _Element:
    root = _Element("", 0)
    open_ = [root]
    for piece in _PIECE.finditer(mathml):
        closing, tag, attributes, text = piece.groups()
        if text is not None:
            open_[-1].text += text
        elif closing:
            open_ = open_[:-1] or [root]
        else:
            variant = _VARIANT.search(attributes) if tag == "mi" else None
            made = _Element(tag, piece.end(2), f"{variant[1]}:" if variant else "")
            open_[-1].children.append(made)
            if not attributes.endswith("/"):
                open_.append(made)
    return root.children[0] if root.children else root


def pattern(mathml: str) -> tuple[Key, ...]:
    """Return what is looked for: what is seen of a symbol that was set; empty where it cannot be set."""
    return tuple(one.key() for one in _read(mathml).row()) if mathml.startswith("<math") else ()


def mark(mathml: str, patterns: Mapping[tuple[Key, ...], int]) -> tuple[str, frozenset[int]]:
    """Return a set formula with its symbols marked by their numbers, and the numbers; the longest symbol wins."""
    if not mathml.startswith("<math") or not patterns:
        return mathml, frozenset()
    found: dict[int, int] = {}
    longest = max(map(len, patterns))
    _search(_read(mathml).row(), patterns, longest, found)
    for at in sorted(found, reverse=True):
        mathml = f'{mathml[:at]} {MARK}="{found[at]}"{mathml[at:]}'
    return mathml, frozenset(found.values())


def _search(row: Sequence[_Element], patterns: Mapping[tuple[Key, ...], int], longest: int, found: dict[int, int],
            *, free: bool = True) -> None:
    """Mark what a row holds; in one that is not *free*, a single element alone is not a symbol."""
    keys = [one.key() for one in row]
    at = 0
    while at < len(row):
        for length in range(min(longest, len(row) - at), 0, -1):
            number = patterns.get(tuple(keys[at:at + length])) if free or len(row) > 1 else None
            if number is not None:
                found.update((one.at, number) for one in row[at:at + length])
                at += length
                break
        else:
            _inside(row[at], patterns, longest, found)
            at += 1


def _inside(one: _Element, patterns: Mapping[tuple[Key, ...], int], longest: int, found: dict[int, int]) -> None:
    """Look into an element that is no symbol itself."""
    rest = one.children
    if one.tag in _INDEXED and rest:
        # A letter with an index and an exponent is the letter with the index.
        indexed = ("msub" if one.tag == "msubsup" else "munder", "", *(child.key() for child in rest[:2]))
        number = patterns.get((indexed,)) if one.tag in _SCRIPTS and _exponent(rest[-1]) else None
        if number is not None:
            found.update((child.at, number) for child in rest[:2])
            rest = rest[2:]
        else:
            _search(rest[0].row(), patterns, longest, found, free=_same(one))
            rest = rest[1:]
    for child in rest:
        _search(child.row(), patterns, longest, found)


def _same(scripted: _Element) -> bool:
    """Say whether what is written at a symbol leaves it the symbol that it is."""
    scripts = scripted.children[1:]
    if not scripts or scripted.tag == "msup":
        return all(map(_exponent, scripts))
    return scripted.tag in ("munder", "mover") and scripts[0].text in _BRACES


def _exponent(script: _Element) -> bool:
    """Say whether a superscript is a power or a transposition, and neither a prime, a star nor an index in brackets."""
    held = script.row()
    return not (held and held[0].tag == "mo" and held[0].text not in _TRANSPOSED | {"−", "-"} and (
        len(held) == 1 or held[0].text in "([<⟨"))

