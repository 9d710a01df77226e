"""Summarise the edition: every number of the audit is computed here, once, from plain records."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ext.edition.catalogue import Entry
from ext.edition.config import Bands, Edition
from ext.edition.measures import Counts, PostRecord

#: Version of the form of ``audit.json``; a new one when a reader of the old form would misread it.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the denominator in words: a percentage is never shown without it."""

    count: int
    of: int

    @property
    def percent(self) -> str:
        """Return the share as text; nothing rounds to 0 % or 100 % unless it is exact."""
        return percent(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a distribution: posts with ``lower`` ≤ value < ``upper`` (``None``: no upper edge)."""

    lower: float
    upper: float | None
    posts: int


@dataclass(frozen=True, slots=True)
class Row:
    """One post in the audit's lists: its record, and what the thresholds say of it."""

    record: PostRecord
    #: The post's state in the catalogue.
    state: str
    kb: float
    formulas: int
    structured: int
    short: bool
    exemplary: bool
    no_formulas: bool
    no_blocks: bool


@dataclass(frozen=True, slots=True)
class TopicRow:
    """The posts of one topic, added up; the name is empty for posts without a topic."""

    name: str
    slug: str
    posts: int
    catalogued: int
    completed: int
    formulas: int
    structured: int
    kb: float
    short: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole audit. The page, ``audit.json`` and the terminal table are views of this one object."""

    version: int
    title: str
    rows: tuple[Row, ...]
    total: Counts
    #: Of the posts whose layers are known: what the original and what the annotations hold.
    original: Counts
    added: Counts
    kb: float
    #: Posts whose original and annotations can be told apart, of all built posts.
    layers_known: Share
    completed: Share
    #: Fetched posts, of the catalogued ones that are neither skipped nor of the edition's own writing.
    fetched: Share
    with_formulas: Share
    with_blocks: Share
    short: Share
    exemplary: Share
    #: Rows of the catalogue by state, built posts without a row counted as fetched or local.
    states: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    topics: tuple[TopicRow, ...]
    sizes: tuple[Bar, ...]
    formula_counts: tuple[Bar, ...]
    bands: Bands


def percent(count: int, of: int) -> str:
    """Return ``count`` of ``of`` in percent: 199 of 200 is 99 %, 1 of 300 is <1 %, 0 of 0 is –."""
    if not of:
        return "–"
    if 0 < count * 100 < of:
        return "<1 %"
    return f"{count * 100 // of} %"


def histogram(values: Iterable[float], edges: Sequence[float]) -> tuple[Bar, ...]:
    """Count *values* into the half-open intervals between 0, the *edges* and infinity."""
    lowers = [0.0, *edges]
    counts = Counter(bisect.bisect_right(lowers, value) - 1 for value in values)
    return tuple(Bar(lower, upper, counts[i])
                 for i, (lower, upper) in enumerate(zip(lowers, [*lowers[1:], None], strict=True)))


def summarise(records: Iterable[PostRecord], catalogue: Mapping[str, Entry], edition: Edition) -> Summary:
    """Compute the audit of an edition from its posts' records, its catalogue and its thresholds."""
    bands = edition.audit
    rows = tuple(_row(record, catalogue.get(record.id), bands) for record in records if record.is_post)
    entries = _entries(rows, catalogue)
    known = [row.record for row in rows if row.record.original is not None]
    wanted = [entry for entry in entries if entry.state not in ("local", "skipped")]

    def share(chosen: Callable[[Row], bool]) -> Share:
        return Share(sum(map(chosen, rows)), len(rows))

    return Summary(
        version=VERSION,
        title=edition.edition.title,
        rows=rows,
        total=sum((row.record.total for row in rows), Counts()),
        original=sum((record.original for record in known if record.original), Counts()),
        added=sum((record.added for record in known if record.added), Counts()),
        kb=sum(row.kb for row in rows),
        layers_known=Share(len(known), len(rows)),
        completed=share(lambda row: row.record.status == "completed"),
        fetched=Share(sum(entry.state == "fetched" for entry in wanted), len(wanted)),
        with_formulas=share(lambda row: not row.no_formulas),
        with_blocks=share(lambda row: not row.no_blocks),
        short=share(lambda row: row.short),
        exemplary=share(lambda row: row.exemplary),
        states=tuple(sorted(Counter(entry.state for entry in entries).items())),
        kinds=tuple(sorted(sum((Counter(dict(row.record.blocks)) for row in rows), Counter()).items())),
        topics=tuple(_topics(rows, entries, edition)),
        sizes=histogram((row.kb for row in rows), bands.size_edges_kb),
        formula_counts=histogram((row.formulas for row in rows), bands.formula_edges),
        bands=bands,
    )


def _row(record: PostRecord, entry: Entry | None, bands: Bands) -> Row:
    formulas, kb = record.total.formulas, record.kb
    default = "local" if record.origin == "local" else "fetched"
    return Row(
        record=record, state=entry.state if entry else default, kb=kb, formulas=formulas,
        structured=record.structured,
        short=kb < bands.short_kb and formulas < bands.short_formulas,
        exemplary=kb > bands.exemplary_kb and formulas > bands.exemplary_formulas,
        no_formulas=formulas == 0, no_blocks=record.structured == 0)


def _entries(rows: Iterable[Row], catalogue: Mapping[str, Entry]) -> list[Entry]:
    """Return the catalogue completed by the built posts that have no row in it."""
    missing = (Entry(id=row.record.id or row.record.docname, title=row.record.title, topic=row.record.topic,
                     state="local" if row.state == "local" else "fetched")
               for row in rows if row.record.id not in catalogue)
    return [*catalogue.values(), *missing]


def _topics(rows: Sequence[Row], entries: Sequence[Entry], edition: Edition) -> Iterable[TopicRow]:
    slugs = {topic.name: topic.slug for topic in edition.topics}
    named = [row.record.topic for row in rows] + [entry.topic for entry in entries]
    # Topics of the file in their order, then unknown ones, then the posts that have none.
    names = list(dict.fromkeys([*slugs, *sorted({name for name in named if name}), ""]))
    catalogued = Counter(entry.topic for entry in entries if entry.state != "skipped")
    for name in names:
        own = [row for row in rows if row.record.topic == name]
        if name or own or catalogued[name]:
            yield TopicRow(
                name=name, slug=slugs.get(name, ""), posts=len(own), catalogued=catalogued[name],
                completed=sum(row.record.status == "completed" for row in own),
                formulas=sum(row.formulas for row in own), structured=sum(row.structured for row in own),
                kb=sum(row.kb for row in own), short=sum(row.short for row in own))
