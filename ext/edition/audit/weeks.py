"""The plan: what the catalogue requires of each post, the hours that are left, and the weeks that they take.

The hours are somebody's estimate, from the catalogue. The pace is set in ``edition.toml``, or measured: the hours of
the items that annotations came to fulfil in the last weeks of the history. Where neither is known there are no weeks.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ext.edition.posts.catalogue import Entry

Known = Literal["set", "measured", "unknown"]
#: Weeks that are written out; what is left is counted.
MOST = 26
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the history by which an annotation came to fulfil items: ISO day, document, keys."""

    date: str
    docname: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """Hours a week, and how they are known; ``earned`` hours in ``weeks`` weeks up to ``until``."""

    kind: Known = "unknown"
    hours: float | None = None
    earned: float = 0
    weeks: int = 0
    #: ISO day of the last commit; empty where there is no history.
    until: str = ""


@dataclass(frozen=True, slots=True)
class PlanPost:
    """A post with an estimate: its hours, its items, what of them is ticked, and the hours that are left."""

    id: str
    title: str
    #: Empty for a post that is not built.
    docname: str
    batch: str
    low: float
    high: float
    items: int
    ticked: int
    left: float


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the plan: its Monday (ISO day, empty without a history), its hours, and the ids of its posts."""

    monday: str
    hours: float
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All estimated posts in the order of work, and the weeks."""

    pace: Pace = Pace()
    posts: tuple[PlanPost, ...] = ()
    #: Posts that are neither estimated nor finished: nobody knows how long they take.
    unestimated: int = 0
    weeks: tuple[Week, ...] = ()
    #: Weeks beyond those that are written out.
    later: int = 0

    @property
    def left(self) -> float:
        """Hours that are left."""
        return sum(post.left for post in self.posts)

    @property
    def total(self) -> float:
        """All estimated hours."""
        return sum((post.low + post.high) / 2 for post in self.posts)


def planned(entry: Entry, docname: str, batch: str, ticked: int, *, finished: bool) -> PlanPost | None:
    """Return a post's place in the plan, None for one without an estimate.

    Each item is taken for the same share of the hours. Without items a post takes all of them until it is finished.
    """
    if entry.hours is None:
        return None
    low, high = sorted(entry.hours)
    items = len(entry.required)
    open_ = (items - ticked) / items if items else 0.0 if finished else 1.0
    return PlanPost(entry.id, entry.title, docname, batch, low, high, items, ticked, (low + high) / 2 * open_)


def ordered(posts: Iterable[PlanPost], batches: Sequence[str], ranks: Mapping[str, int]) -> tuple[PlanPost, ...]:
    """Return posts in the order of work: by batch, then as *ranks* has them by id, then as the catalogue lists them."""
    places = {key: place for place, key in enumerate(batches)}
    return tuple(sorted(posts, key=lambda post: (places.get(post.batch, len(places)),
                                                 ranks.get(post.id, len(ranks)))))


def measured(ticks: Iterable[Tick], worth: Mapping[tuple[str, str], float], until: str, window: int) -> Pace:
    """Return the pace of the last *window* weeks up to the day *until*; unknown when no item was ever fulfilled.

    ``worth`` has the hours of each item by document and key. An item counts on the day when it was first fulfilled,
    and only while it is required. An edition that is younger than the window is measured over its own weeks.
    """
    first: dict[tuple[str, str], datetime.date] = {}
    for tick in ticks:
        day = datetime.date.fromisoformat(tick.date)
        for item in ((tick.docname, key) for key in tick.keys):
            if item in worth:
                first[item] = min(day, first.get(item, day))
    if not first or not until:
        return Pace(until=until)
    end = datetime.date.fromisoformat(until)
    age = -(-((end - min(first.values())).days + 1) // _DAYS)
    weeks = max(1, min(window, age))
    begin = end - datetime.timedelta(days=_DAYS * weeks)
    earned = sum(worth[item] for item, day in first.items() if begin < day <= end)
    return Pace("measured", earned / weeks, earned, weeks, until)


def in_weeks(posts: Iterable[PlanPost], pace: Pace) -> tuple[tuple[Week, ...], int]:
    """Return the weeks in which the hours that are left are worked off, and how many more there are than shown."""
    if not pace.hours:
        return (), 0
    monday = _monday_after(pace.until)
    found: list[tuple[float, list[str]]] = [(0.0, [])]
    for post in posts:
        left = post.left
        while left > 1e-9:
            room = pace.hours - found[-1][0]
            if room <= 1e-9:
                if len(found) > MOST * 40:  # a pace of nearly nothing
                    break
                found.append((0.0, []))
                continue
            done = min(room, left)
            left -= done
            found[-1] = (found[-1][0] + done, [*found[-1][1], post.id])
    days = [(monday + datetime.timedelta(days=_DAYS * at)).isoformat() if monday else "" for at in range(len(found))]
    made = tuple(Week(day, hours, tuple(ids)) for day, (hours, ids) in zip(days, found, strict=True) if ids)
    return made[:MOST], max(0, len(made) - MOST)


def _monday_after(day: str) -> datetime.date | None:
    if not day:
        return None
    date = datetime.date.fromisoformat(day)
    return date + datetime.timedelta(days=_DAYS - date.weekday())
