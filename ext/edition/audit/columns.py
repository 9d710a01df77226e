"""The columns of the list of posts: one table for the page, its data file and the CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ext.edition.audit.coverage import Cover
from ext.edition.audit.rows import Row

#: Whether a column stands in the table at first, when it is chosen, or in the CSV only.
Shown = Literal["first", "chosen", "csv"]
#: How a cell is set and sorted: as text, as a word of a closed list, as a number, or as a number with a bar.
Form = Literal["text", "word", "number", "bar", "todo", "cover"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; a value that is None is unknown."""

    value: Callable[[Row], object]
    shown: Shown = "csv"
    form: Form = "text"


def _todo(row: Row) -> str:
    return " ".join(f"{name}:{'?' if items is None else items}" for name, items in row.todo)


def _covered(state: str) -> Column:
    return Column(lambda row: getattr(row.coverage, state) if row.coverage else None)


def _down(what: str) -> Column:
    return Column(lambda row: getattr(row.depth, what))


#: The columns by name, in the order of the table.
COLUMNS: Mapping[str, Column] = MappingProxyType({
    "id": Column(lambda row: row.record.id),
    "title": Column(lambda row: row.record.title),
    "docname": Column(lambda row: row.record.docname),
    "stage": Column(lambda row: row.stage.value, "first", "word"),
    "todo": Column(_todo, "first", "todo"),
    "importance": Column(lambda row: row.importance.level, "first", "word"),
    "coverage": Column(lambda row: row.coverage.covered if row.coverage else None, "first", "cover"),
    "added_formulas": Column(lambda row: row.record.added.formulas if row.record.added else None, "first", "bar"),
    "review": Column(lambda row: row.review.state, "first", "word"),
    "kb": Column(lambda row: row.kb, "first", "bar"),
    "topic": Column(lambda row: row.record.topic, "first"),
    "series": Column(lambda row: row.record.series, "chosen"),
    "status": Column(lambda row: row.record.status, "chosen", "word"),
    "grade": Column(lambda row: row.grade, "chosen", "word"),
    "met": Column(lambda row: row.met, "chosen", "word"),
    "date": Column(lambda row: row.record.date, "chosen"),
    "equations": Column(lambda row: row.coverage.total if row.coverage else None, "chosen", "number"),
    "restated": Column(lambda row: row.coverage.restated if row.coverage else None, "chosen", "number"),
    "formulas": Column(lambda row: row.formulas, "chosen", "number"),
    "original_formulas": Column(
        lambda row: row.record.original.formulas if row.record.original else None, "chosen", "number"),
    "structured": Column(lambda row: row.structured, "chosen", "number"),
    "links_in": Column(lambda row: row.importance.links, "chosen", "number"),
    "derivations": Column(lambda row: row.evidence.derivations, "chosen", "number"),
    "checked": Column(lambda row: row.evidence.passed, "chosen", "number"),
    "computed": Column(lambda row: row.evidence.computed, "chosen", "number"),
    "questions": Column(lambda row: row.evidence.questions, "chosen", "number"),
    "inline": Column(lambda row: row.record.total.inline, "chosen", "number"),
    "displayed": Column(lambda row: row.record.total.displayed, "chosen", "number"),
    "numbered": Column(lambda row: row.record.total.numbered, "chosen", "number"),
    "characters": Column(lambda row: row.record.total.characters, "chosen", "number"),
    "sections": Column(lambda row: row.record.total.sections, "chosen", "number"),
    "code": Column(lambda row: row.record.total.code, "chosen", "number"),
    "images": Column(lambda row: row.record.total.images, "chosen", "number"),
    "links": Column(lambda row: row.record.total.links, "chosen", "number"),
    "importance_by": Column(lambda row: row.importance.by),
    "state": Column(lambda row: row.state),
    "bytes": Column(lambda row: row.record.bytes),
    "long": Column(lambda row: row.long),
    "exemplary": Column(lambda row: row.exemplary),
    **{state.value: _covered(state.value) for state in Cover},
    **{f"{name}_all_the_way": _down(name) for name in ("derived", "checked", "reviewed")},
    "with_checks": Column(lambda row: row.evidence.carrying),
    "checks_failed": Column(lambda row: row.evidence.failed),
    "checks_stale": Column(lambda row: row.evidence.stale),
    "checks_unknown": Column(lambda row: row.evidence.unknown),
    "intact": Column(lambda row: row.intact.state),
    "stored_original": Column(lambda row: row.intact.stored),
    "review_commit": Column(lambda row: row.review.commit),
})


def table() -> Mapping[str, Column]:
    """Return the columns that the table of the page can show; the post itself stands before them."""
    return {name: column for name, column in COLUMNS.items() if column.shown != "csv"}
