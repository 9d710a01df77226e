"""Let a short note stand beside the equation that it follows, where a screen has room for a column of its own."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from ext.annotations.nodes import ANNOTATIONS, annotation_part, folds
from ext.site.settings import writes_site

#: A longer note would be taller than most equations, in characters.
SHORT = 160
_BIG = (nodes.math_block, nodes.table, nodes.image, nodes.literal_block, nodes.raw, annotation_part)


def is_short(box: nodes.Node) -> bool:
    """Tell whether an annotation is a few words that need no column of their own."""
    return (isinstance(box, ANNOTATIONS) and not folds(box) and len(box.astext()) <= SHORT
            and not any(isinstance(one, _BIG) for one in box.findall()))


class Beside(SphinxPostTransform):
    """Tie a short note to the equation before it; ``layers.css`` decides whether it stands beside or below."""

    default_priority = 810
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Put both into one container, in the order of the text."""
        if not writes_site(self.env._app.builder):
            return
        for math in list(self.document.findall(nodes.math_block)):
            parent = math.parent
            at = parent.index(math)
            after = parent[at + 1] if at + 1 < len(parent) else None
            if isinstance(parent, nodes.section) and after is not None and is_short(after):
                parent[at:at + 2] = [nodes.container("", math, after, classes=["zs-beside"])]
