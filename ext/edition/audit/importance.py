"""How important a post is, and who says so: the catalogue by hand, else the posts that link to it and its series."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ext.edition.posts.catalogue import Entry
from ext.edition.posts.measures import PostRecord

#: Who says how important a post is; empty when nothing does.
By = Literal["hand", "links", "series", ""]
#: As many links as opening a series is worth: whoever reads the series begins there.
OPENS = 2


@dataclass(frozen=True, slots=True)
class Importance:
    """The importance of one post, and what it was taken from."""

    #: One of the edition's priorities, or what else the catalogue says; empty when nobody and nothing says any.
    level: str = ""
    by: By = ""
    #: Other posts that link to it.
    links: int = 0
    #: Its number, when it opens a series of several posts that are numbered.
    opens: bool = False

    @property
    def score(self) -> int:
        """What speaks for it when nobody rated it, counted in links."""
        return self.links + OPENS * self.opens


def importances(
    records: Sequence[PostRecord], entries: Mapping[str, Entry], priorities: Sequence[str]
) -> tuple[Importance, ...]:
    """Return the importance of every post in order.

    Without a priority in the catalogue the posts for which anything speaks are cut into as many parts of equal size as
    there are priorities, by their score; equal scores get the same one.
    """
    keys = [record.id or record.docname for record in records]
    links = Counter(target for key, record in zip(keys, records, strict=True)
                    for target in set(record.links_to) if target != key)
    found = [Importance(entry.priority if (entry := entries.get(record.id)) else "", "", links[key], opens)
             for key, record, opens in zip(keys, records, _opening(records), strict=True)]
    scores = sorted(one.score for one in found if one.score)
    return tuple(_settled(one, scores, priorities) for one in found)


def _settled(one: Importance, scores: Sequence[int], priorities: Sequence[str]) -> Importance:
    if one.level:
        return Importance(one.level, "hand", one.links, one.opens)
    if not one.score or not priorities:
        return one
    above = len(scores) - bisect.bisect_right(scores, one.score)
    level = priorities[above * len(priorities) // len(scores)]
    return Importance(level, "links" if one.links else "series", one.links, one.opens)


def _opening(records: Iterable[PostRecord]) -> list[bool]:
    """Say of every post whether it is the first, by number, of a series of several."""
    known = list(records)
    numbers: dict[str, list[int]] = {}
    for record in known:
        if record.series and record.number is not None:
            numbers.setdefault(record.series, []).append(record.number)
    return [record.number is not None and len(own := numbers.get(record.series, [])) > 1 and record.number == min(own)
            for record in known]
