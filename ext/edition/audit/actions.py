"""What can be done next, in the order of doing: each with its posts and how much of it there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ext.edition.audit.criteria import Verdict
from ext.edition.audit.facts import Facts
from ext.edition.audit.stages import Stage
from ext.edition.checks.lint import Lint

if TYPE_CHECKING:
    from ext.edition.audit.rows import Row


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: in so many posts, so many times.

    ``first`` is the document to begin with, ``line`` where in it, ``step`` what is to be done there.
    """

    name: str
    posts: int
    items: int
    #: Posts of which nobody has counted how much there is.
    unknown: int = 0
    step: str = ""
    first: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How an action is counted in a post, None where nobody knows; ``lints`` give the line to begin at.

    ``step`` is what is to be done in the post that comes first.
    """

    count: Callable[[Facts, Row], int | None]
    step: Callable[[Row], str]
    lints: tuple[Lint, ...] = ()


def _found(step: str, *lints: Lint) -> Kind:
    return Kind(lambda facts, row: len(facts.of_lint(*lints)), _always(step), lints)


def _always(step: str) -> Callable[[Row], str]:
    return lambda row: step


def _doubtful(facts: Facts, row: Row) -> int:
    """Whether the original is not, or not known to be, the author's whole text; one whole is one thing to settle."""
    return int(row.stage is Stage.UNVERIFIED or row.state == "truncated" or bool(row.doubts)
               or "changed" in (row.intact.state, row.intact.stored))


def _settled_by(row: Row) -> str:
    """Return what makes an original whole again, or known to be whole."""
    if row.state == "truncated":
        return "fetch"
    return "settle" if row.stage is Stage.UNVERIFIED else "receipt" if row.doubts else "restore"


def _asked(facts: Facts, row: Row) -> int | None:
    """Return what `attach` had left to ask; where nothing is annotated or all is covered it has nothing."""
    if row.coverage is None or not facts.annotated or row.coverage.covered == row.coverage.total:
        return 0
    return facts.asked


def _claimed(facts: Facts, row: Row) -> int:
    return int(facts.record.status == "completed" and any(one.verdict is Verdict.FAIL for one in row.results))


#: The actions in the order of doing.
ACTIONS: Mapping[str, Kind] = MappingProxyType({
    "unset": _found("repair", Lint.MATH_UNSET),
    "unproved": _found("prove", Lint.THEOREM_WITHOUT_PROOF),
    "doubtful": Kind(_doubtful, _settled_by),
    "asked": Kind(_asked, _always("attach")),
    "checks": Kind(lambda facts, row: row.evidence.failed + row.evidence.stale, _always("verify")),
    "unreviewed": Kind(lambda facts, row: int(row.stage is Stage.NEARLY), _always("review")),
    "claimed": Kind(_claimed, _always("restate")),
})


def todo(facts: Facts, row: Row) -> tuple[tuple[str, int | None], ...]:
    """Return what there is to do in one post: the action, and how often, None where nobody knows."""
    return tuple((name, items) for name, kind in ACTIONS.items() if (items := kind.count(facts, row)) != 0)


def actions(rows: Iterable[Row], ranks: Mapping[str, int]) -> tuple[Action, ...]:
    """Add up what there is to do; the first post of each action is the one that the queue has first."""
    own: dict[str, list[tuple[int | None, Row]]] = {name: [] for name in ACTIONS}
    ordered = sorted(rows, key=lambda row: (ranks.get(row.record.docname, len(ranks)), row.record.docname))
    for row in ordered:
        for name, items in row.todo:
            own[name].append((items, row))
    return tuple(_added(name, found) for name, found in own.items())


def _added(name: str, found: Sequence[tuple[int | None, Row]]) -> Action:
    kind = ACTIONS[name]
    if not found:
        return Action(name, 0, 0)
    known = [items for items, _ in found if items is not None]
    first = next((row for items, row in found if items is not None), found[0][1])
    line = next((one.line for one in first.findings if one.subtype in kind.lints), None)
    return Action(name, len(known), sum(known), len(found) - len(known), kind.step(first), first.record.docname, line)
