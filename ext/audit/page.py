"""The audit page: parts of the one summary, set where their directives stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ext.audit import texts
from ext.audit.state import rows, summary
from ext.audit.texts import FOLDER, look
from ext.build.views import showing, shows
from ext.edition.audit.criteria import CRITERIA, Verdict
from ext.edition.audit.outputs.audit_json import to_json
from ext.edition.audit.rows import Row
from ext.edition.audit.summary import Summary
from ext.edition.site.files import write_atomic

VIEW = "audit"
#: The parts of the page that ``{audit}`` can show; each has a template of its name.
PARTS = tuple(sorted(path.stem for path in FOLDER.glob("*.html") if path.stem != "macros"))
#: Posts of the queue that the page words out; the list of all posts can be sorted by the rest.
QUEUED = 30
#: How the verdicts are written in the list of all posts, one letter for each criterion.
_LETTERS = {Verdict.PASS: "p", Verdict.FAIL: "f", Verdict.UNKNOWN: "u", Verdict.NOT_APPLICABLE: "n"}
#: The criteria that a batch can set a target for.
_TARGETS = ("coverage", "sections", "formulas", "size")


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


def flags(row: Row) -> str:
    """Return the flags by which the list of all posts is filtered; the script knows their opposites."""
    cover = row.coverage
    named = {"short": row.short, "exemplary": row.exemplary, "no_formulas": row.no_formulas,
             "no_blocks": row.no_blocks, "no_layers": row.record.original is None,
             "truncated": row.state == "truncated", "doubtful": bool(row.doubts),
             "changed": "changed" in (row.intact.state, row.intact.stored), "findings": bool(row.findings),
             "checks": row.evidence.computed > 0 or row.evidence.passed > 0,
             "checks_open": row.evidence.carrying > row.evidence.passed}
    counted = {name: cover is not None and getattr(cover, name) > 0
               for name in ("derived", "explained", "referenced", "uncovered", "restated")}
    return " ".join(name for name, holds in (named | counted).items() if holds)


def verdicts(row: Row) -> str:
    """Return one letter for the verdict of every criterion, in their order; ``-`` where it is not asked for."""
    found = {result.criterion: _LETTERS[result.verdict] for result in row.results}
    return "".join(found.get(name, "-") for name in CRITERIA)


def targets(whole: Summary, batch: str) -> Iterator[tuple[str, float, float]]:
    """Yield what the posts of a batch are to reach: criterion, smallest and largest threshold among them."""
    asked: dict[str, list[float]] = {}
    for row in whole.rows:
        if batch in row.batches:
            for result in row.results:
                if result.threshold is not None:
                    asked.setdefault(result.criterion, []).append(result.threshold)
    for name in _TARGETS:
        if name in asked:
            yield name, min(asked[name]), max(asked[name])


def titles(whole: Summary) -> Mapping[str, tuple[str, str]]:
    """Return title and document of every known post by its id; the document is empty for one that is not built."""
    waiting = {entry.id: (entry.title, "") for entry in whole.unbuilt}
    return waiting | {row.record.id or row.record.docname: (row.record.title, row.record.docname) for row in whole.rows}


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for the pages that show the audit, a digest of the summary and of the templates."""
    pages = showing(app.env, VIEW)
    if not pages:
        return {}
    state = hashlib.sha256(to_json(summary(app)) + look().encode())
    return dict.fromkeys(pages, state.hexdigest())


def render(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the parts of the audit on the page that is being written; other formats than HTML go without."""
    parts = list(doctree.findall(audit_part))
    if parts and app.builder.format == "html":
        whole = summary(app)
        context: dict[str, Any] = {
            "flags": flags, "verdicts": verdicts, "rows": rows(app), "titles": titles(whole),
            "targets": lambda batch: targets(whole, batch), "queued": QUEUED,
            "places": {name: place for place, name in enumerate(CRITERIA)},
            "ranks": {task.docname: place for place, task in enumerate(whole.queue, 1)}}
        for node in parts:
            html = texts.render(app, node["part"], docname, **context)
            node.append(nodes.raw("", html, format="html"))
    for node in parts:
        node.replace_self(node.children)


def add_scripts(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load style, sorting and filtering on the pages that show the audit, and on no other."""
    if pagename in showing(app.env, VIEW):
        app.add_css_file("audit.css", priority=900)
        app.add_js_file("audit.js", type="module")


def copy_tables(app: Sphinx, error: Exception | None) -> None:
    """Copy DataTables out of the package that carries it (itables), so that no page asks another server."""
    if error is None and app.builder.format == "html":
        # Importing the package would import the data libraries that it serves, for half a second.
        package = find_spec("itables")
        assert package is not None and package.origin is not None
        bundle = Path(package.origin).parent / "html" / "dt_bundle.js"
        write_atomic(Path(app.outdir) / "_static" / "dt_bundle.js", bundle.read_bytes())
