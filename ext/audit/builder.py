"""``sphinx-build -b audit``: the audit in the terminal and for machines, and an exit status that CI can enforce.

It shares the doctrees of the html build and writes no page. The status is 1 when a share falls under ``fail_under``
of ``edition.toml`` or a post falls behind the committed baseline.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders import Builder

from ext.audit.past import baseline
from ext.audit.state import summary
from ext.edition.audit import change, history, steps
from ext.edition.audit.outputs import audit_csv, audit_json, badge, pull, reports, sarif
from ext.edition.site.files import write_atomic


class AuditBuilder(Builder):
    """Read the documents and write nothing but the audit."""

    name = "audit"
    format = "audit"
    epilog = "The audit is in %(outdir)s."
    allow_parallel = True

    def get_outdated_docs(self) -> Iterable[str]:
        """Return nothing: no document is written."""
        return []

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return nothing: there are no pages to link to."""
        return ""

    def write_doc(self, docname: str, doctree: Any) -> None:
        """Write nothing."""


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the machine-readable audit at the top of the output, for the html and the audit builder."""
    if error is None and app.builder.name in ("html", "dirhtml", "audit"):
        whole, language = summary(app), app.config.language
        out, folder = Path(app.outdir), in_repository(Path(app.srcdir))
        base = baseline(app)
        outputs: dict[str, str | bytes] = {
            "audit.json": audit_json.to_json(whole), audit_json.SCHEMA_FILE: audit_json.schema(),
            "audit.csv": audit_csv.to_csv(whole), "audit.sarif": sarif.to_sarif(whole, folder),
            "audit.md": pull.to_markdown(whole, None if base is None else steps.compare(base, change.state(whole))),
            "badge.json": badge.to_endpoint(whole, language), "badge.svg": badge.to_svg(whole, language)}
        if app.builder.name == AuditBuilder.name:
            points, english = history.load(Path(app.srcdir).parent), language == "en"
            outputs |= {"STATUS_REPORT.md": reports.status(whole, english=english),
                        "PROGRESS_REPORT.md": reports.progress(whole, points, english=english)}
        for name, data in outputs.items():
            write_atomic(out / name, data)
        # Also when nothing in it changed: `tools next` tells by its time whether posts were edited since.
        os.utime(out / "audit.json")


def in_repository(folder: Path) -> str:
    """Return the path of a folder from the top of its git repository; without one, from the folder above."""
    top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder.parent)
    return folder.relative_to(top).as_posix()


def judge(app: Sphinx, error: Exception | None) -> None:
    """Print the audit and set the exit status, for the audit builder only."""
    if error is None and app.builder.name == AuditBuilder.name:
        from ext.audit import verdict  # what sets tables in a terminal, which no page is set with

        verdict.tell(app)
