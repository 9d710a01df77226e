"""Tell others how to show a link to a page: its title, the beginning of its text, its date and a picture.

The Open Graph tags stand in ``templates/zhushu/social.html``. An extension for them exists, but it writes the TeX of
formulas into descriptions, knows no page without a source, and lets the front matter of a fetched post add tags.
Addresses have to be whole there: an edition that has none yet names neither its pages nor the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from ext.annotations.nodes import ANNOTATIONS
from ext.build.kept import KeptCollector, kept
from ext.edition.math.plain import plain
from ext.site.settings import edition
from ext.site.syndication import BEGINNINGS, moment

#: Characters of a description: a first paragraph shorter than this says nothing of its page.
SHORTEST, LONGEST = 30, 160
#: Made once for every edition, 1200 by 630 pixels; a picture of each title would need a Chinese font on every machine.
CARD = "_static/card.png"
LOCALES = {"zh_CN": "zh_CN", "en": "en_US"}
#: An address in a text says nothing that a link does not; "where this is from: …" is no beginning.
_ADDRESS = re.compile(r"https?://[!-~]+")
_SILENT = (nodes.image, nodes.raw, nodes.footnote_reference, nodes.problematic, nodes.Invisible)


def description(doctree: nodes.document) -> str:
    """Return the beginning of a page's own text in one line, its formulas as characters."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(_ADDRESS.sub("", "".join(_words(paragraph))).split())
        if len(text) >= SHORTEST and not _added(paragraph):
            return text if len(text) <= LONGEST else text[:LONGEST - 1].rstrip() + "…"
    return ""


def _words(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.math | nodes.math_block):
        yield plain(node.get("html", ""))
    elif isinstance(node, nodes.Text):
        yield str(node)
    elif not isinstance(node, _SILENT):
        for child in node.children:
            yield from _words(child)


def _added(node: nodes.Node) -> bool:
    """Tell whether a paragraph was added to the original."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, ANNOTATIONS) or (isinstance(node, nodes.section) and "annotation" in node["classes"]):
            return True
    return False


class Beginnings(KeptCollector):
    """Keep how each post begins, for the feed: it names posts that a build did not write."""

    table = BEGINNINGS

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Keep the beginning of the post that was just read."""
        docname = app.env.current_document.docname
        if docname.startswith("posts/") and (begun := description(doctree)):
            kept(app.env, BEGINNINGS)[docname] = begun


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the layout what it says to others of a page."""
    about, leaf, shelf = edition(app.config).edition, context.get("leaf"), context.get("topic_shelf")
    own = description(doctree) if doctree is not None and pagename != app.config.root_doc else ""
    context["social"] = {
        "description": own or getattr(shelf, "description", "") or about.description or about.subtitle,
        "locale": LOCALES.get(app.config.language, app.config.language),
        "published": moment(leaf) if leaf else "",
        "card": urljoin(about.url.rstrip("/") + "/", CARD) if about.url else "",
    }


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the context of the tags."""
    app.setup_extension("ext.site.navigation")
    app.add_env_collector(Beginnings)
    # After the navigation, which knows what kind of page it is.
    app.connect("html-page-context", add_context, priority=700)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
