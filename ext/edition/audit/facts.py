"""All that a build knows of one post, as plain data: what the criteria judge and the rules measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ext.edition.annotations.authorship import Authors
from ext.edition.audit.coverage import CoverCounts, EquationCover, count
from ext.edition.audit.evidence import Evidence
from ext.edition.audit.foundations import Depth
from ext.edition.checks.lint import Finding, Lint
from ext.edition.posts.digests import Stored
from ext.edition.posts.measures import Counts, PostRecord

IntactState = Literal["intact", "changed", "unknown", "local"]
ReviewState = Literal["reviewed", "objected", "stale", "none"]
#: In the place of a commit: what is only in the working tree.
UNCOMMITTED = "uncommitted"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the original right below the title, and whether some annotation stands in it or after it."""

    title: str
    anchor: str
    line: int | None
    annotated: bool


@dataclass(frozen=True, slots=True)
class Intact:
    """Whether the original in a post equals the pristine one; ``local`` posts have none to compare with."""

    state: IntactState = "unknown"
    #: First line of the post that differs.
    line: int | None = None
    #: Blocks of the original that are changed, lost, moved or new.
    differences: int = 0
    #: Whether the pristine original itself is still the text that was stored.
    stored: Stored = "unknown"


@dataclass(frozen=True, slots=True)
class Panorama:
    """A panorama and whether it has both of its parts."""

    line: int | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derivation or proof, as far as new work is judged by it."""

    #: By what it is known from one audit to the next, see :func:`ext.edition.audit.newwork.key_of`.
    key: str
    kind: str
    title: str
    anchor: str
    line: int | None
    #: Whether it says what it derives or proves, and that exists.
    target: bool
    #: What became of its checks: ``passed``, ``failed``, ``stale``, ``unknown``, or ``none`` when it carries none.
    check: str
    #: Who accepted it as it stands; empty when nobody did.
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Required:
    """An item of what a post is to contain, and the annotations that say they fulfil it."""

    key: str
    text: str
    #: Anchors in the post.
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What the reviews of a post say of it as it stands."""

    state: ReviewState = "none"
    #: Who accepted it last, and when; of an objection, who wants changes.
    by: str = ""
    date: str = ""
    #: The commit by which it came in, :data:`UNCOMMITTED` before it is committed, empty where git knows nothing of it.
    commit: str = ""
    #: How many reviewers have accepted every part as it stands.
    times: int = 0
    #: Its parts (the annotations, and the text around them), and those of them that nobody has accepted as they stand.
    parts: int = 0
    open: int = 0
    #: Parts that somebody wants changed.
    objections: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a file that the audit trusts since the revision that it is compared with."""

    #: ``added``, ``changed`` or ``removed``.
    kind: str
    #: From the source folder.
    path: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One post of the edition."""

    record: PostRecord
    equations: tuple[EquationCover, ...] = ()
    sections: tuple[Section, ...] = ()
    findings: tuple[Finding, ...] = ()
    intact: Intact = Intact()
    panoramas: tuple[Panorama, ...] = ()
    #: Statements that need a proof.
    statements: int = 0
    evidence: Evidence = Evidence()
    review: Review = Review()
    derivations: tuple[Derivation, ...] = ()
    required: tuple[Required, ...] = ()
    #: Questions that `attach` had left when it last ran on this very text, None where it never did.
    asked: int | None = None
    authors: Authors = Authors()
    depth: Depth = Depth()

    @property
    def coverage(self) -> CoverCounts:
        """Coverage of the original's displayed equations."""
        return count(self.equations)

    @property
    def annotated(self) -> bool:
        """Whether anything was added to the original; False also when nobody knows what was."""
        added = self.record.added
        return added is not None and bool(added.characters + added.formulas)

    def of_lint(self, *subtypes: Lint) -> tuple[Finding, ...]:
        """Return the findings of these subtypes."""
        return tuple(finding for finding in self.findings if finding.subtype in subtypes)


def measures(facts: Facts) -> Mapping[str, Any]:
    """Return what rules may ask for; an unknown measure is None.

    ``original``, ``added`` and ``total`` have ``kb``, ``formulas``, ``inline``, ``displayed``, ``numbered``,
    ``characters``, ``cjk``, ``sections``, ``code``, ``images``, ``tables`` and ``links``; ``coverage`` has
    ``percent`` (None also without equations), ``total``, ``derived``, ``explained``, ``referenced``, ``beside``,
    ``uncovered``, ``restated`` and ``attached`` (all that some annotation names); ``annotated`` says whether something
    was added; ``derivations`` counts derivations and proofs, ``checked`` those of them whose
    checks passed on this text, ``computed`` the displayed equations that were evaluated and held.
    """
    record = facts.record
    return {
        "original": _counts(record.original, record.original_bytes),
        "added": _counts(record.added, record.added_bytes),
        "total": _counts(record.total, record.bytes),
        # Where nobody knows which equations are the original's, nobody knows what covers them.
        "coverage": _covered(facts.coverage if record.original is not None else None),
        "annotated": None if record.added is None else facts.annotated,
        "structured": record.structured, "derivations": facts.evidence.derivations,
        "checked": facts.evidence.passed, "computed": facts.evidence.computed,
        "kinds": dict(record.blocks), "tags": list(record.tags),
        "topic": record.topic, "series": record.series, "status": record.status, "id": record.id,
        "origin": record.origin, "year": record.date[:4]}


def _covered(counts: CoverCounts | None) -> dict[str, float | None]:
    names = ("total", "derived", "explained", "referenced", "beside", "uncovered", "restated")
    percent = 100 * counts.covered / counts.total if counts and counts.total else None
    attached = None if counts is None else counts.attached
    return {"percent": percent, "attached": attached} | {
        name: None if counts is None else getattr(counts, name) for name in names}


def _counts(counts: Counts | None, size: int | None) -> dict[str, float | None]:
    names = ("formulas", "inline", "displayed", "numbered", "characters", "cjk", "sections", "code", "images",
             "tables", "links")
    return {"kb": None if size is None else size / 1000} | {
        name: None if counts is None else getattr(counts, name) for name in names}
