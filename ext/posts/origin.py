"""Tell the original from what the edition added to it, for any node of a document."""

from __future__ import annotations

from typing import Literal

from docutils import nodes

Origin = Literal["original", "added"]


def begins_annotation(node: nodes.Node) -> bool:
    """Say whether an annotation begins at ``node``: a directive of the vocabulary, or a section so marked."""
    if not isinstance(node, nodes.Element):
        return False
    attributes = node.attributes
    return bool(attributes.get("annotation")) or (
        isinstance(node, nodes.section) and "annotation" in attributes["classes"])


def begins_added(node: nodes.Node) -> bool:
    """Say whether what the edition added begins at ``node``: an annotation, or one of a kind that nobody knows."""
    return begins_annotation(node) or (isinstance(node, nodes.Element) and bool(node.attributes.get("added")))


def origin_of(node: nodes.Node) -> Origin:
    """Return ``added`` when ``node`` is inside an annotation, or is one."""
    current: nodes.Node | None = node
    while current is not None:
        if begins_added(current):
            return "added"
        current = current.parent
    return "original"


def front_matter(doctree: nodes.document) -> dict[str, str]:
    """Return the front matter of a document that is being read; Sphinx takes it out before most collectors run."""
    return {field[0].astext(): field[1].astext().strip()
            for info in doctree.children if isinstance(info, nodes.docinfo) for field in info.findall(nodes.field)}


def is_mirrored(doctree: nodes.document) -> bool:
    """Say whether a document is a mirrored post by its front matter, and not written for the edition.

    The answer is kept on the doctree.
    """
    if "mirrored" not in doctree:
        matter = front_matter(doctree)
        doctree["mirrored"] = bool(matter.get("id")) and matter.get("origin") != "local"
    return bool(doctree["mirrored"])


def of_the_blog(node: nodes.Node) -> bool:
    """Say whether ``node`` is the blog's own text: its mistakes are not ours, and nobody here may mend them."""
    root = node
    while root.parent is not None:
        root = root.parent
    return isinstance(root, nodes.document) and is_mirrored(root) and origin_of(node) == "original"
