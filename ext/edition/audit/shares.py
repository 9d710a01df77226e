"""Shares and distributions: numbers that carry their denominators."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many: a percentage is never shown without its denominator."""

    count: int
    of: int

    @property
    def percent(self) -> str:
        """Return the share as text; nothing rounds to 0 % or 100 % unless it is exact."""
        return percent(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of a distribution: posts with ``lower`` ≤ value < ``upper`` (``None``: no upper edge)."""

    lower: float
    upper: float | None
    posts: int


def percent(count: float, of: int) -> str:
    """Return ``count`` of ``of`` in percent: 199 of 200 is 99 %, 1 of 300 is <1 %, 0 of 0 is –."""
    if not of:
        return "–"
    if 0 < count * 100 < of:
        return "<1 %"
    return f"{int(count * 100 // of)} %"


def histogram(values: Iterable[float], edges: Sequence[float]) -> tuple[Column, ...]:
    """Count *values* into the half-open intervals between 0, the *edges* and infinity."""
    lowers = [0.0, *edges]
    counts = Counter(bisect.bisect_right(lowers, value) - 1 for value in values)
    return tuple(Column(lower, upper, counts[i])
                 for i, (lower, upper) in enumerate(zip(lowers, [*lowers[1:], None], strict=True)))
