"""Bind posts to a volume to be read from front to back: the whole edition, some posts, or one series."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from ext.edition.posts.shelves import Leaf, Shelves, in_order
from ext.edition.site.errors import EditionError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A topic or series of a volume: its heading, the page that introduces it (or nothing), and its posts in order."""

    title: str
    introduction: str
    posts: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """What is bound together; ``name`` is that of its file, without suffix."""

    name: str
    title: str
    parts: tuple[Part, ...]

    @property
    def docnames(self) -> tuple[str, ...]:
        """The documents of the volume, in the order in which they are read."""
        return tuple(name for part in self.parts
                     for name in (*filter(None, [part.introduction]), *(leaf.docname for leaf in part.posts)))

    @property
    def identifier(self) -> str:
        """An identifier that is the same for the same choice of posts."""
        digest = hashlib.sha256("\n".join((self.title, *self.docnames)).encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def bind(shelves: Shelves, title: str, posts: Sequence[str] = (), series: str = "") -> Volume:
    """Return the volume of the *posts* named by slug, or of a *series* by its name or slug; of everything without both.

    :raises EditionError: where nothing, or nothing so called, is there to be bound.
    """
    if posts and series:
        raise EditionError("a volume is made of posts or of a series, not of both", remedy="name either")
    if series:
        shelf = _named(series, shelves.series, lambda one: (one.name, one.slug), "series")
        return Volume(shelf.slug, f"{title} · {shelf.name}", (Part(shelf.name, "", shelf.posts),))
    if posts:
        chosen = tuple(dict.fromkeys(
            _named(name, shelves.posts, lambda leaf: (leaf.docname.rpartition("/")[2], leaf.docname), "post")
            for name in posts))
        slug = chosen[0].docname.rpartition("/")[2]
        if len(chosen) == 1:
            return Volume(slug, chosen[0].title, (Part("", "", chosen),))
        return Volume(f"{slug}-{len(chosen)}", title, (Part("", "", chosen),))
    parts = tuple(Part(topic.name, topic.docname if topic.summary else "", _read(topic.posts))
                  for topic in shelves.topics if topic.posts)
    if not parts:
        raise EditionError("there is no post to be bound", remedy="fetch or write one, as the guide's start page says")
    return Volume("edition", title, parts)


def _read(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """Put the posts of a topic in the order of reading: each series whole where its first post stands, by date."""
    dated = sorted(leaves, key=lambda leaf: (leaf.date or "9999", leaf.docname))
    read: dict[Leaf, None] = {}
    for leaf in dated:
        read |= dict.fromkeys(in_order(one for one in dated if one.series == leaf.series) if leaf.series else [leaf])
    return tuple(read)


def _named(name: str, things: Iterable[T], names: Callable[[T], tuple[str, ...]], what: str) -> T:
    known = {called: thing for thing in things for called in reversed(names(thing))}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=3)
    raise EditionError(f"there is no {what} {name!r}" + (f" (near: {', '.join(near)})" if near else ""),
                       remedy=f"name a {what} of the edition")
