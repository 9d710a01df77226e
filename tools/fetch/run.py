"""Carry out a plan, post by post, and tell what became of each."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ext.edition.posts import catalogue, keywords, relevance
from ext.edition.posts.catalogue import Entry, State
from ext.edition.posts.identity import NOWHERE, Shape, canonical, digest_id, ids, not_a_post
from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError, defect
from ext.edition.site.files import NO_ROOM
from tools import keeping
from tools.convert.records import Conversion
from tools.fetch import images, reading, save
from tools.fetch.answered import Gone, Refused
from tools.fetch.entries import iso_date
from tools.fetch.plan import GONE, REFUSED, Action, Plan, Step, index
from tools.fetch.reading import Material
from tools.fetch.save import Result
from tools.workspace import Workspace

if TYPE_CHECKING:
    from tools.fetch.http import Client

#: Why a post is truncated, in words that are the same in every run; the details are printed.
_PART = "the source gives only a part, and the page could not be had"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one post, with what a maintainer should know of it."""

    action: Action
    result: Result
    path: Path | None = None
    notes: tuple[str, ...] = ()
    #: Whether the post may not be the whole post.
    doubtful: bool = False


class Run:
    """One run of the fetcher over an edition; every post is finished before the next begins."""

    def __init__(self, place: Workspace, client: Client, rows: Mapping[str, Entry], posts: Mapping[str, Path],
                 *, today: Callable[[], datetime.date] = datetime.date.today, convert_again: bool = False) -> None:
        self._place = place
        self._client = client
        self._rows = dict(rows)
        self._saved = dict(rows)
        self._posts = dict(posts)
        self._today = today
        self._again = convert_again
        self._listed: frozenset[str] = frozenset()
        self._index: dict[str, str] | None = None

    def carry_out(self, plan: Plan) -> Iterator[Outcome]:
        """Write the posts that are new in the catalogue, then do the work of *plan*, one outcome each."""
        self._rows, self._index = dict(plan.rows), None
        self._listed = frozenset(action.row.id for action in plan.actions if action.listed.kind != "row")
        self._save_rows()
        for action in plan.work:
            try:
                outcome = self._one(action)
            except EditionError as error:
                outcome = Outcome(action, Result.FAILED, None, (str(error),))
            except Exception as error:
                if isinstance(error, OSError) and error.errno in NO_ROOM:
                    raise
                # One page that a parser stumbles over must not keep the others waiting, in this run and the next.
                outcome = Outcome(action, Result.FAILED, None, (defect(error),))
            yield outcome

    def _one(self, action: Action) -> Outcome:
        listed, row = action.listed, action.row
        if action.step is Step.CONTENT:
            return self._keep(action, reading.from_listing(listed, "" if listed.whole else _PART))
        try:
            page = self._client.get(listed.url or row.source)
            if not_a_post(Site(), page.url) in NOWHERE and listed.kind != "url":  # what many sites do for 404
                raise Refused(f"leads to {page.url}, which is no post", where=listed.url or row.source)
            return self._keep(action, reading.from_page(page))
        except EditionError as error:
            refused = f"{REFUSED}{error.what}" if isinstance(error, Refused) else ""
            # A part, marked as such, is better than nothing; an entry without text is nothing.
            if listed.html and row.state != "fetched" and reading.has_text(listed.html):
                outcome = self._keep(action, reading.from_listing(listed, refused or _PART))
                return replace(outcome, notes=(f"{error.where}: {error.what}", *outcome.notes))
            if not refused:
                raise
            if row.state == "fetched" and isinstance(error, Gone):  # a post that is here stays, with its text
                self._set(row, "fetched", reason=GONE)
                return Outcome(action, Result.GONE, None, (f"{error.where}: {error.what}",))
            if row.state != "fetched":
                self._set(row, "refused", reason=refused)
            return Outcome(action, Result.REFUSED, None, (f"{error.where}: {error.what}",))

    def _keep(self, action: Action, material: Material) -> Outcome:
        row, listed, known = action.row, action.listed, action.row.id
        post = self._posts.get(known)
        if post is not None and not self._again and material.digest == save.stored_digest(self._place, known):
            self._finish(save.completed(self._place, row), post, material.truncated,
                         save.stored_doubts(self._place, known))
            return Outcome(action, Result.TRUNCATED if material.truncated else Result.UNCHANGED, post)
        done = reading.convert_material(material, self._place.edition)
        if post is None and (home := self._moved(row, material, done)) is not None:
            return self._take_in(action, material, home)
        if (other := self._twin(row, material, done)) is not None:
            self._set(row, "skipped", reason=f"the same post as {other}")
            return Outcome(action, Result.SAME, None, (f"the page is that of {other}",))
        if post is None and (why := self._unwanted(row, listed.tags, material, done)):
            if row.title == known:
                row = msgspec.structs.replace(row, title=done.title or listed.title or known)
            self._set(row, "skipped", reason=why)
            return Outcome(replace(action, row=row), Result.SKIPPED, None, (why, f"bring it back with --keep {known}"))
        notes: list[str] = []
        if self._place.edition.fetch.images and done.images:
            done, notes = self._with_images(action, material, done)
        if not done.markdown.strip():
            raise EditionError("no text was found in the page", where=material.url,
                               remedy="set site.profile.content in edition.toml to the element that holds the post")
        before = save.stored(self._place, known)
        draft = reading.draft(row, listed, material, done, self._place.edition, fetched=self._today().isoformat(),
                              stored=before if post is not None else None)
        result, post = save.write(self._place, draft, post)
        if result is Result.CHANGED and (facts := save.facts_that_differ(before, draft.meta)):
            notes.insert(0, f"changed: {', '.join(facts)}")
        if post is not None:
            self._posts[known] = post
        complete = draft.truncated if result is not Result.UNCHANGED else ""
        self._finish(self._with_aliases(draft.row, material, done), post, complete,
                     tuple(map(str, done.receipt.doubts)))
        if done.receipt.doubts:
            notes.insert(0, f"doubtful: {', '.join(map(str, done.receipt.doubts))} of the page are in the post; see "
                            f"python -m tools receipt {known}")
        if post is not None and (other := self._second(draft.row, material, done)) is not None:
            notes.append(f"{known} and {other} are one post: join them with: python -m tools join {known} {other}")
        notes += [f"lost: {found.kind} {found.snippet}" for found in done.receipt.lost]
        notes += [f"without TeX: {found.snippet}" for found in done.receipt.without_tex]
        return Outcome(action, result, post, tuple(notes), bool(done.receipt.doubts))

    def _by_key(self) -> dict[str, str]:
        """Return the id of a row by everything it may be found by, made anew only after one of these changed."""
        if self._index is None:
            self._index = index(self._rows.values())
        return self._index

    def _twin(self, row: Entry, material: Material, done: Conversion) -> str | None:
        """Return the other post that a page turns out to be, by where it redirects or what it calls itself."""
        by_key = self._by_key()
        keys = ids(self._place.edition.site, [material.url, done.canonical or ""])
        others = {by_key[key] for key in keys if key in by_key and by_key[key] in self._posts}
        return None if row.id in others or row.id in self._posts else min(others, default=None)

    def _second(self, row: Entry, material: Material, done: Conversion) -> str | None:
        """Return the other post of the edition whose address a known post leads to, or calls its own."""
        by_key = self._by_key()
        keys = ids(self._place.edition.site, [material.url, done.canonical or ""])
        others = {by_key[key] for key in keys if key in by_key and by_key[key] in self._posts}
        return min(others - {row.id}, default=None)

    def _moved(self, row: Entry, material: Material, done: Conversion) -> str | None:
        """Return the post that stands at a new address now: it has this title and nearly this text.

        A post whose own address is listed in this run is another one.
        """
        if row.state == "skipped" or material.truncated:
            return None
        shape, date = Shape.of(done.title or "", done.markdown), iso_date(done.date or "")
        near = [known for known in self._posts if known != row.id and known not in self._listed
                and (other := self._rows.get(known)) is not None and other.state == "fetched"
                and (other.title == done.title or (date and other.date == date))]
        alike = [known for known in near if shape.is_of(Shape.of(*save.original_text(self._place, known)))]
        return alike[0] if len(alike) == 1 else None

    def _with_aliases(self, row: Entry, material: Material, done: Conversion) -> Entry:
        """Return a row with the addresses that its page leads to or calls its own, so that none becomes a second post.

        What belongs to another row, or to no post, is left out.
        """
        by_key = self._by_key()
        found = [url for url in (material.url, done.canonical or "") if url and _same_site(url, row.source)
                 and not_a_post(self._place.edition.site, url) is None]
        keys = [key for key in ids(self._place.edition.site, found) if key not in by_key]
        return msgspec.structs.replace(row, aliases=tuple(dict.fromkeys((*row.aliases, *keys))))

    def _take_in(self, action: Action, material: Material, home: str) -> Outcome:
        """Make an address an alias of the post that it turned out to be, and see what changed of that."""
        row, known = action.row, self._rows[home]
        source = action.listed.url or material.url
        self._rows.pop(row.id, None)
        self._index = None
        aliases = dict.fromkeys((*known.aliases, digest_id(known.source), row.id, *row.aliases))
        aliases.pop(home, None)
        known = msgspec.structs.replace(known, source=source, aliases=tuple(aliases))
        self._rows[home] = known
        outcome = self._keep(replace(action, row=known), material)
        return replace(outcome, notes=(f"the post {home} has moved to {source}", *outcome.notes))

    def _unwanted(self, row: Entry, tags: Sequence[str], material: Material, done: Conversion) -> str:
        """Return why a new post is not for this edition; of a mere part of a post that cannot be told."""
        edition = self._place.edition
        part = material.truncated or (done.truncated and material.via != "feed")
        if not edition.relevance.enabled or row.keep or part:
            return ""
        text = keywords.text_of(row.title if row.title != row.id else done.title, tags or done.tags, done.markdown)
        verdict = relevance.judge(text, done.receipt.page.formulas, edition)
        return "" if verdict.relevant else f"not mathematics: {verdict.why}"

    def _with_images(self, action: Action, material: Material, done: Conversion
                     ) -> tuple[Conversion, list[str]]:
        limit = self._place.edition.fetch.max_image_bytes

        def read(url: str) -> bytes:
            local = action.listed.resource(url) if action.listed.resource else None
            return local if local is not None else self._client.get(url, max_bytes=limit, keep=False).body

        folder = keeping.images_folder(self._place.source, action.row.id)
        since = str(save.stored(self._place, action.row.id).get("fetched") or "")

        def again(url: str) -> bytes | None:
            local = action.listed.resource(url) if action.listed.resource else None
            return local if local is not None else self._client.changed(url, since, max_bytes=limit)

        kept, notes = images.store([image.url for image in done.images], folder, read, again if since else None)
        if kept:
            done = reading.convert_material(material, self._place.edition,
                                            keeping.links(kept, self._place.source))
        return done, [f"image {note}" for note in notes.values()]

    def _finish(self, row: Entry, post: Path | None, truncated: str, doubts: tuple[str, ...] | None = None) -> None:
        slug = post.relative_to(self._place.posts).with_suffix("").as_posix() if post is not None else row.slug
        self._set(row, "truncated" if truncated else "fetched", reason=truncated, slug=slug, doubts=doubts)

    def _set(self, row: Entry, state: State, *, reason: str = "", slug: str | None = None,
             doubts: tuple[str, ...] | None = None) -> None:
        before = self._rows.get(row.id, row)
        after = msgspec.structs.replace(
            before, state=state, reason=reason, slug=before.slug if slug is None else slug,
            title=row.title, date=row.date or before.date, source=row.source or before.source,
            aliases=row.aliases or before.aliases,
            doubts=before.doubts if doubts is None else doubts)
        if row.id not in self._rows or (before.source, before.aliases) != (after.source, after.aliases):
            self._index = None
        self._rows[row.id] = after
        self._save_rows()

    def _save_rows(self) -> None:
        if self._rows != self._saved:  # a file that somebody laid out by hand stays as it is
            catalogue.save(self._place.source, self._rows.values())
            self._saved = dict(self._rows)


def _same_site(one: str, other: str) -> bool:
    return canonical(one).partition("/")[0] == canonical(other).partition("/")[0]
