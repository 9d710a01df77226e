"""What holds all the way down: nothing that it rests on is unproved or in doubt, unchecked, or unread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from ext.edition.annotations.kinds import KINDS, Role
from ext.edition.annotations.targets import proves
from ext.edition.audit.grounds import Edges, Grounds, Item, Key, reached

#: Why something that others rest on is an open end.
Open = Literal["stale", "empty", "unproved", "underived", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Depth:
    """Equations that some annotation derives, and those of them for which that holds all the way down.

    ``checked`` and ``reviewed`` also ask for a passed check, or a review, of every derivation and proof below.
    """

    equations: int = 0
    derived: int = 0
    checked: int = 0
    reviewed: int = 0

    def __add__(self, other: Depth) -> Depth:
        """Add field by field."""
        return Depth(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Foundations:
    """What holds all the way down, by how much is asked, and why each open end is one."""

    derived: frozenset[Key]
    checked: frozenset[Key]
    reviewed: frozenset[Key]
    open: Mapping[Key, Open]

    def depth(self, known: Grounds, docname: str) -> Depth:
        """Return how far down the derivations of a post's original equations hold."""
        keys = [item.key for item in known.of(docname) if item.equation is not None
                and item.equation.origin == "original" and item.key in known.proofs]
        return Depth(len(keys), *(sum(key in some for key in keys)
                                  for some in (self.derived, self.checked, self.reviewed)))


def foundations(known: Grounds, checks: Mapping[Key, str], read: Callable[[Item], bool]) -> Foundations:
    """Return what holds; *checks* are what became of the checks of annotations, *read* says who was reviewed."""
    open_ = {key: why for key, item in known.items.items() if (why := _open(item, known, checks.get(key, "none")))}
    proving = {key for key, item in known.items.items() if item.annotation is not None and proves(item.annotation)}
    derived = holding(known, lambda key: key not in open_)
    return Foundations(
        derived, holding(known, lambda key: key in derived and (key not in proving or checks.get(key) == "passed")),
        holding(known, lambda key: key in derived and (known.items[key].annotation is None or read(known.items[key]))),
        open_)


def _open(item: Item, known: Grounds, check: str) -> Open | None:
    record = item.annotation
    if record is None:
        return None if item.key in known.proofs else "underived"
    if record.stale:
        return "stale"
    if not record.written:
        return "empty"
    if record.kind in KINDS and KINDS[record.kind].counts_as is Role.STATEMENT and item.key not in known.proofs:
        return "unproved"
    if check in ("failed", "stale"):
        return "failed"
    return "unknown" if check == "unknown" else None


def holding(known: Grounds, sound: Callable[[Key], bool]) -> frozenset[Key]:
    """Return what is sound with all that it rests on, and with one of its proofs where it has any.

    What rests on itself, however far around, never comes to hold: nothing holds that nothing else carries.
    """
    holds: set[Key] = set()
    waiting = [key for key in known.items if sound(key)]
    while True:
        ready = [key for key in waiting if all(one in holds for one in known.rests.get(key, ()))
                 and (key not in known.proofs or any(one in holds for one in known.proofs[key]))]
        if not ready:
            return frozenset(holds)
        holds.update(ready)
        waiting = [key for key in waiting if key not in holds]


def below(known: Grounds) -> Edges:
    """Return what each rests on or is proved by, directly."""
    return {key: tuple(dict.fromkeys([*known.rests.get(key, ()), *known.proofs.get(key, ())])) for key in known.items
            if key in known.rests or key in known.proofs}


def circles(known: Grounds) -> Iterator[tuple[Item, ...]]:
    """Yield arguments that go in a circle, each as the way around; one with another proof outside of it is none."""
    grounded = holding(known, lambda key: True)
    edges = {key: tuple(one for one in others if one not in grounded)
             for key, others in below(known).items() if key not in grounded}
    seen: set[Key] = set()
    for key in sorted(edges):
        if key not in seen and (way := _way(edges, key)):
            ahead = reached(edges, [key])
            seen |= {one for one in ahead if key in reached(edges, edges.get(one, ()))}
            yield tuple(known.items[one] for one in way)


def _way(edges: Edges, start: Key) -> tuple[Key, ...]:
    """Return the shortest way from a key back to itself, the key first; nothing when there is none."""
    came: dict[Key, Key] = {}
    todo: Iterable[Key] = [start]
    while todo:
        ahead: list[Key] = []
        for key in todo:
            for other in edges.get(key, ()):
                if other == start:
                    way = [key]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return tuple(reversed(way))
                if other not in came:
                    came[other] = key
                    ahead.append(other)
        todo = ahead
    return ()
