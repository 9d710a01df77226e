"""The list of posts as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io

from ext.edition.audit.columns import COLUMNS
from ext.edition.audit.summary import Summary

#: What a spreadsheet takes for a formula; titles are fetched text.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


def to_csv(whole: Summary) -> bytes:
    """Return one line per post, empty cells for what is unknown, with the mark by which spreadsheets know UTF-8."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in whole.rows:
        writer.writerow([_cell(column.value(row)) for column in COLUMNS.values()])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_ACTIVE):
        return f"'{value}"
    if isinstance(value, bool):
        return str(value).lower()
    return value
