"""Tell others what the edition holds: an Atom feed of the newest posts and a sitemap, where it has an address.

Both list all posts, also those that an incremental build did not write, so they are made from the shelves and
not from the pages as they are written.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from sphinx.application import Sphinx

from ext.build.kept import kept
from ext.edition.posts.shelves import Leaf
from ext.edition.site.files import write_atomic
from ext.site.navigation import records_of, shelves, site
from ext.site.settings import edition, writes_site

#: The table of how each document begins, see ``ext.site.social``.
BEGINNINGS = "beginnings"
#: How many posts the feed lists.
NEWEST = 30
#: Pages that lead nowhere from a search engine.
_HIDDEN = frozenset({"404", "search"})


def moment(leaf: Leaf) -> str:
    """Return the day of a post as Atom writes a moment, or nothing where it is unknown or no date."""
    try:
        day = datetime.date.fromisoformat(leaf.date)
    except ValueError:
        return ""
    return f"{day.isoformat()}T00:00:00Z"


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def write(app: Sphinx, error: Exception | None) -> None:
    """Write ``feed.xml``, ``sitemap.xml`` and ``robots.txt`` beside the pages."""
    address = edition(app.config).edition.url
    if error is not None or not address or not writes_site(app.builder):
        return
    builder = app.builder
    root = address.rstrip("/") + "/"
    dated = [(leaf, moment(leaf)) for leaf in shelves(app).posts if moment(leaf)][:NEWEST]
    known = site(app)
    pages = [name for name in (*sorted(known.digests), *sorted(known.page_digests)) if name not in _HIDDEN]
    measured, begun = records_of(app), kept(app.env, BEGINNINGS)

    def changed(name: str) -> str:
        """Return the last day that a post is known to have been written or fetched on."""
        record = measured.get(name)
        days = [day for day in (record.date, record.fetched) if _is_day(day)] if record is not None else []
        return max((day[:10] for day in days), default="")

    context = {"root": root, "edition": edition(app.config).edition, "author": edition(app.config).site.author,
               "rights": edition(app.config).site.licence,
               "posts": [(leaf, when, urljoin(root, builder.get_target_uri(leaf.docname)), begun.get(leaf.docname, ""),
                          measured[leaf.docname].licence) for leaf, when in dated],
               "updated": max((when for _, when in dated), default="1970-01-01T00:00:00Z"),
               "pages": [(urljoin(root, builder.get_target_uri(name)), changed(name)) for name in pages]}
    for name in ("feed.xml", "sitemap.xml", "robots.txt"):
        write_atomic(Path(app.outdir) / name, builder.templates.render(f"zhushu/{name}", context))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the writing of both files."""
    app.setup_extension("ext.site.navigation")
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
