"""The catalogue of the edition, read once a build, and as YAML only when it changed, which takes a while."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from ext.build.contents import digest
from ext.build.once import once
from ext.edition.posts import catalogue
from ext.edition.posts.catalogue import Entry
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_state, write_atomic

#: Beside the doctrees.
STORED = "catalogue.json"


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows of the catalogue, and the digest of the file that holds them."""

    of: str
    rows: dict[str, Entry]


@once
def listed(app: Sphinx) -> Mapping[str, Entry]:
    """Return the catalogue's rows by the ids of the posts."""
    source, path = Path(app.srcdir), Path(app.doctreedir, STORED)
    now = digest(source / catalogue.FILE)
    known = read_state(path, Stored)
    if known is not None and known.of == now:
        return known.rows
    try:
        rows = catalogue.load(source)
    except EditionError as error:
        raise ConfigError(str(error)) from error
    write_atomic(path, msgspec.json.encode(Stored(now, rows)), lasting=False)
    return rows
