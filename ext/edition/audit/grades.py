"""Grades of quality, and the grid of quality and importance that Wikipedia's assessment tables made common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ext.edition.audit.criteria import Result, Verdict
from ext.edition.audit.rules import holds
from ext.edition.site.config import Grade

#: The grade of a post that nothing could be said of, and the importance of one that nobody rated.
UNASSESSED = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """The posts of one grade by importance, the last column for those without; the key is empty for unassessed."""

    key: str
    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Posts of this grade."""
        return sum(self.counts)


def grade(grades: Sequence[Grade], results: Iterable[Result], measures: Mapping[str, Any]) -> str:
    """Return the key of the first grade whose needs are met; unassessed when a needed measure is unknown.

    A criterion that the post's standard does not ask for is met.
    """
    verdicts = {result.criterion: result.verdict for result in results}
    for candidate in grades:
        needed = [verdicts.get(name, Verdict.NOT_APPLICABLE) for name in candidate.needs]
        ruled = holds(candidate.rule, measures) if candidate.rule else True
        if Verdict.FAIL in needed or ruled is False:
            continue
        if Verdict.UNKNOWN in needed or ruled is None:
            return UNASSESSED
        return candidate.key
    return UNASSESSED


def grid(
    grades: Sequence[Grade], priorities: Sequence[str], posts: Iterable[tuple[str, str]], *, english: bool = False
) -> tuple[GridRow, ...]:
    """Count *posts*, pairs of grade and importance, into the rows of the grid; *unassessed* is the last row."""
    tally = Counter((key, priority if priority in priorities else UNASSESSED) for key, priority in posts)
    columns = [*priorities, UNASSESSED]
    rows = [(one.key, (one.en or one.name) if english else one.name) for one in grades]
    return tuple(GridRow(key, name, tuple(tally[key, column] for column in columns))
                 for key, name in [*rows, (UNASSESSED, "")])
