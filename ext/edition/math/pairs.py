"""Say which formula of a post is which after it changed: one to one over the whole post, or not at all.

What says the same is the same, wherever it stands; formulas that say the same are told apart by what stands around
them. Of the others, the most alike are one formula that changed, where nothing else could be. What two could be is
nobody: a name is better dead than on another formula.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

#: Length of the window of text around a formula that weighs most.
_NEAR = 40
#: By so much the best of several must be better than the next, to be told apart.
_CLEAR, _CLEAR_PLACE = 0.08, 0.2
#: What the same layout adds to the likeness of places.
_EXACT = 0.1
#: From this likeness on, what stands in the same place is the same formula, and what stands elsewhere.
_ALIKE_HERE, _ALIKE_COPY, _ALIKE_ELSEWHERE, _SAME_PLACE = 0.4, 0.5, 0.8, 0.5
#: What more formulas than these have in common says nothing of which is which.
_COMMON = 40
_LAYOUT = frozenset({"&", "\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "\\left", "\\right"})
_ROWS = frozenset({"{aligned}", "{gathered}"})
#: How many candidates are named for a formula that is found nowhere.
_NAMED = 3


class Formula(Protocol):
    """What is asked of a formula."""

    @property
    def said(self) -> tuple[str, ...]:
        """What it says, as tokens."""

    @property
    def before(self) -> str:
        """The text before it, the nearest character first."""

    @property
    def after(self) -> str:
        """The text after it."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which formula became which, by their numbers, and what comes nearest to each that became none."""

    of: Mapping[int, int]
    nearest: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


class _Side:
    """The formulas of one text, with what is computed of each once."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        self.formulas = formulas
        self.said = [one.said for one in formulas]
        #: What only lays it out makes no other formula.
        self.keys = [_without_layout(said) for said in self.said]
        self.groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, key in enumerate(self.keys):
            self.groups[key].append(number)
        self._around: dict[int, tuple[tuple[frozenset[str], int], ...]] = {}

    def around(self, number: int) -> tuple[tuple[frozenset[str], int], ...]:
        """Return what stands near before and after a formula, and what far: sets of three letters and their sizes."""
        if number not in self._around:
            one = self.formulas[number]
            texts = (one.before[:_NEAR], one.after[:_NEAR], one.before, one.after)
            self._around[number] = tuple((found, len(found)) for found in map(_threes, texts))
        return self._around[number]


def pair(before: Sequence[Formula], after: Sequence[Formula]) -> Pairs:
    """Return which formula of *before* is which of *after*; the time grows with the post, not with its square."""
    old, new = _Side(before), _Side(after)
    of: dict[int, int] = {}
    doubted: set[int] = set()
    for key, ones in old.groups.items():
        others = new.groups.get(key, [])
        found = _apart(old, new, ones, others) if others else {}
        of |= found
        if len(found) < len(others):  # its own may still be there: it cannot be anything else
            doubted.update(n for n in ones if n not in found)
    moved = [n for n, other in of.items() if _alike_around(old, new, n, other) < _SAME_PLACE]
    rest = [n for n in range(len(before)) if n not in of]
    # What says what another said before is no changed form of a third.
    alike = _Likeness(old, new, rest + moved, [n for n, key in enumerate(new.keys) if key not in old.groups])
    changed = alike.changed({*rest} - doubted)
    # A copy elsewhere, and a change in the old place, are not told from a move, and another in its place.
    for n in alike.replaced(moved, {*changed.values()}):
        del of[n]
    of |= changed
    nearest = {n: alike.nearest(n, new.groups.get(old.keys[n], ())) for n in range(len(before)) if n not in of}
    return Pairs(of, nearest)


def _apart(old: _Side, new: _Side, ones: Sequence[int], others: Sequence[int]) -> dict[int, int]:
    """Tell formulas that say the same apart by what stands around them."""
    if len(ones) == len(others) == 1:
        return {ones[0]: others[0]}
    of: dict[int, int] = {}
    for reach in (None, _NEAR):
        of |= _same_place(old, new, [n for n in ones if n not in of], sorted({*others} - {*of.values()}), reach)
    ones, others = [n for n in ones if n not in of], sorted({*others} - {*of.values()})
    even = len(ones) == len(others)
    least = _EXACT if even else _EXACT + _SAME_PLACE
    reach = max(8, 4096 // max(len(ones), 1))  # hundreds that say the same are compared with those of about their rank
    scores = {(one, other): _alike_around(old, new, one, other) + _EXACT * (old.said[one] == new.said[other])
              for at, one in enumerate(ones) for other in others[max(0, at - reach):at + reach + 1]}
    return of | _best(scores, _CLEAR_PLACE, lambda one, other, gone: scores[one, other] >= least)


def _same_place(old: _Side, new: _Side, ones: Sequence[int], others: Sequence[int], reach: int | None
                ) -> dict[int, int]:
    """Pair those whose surroundings are the same to the letter, as far as they reach; equal ones in their order."""
    of: dict[int, int] = {}
    places: defaultdict[tuple[str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for number, side, numbers in ((0, old, ones), (1, new, others)):
        for n in numbers:
            places[side.formulas[n].before[:reach], side.formulas[n].after[:reach]][number].append(n)
    for here, there in places.values():
        if len(here) == len(there):
            of |= dict(zip(here, there, strict=True))
    return of


class _Likeness:
    """How alike the formulas that are left on both sides are, in what they say and where they stand."""

    def __init__(self, old: _Side, new: _Side, rest: Sequence[int], free: Sequence[int]) -> None:
        parts = [{n: _features(side.said[n]) for n in numbers} for side, numbers in ((old, rest), (new, free))]
        among = Counter(part for side in (old, new) for said in {*side.said} for part in _features(said))
        weight = {part: math.log(1 + (len(old.groups) + len(new.groups)) / count) for part, count in among.items()}
        mass = [{n: sum(weight[part] * count for part, count in found.items()) for n, found in side.items()}
                for side in parts]
        self.tex: dict[tuple[int, int], float] = {}
        for one, other in _candidates(old, new, *parts):
            its = parts[1][other]
            shared = sum(weight[part] * min(count, its[part]) for part, count in parts[0][one].items() if part in its)
            self.tex[one, other] = 2 * shared / ((mass[0][one] + mass[1][other]) or 1)
        self.place = {key: _alike_around(old, new, *key) for key in self.tex}
        self.scores = {key: likeness + self.place[key] / 2 for key, likeness in self.tex.items()}

    def changed(self, open_: Container[int]) -> dict[int, int]:
        """Return the formulas that changed, each with the one that is most like it and could not be another's."""
        scores = {key: score for key, score in self.scores.items() if key[0] in open_}
        rivals: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for one, other in scores:
            rivals[0, one].append(other)
            rivals[1, other].append(one)

        def possible(one: int, other: int, gone: Container[tuple[int, int]]) -> bool:
            likeness = self.tex[one, other]
            # Where the text says one thing and the place another, nobody knows.
            most = max(*(self.tex[one, its] for its in rivals[0, one] if (1, its) not in gone),
                       *(self.tex[mine, other] for mine in rivals[1, other] if (0, mine) not in gone))
            here = self.place[one, other] >= _SAME_PLACE
            return most < likeness + _CLEAR and likeness >= (_ALIKE_HERE if here else _ALIKE_ELSEWHERE)

        return _best(scores, _CLEAR, possible)

    def replaced(self, moved: Collection[int], explained: Container[int]) -> list[int]:
        """Return those of *moved* in whose old place something like it stands that nothing explains."""
        asked = {*moved}
        return sorted({one for (one, other), likeness in self.tex.items() if one in asked and other not in explained
                       and likeness >= _ALIKE_COPY and self.place[one, other] >= _SAME_PLACE})

    def nearest(self, one: int, doubles: Sequence[int]) -> tuple[int, ...]:
        """Return what comes nearest to a formula that is found nowhere, the nearest first."""
        found = sorted((-score, other) for (mine, other), score in self.scores.items() if mine == one)
        return tuple(dict.fromkeys([*doubles, *(other for _, other in found)]))[:_NAMED]


def _candidates(old: _Side, new: _Side, mine: Mapping[int, Counter[tuple[str, ...]]],
                its: Mapping[int, Counter[tuple[str, ...]]]) -> list[tuple[int, int]]:
    """Return the pairs that are worth a comparison: they share a place, or something that few have."""
    index: defaultdict[tuple[str, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for number, side, parts in ((0, old, mine), (1, new, its)):
        for n, its_parts in parts.items():
            one = side.formulas[n]
            for key in (*its_parts, ("", "before", one.before[:12]), ("", "after", one.after[:12])):
                index[key][number].append(n)
    return sorted({(one, other) for ones, others in index.values() if len(ones) * len(others) <= _COMMON ** 2
                   for one in ones for other in others})


def _best(scores: Mapping[tuple[int, int], float], clear: float,
          possible: Callable[[int, int, Container[tuple[int, int]]], bool]) -> dict[int, int]:
    """Return the pairs in which each is clearly the other's best, again and again among those that are left."""
    links: defaultdict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
    for (one, other), score in scores.items():
        links[0, one].append((score, other))
        links[1, other].append((score, one))
    for found in links.values():
        found.sort()  # the best last, where it is dropped when it is gone
    gone: set[tuple[int, int]] = set()
    of: dict[int, int] = {}

    def first(side: int, number: int) -> int | None:
        """Return the best for one, if it is so by far."""
        found = links[side, number]
        while found and (1 - side, found[-1][1]) in gone:
            found.pop()
        if not found:
            return None
        second = next((score for score, other in reversed(found[:-1]) if (1 - side, other) not in gone), None)
        return found[-1][1] if second is None or found[-1][0] - second >= clear else None

    left, before = [number for side, number in sorted(links) if side == 0], -1
    while len(left) != before:
        before = len(left)
        for one in left:
            best = first(0, one)
            if best is not None and first(1, best) == one and possible(one, best, gone):
                of[one] = best
                gone |= {(0, one), (1, best)}
        left = [one for one in left if one not in of]
    return of


def _alike_around(old: _Side, new: _Side, one: int, other: int) -> float:
    """Return how alike the surroundings of two formulas are, from 0 to 1."""
    # Asked of thousands of pairs: the coefficients of Dice at one go.
    alike = [2 * len(mine & its) / (size + its_size) if size or its_size else 1.0
             for (mine, size), (its, its_size) in zip(old.around(one), new.around(other), strict=True)]
    return 0.35 * (alike[0] + alike[1]) + 0.15 * (alike[2] + alike[3])


def _without_layout(said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tokens without those that only lay a formula out: columns, spaces, sizes, environments of rows."""
    if "\\begin" not in said and _LAYOUT.isdisjoint(said):
        return said
    kept: list[str] = []
    at = 0
    while at < len(said):
        if said[at] in ("\\begin", "\\end") and (end := _closed(said, at)) and "".join(said[at + 1:end]) in _ROWS:
            at = end
            continue
        if said[at] not in _LAYOUT:
            kept.append(said[at])
        at += 1
    return tuple(kept)


def _closed(said: Sequence[str], at: int) -> int:
    """Return the position behind the name of the environment that begins or ends at *at*."""
    return next((n + 1 for n in range(at + 1, min(at + 20, len(said))) if said[n] == "}"), at + 1)


def _features(said: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Return the tokens of a formula and its pairs of neighbouring ones, which know of their order."""
    return Counter([*((token,) for token in said), *zip(("", *said), (*said, ""), strict=True)])


def _threes(text: str) -> frozenset[str]:
    found = frozenset(map("".join, zip(text, text[1:], text[2:], strict=False)))
    return found or frozenset(filter(None, (text,)))
