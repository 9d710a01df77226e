"""Embed figures: those a reader can change, and those that show what an experiment of the build has measured.

The options of the first are JSON in the body of the directive ``interactive``. A picture drawn at build time stands on
the page for print and for whoever has no script; the script, a module of the edition's own, is loaded only on pages
that have the figure. The directive ``experiment`` names what is run, and its picture is all there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxTranslator

from ext.checks.findings import report
from ext.edition.annotations import figures
from ext.edition.annotations.figures import chart, experiments, tikz
from ext.edition.checks.lint import Lint
from ext.edition.site.errors import EditionError
from ext.site.settings import text

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.latex import LaTeXTranslator


class interactive(nodes.General, nodes.Element):
    """Hold a figure: name, ``picture`` (SVG), ``data`` (options as JSON, nothing if it is still), caption below."""


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
        return self.made(interactive("", figure=name, data=figures.data(options),
                                     picture=figures.picture(name, options, english=english)))

    def made(self, node: interactive) -> list[nodes.Node]:
        """Return the figure with its name, its classes and its caption."""
        node["classes"] += self.options.get("class", [])
        self.set_source_info(node)
        self.add_name(node)
        result: list[nodes.Node] = [node]
        if "caption" in self.options:
            children, messages = self.parse_inline(self.options["caption"], lineno=self.lineno)
            node += interactive_caption("", "", *children)
            result += messages
        return result


class ExperimentDirective(InteractiveDirective):
    """Run an experiment, and draw what it found."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Return the figure, or its name when there is no such experiment."""
        name = self.arguments[0]
        if name not in experiments.EXPERIMENTS:
            known = ", ".join(experiments.EXPERIMENTS)
            report(self.env, self.env.current_document.docname, Lint.FIGURE_BROKEN,
                   f"there is no experiment {name!r} (take one of {known})", self.lineno)
            return [nodes.literal_block(name, name, language="text")]
        found = chart.draw(experiments.EXPERIMENTS[name](), english=self.config.language == "en")
        return self.made(interactive("", figure=name, data="", picture=found))


def visit_figure(self: SphinxTranslator, node: interactive) -> None:
    """Write the picture, the options for the script, and a word for who has none."""
    if not node["data"]:
        self.body.append(f'{self.starttag(node, "figure", CLASS="interactive")}'
                         f'<div class="interactive-still" data-pagefind-ignore="all">{node["picture"]}</div>\n')
        return
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
    present = list(doctree.findall(interactive)) if doctree is not None else []
    if present:
        app.add_css_file("figures.css", priority=850)
    for name in sorted({node["figure"] for node in present if node["data"]}):
        app.add_js_file(f"figures/{name}.js", type="module")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, its nodes, and the scripts of pages that use it."""
    app.setup_extension("ext.checks.findings")
    app.add_node(interactive, html=(visit_figure, depart_figure), latex=(visit_still, depart_still))
    app.add_node(interactive_caption, html=(visit_caption, depart_caption), latex=(pass_by, pass_by))
    app.add_latex_package("tikz")
    app.add_directive("interactive", InteractiveDirective)
    app.add_directive("experiment", ExperimentDirective)
    app.connect("doctree-resolved", keep_caption)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
