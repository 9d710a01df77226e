"""Frame every page: the sidebar of topics, breadcrumbs, previous and next, and the pages to browse by.

The theme resolves the whole table of contents on every page; here the frame of a page is plain data from
:mod:`ext.edition.posts.shelves`, computed once a build and rendered by ``templates/layout.html``. A page is written
again when its frame changed (see :mod:`ext.build.views`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from msgspec import structs
from sphinx.application import Sphinx

from ext.build.contents import newest_template
from ext.build.once import once
from ext.build.views import add_view
from ext.build.written import ledger
from ext.edition.links.external import iri
from ext.edition.links.graph import DOT, ROW, chart
from ext.edition.posts.measures import PostRecord
from ext.edition.posts.shelves import Frame, Leaf, Shelf, Shelves, TopicShelf, arrange, digest, frames
from ext.edition.site import licence
from ext.edition.site.config import Topic
from ext.posts.measure import records
from ext.site.languages import others as other_sites
from ext.site.languages import translates
from ext.site.settings import edition, text, writes_site
from ext.site.wording import STATES, words

#: The frame says this already.
_VIEWPORT = re.compile(r'<meta (?:content="[^"<]*" )?name="viewport"[^<>]*>\s*')
#: Posts on one page of a tag or a year; those after them are on further pages, so that none grows with the edition.
LISTED = 200
#: A map of fewer documents says nothing.
LEAST = 2
#: What adds to the page of a series or topic: it gets the page's name and the posts, the earliest first.
Part = Callable[[Sphinx, str, Sequence[Leaf]], str]


@dataclass(frozen=True, slots=True)
class Site:
    """What one build knows about the whole edition: the shelves, every frame, and the digests of both."""

    shelves: Shelves
    frames: dict[str, Frame]
    digests: dict[str, str]
    #: The generated pages by name: the template and what it shows.
    pages: dict[str, tuple[str, dict[str, Any]]]
    page_digests: dict[str, str]


@once
def site(app: Sphinx) -> Site:
    """Return the shelves and frames of this build; ask only when all documents were read."""
    everything = records(app.env)
    subjects, named = _named(app)
    posts = [replace(record, topic=named.get(record.topic, record.topic)) for record in everything.values()
             if record.is_post]
    others = {name: record.title for name, record in everything.items() if not record.is_post}
    ui = words(app.config)
    made = arrange(posts, subjects, others, ui["unsorted"])
    framed = frames(made, ui["others"])
    # What a topic's page shows below its summary belongs to its frame too.
    digests = {name: digest(framed.get(name), topic := made.by_page.get(name),
                            _parts(app, name, topic.posts[::-1]) if topic else ()) for name in everything}
    pages = dict(_pages(app, made))
    look = (edition(app.config).edition, app.config.language, edition(app.config).topics, *other_sites(app),
            newest_template(app))
    return Site(made, framed, digests, pages,
                {name: digest(look, framed.get(name), template, context)
                 for name, (template, context) in pages.items()})


def _named(app: Sphinx) -> tuple[list[Topic], dict[str, str]]:
    """Return the topics as the site calls them, and that by what posts call them."""
    topics = edition(app.config).topics
    if not translates(app.config):
        return list(topics), {}
    named = {topic.name: text(app.config, topic.name, topic.en or topic.name) for topic in topics}
    return [structs.replace(topic, name=named[topic.name]) for topic in topics], named


def shelves(app: Sphinx) -> Shelves:
    """Return the shelves of this build."""
    return site(app).shelves


def _pages(app: Sphinx, made: Shelves) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    """Name every page that has no source: topics without a summary, series, tags, years and their lists."""
    ui = words(app.config)
    for topic in made.topics:
        if not topic.summary:
            yield topic.docname, ("zhushu/topic.html", {
                "title": topic.name, "shelf": topic, "parts": _parts(app, topic.docname, topic.posts[::-1])})
    for kind, all_of_kind in (("series", made.series), ("tags", made.tags), ("years", made.years)):
        for shelf in all_of_kind:
            shown = {"title": shelf.name, "shelf": shelf, "kind": ui[kind], "up": f"browse/{kind}"}
            if kind == "series":
                yield shelf.docname, ("zhushu/shelf.html", shown | {"parts": _parts(app, shelf.docname, shelf.posts)})
                continue
            starts = range(0, len(shelf.posts), LISTED)
            names = [f"{shelf.docname}/{number}" if number > 1 else shelf.docname for number, _ in enumerate(starts, 1)]
            for name, start in zip(names, starts, strict=True):
                yield name, ("zhushu/shelf.html", shown | {"start": start, "most": LISTED, "pages": names})
        yield f"browse/{kind}", ("zhushu/shelves.html", {"title": ui[kind], "all": all_of_kind, "list": kind})
    every_topic = {"title": ui["topics"], "all": made.topics, "list": "topics"}
    yield "browse/topics", ("zhushu/shelves.html", every_topic)
    yield "search", ("zhushu/search.html", {"title": ui["search"]})
    yield "404", ("zhushu/missing.html", {"title": ui["not_found"]})


def add_part(app: Sphinx, draw: Part) -> None:
    """Let *draw* add HTML to the page of each series and topic; what it gives is part of the page's digest."""
    app.setup_extension("ext.site.navigation")
    _drawers(app).append(draw)


def drawn(app: Sphinx, docname: str, titles: Mapping[str, str], links: Mapping[str, Set[str]],
          ui: Mapping[str, str], anchor: str) -> str:
    """Return a map of documents, by what each links to, for the page *docname*; nothing where no two are linked."""
    made = chart(tuple(titles), links)
    if len(made.nodes) < LEAST:
        return ""
    rendered: str = app.builder.templates.render("zhushu/map.html", {
        "map": made, "titles": titles, "row": ROW, "dot": DOT, "ui": ui, "anchor": anchor,
        "uri": {node.name: iri(app.builder.get_relative_uri(docname, node.name)) for node in made.nodes}})
    return Markup(rendered)  # noqa: S704 - a template that escapes what it is given


@once
def _drawers(app: Sphinx) -> list[Part]:
    return []


def _parts(app: Sphinx, docname: str, leaves: Sequence[Leaf]) -> tuple[str, ...]:
    if not writes_site(app.builder):
        return ()
    drawn = (draw(app, docname, leaves) for draw in _drawers(app))
    return tuple(filter(None, drawn))


def frame_digests(app: Sphinx) -> dict[str, str]:
    """Return the digest of every document's frame."""
    return site(app).digests


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Hand out the generated pages that changed or are missing."""
    if not writes_site(app.builder):
        return
    known = site(app)
    missing = frozenset(name for name in known.pages if not app.builder.get_output_path(name).is_file())
    changed = ledger(app, "navigation").begin(known.page_digests, missing)
    for name, (template, context) in known.pages.items():
        if name in changed:
            yield name, context, template


def remember(app: Sphinx, error: Exception | None) -> None:
    """Remove the pages of what is gone, and write down what this build wrote."""
    if error is None and writes_site(app.builder):
        known = site(app)
        for name in ledger(app, "navigation").finish(known.page_digests) - known.digests.keys():
            app.builder.get_output_path(name).unlink(missing_ok=True)


def page_toc(toc: str) -> str:
    """Return the list of a page's sections, without its title, from Sphinx's rendered table of contents."""
    inner = toc.find("<ul", 3)
    single = toc.count("\n<li>", 0, inner if inner != -1 else len(toc)) <= 1
    if single:
        end = toc.rfind("</ul>", 0, toc.rfind("</ul>"))
        toc = toc[inner:end + 5] if inner != -1 and end > inner else ""
    return toc


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the layout what it shows around the page."""
    known = site(app)
    record: PostRecord | None = records_of(app).get(pagename)
    topic = known.shelves.by_page.get(pagename)
    context.update(
        ui=words(app.config),
        edition=edition(app.config), shelves=known.shelves, frame=known.frames.get(pagename, Frame()),
        record=record if record is not None and record.is_post else None, topic_shelf=topic,
        leaf=known.shelves.by_post.get(pagename), page_toc=page_toc(context.get("toc", "")),
        state_name=lambda state: text(app.config, *STATES.get(state, (state, state))),
        has_audit="audit" in app.env.all_docs or (Path(app.outdir) / "audit.html").is_file(),
        licence_address=licence.address, licence_name=lambda said: licence.spdx(said) or said,
        metatags=_VIEWPORT.sub("", context.get("metatags", "")),
        guide_page=known.shelves.guide[0].docname if known.shelves.guide else "",
        topic_parts=_parts(app, pagename, topic.posts[::-1]) if topic and topic.summary else (),
        page_kind=_kind(app, pagename, topic), home_title=edition(app.config).edition.title)
    address = context["pathto"]
    context["pathto"] = lambda *given, **named: iri(address(*given, **named))


@once
def records_of(app: Sphinx) -> dict[str, PostRecord]:
    """Return the records by document name without sorting them for every page."""
    return dict(records(app.env))


def _kind(app: Sphinx, pagename: str, topic: TopicShelf | Shelf | None) -> str:
    if pagename == app.config.root_doc:
        return "home"
    if topic is not None:
        return "topic"
    return pagename.partition("/")[0]


def build_no_index(app: Sphinx) -> None:
    """Build no index of Sphinx's own: it cannot segment Chinese."""
    if writes_site(app.builder):
        app.builder.search = False


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the frame and the pages to browse by."""
    app.setup_extension("ext.posts.measure")
    app.add_css_file("zhushu.css", priority=800)
    app.add_js_file("zhushu.js", loading_method="defer")
    app.connect("builder-inited", build_no_index)
    add_view(app, "frames", frame_digests)
    app.connect("html-page-context", add_context, priority=600)
    app.connect("html-collect-pages", collect)
    app.connect("build-finished", remember)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
