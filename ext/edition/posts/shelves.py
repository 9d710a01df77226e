"""Put the posts on their shelves: topics, series, tags and years, and what stands next to each post.

Computed once per build from plain records. A page's :class:`Frame` is all that its navigation shows, so a
page needs writing again exactly when its text or its frame changed. The sidebar shows a window of at most
:data:`WINDOW` posts around the current one: a page does not grow with the edition, and a new post touches
the frames of its neighbours only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from ext.edition.posts.measures import PostRecord
from ext.edition.site.config import Topic
from ext.edition.site.files import safe_name

#: How many posts of the current topic a sidebar lists at most: those of the series, and the others.
WINDOW = 24
#: Where a hand-written summary of a topic is looked for, and where pages without a source are put.
SUMMARIES = "topics/"
GENERATED = "browse/"
#: The slug of the shelf for posts that name no topic.
UNSORTED = "unsorted"
#: Writes plain data for digests, in a tenth of the time of ``repr``.
_ENCODER = msgspec.msgpack.Encoder(enc_hook=repr)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One post as lists show it."""

    docname: str
    title: str
    date: str
    number: int | None
    status: str
    topic: str
    series: str
    tags: tuple[str, ...]

    @property
    def year(self) -> str:
        """The year, or nothing where the date is unknown."""
        return self.date[:4] if self.date[:4].isdigit() else ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A named list of posts with a page of its own: a series, a tag or a year."""

    name: str
    slug: str
    docname: str
    posts: tuple[Leaf, ...]

    def missing(self, at: int) -> str:
        """Return the numbers of a series that are missing before the post at that place, empty where none is."""
        here = self.posts[at].number
        before = max((leaf.number for leaf in self.posts[:at] if leaf.number is not None), default=0)
        if here is None or here <= before + 1:
            return ""
        return str(before + 1) if here == before + 2 else f"{before + 1}–{here - 1}"


@dataclass(frozen=True, slots=True)
class TopicShelf:
    """A topic: its page, its series, and all its posts, the newest first."""

    name: str
    slug: str
    docname: str
    description: str
    #: Whether a hand-written summary is the topic's page.
    summary: bool
    series: tuple[Shelf, ...]
    posts: tuple[Leaf, ...]
    #: Those of its posts that belong to no series.
    single: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A page and what it is called."""

    docname: str
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the sidebar under the current topic: a heading, which may be a link, and posts."""

    heading: str
    docname: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """All that the navigation around one page shows of other pages."""

    crumbs: tuple[Link, ...] = ()
    #: What ``previous`` and ``next`` walk along, a series or a topic.
    along: str = ""
    previous: Link | None = None
    next: Link | None = None
    #: The slug of the topic that the sidebar opens, and what it shows below.
    topic: str = ""
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelves:
    """The whole edition as a reader walks through it."""

    topics: tuple[TopicShelf, ...]
    series: tuple[Shelf, ...]
    tags: tuple[Shelf, ...]
    years: tuple[Shelf, ...]
    #: All posts, the newest first.
    posts: tuple[Leaf, ...]
    guide: tuple[Link, ...]
    by_post: Mapping[str, Leaf] = field(repr=False)
    by_page: Mapping[str, TopicShelf] = field(repr=False)
    #: The page of every tag.
    tag_pages: Mapping[str, str] = field(repr=False)


def arrange(posts: Iterable[PostRecord], subjects: Iterable[Topic], pages: Mapping[str, str] | None = None,
            unsorted: str = "其他") -> Shelves:
    """Shelve *posts* under *subjects*; *pages* maps the other documents of the edition to their titles.

    A post may name its topic by name or by slug. A topic that ``edition.toml`` does not list gets a shelf
    after those it lists; posts without a topic come last, under *unsorted*.
    """
    pages = pages or {}
    subjects = tuple(subjects)
    names = {subject.slug: subject.name for subject in subjects}
    posts = tuple(posts)
    spelt = spellings(tag for post in posts for tag in post.tags)
    leaves = newest_first(
        Leaf(post.docname, post.title, post.date[:10], post.number, post.status,
             names.get(post.topic, post.topic), post.series,
             tuple(dict.fromkeys(spelt[tag] for tag in post.tags))) for post in posts)
    series = {one.name: one for one in _shelves(leaves, "series-", lambda leaf: (leaf.series,), in_order)}
    topics = _topics(leaves, subjects, series, pages, unsorted)
    tags = _shelves(leaves, "tag-", lambda leaf: leaf.tags)
    years = _shelves(leaves, "year-", lambda leaf: (leaf.year,))
    guide = sorted((Link(name, title) for name, title in pages.items() if name.startswith("guide/")),
                   key=lambda link: (link.docname != "guide/index", link.docname))
    return Shelves(
        topics=topics,
        series=tuple(sorted(series.values(), key=lambda shelf: (-len(shelf.posts), shelf.name))),
        tags=tuple(sorted(tags, key=lambda shelf: (-len(shelf.posts), shelf.name))),
        years=tuple(sorted(years, key=lambda shelf: shelf.name, reverse=True)),
        posts=leaves, guide=tuple(guide), by_post={leaf.docname: leaf for leaf in leaves},
        by_page={topic.docname: topic for topic in topics}, tag_pages={tag.name: tag.docname for tag in tags})


def _topics(leaves: tuple[Leaf, ...], subjects: tuple[Topic, ...], series: Mapping[str, Shelf],
            pages: Mapping[str, str], unsorted: str) -> tuple[TopicShelf, ...]:
    """Make the shelves of the topics, in the order of the file, then the others."""
    below: dict[str, list[Leaf]] = {subject.name: [] for subject in subjects}
    for leaf in sorted(leaves, key=lambda leaf: (not leaf.topic, leaf.topic)):
        below.setdefault(leaf.topic, []).append(leaf)
    known = {subject.name: subject for subject in subjects}
    taken = {subject.slug for subject in subjects} | {UNSORTED}
    shelves = []
    for name, own in below.items():
        subject = known.get(name)
        slug = subject.slug if subject else _free(safe_name(name), taken) if name else UNSORTED
        summary = f"{SUMMARIES}{slug}" in pages
        shelves.append(TopicShelf(
            name=name or unsorted, slug=slug, summary=summary,
            docname=f"{SUMMARIES}{slug}" if summary else f"{GENERATED}topic-{slug}",
            description=subject.description if subject else "",
            series=tuple(series[one] for one in dict.fromkeys(leaf.series for leaf in own) if one),
            posts=newest_first(own), single=newest_first(leaf for leaf in own if not leaf.series)))
    return tuple(shelves)


def newest_first(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """Sort by date, the newest first; posts without a date come last, in order of their names."""
    by_name = sorted(leaves, key=lambda leaf: leaf.docname)
    return tuple(sorted(by_name, key=lambda leaf: leaf.date, reverse=True))


def spellings(tags: Iterable[str]) -> dict[str, str]:
    """Return for each tag how it is written: tags that differ by case alone are one, spelt as most posts have it."""
    counted = Counter(tags)
    best: dict[str, str] = {}
    for tag in sorted(counted, key=lambda tag: (-counted[tag], tag)):
        best.setdefault(tag.casefold(), tag)
    return {tag: best[tag.casefold()] for tag in counted}


def in_order(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """Sort as a series is read: by number where there is one, then by date."""
    return tuple(sorted(leaves, key=lambda leaf: (leaf.number is None, leaf.number or 0, leaf.date or "9999",
                                                  leaf.docname)))


def _shelves(leaves: Iterable[Leaf], prefix: str, names: Callable[[Leaf], Iterable[str]],
             order: Callable[[Iterable[Leaf]], tuple[Leaf, ...]] = newest_first) -> list[Shelf]:
    below: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        for name in names(leaf):
            if name:
                below.setdefault(name, []).append(leaf)
    taken: set[str] = set()
    slugs = {name: _free(safe_name(name), taken) for name in sorted(below)}
    return [Shelf(name, slugs[name], f"{GENERATED}{prefix}{slugs[name]}", order(own))
            for name, own in below.items()]


def _free(slug: str, taken: set[str]) -> str:
    """Return *slug*, numbered when another name already took it (``C`` and ``C++`` are both ``c``)."""
    free, number = slug, 2
    while free in taken:
        free, number = f"{slug}-{number}", number + 1
    taken.add(free)
    return free


def window(leaves: tuple[Leaf, ...], at: int, size: int = WINDOW) -> tuple[Leaf, ...]:
    """Return at most *size* of *leaves*: those around the one at position *at*."""
    start = max(0, min(at - size // 2, len(leaves) - size))
    return leaves[start:start + size]


def frames(shelves: Shelves, others: str = "") -> dict[str, Frame]:
    """Return the frame of every post, topic page and guide page.

    *others* heads the posts of a topic that belong to none of its series.
    """
    result = {link.docname: Frame(groups=(Group("", "", shelves.guide),)) for link in shelves.guide}
    for topic in shelves.topics:
        top = Link(topic.docname, topic.name)
        result[topic.docname] = Frame(topic=topic.slug, groups=_groups(topic, others, at=0))
        position = {leaf.docname: at for at, leaf in enumerate(topic.single)}
        path = tuple(reversed(topic.posts))
        for at, leaf in enumerate(path):
            if not leaf.series:
                result[leaf.docname] = Frame(
                    crumbs=(top,), topic=topic.slug, along=topic.name, **_neighbours(path, at),
                    groups=_groups(topic, others, at=position[leaf.docname]))
    topic_of = {leaf.docname: topic for topic in shelves.topics for leaf in topic.posts}
    for series in shelves.series:
        for at, leaf in enumerate(series.posts):
            topic = topic_of[leaf.docname]
            result[leaf.docname] = Frame(
                crumbs=(Link(topic.docname, topic.name), Link(series.docname, series.name)), topic=topic.slug,
                along=series.name, **_neighbours(series.posts, at), groups=_groups(topic, others, series, at))
    return result


def _neighbours(path: tuple[Leaf, ...], at: int) -> dict[str, Link | None]:
    return {"previous": _link(path[at - 1]) if at else None,
            "next": _link(path[at + 1]) if at + 1 < len(path) else None}


def _groups(topic: TopicShelf, others: str, series: Shelf | None = None, at: int = 0) -> tuple[Group, ...]:
    """List what a sidebar shows below its topic: every series, and the posts around the current one."""
    groups = [Group(one.name, one.docname, tuple(map(_link, window(one.posts, at))) if one == series else ())
              for one in topic.series]
    if topic.single:
        shown = () if series else tuple(map(_link, window(topic.single, at)))
        groups.append(Group(others if topic.series else "", topic.docname, shown))
    return tuple(groups)


def _link(leaf: Leaf) -> Link:
    return Link(leaf.docname, leaf.title)


def digest(*parts: object) -> str:
    """Return a short digest of plain data; equal data have equal digests in every process."""
    return hashlib.sha256(_ENCODER.encode(parts)).hexdigest()[:16]
