"""Fold admonitions of the class ``dropdown``: a native ``details``, as folded annotations are.

Converted pages and imported posts have such boxes where the source had something that folds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator

from ext.annotations.nodes import FOLD

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


class fold(nodes.General, nodes.Element):
    """Hold a box that folds; its first child is a :class:`fold_title`."""


class fold_title(nodes.TextElement):
    """Hold the line that opens the box."""


class FoldAdmonitions(SphinxPostTransform):
    """Make folds of the admonitions that ask for it, on HTML pages."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Replace every admonition of the class."""
        for box in list(self.document.findall(_folds)):
            assert isinstance(box, nodes.Element)
            children = list(box.children)
            if children and isinstance(children[0], nodes.title):
                title = fold_title("", "", *children.pop(0).children)
            else:
                title = fold_title("", str(admonitionlabels.get(box.tagname, box.tagname)))
            # What takes a node's place inherits its classes.
            kind = [box.tagname] if box.tagname != "admonition" else []
            box["classes"] = [name for name in box["classes"] if name != FOLD] + kind
            box.replace_self(fold("", title, *children))


def _folds(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Admonition) and isinstance(node, nodes.Element) and FOLD in node["classes"]


def visit_fold(self: SphinxTranslator, node: fold) -> None:
    """Open the box."""
    self.body.append(self.starttag(node, "details", CLASS="admonition fold"))


def depart_fold(self: SphinxTranslator, node: fold) -> None:
    """Close the box."""
    self.body.append("</details>\n")


def visit_title(self: SphinxTranslator, node: fold_title) -> None:
    """Open the line that is always seen."""
    self.body.append('<summary class="admonition-title">')


def depart_title(self: SphinxTranslator, node: fold_title) -> None:
    """Close the line."""
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the folds."""
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_title, html=(visit_title, depart_title))
    app.add_post_transform(FoldAdmonitions)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
