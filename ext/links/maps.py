"""The map of a series or topic on its page: a drawn graph of which of its posts build on which.

The posts are a list of links, in order; the drawing beside them repeats what the list says in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sphinx.application import Sphinx

from ext.edition.posts.shelves import Leaf
from ext.links.related import relations
from ext.site.navigation import add_part, drawn
from ext.site.wording import RELATED_WORDS, words


def draw(app: Sphinx, docname: str, leaves: Sequence[Leaf]) -> str:
    """Return the map of *leaves*, the earliest first, for the page *docname*; nothing where no two are linked."""
    known = relations(app)
    titles = {leaf.docname: leaf.title for leaf in leaves}
    links = {name: {one.docname for one in known[name].out} for name in titles if name in known}
    return drawn(app, docname, titles, links, words(app.config, RELATED_WORDS), "map")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the map as a part of series and topic pages."""
    app.setup_extension("ext.links.related")
    add_part(app, draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
