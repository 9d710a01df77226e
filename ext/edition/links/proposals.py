"""Propose, for an equation of the original, the pieces of the annotations that are most likely about it.

A program knows well where a formula recurs and badly what the piece does with it. So one is proposed at a time, with
its reasons in words, and nothing is taken for an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ext.edition.links.bearing import HINT, Bearing, bearings
from ext.edition.links.likeness import Match
from ext.edition.posts.units import Asked, Unit

#: How likely a piece must be about an equation to be proposed; see the guide for what this finds and what it misses.
LIKELY = 0.40


@dataclass(frozen=True, slots=True)
class Proposal:
    """A piece for an equation: the number of each in their lists, how likely it is the right one, and why."""

    equation: int
    unit: int
    match: Match
    score: float
    #: What speaks for it and against it: a key of the words, with what is filled in.
    reasons: tuple[tuple[str, str], ...]
    #: Whether the piece says in so many words that its chain closes with this equation.
    closes: bool = False


def propose(equations: Sequence[Asked], units: Sequence[Unit]) -> tuple[Proposal, ...]:
    """Return the best proposal for every equation that has one, in the order of the equations."""
    return tuple(ranked[0] for ranked in ranking(equations, units).values() if ranked)


def ranking(equations: Sequence[Asked], units: Sequence[Unit]) -> Mapping[int, tuple[Proposal, ...]]:
    """Return every piece that is likely about an equation, the best first, by the number of the equation."""
    found = {}
    for number, row in bearings(equations, units).items():
        some = [Proposal(number, at, pair.match, round(pair.likely, 3), tuple(_reasons(pair)),
                         bool(pair.values["closes"])) for at, pair in row.items() if pair.likely >= LIKELY]
        found[number] = tuple(sorted(some, key=lambda one: (-one.score, one.unit)))
    return found


#: What is said of a pair, in this order, when its measure is at least so much.
_SAID: tuple[tuple[str, float], ...] = (
    ("right", 1.0), ("closes", 1.0), ("titled", 1.0), ("mine", 1.0), ("beside", 0.5), ("topic", 1.0), ("fits", 1.0),
    ("lead", 1.0), ("deriving", 1.0), ("therefore", 1.0), ("first", 1.0), ("starts", 1.0), ("extra", 0.4),
    ("general", 1.0), ("rival", HINT))


def _reasons(pair: Bearing) -> Iterator[tuple[str, str]]:
    """Yield what is said of a pair; each is a measure that the score is made of, or a fact beside them."""
    yield pair.match.how, f"{pair.match.share:.0%}"
    values = pair.values
    for name, least in _SAID:
        if name == "lead" and not values["lead"] or name == "topic" and not values["topic"]:
            continue
        if values[name] >= least and not (name == "right" and pair.match.how == "exact"):
            yield name, pair.said.get(name, "")
    for name in ("named", "numbered"):
        if name in pair.said:
            yield name, pair.said[name]
    if values["crowd"] >= 0.5:
        yield "crowd", pair.said["crowd"]
