"""Show a piece of Markdown beside what becomes of it, so that a documented example cannot drift."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata


class ShownDirective(SphinxDirective):
    """Parse the content, and put its source in front of it."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the source and the result in one container."""
        source = "\n".join(self.content)
        code = nodes.literal_block(source, source, language="text", classes=["shown-source"])
        self.set_source_info(code)
        result = nodes.container("", *self.parse_content_to_nodes(), classes=["shown-result"])
        return [nodes.container("", code, result, classes=["shown"])]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("shown", ShownDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
