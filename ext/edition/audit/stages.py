"""How far a post has come, in one word that its numbers bear out."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from ext.edition.audit.criteria import Result, Verdict
from ext.edition.audit.facts import Facts


class Stage(StrEnum):
    """The one stage that a post is at; the first that holds, in this order."""

    #: Nobody knows which text is the original's, so nothing can be said of its annotations.
    UNVERIFIED = "unverified"
    #: Every criterion passes or does not apply.
    MET = "met"
    #: It is annotated, and every criterion but the review does.
    NEARLY = "nearly"
    #: Nothing was added to the original.
    BARE = "bare"
    #: Something was added, and nothing of it says which of the original's equations it is about.
    UNATTACHED = "unattached"
    BEGUN = "begun"


def stage(facts: Facts, results: Iterable[Result]) -> Stage:
    """Return the stage of a post with these verdicts."""
    record, counts, known = facts.record, facts.coverage, tuple(results)
    if record.original is None or record.added is None:
        return Stage.UNVERIFIED
    open_ = {result.criterion for result in known
             if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN)}
    annotated = facts.annotated
    if known and not open_:
        return Stage.MET
    if open_ == {"reviewed"} and annotated:
        return Stage.NEARLY
    if not annotated:
        return Stage.BARE
    return Stage.UNATTACHED if counts.total and not counts.attached else Stage.BEGUN
