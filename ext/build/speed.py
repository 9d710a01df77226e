"""Read and write documents with less work: short walks, and garbage collected between documents.

Nothing here changes a page. Every document is walked about ninety times by the transforms of Sphinx and its
extensions, mostly for nodes that it does not have, and docutils walks by one generator inside another for every
level. A document leaves its garbage, which is full of cycles, when it is done, and what outlives it stays to the end
of the build: a collector that looks at everything again after so many new objects works all the time and frees little.
"""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.transforms.references import DanglingReferencesVisitor
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import RemoveTranslatableInline, TranslationProgressTotaliser
from sphinx.transforms.post_transforms.code import HighlightLanguageVisitor
from sphinx.util.nodes import NodeMatcher

#: Documents until the garbage of a parallel reader is collected, and that of those that write.
DOCUMENTS, WAITING = 12, 96
#: Documents whose garbage stays when they are read: 1.4 MB each, and a tenth of the time.
STAYING = 256

_OF_TRANSLATIONS = (TranslationProgressTotaliser, RemoveTranslatableInline)
#: Visitors to whom only some nodes mean anything.
_SPARSE: dict[type[nodes.NodeVisitor], tuple[type[nodes.Node], ...]] = {
    DanglingReferencesVisitor: (nodes.reference, nodes.footnote_reference, nodes.citation_reference),
    HighlightLanguageVisitor: (nodes.literal_block, addnodes.highlightlang, addnodes.start_of_file),
}

#: What functions of these modules look for, of which the signature says nothing.
_SOUGHT: dict[str, type[nodes.Node]] = {
    "sphinx_design.aside": nodes.container, "sphinx_design.dropdown": nodes.container,
    "sphinx_design.tabs": nodes.container, "sphinx_design.extension": nodes.Element,
}

Condition = type | Callable[[nodes.Node], bool] | None


class _Made:
    """The classes of the elements that this process has made: no document has one of another class."""

    def __init__(self) -> None:
        self._classes: set[type] | None = None
        self._known: dict[tuple[type[nodes.Node], ...], tuple[int, frozenset[type]]] = {}

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
_made = _Made()


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
            return _such(self, _any)
        if isinstance(condition, type):
            return instances(self, condition)
        if isinstance(condition, NodeMatcher) and condition.classes:
            return iter([node for node in instances(self, *condition.classes) if condition.match(node)])
        if (sought := _SOUGHT.get(getattr(condition, "__module__", ""))) is not None:
            return iter([node for node in instances(self, sought) if condition(node)])
        return _such(self, condition)

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


def instances(root: nodes.Element, *wanted: type[nodes.Node]) -> Iterator[Any]:
    """Return the nodes of some classes that are there now, in the order of the document."""
    text = nodes.Text
    texts = any(issubclass(kind, text) or issubclass(text, kind) for kind in wanted)
    kinds = None if texts else _made.kinds(wanted)
    if kinds is None:
        return _such(root, lambda node: isinstance(node, wanted))
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


def _such(root: nodes.Element, wanted: Callable[[nodes.Node], bool]) -> Iterator[nodes.Node]:
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


def _any(node: nodes.Node) -> bool:
    return True


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


def drop_unused(app: Sphinx) -> None:
    """Take out the transforms that look through every document for what its translation left, where there is none."""
    if not any((Path(app.confdir) / folder).is_dir() for folder in app.config.locale_dirs):
        app.registry.transforms[:] = [one for one in app.registry.transforms if one not in _OF_TRANSLATIONS]


class Garbage:
    """Collect the garbage of documents: of each that is read after many, of some that are written or read apart."""

    def __init__(self) -> None:
        """Begin to count."""
        self._build = self._process = os.getpid()
        self._documents = 0

    def read(self, app: Sphinx, docname: str, source: list[str]) -> None:
        """Begin a document; what outlives the one before stays until the build, or the parallel reader, is done."""
        if os.getpid() != self._process:
            self._process = os.getpid()
            gc.freeze()
        alone = self._process == self._build
        due = self._counted(1 if alone else DOCUMENTS)
        if due and not (alone and self._documents <= STAYING):
            gc.collect()
        if due:
            gc.freeze()

    def written(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Count a document that is about to be written."""
        if self._counted(WAITING):
            gc.collect()

    def _counted(self, most: int) -> bool:
        self._documents += 1
        return self._documents % most == 0


def keep(app: Sphinx, *_: object) -> None:
    """Look no more at what is there now: it stays."""
    gc.freeze()


def end(app: Sphinx, error: Exception | None) -> None:
    """Collect garbage as usual after a build; tests and servers build more than once in a process."""
    gc.unfreeze()
    gc.enable()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the faster walk, and collect no garbage while extensions are loaded: they make none."""
    gc.disable()
    # Nor when the process ends: it would go once more through all that is about to be gone, a fifth of a full build.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    _made.watch()
    garbage = Garbage()
    app.add_transform(WalkFaster)
    app.connect("builder-inited", drop_unused)
    app.connect("env-before-read-docs", keep)
    app.connect("source-read", garbage.read, priority=1)
    app.connect("env-updated", keep, priority=1)
    app.connect("doctree-resolved", garbage.written, priority=1)
    app.connect("build-finished", end, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
