"""Read a Blogger backup: the one file of old, and the ``feed.atom`` that Google's export gives today."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from tools.fetch.answered import Page
from tools.fetch.entries import Listed, iso_date, joined
from tools.fetch.readers.batch import Batch, read_xml, text_in

_KINDS = {"comment": "a comment", "page": "a page", "settings": "a setting", "template": "a template"}
_SCHEME = "http://schemas.google.com/g/2005#kind"


def read(answer: Page) -> Batch:
    """Return the published posts; comments, pages, settings and drafts are counted."""
    root = read_xml(answer.body, answer.url)
    home = _link(root) or answer.url
    posts: list[Listed] = []
    left: Counter[str] = Counter()
    for entry in root.iter("{http://www.w3.org/2005/Atom}entry"):
        kind = _kind(entry)
        draft = text_in(entry, "blogger:status").upper() in ("DRAFT", "SCHEDULED", "SOFT_TRASHED") or any(
            (element.text or "").strip() == "yes" for element in entry.iter("{*}draft"))
        if kind != "post":
            left[_KINDS.get(kind, f"of the kind {kind!r}")] += 1
        elif draft:
            left["a draft"] += 1
        else:
            posts.append(_post(entry, home))
    return Batch(tuple(posts), left)


def _kind(entry: etree._Element) -> str:
    told = text_in(entry, "blogger:type").lower()
    named = [str(c.get("term") or "") for c in entry.iter("{*}category") if c.get("scheme") == _SCHEME]
    return told or (named[0].rpartition("#")[2] if named else "post")


def _link(element: etree._Element) -> str:
    links = [link for link in element.iterchildren("{*}link") if link.get("rel") in ("alternate", None)]
    return str(links[0].get("href") or "") if links else ""


def _post(entry: etree._Element, home: str) -> Listed:
    name = text_in(entry, "blogger:filename")
    author = next(entry.iterchildren("{*}author"), None)
    tags = [str(c.get("term") or "").strip() for c in entry.iter("{*}category") if c.get("scheme") != _SCHEME]
    link = _link(entry)
    return Listed(
        url=joined(home, link or name) if link or name else "", guid=text_in(entry, "id"),
        title=text_in(entry, "title"),
        date=iso_date(text_in(entry, "published")), updated=iso_date(text_in(entry, "updated")),
        author=text_in(author, "name") if author is not None else "",
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)), html=text_in(entry, "content") or None, whole=True,
        kind="feed")
