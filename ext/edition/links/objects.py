"""The inventory of an edition, ``objects.inv``, as what it is: lines of names and the addresses that they lead to."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from ext.edition.site.errors import EditionError

_HEAD = b"# Sphinx inventory version 2\n"
_LINES = 4
_ROLE = re.compile(r"[\w.-]+:[\w.-]+")
_PRIORITY = re.compile(r"-?\d+")

#: Under which an edition lists its posts by their ids, which no word of a text can be.
POST = "std:post"


class Item(NamedTuple):
    """One entry: its name, ``domain:role``, the page it is on, its title, and the line itself."""

    name: str
    role: str
    page: str
    title: str
    line: str


def read(data: bytes, *, where: object = "objects.inv") -> tuple[bytes, tuple[Item, ...]]:
    """Return the head of an inventory and its entries; what is none is an error."""
    parts = data.split(b"\n", _LINES)
    if not data.startswith(_HEAD) or len(parts) <= _LINES:
        raise EditionError("is no inventory of Sphinx", where=str(where), remedy="build the edition with `make html`")
    try:
        text = zlib.decompress(parts[_LINES]).decode("utf-8")
    except (zlib.error, UnicodeDecodeError) as error:
        raise EditionError(f"is damaged: {error}", where=str(where), remedy="build the edition again") from error
    return b"\n".join(parts[:_LINES]) + b"\n", tuple(filter(None, map(_item, text.splitlines())))


def _item(line: str) -> Item | None:
    """Read a line: name, role, priority, address and title; the name and the title may have blanks in them."""
    words = line.split(" ")
    for at in range(len(words) - 4, 0, -1):
        if _ROLE.fullmatch(words[at]) and _PRIORITY.fullmatch(words[at + 1]):
            name, title = " ".join(words[:at]), " ".join(words[at + 3:])
            return Item(name, words[at], words[at + 2].partition("#")[0].replace("$", name),
                        name if title == "-" else title, line)
    return None


def write(head: bytes, items: Iterable[Item]) -> bytes:
    """Return the inventory of these entries."""
    return head + zlib.compress("".join(f"{item.line}\n" for item in items).encode(), 9)
