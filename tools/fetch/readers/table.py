"""The readers by the kind of file that each reads; what is not here is left to feedparser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.fetch.answered import Page
from tools.fetch.readers import blogger, ghost, jsonfeed, opml, wordpress
from tools.fetch.readers.batch import Batch

OPML = "an OPML list of feeds"
READERS: Mapping[str, Callable[[Page], Batch]] = {
    "a WordPress export (WXR)": wordpress.read,
    "a Blogger backup": blogger.read,
    "a JSON feed": jsonfeed.read,
    "a Ghost export": ghost.read,
    OPML: opml.read,
}
#: What feedparser reads.
FEEDS = frozenset({"an RSS feed", "an Atom feed"})
