"""Tell whether a regular expression takes a time that grows only as its text does, and on what text it does not.

A backtracking matcher tries every path of the automaton until one succeeds. The number of paths alive at one character
is bounded unless there are two places p and q and a word w with p -w-> p, p -w-> q and q -w-> q (Weber and Seidl, *On
the degree of ambiguity of finite automata*, 1991): then w, repeated n times, has n paths that end in q. A path in a
place from which success is certain is never taken back, so such places do not count. A search may begin anywhere,
which is one more place that reads everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .automaton import Automaton, Unreadable, automaton

#: How many times a repeat with an upper bound may read the same character, all repeats of the pattern together.
HEAVIEST = 4000
#: The reason of a pattern that never ends on a text of a few dozen characters.
EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Slow:
    """Why a pattern is not linear: the word that has to be repeated, or what cannot be judged."""

    reason: str
    word: str = ""


def slow(pattern: str | bytes, flags: int = 0, mode: str = "search") -> Slow | None:
    """Return why a pattern may take more than linear time, or None when it cannot."""
    try:
        auto = automaton(pattern, flags, mode)
    except Unreadable as error:
        return Slow(f"{error} cannot be judged")
    if auto.weight > HEAVIEST:
        return Slow(f"bounded repeats read one character up to {auto.weight} times")
    certain = _certain(auto)
    loops = _loops(auto)
    for number, loop in enumerate(loops):
        for place in loop:
            for edge in auto.edges[place]:
                twins = [other for other in auto.edges[place] if other.target == edge.target and other is not edge
                         and other.last & edge.last and other.following & edge.following & auto.reads[edge.target]]
                if edge.target in loop and twins and not all(
                        (edge.target, symbol) in certain for symbol in _bits(auto.reads[edge.target])):
                    return Slow(EXPONENTIAL, _text(auto, edge.following & auto.reads[edge.target]))
        for later in loops[number:]:
            word = _shared(auto, certain, loop, later)
            if word is not None:
                return Slow("quadratic or worse", word)
    return None


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _text(auto: Automaton, mask: int) -> str:
    number = next((number for number in _bits(mask) if number < len(auto.symbols)), None)
    return "" if number is None else auto.symbols[number]


def _certain(auto: Automaton) -> set[tuple[int, int]]:
    """Return the places, with the character just read, from which a match is found whatever follows."""
    size = len(auto.symbols)
    sure = {(place, symbol) for place, reads in enumerate(auto.reads) for symbol in _bits(reads) if place}
    while True:
        lost = {(place, symbol) for place, symbol in sure if not all(
            any(edge.exact and edge.last >> symbol & 1 and edge.following >> after & 1 for edge in auto.ends[place])
            or any(edge.exact and edge.last >> symbol & 1 and edge.following >> after & 1
                   and (edge.target, after) in sure for edge in auto.edges[place])
            for after in range(size + 1))}
        if not lost:
            return sure
        sure -= lost


def _loops(auto: Automaton) -> list[list[int]]:
    """Return the strongly connected places that lie on a cycle, each before those it leads to (Tarjan, iterative)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    held: list[int] = []
    on: set[int] = set()
    found: list[list[int]] = []
    for root in range(len(auto.reads)):
        if root in index:
            continue
        work = [(root, iter(auto.edges[root]))]
        index[root] = low[root] = len(index)
        held.append(root)
        on.add(root)
        while work:
            place, edges = work[-1]
            for edge in edges:
                if edge.target not in index:
                    index[edge.target] = low[edge.target] = len(index)
                    held.append(edge.target)
                    on.add(edge.target)
                    work.append((edge.target, iter(auto.edges[edge.target])))
                    break
                if edge.target in on:
                    low[place] = min(low[place], index[edge.target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[place])
                if low[place] == index[place]:
                    cut = held.index(place)
                    group, held = held[cut:], held[:cut]
                    on -= set(group)
                    if len(group) > 1 or any(edge.target == place for edge in auto.edges[place]):
                        found.append(group)
    return found[::-1]


def _shared(auto: Automaton, certain: set[tuple[int, int]], first: list[int], last: list[int]) -> str | None:
    """Return a word that leads from p to p and to q and from q to q, p in one loop and q in the other, or None."""
    inside, goal = set(first), set(last)
    between = _between(auto, inside, goal)
    if not between:
        return None
    runs = _Runs(auto, certain, (inside, between, goal), searching=first == [0])
    for p in first:
        for q in last:
            if p == q:
                continue
            for symbol in _bits(auto.reads[p] & auto.reads[q]):
                if (q, symbol) in certain:
                    continue
                word = runs.word(p, q, symbol)
                if word is not None:
                    return word
    return None


def _between(auto: Automaton, first: set[int], last: set[int]) -> set[int]:
    """Return the places on a way from one loop to the other."""
    ahead = _reached([[edge.target for edge in edges] for edges in auto.edges], first)
    backward: list[list[int]] = [[] for _ in auto.reads]
    for place, edges in enumerate(auto.edges):
        for edge in edges:
            backward[edge.target].append(place)
    return ahead & _reached(backward, last)


def _reached(leads: list[list[int]], start: set[int]) -> set[int]:
    found, work = set(start), list(start)
    while work:
        for target in leads[work.pop()]:
            if target not in found:
                found.add(target)
                work.append(target)
    return found


class _Runs:
    """Three runs that read the same characters: one within a loop, one from there to a later loop, one within that."""

    def __init__(self, auto: Automaton, certain: set[tuple[int, int]], rooms: tuple[set[int], set[int], set[int]],
                 searching: bool) -> None:
        self.auto = auto
        sure = [0] * len(auto.reads)
        for place, symbol in certain:
            sure[place] |= 1 << symbol
        # By run and place, what may be read on the way to each place: not what leads to a certain match.
        spared = (lambda place: 0, lambda place: 0 if searching or place in rooms[0] else sure[place], sure.__getitem__)
        self.edges = [{place: [(edge.target, edge.last, edge.following & auto.reads[edge.target] & ~spare(edge.target))
                               for edge in edges if edge.target in room]
                       for place, edges in enumerate(auto.edges)} for room, spare in zip(rooms, spared, strict=True)]
        self.known: dict[tuple[int, int, int], list[tuple[int, int]]] = {}

    def word(self, p: int, q: int, symbol: int) -> str | None:
        """Search the product of the runs from (p, p, q) to (p, q, q), all having read the same character."""
        start = (p, p, q, symbol)
        came: dict[tuple[int, int, int, int], tuple[int, int, int, int] | None] = {start: None}
        queue = deque([start])
        while queue:
            state = queue.popleft()
            for after in self._steps(*state):
                if after == (p, q, q, symbol):
                    letters = [after[3]]
                    at: tuple[int, int, int, int] | None = state
                    while at is not None and came[at] is not None:
                        letters.append(at[3])
                        at = came[at]
                    return "".join(self.auto.symbols[letter] for letter in reversed(letters))
                if after not in came:
                    came[after] = state
                    queue.append(after)
        return None

    def _steps(self, a: int, b: int, d: int, symbol: int) -> Iterator[tuple[int, int, int, int]]:
        third = self._moves(2, d, symbol)
        for to_a, reads_a in self._moves(0, a, symbol):
            for to_b, reads_b in self._moves(1, b, symbol):
                if both := reads_a & reads_b:
                    for to_d, reads_d in third:
                        for letter in _bits(both & reads_d):
                            yield to_a, to_b, to_d, letter

    def _moves(self, run: int, place: int, symbol: int) -> list[tuple[int, int]]:
        """Return where a run goes from a place, having read a symbol, and what it may read on the way."""
        key = run, place, symbol
        if key not in self.known:
            self.known[key] = [(target, reads) for target, last, reads in self.edges[run][place]
                               if last >> symbol & 1 and reads]
        return self.known[key]
