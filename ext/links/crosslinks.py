"""Point links between posts at the mirrored posts, and addresses of the blog at the blog.

A fetched post links to other posts by their address on the blog, often without the host. While a document is read,
every such link becomes a :class:`post_link`; when it is written, the link leads to the mirrored post if the edition
has it and to the source if not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.nodes import make_refnode

from ext.build.once import once
from ext.build.views import add_view
from ext.edition.posts.identity import NEVER, NOWHERE, ids, not_a_post
from ext.links import elsewhere
from ext.posts.listed import listed
from ext.posts.measure import posts, records
from ext.site.settings import edition

VIEW = "crosslinks"


class post_link(nodes.Inline, nodes.TextElement):
    """A link to a post of the blog: ``post`` (its archive id), ``url`` and ``fragment``."""


class ReadLinks(SphinxTransform):
    """Recognise addresses of the blog before Sphinx looks for files of that name."""

    default_priority = 10

    def apply(self, **kwargs: Any) -> None:
        """Rewrite the links of the document being read."""
        base = edition(self.config).site.url
        self._hosts = {host for url in (base, _source(self.document)) if (host := urlsplit(url).hostname)}
        for node in list(self.document.findall(addnodes.pending_xref)):
            target = node["reftarget"]
            # MyST takes `/archives/1` for a file of the sources; only what is none is an address of the blog.
            if base and target.startswith("/") and not (Path(self.env.srcdir) / target.lstrip("/")).exists():
                node.replace_self(self._link(urljoin(base, target), node.children))
        for reference in list(self.document.findall(nodes.reference)):
            if urlsplit(reference.get("refuri", "")).hostname in self._hosts:
                reference.replace_self(self._link(reference["refuri"], reference.children))

    def _link(self, url: str, children: list[nodes.Node]) -> nodes.Element:
        site = edition(self.config).site
        if not_a_post(site, url) in (*NEVER, *NOWHERE):
            return nodes.reference("", "", *children, refuri=url)
        return post_link("", "", *children, post=ids(site, [url])[0], url=url, fragment=urlsplit(url).fragment)


def _source(doctree: nodes.document) -> str:
    """Return where a document was taken from, as its front matter says."""
    # Front matter is a list of fields first, and becomes docinfo when transforms have run.
    matter = (child for child in doctree.children if isinstance(child, (nodes.docinfo, nodes.field_list)))
    return next((field[1].astext().strip() for info in matter
                 for field in info.findall(nodes.field) if field[0].astext() == "source"), "")


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Point every :class:`post_link` of the page being written to the mirrored post, or else to the source."""
    for node in list(doctree.findall(post_link)):
        target = documents(app).get(node["post"])
        if target is None:
            url = elsewhere_posts(app).get(node["post"])  # the mirror of another edition, or else the source
            refuri = node["url"] if url is None else url + (node["fragment"] and f"#{node['fragment']}")
            link: nodes.Element = nodes.reference("", "", *node.children, refuri=refuri)
        else:
            link = make_refnode(app.builder, docname, target, node["fragment"], list(node.children))
        node.replace_self(link)


@once
def documents(app: Sphinx) -> Mapping[str, str]:
    """Return the document of every post by its id and by the other ids it was listed under, once a build."""
    own = {record.id: record.docname for record in posts(app.env) if record.id}
    rows = listed(app).values()
    return {alias: own[row.id] for row in rows if row.id in own for alias in row.aliases} | own


@once
def elsewhere_posts(app: Sphinx) -> Mapping[str, str]:
    """Return the addresses of the posts that other editions have, by their ids."""
    return elsewhere.posts(app.config)


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every page with links to posts, where they lead at present."""
    known = documents(app)
    return {docname: " ".join(known.get(target, "-") for target in record.links_to)
            for docname, record in records(app.env).items() if record.links_to}


def _nothing(translator: object, node: post_link) -> None:
    """Show the text of a link that stays one nowhere."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the node, the transform, the resolving and the view."""
    app.setup_extension("ext.links.elsewhere")
    # One in a heading is also read for the table of contents, which shows its text alone.
    shown = (_nothing, _nothing)
    app.add_node(post_link, html=shown, latex=shown, text=shown, man=shown, texinfo=shown)
    app.add_transform(ReadLinks)
    app.connect("doctree-resolved", resolve)
    add_view(app, VIEW, digests)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
