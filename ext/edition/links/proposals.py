"""Propose, for an equation of the original, the one piece of the annotations that is most likely about it.

A program knows well where a formula recurs and badly what the piece does with it. So there is one proposal for an
equation, with its reasons in words, and nothing is taken for an answer.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ext.edition.math.display import parse
from ext.edition.math.tex import comparable, tokens
from ext.edition.posts.units import DERIVING, Asked, Unit

#: Consecutive tokens that are compared, and the least share of an equation's runs by which it recurs: rare runs weigh
#: more. Of an equation whose left side is the same a smaller share is enough.
WINDOW, SHARE, SAME_LEFT = 3, 0.3, 0.2
#: How much a proposal must have for it: how alike both formulas are, and half as much for what is said before them.
#: The weights were fitted on 200 proposals that were read, the bar set on 240 others; see the guide.
LIKELY = 0.4
#: So many characters before a formula are compared, and so much of them in common is all that can be hoped for.
_SAID, _ENOUGH = 60, 3.0
_HAN = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_FORMULA = re.compile(r"\$[^$]*\$|\\[a-zA-Z]+")
#: Fewest tokens of an equation that is sought at all, of one that is sought inside others, and of a left side.
LEAST, INSIDE, LEFT = 4, 9, 2
#: Fonts and frames, by which one formula is written in two ways.
_FONTS = frozenset({"\\boldsymbol", "\\mathbf", "\\bm", "\\mathcal", "\\mathbb", "\\boxed", "\\text", "\\mathscr",
                    "\\underbrace"})
_SAME = {"\\gt": ">", "\\lt": "<", "\\cdots": "\\ldots", "\\dots": "\\ldots", "\\triangleq": "=", "\\equiv": "=",
         "\\tfrac": "\\frac", "\\dfrac": "\\frac", "\\epsilon": "\\varepsilon", "\\odot": "\\otimes"}
_RELATIONS = frozenset({"=", "\\approx", "\\leq", "\\geq", "\\sim", "\\propto", "\\rightarrow", "\\leftarrow",
                        "<", ">", "\\Rightarrow", "\\Leftrightarrow"})
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}")
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

How = Literal["exact", "part", "runs", "left"]


@dataclass(frozen=True, slots=True)
class Match:
    """Where an equation recurs: which display of a piece, how, and which share of its runs."""

    display: int
    how: How
    share: float
    #: The share of the runs of that display which are the equation's: what else is in it is about something else.
    back: float = 1.0

    @property
    def alike(self) -> float:
        """How alike both are, from 0 to 1: the harmonic mean of both shares."""
        return 2 * self.share * self.back / (self.share + self.back) if self.share else 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best piece for an equation: the number of each in their lists, and why."""

    equation: int
    unit: int
    match: Match
    score: float
    #: What speaks for it: a key of the words, with what is filled in.
    reasons: tuple[tuple[str, str], ...]
    #: Whether the piece says in so many words that its chain closes with this equation.
    closes: bool = False


@dataclass(frozen=True, slots=True)
class _Formula:
    """A formula as it is compared: all its tokens, those of each row, and its runs."""

    whole: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    runs: frozenset[tuple[str, ...]]
    left: tuple[str, ...]


def propose(equations: Sequence[Asked], units: Sequence[Unit]) -> tuple[Proposal, ...]:
    """Return the best proposal for every equation that has one, in the order of the equations."""
    return tuple(ranked[0] for ranked in ranking(equations, units).values() if ranked)


def ranking(equations: Sequence[Asked], units: Sequence[Unit]) -> Mapping[int, tuple[Proposal, ...]]:
    """Return every piece in which an equation recurs, the best first, by the number of the equation."""
    asked = {number: _formula(one.shown.tex) for number, one in enumerate(equations)
             if not _TABLE.search(one.shown.tex)}
    asked = {number: one for number, one in asked.items() if len(one.whole) >= LEAST}
    known = [[None if _TABLE.search(shown.tex) else _formula(shown.tex) for shown in unit.displays] for unit in units]
    weights = _weights([*asked.values(), *(one for some in known for one in some if one is not None)])
    matches = {(number, at): match for number, one in asked.items() for at, shown in enumerate(known)
               if (match := _match(one, shown, weights)) is not None}
    # A piece that repeats many equations is about none of them in particular.
    crowd: dict[int, int] = {}
    for _, at in matches:
        crowd[at] = crowd.get(at, 0) + 1
    tags = {tag for unit in units for shown in unit.displays for tag in shown.tags}
    found: dict[int, tuple[Proposal, ...]] = {}
    for number in asked:
        own = [at for at in range(len(units)) if (number, at) in matches]
        exact = [at for at in own if matches[number, at].how in ("exact", "part")]
        some = [_proposal(number, at, equations[number], units[at], matches[number, at], crowd[at], tags,
                          first=(exact or own)[0] == at) for at in own]
        found[number] = tuple(sorted((one for one in some if one is not None), key=lambda one: (-one.score, one.unit)))
    return found


def _proposal(number: int, at: int, asked: Asked, unit: Unit, match: Match, crowd: int, tags: Iterable[str], *,
              first: bool) -> Proposal | None:
    said = in_words(asked.before, f"{unit.title} {lead_of(unit, match.display)}")
    if match.alike + said / 2 < LIKELY:
        return None
    score = strength(match) + match.alike / 2 + said / 4
    reasons: list[tuple[str, str]] = [(match.how, f"{match.share:.0%}")]
    lead = _LEAD.search(lead_of(unit, match.display))
    closes = asked.name in {name for found in _CLOSING.finditer(unit.text) for name in found.groups() if name}
    numbers = {tag for tag in asked.shown.tags if tag not in set(tags)}
    last = match.display == len(unit.displays) - 1
    for holds, weight, reason, what in (
        (closes, 0.6, "closes", asked.name),
        (bool(numbers & set(_mentioned(unit.title))), 0.6, "titled", ", ".join(sorted(numbers))),
        (any(label in unit.text for label in asked.shown.labels), 0.3, "named", ", ".join(asked.shown.labels)),
        (bool(numbers & set(_mentioned(unit.text))), 0.2, "numbered", ", ".join(sorted(numbers))),
        (bool(DERIVING.search(unit.title)) or unit.kind in ("derivation", "proof"), 0.15, "deriving", unit.title),
        (lead is not None, 0.12, "lead", lead[1] if lead else ""),
        (last, 0.08, "last", ""),
        (len(unit.displays) == 1, 0.08, "only", ""),
        (first, 0.15, "first", ""),
        (bool(_GENERAL.search(unit.title)), -0.5, "general", unit.title),
        (crowd > 2, -0.06 * min(crowd - 2, 5), "crowd", str(crowd)),
    ):
        if holds:
            score += weight
            reasons.append((reason, what))
    return Proposal(number, at, match, round(score, 3), tuple(reasons), closes)


def in_words(before: str, lead: str) -> float:
    """Return how much two texts before formulas say the same, from 0 to 1, by their pairs of characters."""
    texts = (before[-_SAID:], lead[-_SAID:])
    one, other = (set(_HAN.findall(_FORMULA.sub("", text))) for text in texts)
    return min(1.0, _ENOUGH * len(one & other) / min(len(one), len(other))) if one and other else 0.0


def lead_of(unit: Unit, display: int) -> str:
    """Return the line of text before a display of a piece."""
    lines = unit.text.split("\n")
    wanted = next((line.strip() for line in unit.displays[display].tex.split("\n") if line.strip()), "")
    at = next((number for number, line in enumerate(lines) if wanted and wanted in line), 0)
    before = lines[at].partition(wanted)[0] if wanted else ""
    return next((text.strip() for text in (before, *reversed(lines[:at])) if text.strip(" $\t:")), "")


def _mentioned(text: str) -> Iterator[str]:
    for found in _NUMBERED.finditer(text):
        yield found["tag"] or found["bare"]


def _formula(tex: str) -> _Formula:
    whole = _spelled(tex)
    rows = tuple(_spelled(row.tex) for row in parse(tex).rows)
    at = next((number for number, token in enumerate(whole) if token in _RELATIONS), 0)
    return _Formula(whole, rows, frozenset(run for row in (whole, *rows) for run in _runs(row)), whole[:at])


def _spelled(tex: str) -> tuple[str, ...]:
    """Return the tokens by which a formula is compared: without fonts, frames and the punctuation at its end."""
    found = [_SAME.get(one, one) for one in comparable(_ENVIRONMENT.sub(" ", tex)) if one not in _FONTS]
    while found and found[-1] in (",", ".", ";", "，", "。"):
        found.pop()
    return tuple(found)


def _runs(found: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(found[i:i + WINDOW]) for i in range(len(found) - WINDOW + 1))


def _match(asked: _Formula, shown: Sequence[_Formula | None], weight: Mapping[tuple[str, ...], float]
           ) -> Match | None:
    best: Match | None = None
    joined = "\x1f".join(asked.whole)
    total = sum(weight[run] for run in asked.runs)
    order = {"exact": 3, "part": 2, "left": 1, "runs": 0}
    for number, one in enumerate(shown):
        if one is None:
            continue
        common = asked.runs & one.runs
        share = sum(weight[run] for run in common) / total if total else 0.0
        back = len(common) / len(one.runs) if one.runs else 0.0
        if one.whole == asked.whole or asked.whole in one.rows:
            return Match(number, "exact", 1.0)
        if len(asked.whole) >= INSIDE and joined in "\x1f".join(one.whole):
            found = Match(number, "part", 1.0, back)
        elif len(asked.left) >= LEFT and asked.left == one.left and share >= SAME_LEFT:
            found = Match(number, "left", share, back)
        elif share >= SHARE and len(asked.whole) >= INSIDE:
            found = Match(number, "runs", share, back)
        else:
            continue
        key = (strength(found) + found.alike / 2, order[found.how])
        if best is None or key > (strength(best) + best.alike / 2, order[best.how]):
            best = found
    return best


def strength(match: Match) -> float:
    """Return how much a match says by itself, from 0 to 1."""
    return {"exact": 1.0, "part": 0.9, "left": 0.45 + 0.5 * match.share, "runs": 0.25 + 0.6 * match.share}[match.how]


def _weights(formulas: Iterable[_Formula]) -> Mapping[tuple[str, ...], float]:
    """Return how much each run says: one that stands in many formulas says little."""
    times: Counter[tuple[str, ...]] = Counter()
    count = 0
    for one in formulas:
        times.update(one.runs)
        count += 1
    return {run: math.log(1 + count / time) for run, time in times.items()}


def in_common(tex: str, other: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a formula, and whether each stands in a run that it has in common with another."""
    pieces = tokens(" ".join(tex.split()))
    plain = [number for number, piece in enumerate(pieces) if (one := _spelled(piece)) and len(one) == 1]
    spelled = [_spelled(pieces[number])[0] for number in plain]
    runs = _formula(other).runs
    marked = {plain[at + step] for at, run in enumerate(_runs(spelled)) if run in runs for step in range(WINDOW)}
    for number, piece in enumerate(pieces):
        yield number in marked, piece
