"""Reviews: who signed a post off, when, and what exactly was read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ext.edition.audit.facts import Review
from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic

FILE = "reviews.yaml"
_HEADER = "# Who reviewed which post, by its id; `python -m tools review POST --by NAME` adds to it.\n"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One review; ``digest`` is :func:`digest` of the post that was read, ``date`` an ISO day."""

    by: str
    date: str
    digest: str


def digest(body: str) -> str:
    """Return a digest of a post's body; the front matter and blank space at the ends of lines do not count."""
    lines = "\n".join(line.rstrip() for line in body.strip().split("\n"))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def load(source: Path) -> dict[str, Record]:
    """Return the last review of every post by its id; an edition without the file has none."""
    path = source / FILE
    if not path.is_file():
        return {}
    try:
        return msgspec.convert(yamltext.load(read_text(path), where=path) or {}, dict[str, Record])
    except msgspec.ValidationError as error:
        raise EditionError(str(error), where=path,
                           remedy="write reviews with `python -m tools review POST --by NAME`") from error


def save(source: Path, reviews: Mapping[str, Record]) -> bool:
    """Write the reviews; return whether the file changed."""
    return write_atomic(source / FILE, _HEADER + yamltext.dump(msgspec.to_builtins(dict(sorted(reviews.items())))))


def state(review: Record | None, current: str, commit: str = "") -> Review:
    """Return what the last review, which came in by *commit*, says of a post whose body has the digest *current*."""
    if review is None:
        return Review()
    return Review("reviewed" if review.digest == current else "stale", review.by, review.date, commit)
