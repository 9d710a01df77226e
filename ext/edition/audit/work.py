"""Work to do: batches that close themselves, and one queue with the most important and worst first."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ext.edition.audit.criteria import Result, Verdict
from ext.edition.audit.facts import Facts, measures
from ext.edition.audit.importance import Importance
from ext.edition.audit.rules import holds
from ext.edition.audit.stages import Stage
from ext.edition.site.config import Batch

if TYPE_CHECKING:
    from ext.edition.audit.rows import Row


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch: how many posts it has, how many meet their standard, and the ids of those that are not built."""

    key: str
    name: str
    posts: int
    done: int
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every post of the batch is built and meets its standard; an empty batch is not complete."""
        return self.done == self.posts > 0 and not self.missing


@dataclass(frozen=True, slots=True)
class Task:
    """A post of the queue: why it is there, what is missing, and what to do first."""

    docname: str
    title: str
    topic: str
    importance: Importance
    #: A key of :data:`STEPS`: what is missing first, by which the queue is grouped.
    step: str
    #: Line of the post's source to begin at.
    line: int | None
    #: The criteria that fail, those with the most missing first.
    failing: tuple[Result, ...]
    #: Original displayed equations that nothing derives or explains, and sections of the original without an
    #: annotation; None when nobody knows which are the original's.
    equations: int | None
    sections: int | None
    #: Size of the post, KB.
    kb: float
    #: Mean share, from 0 to 1, of what the failing criteria lack.
    lack: float

    @property
    def distance(self) -> float:
        """How far it is from its standard: what the failing criteria lack, added up."""
        return self.lack * len(self.failing)

    @property
    def effort(self) -> float:
        """How much there is to write: open equations and sections; KB decide where they are equal or unknown."""
        return (self.equations or 0) + (self.sections or 0) + self.kb / 1000


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done first in a post: where it applies, and the command that does it or opens the place.

    ``command`` takes ``{path}`` and ``{line}``; ``criteria`` give the line, the first of them that has one.
    """

    applies: Callable[[Row], bool]
    command: str
    criteria: tuple[str, ...] = ()


def _fails(*names: str) -> Callable[[Row], bool]:
    return lambda row: any(one.criterion in names and one.verdict is Verdict.FAIL for one in row.results)


def _never(row: Row) -> bool:
    return False


_OPEN = "$EDITOR +{line} {path}"
#: The steps in the order in which a post is brought forward: what makes its numbers doubtful comes first.
STEPS: Mapping[str, Step] = MappingProxyType({
    "fetch": Step(lambda row: row.state == "truncated", "python -m tools fetch"),
    "settle": Step(lambda row: row.stage is Stage.UNVERIFIED, "python -m tools layers {path}"),
    "restore": Step(_fails("intact"), "python -m tools restore {path} --dry-run", ("intact",)),
    "repair": Step(_fails("renders", "resolves"), _OPEN, ("renders", "resolves")),
    "prove": Step(_fails("proofs"), _OPEN, ("proofs",)),
    "attach": Step(lambda row: row.stage is Stage.UNATTACHED, "python -m tools attach {path}", ("coverage",)),
    "derive": Step(_fails("coverage"), "python -m tools new --post {path}", ("coverage",)),
    "write": Step(_fails("sections", "panorama", "required", "formulas", "size"), _OPEN, ("sections", "panorama")),
    "review": Step(_fails("reviewed"), "python -m tools review {path} --by NAME"),
    # What only the strip of actions asks for: no post waits in the queue for these.
    "verify": Step(_never, "make verify"),
    "restate": Step(_never, _OPEN),
    "receipt": Step(_never, "python -m tools receipt"),
})

#: The orders of the queue by name: what comes first is the smallest.
ORDERS: Mapping[str, Callable[[Task, Mapping[str, int]], tuple[float | str, ...]]] = MappingProxyType({
    "importance": lambda task, ranks: (ranks.get(task.importance.level, len(ranks)), -task.importance.score,
                                       -len(task.failing), -task.lack),
    "effort": lambda task, ranks: (task.equations is None, task.effort),
    "nearly": lambda task, ranks: (task.distance,),
    "topic": lambda task, ranks: (not task.topic, task.topic, ranks.get(task.importance.level, len(ranks))),
})


#: The order that is asked for when none is named.
DEFAULT = "importance"


def members(batches: Iterable[Batch], facts: Facts) -> tuple[str, ...]:
    """Return the keys of the batches that a post belongs to."""
    asked = measures(facts)
    return tuple(batch.key for batch in batches
                 if facts.record.id in batch.posts or (batch.rule and holds(batch.rule, asked)))


def batch_rows(
    batches: Iterable[Batch], posts: Iterable[tuple[Facts, Sequence[str], bool]],
    waiting: Mapping[str, str] = MappingProxyType({}), *, english: bool = False,
) -> tuple[BatchRow, ...]:
    """Return the batches with their progress; a post is its facts, its batches, and whether it is finished.

    ``waiting`` maps the ids of catalogued posts that are not built to the batch that the catalogue gives them.
    """
    known = list(posts)
    ids = {facts.record.id for facts, _, _ in known}
    rows = []
    for batch in batches:
        own = [finished for _, keys, finished in known if batch.key in keys]
        rows.append(BatchRow(batch.key, (batch.en or batch.name) if english else batch.name, len(own), sum(own),
                             tuple(dict.fromkeys([*(post for post in batch.posts if post not in ids),
                                                  *(post for post, key in waiting.items() if key == batch.key)]))))
    return tuple(rows)


def task(row: Row, sections: int) -> Task | None:
    """Return the post's place in the queue, or None when no step applies; *sections* are those without annotation."""
    step = next((name for name, one in STEPS.items() if one.applies(row)), None)
    if step is None:
        return None
    failing = sorted((result for result in row.results if result.verdict is Verdict.FAIL), key=lack, reverse=True)
    lines = {result.criterion: result.line for result in failing}
    coverage = row.coverage
    return Task(
        docname=row.record.docname, title=row.record.title, topic=row.record.topic, importance=row.importance,
        step=step, line=next((line for name in STEPS[step].criteria if (line := lines.get(name))), None),
        failing=tuple(failing), equations=coverage.total - coverage.covered if coverage else None,
        sections=sections if coverage else None, kb=row.kb,
        lack=sum(map(lack, failing)) / len(failing) if failing else 0.0)


def command(step: str, docname: str, line: int | None, folder: str = "source") -> str:
    """Return a step as a command for a shell; *folder* holds the sources."""
    return STEPS[step].command.format(path=shlex.quote(f"{folder}/{docname}.md"), line=line or 1)


def lack(result: Result) -> float:
    """Return how much of its threshold a failing result lacks, from 0 to 1; what forbids something lacks all."""
    return min(1.0, result.missing / result.threshold) if result.threshold else 1.0


def queue(tasks: Iterable[Task], priorities: Sequence[str], by: str = DEFAULT) -> tuple[Task, ...]:
    """Return *tasks* in one of :data:`ORDERS`; equal ones by name."""
    ranks = {priority: place for place, priority in enumerate(priorities)}
    return tuple(sorted(tasks, key=lambda one: (*ORDERS[by](one, ranks), one.docname)))
