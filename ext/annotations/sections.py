"""Let the heading of an annotated section say what it is about: ``{.annotation of="eq-a" uses="eq-b"}``.

MyST reads every attribute above a heading and keeps two of them, ``class`` and ``id``; the renderer here keeps ours.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers import sphinx_
from sphinx.application import Sphinx

from ext.edition.annotations.targets import aims


class SectionRenderer(SphinxRenderer):
    """Keep what the heading of an annotated section says that it is about, and its id as the label."""

    def copy_attributes(self, token: SyntaxTreeNode, node: nodes.Element, *args: Any, **kwargs: Any) -> None:
        """Copy what MyST copies, and onto a section our own."""
        super().copy_attributes(token, node, *args, **kwargs)
        if isinstance(node, nodes.section) and "annotation" in node["classes"]:
            node["aims"] = aims(token.attrs)
            node["label"] = str(token.attrs.get("id", ""))
            node["by"] = str(token.attrs.get("by", "")).strip()


def use_renderer() -> None:
    """Make the parser of MyST write with our renderer: it has no setting for that."""
    if not hasattr(sphinx_, "SphinxRenderer"):
        raise RuntimeError("myst_parser.parsers.sphinx_ has no SphinxRenderer any more: see ext.annotations.sections")
    sphinx_.SphinxRenderer = SectionRenderer


def setup(app: Sphinx) -> dict[str, Any]:
    """Put the renderer in its place."""
    use_renderer()
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
