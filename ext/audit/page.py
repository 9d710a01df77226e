"""The audit page: parts of the one summary, set where their directives stand."""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ext.audit.state import summary
from ext.edition.files import write_atomic
from ext.edition.kinds import KINDS
from ext.edition.outputs.audit_json import to_json
from ext.edition.rows import Row
from ext.site import TEMPLATES
from ext.views import showing, shows

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


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for the pages that show the audit, a digest of the summary and of the templates."""
    state = hashlib.sha256(to_json(summary(app)))
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
