"""Let others cite a post: tags for reference managers, JSON-LD for search engines, and its BibTeX at its foot."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx

from ext.edition.posts.citable import Citable, bibtex, json_ld, tags
from ext.edition.posts.measures import PostRecord
from ext.site.settings import edition, text


def citable(app: Sphinx, record: PostRecord, address: str) -> Citable:
    """Return what is known of a post; *address* is that of its page, empty for an edition that has none."""
    loaded = edition(app.config)
    source = record.source if record.source.startswith(("https://", "http://")) else ""
    licence = record.licence or (loaded.site.licence if source else "")
    return Citable(
        record.docname.rpartition("/")[2], record.title, record.author or (loaded.site.author if source else ""),
        loaded.edition.author, record.date, address, source, loaded.edition.title,
        "en" if app.config.language == "en" else "zh", licence, record.tags)


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the page of a post what others cite it by."""
    record = context.get("record")
    if doctree is None or record is None:
        return
    known = citable(app, record, context.get("pageurl") or "")
    context["cite"] = {
        "tags": tags(known), "bibtex": bibtex(known), "json_ld": Markup(json_ld(known)),  # noqa: S704 - see json_ld
        "words": {"cite": text(app.config, "引用", "Cite"), "button": text(app.config, "复制", "Copy")}}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the context of the tags."""
    app.setup_extension("ext.site.navigation")
    # After the navigation, which knows what kind of page it is.
    app.connect("html-page-context", add_context, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
