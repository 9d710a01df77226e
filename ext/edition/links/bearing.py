"""What bears on whether a piece of the annotations is about an equation, measured for every pair of a post.

Each measure is between 0 and 1 (``ahead`` is below 0 for all but the best) and can be said in words. What they add up
to was fitted on pairs that people had read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ext.edition.annotations.kinds import SECTION
from ext.edition.links import likeness
from ext.edition.links.likeness import Formula, Match, Run, formula, in_words, said_in
from ext.edition.posts.units import DERIVING, Asked, Shown, Unit

#: What each measure adds, from 0 to as much as it says here, to the logarithm of the odds that a piece is about an
#: equation. A logistic regression on 571 equations of which people had judged one or several pieces; the best six
#: pieces of each that nobody had judged count for a seventh as pieces that are not about it. Each weight is drawn, as
#: strongly as by one and a half judged pairs, to zero, or to what its meaning lets expect: closes and titled 2, general
#: -1, deriving 0.4, therefore 0.3 (titled occurred nowhere). How well it does on posts that it was not fitted on is in
#: the guide.
WEIGHTS: Mapping[str, float] = MappingProxyType({
    # The formulas: beside the best of the other pieces, in themselves, and beside the other equations.
    "alike": 1.34, "signs": 1.40, "ahead": 2.16, "extra": -1.09, "left": 0.63, "right": 0.56, "long": 0.77,
    "mine": 0.92, "rival": -1.60, "crowd": -0.80,
    # Where they stand.
    "first": 0.39, "starts": -0.65, "order": -0.97, "beside": 1.76,
    # The text around them.
    "topic": 0.87, "title": 0.43, "lead": 0.63, "fits": 0.80,
    # What the piece says of itself.
    "closes": 2.23, "titled": 2.00, "deriving": 0.15, "therefore": 0.17, "general": -0.66,
})
CONSTANT = -5.05

#: Fewest tokens of an equation that is sought at all; how alike a formula must be that recurs, or begins to.
LEAST, RECURS, HINT = 4, 0.5, 0.25
#: How much of a text is compared: before an equation, after it, and at the beginning of a piece.
_BEFORE, _AFTER, _OPENING = 150, 100, 250
#: Formulas so far from an equation, and pieces so far from a piece, are its neighbours.
_NEAR, _BESIDE = 2, 3
#: Titles under which everything is repeated and nothing is said of it.
_GENERAL = re.compile(
    r"对比|比较|优势|优点|缺[点陷]|应用|总结|小结|展望|未来|方向|路线|局限|实现|核心(?:问题|创新|思想)|贡献|摘要|代码|算法步骤|"
    r"讨论|回顾|动机|符号|记号|背景|历史|类比|问题[描陈]述|"
    r"\b(?:summary|comparison|conclusions?|applications?|outlook|discussion|notation|future)\b", re.I)
_LEAD = re.compile(
    r"(因此|因而|所以|于是|从而|综上|故|得到|得|可得|即|最终|代入|化简|整理|thus|hence|therefore|so|we get|we obtain)"
    r"[^\n]{0,24}[:：，,]?[ \t]{0,9}$", re.I)
_CLOSING = re.compile(
    r"(?:这[正就便恰]?是|此即|即为?|得到了?|证得|恰好?[是为]|this is(?: exactly)?) {0,2}(?:原文|文中|正文)?的? {0,2}"
    r"(?:公?式|方程|eq(?:uation)?\.?)? {0,2}(?:\$?\\eqref\{(?P<label>[^{}]+)\}|\{eq\}`(?P<role>[^`]+)`)", re.I)
_NUMBERED = re.compile(
    r"(?:公式|方程|原式|式) {0,2}[(（$\\]{0,3} {0,2}(?P<tag>\d{1,3}[a-z]?) {0,2}[)）$]|\((?P<bare>\d{1,3})\)")
_TABLE = re.compile(r"\\hline|\\begin\{(?:array|tabular)\}\s*\{[^{}]*\|")


@dataclass(slots=True)
class Bearing:
    """A pair: where the equation recurs, the measures by name, and what they are filled in with when they are said."""

    match: Match
    #: How alike the equation is to all displays of the piece together.
    whole: float
    values: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def likely(self) -> float:
        """How likely the piece is about the equation, from 0 to 1."""
        return 1 / (1 + math.exp(-CONSTANT - sum(WEIGHTS[name] * value for name, value in self.values.items())))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece as it is compared: its formulas by their number, the text before each, and what it says."""

    formulas: Mapping[int, Formula]
    leads: Mapping[int, str]
    title: frozenset[str]
    opening: frozenset[str]
    words: frozenset[str]


def bearings(equations: Sequence[Asked], units: Sequence[Unit]) -> Mapping[int, Mapping[int, Bearing]]:
    """Return, by the number of an equation and of a piece, what bears on it; pairs with nothing in common are left out.

    Tables and the shortest formulas are not sought.
    """
    asked = {number: read for number, one in enumerate(equations)
             if not _TABLE.search(one.shown.tex) and len((read := formula(one.shown.tex)).whole) >= LEAST}
    pieces = tuple(_pieces(units))
    shown = [one for piece in pieces for one in piece.formulas.values()]
    runs = likeness.weights(one.runs for one in (*asked.values(), *shown))
    signs = likeness.weights(one.signs for one in (*asked.values(), *shown))
    matches = {(number, at, display): likeness.match(one, other, display, runs)
               for number, one in asked.items() for at, piece in enumerate(pieces)
               for display, other in piece.formulas.items()}
    found: dict[int, dict[int, Bearing]] = {number: {} for number in asked}
    for number, one in asked.items():
        for at, piece in enumerate(pieces):
            # What stands before a formula says which of several alike displays is meant.
            chosen = max((matches[number, at, display] for display in piece.formulas), default=None,
                         key=lambda match: (_choice(one, piece, match, equations[number], signs), -match.display))
            if chosen is not None and chosen.share:
                union = frozenset[Run]().union(*(other.runs for other in piece.formulas.values()))
                found[number][at] = Bearing(chosen, likeness.shared(one.runs, union, runs))
    _formulas(found, asked, pieces, matches, signs)
    _order(found, len(equations), len(units))
    _texts(found, equations, pieces)
    _named(found, equations, units, pieces)
    return found


def _choice(one: Formula, piece: _Piece, match: Match, equation: Asked, signs: Mapping[str, float]) -> float:
    other = piece.formulas[match.display]
    return (match.alike + in_words(equation.before, piece.leads[match.display]) / 2
            + _signs(one, other, signs) / 3 + likeness.same_left(one, other) / 5)


def _signs(one: Formula, other: Formula, weight: Mapping[str, float]) -> float:
    return likeness.harmonic(likeness.shared(one.signs, other.signs, weight),
                             likeness.shared(other.signs, one.signs, weight))


def _formulas(found: Mapping[int, dict[int, Bearing]], asked: Mapping[int, Formula], pieces: Sequence[_Piece],
              matches: Mapping[tuple[int, int, int], Match], signs: Mapping[str, float]) -> None:
    """Measure how the formulas of a pair are alike, and whether another equation or piece is more so."""
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for (number, at, display), match in matches.items():
        best[at, display] = max(best.get((at, display), (0.0, 0)), (match.alike, -number))
    for number, row in found.items():
        top = max((pair.match.alike for pair in row.values()), default=0.0)
        wholes = sorted((pair.whole for pair in row.values()), reverse=True)
        alike = {at: _signs(asked[number], pieces[at].formulas[pair.match.display], signs) for at, pair in row.items()}
        first = next((at for at, pair in sorted(row.items()) if pair.match.alike >= RECURS), None)
        for at, pair in row.items():
            one, other = asked[number], pieces[at].formulas[pair.match.display]
            rival, whose = best[at, pair.match.display]
            next_best = wholes[0] if pair.whole < wholes[0] else wholes[1] if len(wholes) > 1 else 0.0
            others = sum(any(matches[another, at, display].alike >= RECURS for display in pieces[at].formulas)
                         for another in found if another != number)
            pair.values |= {
                "alike": pair.match.alike / top if top else 0.0,
                "signs": alike[at] / max(alike.values()) if alike[at] else 0.0,
                "ahead": pair.whole - next_best,
                "extra": 1 - likeness.shared(other.signs, one.signs, signs),
                "left": float(likeness.same_left(one, other)),
                "right": float(likeness.same_right(one, other)),
                "mine": float(-whose == number and pair.match.alike > HINT),
                "rival": rival - pair.match.alike,
                "first": float(at == first),
                "starts": float(pair.match.display == 0 and len(pieces[at].formulas) > 1),
                "crowd": min(others, 6) / 6,
                "long": min(1.0, math.log(1 + len(one.whole)) / 6),
            }
            pair.said |= {"rival": str(-whose), "crowd": str(others + 1), "extra": f"{pair.values['extra']:.0%}"}


def _order(found: Mapping[int, dict[int, Bearing]], equations: int, units: int) -> None:
    """Measure where a pair stands: annotations mostly keep the order of the text, and neighbours stay together."""
    for number, row in found.items():
        for at, pair in row.items():
            pair.values["order"] = abs(number / max(1, equations - 1) - at / max(1, units - 1))
            pair.values["beside"] = max(
                (near.match.alike * (1.0 if abs(step) == 1 else 0.7) * (1.0 if abs(far) <= 1 else 0.7)
                 for step in range(-_NEAR, _NEAR + 1) if step for far in range(-_BESIDE, _BESIDE + 1)
                 if (near := found.get(number + step, {}).get(at + far)) is not None), default=0.0)


def _texts(found: Mapping[int, dict[int, Bearing]], equations: Sequence[Asked], pieces: Sequence[_Piece]) -> None:
    """Measure what is said around an equation and in a piece, beside what is said in the other pieces of the post."""
    weight = likeness.weights(piece.words for piece in pieces)
    around = {number: said_in(f"{one.before[-_BEFORE:]} {one.after[:_AFTER]} {one.section}")
              for number, one in enumerate(equations) if number in found}
    fits = {(number, at): likeness.cosine(around[number], pieces[at].opening, weight)
            for number, row in found.items() for at in row}
    fittest = {at: max(fits[number, at] for number in found if at in found[number])
               for at in {at for row in found.values() for at in row}}
    for number, row in found.items():
        measures = {
            "topic": {at: likeness.shared(around[number], pieces[at].words, weight) for at in row},
            "title": {at: likeness.shared(pieces[at].title, around[number], weight) for at in row},
            "lead": {at: in_words(equations[number].before, pieces[at].leads[pair.match.display])
                     for at, pair in row.items()}}
        for name, values in measures.items():
            top = max(values.values(), default=0.0)
            for at, pair in row.items():
                pair.values[name] = values[at] / top if top else 0.0
        for at, pair in row.items():
            pair.values["fits"] = fits[number, at] / fittest[at] if fittest[at] else 0.0


def _named(found: Mapping[int, dict[int, Bearing]], equations: Sequence[Asked], units: Sequence[Unit],
           pieces: Sequence[_Piece]) -> None:
    """Measure what a piece says of itself: which equation it names, that it derives, that it closes with it."""
    tags = {tag for unit in units for shown in unit.displays for tag in shown.tags}
    for number, row in found.items():
        one = equations[number]
        numbers = set(one.shown.tags) - tags
        for at, pair in row.items():
            unit = units[at]
            led = _LEAD.search(pieces[at].leads[pair.match.display])
            pair.values |= {
                "closes": float(one.name in {name for closing in _CLOSING.finditer(unit.text)
                                             for name in closing.groups() if name}),
                "titled": float(bool(numbers & set(_mentioned(unit.title)))),
                "deriving": float(bool(DERIVING.search(unit.title)) or unit.kind in ("derivation", "proof")),
                "therefore": float(led is not None),
                "general": float(bool(_GENERAL.search(unit.title))),
            }
            pair.said |= {"closes": one.name, "therefore": led[1] if led else "", "titled": ", ".join(sorted(numbers))}
            # To be named says where a formula comes from as often as what a piece is about: told, and not weighed.
            if any(label in unit.text for label in one.shown.labels):
                pair.said["named"] = ", ".join(one.shown.labels)
            if numbers & set(_mentioned(unit.text)):
                pair.said["numbered"] = ", ".join(sorted(numbers))


def _pieces(units: Sequence[Unit]) -> Iterator[_Piece]:
    under = ""
    for unit in units:
        if unit.kind == SECTION:
            under = unit.title
        title = unit.title if unit.kind == SECTION else f"{unit.title} {under}"
        formulas = {number: formula(one.tex) for number, one in enumerate(unit.displays) if not _TABLE.search(one.tex)}
        text = likeness.without_formulas(unit.text)
        yield _Piece(formulas, {number: f"{title} {lead_of(unit, number)}" for number in formulas}, said_in(title),
                     said_in(f"{title} {text[:_OPENING]}"), said_in(f"{title} {text}"))


def lead_of(unit: Unit, display: int) -> str:
    """Return the line of text before a display of a piece."""
    lines = unit.text.split("\n")
    wanted = _first_line(unit.displays[display])
    at = next((number for number, line in enumerate(lines) if wanted and wanted in line), 0)
    before = lines[at].partition(wanted)[0] if wanted else ""
    return next((text.strip() for text in (before, *reversed(lines[:at])) if text.strip(" $\t:")), "")


def _first_line(shown: Shown) -> str:
    return next((line.strip() for line in shown.tex.split("\n") if line.strip()), "")


def _mentioned(text: str) -> Iterator[str]:
    for found in _NUMBERED.finditer(text):
        yield found["tag"] or found["bare"]
