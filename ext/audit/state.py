"""The one summary of a build."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from ext.audit.assess import facts, topic_pages
from ext.edition.audit.facts import Facts
from ext.edition.audit.rows import Row
from ext.edition.audit.summary import Summary, summarise
from ext.edition.posts import catalogue
from ext.edition.site.errors import EditionError
from ext.site.settings import edition


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
            raise ConfigError(str(error)) from error
        app.zhushu_summary = held  # type: ignore[attr-defined]
    return held


def rows(app: Sphinx) -> Mapping[str, Row]:
    """Return the rows of the summary by document name."""
    held: Mapping[str, Row] | None = getattr(app, "zhushu_rows", None)
    if held is None:
        held = {row.record.docname: row for row in summary(app).rows}
        app.zhushu_rows = held  # type: ignore[attr-defined]
    return held
