r"""Plant one error at a time in a displayed formula, as an author's slip would: for testing what a check notices.

Each mutant is the TeX with one change, and which kind of slip it is. Source: mutation testing (DeMillo, Lipton and
Sayward 1978), its operators chosen for formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ext.edition.math import tex

_WORDS = re.compile(r"\\(?:text|operatorname|mathrm|begin|end|label|tag|hspace)$")

_DOTS = frozenset({"\\dots", "\\ldots", "\\cdots"})


class Slip(StrEnum):
    """A kind of error."""

    SIGN = "sign"
    FACTOR = "factor"
    EXPONENT = "exponent"
    INDEX = "index"
    TRANSPOSE = "transpose"
    NUMERATOR = "numerator"
    INEQUALITY = "inequality"
    TERM = "term"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A formula with one error; ``at`` is the piece it stands at."""

    tex: str
    slip: Slip
    at: int


def mutants(source: str) -> tuple[Mutant, ...]:
    """Return every mutant of a formula, each text once, the formula itself never."""
    tokens = tex.tokens(source)
    skip = _protected(tokens)
    seen = {_told(tokens)}
    found: list[Mutant] = []
    for plant, slip in _SLIPS:
        for at, changed in plant(tokens, skip):
            told = _told(changed)
            if told not in seen and at not in skip:
                seen.add(told)
                found.append(Mutant("".join(changed), slip, at))
    return tuple(sorted(found, key=lambda one: (one.at, one.slip)))


def turned_signs(source: str) -> tuple[str, ...]:
    """Return a formula with each of its plus and minus signs turned, wherever they stand but in words."""
    tokens = tex.tokens(source)
    words = _words(tokens)
    return tuple("".join(_swapped(tokens, at, ["-" if piece == "+" else "+"]))
                 for at, piece in enumerate(tokens) if piece in {"+", "-"} and at not in words)


def _told(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(piece for piece in tokens if not piece.isspace())


def _protected(tokens: Sequence[str]) -> frozenset[int]:
    """Return the places inside words, environments' names and conditions with dots, where nothing is planted."""
    inside = _words(tokens)
    start = 0
    for at, piece in enumerate([*tokens, "\\qquad"]):
        if piece in {"\\qquad", "\\quad", "\\\\"}:
            if not _DOTS.isdisjoint(tokens[start:at]):
                inside |= set(range(start, at))
            start = at
    return frozenset(inside)


def _words(tokens: Sequence[str]) -> set[int]:
    """Return the places inside words and the names of environments."""
    inside: set[int] = set()
    for at, piece in enumerate(tokens):
        if _WORDS.match(piece):
            start = tex.skip_space(tokens, at + 1)
            end = tex.closing(tokens, start) if start < len(tokens) and tokens[start] == "{" else start
            inside |= set(range(at, (end if end is not None else start) + 1))
    return inside


Plant = Callable[[Sequence[str], frozenset[int]], Iterator[tuple[int, list[str]]]]


def _swapped(tokens: Sequence[str], at: int, new: Sequence[str], width: int = 1) -> list[str]:
    return [*tokens[:at], *new, *tokens[at + width :]]


def _signs(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    depth_of_script = _in_script(tokens)
    for at, piece in enumerate(tokens):
        if piece in "+-" and at not in skip and at not in depth_of_script:
            yield at, _swapped(tokens, at, ["-" if piece == "+" else "+"])


def _factors(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    """Put a factor 2 before the first term of each side and of each bracket."""
    scripts = _in_script(tokens)
    openers = {"=", "\\le", "\\leq", "\\ge", "\\geq", "<", ">", "\\approx", "+", "-", "("}
    for at, piece in enumerate(tokens):
        if piece in openers and at not in skip and at not in scripts:
            start = at + 1
            while start < len(tokens) and (tokens[start].isspace() or tokens[start] in {"-", "&", "\\;", "\\,"}):
                start += 1
            if start < len(tokens) and tokens[start] not in {"0", ")", "}", "\\", "\\text"} and not tokens[
                    start].isdigit():
                yield start, _swapped(tokens, start, ["2", " "], 0)


def _numbers(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    scripts = _in_script(tokens)
    for at, piece in enumerate(tokens):
        alone = (at == 0 or not (tokens[at - 1].isdigit() or tokens[at - 1] == ".")) and (
            at + 1 >= len(tokens) or not (tokens[at + 1].isdigit() or tokens[at + 1] == "."))
        if piece.isascii() and piece.isdigit() and alone and at not in skip and at not in scripts:
            yield at, _swapped(tokens, at, [str(int(piece) + 1)] if piece != "9" else ["8"])


def _exponents(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    for at, piece in enumerate(tokens):
        if piece != "^" or at in skip:
            continue
        start = tex.skip_space(tokens, at + 1)
        read = tex.argument(tokens, start)
        if read is None:
            continue
        inner, end = [piece for piece in read[0] if not piece.isspace()], read[1]
        if inner in _TRANSPOSED or inner in (["*"], ["\\ast"], ["+"], ["\\infty"], ["'"]):
            continue
        if len(inner) == 1 and inner[0].isdigit():
            yield at, _swapped(tokens, start, [str(int(inner[0]) + 1) if inner[0] != "9" else "8"], end - start)
        if inner[:1] == ["-"]:
            yield at, _swapped(tokens, start, ["{", *inner[1:], "}"], end - start)
        if not _is_upper_end(tokens, at):
            yield at, _swapped(tokens, at, [], end - at)


def _is_upper_end(tokens: Sequence[str], at: int) -> bool:
    """Tell whether the script at a place is the end of a sum or an integral, or the whole of an exponential."""
    before = [piece for piece in tokens[:at] if not piece.isspace()]
    depth = 0
    for back in range(len(before) - 1, -1, -1):
        piece = before[back]
        depth += (piece == "}") - (piece == "{")
        if depth == 0 and piece in {"\\sum", "\\prod", "\\int", "\\mathrm"}:
            return True
        if depth <= 0 and piece not in {"{", "}", "_"} and back < len(before) - 1 and before[back - 1 : back] != ["_"]:
            return False
    return False


def _indices(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    """Move an index by one, or let it be another letter of the formula's indices."""
    letters = [t for at, t in enumerate(tokens) if at and tokens[at - 1] == "_" and len(t) == 1 and t.isalpha()]
    others = list(dict.fromkeys(letters))
    for at, piece in enumerate(tokens):
        if piece != "_" or at in skip:
            continue
        before = next((t for t in reversed(tokens[:at]) if not t.isspace()), "")
        if before in {"\\sum", "\\prod", "\\max", "\\min", "\\int", "\\|", "\\rVert", "\\Vert", "]", "\\lim"}:
            continue
        read = tex.argument(tokens, at + 1)
        if read is None:
            continue
        inner, end = [piece for piece in read[0] if not piece.isspace()], read[1]
        if len(inner) == 1 and inner[0] in others:
            for other in others:
                if other != inner[0]:
                    yield at, _swapped(tokens, at, ["_", other], end - at)
        if len(inner) == 3 and inner[1] in {"+", "-"} and inner[2].isdigit():
            yield at, _swapped(tokens, at, ["_", "{", inner[0], "}"], end - at)
            turned = "-" if inner[1] == "+" else "+"
            yield at, _swapped(tokens, at, ["_", "{", inner[0], turned, inner[2], "}"], end - at)


_TRANSPOSED = (["\\top"], ["T"], ["\\mathrm", "{", "T", "}"], ["\\intercal"])


def _transposes(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    for at, piece in enumerate(tokens):
        if piece != "^":
            continue
        read = tex.argument(tokens, at + 1)
        if read is not None and [p for p in read[0] if not p.isspace()] in _TRANSPOSED:
            yield at, _swapped(tokens, at, [], read[1] - at)


def _fractions(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    for at, piece in enumerate(tokens):
        if piece not in {"\\frac", "\\tfrac", "\\dfrac"}:
            continue
        above = tex.argument(tokens, at + 1)
        below = tex.argument(tokens, above[1]) if above else None
        if above is None or below is None:
            continue
        if above[0][:1] in (["\\partial"], ["\\mathrm"]):
            continue
        yield at, _swapped(tokens, at, [piece, "{", *below[0], "}", "{", *above[0], "}"], below[1] - at)


_TURNED = {"\\le": "\\ge", "\\ge": "\\le", "\\leq": "\\geq", "\\geq": "\\leq", "<": ">", ">": "<",
           "\\preceq": "\\succeq", "\\succeq": "\\preceq"}


def _inequalities(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    scripts = _in_script(tokens)
    for at, piece in enumerate(tokens):
        if piece in _TURNED and at not in skip and at not in scripts:
            yield at, _swapped(tokens, at, [_TURNED[piece]])


def _terms(tokens: Sequence[str], skip: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    """Leave out a term behind a sign."""
    scripts = _in_script(tokens)
    enders = {*_ENDS, "+", "-", "&", "\\\\", "\\qquad", "\\quad", ","}
    for at, piece in enumerate(tokens):
        if piece not in {"+", "-"} or at in skip or at in scripts or not _binary(tokens, at):
            continue
        depth, end = 0, at + 1
        while end < len(tokens):
            piece = tokens[end]
            if piece in _OPENS:
                depth += 1
            elif piece in _CLOSES:
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and piece in enders:
                break
            end += 1
        while end > at + 1 and (tokens[end - 1].isspace() or tokens[end - 1] in _SIZES):
            end -= 1
        if end > at + 1:
            yield at, _swapped(tokens, at, [], end - at)


_ENDS = frozenset({"=", "\\le", "\\leq", "\\ge", "\\geq", "<", ">", "\\approx"})
_OPENS = frozenset({"(", "[", "{", "\\{", "\\langle", "\\lVert", "\\lvert", "\\begin"})
_CLOSES = frozenset({")", "]", "}", "\\}", "\\rangle", "\\rVert", "\\rvert", "\\end"})
_SIZES = frozenset({"\\right", "\\bigr", "\\Bigr", "\\biggr", "\\Biggr", "\\big", "\\Big", "\\bigg", "\\Bigg"})


def _binary(tokens: Sequence[str], at: int) -> bool:
    before = next((t for t in reversed(tokens[:at]) if not t.isspace() and t not in {"&", "\\,", "\\;"}), "")
    return before not in {*_ENDS, "", "(", "[", "{", "\\{", "+", "-", "\\\\", ",", "\\left", "\\qquad", "\\langle",
                          "\\lVert", "\\lvert"}


def _in_script(tokens: Sequence[str]) -> frozenset[int]:
    """Return the places in subscripts and superscripts."""
    inside: set[int] = set()
    for at, piece in enumerate(tokens):
        if piece in {"_", "^"}:
            read = tex.argument(tokens, at + 1)
            if read is not None:
                inside |= set(range(at + 1, read[1]))
    return frozenset(inside)


_SLIPS: tuple[tuple[Plant, Slip], ...] = (
    (_signs, Slip.SIGN), (_factors, Slip.FACTOR), (_numbers, Slip.NUMBER), (_exponents, Slip.EXPONENT),
    (_indices, Slip.INDEX), (_transposes, Slip.TRANSPOSE), (_fractions, Slip.NUMERATOR),
    (_inequalities, Slip.INEQUALITY), (_terms, Slip.TERM))  # fmt: skip
