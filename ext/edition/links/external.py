"""The external links of a post's Markdown, with their lines; and how our own are written."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urlsplit

from ext.edition.posts.blocks import inline_reader

#: Whole letters beyond ASCII, percent-encoded as UTF-8.
_ESCAPED = re.compile(r"(?:%C[2-9A-F]%[89AB][0-9A-F]|%D[0-9A-F]%[89AB][0-9A-F]|%E[0-9A-F](?:%[89AB][0-9A-F]){2})+")


class Link(NamedTuple):
    """An address and the line of the text, from 1, whose paragraph links to it."""

    line: int
    url: str


def external(body: str, *, first: int = 1) -> Iterator[Link]:
    """Yield the http and https links and pictures of *body*, without their fragments, in order.

    Code and formulas hold none; the text of directives between colons does. ``first`` is the line of its first line.
    """
    for token in inline_reader().parse(body):
        line = first + (token.map[0] if token.map else 0)
        if token.type == "colon_fence":
            yield from external(token.content, first=line + 1)
        for child in token.children or ():
            found = child.attrGet("href" if child.type == "link_open" else "src")
            if found and urlsplit(str(found)).scheme in ("http", "https"):
                yield Link(line, urldefrag(str(found)).url)


@functools.lru_cache(4096)  # a page of a list leads to where others of its kind do
def iri(address: str) -> str:
    """Write the letters of an address as themselves: a page of Chinese links is a third lighter."""
    return _ESCAPED.sub(lambda found: unquote(found[0], errors="strict"), address)
