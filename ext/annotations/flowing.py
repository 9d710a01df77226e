"""Write annotations for builders of flowing text (text, man, texinfo): as the plain nodes that each knows how to write.

A box is indented, and its label, number, title and badge stand in its first line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from docutils import nodes
from sphinx.config import Config
from sphinx.util.docutils import SphinxTranslator

from ext.annotations.nodes import (
    ANNOTATIONS,
    Visitors,
    annotation_links,
    annotation_part,
    annotation_title,
    brackets,
    erratum_beside,
    label,
    stale_text,
)


def _title(node: nodes.Element, config: Config) -> nodes.Element:
    box: Any = node.parent
    while not box.hasattr("annotation") and not box.hasattr("part"):
        box = box.parent
    before, after = brackets(config) if box.hasattr("annotation") else (" ", "")
    title = [nodes.Text(before), *node.children, nodes.Text(after)] if node.children else []
    badge = [nodes.Text(f" [{stale_text(config)}]")] if box.get("stale") else []
    return nodes.paragraph("", "", nodes.strong("", label(box, config)), *title, *badge)


#: What each node is written as.
_AS: Mapping[object, Callable[[nodes.Element, Config], nodes.Element]] = {
    ANNOTATIONS: lambda node, config: nodes.block_quote("", *node.children),
    annotation_part: lambda node, config: nodes.container("", *node.children),
    annotation_title: _title,
    annotation_links: lambda node, config: nodes.paragraph("", "", *node.children),
    erratum_beside: lambda node, config: nodes.block_quote("", *node.children),
}


def _visitors(written: Callable[[nodes.Element, Config], nodes.Element]) -> Visitors:
    def visit(self: SphinxTranslator, node: nodes.Element) -> None:
        node[:] = [written(node, self.config)]  # what is inside is visited next

    return visit, lambda self, node: None


WRITTEN: Mapping[object, Visitors] = MappingProxyType({key: _visitors(written) for key, written in _AS.items()})
