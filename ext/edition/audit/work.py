"""Work to do: batches that close themselves, and one queue with the most important and worst first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ext.edition.audit.criteria import Result, Verdict
from ext.edition.audit.facts import Facts, measures
from ext.edition.audit.rules import holds
from ext.edition.site.config import Batch


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
    """A post of the queue: why it is there and what is missing."""

    docname: str
    title: str
    topic: str
    priority: str
    #: The criteria that fail, those with the most missing first.
    failing: tuple[Result, ...]
    #: Original displayed equations that nothing derives or explains; None when nobody knows which are the original's.
    equations: int | None
    #: Mean share, from 0 to 1, of what the failing criteria lack.
    lack: float


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


def task(facts: Facts, priority: str, results: Iterable[Result]) -> Task | None:
    """Return the post's place in the queue, or None when no criterion fails."""
    failing = sorted((result for result in results if result.verdict is Verdict.FAIL), key=lack, reverse=True)
    if not failing:
        return None
    coverage = facts.coverage if facts.record.original is not None else None
    return Task(facts.record.docname, facts.record.title, facts.record.topic, priority, tuple(failing),
                coverage.total - coverage.covered if coverage else None, sum(map(lack, failing)) / len(failing))


def lack(result: Result) -> float:
    """Return how much of its threshold a failing result lacks, from 0 to 1; what forbids something lacks all."""
    return min(1.0, result.missing / result.threshold) if result.threshold else 1.0


def queue(tasks: Iterable[Task], priorities: Sequence[str]) -> tuple[Task, ...]:
    """Return *tasks* in the order of work: by importance, failing criteria, how much they lack, and name."""
    rank = {priority: place for place, priority in enumerate(priorities)}
    return tuple(sorted(tasks, key=lambda one: (rank.get(one.priority, len(rank)), -len(one.failing), -one.lack,
                                                one.docname)))
