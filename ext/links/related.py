"""Related posts: at the end of each post, those it leads to and those that lead to it, with the sentence of the link.

Links are collected while a post is read. Its page is written again when what leads to it changed, not otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.annotations.domain import annotation_domain
from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.build.views import add_view
from ext.build.walks import instances
from ext.edition.links.mentions import Mention, Piece, Relations, relate, sentence
from ext.edition.posts.shelves import digest
from ext.links.crosslinks import documents, post_link
from ext.math.equations import document_of
from ext.posts.measure import posts
from ext.site.wording import RELATED_WORDS, words

VIEW = "related"
#: How many posts are listed at once in each direction; the others can be unfolded.
SHOWN = 8
_SILENT = (nodes.raw, nodes.comment, nodes.footnote_reference, nodes.system_message)

_TABLE = "mentions"


def mentions(doctree: nodes.document) -> Iterator[Mention]:
    """Yield what may be a link to another post, with its sentence."""
    for node in instances(doctree, post_link, addnodes.pending_xref):
        assert isinstance(node, nodes.Element)
        named = _named(node)
        if named is None:
            continue
        block = node.parent
        while block.parent is not None and not isinstance(block, nodes.paragraph | nodes.section | nodes.list_item):
            block = block.parent
        inside = isinstance(block, nodes.paragraph)
        yield Mention(*named, sentence(tuple(_pieces(block, node))) if inside else "")


def _named(node: nodes.Element) -> tuple[str, str] | None:
    """Return how a link names its target, None for one that leads to no other post."""
    if isinstance(node, post_link):
        return "id", node["post"]
    domain, target = node.get("refdomain"), str(node.get("reftarget", ""))
    if domain == "doc" or (domain == "std" and node.get("reftype") == "doc"):
        return "doc", target
    if domain == "math" and "#" in target:
        return "eq", target
    return ("prf", target) if domain == "prf" else None


def _pieces(node: nodes.Element, link: nodes.Element, inside: bool = False) -> Iterator[Piece]:
    """Yield the text and the formulas of a paragraph in order; those of ``link`` are marked."""
    for child in node.children:
        own = inside or child is link
        if isinstance(child, nodes.Text):
            yield Piece(child.astext().replace("\n", " "), link=own)
        elif isinstance(child, nodes.math | nodes.math_block):
            yield Piece(child.astext(), str(child.get("html", "")).replace(' display="block"', ""), own)
        elif isinstance(child, addnodes.pending_xref) and not child.get("refexplicit"):
            # Its text is a label until pages are written.
            if child.get("refdomain") != "cite":
                yield Piece("(…)" if child.get("refdomain") == "math" else "〔…〕", link=own)
        elif isinstance(child, nodes.Element) and not isinstance(child, _SILENT):
            yield from _pieces(child, link, own)


class MentionCollector(KeptCollector):
    """Keep the mentions of every post."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the mentions of a post."""
        docname = app.env.current_document.docname
        if docname.startswith("posts/") and (found := tuple(mentions(doctree))):
            _store(app.env)[docname] = found


@once
def relations(app: Sphinx) -> Mapping[str, Relations]:
    """Return the relations of every post that has any, once a build; ask when all documents were read."""
    links = {docname: [(target, one.sentence) for one in found if (target := _target(app, one))]
             for docname, found in _store(app.env).items()}
    newest = sorted(posts(app.env), key=lambda record: record.date, reverse=True)
    return relate(links, {record.docname: record.title for record in newest})


def _target(app: Sphinx, one: Mention) -> str | None:
    """Return the document that a mention leads to, if it is one of the edition."""
    if one.kind == "id":
        return documents(app).get(one.target)
    if one.kind == "eq":
        return document_of(app.env, one.target.rpartition("#")[0])
    if one.kind == "prf":
        found = annotation_domain(app.env).index.label(one.target)
        return found.docname if found is not None else None
    return one.target


def digests(app: Sphinx) -> dict[str, str]:
    """Return the digest of what each post shows of others."""
    return {docname: digest(found) for docname, found in relations(app).items()}


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a post's page its related posts."""
    found = relations(app).get(pagename)
    if found is not None:
        ui = words(app.config, RELATED_WORDS)
        context["related"] = [(name, ui[name], part[:SHOWN], part[SHOWN:]) for name, part in _parts(found)]
        context["related_words"] = ui


def _parts(found: Relations) -> Iterable[tuple[str, tuple[Any, ...]]]:
    return [(name, part) for name, part in (("out", found.out), ("into", found.into)) if part]


def _store(env: BuildEnvironment) -> dict[str, tuple[Mention, ...]]:
    return kept(env, _TABLE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the collector, the view and the part of the page."""
    for name in ("ext.links.crosslinks", "ext.annotations.annotating", "ext.site.navigation"):
        app.setup_extension(name)
    app.add_css_file("related.css", priority=805)
    app.add_env_collector(MentionCollector)
    add_view(app, VIEW, digests)
    app.connect("html-page-context", add_context, priority=610)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
