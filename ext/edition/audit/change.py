"""Baselines: what of an audit is remembered, how it is read and written, and what counts as a regression."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from ext.edition.audit.criteria import Verdict
from ext.edition.audit.outputs import audit_json
from ext.edition.audit.progress import Progress
from ext.edition.audit.rows import Row
from ext.edition.audit.steps import MEASURES, PostChange, PostState, State, compare
from ext.edition.audit.summary import Summary
from ext.edition.site.errors import EditionError

#: The measures whose loss is a regression; fewer blocks or formulas may be an improvement of the text.
GUARDED = frozenset({"covered", "checked", "computed"})
#: What makes a baseline, as messages say it.
_REMEDY = 'make a new one with `make audit ARGS="-D audit_update=1"`'


def state(whole: Summary) -> dict[str, PostState]:
    """Return what a baseline remembers of every post, by id."""
    return {row.record.id or row.record.docname: _post(row) for row in whole.rows}


def _post(row: Row) -> PostState:
    by = {verdict: tuple(result.criterion for result in row.results if result.verdict is verdict)
          for verdict in Verdict}
    return PostState(
        title=row.record.title, met=by[Verdict.PASS] + by[Verdict.NOT_APPLICABLE], failing=by[Verdict.FAIL],
        equations=row.coverage.total if row.coverage else None,
        covered=row.coverage.covered if row.coverage else None,
        added=row.record.added.formulas if row.record.added else None,
        checked=row.evidence.passed, computed=row.evidence.computed, blocks=row.structured, findings=len(row.findings),
        topic=row.record.topic, derivations=tuple(sorted(one.key for one in row.derivations)))


def regressions(before: State, after: State) -> tuple[PostChange, ...]:
    """Return the posts that lost a criterion or a covered equation, with only those losses.

    A post that is gone is no regression, nor is a criterion that has become unknown or is no longer asked for, nor
    are covered equations that went because the original itself has fewer.
    """
    found = []
    for change in compare(before, after):
        gone = _gone(before.get(change.id), after.get(change.id))
        lost = tuple(step for step in change.worse if step.name not in MEASURES
                     or (step.name in GUARDED and (step.before or 0) - (step.after or 0) > gone))
        if lost:
            found.append(PostChange(change.id, change.title, change.kind, (), lost))
    return tuple(found)


def _gone(then: PostState | None, now: PostState | None) -> int:
    """Return how many equations the original of a post has lost."""
    if then is None or now is None or then.equations is None or now.equations is None:
        return 0
    return max(0, then.equations - now.equations)


def tighten(before: State, after: State) -> dict[str, PostState]:
    """Return the baseline to commit: *after*, but never below *before* where a post still exists.

    Thus improvements tighten the baseline, and neither a regression that was let pass nor what became unknown
    loosens it.
    """
    return {post: _tightened(before[post], now) if post in before else now for post, now in after.items()}


def _tightened(then: PostState, now: PostState) -> PostState:
    met = tuple(dict.fromkeys((*then.met, *now.met)))
    known = [one for one in (then.covered, now.covered) if one is not None]
    covered = max(known, default=None)
    if covered is not None and _gone(then, now):
        covered = min(covered, now.equations or 0)
    return msgspec.structs.replace(
        now, met=met, failing=tuple(name for name in now.failing if name not in met), covered=covered,
        equations=then.equations if now.equations is None else now.equations)


def without(posts: State, found: Progress) -> dict[str, PostState]:
    """Return what a baseline remembers without the new derivations that lack what is asked for: they stay new."""
    lacking: dict[str, Counter[str]] = {}
    for one in found.new or ():
        if one.lacks:
            lacking.setdefault(one.post, Counter())[one.derivation.key] += 1
    return {post: msgspec.structs.replace(now, derivations=tuple(sorted(
        (Counter(now.derivations or ()) - lacking[post]).elements()))) if post in lacking else now
        for post, now in posts.items()}


def to_json(posts: State) -> bytes:
    """Return a baseline with one post a line, so that its own changes read well."""
    lines = [f" {msgspec.json.encode(post).decode()}: {msgspec.json.encode(one).decode()}"
             for post, one in sorted(posts.items())]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def load(path: Path) -> dict[str, PostState]:
    """Read a baseline or an ``audit.json`` from a file."""
    try:
        return parse(path.read_bytes(), where=path)
    except FileNotFoundError as error:
        raise EditionError("there is no such baseline", where=path, remedy=_REMEDY) from error


def parse(data: bytes, *, where: Path | str) -> dict[str, PostState]:
    """Read a baseline or an ``audit.json``."""
    try:
        document = msgspec.json.decode(data)
        if isinstance(document, dict) and "rows" in document:
            return state(audit_json.parse(data, where=where))
        return msgspec.convert(document, dict[str, PostState])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise EditionError(f"is neither a baseline nor an audit.json: {error}", where=where, remedy=_REMEDY) from error
