"""The cells of the list of posts: ten thousand of them in a small edition, which a template sets in four times as long.

The table's script sets the same cells from the data file; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from ext.edition.audit.columns import COLUMNS, Column, Form
from ext.edition.audit.coverage import Cover
from ext.edition.audit.rows import Row
from ext.edition.audit.shares import percent


@dataclass(frozen=True, slots=True)
class Cells:
    """How cells are set: how those of each column begin, the texts of the page, words of closed lists, longest bars."""

    openings: Mapping[str, Markup]
    texts: Mapping[str, Any]
    words: Mapping[str, Mapping[str, str]]
    largest: Mapping[str, float]

    def of(self, row: Row) -> Markup:
        """Return the cells of a post."""
        return Markup("".join([  # noqa: S704 - every text in it is escaped
            f"{opening}{_FORMS[COLUMNS[name].form](self, name, row, value(COLUMNS[name], row))}</td>"
            for name, opening in self.openings.items()]))

    def word(self, column: str, key: Any) -> str:
        """Return what a key of a closed list is called."""
        return self.words[column].get(key, str(key)) if key else "–"


def opening(name: str, label: str) -> Markup:
    """Return how every cell of a column begins."""
    numeric = " num" if COLUMNS[name].form in ("number", "bar") else ""
    return Markup('<td class="c-{}{}" data-label="{}">').format(name, numeric, label)


def value(column: Column, row: Row) -> Any:
    """Return what a cell holds: a text, a number, or None for what is unknown."""
    found = column.value(row)
    if isinstance(found, bool):
        return "yes" if found else "no"
    if column is COLUMNS["met"]:
        return found or "unknown"
    return round(found, 1) if isinstance(found, float) else found


def number(held: float | str | None) -> str:
    """Return a number, or a word of those columns that hold either, as a cell shows it."""
    if held is None:
        return "?"
    if isinstance(held, str):
        return held or "–"
    return f"{held:,.1f}" if isinstance(held, float) else f"{held:,}"


def _todo(cells: Cells, name: str, row: Row, held: Any) -> str:
    actions = cells.texts["actions"]
    return "".join(f'<span class="do">{escape(actions[action])} <b>{number(items)}</b></span>'
                   for action, items in row.todo) or "–"


def _cover(cells: Cells, name: str, row: Row, held: Any) -> str:
    counts = row.coverage
    if held is None or counts is None:
        return "?"
    if not counts.total:
        return "–"
    stack = "".join(f'<i class="{state.value}" style="flex:{many}"></i>'
                    for state in Cover if (many := getattr(counts, state.value)))
    return (f'<span class="stack" aria-hidden="true">{stack}</span><span>{escape(percent(held, counts.total))} '
            f"<small>{held}/{counts.total}</small></span>")


def _bar(cells: Cells, name: str, row: Row, held: Any) -> str:
    longest = cells.largest[name]
    meter = f'<i class="meter" style="--v:{round(held / longest, 3) if longest else 0:g}"></i>' if isinstance(
        held, int | float) else ""
    return f"{meter}{escape(number(held))}"


def _word(cells: Cells, name: str, row: Row, held: Any) -> str:
    by = ""
    if name == "importance" and row.importance.by:
        by = f" <small>{escape(cells.texts['by'][row.importance.by].format(n=row.importance.links))}</small>"
    kind = escape(str(held or "none").replace(" ", "-"))
    return f'<span class="{name}-{kind}">{escape(cells.word(name, held))}</span>{by}'


def _text(cells: Cells, name: str, row: Row, held: Any) -> str:
    return escape((held[:10] or "–") if name == "date" else number(held))


#: What is set in a cell after its opening, by the form of its column.
_FORMS: Mapping[Form, Callable[[Cells, str, Row, Any], str]] = {
    "todo": _todo, "cover": _cover, "bar": _bar, "word": _word, "number": _text, "text": _text}
