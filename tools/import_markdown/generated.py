"""What the sources of Hugo, Jekyll and Hexo say besides Markdown: other front matter, drafts, days in file names."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ext.edition.site.frontmatter import Parts
from tools.import_markdown.doings import Notes

_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})-(.+)")
#: Keys that only generators of sites write; they say that a file is a source of one.
_OWN = frozenset({"draft", "layout", "categories", "category", "published", "permalink", "math", "mathjax", "katex",
                  "toc", "weight", "lastmod", "excerpt"})
_INDEX = frozenset({"index", "readme"})


def read(text: str, name: str, notes: Notes) -> Parts | None:
    """Return front matter in TOML or JSON and the body; None when the file begins with neither."""
    if text.startswith("+++\n"):
        end = text.find("\n+++", 3)
        head, body = text[4:max(end, 3) + 1], text[end + 4:].partition("\n")[2]
        if end < 0:
            return None
        try:
            return Parts({key: _plain(value) for key, value in tomllib.loads(head).items()}, body, 0)
        except tomllib.TOMLDecodeError as error:
            notes.leave("front matter that is no TOML", str(error))
            return Parts({}, body, 0)
    if re.match(r"\{\s*\"", text):
        try:
            meta, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return None
        return Parts(meta, text[end:].lstrip("\n"), 0) if isinstance(meta, dict) else None
    return None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def is_source(meta: Mapping[str, Any], body: str) -> bool:
    """Tell whether a file is the source of a generator rather than the output of a converter."""
    return bool(_OWN.intersection(meta)) or "{{<" in body or "{{%" in body or "{% " in body


def is_draft(meta: Mapping[str, Any], name: str) -> bool:
    """Tell whether the author has not published a post."""
    folders = PurePosixPath(name).parts[:-1]
    return meta.get("draft") is True or meta.get("published") is False or "_drafts" in folders


def completed(meta: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the front matter with what the generator takes from elsewhere: the day in the name, other keys."""
    dated = _DATED.fullmatch(stem(name))
    tags = meta.get("tags") or meta.get("tag") or meta.get("categories") or meta.get("category")
    address = next((str(meta[key]) for key in ("source", "canonical", "canonicalURL", "canonical_url", "original")
                    if str(meta.get(key) or "").startswith("http")), "")
    return {**meta, **({"date": dated[1]} if dated and not meta.get("date") else {}),
            **({"tags": tags} if tags else {}), **({"source": address} if address else {})}


def stem(name: str) -> str:
    """Return what names a post: its file, or the folder of an ``index.md``."""
    path = PurePosixPath(name)
    return path.parent.name if path.stem.lower() in _INDEX and path.parent.name else path.stem


def slug(name: str) -> str:
    """Return the name of a post without the day before it."""
    dated = _DATED.fullmatch(stem(name))
    return dated[2] if dated else stem(name)
