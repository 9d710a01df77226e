"""The record of one displayed equation, and how it is named and found in its document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ext.edition.math.tex import content_id


@dataclass(frozen=True, slots=True)
class EquationRow:
    """Hold one row of an equation: its number (``3``), as shown (``(3)``), its labels, its HTML id."""

    number: str | None
    shown: str | None
    labels: tuple[str, ...]
    anchor: str

    def __reduce__(self) -> tuple[type[EquationRow], tuple[object, ...]]:
        """Pickle as a call: every doctree holds hundreds, and a dataclass is five times as slow."""
        return EquationRow, (self.number, self.shown, self.labels, self.anchor)


@dataclass(frozen=True, slots=True)
class Equation:
    """Hold one displayed equation of a document.

    ``id`` is its first label, else ``content``, which is made of what it says and is the same wherever
    that is said; a repetition in one document gets ``-2``, ``-3``.
    """

    id: str
    content: str
    labels: tuple[str, ...]
    rows: tuple[EquationRow, ...]
    tex: str
    #: ``original``, or ``added`` inside an annotation.
    origin: str
    line: int | None
    anchor: str

    @property
    def number(self) -> str | None:
        """Return the number of the first row that has one."""
        return next((row.number for row in self.rows if row.number), None)

    def row(self, target: str) -> EquationRow:
        """Return the row that carries the label ``target``, else the first that has a number."""
        named = (row for row in self.rows if target in row.labels)
        return next(named, next((row for row in self.rows if row.number), self.rows[0]))


@dataclass(frozen=True, slots=True)
class Use:
    """Hold a reference from one document to an equation of another, ``slug#label``."""

    target: str
    line: int | None


def content_names(formulas: Iterable[str]) -> tuple[str, ...]:
    """Return an id for each formula made of what it says; a repetition gets ``-2``, ``-3``."""
    times: dict[str, int] = {}
    names = []
    for tex in formulas:
        name = content_id(tex)
        times[name] = times.get(name, 0) + 1
        names.append(name if times[name] == 1 else f"{name}-{times[name]}")
    return tuple(names)


def anchor_of(name: str) -> str:
    """Return the HTML id for an equation's id or label."""
    return "eq-" + re.sub(r"[^\w.-]+", "-", name).strip("-")


def named(equations: Iterable[Equation], name: str) -> Equation | None:
    """Return the equation of one document that ``name`` means: a label, an id, or a content id."""
    known = tuple(equations)
    by_label = (equation for equation in known if name in equation.labels)
    by_id = (equation for equation in known if name in {equation.id, equation.content})
    return next(by_label, next(by_id, None))
