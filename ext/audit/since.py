"""What changed under a review: every text that was signed and went stale, as it was signed and as it is.

The text as signed is git's to keep, by the name that the review wrote down. It is read and compared, never built: see
:mod:`ext.edition.posts.compared`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from markupsafe import Markup, escape
from sphinx.application import Sphinx

from ext.audit.assess import post_reviews
from ext.audit.resting import resting
from ext.build.once import once
from ext.edition.annotations.kinds import KINDS, SECTION
from ext.edition.audit.grounds import Item
from ext.edition.audit.reviews import PartState, Review
from ext.edition.posts import readings, units
from ext.edition.posts.compared import Piece, Side, counterparts
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.versions import answer
from ext.math.typesetting import set_again

_BLOB = re.compile(r"[0-9a-f]{7,64}")

#: Why a text as it was signed cannot be shown: the review does not say which it was, git does not hold it, or the
#: text of now stands in another file than its post.
Lost = Literal["", "unsaved", "gone", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Change:
    """A text that was read and says something else now; without an item the text around the annotations.

    None is where there was no such text, or is none any more.
    """

    item: Item | None
    then: str | None
    now: str | None
    lost: Lost = ""
    blob: str = ""
    #: Whether it is shown further up, for another part that rests on the same.
    above: bool = False

    @property
    def anchor(self) -> str:
        """The HTML id of where it is shown."""
        said = repr((self.item.key if self.item else "", self.then, self.now))
        return f"since-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since some reviewers signed, who read the same."""

    reviews: tuple[Review, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """A part that is to be read again, and what changed under each of its reviews."""

    part: PartState
    item: Item | None
    since: tuple[Since, ...]


@dataclass(slots=True)
class _Source:
    """The pieces of one source by which two states of it are compared."""

    body: str
    offset: int
    texts: tuple[readings.Text, ...] = field(init=False)
    _equations: tuple[units.Asked, ...] | None = None

    def __post_init__(self) -> None:
        self.texts = readings.texts(self.body)

    @property
    def equations(self) -> tuple[units.Asked, ...]:
        if self._equations is None:
            self._equations = units.equations(self.body)
        return self._equations


@once
def reopened(app: Sphinx) -> dict[str, tuple[Open, ...]]:
    """Return the parts of every post that are to be read again; of a post that was signed as a whole, new ones too."""
    return {docname: tuple(_open(app, docname)) for docname, said in post_reviews(app).items() if said.lines}


def _open(app: Sphinx, docname: str) -> Iterator[Open]:
    said = post_reviews(app)[docname]
    seen: set[str] = set()
    items = {item.name: item for item in resting(app).annotations(docname)}
    for part in said.parts:
        new = part.state == "none" and said.state == "stale"
        if part.state in ("stale", "objected") or new:
            yield Open(part, items.get(part.name), tuple(_grouped(
                ((review, tuple(_changes(app, docname, items.get(part.name), review))) for review in part.was), seen)))
    whole = [line.review for line in said.lines if line.review.verdict == "accept" and not line.review.annotation]
    if said.state == "stale" and whole and (held := _then(app, whole[-1].files.get(docname, ""))):
        kept = set(_pairs(held.texts, _now(app, docname).texts).values())
        gone = [Change(None, one.text, None) for at, one in enumerate(held.texts) if at not in kept]
        if gone:
            yield Open(PartState("-", "none"), None, (Since((whole[-1],), tuple(gone)),))


def _grouped(given: Iterable[tuple[Review, tuple[Change, ...]]], seen: set[str]) -> Iterator[Since]:
    """Yield the reviews that read the same together; *seen* are the anchors of what is shown further up."""
    by: dict[tuple[Change, ...], list[Review]] = {}
    for review, changes in given:
        by.setdefault(changes, []).append(review)
    for changes, reviews in by.items():
        yield Since(tuple(reviews), tuple(replace(one, above=one.anchor in seen) for one in changes))
        seen |= {one.anchor for one in changes if not one.lost}


def _changes(app: Sphinx, docname: str, item: Item | None, review: Review) -> Iterator[Change]:
    """Yield what of a part, and of what it reads, says something else than when it was signed."""
    if not review.files:
        yield Change(item, None, None, "unsaved")
        return
    known = resting(app)
    for key in (None,) if item is None else (item.key, *sorted(known.below(item.key))):
        one = None if key is None else known.items[key]
        where = docname if one is None else one.docname
        now, blob = _now(app, where), review.files.get(where, "")
        held = _then(app, blob)
        if blob and held is None:
            yield Change(one, None, None, "gone", blob)
        elif one is None:
            then, text = readings.around(held.body).text if held else None, readings.around(now.body).text
            if then != text:
                yield Change(None, then, text, blob=blob)
        elif (said := _said(one, now)) is None:
            yield Change(one, None, None, "elsewhere")
        elif (then := _counterpart(one, held, now) if held else None) != said:
            yield Change(one, then, said, blob=blob)


def _said(item: Item, now: _Source) -> str | None:
    """Return what an annotation or an equation says; None where it is not to be found in the source of its post."""
    at = _place(item, now)
    if at is None:
        return None
    return _displayed(now.equations[at]) if item.equation is not None else now.texts[at].text


def _counterpart(item: Item, held: _Source, now: _Source) -> str | None:
    """Return what it said in an earlier state of the source; None when it was not there."""
    at = _place(item, now)
    if item.equation is not None:
        one, other = ([(one.shown.labels[0] if one.shown.labels else "", one.shown.tex) for one in source.equations]
                      for source in (held, now))
        was = counterparts(one, other).get(at) if at is not None else None
        return None if was is None else _displayed(held.equations[was])
    was = _pairs(held.texts, now.texts).get(at) if at is not None else None
    return None if was is None else held.texts[was].text


def _pairs(then: Sequence[readings.Text], now: Sequence[readings.Text]) -> dict[int, int]:
    one, other = ([(text.label, f"{text.kind}\n{text.text}") for text in side] for side in (then, now))
    return counterparts(one, other)


def _displayed(asked: units.Asked) -> str:
    return f"$$\n{asked.shown.tex.strip()}\n$$"


def _place(item: Item, now: _Source) -> int | None:
    if item.equation is not None:
        names = {item.equation.id, item.equation.content}
        return next((at for at, one in enumerate(now.equations) if one.name in names), None)
    assert item.annotation is not None
    if item.annotation.label:
        return next((at for at, one in enumerate(now.texts) if one.label == item.annotation.label), None)
    found = readings.by_line(now.body).get((item.line or 0) - now.offset)
    kind = "" if item.annotation.kind == SECTION else item.annotation.kind
    return now.texts.index(found) if found is not None and found.kind == kind else None


@once
def _sources(app: Sphinx) -> dict[str, _Source | None]:
    """Return a place for the sources that this build has read for this, by their names in git or as documents."""
    return {}


def _then(app: Sphinx, blob: str) -> _Source | None:
    """Return a source as it was read; None where git does not hold it."""
    if blob not in _sources(app):
        held = answer(Path(app.srcdir), "cat-file", "blob", blob) if _BLOB.fullmatch(blob) else ""
        _sources(app)[blob] = _source(held.replace("\r\n", "\n")) if held else None
    return _sources(app)[blob]


def _now(app: Sphinx, docname: str) -> _Source:
    key = f"/{docname}"  # no name in git
    found = _sources(app).get(key)
    if found is None:
        found = _sources(app)[key] = _source(read_text(Path(app.env.doc2path(docname))))
    return found


def _source(text: str) -> _Source:
    try:
        parts = frontmatter.split(text)
    except EditionError:  # of what is there now it is reported by ext.posts.measure
        return _Source(text, 0)
    return _Source(parts.body, parts.offset)


def shown(app: Sphinx, docname: str, side: Side, mark: Literal["del", "ins"]) -> Markup:
    """Return a paragraph set for the page: its formulas as formulas, what changed marked, nothing of it a link."""
    kind, pieces = side
    found, at = Markup(), 0
    if kind == "box":
        name = pieces[0][0].text.removeprefix("prf:")
        found += Markup("<b>{}</b> ").format(KINDS[name].called(app.config.language) if name in KINDS else name)
        at = 1
    while at < len(pieces):
        piece, changed = pieces[at]
        end = at + 1
        while piece.kind == "text" and end < len(pieces) and pieces[end][1] == changed and (
                pieces[end][0].kind, pieces[end][0].aim) == ("text", piece.aim):
            end += 1
        said = _set(app, docname, piece._replace(text="".join(one.text for one, _ in pieces[at:end])))
        if changed and piece.aim:
            said += Markup(" <small>{}</small>").format(piece.aim)
        found += Markup("<{0}>{1}</{0}>").format(Markup(mark), said) if changed else said  # noqa: S704 - one of two
        at = end
    return found


def _set(app: Sphinx, docname: str, piece: Piece) -> Markup:
    if piece.kind == "text":
        return escape(piece.text)
    if piece.kind == "code":
        return Markup("<code>{}</code>").format(piece.text)
    return Markup(set_again(app, docname, piece.text, inline=piece.kind == "math"))  # noqa: S704 - the engine escapes
