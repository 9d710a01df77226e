"""Write a fetched post: original, post, catalogue row, in this order, each whole or not at all.

A run that is killed between two of them is healed by the next: what is there is kept, what is missing is
written. A post that exists is never written again, except one that nobody has touched and that was
truncated before. What changed upstream waits in ``originals/<id>.new.md`` until ``python -m tools update``
merges it; ``originals/<id>.md`` stays what the post was annotated against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from ext.edition.posts import digests
from ext.edition.posts.catalogue import Entry
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import inside, read_text, safe_name, write_atomic
from tools.convert.receipt import Receipt
from tools.fetch.plan import Held
from tools.workspace import Workspace

#: What may change of a post besides its text.
_FACTS = ("title", "date", "tags", "source")


class Result(StrEnum):
    """What became of one post."""

    NEW = "new"
    TRUNCATED = "truncated"
    COMPLETED = "completed"
    """It was truncated, and is whole now."""
    RESTORED = "restored"
    """A file that was missing is there again."""
    CHANGED = "changed upstream"
    UNCHANGED = "unchanged"
    GONE = "gone upstream"
    """The site says that the page is no more; the post stays, with its text."""
    SAME = "the same post"
    """The page says that it is another post of the catalogue."""
    SKIPPED = "left out"
    """The relevance filter finds that it is not for this edition."""
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A post ready to be written; ``meta`` has the keys of a post's front matter, ``extra`` the original's own."""

    row: Entry
    meta: Mapping[str, Any]
    extra: Mapping[str, Any]
    heading: str
    body: str
    truncated: str = ""


def original_path(place: Workspace, known: str) -> Path:
    """Return where the original of the post *known* is kept."""
    return inside(place.originals, f"{safe_name(known)}.md")


def waiting_path(place: Workspace, known: str) -> Path:
    """Return where an original that changed upstream waits to be merged."""
    return inside(place.originals, f"{safe_name(known)}.new.md")


def find_held(place: Workspace, posts: Mapping[str, Path]) -> dict[str, Held]:
    """Return what the files hold of every post, by id."""
    held = {known: Held(post=True) for known in posts}
    homes: dict[str, Path] = {}
    for path in sorted(place.originals.glob("*.md")):
        if path.name.endswith(".new.md"):
            continue
        meta = _meta(path)
        known = str(meta.get("id") or path.stem)
        if known in homes:
            raise EditionError(f"has the id {known!r}, as {homes[known].name} has", where=path,
                               remedy="delete the one that nobody's post was made from, or give it an id of its own")
        homes[known] = path
        held[known] = Held(original=True, post=known in posts, via=str(meta.get("via") or ""),
                           fetched=str(meta.get("fetched") or ""))
    return held


def _meta(path: Path) -> dict[str, Any]:
    """Return a file's front matter; one that cannot be read is the build's to report, not ours."""
    try:
        return frontmatter.split(read_text(path), where=path).meta
    except EditionError:
        return {}


def stored(place: Workspace, known: str) -> Mapping[str, Any]:
    """Return the front matter of the stored original, or of the one that waits; empty without one."""
    waiting = waiting_path(place, known)
    path = waiting if waiting.is_file() else original_path(place, known)
    return _meta(path) if path.is_file() else {}


def original_text(place: Workspace, known: str) -> tuple[str, str]:
    """Return the title and the text of a stored original, empty without one."""
    path = original_path(place, known)
    parts = frontmatter.split(read_text(path), where=path) if path.is_file() else frontmatter.Parts({}, "", 0)
    return str(parts.meta.get("title") or ""), parts.body


def facts_that_differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which facts of a post two front matters say differently."""
    return tuple(key for key in _FACTS if other.get(key) and one.get(key) != other[key])


def stored_digest(place: Workspace, known: str) -> str:
    """Return the digest of the HTML that the stored original, or the one that waits, was converted from."""
    return str(stored(place, known).get("digest") or "")


def stored_doubts(place: Workspace, known: str) -> tuple[str, ...] | None:
    """Return what the stored receipt doubts, as rows say it; None where nobody counted the page."""
    receipt = stored(place, known).get("receipt")
    if not isinstance(receipt, Mapping) or "census" not in receipt:
        return None
    return tuple(map(str, Receipt.from_dict(receipt).doubts))


def completed(place: Workspace, row: Entry) -> Entry:
    """Return a row with what its original knows and it lacks: a run may have been killed between the two."""
    if row.title != row.id and row.date and row.source:
        return row
    meta = _meta(original_path(place, row.id))
    title = str(meta.get("title") or row.title) if row.title == row.id else row.title
    return msgspec.structs.replace(row, title=title, date=row.date or str(meta.get("date") or ""),
                                   source=row.source or str(meta.get("source") or ""))


def write(place: Workspace, draft: Draft, post: Path | None) -> tuple[Result, Path | None]:
    """Write the files of one post and return what became of it and the post's file; the row is the caller's."""
    known = draft.row.id
    path = original_path(place, known)
    before = frontmatter.split(read_text(path), where=path) if path.is_file() else None
    if post is None:
        same = before is not None and before.body.strip() == draft.body.strip()
        if not same:
            digests.store(place.source, path, _original(draft))
        post = _free_path(place, draft)
        fetched = str(before.meta.get("fetched") or draft.meta["fetched"]) if same and before else ""
        write_atomic(post, _post(draft, {"fetched": fetched} if fetched else {}))
        result = Result.TRUNCATED if draft.truncated else Result.NEW if before is None else Result.RESTORED
        return result, post
    if before is None:
        digests.store(place.source, path, _original(draft))
        return (Result.TRUNCATED if draft.truncated else Result.RESTORED), post
    was_truncated = bool(before.meta.get("truncated"))
    waiting = waiting_path(place, known)
    facts = facts_that_differ(before.meta, draft.meta)
    if before.body.strip() == draft.body.strip() and not facts:
        waiting.unlink(missing_ok=True)  # upstream went back to what we have
        if was_truncated and not draft.truncated:
            digests.store(place.source, path, _original(draft))
            return Result.COMPLETED, post
        return Result.UNCHANGED, post
    if draft.truncated:  # a part never takes the place of the whole, nor one part that of another
        return (Result.TRUNCATED if was_truncated else Result.UNCHANGED), post
    if was_truncated and _untouched(post, before):
        digests.store(place.source, path, _original(draft))
        write_atomic(post, _post(draft, {}))
        return Result.COMPLETED, post
    if waiting.is_file():
        held = frontmatter.split(read_text(waiting), where=waiting)
        if held.body.strip() == draft.body.strip() and not facts_that_differ(held.meta, draft.meta):
            return Result.UNCHANGED, post
    write_atomic(waiting, _original(draft))
    return Result.CHANGED, post


def _original(draft: Draft) -> str:
    return frontmatter.join({**draft.meta, **draft.extra}, draft.body)


def _post(draft: Draft, changes: Mapping[str, Any]) -> str:
    row = draft.row
    meta = {**draft.meta, "topic": row.topic, "series": row.series, "number": row.number, "status": "draft",
            **changes}
    return frontmatter.join(meta, f"# {draft.heading}\n\n{draft.body.strip(chr(10))}")


def _untouched(post: Path, original: frontmatter.Parts) -> bool:
    """Return whether nobody has written into *post* since it was made from *original*."""
    parts = frontmatter.split(read_text(post), where=post)
    heading, _, rest = parts.body.strip().partition("\n")
    return (heading.startswith("# ") and rest.strip() == original.body.strip()
            and parts.meta.get("status") in (None, "draft"))


def _free_path(place: Workspace, draft: Draft) -> Path:
    """Return a path for a new post: the slug of the catalogue or the title, with the id when it is taken."""
    slug = safe_name(draft.row.slug or str(draft.meta["title"]), fallback=safe_name(draft.row.id))
    for name in (slug, f"{slug}-{safe_name(draft.row.id)}"):
        path = inside(place.posts, f"{name}.md")
        if not path.exists():
            return path
        frontmatter.split(read_text(path), where=path)  # one that cannot be read may be this very post
    raise EditionError("there is already a post of this name, with another id", where=path,
                       remedy=f"rename it, or give it `id: {draft.row.id}`")
