"""Look up the nodes of some classes in a document, in a third of the time of docutils or in none.

Every document is walked about ninety times by the transforms of Sphinx and its extensions, mostly for nodes that it
does not have, and docutils walks by one generator inside another for every level. Here a walk is one list; and where
the patch ``made`` of :mod:`ext.build.patches` watches, a class of which no element was ever made is not sought at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from docutils import nodes


class Made:
    """The classes of the elements that this process has made: no document has one of another class."""

    def __init__(self) -> None:
        self._classes: set[type] | None = None
        self._known: dict[tuple[type[nodes.Node], ...], tuple[int, frozenset[type]]] = {}

    @property
    def watching(self) -> bool:
        """Tell whether elements are noted."""
        return self._classes is not None

    def watch(self) -> None:
        """Note every element from now on, those that are unpickled too."""
        if self._classes is not None:
            return
        self._classes = set()
        note = self._classes.add

        def noted(cls: type[nodes.Element], *args: Any, **kwargs: Any) -> nodes.Element:
            note(cls)
            return object.__new__(cls)

        nodes.Element.__new__ = noted

    def kinds(self, wanted: tuple[type[nodes.Node], ...]) -> frozenset[type] | None:
        """Return every class of which an element may ever have been made and that is one of these; none if unknown."""
        if self._classes is None:
            return None
        counted, kinds = self._known.get(wanted, (-1, frozenset()))
        if counted != len(self._classes):
            kinds = frozenset(kind for kind in self._classes if issubclass(kind, wanted))
            self._known[wanted] = len(self._classes), kinds
        return kinds


# Of the process, not of a build: nodes go from one build to another in pickles and in servers.
made = Made()


def instances(root: nodes.Element, *wanted: type[nodes.Node]) -> Iterator[Any]:
    """Return the nodes of some classes that are there now, in the order of the document."""
    text = nodes.Text
    texts = any(issubclass(kind, text) or issubclass(text, kind) for kind in wanted)
    kinds = None if texts else made.kinds(wanted)
    if kinds is None:
        return such(root, lambda node: isinstance(node, wanted))
    found: list[nodes.Node] = [root] if isinstance(root, wanted) else []
    if not kinds:
        return iter(found)

    def descend(children: Sequence[nodes.Node]) -> None:
        for child in children:
            kind = child.__class__
            if kind is text:  # every second node
                continue
            if kind in kinds:
                found.append(child)
            below = child.children
            if below and (len(below) > 1 or below[0].__class__ is not text):
                descend(below)

    descend(root.children)
    return iter(found)


def such(root: nodes.Element, wanted: Callable[[nodes.Node], bool]) -> Iterator[nodes.Node]:
    """Return the nodes that are there now and for which *wanted* holds."""
    found: list[nodes.Node] = [root] if wanted(root) else []

    def descend(children: Sequence[nodes.Node]) -> None:
        for child in children:
            if wanted(child):
                found.append(child)
            if child.children:
                descend(child.children)

    descend(root.children)
    return iter(found)
