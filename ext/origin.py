"""Tell the original from what the edition added to it, for any node of a document."""

from __future__ import annotations

from typing import Literal

from docutils import nodes

Origin = Literal["original", "added"]


def begins_annotation(node: nodes.Node) -> bool:
    """Say whether an annotation begins at ``node``: a directive of the vocabulary, or a section so marked."""
    if not isinstance(node, nodes.Element):
        return False
    return bool(node.get("annotation")) or (
        isinstance(node, nodes.section) and "annotation" in node.get("classes", ())
    )


def origin_of(node: nodes.Node) -> Origin:
    """Return ``added`` when ``node`` is inside an annotation, or is one."""
    current: nodes.Node | None = node
    while current is not None:
        if begins_annotation(current):
            return "added"
        current = current.parent
    return "original"
