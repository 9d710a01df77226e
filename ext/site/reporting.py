"""Let readers say what is wrong where it stands: a link to a new issue of the edition's repository, filled in.

The page holds one address to fill and the lines of its source; ``report.js`` makes the links from them and from the ids
that are there. Without ``repository`` there is nothing.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx

from ext.annotations.annotating import annotation_index
from ext.edition.posts.citable import IN_SCRIPT
from ext.edition.site.files import read_text
from ext.math.equations import equations
from ext.site.settings import edition, text

_WORDS = {
    "report": ("报告此处有误", "Report a mistake here"), "short": ("报告", "Report"), "post": ("文章", "post"),
    "place": ("位置", "place"), "ask": ("哪里不对，应当怎样？", "What is wrong, and what should it be?")}


def form(repository: str) -> str:
    """Return the address of a new issue, with ``{title}`` and ``{body}`` to fill, or nothing where nobody knows it.

    GitLab has one of its own; GitHub, Gitea and Forgejo have the same.
    """
    try:
        parts = urlsplit(repository)
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/").count("/") < 1:
        return ""
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('.git')}"
    if "gitlab" in parts.hostname:
        return base + "/-/issues/new?issue[title]={title}&issue[description]={body}"
    return base + "/issues/new?title={title}&body={body}"


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the page of a post what its links are made of."""
    record, address = context.get("record"), form(edition(app.config).edition.repository)
    if doctree is None or record is None or not address:
        return
    path = Path(app.env.doc2path(pagename))
    known = equations(app.env).get(pagename, ())
    page = annotation_index(app.env).pages.get(pagename)
    given = {
        "address": address, "post": record.id or record.docname.rpartition("/")[2],
        "source": path.relative_to(Path(app.srcdir).parent).as_posix(),
        "digest": hashlib.sha256(read_text(path).encode()).hexdigest()[:16],
        "equations": [one.line or 0 for one in known],
        # Where the id is no content id, what the equation says is not in it.
        "contents": {one.anchor: one.content for one in known if one.id != one.content},
        "annotations": [one.line or 0 for one in (page.annotations if page else ())],
        "words": {name: text(app.config, *both) for name, both in _WORDS.items()}}
    written = json.dumps(given, ensure_ascii=False, separators=(",", ":")).translate(IN_SCRIPT)
    context["report"] = Markup(written)  # noqa: S704 - nothing in it can end the script


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the links."""
    app.setup_extension("ext.site.navigation")
    app.setup_extension("ext.annotations.annotating")
    app.add_js_file("report.js", loading_method="defer")
    # After the navigation, which knows what kind of page it is.
    app.connect("html-page-context", add_context, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
