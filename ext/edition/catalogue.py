"""The catalogue: one row for every post the edition knows of, fetched or not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from ext.edition import yamltext
from ext.edition.errors import EditionError
from ext.edition.files import read_text, write_atomic

FILE = "catalogue.yaml"
#: known: not fetched yet; truncated: only a part could be had; skipped: not for this edition; refused: the
#: site answered 403 or 404; local: written for this edition.
State = Literal["known", "fetched", "truncated", "skipped", "refused", "local"]
_HEADER = """\
# One row for every post this edition knows of. `python -m tools fetch` adds rows and sets their state;
# topic, series, priority and targets may be set by hand and are never overwritten.
"""


class Targets(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a single post should reach: size in KB of its file, number of formulas added."""

    kb: float | None = None
    formulas: int | None = None


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
    #: Other ids or titles under which the same post was listed.
    aliases: tuple[str, ...] = ()


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


def save(source: Path, entries: Iterable[Entry]) -> bool:
    """Write the catalogue; return whether it changed."""
    rows = [msgspec.to_builtins(entry, str_keys=True) for entry in entries]
    return write_atomic(source / FILE, _HEADER + (yamltext.dump(rows) if rows else "[]\n"))
