"""Documents that are walked in the same order as any other, in a third of the time or in none."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.nodes import NodeMatcher

from ext.build.walks import every, instances, made, such


def there(place: str) -> Any:
    """Return what is called ``package.module:Name``, or None where it is not."""
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


#: Visitors to whom only some nodes mean anything; one that is no longer there is not missed.
_SPARSE: dict[type[nodes.NodeVisitor], tuple[type[nodes.Node], ...]] = {
    visitor: kinds for place, kinds in (
        ("docutils.transforms.references:DanglingReferencesVisitor",
         (nodes.reference, nodes.footnote_reference, nodes.citation_reference)),
        ("sphinx.transforms.post_transforms.code:HighlightLanguageVisitor",
         (nodes.literal_block, addnodes.highlightlang, addnodes.start_of_file)),
    ) if (visitor := there(place)) is not None}
#: What functions of these modules look for, of which the signature says nothing.
_SOUGHT: dict[str, type[nodes.Node]] = {
    "sphinx_design.aside": nodes.container, "sphinx_design.dropdown": nodes.container,
    "sphinx_design.tabs": nodes.container, "sphinx_design.extension": nodes.Element,
}

Condition = type | Callable[[nodes.Node], bool] | None


class document(nodes.document):
    """A document that is walked in the same order as any other, in a third of the time or in none.

    What is found is what was there when the walk began: docutils leaves open what a walk sees of changes made while
    it goes on. The name is that of the class in docutils, by which visitors know it.
    """

    def findall(
        self, condition: Condition = None, include_self: bool = True, descend: bool = True, siblings: bool = False,
        ascend: bool = False,
    ) -> Iterator[Any]:
        """Yield the nodes that meet *condition*, see :meth:`docutils.nodes.Node.findall`."""
        if not include_self or not descend or siblings or ascend:
            return super().findall(condition, include_self, descend, siblings, ascend)
        if condition is None:
            return such(self, every)
        if isinstance(condition, type):
            return instances(self, condition)
        if isinstance(condition, NodeMatcher) and condition.classes:
            return iter([node for node in instances(self, *condition.classes) if condition.match(node)])
        if (sought := _SOUGHT.get(getattr(condition, "__module__", ""))) is not None:
            return iter([node for node in instances(self, sought) if condition(node)])
        return such(self, condition)

    def walk(self, visitor: nodes.NodeVisitor) -> bool:
        """Show the nodes to *visitor*, see :meth:`docutils.nodes.Node.walk`."""
        if (kinds := _SPARSE.get(type(visitor))) is None:
            return super().walk(visitor)
        for node in instances(self, *kinds):
            visitor.dispatch_visit(node)
        return False

    def walkabout(self, visitor: nodes.NodeVisitor) -> bool:
        """Show the nodes to *visitor* before and after what is in them, see :meth:`docutils.nodes.Node.walkabout`."""
        if (kinds := _SPARSE.get(type(visitor))) is None:
            return _walkabout(self, visitor)
        visitor.dispatch_visit(self)
        for node in instances(self, *kinds):
            visitor.dispatch_visit(node)
        visitor.dispatch_departure(self)
        return False


class Branch(SyntaxTreeNode):
    """A part of parsed Markdown that does not keep alive what it is a part of: the whole is gone when it is read."""

    @property
    def parent(self) -> Branch | None:
        """Return what it is a part of, for as long as that is there."""
        return self._parent and self._parent()

    @parent.setter
    def parent(self, value: Branch | None) -> None:
        self._parent = value and ref(value)


def _walkabout(node: nodes.Node, visitor: nodes.NodeVisitor) -> bool:
    """Walk as docutils does, without a message for each node to a log that nobody keeps."""
    depart, stop = True, False
    try:
        try:
            visitor.dispatch_visit(node)
        except nodes.SkipNode:
            return False
        except nodes.SkipDeparture:
            depart = False
        try:
            for child in node.children[:]:
                if _walkabout(child, visitor):
                    stop = True
                    break
        except nodes.SkipSiblings:
            pass
    except nodes.SkipChildren:
        pass
    except nodes.StopTraversal:
        stop = True
    if depart:
        visitor.dispatch_departure(node)
    return stop


class WalkFaster(SphinxTransform):
    """Make the document that was just parsed one that is walked faster, also when it is unpickled later."""

    default_priority = 0

    def apply(self, **kwargs: Any) -> None:
        """Change the class, before any other transform."""
        self.document.__class__ = document
        made.since(self.document)
