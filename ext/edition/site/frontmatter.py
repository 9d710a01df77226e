"""Read and write the YAML front matter of a post."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ext.edition.site import yamltext
from ext.edition.site.errors import EditionError

#: The order in which a new post writes its keys; other keys follow as they came.
KEYS = ("id", "title", "date", "source", "author", "licence", "tags", "topic", "series", "number", "status",
        "origin", "fetched")
#: Every key that means something, and what. No other has any effect, whoever wrote it: a fetched or imported file
#: could set options of the parser by others (``myst``) and add to the head of the page (``html_meta``).
ALLOWED: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys(KEYS, "what a post is"), "license": "another spelling of licence",
    **dict.fromkeys(("via", "digest", "truncated", "receipt", "layers"), "how the post came here"),
    "notation": "what its symbols stand for: ext.edition.math.symbols",
    "dead_names": "what nothing in it may be called: ext.edition.posts.naming",
    "slug": "the name of its file", "posts": "the posts of a topic, in their order",
    **dict.fromkeys(("orphan", "tocdepth", "nosearch", "no-search"), "what Sphinx reads: navigation and search"),
})


class Parts(NamedTuple):
    """A Markdown file in two: its front matter and its body, which begins at line ``offset`` + 1."""

    meta: dict[str, Any]
    body: str
    offset: int


def split(text: str, *, where: Path | str = "text") -> Parts:
    """Split *text* into front matter and body; a file without front matter has an empty one.

    Dates become ISO strings, so that every value is plain data.
    Raises :class:`EditionError` with file and line when the YAML is broken.
    """
    if not text.startswith("---\n"):
        return Parts({}, text, 0)
    end = text.find("\n---", 3)
    while end != -1 and text[end + 4:end + 5] not in ("", "\n"):
        end = text.find("\n---", end + 1)
    if end == -1:
        raise EditionError("the front matter is not closed", where=f"{where}:1",
                           remedy="end it with a line ---")
    meta = yamltext.load(text[4:end + 1], where=where, first_line=2)
    if meta is None:
        meta = {}
    if not isinstance(meta, dict):
        raise EditionError("the front matter is not a mapping", where=f"{where}:2",
                           remedy="write one `key: value` a line")
    body = text[end + 5:]
    return Parts({str(k): _plain(v) for k, v in meta.items()}, body, text.count("\n", 0, end + 5))


def join(meta: Mapping[str, Any], body: str) -> str:
    """Return the text of a post: front matter in the order of :data:`KEYS`, a blank line, the body."""
    known = {k: meta[k] for k in KEYS if meta.get(k) not in (None, "", [], ())}
    rest = {k: v for k, v in meta.items() if k not in KEYS and v not in (None, "", [], ())}
    return f"---\n{yamltext.dump(known | rest)}---\n\n{body.strip(chr(10))}\n"


def replace(text: str, changes: Mapping[str, Any]) -> str:
    """Return a post with these values in its front matter; its other lines stay as they were written."""
    head, mark, body = text.partition("\n---\n")
    if not text.startswith("---\n") or not mark:
        return join(dict(changes), text) if changes else text
    for key, value in changes.items():
        line, whole = yamltext.dump({key: value}), head + "\n"
        # A value may go on over indented lines, or over the items of a list.
        found = re.search(rf"^{re.escape(key)}:.*\n(?:(?:[ \t-].*)?\n)*", whole, re.M)
        start, end = found.span() if found else (len(whole), len(whole))
        head = (whole[:start] + line + whole[end:])[:-1]
    return head + mark + body


def tags(value: object) -> tuple[str, ...]:
    """Return a tag list from YAML: a list, or the comma string that older editions wrote."""
    items = value if isinstance(value, (list, tuple)) else str(value or "").replace("，", ",").split(",")
    return tuple(dict.fromkeys(tag for item in items if (tag := str(item).strip())))


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value
