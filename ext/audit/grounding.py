"""What holds all the way down, of the edition as it was read: circles are findings, each post has its picture."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.annotations.annotating import annotation_index
from ext.annotations.linking import who_wrote
from ext.audit.assess import foundation, post_reviews
from ext.audit.resting import grounds_of, resting
from ext.build.once import once
from ext.checks.findings import report
from ext.edition.annotations.targets import Target, name_of
from ext.edition.audit.foundations import Depth, below, circles
from ext.edition.audit.grounds import Item, Key
from ext.edition.checks.lint import Lint
from ext.edition.links.graph import Map, chart
from ext.edition.posts.shelves import Leaf
from ext.site.navigation import drawn
from ext.site.wording import GROUNDS_WORDS, words


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of a picture: what it is called, where it is, why it is an open end, if it is reviewed, who wrote it."""

    name: str
    docname: str
    anchor: str
    open: str
    reviewed: bool
    author: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What rests on what in a post: the rows, their lines, and how far down its equations hold."""

    map: Map
    rows: Mapping[str, Shown]
    depth: Depth

    @property
    def digest(self) -> str:
        """A digest of all that it shows."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@once
def pictures(app: Sphinx) -> Mapping[str, Picture]:
    """Return the picture of every post that has annotations, by document."""
    known, edges = resting(app), below(resting(app))
    found = {}
    for docname in post_reviews(app):
        if keys := [item.key for item in known.of(docname)]:
            ahead = dict.fromkeys([*keys, *(other for key in keys for other in edges.get(key, ()))])
            order = list(_order({key: [one for one in edges.get(key, ()) if one in ahead] for key in ahead}))
            rows = {_id(key): _shown(app, docname, known.items[key]) for key in order}
            found[docname] = Picture(chart(tuple(rows), {_id(key): {_id(one) for one in edges.get(key, ())}
                                                         for key in order}), rows,
                                     foundation(app).depth(known, docname))
    return found


@once
def _between(app: Sphinx) -> Mapping[str, frozenset[str]]:
    """Return for every post the others that something in it rests on."""
    found: dict[str, set[str]] = {}
    for (docname, _), others in below(resting(app)).items():
        found.setdefault(docname, set()).update(other for other, _ in others if other != docname)
    return {docname: frozenset(others) for docname, others in found.items()}


@once
def _loose(app: Sphinx) -> Counter[str]:
    """Return how many open ends every post has."""
    return Counter(docname for docname, _ in foundation(app).open)


def draw(app: Sphinx, docname: str, leaves: Sequence[Leaf]) -> str:
    """Return which posts of a series or topic rest on which, with their open ends; nothing where none does."""
    ui = words(app.config, GROUNDS_WORDS)
    titles = {leaf.docname: leaf.title + (ui["open"].format(loose) if (loose := _loose(app)[leaf.docname]) else "")
              for leaf in leaves}
    return drawn(app, docname, titles, _between(app), ui, "grounds")


def _order(edges: Mapping[Key, list[Key]]) -> Iterator[Key]:
    """Yield what others rest on before them, and else in the order that is given; a circle is entered anywhere."""
    seen: set[Key] = set()
    for start in edges:
        todo = [(start, False)]
        while todo:
            key, done = todo.pop()
            if done:
                yield key
            elif key not in seen:
                seen.add(key)
                todo.append((key, True))
                todo += [(one, False) for one in reversed(edges[key]) if one not in seen]


def _id(key: Key) -> str:
    return "#".join(key)


def _shown(app: Sphinx, docname: str, item: Item) -> Shown:
    target = Target(item.docname, item.anchor, annotation=item.annotation, equation=item.equation,
                    name=item.equation.id if item.equation else "")
    name = name_of(target, annotation_index(app.env), docname, language=app.config.language)
    title = item.annotation.plain_title if item.annotation is not None else ""
    if title not in name:
        name += f" · {title}"
    said = post_reviews(app).get(item.docname)
    return Shown(name, item.docname, item.anchor, foundation(app).open.get(item.key, ""),
                 bool(said and item.annotation and said.of(item.name).by),
                 who_wrote(app, item.annotation.by) if item.annotation else "")


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report arguments that go in a circle, at the first annotation on the way around."""
    for way in circles(grounds_of(env)):
        places = [f"{item.name} ({env.doc2path(item.docname, base=False)}:{item.line or 1})" for item in way]
        first = next((item for item in way if item.annotation is not None), way[0])
        around = " rests on ".join([*places, places[0].partition(" (")[0]])
        report(env, first.docname, Lint.CIRCULAR, f"the argument goes in a circle: {around}", first.line)
