"""The protected tree: what markdownify gets to see of a post, and the marks that no page can write.

Everything that Markdown could misread (formulas, code, pictures, references, addresses) is held outside of the tree;
where it stood, the text has a mark made of code points that are no characters. The decoder takes those out of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bs4.element import NavigableString, Tag

from tools.convert.inline import Piece

OPEN, CLOSE = "\ufdd0", "\ufdd1"  # around the number of what is held
STRONG, EM, BREAK, PLAIN = "\ufdd2", "\ufdd3", "\ufdd4", "\ufdd5"  # the last: the next sign is text of the page
PRIVATE = re.compile("[\ufdd0-\ufdef]")
_HELD = re.compile(f"{OPEN}(\\d+){CLOSE}")


class Node(Tag):
    """An element of the protected tree; what its writer must know stands in fields, which no page can set."""

    place = 0  # of an item in its list
    tight = False  # of a list: each item a line, with at most a list below it
    marker = ""  # of a list that follows another one
    held = ""  # finished MyST, of a block
    inline = ""  # the same within a line
    kind = ""  # of a box
    path = ""  # of a picture
    alt = ""
    title: Node | None = None  # of a box
    headers = 0  # rows of a table

    def __init__(self, name: str, children: Iterable[Node | NavigableString] = ()) -> None:
        super().__init__(name=name)
        self.extend_by(children)

    def extend_by(self, children: Iterable[Node | NavigableString]) -> None:
        """Append children that stand nowhere else; Beautiful Soup's own way keeps an order that nobody asks for."""
        last = self.contents[-1] if self.contents else None
        for child in children:
            child.parent, child.previous_sibling, child.next_sibling = self, last, None
            if last is not None:
                last.next_sibling = child
            self.contents.append(child)
            last = child

    @property
    def descendants(self) -> Iterator[Node | NavigableString]:
        """Yield what is in this element, in order."""
        below = list(reversed(self.contents))
        while below:
            one = below.pop()
            yield one  # type: ignore[misc]
            if isinstance(one, Node):
                below.extend(reversed(one.contents))

    def find_parent(self, *args: object, **kwargs: object) -> None:
        """Return nothing: markdownify asks for the ``pre`` around an element, and here none holds elements."""

    def find_previous_siblings(self, *args: object, **kwargs: object) -> range:  # type: ignore[override]
        """Return as many as there are; markdownify counts them for every item."""
        return range(self.place)

    def find_previous_sibling(self, *args: object, **kwargs: object) -> Node | None:  # type: ignore[override]
        """Return the element before this one; markdownify asks whether a row is the first."""
        return self.previous_sibling if isinstance(self.previous_sibling, Node) else None

    def take(self) -> list[Node | NavigableString]:
        """Return the children, which stand nowhere from now on."""
        taken, self.contents = self.contents, []
        return taken  # type: ignore[return-value]

    def nodes(self) -> list[Node]:
        """Return the elements in this one."""
        return [child for child in self.contents if isinstance(child, Node)]


class Held:
    """What stands outside of the tree, by its number."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.addresses: list[str] = []

    def piece(self, piece: Piece) -> str:
        """Hold a part of a line; return its mark."""
        self.pieces.append(piece)
        return f"{OPEN}{len(self.pieces) - 1}{CLOSE}"

    def address(self, address: str) -> str:
        """Hold the address of a link; return its mark."""
        self.addresses.append(address)
        return f"{OPEN}{len(self.addresses) - 1}{CLOSE}"

    def within(self, text: str) -> Iterable[Piece]:
        """Return what the marks in a text stand for."""
        return (self.pieces[int(match[1])] for match in _HELD.finditer(text))


def moved(nodes: Sequence[Node], name: str, between: str) -> Node:
    """Return one element with what is in several."""
    parts: list[Node | NavigableString] = []
    for node in nodes:
        if parts:
            parts.append(NavigableString(between))
        parts.extend(node.take())
    return Node(name, parts)
