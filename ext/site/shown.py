"""Show a piece of Markdown beside what becomes of it, so that a documented example cannot drift."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from ext.site.languages import message


class ShownDirective(SphinxDirective):
    """Parse the content, and put its source in front of it.

    An example is one message of its page: in another language the source is translated, and the result follows it.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the source and the result in one container."""
        source = "\n".join(self.content)
        told = message(self.config, self.env.current_document.docname, source)
        code = nodes.literal_block(source, source, language="text", classes=["shown-source"])
        self.set_source_info(code)
        result = nodes.container("", *(self.parse_content_to_nodes() if told is None else
                                       self.parse_text_to_nodes(told)), classes=["shown-result"])
        for node in result.findall(nodes.TextElement):
            if not isinstance(node, nodes.Inline):
                node["translatable"] = False
        return [nodes.container("", code, result, classes=["shown"])]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("shown", ShownDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
