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

from ext.edition.posts.shelves import Leaf
from ext.edition.site.files import write_atomic
from ext.site.navigation import shelves, site
from ext.site.settings import edition, writes_site

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


def write(app: Sphinx, error: Exception | None) -> None:
    """Write ``feed.xml`` and ``sitemap.xml`` beside the pages."""
    address = edition(app.config).edition.url
    if error is not None or not address or not writes_site(app.builder):
        return
    builder = app.builder
    root = address.rstrip("/") + "/"
    dated = [(leaf, moment(leaf)) for leaf in shelves(app).posts if moment(leaf)][:NEWEST]
    known = site(app)
    pages = [name for name in (*sorted(known.digests), *sorted(known.page_digests)) if name not in _HIDDEN]
    context = {"root": root, "edition": edition(app.config).edition, "author": edition(app.config).site.author,
               "posts": [(leaf, when, urljoin(root, builder.get_target_uri(leaf.docname))) for leaf, when in dated],
               "updated": max((when for _, when in dated), default="1970-01-01T00:00:00Z"),
               "pages": [urljoin(root, builder.get_target_uri(name)) for name in pages]}
    for name in ("feed.xml", "sitemap.xml"):
        write_atomic(Path(app.outdir) / name, builder.templates.render(f"zhushu/{name}", context))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the writing of both files."""
    app.setup_extension("ext.site.navigation")
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
