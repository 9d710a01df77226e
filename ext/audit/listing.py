"""The list of all posts: its first rows on the audit page, the whole as a plain page, and the file the table reads.

The page holds a hundred rows, so that its weight does not grow with the edition; its script reads the file as soon as
somebody sorts, filters or asks for more. Without scripts the plain page has every row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from sphinx.application import Sphinx

from ext.audit import texts
from ext.audit.cells import Cells, opening, value
from ext.audit.state import summary
from ext.build.contents import newest_template
from ext.build.once import once
from ext.build.sharing import Later
from ext.build.written import ledger
from ext.edition.audit.columns import COLUMNS, table
from ext.edition.audit.coverage import Cover
from ext.edition.audit.criteria import CRITERIA, Verdict
from ext.edition.audit.rows import Row
from ext.edition.audit.summary import Summary
from ext.edition.audit.work import DEFAULT, ORDERS, queue
from ext.edition.links.external import iri
from ext.edition.posts.catalogue import Entry
from ext.edition.site.files import write_atomic
from ext.site.settings import writes_site

#: The plain page, and the files beside it: what the table shows and filters by, and the columns read when chosen.
PAGE, FILE, MORE = "audit-posts", "audit-posts.js", "audit-more.js"
#: Columns that are filtered by, whether or not they are shown.
FILTERED = frozenset({"topic", "series", "status", "grade", "met", "formulas", "links_in"})
#: Rows on the audit page itself.
FIRST = 100
#: How the verdicts are written, one letter for each criterion.
_LETTERS = {Verdict.PASS: "p", Verdict.FAIL: "f", Verdict.UNKNOWN: "u", Verdict.NOT_APPLICABLE: "n"}


def in_order(whole: Summary) -> list[Row]:
    """Return the posts in the order of the queue; those that wait for nothing come last."""
    ranks = {task.docname: place for place, task in enumerate(whole.queue)}
    return sorted(whole.rows, key=lambda row: (ranks.get(row.record.docname, len(ranks)), row.record.docname))


def flags(row: Row) -> str:
    """Return the flags by which the list is filtered; the script knows their opposites."""
    cover = row.coverage
    named = {"short": row.short, "long": row.long, "exemplary": row.exemplary, "no_formulas": row.no_formulas,
             "no_blocks": row.no_blocks, "no_layers": row.record.original is None,
             "truncated": row.state == "truncated", "doubtful": bool(row.doubts),
             "changed": "changed" in (row.intact.state, row.intact.stored), "findings": bool(row.findings),
             "checks": row.evidence.computed > 0 or row.evidence.passed > 0,
             "questions": row.evidence.questions > 0,
             "checks_open": row.evidence.carrying > row.evidence.passed}
    counted = {name: cover is not None and getattr(cover, name) > 0
               for name in (*(state.value for state in Cover), "restated")}
    return " ".join(name for name, holds in (named | counted).items() if holds)


def verdicts(row: Row) -> str:
    """Return one letter for the verdict of every criterion, in their order; ``-`` where it is not asked for."""
    found = {result.criterion: _LETTERS[result.verdict] for result in row.results}
    return "".join(found.get(name, "-") for name in CRITERIA)


def words(app: Sphinx, whole: Summary) -> dict[str, dict[str, str]]:
    """Return the words of each column of a closed list, in the order in which they sort."""
    t = texts.words(app)
    grades = {row.key or "-": row.name or t["unassessed"] for row in whole.grid}
    levels = {level: t["priorities"].get(level, level) for level in whole.priorities}
    statuses = {row.record.status: t["statuses"].get(row.record.status, row.record.status)
                for row in whole.rows if row.record.status}
    return {"stage": dict(t["stages"]), "todo": dict(t["actions"]), "importance": levels, "review": dict(t["reviews"]),
            "status": t["statuses"] | dict(sorted(statuses.items())) | t["states"], "grade": grades,
            "met": {name: t["mets"][name] for name in ("yes", "no", "unknown")}}


def largest(whole: Summary) -> dict[str, float]:
    """Return the largest value of every column with a bar."""
    return {name: max((found for row in whole.rows if (found := value(column, row)) is not None), default=0)
            for name, column in table().items() if column.form == "bar"}


def data(app: Sphinx) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the table shows and filters by, column by column, and the columns that are read when chosen.

    The order of the rows is that of the queue. Title and address stand together: they are alike, and an array of the
    one would be too far from an array of the other for a compressor to see it.
    """
    whole = summary(app)
    rows, unbuilt = in_order(whole), whole.unbuilt
    nothing = [""] * len(unbuilt)
    steps = {task.docname: task.step for task in whole.queue}
    claims = {claim.docname: claim.kind for claim in whole.status_claims}
    found: dict[str, list[Any]] = {
        "post": [*([row.record.title, iri(app.builder.get_target_uri(row.record.docname))] for row in rows),
                 *([entry.title, _outside(entry)] for entry in unbuilt)],
        "by": [*(row.importance.by for row in rows), *nothing],
        "flags": [*(flags(row) for row in rows), *(["unbuilt"] * len(unbuilt))],
        "verdicts": [*(verdicts(row) for row in rows), *nothing],
        "batch": [*(" ".join(row.batches) for row in rows), *(entry.batch for entry in unbuilt)],
        "step": [*(steps.get(row.record.docname, "") for row in rows), *nothing],
        "claim": [*(claims.get(row.record.docname, "") for row in rows), *nothing]}
    found |= {state.value: [*(COLUMNS[state].value(row) for row in rows), *nothing] for state in Cover}
    more: dict[str, list[Any]] = {}
    for name, column in table().items():
        into = found if column.shown == "first" or name in FILTERED else more
        into[name] = [*(value(column, row) for row in rows), *(_waiting(name, entry) for entry in unbuilt)]
    ranks = {by: {task.docname: place for place, task in enumerate(queue(whole.queue, whole.priorities, by))}
             for by in ORDERS if by != DEFAULT}
    t = texts.words(app)
    return {
        "built": len(rows), "rows": found, "criteria": list(CRITERIA), "covers": [state.value for state in Cover],
        "orders": {by: [*(places.get(row.record.docname, len(rows)) for row in rows), *([len(rows)] * len(unbuilt))]
                   for by, places in ranks.items()},
        "words": words(app, whole), "largest": largest(whole), "by": dict(t["by"]), "why": t["why"],
        "columns": {name: {"label": t["columns"][name], "form": column.form} for name, column in table().items()},
    }, more


def _outside(entry: Entry) -> str:
    """Return where a catalogued post stands on the blog, where that is an address to follow."""
    return entry.source if entry.source.startswith(("https://", "http://")) else ""


def _waiting(column: str, entry: Entry) -> Any:
    """Return what a cell of a catalogued post that is not built holds: nothing was measured of it."""
    return {"title": entry.title, "importance": entry.priority, "topic": entry.topic, "series": entry.series,
            "status": entry.state, "date": entry.date[:10]}.get(column, "")


@once
def scripts(app: Sphinx) -> dict[str, bytes]:
    """Return the files that the table reads: scripts, so that they also load where the page is opened as a file."""
    first, more = data(app)
    return {FILE: b"self.zhushuPosts=" + msgspec.json.encode(first) + b";\n",
            MORE: b"self.zhushuMore=" + msgspec.json.encode(more) + b";\n"}


def plain(app: Sphinx, pagename: str) -> str:
    """Return the whole list as a plain page of this name."""
    whole = summary(app)
    given = context(app, whole, in_order(whole), table(), unbuilt=True)
    return texts.render(app, "post/plain", pagename, **given)


def context(app: Sphinx, whole: Summary, rows: Iterable[Row], shown: Iterable[str], *, unbuilt: bool = False
            ) -> dict[str, Any]:
    """Return what the templates of the list need."""
    t, named = texts.words(app), words(app, whole)
    openings = {name: opening(name, t["columns"][name]) for name in shown}
    cells = Cells(openings, t, named, largest(whole))
    return {"listed": list(rows), "with_unbuilt": unbuilt, "columns": {name: COLUMNS[name] for name in openings},
            "opening": openings, "cells": cells.of, "word": cells.word, "choices": named}


def digests(app: Sphinx) -> Mapping[str, str]:
    """Return the digest of the plain page, by its name."""
    return {PAGE: hashlib.sha256(b"".join(scripts(app).values()) + texts.look().encode()
                                 + str(newest_template(app)).encode()).hexdigest()[:16]}


def collect(app: Sphinx) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Hand out the plain page when it changed or is missing."""
    if writes_site(app.builder) and "audit" in app.env.all_docs:
        gone = frozenset() if app.builder.get_output_path(PAGE).is_file() else frozenset({PAGE})
        if ledger(app, PAGE).begin(digests(app), gone):
            t = texts.words(app)
            yield PAGE, Later(lambda: {"title": t["all_posts"], "body": plain(app, PAGE), "up": "audit",
                                       "kind": t["page"]["audit"]}), "audit/post/page.html"


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the file that the table reads, and note what was written."""
    if error is None and writes_site(app.builder) and "audit" in app.env.all_docs:
        for name, text in scripts(app).items():
            write_atomic(Path(app.outdir) / name, text)
        ledger(app, PAGE).finish(digests(app))
