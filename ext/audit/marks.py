"""What covers each equation of a post, with the annotations called by their names."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sphinx.application import Sphinx

from ext.annotations.annotating import annotation_index
from ext.annotations.linking import who_wrote
from ext.audit.state import all_facts
from ext.audit.texts import english
from ext.build.once import once
from ext.checks.checking import checks_of
from ext.edition.annotations.kinds import KINDS
from ext.edition.annotations.targets import AnnotationRecord, heading_of, part_heading
from ext.edition.audit.coverage import EquationCover
from ext.edition.audit.evidence import standings
from ext.edition.checks import results


@dataclass(frozen=True, slots=True)
class Covering:
    """An annotation that covers an equation, and what it is called, such as ``推导 2（…）``."""

    docname: str
    anchor: str
    name: str
    #: The name as HTML, its formulas set.
    shown: str
    #: What became of its checks; empty when it carries none.
    checked: str
    #: Who wrote it, in words; empty where it does not say.
    author: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An original displayed equation and what covers it, the best first."""

    equation: EquationCover
    by: tuple[Covering, ...]


@once
def marks(app: Sphinx) -> Mapping[str, tuple[Mark, ...]]:
    """Return the marks of the equations of every post whose layers are known, once all documents have been read."""
    known = _coverings(app)
    language = app.config.language
    return {facts.record.docname: tuple(
        Mark(equation, tuple(known.get((by.docname, by.anchor)) or _unnamed(by.docname, by.anchor, by.kind, language)
                             for by in equation.by)) for equation in facts.equations)
            for facts in all_facts(app) if facts.record.original is not None}


def _coverings(app: Sphinx) -> dict[tuple[str, str], Covering]:
    """Return every annotation with what it is called, by its document and anchor."""
    ran = results.load(Path(app.srcdir))
    found = {}
    for docname, page in annotation_index(app.env).pages.items():
        checked = standings(page.annotations, checks_of(app.env, docname), ran.get(docname, {}))
        for record in page.annotations:
            whole = found[docname, record.anchor] = _covering(app, docname, record, checked.get(record.anchor, ""))
            for part in record.parts:
                heading = part_heading(part.part, part.number, language=app.config.language)
                within = ", " if english(app) else "，"
                found[docname, part.anchor] = replace(whole, anchor=part.anchor, name=whole.name + within + heading,
                                                      shown=whole.shown + within + heading)
    return found


def _covering(app: Sphinx, docname: str, record: AnnotationRecord, checked: str) -> Covering:
    heading = heading_of(record.kind, record.number, language=app.config.language)
    shown = record.set_title or html.escape(record.title)
    opening, closing = (" (", ")") if english(app) else ("（", "）")
    around = (lambda title: heading + opening + title + closing) if record.title else (lambda title: heading)
    return Covering(docname, record.anchor, around(record.plain_title), around(shown), checked,
                    who_wrote(app, record.by))


def _unnamed(docname: str, anchor: str, kind: str, language: str) -> Covering:
    """Return an annotation that no page records: it is called what its kind is."""
    name = heading_of(kind, None, language=language) if kind in KINDS else kind
    return Covering(docname, anchor, name, html.escape(name), "")
