"""The automaton of a regular expression, in which each path is one that a backtracking matcher may try."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: Characters that stand for the rest of their kind, beside ASCII: letters, numbers, spaces, marks, signs, line ends.
_OTHERS = "éßЖ汉の가٣²\u00a0\u3000\u2028\u0085\u0301。、（）：→∑😀\ue000"
_CATEGORIES = {
    c.CATEGORY_DIGIT: r"\d", c.CATEGORY_NOT_DIGIT: r"\D", c.CATEGORY_SPACE: r"\s", c.CATEGORY_NOT_SPACE: r"\S",
    c.CATEGORY_WORD: r"\w", c.CATEGORY_NOT_WORD: r"\W",
}
#: A repeat of more copies than this is tried with as many only; what it costs is then counted by `Automaton.weight`.
_COPIES = 6
_LOOPS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)


@functools.cache
def _is(category: Any, char: str, ascii_: bool) -> bool:
    """Tell whether a character is of a category."""
    return bool(re.fullmatch(_CATEGORIES[category], char, re.ASCII if ascii_ else 0))


class Unreadable(ValueError):
    """A construct that no finite automaton can stand for."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A step from a place: with which last and next characters, and whether those are all that it asks."""

    target: int
    last: int
    following: int
    exact: bool = True


@dataclass(slots=True)
class Automaton:
    """Places (each reads one character of a set, as bits), edges between them, and where a match may end."""

    symbols: list[str]
    reads: list[int] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    ends: list[list[Edge]] = field(default_factory=list)
    weight: int = 1

    @property
    def edge_of_text(self) -> int:
        """The bit that stands for no character: before the first, after the last."""
        return 1 << len(self.symbols)

    @property
    def everything(self) -> int:
        """Every character and the edge of the text."""
        return (self.edge_of_text << 1) - 1


def _flags_of(pattern: str, flags: int) -> tuple[Any, int]:
    tree = parser.parse(pattern, flags)
    return tree, tree.state.flags


def _walk(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every operation of a parsed pattern."""
    for op, value in tree:
        yield op, value
        for inner in _inner(op, value):
            yield from _walk(inner)


def _weight(tree: Any) -> int:
    """Return how many ways the bounded repeats of a pattern have to share one run of characters."""
    product = 1
    for op, value in tree:
        inner = [_weight(one) for one in _inner(op, value)]
        product *= max(inner, default=1)
        if op in (c.MAX_REPEAT, c.MIN_REPEAT) and _COPIES < value[1] < c.MAXREPEAT:
            product *= int(value[1])
    return product


def _inner(op: Any, value: Any) -> list[Any]:
    if op in _LOOPS:
        return [value[2]]
    if op is c.SUBPATTERN:
        return [value[3]]
    if op is c.BRANCH:
        return list(value[1])
    if op in (c.ASSERT, c.ASSERT_NOT):
        return [value[1]]
    if op is c.ATOMIC_GROUP:
        return [value]
    return []


class _Builder:
    """Turns the tree of a pattern into nodes joined by empty steps, and those into an automaton."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
        self.tree, self.flags = _flags_of(text, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)
        self.ascii = isinstance(pattern, bytes) or bool(self.flags & re.ASCII)
        self.groups: dict[int, int] = {}
        self.auto = Automaton(self._symbols(), weight=_weight(self.tree))
        self.all = self.auto.edge_of_text - 1
        self.out = self.auto.edge_of_text
        # A node: ("read", place), ("split",), ("look", last, following, exact), ("end",); and where it leads.
        self.kinds: list[tuple[Any, ...]] = []
        self.leads: list[list[int]] = []

    # the alphabet

    def _symbols(self) -> list[str]:
        chars = {chr(code) for code in range(128)} | (set() if self.ascii else set(_OTHERS))
        atoms: dict[str, tuple[Any, Any]] = {}
        for op, value in _walk(self.tree):
            if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
                atoms[f"{op} {value}"] = op, value
                for code in self._codes(op, value):
                    chars |= {chr(near) for near in (code - 1, code, code + 1) if 0 <= near < 0x110000}
        sets = [self._having(op, value, chars, self.flags) for op, value in atoms.values()]
        sets += [{"\n"}, {char for char in chars if _is(c.CATEGORY_WORD, char, self.ascii)}]
        kinds: dict[tuple[bool, ...], str] = {}
        for char in sorted(chars):
            kinds.setdefault(tuple([char in one for one in sets]), char)
        return list(kinds.values())

    @staticmethod
    def _codes(op: Any, value: Any) -> list[int]:
        if op in (c.LITERAL, c.NOT_LITERAL):
            return [value]
        if op is c.IN:
            return [code for kind, given in value if kind in (c.LITERAL, c.RANGE)
                    for code in (given if kind is c.RANGE else (given,))]
        return []

    def _having(self, op: Any, value: Any, chars: Collection[str], flags: int) -> set[str]:
        """Return which of some characters an operation reads."""
        # Numbers of the parser's, not flags of `re`, whose `&` is half of the time that this takes.
        if op is c.ANY:
            return {*chars} - (set() if flags & c.SRE_FLAG_DOTALL else {"\n"})
        if op is not c.IN:
            found = self._members(c.LITERAL, value, chars, flags)
            return {*chars} - found if op is c.NOT_LITERAL else found
        negated = value[0][0] is c.NEGATE
        found = set().union(*(self._members(kind, given, chars, flags) for kind, given in value[negated:]))
        return {*chars} - found if negated else found

    def _members(self, kind: Any, given: Any, chars: Collection[str], flags: int) -> set[str]:
        low, high = given if kind is c.RANGE else (given, given)
        return {char for char in chars for one in (
                    {char, char.lower(), char.upper()} if flags & c.SRE_FLAG_IGNORECASE else char)
                if (_is(given, one, self.ascii) if kind is c.CATEGORY else len(one) == 1 and low <= ord(one) <= high)}

    def _set(self, op: Any, value: Any, flags: int) -> int:
        found = self._having(op, value, self.auto.symbols, flags)
        return sum(1 << number for number, char in enumerate(self.auto.symbols) if char in found)

    # the nodes

    def _node(self, *kind: Any) -> int:
        self.kinds.append(kind)
        self.leads.append([])
        return len(self.kinds) - 1

    def _read(self, mask: int) -> int:
        self.auto.reads.append(mask)
        return self._node("read", len(self.auto.reads) - 1)

    def build(self, mode: str) -> Automaton:
        """Build the automaton; a search also begins after any text, which is place 0."""
        start = self._node("split")
        anywhere = self._read(self.all)
        body, tail = self._sequence(self.tree, self.flags)
        if mode == "search":
            self.leads[start] += [body, anywhere]
            self.leads[anywhere] += [body, anywhere]
        else:
            self.leads[start].append(body)
        if mode == "fullmatch":
            tail = self._after(tail, self._node("look", self.auto.everything, self.out, True))
        self._after(tail, self._node("end"))
        self.auto.edges = [[] for _ in self.auto.reads]
        self.auto.ends = [[] for _ in self.auto.reads]
        for node, kind in enumerate(self.kinds):
            if kind[0] == "read":
                for edge in self._paths(node):
                    (self.auto.ends if edge.target < 0 else self.auto.edges)[kind[1]].append(edge)
        return self.auto

    def _after(self, tail: int, node: int) -> int:
        self.leads[tail].append(node)
        return node

    def _paths(self, origin: int) -> Iterator[Edge]:
        """Yield one edge for every way of empty steps from a node to the next place or to the end."""
        everything = self.auto.everything
        stack = [(node, everything, everything, True, frozenset([origin])) for node in reversed(self.leads[origin])]
        while stack:
            node, last, following, exact, seen = stack.pop()
            kind = self.kinds[node]
            if kind[0] == "look":
                last, following, exact = last & kind[1], following & kind[2], exact and kind[3]
                if not last & ~self.out or not following:
                    continue
            elif kind[0] == "read":
                if following & self.auto.reads[kind[1]]:
                    yield Edge(kind[1], last, following, exact)
                continue
            elif kind[0] == "end":
                yield Edge(-1, last, following, exact)
                continue
            if node not in seen:
                stack += [(lead, last, following, exact, seen | {node}) for lead in reversed(self.leads[node])]

    def _sequence(self, tree: Any, flags: int) -> tuple[int, int]:
        first = tail = self._node("split")
        for op, value in tree:
            head, last = self._one(op, value, flags)
            self._after(tail, head)
            tail = last
        return first, tail

    def _one(self, op: Any, value: Any, flags: int) -> tuple[int, int]:
        if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
            node = self._read(self._set(op, value, flags))
            return node, node
        if op is c.SUBPATTERN:
            if value[0] is not None:
                self.groups[value[0]] = self._single(value[3], flags) or 0
            return self._sequence(value[3], (flags | value[1]) & ~value[2])
        if op is c.ATOMIC_GROUP:
            return self._sequence(value, flags)
        if op is c.BRANCH:
            head, tail = self._node("split"), self._node("split")
            for one in value[1]:
                first, last = self._sequence(one, flags)
                self._after(head, first)
                self._after(last, tail)
            return head, tail
        if op in _LOOPS:
            least, most, body = value
            return self._loop(op, least, most, body, flags)
        if op in (c.ASSERT, c.ASSERT_NOT):
            direction, body = value
            return self._looking(op is c.ASSERT, direction, body, flags)
        if op is c.AT:
            return self._at(value, flags)
        if op is c.GROUPREF and self.groups.get(value):
            node = self._read(self.groups[value])
            return node, node
        raise Unreadable(str(op).lower())

    def _loop(self, op: Any, least: int, most: int, body: Any, flags: int) -> tuple[int, int]:
        head, tail = self._node("split"), self._node("split")
        endless = most is c.MAXREPEAT
        required = min(least, _COPIES)
        at = head
        for _ in range(required - 1 if endless and required else required):
            first, last = self._sequence(body, flags)
            self._after(at, first)
            at = last
        if endless:
            first, last = self._sequence(body, flags)
            self._after(at, first)
            if not least:
                self._after(at, tail)
            self._after(last, first)
            mask = self._single(body, flags)
            if op is c.POSSESSIVE_REPEAT and mask:
                last = self._after(last, self._node("look", self.auto.everything, self.auto.everything & ~mask, True))
            self._after(last, tail)
            return head, tail
        self._after(at, tail)
        for _ in range(min(int(most), max(_COPIES, required + 1)) - required):
            first, last = self._sequence(body, flags)
            self._after(at, first)
            self._after(last, tail)
            at = last
        return head, tail

    def _single(self, tree: Any, flags: int) -> int | None:
        """Return the set of a pattern that reads exactly one character, else None."""
        items = list(tree)
        if len(items) != 1:
            return None
        op, value = items[0]
        if op is c.SUBPATTERN:
            return self._single(value[3], (flags | value[1]) & ~value[2])
        if op is c.BRANCH:
            masks = [self._single(one, flags) for one in value[1]]
            return None if None in masks else _union(masks)
        return self._set(op, value, flags) if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN) else None

    def _edge_or_single(self, tree: Any, flags: int) -> int | None:
        """Return the set of next characters of a look that is one character or the end of the text, else None."""
        items = list(tree)
        if len(items) == 1 and items[0][0] is c.BRANCH:
            masks = [self._edge_or_single(one, flags) for one in items[0][1][1]]
            return None if None in masks else _union(masks)
        if len(items) == 1 and items[0][0] is c.AT and items[0][1] is c.AT_END_STRING:
            return self.out
        if len(items) == 1 and items[0][0] is c.SUBPATTERN:
            return self._edge_or_single(items[0][1][3], flags)
        if not items:
            return self.auto.everything
        return self._single(tree, flags)

    def _looking(self, wanted: bool, direction: int, body: Any, flags: int) -> tuple[int, int]:
        everything = self.auto.everything
        mask = self._edge_or_single(body, flags)
        exact = mask is not None
        if mask is None:
            mask = everything if wanted else 0
        mask = mask if wanted else everything & ~mask
        node = self._node("look", mask, everything, exact) if direction < 0 else self._node(
            "look", everything, mask, exact)
        if exact or direction < 0 or not any(op in _LOOPS and value[1] is c.MAXREPEAT for op, value in _walk(body)):
            return node, node
        head = self._node("split")
        first, _ = self._sequence(body, flags)  # tried, and then thrown away: its end leads nowhere
        self.leads[head] += [first, node]
        return head, node

    def _at(self, where: Any, flags: int) -> tuple[int, int]:
        everything, newline = self.auto.everything, self._set(c.LITERAL, ord("\n"), 0)
        word = self._set(c.IN, [(c.CATEGORY, c.CATEGORY_WORD)], 0)
        if where in (c.AT_BEGINNING, c.AT_BEGINNING_STRING):
            lines = where is c.AT_BEGINNING and flags & re.MULTILINE
            node = self._node("look", self.out | (newline if lines else 0), everything, True)
            return node, node
        if where in (c.AT_END, c.AT_END_STRING):
            exact = where is c.AT_END_STRING or bool(flags & re.MULTILINE)
            if where is c.AT_END_STRING or exact:
                node = self._node("look", everything, self.out | (newline if where is c.AT_END else 0), True)
                return node, node
            head, tail = self._node("split"), self._node("split")
            for mask, sure in ((self.out, True), (newline, False)):
                self._after(self._after(head, self._node("look", everything, mask, sure)), tail)
            return head, tail
        same = where is c.AT_NON_BOUNDARY
        head, tail = self._node("split"), self._node("split")
        for before in (word, everything & ~word):
            after = before if same else everything & ~before
            self._after(self._after(head, self._node("look", before, after, True)), tail)
        return head, tail


def _union(masks: list[int | None]) -> int:
    found = 0
    for mask in masks:
        found |= mask or 0
    return found


def automaton(pattern: str | bytes, flags: int = 0, mode: str = "search") -> Automaton:
    """Return the automaton of a pattern as `search` (or findall, sub, split …), `match` or `fullmatch` tries it.

    Raises:
        Unreadable: a backward reference to more than one character, or a condition.
    """
    return _Builder(pattern, flags).build(mode)
