"""The one summary of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from ext.audit.assess import facts, topic_pages
from ext.audit.past import past
from ext.audit.trusted import changes
from ext.build.once import once
from ext.edition.audit import change
from ext.edition.audit.facts import Facts
from ext.edition.audit.progress import progress
from ext.edition.audit.rows import Row
from ext.edition.audit.summary import Summary, summarise
from ext.edition.site.errors import EditionError
from ext.posts.listed import listed
from ext.site.settings import edition


@once
def all_facts(app: Sphinx) -> tuple[Facts, ...]:
    """Return the facts of every post, gathered once after all documents have been read."""
    return facts(app)


@once
def summary(app: Sphinx) -> Summary:
    """Return the summary of the build, computed once after all documents have been read."""
    try:
        entries = listed(app)
        base = app.config.audit_base
        if Path(base).is_file():
            base = ""
        changed = changes(Path(app.srcdir), base) if base else ()
        whole = summarise(all_facts(app), entries, edition(app.config), topic_pages(app), changed, base,
                          getattr(app.env, "left_out", {}))
        return replace(whole, progress=progress(whole.rows, change.state(whole), whole.queue, entries,
                                                edition(app.config), past(app, whole.rows, entries)))
    except EditionError as error:
        raise ConfigError(str(error)) from error


@once
def rows(app: Sphinx) -> Mapping[str, Row]:
    """Return the rows of the summary by document name."""
    return {row.record.docname: row for row in summary(app).rows}
