"""The one summary of a build, and what is written of it."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from ext.assess import facts, topic_pages
from ext.edition import catalogue
from ext.edition.errors import EditionError
from ext.edition.facts import Facts
from ext.edition.files import write_atomic
from ext.edition.outputs.audit_json import to_json
from ext.edition.summary import Summary, summarise
from ext.site import edition


def all_facts(app: Sphinx) -> tuple[Facts, ...]:
    """Return the facts of every post, gathered once after all documents have been read."""
    held: tuple[Facts, ...] | None = getattr(app, "zhushu_facts", None)
    if held is None:
        held = facts(app)
        app.zhushu_facts = held  # type: ignore[attr-defined]
    return held


def summary(app: Sphinx) -> Summary:
    """Return the summary of the build, computed once after all documents have been read."""
    held: Summary | None = getattr(app, "zhushu_summary", None)
    if held is None:
        try:
            entries = catalogue.load(Path(app.srcdir))
            held = summarise(all_facts(app), entries, edition(app.config), topic_pages(app))
        except EditionError as error:
            raise ExtensionError(str(error)) from error
        app.zhushu_summary = held  # type: ignore[attr-defined]
    return held


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the machine-readable audit at the top of the site."""
    if error is None and app.builder.format == "html":
        write_atomic(Path(app.outdir) / "audit.json", to_json(summary(app)))
