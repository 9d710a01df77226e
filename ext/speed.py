"""Read and write documents with less work: walks without generators, and fewer rounds of the garbage collector.

Nothing here changes a page. Every document is walked about ninety times by the transforms of Sphinx and its
extensions, and docutils walks by one generator inside another for every level. While doctrees wait to be written,
the garbage collector looks at all of them again and again, although none of them can go yet.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import RemoveTranslatableInline, TranslationProgressTotaliser

#: New objects until the collector looks at the youngest; rounds of that until it looks at those that survived once;
#: rounds of that until it may look at all. Reading a post makes some 50,000.
THRESHOLDS = (200_000, 20, 50)

_OF_TRANSLATIONS = (TranslationProgressTotaliser, RemoveTranslatableInline)

Condition = type | Callable[[nodes.Node], bool] | None


class document(nodes.document):
    """A document that is walked in the same order as any other, in a third of the time.

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
        return instances(self, condition) if isinstance(condition, type) else _such(self, condition)


def instances(root: nodes.Element, *wanted: type[nodes.Node]) -> Iterator[Any]:
    """Return the nodes of some classes that are there now, in the order of the document."""
    text = nodes.Text
    if any(issubclass(kind, text) or issubclass(text, kind) for kind in wanted):
        return _such(root, lambda node: isinstance(node, wanted))
    found: list[nodes.Node] = [root] if isinstance(root, wanted) else []

    def descend(children: Sequence[nodes.Node]) -> None:
        for child in children:
            if child.__class__ is text:  # every second node
                continue
            if isinstance(child, wanted):
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


def collect_less(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Leave alone what was imported and loaded, until the build is done."""
    gc.freeze()


def collect_again(app: Sphinx, error: Exception | None) -> None:
    """Collect garbage as usual after a build; tests and servers build more than once in a process."""
    gc.unfreeze()
    gc.set_threshold(*app.zhushu_thresholds)  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the faster walk, and collect garbage less often from now on: loading extensions makes none."""
    app.zhushu_thresholds = gc.get_threshold()  # type: ignore[attr-defined]
    gc.set_threshold(*THRESHOLDS)
    app.add_transform(WalkFaster)
    app.connect("builder-inited", drop_unused)
    app.connect("env-before-read-docs", collect_less)
    app.connect("build-finished", collect_again, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
