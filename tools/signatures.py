"""Say what a file is by its first bytes, and which option reads it: for whoever gave it to the wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ext.edition.site.errors import EditionError

_HEAD = 20_000


class Kind(NamedTuple):
    """What a file may be: its name in messages, how it is known, and what is done with it."""

    name: str
    test: Callable[[bytes], bool]
    remedy: str


def _starts(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signs)


def _has(pattern: bytes, flags: int = re.I) -> Callable[[bytes], bool]:
    compiled = re.compile(pattern, flags)
    return lambda head: bool(compiled.search(head))


_FEED = "give it to --feed (an address) or to --export (a file)"
_EXPORT = "give it to `fetch --export FILE`"
_HTML = "save the page as HTML into a folder, and give that to --pages"
#: The first that fits is what the file is.
KINDS = (
    Kind("empty", lambda head: not head.strip(), "check the address or the file"),
    Kind("a PDF", _starts(b"%PDF"), _HTML),
    Kind("a picture", _starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF"), "leave it out"),
    Kind("a ZIP archive", _starts(b"PK\x03\x04"),
         "unpack it, and give the folder to --pages (HTML) or to `import-markdown` (Markdown)"),
    Kind("compressed", _starts(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"),
         "unpack it first; a compressed WARC file goes to --warc as it is, a compressed sitemap to --sitemap"),
    Kind("a database", _starts(b"SQLite format 3"), "export the posts from the program that made it"),
    Kind("a WARC file", _starts(b"WARC/"), "give it to --warc"),
    Kind("a page saved as MHTML", _has(rb"\AFrom: <Saved by|^MIME-Version: ", re.M), _HTML),
    Kind("a page saved by Safari", _starts(b"bplist00"), _HTML),
    Kind("a WordPress export (WXR)", _has(rb"wordpress\.org/export/|<wp:wxr_version"), _EXPORT),
    Kind("a Blogger backup", _has(rb"blogger\.com,1999:blog-\d+\.archive\b|<blogger:(?:type|status)>"), _EXPORT),
    Kind("an OPML list of feeds", _has(rb"<opml[\s>]"), _FEED),
    Kind("a sitemap", _has(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]"), "give it to --sitemap"),
    Kind("an Atom feed", _has(rb"<(?:\w+:)?feed[\s>]"), _FEED),
    Kind("an RSS feed", _has(rb"<(?:rss|rdf:rdf|channel)[\s>]"), _FEED),
    Kind("an HTML page", _has(rb"<(?:!doctype html|html|head|body)[\s>]"),
         "give its folder to --pages, its address to --url, or to --archive if it lists posts"),
    Kind("a JSON feed", _has(rb"jsonfeed\.org/version"), _FEED),
    Kind("a Ghost export", _has(rb'\A\s*\{\s*"(?:db|meta)"\s*:', 0), _EXPORT),
    Kind("a Jupyter notebook", _has(rb'\A\s*\{\s*"(?:cells|nbformat|metadata)"\s*:', 0),
         "convert it with `jupyter nbconvert --to html`, and give the folder to --pages"),
    Kind("JSON of some other kind", _starts(b"{", b"["), "export the posts as RSS, JSON Feed or HTML"),
    Kind("XML of some other kind", _starts(b"<?xml"), "export the posts as RSS, Atom or HTML"),
    Kind("Markdown", _has(rb"\A(?:---|\+\+\+)[ \t]*\r?\n|^#{1,6} \S", re.M),
         "give its folder to `python -m tools import-markdown`"),
    Kind("HTML without a head", _has(rb"<(?:p|div|article|h1|table)[\s>]"), "give its folder to --pages"),
)
OTHER = Kind("of no kind that can be read", lambda head: True, "check the address or the file")
_ENCODED = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))


def kind_of(body: bytes) -> Kind:
    """Return what a file is."""
    head = body[:_HEAD]
    for sign, codec in _ENCODED:
        if head.startswith(sign):
            head = head[len(sign):].decode(codec, "replace").encode()
    head = head if head[:1] == b"%" else head.lstrip(b" \t\r\n")
    return next((kind for kind in KINDS if kind.test(head)), OTHER)


def misplaced(body: bytes, wanted: str, where: object) -> EditionError:
    """Return the error for a file that is not what an option reads: what it is, and which option reads it."""
    kind = kind_of(body)
    return EditionError(f"is {kind.name}, not {wanted}", where=where, remedy=kind.remedy)
