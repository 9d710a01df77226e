"""Draw who builds on whom: posts in their order, one a row, each in the column of its generation.

A post's generation is one more than that of the latest it builds on, so every line leads down and to the right.
Links to later posts are no foundation: they are noted, not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

#: Sizes of the drawing, in sixteenths of a rem: a row, a column, the space at the left, a dot.
ROW, COLUMN, LEFT, DOT = 44, 20, 10, 4.5
#: No more columns than fit on a phone: later generations share the last.
COLUMNS = 6
#: Where lines run down beside the dots of a column: those of neighbours apart, none through a dot.
LANES = (7.0, 10.0, 13.0)


@dataclass(frozen=True, slots=True)
class Node:
    """A post on the map: its row, its column, and the names of what it builds on and of later posts it leads to."""

    name: str
    row: int
    column: int
    builds_on: tuple[str, ...]
    later: tuple[str, ...]
    #: One path for each line that is drawn to it.
    lines: tuple[str, ...]

    @property
    def x(self) -> float:
        """The dot's distance from the left, in sixteenths of a rem."""
        return LEFT + COLUMN * self.column


@dataclass(frozen=True, slots=True)
class Map:
    """The posts that are connected, in order, and the width of the drawing."""

    nodes: tuple[Node, ...]

    @property
    def width(self) -> float:
        """Width of the drawn part, in sixteenths of a rem."""
        return max((node.x for node in self.nodes), default=0) + COLUMN


def chart(names: Sequence[str], links: Mapping[str, Set[str]]) -> Map:
    """Return the map of *names*, the earliest first, from what each links to; those without a link are left out."""
    place = {name: at for at, name in enumerate(names)}
    # By what each links to, not by every pair of names: of those there are too many.
    linked = {name: sorted((other for other in links.get(name, ()) if other in place), key=place.__getitem__)
              for name in place}
    earlier = {name: [other for other in others if place[other] < place[name]] for name, others in linked.items()}
    later = {name: [other for other in others if place[other] > place[name]] for name, others in linked.items()}
    joined = {name for table in (earlier, later) for one, others in table.items() if others for name in (one, *others)}
    rows = {name: row for row, name in enumerate(name for name in names if name in joined)}
    generation: dict[str, int] = {}
    reached: dict[str, set[str]] = {}
    nodes: list[Node] = []
    for name, row in rows.items():
        base = earlier[name]
        generation[name] = 1 + max((generation[other] for other in base), default=-1)
        beyond = set().union(*(reached[other] for other in base))
        reached[name] = beyond | set(base)
        column = min(generation[name], COLUMNS - 1)
        drawn = [other for other in base if other not in beyond]
        lines = tuple(_line(nodes[rows[other]], row, column) for other in drawn)
        nodes.append(Node(name, row, column, tuple(base), tuple(later[name]), lines))
    return Map(tuple(nodes))


def _line(base: Node, row: int, column: int) -> str:
    """Return the path from the dot of *base* to that of the row at hand, whose middle is 0."""
    lane, top, end = base.x + LANES[base.row % len(LANES)], ROW * (base.row - row), LEFT + COLUMN * column
    turn = ROW * 0.4
    return (f"M{base.x:g} {top:g}C{lane:g} {top:g} {lane:g} {top + turn / 2:g} {lane:g} {top + turn:g}"
            f"V{-turn:g}C{lane:g} {-turn / 2:g} {lane:g} 0 {end:g} 0")
