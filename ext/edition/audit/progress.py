"""What became of the edition over time, and what comes next: change, new work, the plan, and the quality of topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ext.edition.audit import newwork, steps, weeks
from ext.edition.audit.history import Point
from ext.edition.audit.rows import Row
from ext.edition.audit.steps import PostChange, PostState, State, TopicChange
from ext.edition.audit.work import Task
from ext.edition.posts.catalogue import Entry
from ext.edition.site.config import Edition

#: Points of a trend that are drawn.
DRAWN = 60


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since the last audit, since a base, or in posts since they were reviewed."""

    kind: Literal["audit", "base", "review"]
    #: The revision or file of a base.
    name: str
    posts: tuple[PostChange, ...]
    topics: tuple[TopicChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """The covered share of the equations of a topic, or of all posts for an empty name, over the history."""

    topic: str
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """A topic by what its originals hold, which annotating cannot raise, and what was added to them.

    Over the posts whose layers are known.
    """

    topic: str
    posts: int
    kb: float
    formulas: int
    equations: int
    covered: int
    added: int
    met: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Change, new work, the plan and the quality of topics."""

    since: tuple[Since, ...] = ()
    #: What ``[new]`` asks for.
    asked: tuple[str, ...] = ()
    #: Derivations that the base does not have; None without a base that could tell.
    new: tuple[newwork.NewItem, ...] | None = None
    trends: tuple[Trend, ...] = ()
    plan: weeks.Plan = weeks.Plan()
    quality: tuple[Quality, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a post was when it was last reviewed: the commit, its state there if known, and its lines since then."""

    commit: str
    state: PostState | None
    lines: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of earlier times."""

    #: The committed baseline.
    audit: State | None = None
    #: What ``audit_base`` names, and lines added and removed since by document, where it is a revision.
    base_name: str = ""
    base: State | None = None
    lines: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: By the id of each post that changed since its review.
    reviews: Mapping[str, Reviewed] = field(default_factory=dict)
    #: Day of the last commit, and what was fulfilled when; None when the history is not whole.
    until: str = ""
    ticks: tuple[weeks.Tick, ...] | None = None
    points: tuple[Point, ...] = ()


def progress(rows: Sequence[Row], now: State, queue: Iterable[Task], catalogue: Mapping[str, Entry], edition: Edition,
             past: Past) -> Progress:
    """Return the progress of an edition; *now* is what a baseline would remember of it."""
    base = past.base if past.base is not None else past.audit
    return Progress(
        since=tuple(_since(rows, now, past)), asked=tuple(edition.new.needs),
        new=None if base is None else newwork.new_work(rows, base, edition.new),
        trends=tuple(_trends(past.points)), plan=_plan(rows, queue, catalogue, edition, past),
        quality=tuple(_quality(rows, edition)))


def _since(rows: Iterable[Row], now: State, past: Past) -> Iterable[Since]:
    titles = {_id(row): row.record.title for row in rows}
    documents = {_id(row): row.record.docname for row in rows}
    if past.audit is not None:
        yield Since("audit", "", steps.compare(past.audit, now), steps.by_topic(past.audit, now))
    if past.base is not None or past.lines:
        before = past.base or {}
        lines = {post: past.lines[name] for post, name in documents.items() if name in past.lines}
        changes = steps.compare(before, now) if past.base is not None else ()
        yield Since("base", past.base_name, steps.with_lines(changes, lines, titles), steps.by_topic(before, now))
    found = []
    for post, review in past.reviews.items():
        change = next(iter(steps.compare({post: review.state}, {post: now[post]})), None) if review.state else None
        found.append(PostChange(post, titles[post], "changed", change.better if change else (),
                                change.worse if change else (), review.lines))
    if found:
        yield Since("review", "", tuple(found))


def _id(row: Row) -> str:
    return row.record.id or row.record.docname


def _trends(points: Sequence[Point]) -> Iterable[Trend]:
    """Yield the trends that have two points or more, that of all posts first."""
    whole = tuple(one.covered / one.equations for one in points if one.equations)[-DRAWN:]
    topics = dict.fromkeys(topic for one in points for topic in one.topics)
    by = {topic: tuple(known[2] / known[1] for one in points if (known := one.topics.get(topic)) and known[1])[-DRAWN:]
          for topic in topics}
    yield from (Trend(topic, shares) for topic, shares in {"": whole, **by}.items() if len(shares) > 1)


def _plan(rows: Iterable[Row], queue: Iterable[Task], catalogue: Mapping[str, Entry], edition: Edition, past: Past
          ) -> weeks.Plan:
    built = {row.record.id: row for row in rows if row.record.id}
    found, unestimated = [], 0
    for known, entry in catalogue.items():
        row = built.get(known)
        post = weeks.planned(entry, row.record.docname if row else "",
                            next(iter(row.batches), "") if row else entry.batch,
                            sum(bool(item.by) for item in row.required) if row else 0,
                            finished=row is not None and row.met is True)
        if post:
            found.append(post)
        elif entry.state != "skipped" and (row is None or row.met is not True):
            unestimated += 1
    places = {built_row.record.docname: known for known, built_row in built.items()}
    ranks = {places[task.docname]: rank for rank, task in enumerate(queue) if task.docname in places}
    posts = weeks.ordered(found, [batch.key for batch in edition.batches], ranks)
    pace = _pace(posts, catalogue, edition, past)
    shown, later = weeks.in_weeks(posts, pace)
    return weeks.Plan(pace, posts, unestimated, shown, later)


def _pace(posts: Iterable[weeks.PlanPost], catalogue: Mapping[str, Entry], edition: Edition, past: Past) -> weeks.Pace:
    if edition.plan.hours_per_week > 0:
        return weeks.Pace("set", edition.plan.hours_per_week, until=past.until)
    if past.ticks is None:
        return weeks.Pace(until=past.until)
    worth = {(post.docname, key): (post.low + post.high) / 2 / post.items
             for post in posts if post.docname for key in catalogue[post.id].required}
    return weeks.measured(past.ticks, worth, past.until, edition.plan.window)


def _quality(rows: Sequence[Row], edition: Edition) -> Iterable[Quality]:
    names = dict.fromkeys([*edition.topic_names, *sorted({row.record.topic for row in rows})])
    for topic in names:
        own = [row for row in rows if row.record.topic == topic and row.record.original is not None]
        if own:
            yield Quality(
                topic, len(own), sum(row.record.original_bytes or 0 for row in own) / 1000,
                sum(row.record.original.formulas for row in own if row.record.original),
                sum(row.coverage.total for row in own if row.coverage),
                sum(row.coverage.covered for row in own if row.coverage),
                sum(row.record.added.formulas for row in own if row.record.added),
                sum(row.met is True for row in own))
