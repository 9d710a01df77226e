"""Embed figures a reader can change: a still picture drawn at build time, and a script that brings it to life.

The options are JSON in the body of the directive ``interactive``. The picture stands on the page for print and for
whoever has no script; the script, a module of the edition's own, is loaded only on pages that have the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxTranslator

from ext.checks.findings import report
from ext.edition.annotations import figures
from ext.edition.annotations.figures import tikz
from ext.edition.checks.lint import Lint
from ext.edition.site.errors import EditionError
from ext.site.settings import text

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.latex import LaTeXTranslator


class interactive(nodes.General, nodes.Element):
    """Hold a figure: ``figure`` (its name), ``data`` (options as JSON), ``picture`` (SVG), and its caption below."""


class interactive_caption(nodes.TextElement):
    """Hold the words below a figure."""


class InteractiveDirective(SphinxDirective):
    """Read the options of a figure, and draw its still picture."""

    has_content = True
    required_arguments = 1
    option_spec = {"caption": directives.unchanged_required, "name": directives.unchanged_required,
                   "class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Return the figure, or what was written when it cannot be understood."""
        name, written = self.arguments[0], "\n".join(self.content)
        english = self.config.language == "en"
        try:
            options = figures.read(name, written)
        except EditionError as error:
            message = f"the figure {name!r} cannot be drawn: {error.what} ({error.remedy})"
            report(self.env, self.env.current_document.docname, Lint.FIGURE_BROKEN, message, self.lineno)
            return [nodes.literal_block(written, written, language="text")]
        node = interactive("", figure=name, data=figures.data(options),
                           picture=figures.picture(name, options, english=english),
                           classes=self.options.get("class", []))
        self.set_source_info(node)
        self.add_name(node)
        result: list[nodes.Node] = [node]
        if "caption" in self.options:
            children, messages = self.parse_inline(self.options["caption"], lineno=self.lineno)
            node += interactive_caption("", "", *children)
            result += messages
        return result


def visit_figure(self: SphinxTranslator, node: interactive) -> None:
    """Write the picture, the options for the script, and a word for who has none."""
    opened = self.starttag(node, "figure", CLASS="interactive", **{"data-figure": node["figure"]})
    hint = text(self.config, "打开 JavaScript，就能改动这幅图的参数。",
                "With JavaScript the parameters of this figure can be changed.")
    self.body.append(
        f'{opened}<div class="interactive-still" data-pagefind-ignore="all">{node["picture"]}'
        f"<noscript><p>{hint}</p></noscript></div>\n"
        f'<script type="application/json">{node["data"]}</script>\n')


def depart_figure(self: SphinxTranslator, node: interactive) -> None:
    """Close the figure."""
    self.body.append("</figure>\n")


def visit_caption(self: SphinxTranslator, node: interactive_caption) -> None:
    """Open the caption."""
    self.body.append("<figcaption>")


def depart_caption(self: SphinxTranslator, node: interactive_caption) -> None:
    """Close the caption."""
    self.body.append("</figcaption>\n")


def visit_still(self: LaTeXTranslator, node: interactive) -> None:
    """Draw the still picture on paper."""
    self.body.append(f"\n\\begin{{center}}\n{tikz.draw(node['picture'])}\n\n")


def depart_still(self: LaTeXTranslator, node: interactive) -> None:
    """Close the picture."""
    self.body.append("\n\\end{center}\n")


def pass_by(self: LaTeXTranslator, node: interactive_caption) -> None:
    """Write the caption as the text below the picture."""


def keep_caption(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Leave of a figure only its caption, for builders that have no pictures."""
    if app.builder.format not in ("html", "latex"):
        for node in list(doctree.findall(interactive)):
            node.replace_self([nodes.paragraph("", "", *caption.children) for caption in node.children])


def add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load on this page the scripts of the figures it has, and nothing on other pages."""
    present = {node["figure"] for node in doctree.findall(interactive)} if doctree is not None else set()
    if present:
        app.add_css_file("figures.css", priority=850)
    for name in sorted(present):
        app.add_js_file(f"figures/{name}.js", type="module")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, its nodes, and the scripts of pages that use it."""
    app.setup_extension("ext.checks.findings")
    app.add_node(interactive, html=(visit_figure, depart_figure), latex=(visit_still, depart_still))
    app.add_node(interactive_caption, html=(visit_caption, depart_caption), latex=(pass_by, pass_by))
    app.add_latex_package("tikz")
    app.add_directive("interactive", InteractiveDirective)
    app.connect("doctree-resolved", keep_caption)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
