"""One post in the audit: its record, what the thresholds say of it, and the verdict of every criterion."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ext.edition.annotations.authorship import Authors
from ext.edition.audit import claims, grades, work
from ext.edition.audit.actions import todo
from ext.edition.audit.coverage import CoverCounts
from ext.edition.audit.criteria import Bar, Result, bar_for, judge
from ext.edition.audit.evidence import Evidence
from ext.edition.audit.facts import Derivation, Facts, Intact, Required, Review, measures
from ext.edition.audit.foundations import Depth
from ext.edition.audit.importance import Importance
from ext.edition.audit.rules import holds
from ext.edition.audit.stages import Stage, stage
from ext.edition.checks.lint import Finding
from ext.edition.posts.catalogue import Entry
from ext.edition.posts.measures import PostRecord
from ext.edition.site.config import Edition


@dataclass(frozen=True, slots=True)
class Row:
    """One post of the audit."""

    record: PostRecord
    #: The post's state in the catalogue.
    state: str
    #: Why only a part of the post could be had, if so.
    reason: str
    #: Why the post may not be whole: of what, and how much of it, such as ``("formulas", "12/90")``; None when nobody
    #: counted what its page held.
    doubts: tuple[tuple[str, str], ...] | None
    kb: float
    formulas: int
    structured: int
    short: bool
    #: Above the edition's bands of length; exemplary is what is long and meets its standard.
    long: bool
    exemplary: bool
    no_formulas: bool
    no_blocks: bool
    #: Whether the post is mathematics by the edition's rule; None when that is unknown.
    mathematics: bool | None
    #: None when nobody knows which equations are the original's.
    coverage: CoverCounts | None
    bar: Bar
    results: tuple[Result, ...]
    #: Whether every criterion passes or does not apply; None when some are unknown and none fails.
    met: bool | None
    #: How far it has come, in one word.
    stage: Stage
    #: Key of its grade, empty when unassessed.
    grade: str
    importance: Importance
    batches: tuple[str, ...]
    intact: Intact
    review: Review
    findings: tuple[Finding, ...]
    #: What was computed of it, and held.
    evidence: Evidence
    #: What there is to do in it: the action, and how often.
    todo: tuple[tuple[str, int | None], ...] = ()
    derivations: tuple[Derivation, ...] = ()
    #: What the catalogue requires of it, ticked by its annotations, and the hours that this is estimated to take.
    required: tuple[Required, ...] = ()
    hours: tuple[float, float] | None = None
    #: Its annotations by who wrote them.
    authors: Authors = Authors()
    #: How far down the derivations of its original equations hold.
    depth: Depth = Depth()


def asked_of(facts: Facts, entry: Entry, edition: Edition) -> tuple[tuple[str, ...], Bar]:
    """Return the batches of a post and what is asked of it; only what is measured of its original matters."""
    record = facts.record
    batches = tuple(dict.fromkeys([*work.members(edition.batches, facts), *([entry.batch] if entry.batch else [])]))
    return batches, bar_for(edition.standards, record.id, record.topic, batches, entry.targets,
                            edition.coverage.programs)


def entry_of(record: PostRecord, entry: Entry | None) -> Entry:
    """Return what the catalogue says of a post, or what there is to say of one that it does not have."""
    return entry or Entry(id=record.id or record.docname, title=record.title,
                          state="local" if record.origin == "local" else "fetched")


def row(facts: Facts, entry: Entry | None, edition: Edition, importance: Importance) -> Row:
    """Judge one post by the edition's thresholds, standards, grades and batches."""
    record, bands = facts.record, edition.audit
    entry = entry_of(record, entry)
    formulas, kb = record.total.formulas, record.kb
    asked = measures(facts)
    batches, bar = asked_of(facts, entry, edition)
    mathematics = holds(edition.mathematics, asked)
    results = judge(facts, bar, mathematics=mathematics, truncated=entry.state == "truncated")
    met = claims.finished(results)
    long = kb > bands.exemplary_kb and formulas > bands.exemplary_formulas
    found = Row(
        record=record, state=entry.state, reason=entry.reason,
        doubts=_doubts(entry),
        kb=kb, formulas=formulas, structured=record.structured,
        short=kb < bands.short_kb and formulas < bands.short_formulas,
        long=long, exemplary=long and met is True,
        no_formulas=formulas == 0, no_blocks=record.structured == 0,
        mathematics=mathematics, coverage=None if record.original is None else facts.coverage, bar=bar,
        results=results, met=met, stage=stage(facts, results), grade=grades.grade(edition.grades, results, asked),
        importance=importance, batches=batches, intact=facts.intact, review=facts.review,
        findings=facts.findings, evidence=facts.evidence, derivations=facts.derivations, required=facts.required,
        hours=entry.hours, authors=facts.authors, depth=facts.depth)
    return replace(found, todo=todo(facts, found))


def _doubts(entry: Entry) -> tuple[tuple[str, str], ...] | None:
    """Return why a post may not be whole; one that was written here has no page that it could be a part of."""
    if entry.doubts is None:
        return () if entry.state == "local" else None
    return tuple((kind, numbers) for kind, _, numbers in (one.partition(" ") for one in entry.doubts))
