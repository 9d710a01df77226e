"""The audit page and ``audit.json``: two views of the one summary."""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from ext.assess import facts, topic_pages
from ext.edition import catalogue
from ext.edition.errors import EditionError
from ext.edition.files import write_atomic
from ext.edition.kinds import KINDS
from ext.edition.rows import Row
from ext.edition.summary import Summary, summarise
from ext.site import TEMPLATES, edition
from ext.views import add_view, showing, shows

VIEW = "audit"
#: The parts of the page that ``{audit}`` can show; each has a template of its name.
PARTS = tuple(sorted(path.stem for path in (TEMPLATES / "audit").glob("*.html") if path.stem != "macros"))


class audit_part(nodes.General, nodes.Element):
    """A part of the audit, set when the page is written."""


class AuditDirective(SphinxDirective):
    """``{audit} PART`` shows one part of the audit where it stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a place for the part; the numbers are known when all documents have been read."""
        part = self.arguments[0]
        if part not in PARTS:
            raise self.error(f"there is no part {part!r} of the audit; choose from {', '.join(PARTS)}")
        shows(self.env, VIEW)
        return [audit_part("", part=part)]


def summary(app: Sphinx) -> Summary:
    """Return the summary of the build, computed once after all documents have been read."""
    held: Summary | None = getattr(app, "zhushu_summary", None)
    if held is None:
        entries = catalogue.load(Path(app.srcdir))
        held = summarise(facts(app), entries, edition(app.config), topic_pages(app))
        app.zhushu_summary = held  # type: ignore[attr-defined]
    return held


def words(app: Sphinx) -> dict[str, Any]:
    """Return the texts of the page in the language of the site, Chinese where there is no translation."""
    held: dict[str, Any] | None = getattr(app, "zhushu_audit_words", None)
    if held is None:
        texts = tomllib.loads((TEMPLATES / "audit" / "words.toml").read_text("utf-8"))
        held = texts.get(app.config.language, texts["zh_CN"])
        app.zhushu_audit_words = held  # type: ignore[attr-defined]
    return held


def flags(row: Row) -> str:
    """Return the flags by which the page's list is filtered."""
    named = {"short": row.short, "exemplary": row.exemplary, "no_formulas": row.no_formulas,
             "formulas": not row.no_formulas, "no_blocks": row.no_blocks, "blocks": not row.no_blocks,
             "layers": row.record.original is not None, "no_layers": row.record.original is None}
    return " ".join(name for name, holds in named.items() if holds)


def to_json(whole: Summary) -> bytes:
    """Return ``audit.json``: the summary field by field, the same bytes for the same edition."""
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for the pages that show the audit, a digest of the summary and of the templates."""
    try:
        state = hashlib.sha256(to_json(summary(app)))
    except EditionError as error:
        raise ExtensionError(str(error)) from error
    for part in sorted((TEMPLATES / "audit").iterdir()):
        state.update(part.read_bytes())
    return dict.fromkeys(showing(app.env, VIEW), state.hexdigest())


def render(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the parts of the audit on the page that is being written; other formats than HTML go without."""
    parts = list(doctree.findall(audit_part))
    if parts and app.builder.format == "html":
        language = "en" if app.config.language == "en" else "zh"
        context = {
            "summary": summary(app), "t": words(app), "flags": flags,
            "uri": lambda target: app.builder.get_relative_uri(docname, target),
            "kind_name": lambda kind: getattr(KINDS[kind], language) if kind in KINDS else kind,
        }
        for node in parts:
            html = app.builder.templates.render(f"audit/{node['part']}.html", context)
            node.append(nodes.raw("", html, format="html"))
    for node in parts:
        node.replace_self(node.children)


def add_scripts(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the sorting and filtering on the pages that show the audit, and on no other."""
    if pagename in showing(app.env, VIEW):
        app.add_js_file("audit.js", type="module")


def copy_tables(app: Sphinx, error: Exception | None) -> None:
    """Copy DataTables out of the package that carries it (itables), so that no page asks another server."""
    if error is None and app.builder.format == "html":
        bundle = resources.files("itables").joinpath("html/dt_bundle.js")
        write_atomic(Path(app.outdir) / "_static" / "dt_bundle.js", bundle.read_bytes())


def write_json(app: Sphinx, error: Exception | None) -> None:
    """Write ``audit.json`` at the top of the site."""
    if error is None and app.builder.format == "html":
        write_atomic(Path(app.outdir) / "audit.json", to_json(summary(app)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the view and the outputs."""
    app.setup_extension("ext.assess")
    app.add_node(audit_part)
    app.add_directive("audit", AuditDirective)
    add_view(app, VIEW, digests)
    app.add_css_file("audit.css")
    app.connect("doctree-resolved", render)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", copy_tables)
    app.connect("build-finished", write_json)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
