"""The list of posts as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ext.edition.audit.rows import Row
from ext.edition.audit.summary import Summary

#: The columns by name. A value that is None is unknown and stays empty: an empty cell is no zero.
COLUMNS: Mapping[str, Callable[[Row], object]] = MappingProxyType({
    "id": lambda row: row.record.id,
    "title": lambda row: row.record.title,
    "docname": lambda row: row.record.docname,
    "date": lambda row: row.record.date,
    "topic": lambda row: row.record.topic,
    "series": lambda row: row.record.series,
    "status": lambda row: row.record.status,
    "state": lambda row: row.state,
    "grade": lambda row: row.grade,
    "importance": lambda row: row.importance,
    "met": lambda row: row.met,
    "bytes": lambda row: row.record.bytes,
    "formulas": lambda row: row.formulas,
    "inline": lambda row: row.record.total.inline,
    "displayed": lambda row: row.record.total.displayed,
    "numbered": lambda row: row.record.total.numbered,
    "original_formulas": lambda row: row.record.original.formulas if row.record.original else None,
    "added_formulas": lambda row: row.record.added.formulas if row.record.added else None,
    "structured": lambda row: row.structured,
    "equations": lambda row: row.coverage.total if row.coverage else None,
    "derived": lambda row: row.coverage.derived if row.coverage else None,
    "explained": lambda row: row.coverage.explained if row.coverage else None,
    "referenced": lambda row: row.coverage.referenced if row.coverage else None,
    "uncovered": lambda row: row.coverage.uncovered if row.coverage else None,
    "restated": lambda row: row.coverage.restated if row.coverage else None,
    "derivations": lambda row: row.evidence.derivations,
    "with_checks": lambda row: row.evidence.carrying,
    "checked": lambda row: row.evidence.passed,
    "checks_failed": lambda row: row.evidence.failed,
    "checks_stale": lambda row: row.evidence.stale,
    "checks_unknown": lambda row: row.evidence.unknown,
    "computed": lambda row: row.evidence.computed,
    "intact": lambda row: row.intact.state,
    "stored_original": lambda row: row.intact.stored,
    "review": lambda row: row.review.state,
    "review_commit": lambda row: row.review.commit,
    "characters": lambda row: row.record.total.characters,
    "sections": lambda row: row.record.total.sections,
    "code": lambda row: row.record.total.code,
    "images": lambda row: row.record.total.images,
    "links": lambda row: row.record.total.links,
})
#: What a spreadsheet takes for a formula; titles are fetched text.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


def to_csv(whole: Summary) -> bytes:
    """Return one line per post, with the byte order mark by which spreadsheets know UTF-8."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in whole.rows:
        writer.writerow([_cell(column(row)) for column in COLUMNS.values()])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_ACTIVE):
        return f"'{value}"
    if isinstance(value, bool):
        return str(value).lower()
    return value
