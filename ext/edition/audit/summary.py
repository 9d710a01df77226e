"""Summarise the edition: every number of the audit is computed here, once, from plain facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ext.edition.annotations.authorship import Authors
from ext.edition.audit import claims, grades, work
from ext.edition.audit.actions import Action, actions
from ext.edition.audit.coverage import CoverCounts
from ext.edition.audit.criteria import CRITERIA, Verdict
from ext.edition.audit.evidence import Evidence
from ext.edition.audit.facts import Change, Facts
from ext.edition.audit.foundations import Depth
from ext.edition.audit.importance import importances
from ext.edition.audit.progress import Progress
from ext.edition.audit.rows import Row, row
from ext.edition.audit.shares import Column, Share, histogram
from ext.edition.audit.stages import Stage
from ext.edition.posts.catalogue import Entry
from ext.edition.posts.measures import Counts
from ext.edition.site.config import Bands, Edition

#: Version of the form of ``audit.json``; a new one when a reader of the old form would misread it.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Group:
    """The posts of one topic or series, added up; the name is empty for posts without one."""

    name: str
    slug: str
    posts: int
    catalogued: int
    #: Called completed in their front matter.
    completed: int
    #: Meeting their standard.
    met: int
    formulas: int
    structured: int
    kb: float
    short: int
    #: Over the posts whose layers are known.
    coverage: CoverCounts


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a criterion passed, failed, was unknown and did not apply."""

    criterion: str
    passed: int
    failed: int
    unknown: int
    not_applicable: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole audit. The page, ``audit.json``, the tables and the badge are views of this one object."""

    version: int
    title: str
    rows: tuple[Row, ...]
    total: Counts
    #: Of the posts whose layers are known: what the original and what the annotations hold.
    original: Counts
    added: Counts
    #: Original displayed equations of the posts whose layers are known.
    coverage: CoverCounts
    kb: float
    #: Posts whose original and annotations can be told apart, of all built posts.
    layers_known: Share
    #: Posts called completed in their front matter, and posts that meet their standard, of all built posts.
    completed: Share
    met: Share
    reviewed: Share
    #: What was computed, and held.
    evidence: Evidence
    #: Fetched posts, of the catalogued ones that are neither skipped nor of the edition's own writing.
    fetched: Share
    with_formulas: Share
    with_blocks: Share
    short: Share
    #: Long posts, and those of them that meet their standard.
    long: Share
    exemplary: Share
    #: All posts by how far they have come; every stage is there.
    stages: tuple[tuple[Stage, int], ...]
    #: Rows of the catalogue by state, built posts without a row counted as fetched or local.
    states: tuple[tuple[str, int], ...]
    #: Rows of the catalogue without a post, in its order; skipped ones are not among them.
    unbuilt: tuple[Entry, ...]
    kinds: tuple[tuple[str, int], ...]
    tallies: tuple[Tally, ...]
    topics: tuple[Group, ...]
    series: tuple[Group, ...]
    sizes: tuple[Column, ...]
    formula_counts: tuple[Column, ...]
    #: The columns of the grid; the last one, for posts without importance, is implied.
    priorities: tuple[str, ...]
    grid: tuple[grades.GridRow, ...]
    batches: tuple[work.BatchRow, ...]
    #: What can be done next, in the order of doing, each with its count.
    actions: tuple[Action, ...]
    #: Who accepted proposals that cover equations, and of how many; the other covered ones were written by hand.
    accepted: tuple[tuple[str, int], ...]
    queue: tuple[work.Task, ...]
    status_claims: tuple[claims.StatusClaim, ...]
    topic_claims: tuple[claims.TopicClaim, ...]
    bands: Bands
    #: Originals and reviews that are not as they were at the revision that the audit is compared with.
    trusted: tuple[Change, ...] = ()
    #: That revision, as it was named; empty without one.
    base: str = ""
    #: Sources that cannot become pages, by document, with the reason.
    left_out: tuple[tuple[str, str], ...] = ()
    #: The annotations by who wrote them.
    authors: Authors = Authors()
    #: How far down the derived equations hold.
    depth: Depth = Depth()
    #: Change, new work and the plan; filled in when the rest is known.
    progress: Progress = Progress()


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A topic summary: its document, its topic, the posts it claims and those it cites, by id."""

    docname: str
    topic: str
    claimed: tuple[str, ...]
    cited: tuple[str, ...]


def summarise(
    posts: Iterable[Facts], catalogue: Mapping[str, Entry], edition: Edition, topic_pages: Iterable[TopicPage] = (),
    trusted: tuple[Change, ...] = (), base: str = "", left_out: Mapping[str, str] = MappingProxyType({}),
) -> Summary:
    """Compute the audit of an edition from the facts of its posts, its catalogue and its standards."""
    names = {topic.slug: topic.name for topic in edition.topics}
    facts = tuple(_by_topic_name(one, names) for one in posts if one.record.is_post)
    found = importances([one.record for one in facts], catalogue, edition.priorities)
    rows = tuple(row(one, catalogue.get(one.record.id), edition, importance)
                 for one, importance in zip(facts, found, strict=True))
    entries = _entries(rows, catalogue)
    unbuilt = _unbuilt(rows, entries)
    known = [one for one in rows if one.record.original is not None]
    wanted = [entry for entry in entries if entry.state not in ("local", "skipped")]
    english = edition.edition.language == "en"
    tasks = (work.task(judged, sum(not section.annotated for section in one.sections))
             for one, judged in zip(facts, rows, strict=True))
    queue = work.queue((task for task in tasks if task), edition.priorities)

    def share(chosen: Callable[[Row], bool]) -> Share:
        return Share(sum(map(chosen, rows)), len(rows))

    return Summary(
        version=VERSION,
        title=edition.edition.title,
        rows=rows,
        total=sum((one.record.total for one in rows), Counts()),
        original=sum((one.record.original for one in known if one.record.original), Counts()),
        added=sum((one.record.added for one in known if one.record.added), Counts()),
        coverage=_coverage(rows),
        kb=sum(one.kb for one in rows),
        layers_known=Share(len(known), len(rows)),
        completed=share(lambda one: one.record.status == "completed"),
        met=share(lambda one: one.met is True),
        reviewed=share(lambda one: one.review.state == "reviewed"),
        evidence=sum((one.evidence for one in rows), Evidence()),
        fetched=Share(sum(entry.state == "fetched" for entry in wanted), len(wanted)),
        with_formulas=share(lambda one: not one.no_formulas),
        with_blocks=share(lambda one: not one.no_blocks),
        short=share(lambda one: one.short),
        long=share(lambda one: one.long),
        exemplary=share(lambda one: one.exemplary),
        stages=tuple((stage, sum(one.stage is stage for one in rows)) for stage in Stage),
        states=tuple(sorted(Counter(entry.state for entry in entries).items())),
        unbuilt=unbuilt,
        kinds=tuple(sorted(sum((Counter(dict(one.record.blocks)) for one in rows), Counter()).items())),
        tallies=tuple(_tallies(rows)),
        topics=tuple(_groups(rows, entries, "topic", {topic.name: topic.slug for topic in edition.topics})),
        series=tuple(group for group in _groups(rows, entries, "series", {}) if group.name),
        sizes=histogram((one.kb for one in rows), edition.audit.size_edges_kb),
        formula_counts=histogram((one.formulas for one in rows), edition.audit.formula_edges),
        priorities=edition.priorities,
        grid=grades.grid(edition.grades, edition.priorities, _assessed(rows, unbuilt), english=english),
        batches=work.batch_rows(edition.batches, ((one, judged.batches, judged.met is True)
                                                  for one, judged in zip(facts, rows, strict=True)),
                                {entry.id: entry.batch for entry in unbuilt if entry.batch}, english=english),
        accepted=_accepted(facts),
        actions=actions(rows, {task.docname: place for place, task in enumerate(queue)}),
        queue=queue,
        status_claims=tuple(claim for one in rows if (claim := claims.status_claim(
            one.record.docname, one.record.title, one.record.status, one.results))),
        topic_claims=_topic_claims(rows, (replace(page, topic=names.get(page.topic, page.topic))
                                          for page in topic_pages)),
        bands=edition.audit,
        authors=sum((one.authors for one in rows), Authors()),
        depth=sum((one.depth for one in rows), Depth()),
        trusted=trusted, base=base, left_out=tuple(sorted(left_out.items())),
    )


def _by_topic_name(facts: Facts, names: Mapping[str, str]) -> Facts:
    """Return a post with the name of its topic, which its front matter may call by the slug."""
    topic = names.get(facts.record.topic)
    return replace(facts, record=replace(facts.record, topic=topic)) if topic else facts


def _entries(rows: Iterable[Row], catalogue: Mapping[str, Entry]) -> list[Entry]:
    """Return the catalogue completed by the built posts that have no row in it."""
    missing = (Entry(id=one.record.id or one.record.docname, title=one.record.title, topic=one.record.topic,
                     series=one.record.series, state="local" if one.state == "local" else "fetched")
               for one in rows if one.record.id not in catalogue)
    return [*catalogue.values(), *missing]


def _unbuilt(rows: Iterable[Row], entries: Iterable[Entry]) -> tuple[Entry, ...]:
    built = {one.record.id or one.record.docname for one in rows}
    return tuple(entry for entry in entries if entry.state != "skipped" and entry.id not in built)


def _coverage(rows: Iterable[Row]) -> CoverCounts:
    return sum((one.coverage for one in rows if one.coverage), CoverCounts())


def _tallies(rows: Sequence[Row]) -> Iterable[Tally]:
    verdicts = Counter((result.criterion, result.verdict) for one in rows for result in one.results)
    for name in CRITERIA:
        if any(verdicts[name, verdict] for verdict in Verdict):
            yield Tally(name, verdicts[name, Verdict.PASS], verdicts[name, Verdict.FAIL],
                        verdicts[name, Verdict.UNKNOWN], verdicts[name, Verdict.NOT_APPLICABLE])


def _groups(
    rows: Sequence[Row], entries: Sequence[Entry], field: str, slugs: Mapping[str, str]
) -> Iterable[Group]:
    """Add up the posts by their *field*: names of *slugs* in its order, other names, then the posts without."""
    named = {getattr(one.record, field) for one in rows} | {getattr(entry, field) for entry in entries}
    catalogued = Counter(getattr(entry, field) for entry in entries if entry.state != "skipped")
    for name in dict.fromkeys([*slugs, *sorted(name for name in named if name), ""]):
        own = [one for one in rows if getattr(one.record, field) == name]
        if name or own or catalogued[name]:
            yield Group(
                name=name, slug=slugs.get(name, ""), posts=len(own), catalogued=catalogued[name],
                completed=sum(one.record.status == "completed" for one in own),
                met=sum(one.met is True for one in own),
                formulas=sum(one.formulas for one in own), structured=sum(one.structured for one in own),
                kb=sum(one.kb for one in own), short=sum(one.short for one in own), coverage=_coverage(own))


def _assessed(rows: Iterable[Row], unbuilt: Iterable[Entry]) -> Iterable[tuple[str, str]]:
    """Yield grade and importance of every post, and of those that are only catalogued: they are unassessed."""
    for one in rows:
        yield one.grade, one.importance.level
    for entry in unbuilt:
        yield grades.UNASSESSED, entry.priority


def _accepted(facts: Iterable[Facts]) -> tuple[tuple[str, int], ...]:
    """Return who accepted proposals that cover equations, and of how many; an equation may have two names."""
    return tuple(sorted(Counter(name for one in facts for equation in one.equations
                                for name in {name for name, _ in equation.accepted}).items()))


def _topic_claims(rows: Iterable[Row], pages: Iterable[TopicPage]) -> tuple[claims.TopicClaim, ...]:
    known = tuple(pages)
    existing: dict[str, list[str]] = {}
    for one in rows:
        existing.setdefault(one.record.topic, []).append(one.record.id)
    return claims.topic_claims(
        {page.docname: (page.topic, page.claimed) for page in known}, {page.docname: page.cited for page in known},
        {topic: tuple(sorted(ids)) for topic, ids in existing.items()})
