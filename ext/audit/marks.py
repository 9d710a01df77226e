"""What covers each equation of a post, with the annotations called by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sphinx.application import Sphinx

from ext.annotations.annotating import annotation_index
from ext.audit.state import all_facts
from ext.audit.texts import english
from ext.build.once import once
from ext.edition.annotations.targets import heading_of
from ext.edition.audit.coverage import EquationCover


@dataclass(frozen=True, slots=True)
class Covering:
    """An annotation that covers an equation, and what it is called, such as ``推导 2（…）``."""

    docname: str
    anchor: str
    name: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An original displayed equation and what covers it, the best first."""

    equation: EquationCover
    by: tuple[Covering, ...]


@once
def marks(app: Sphinx) -> Mapping[str, tuple[Mark, ...]]:
    """Return the marks of the equations of every post whose layers are known, once all documents have been read."""
    names = _names(app)
    return {facts.record.docname: tuple(
        Mark(equation, tuple(Covering(by.docname, by.anchor, names.get((by.docname, by.anchor), by.kind))
                             for by in equation.by)) for equation in facts.equations)
            for facts in all_facts(app) if facts.record.original is not None}


def _names(app: Sphinx) -> dict[tuple[str, str], str]:
    """Return what every annotation is called, by its document and anchor."""
    en = english(app)
    names = {}
    for docname, page in annotation_index(app.env).pages.items():
        for record in page.annotations:
            heading = heading_of(record.kind, record.number, language=app.config.language)
            title = (f" ({record.title})" if en else f"（{record.title}）") if record.title else ""
            names[docname, record.anchor] = heading + title
    return names
