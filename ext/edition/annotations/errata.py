"""Errata: which equation of an original is wrong, what it should say, and what has become of that.

An erratum is closed by the original itself: as soon as the equation says what the correction says, it is adopted.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ext.edition.math.display import parse
from ext.edition.math.equation import Equation
from ext.edition.math.tex import normalise

if TYPE_CHECKING:
    from ext.edition.annotations.targets import AnnotationRecord, Index

#: The kind of annotation that is one.
ERRATUM = "erratum"
#: What may end a formula and is no part of what it says.
_ENDS = frozenset(",.;:，。；：、") | {"\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "~"}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class State(StrEnum):
    """Say what has become of an erratum."""

    FOUND = "found"
    #: Who wrote the original has been told.
    REPORTED = "reported"
    #: Somebody holds that the original is right.
    DISPUTED = "disputed"
    #: The original says now what the erratum says.
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class Event:
    """When and where something was said of an erratum: an ISO day and an address, one of them may be empty."""

    day: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What an annotation of the kind erratum says besides its text."""

    #: The corrected formula, empty when it is missing.
    tex: str
    #: As written; empty without.
    reported: str = ""
    disputed: str = ""
    #: What the equation said when an update changed it; empty before.
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class Erratum:
    """An erratum that names an equation which exists."""

    #: Where it stands, and where the equation does.
    docname: str
    record: AnnotationRecord
    correction: Correction
    where: str
    equation: Equation
    #: The number of the row that it is about, empty when it is about the whole equation.
    row: str
    state: State


def event(text: str) -> Event | None:
    """Read when and where: a day, an address, or both; None when it is neither."""
    day, address = "", ""
    for word in text.split():
        if _DAY.fullmatch(word) and not day:
            try:
                day = datetime.date.fromisoformat(word).isoformat()
            except ValueError:
                return None
        elif _ADDRESS.fullmatch(word) and not address:
            address = word
        else:
            return None
    return Event(day, address) if day or address else None


def says(equation: Equation, name: str, correction: str) -> bool:
    """Tell whether an equation, or the row of it that *name* is the label of, says what a correction says.

    What only ends a formula does not count, nor how its rows are aligned.
    """
    if not (wanted := _said(correction)):
        return False
    rows = parse(equation.tex).rows
    at = next((at for at, row in enumerate(equation.rows) if name in row.labels), None)
    if len(rows) > 1 and at is not None and at < len(rows):
        return _aligned(rows[at].tex) == [piece for piece in wanted if piece != "&"]
    return _said(equation.tex) == wanted


def state(equation: Equation, name: str, correction: Correction) -> State:
    """Return what has become of an erratum about an equation that it calls *name*."""
    if says(equation, name, correction.tex):
        return State.ADOPTED
    if correction.disputed:
        return State.DISPUTED
    return State.REPORTED if correction.reported else State.FOUND


def errata(index: Index) -> tuple[Erratum, ...]:
    """Return the errata of all documents, by where their equations stand, in the order of the text."""
    found = [Erratum(docname, record, record.correction, target.docname, target.equation,
                     _row(target.equation, target.name), state(target.equation, target.name, record.correction))
             for docname, page in index.pages.items() for record in page.annotations if record.correction is not None
             for target in index.outgoing.get((docname, record.anchor), ())[:1] if target.equation is not None]
    return tuple(sorted(found, key=lambda one: (one.where, one.equation.line or 0, one.docname, one.record.line or 0)))


def _row(equation: Equation, name: str) -> str:
    several = len(equation.rows) > 1 and any(name in row.labels for row in equation.rows)
    return equation.row(name).number or "" if several else ""


def _said(tex: str) -> list[str]:
    said = list(normalise(tex))
    while said and said[-1] in _ENDS:
        said.pop()
    return said


def _aligned(tex: str) -> list[str]:
    return [piece for piece in _said(tex) if piece != "&"]
