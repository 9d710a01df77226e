"""The map of a series or topic on its page: a drawn graph of which of its posts build on which.

The posts are a list of links, in order; the drawing beside them repeats what the list says in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx

from ext.edition.links.external import iri
from ext.edition.links.graph import DOT, ROW, chart
from ext.edition.posts.shelves import Leaf
from ext.links.related import relations
from ext.site.navigation import add_part
from ext.site.wording import RELATED_WORDS, words

#: A map of fewer posts says nothing.
LEAST = 2


def draw(app: Sphinx, docname: str, leaves: Sequence[Leaf]) -> str:
    """Return the map of *leaves*, the earliest first, for the page *docname*; nothing where no two are linked."""
    known = relations(app)
    titles = {leaf.docname: leaf.title for leaf in leaves}
    links = {name: {one.docname for one in known[name].out} for name in titles if name in known}
    made = chart(tuple(titles), links)
    if len(made.nodes) < LEAST:
        return ""
    rendered: str = app.builder.templates.render("zhushu/map.html", {
        "map": made, "titles": titles, "row": ROW, "dot": DOT, "ui": words(app.config, RELATED_WORDS), "anchor": "map",
        "uri": {name: iri(app.builder.get_relative_uri(docname, name)) for name in titles}})
    return Markup(rendered)  # noqa: S704 - a template that escapes what it is given


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the map as a part of series and topic pages."""
    app.setup_extension("ext.links.related")
    add_part(app, draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
