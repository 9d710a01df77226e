"""Fill in empty keys of a post's front matter, and touch nothing else of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ext.edition.site import frontmatter, yamltext

_EMPTY = r"""[ \t]*+(?:(?:''|""|~|null|\[\])[ \t]*+)?(?:#.*)?"""


def fill(text: str, values: Mapping[str, str | int]) -> str:
    """Return *text* with those of *values* that its front matter lacks or leaves empty.

    Every other line stays as it was written. A file without front matter is returned unchanged.
    """
    meta = frontmatter.split(text).meta
    if not text.startswith("---\n"):
        return text
    for key, value in values.items():
        if meta.get(key) not in (None, "", []):
            continue
        line = yamltext.dump({key: value})
        end = text.index("\n---", 3) + 1
        empty = re.search(rf"(?m)^{re.escape(key)}:{_EMPTY}\n", text[:end])
        start, stop = empty.span() if empty else (end, end)
        text = text[:start] + line + text[stop:]
    return text
