"""Look up the nodes of some classes in a document, in a third of the time of docutils or in none.

Every document is walked about ninety times by the transforms of Sphinx and its extensions, mostly for nodes that it
does not have, and docutils walks by one generator inside another for every level. Here a walk is one list; and where
the patch ``made`` of :mod:`ext.build.patches` watches, a class is not sought of which no element was ever made, or none
since a document began to be read. What is resolved may get nodes that an extension has kept from long before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

from docutils import nodes


class Made:
    """The classes of the elements that this process has made: no document has one of another class."""

    def __init__(self) -> None:
        #: All, and those since the last document began to be read: the so many-th.
        self._ever: set[type] = set()
        self._since: set[type] = set()
        self._document: Callable[[], nodes.document | None] = lambda: None
        self._begun = 0
        #: What was asked for: of which document, when so many classes were known.
        self._known: dict[tuple[type[nodes.Node], ...], tuple[int, int, frozenset[type]]] = {}
        self.watching = False

    def watch(self) -> None:
        """Note every element from now on, those that are unpickled and copied too."""
        if self.watching:
            return
        self.watching = True
        note, copy = self._since.add, nodes.Element.copy

        def noted(cls: type[nodes.Element], *args: Any, **kwargs: Any) -> nodes.Element:
            note(cls)
            return object.__new__(cls)

        def copied(element: nodes.Element) -> nodes.Element:  # Sphinx copies without calling the class
            note(element.__class__)
            return copy(element)

        nodes.Element.__new__ = noted
        nodes.Element.copy = copied

    def begin(self) -> None:
        """Know what is made from now on from what was made before."""
        self._ever |= self._since
        self._since.clear()
        self._begun += 1
        self._document = lambda: None

    def since(self, document: nodes.document) -> None:
        """Know that a document has nothing that was made before the last beginning."""
        self._document = ref(document)  # it is to be gone when it is done

    def kinds(self, root: nodes.Node, wanted: tuple[type[nodes.Node], ...]) -> frozenset[type] | None:
        """Return every class of which an element may be below *root* and that is one of these; none if unknown."""
        if not self.watching:
            return None
        known, begun = self._since, self._begun
        if root is not self._document():
            self._ever |= self._since
            known, begun = self._ever, 0
        at = begun, len(known)
        *when, kinds = self._known.get(wanted, (0, 0, frozenset[type]()))
        if tuple(when) != at:
            kinds = frozenset(kind for kind in known if issubclass(kind, wanted))
            self._known[wanted] = *at, kinds
        return kinds


# Of the process, not of a build: nodes go from one build to another in pickles and in servers.
made = Made()


def instances(root: nodes.Element, *wanted: type[nodes.Node]) -> Iterator[Any]:
    """Return the nodes of some classes that are there now, in the order of the document."""
    text = nodes.Text
    texts = any(issubclass(kind, text) or issubclass(text, kind) for kind in wanted)
    kinds = None if texts else made.kinds(root, wanted)
    if kinds is None:
        return such(root, lambda node: isinstance(node, wanted))
    found: list[nodes.Node] = [root] if isinstance(root, wanted) else []
    if not kinds:
        return iter(found)

    left = root.children[::-1]
    while left:
        kind = (node := left.pop()).__class__
        if kind is text:  # every second node
            continue
        if kind in kinds:
            found.append(node)
        below = node.children
        if below and (len(below) > 1 or below[0].__class__ is not text):
            left += below[::-1]
    return iter(found)


def such(root: nodes.Element, wanted: Callable[[nodes.Node], bool]) -> Iterator[nodes.Node]:
    """Return the nodes that are there now and for which *wanted* holds."""
    found: list[nodes.Node] = [root] if wanted(root) else []

    left = root.children[::-1]
    while left:
        node = left.pop()
        if wanted(node):
            found.append(node)
        left += node.children[::-1]
    return iter(found)


def every(node: nodes.Node) -> bool:
    """Hold for any node."""
    return True
