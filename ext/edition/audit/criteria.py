"""The criteria: what a post is judged by, each with value, threshold, verdict and the line to go to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ext.edition.audit.coverage import OPEN
from ext.edition.audit.facts import Facts
from ext.edition.checks.lint import Lint
from ext.edition.posts.catalogue import Targets
from ext.edition.site.config import Standard
from ext.edition.site.errors import EditionError


class Verdict(StrEnum):
    """What a criterion says of a post."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    #: It could not be measured; never counted as passed or failed.
    UNKNOWN = "unknown"
    #: It asks for something that this post cannot have.
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict of one criterion on one post."""

    criterion: str
    verdict: Verdict
    value: float | None = None
    threshold: float | None = None
    #: What is missing to the threshold, in the criterion's own unit; 0 when it passes.
    missing: float = 0
    #: Line of the post's source to go to.
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The thresholds that hold for one post: the standards that name it, and its own targets."""

    criteria: tuple[str, ...] = ()
    coverage: float = 80.0
    sections: float = 100.0
    formulas: int = 20
    kb: float = 15.0
    reviewers: int = 1
    #: Which annotations by programs cover something: all, or the reviewed alone.
    programs: str = "all"


#: What a standard may set.
_ASKED = ("criteria", "coverage", "sections", "formulas", "kb", "reviewers", "programs")
Judge = Callable[[Facts, Bar], Result]


def bar_for(standards: Iterable[Standard], post: str, topic: str, batches: Iterable[str], targets: Targets,
            programs: str = "all") -> Bar:
    """Return the thresholds for the post with the archive id *post*; its own targets win over every standard.

    ``programs`` holds where no standard says anything of it.
    """
    chosen: dict[str, object] = {"criteria": DEFAULT, "programs": programs}
    members = set(batches)
    for standard in standards:
        selects = standard.posts or standard.topics or standard.batches
        if not selects or post in standard.posts or topic in standard.topics or members & set(standard.batches):
            given = {name: getattr(standard, name) for name in _ASKED}
            chosen |= {name: value for name, value in given.items() if value is not None}
    chosen |= {name: value for name in ("kb", "formulas") if (value := getattr(targets, name)) is not None}
    unknown = set(chosen["criteria"]) - CRITERIA.keys()  # type: ignore[call-overload]
    if unknown:
        raise EditionError(f"there is no criterion {sorted(unknown)[0]!r}", where="edition.toml",
                           remedy=f"choose from {', '.join(CRITERIA)}")
    return Bar(**chosen)  # type: ignore[arg-type]


def judge(
    facts: Facts, bar: Bar, *, mathematics: bool | None, truncated: bool = False
) -> tuple[Result, ...]:
    """Return the result of every criterion of the post's standard.

    What asks for formulas does not apply to a post that is no mathematics, and is unknown if that is unknown. Of a
    truncated post nobody knows what the missing part would show of what asks for the whole original.
    """
    results = []
    for name in bar.criteria:
        result = CRITERIA[name](facts, bar)
        if name in ABOUT_MATHEMATICS and mathematics is not True:
            verdict = Verdict.NOT_APPLICABLE if mathematics is False else Verdict.UNKNOWN
            result = Result(name, verdict)
        elif truncated and _needs_whole(result):
            result = Result(name, Verdict.UNKNOWN, threshold=result.threshold)
        results.append(result)
    return tuple(results)


def _needs_whole(result: Result) -> bool:
    """Whether the rest of the original could change the verdict: a change in the known part stays one."""
    return result.criterion in ("coverage", "sections") or (
        result.criterion == "intact" and result.verdict is Verdict.PASS)


def _reach(name: str, value: float | None, threshold: float, line: int | None = None) -> Result:
    if value is None:
        return Result(name, Verdict.UNKNOWN, None, threshold)
    passed = value >= threshold
    return Result(name, Verdict.PASS if passed else Verdict.FAIL, value, threshold,
                  0 if passed else threshold - value, None if passed else line)


def _none_of(name: str, *lints: Lint) -> Judge:
    """Return a criterion that passes when the build found nothing of these kinds."""

    def judge_findings(facts: Facts, bar: Bar) -> Result:
        found = facts.of_lint(*lints)
        return Result(name, Verdict.FAIL if found else Verdict.PASS, len(found), 0, len(found),
                      found[0].line if found else None)

    return judge_findings


def _intact(facts: Facts, bar: Bar) -> Result:
    verdict = {"intact": Verdict.PASS, "changed": Verdict.FAIL, "unknown": Verdict.UNKNOWN,
               "local": Verdict.NOT_APPLICABLE}[facts.intact.state]
    # Equal to an original that was changed here, the post is no proof of anything; the original counts as one more.
    edited = facts.intact.stored == "changed"
    if edited:
        verdict = Verdict.FAIL
    elif verdict is Verdict.PASS and facts.intact.stored == "unrecorded":
        verdict = Verdict.UNKNOWN
    differences = facts.intact.differences + edited
    known = facts.intact.state in ("intact", "changed")
    return Result("intact", verdict, differences if known else None, 0 if known else None, differences,
                  facts.intact.line)


def _coverage(facts: Facts, bar: Bar) -> Result:
    if facts.record.original is None:
        return Result("coverage", Verdict.UNKNOWN, None, bar.coverage)
    counts = facts.coverage
    if not counts.total:
        return Result("coverage", Verdict.NOT_APPLICABLE)
    first = next((e.line for e in facts.equations if e.state in OPEN), None)
    return _reach("coverage", 100 * counts.covered / counts.total, bar.coverage, first)


def _sections(facts: Facts, bar: Bar) -> Result:
    if facts.record.original is None:
        return Result("sections", Verdict.UNKNOWN, None, bar.sections)
    if not facts.sections:
        return Result("sections", Verdict.NOT_APPLICABLE)
    done = sum(section.annotated for section in facts.sections)
    first = next((section.line for section in facts.sections if not section.annotated), None)
    return _reach("sections", 100 * done / len(facts.sections), bar.sections, first)


def _formulas(facts: Facts, bar: Bar) -> Result:
    added = facts.record.added
    return _reach("formulas", None if added is None else added.formulas, bar.formulas)


def _proofs(facts: Facts, bar: Bar) -> Result:
    if not facts.statements:
        return Result("proofs", Verdict.NOT_APPLICABLE)
    return _none_of("proofs", Lint.THEOREM_WITHOUT_PROOF)(facts, bar)


def _panorama(facts: Facts, bar: Bar) -> Result:
    complete = sum(panorama.complete for panorama in facts.panoramas)
    return _reach("panorama", complete, 1, facts.panoramas[0].line if facts.panoramas else None)


def _required(facts: Facts, bar: Bar) -> Result:
    if not facts.required:
        return Result("required", Verdict.NOT_APPLICABLE)
    return _reach("required", sum(bool(item.by) for item in facts.required), len(facts.required))


def _reviewed(facts: Facts, bar: Bar) -> Result:
    # While somebody wants changes, nothing is reviewed, whoever else has accepted it.
    times = 0 if facts.review.objections else facts.review.times
    return _reach("reviewed", times, bar.reviewers)


#: Every criterion by name, in the order in which they are shown.
CRITERIA: Mapping[str, Judge] = MappingProxyType({
    "intact": _intact,
    "coverage": _coverage,
    "sections": _sections,
    "formulas": _formulas,
    "size": lambda facts, bar: _reach("size", facts.record.kb, bar.kb),
    "renders": _none_of("renders", Lint.MATH_UNSET),
    "resolves": _none_of("resolves", Lint.EQUATION_UNDEFINED, Lint.REF_UNDEFINED, Lint.OF_UNDEFINED),
    "proofs": _proofs,
    "panorama": _panorama,
    "required": _required,
    "reviewed": _reviewed,
})
#: The criteria of an edition that names no standards.
DEFAULT = ("intact", "coverage", "sections", "renders", "resolves", "proofs", "panorama", "reviewed")
#: What asks for formulas or for their annotation.
ABOUT_MATHEMATICS = frozenset({"coverage", "sections", "formulas", "size", "panorama"})
