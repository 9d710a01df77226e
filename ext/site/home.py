"""The home page: directives that draw what the edition holds, all from its data.

``{edition-home}`` draws every part; with an argument it draws one: ``lead`` (what this is, and the search),
``topics``, ``start`` (where to begin), ``newest``. Without posts it says how to get some. What it says of
annotations is what the audit measured, not what front matter claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from ext.audit.state import rows
from ext.build import views
from ext.edition.audit.coverage import CoverCounts
from ext.edition.audit.shares import percent
from ext.edition.links.external import iri
from ext.edition.posts.shelves import Leaf, Shelf, Shelves, digest
from ext.site.languages import original_language
from ext.site.navigation import shelves
from ext.site.settings import edition, text
from ext.site.wording import STATES, words

PARTS = ("lead", "topics", "start", "newest")
VIEW = "home"
#: How many posts, series and finished posts the home page names.
NEWEST, PATHS, FINISHED = 10, 6, 4


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader may begin: the longest series, and posts whose equations are all derived or explained."""

    series: tuple[Shelf, ...]
    finished: tuple[Leaf, ...]


def start(known: Shelves, measured: Mapping[str, CoverCounts]) -> Start:
    """Choose where to begin; a series needs two posts to be a path, a finished post equations to be covered."""
    finished = {docname for docname, counts in measured.items() if counts.covered == counts.total > 0}
    return Start(tuple(shelf for shelf in known.series if len(shelf.posts) > 1)[:PATHS],
                 tuple(leaf for leaf in known.posts if leaf.docname in finished)[:FINISHED])


def coverage(app: Sphinx) -> dict[str, CoverCounts]:
    """Return the equation coverage of every post whose layers are known, by document name."""
    return {docname: row.coverage for docname, row in rows(app).items() if row.coverage}


def by_topic(known: Shelves, measured: Mapping[str, CoverCounts]) -> dict[str, CoverCounts]:
    """Add up the coverage of every topic, by its slug."""
    return {topic.slug: sum((measured[leaf.docname] for leaf in topic.posts if leaf.docname in measured),
                            CoverCounts()) for topic in known.topics}


class home_part(nodes.General, nodes.Element):
    """A part of the home page, drawn when the page is written."""


class HomeDirective(SphinxDirective):
    """Put one part of the home page, or all of them, where it stands."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return placeholders: what they show is known when all documents are read."""
        views.shows(self.env, VIEW)
        chosen = [directives.choice(self.arguments[0], PARTS)] if self.arguments else list(PARTS)
        return [home_part("", part=part) for part in chosen]


def context(app: Sphinx) -> dict[str, Any]:
    """Return what the parts show."""
    known, measured = shelves(app), coverage(app)
    return {
        "edition": edition(app.config), "shelves": known, "start": start(known, measured),
        "newest": known.posts[:NEWEST],
        "ui": words(app.config), "language": app.config.language,
        "state_name": lambda state: text(app.config, *STATES.get(state, (state, state))),
        "coverage": by_topic(known, measured), "percent": percent,
        "original_language": original_language(app.config)}


def visit_html(self: HTML5Translator, node: home_part) -> None:
    """Draw a part."""
    app = self.builder._app
    here = self.builder.current_docname
    shown = context(app) | {
        "pathto": lambda name, resource=0: iri(self.builder.get_relative_uri(here, name)), "part": node["part"]}
    self.body.append(self.builder.templates.render("zhushu/home.html", shown))
    raise nodes.SkipNode


def skip(self: nodes.NodeVisitor, node: home_part) -> None:
    """Leave the part out where there is no page to draw it on."""
    raise nodes.SkipNode


def shown(app: Sphinx) -> dict[str, str]:
    """Return the digest of what the home page shows, for every page that shows it."""
    known, measured = shelves(app), coverage(app)
    now = digest(known.topics, start(known, measured), known.posts[:NEWEST], by_topic(known, measured))
    return dict.fromkeys(views.showing(app.env, VIEW), now)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.setup_extension("ext.site.navigation")
    app.setup_extension("ext.audit")
    app.add_node(home_part, html=(visit_html, None), latex=(skip, None), text=(skip, None), man=(skip, None),
                 texinfo=(skip, None))
    app.add_directive("edition-home", HomeDirective)
    views.add_view(app, VIEW, shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
