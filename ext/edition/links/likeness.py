"""How alike two displayed formulas are, and how much two texts have in common: what proposals are made of."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal, TypeVar

from ext.edition.math.display import parse
from ext.edition.math.tex import comparable, tokens

#: Consecutive tokens that are compared; fewest tokens of an equation that is sought inside others, and of a left side.
WINDOW, INSIDE, LEFT = 3, 9, 1
#: How alike a formula is to one that it stands whole in.
WITHIN = 0.9
#: So many characters before a formula are compared, and so much of them in common is all that can be hoped for.
_SAID, _ENOUGH = 60, 3.0
#: Fonts and frames, by which one formula is written in two ways.
_FONTS = frozenset({"\\boldsymbol", "\\mathbf", "\\bm", "\\mathcal", "\\mathbb", "\\boxed", "\\text", "\\mathscr",
                    "\\underbrace"})
_SAME = {"\\gt": ">", "\\lt": "<", "\\cdots": "\\ldots", "\\dots": "\\ldots", "\\triangleq": "=", "\\equiv": "=",
         "\\tfrac": "\\frac", "\\dfrac": "\\frac", "\\epsilon": "\\varepsilon", "\\odot": "\\otimes"}
_RELATIONS = frozenset({"=", "\\approx", "\\leq", "\\geq", "\\sim", "\\propto", "\\rightarrow", "\\leftarrow",
                        "<", ">", "\\Rightarrow", "\\Leftrightarrow"})
#: What holds a formula together and says nothing.
_HOLDING = frozenset("{}()[]_^&,.;|") | {"\\\\", "\\left", "\\right"}
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}")
_FORMULA = re.compile(r"\$[^$]*\$|\\[a-zA-Z]+")
_HAN = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_LATIN = re.compile(r"[A-Za-z]{3,}")

How = Literal["exact", "part", "left", "runs"]
Run = tuple[str, ...]
_T = TypeVar("_T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as it is compared: its tokens, those of each row, its runs, its signs, and what stands on its sides.

    ``right`` is what follows the first relation, ``last`` what follows the last one.
    """

    whole: Run
    rows: tuple[Run, ...]
    runs: frozenset[Run]
    signs: frozenset[str]
    left: Run
    right: Run
    last: Run


@dataclass(frozen=True, slots=True)
class Match:
    """How an equation recurs in a display of a piece: its number there, and which share of each is the other's."""

    display: int
    how: How
    share: float
    back: float
    alike: float


def formula(tex: str) -> Formula:
    """Read a formula for comparison."""
    whole = _spelled(tex)
    rows = tuple(_spelled(row.tex) for row in parse(tex).rows)
    plain = tuple(token for token in whole if token not in ("&", "\\\\"))
    at = [number for number, token in enumerate(plain) if token in _RELATIONS]
    return Formula(whole, rows, frozenset(run for row in (whole, *rows) for run in _runs(row)),
                   frozenset(plain) - _HOLDING, plain[:at[0]] if at else (), plain[at[0] + 1:] if at else plain,
                   plain[at[-1] + 1:] if at else ())


def match(asked: Formula, shown: Formula, display: int, weight: Mapping[Run, float]) -> Match:
    """Compare an equation with a display; common runs weigh the more, the rarer they are in the post."""
    share, back = (shared(one, other, weight) for one, other in ((asked.runs, shown.runs), (shown.runs, asked.runs)))
    both = harmonic(share, back)
    if asked.whole == shown.whole or asked.whole in shown.rows:
        return Match(display, "exact", 1.0, back, 1.0)
    if len(asked.whole) >= INSIDE and "\x1f".join(asked.whole) in "\x1f".join(shown.whole):
        return Match(display, "part", 1.0, back, max(WITHIN, both))
    return Match(display, "left" if same_left(asked, shown) else "runs", share, back, both)


def same_left(asked: Formula, shown: Formula) -> bool:
    """Whether both say something of the same left side."""
    return len(asked.left) >= LEFT and asked.left == shown.left


def same_right(asked: Formula, shown: Formula) -> bool:
    """Whether both come to the same."""
    return len(asked.right) >= WINDOW and asked.right in (shown.right, shown.last)


def harmonic(one: float, other: float) -> float:
    """Return the harmonic mean: high only where both are."""
    return 2 * one * other / (one + other) if one + other else 0.0


def weights(found: Iterable[Collection[_T]]) -> Mapping[_T, float]:
    """Return how much each thing says: one that is found in many places says little."""
    times: Counter[_T] = Counter()
    count = 0
    for one in found:
        times.update(set(one))
        count += 1
    return {thing: math.log(1 + count / time) for thing, time in times.items()}


def weighed(found: Iterable[_T], weight: Mapping[_T, float]) -> float:
    """Return how much things say together; what is found nowhere else says as much as what is found everywhere."""
    return sum(weight.get(one, 1.0) for one in found)


def shared(one: Set[_T], other: Set[_T], weight: Mapping[_T, float]) -> float:
    """Return which share of the first, by weight, the second has too."""
    whole = weighed(one, weight)
    return weighed(one & other, weight) / whole if whole else 0.0


def cosine(one: Set[_T], other: Set[_T], weight: Mapping[_T, float]) -> float:
    """Return how much two sets have in common, from 0 to 1."""
    scale = math.sqrt(weighed(one, weight) * weighed(other, weight))
    return weighed(one & other, weight) / scale if scale else 0.0


def said_in(text: str) -> frozenset[str]:
    """Return what a text says without its formulas: its pairs of Chinese characters and its Latin words."""
    plain = _FORMULA.sub("", text)
    return frozenset(_HAN.findall(plain)) | {word.lower() for word in _LATIN.findall(plain)}


def without_formulas(text: str) -> str:
    """Return a text without its inline formulas and commands."""
    return _FORMULA.sub("", text)


def in_words(before: str, lead: str) -> float:
    """Return how much two texts before formulas say the same, from 0 to 1, by their pairs of characters."""
    one, other = (set(_HAN.findall(without_formulas(text[-_SAID:]))) for text in (before, lead))
    return min(1.0, _ENOUGH * len(one & other) / min(len(one), len(other))) if one and other else 0.0


def in_common(tex: str, other: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a formula, and whether each stands in a run that it has in common with another."""
    pieces = tokens(" ".join(tex.split()))
    plain = [number for number, piece in enumerate(pieces) if (one := _spelled(piece)) and len(one) == 1]
    spelled = [_spelled(pieces[number])[0] for number in plain]
    runs = formula(other).runs
    marked = {plain[at + step] for at, run in enumerate(_runs(spelled)) if run in runs for step in range(WINDOW)}
    for number, piece in enumerate(pieces):
        yield number in marked, piece


def _spelled(tex: str) -> Run:
    """Return the tokens by which a formula is compared: without fonts, frames and the punctuation at its end."""
    found = [_SAME.get(one, one) for one in comparable(_ENVIRONMENT.sub(" ", tex)) if one not in _FONTS]
    while found and found[-1] in (",", ".", ";", "，", "。"):
        found.pop()
    return tuple(found)


def _runs(found: Sequence[str]) -> Iterator[Run]:
    return (tuple(found[i:i + WINDOW]) for i in range(len(found) - WINDOW + 1))
