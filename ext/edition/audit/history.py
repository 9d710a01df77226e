"""The history of the audit: one point for every build of the main branch, appended and never rewritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic

if TYPE_CHECKING:
    from ext.edition.audit.summary import Summary

FILE = "audit-history.jsonl"


@dataclass(frozen=True, slots=True)
class Point:
    """The edition at one time; ``date`` is an ISO day, ``revision`` the commit that was built."""

    date: str
    revision: str
    posts: int
    met: int
    equations: int
    covered: int
    formulas: int
    #: By topic: posts that meet their standard, equations, and those covered.
    topics: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)


def point(whole: Summary, date: str, revision: str) -> Point:
    """Return the point of a summary."""
    coverage = whole.coverage
    return Point(date, revision, len(whole.rows), whole.met.count, coverage.total, coverage.covered,
                 whole.total.formulas,
                 {group.name: (group.met, group.coverage.total, group.coverage.covered)
                  for group in whole.topics if group.posts})


def load(root: Path) -> tuple[Point, ...]:
    """Return the history of the edition in *root*, oldest first; an edition without one has none."""
    path = root / FILE
    if not path.is_file():
        return ()
    points = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            points.append(msgspec.json.decode(line, type=Point))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise EditionError(f"is no point of the history: {error}", where=f"{path}:{number}",
                               remedy="delete the line; the file is only ever appended to") from error
    return tuple(points)


def append(root: Path, new: Point) -> bool:
    """Append a point; the same revision is not appended twice. Return whether the file changed."""
    points, path = load(root), root / FILE
    if any(one.revision == new.revision for one in points):
        return False
    before = path.read_bytes().splitlines() if points else []  # as it was written, by whatever version
    return write_atomic(path, b"".join(line + b"\n" for line in (*before, msgspec.json.encode(new))))


def polyline(shares: Sequence[float], width: float, height: float) -> str:
    """Return the ``points`` attribute of an SVG polyline of shares, from 0 at the bottom to 1 at the top."""
    step = width / max(1, len(shares) - 1)
    return " ".join(f"{i * step:.1f},{height - share * height:.1f}" for i, share in enumerate(shares))
