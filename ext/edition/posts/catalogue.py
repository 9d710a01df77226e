"""The catalogue: one row for every post the edition knows of, fetched or not."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic

FILE = "catalogue.yaml"
#: known: not fetched yet; truncated: only a part could be had; skipped: not for this edition; refused: the
#: site answered 403 or 404; local: written for this edition.
State = Literal["known", "fetched", "truncated", "skipped", "refused", "local"]
_HEADER = """\
# One row for every post this edition knows of. `python -m tools fetch` adds rows and sets their state;
# topic, series, priority, targets, required and hours may be set by hand and are never overwritten.
"""


class Targets(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a single post should reach: size in KB of its file, number of formulas added."""

    kb: float | None = None
    formulas: int | None = None


class Guess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The topic that ``python -m tools classify`` set, and the words that made it; while the row still has it,
    nobody has chosen another."""

    topic: str
    why: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One post: its identity is ``id``, the archive id or a digest of the canonical URL."""

    id: str
    title: str
    state: State = "known"
    slug: str = ""
    source: str = ""
    date: str = ""
    topic: str = ""
    series: str = ""
    number: int | None = None
    priority: str = ""
    batch: str = ""
    targets: Targets = Targets()
    #: Why a post was skipped, refused or truncated.
    reason: str = ""
    #: Why the post may not be whole, as its receipt says: ``formulas 12/90``, ``text 800/9000``, ``lost 3/90``.
    #: None when nobody looked: the post was imported, or fetched before whole pages were counted.
    doubts: tuple[str, ...] | None = None
    #: Other ids or titles under which the same post was listed.
    aliases: tuple[str, ...] = ()
    guess: Guess | None = None
    #: What the post is to contain, by keys that annotations name with ``:fulfils:``.
    required: dict[str, str] = {}
    #: Estimated hours of work, at least and at most.
    hours: tuple[float, float] | None = None
    #: Somebody wants it: the relevance filter leaves it alone.
    keep: bool = False


def parse(text: str, *, where: Path | str = FILE) -> dict[str, Entry]:
    """Return the rows by id, in the order of the file; a doubled id is an error."""
    try:
        entries = msgspec.convert(yamltext.load(text, where=where) or [], list[Entry], strict=False)
    except msgspec.ValidationError as error:
        raise EditionError(str(error), where=where,
                           remedy="the keys are those of the catalogue's other rows") from error
    by_id: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in by_id:
            raise EditionError(f"the id {entry.id!r} has two rows", where=where, remedy="merge them into one")
        by_id[entry.id] = entry
    return by_id


def load(source: Path) -> dict[str, Entry]:
    """Return the catalogue of the edition in *source*; an edition without one has an empty one."""
    path = source / FILE
    return parse(read_text(path), where=path) if path.is_file() else {}


def keep(rows: Mapping[str, Entry], wanted: Iterable[str], *, present: Container[str] = ()) -> dict[str, Entry]:
    """Return the catalogue with the *wanted* posts kept, whatever the relevance filter says of them.

    One that was left out is known again, so that it is fetched, or fetched when its files are *present*.
    """
    kept = dict(rows)
    for known in wanted:
        if known not in kept:
            raise EditionError(f"the catalogue has no post {known!r} to keep", where=FILE,
                               remedy="give the id of one of its rows")
        row = msgspec.structs.replace(kept[known], keep=True)
        if row.state == "skipped":
            row = msgspec.structs.replace(row, state="fetched" if known in present else "known", reason="")
        kept[known] = row
    return kept


def text(entries: Iterable[Entry]) -> str:
    """Return the file that holds *entries*."""
    return _HEADER + ("".join(_row(msgspec.json.encode(entry)) for entry in entries) or "[]\n")


@functools.lru_cache(maxsize=1 << 14)
def _row(entry: bytes) -> str:
    """Return the lines of an entry: the fetcher writes the file after each post, all but one as before."""
    return yamltext.dump([{key: value for key, value in msgspec.json.decode(entry).items() if value != {}}])


def save(source: Path, entries: Iterable[Entry]) -> bool:
    """Write the catalogue; return whether it changed."""
    return write_atomic(source / FILE, text(entries))
