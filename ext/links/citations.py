"""Make links to arXiv and DOIs citations: a mark behind the link, and the works of a post at its end.

The words of a link and where it leads stay as they were written. A work that a ``.bib`` file of the edition knows
by its number gets a mark and stands with the works cited by name; another is listed as it was linked. The page of
references names the posts that cite an entry. A page is written again when what it shows of works has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pybtex.backends.plaintext
from docutils import nodes
from docutils.nodes import make_id
from pybtex.database import Entry
from pybtex.plugin import find_plugin
from pybtex.style.formatting import BaseStyle
from pybtex.style.template import FieldIsMissing
from sphinx import addnodes
from sphinx.util.docutils import SphinxTranslator
from sphinx.util.nodes import make_refnode
from sphinxcontrib.bibtex.citation_target import CitationTarget
from sphinxcontrib.bibtex.domain import BibtexDomain
from sphinxcontrib.bibtex.roles import CitationRef
from sphinxcontrib.bibtex.transforms import node_text_transform

from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.build.views import add_view
from ext.checks.findings import line_of, report
from ext.edition.checks.lint import Lint
from ext.edition.links.works import Mention, keys_of, shown, work_of
from ext.posts.measure import records
from ext.site.settings import text

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

VIEW = "citations"
#: What distinguishes our citations from those of ``{cite}``, among all that the bibliography keeps.
_LINKED = "cited-"

_TABLE = "cited"


class works(nodes.General, nodes.Element):
    """Hold the works that a post cites; its child is their list."""


@dataclass(frozen=True, slots=True)
class Work:
    """One work of a page: its entry's key (empty: in no ``.bib`` file), its anchor, and where the page cites it."""

    key: str
    anchor: str
    places: tuple[str, ...]
    #: How it was linked, when nobody knows its entry.
    mention: Mention | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """What one build knows of works: entries as text, and the works of every page."""

    entries: Mapping[str, Entry]
    keys: Mapping[str, str]
    pages: Mapping[str, tuple[Work, ...]]
    #: The posts that cite an entry, by its key.
    citing: Mapping[str, tuple[str, ...]]
    #: The titles of all posts.
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What one document cites: links to works, and the lines of the citations by name, by their ids."""

    mentions: tuple[Mention, ...]
    lines: Mapping[str, int]


class CitationCollector(KeptCollector):
    """Keep what every document cites."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note every link to a work, and give it an anchor."""
        mentions: list[Mention] = []
        for node in doctree.findall(nodes.reference):
            if work := work_of(node.get("refuri", "")):
                anchor = f"{_LINKED}{len(mentions) + 1}"
                node["work"], node["ids"] = work, [*node["ids"], anchor]
                mentions.append(Mention(work, " ".join(node.astext().split()), node["refuri"], anchor))
        lines = {name: line for node in doctree.findall(addnodes.pending_xref) if node.get("refdomain") == "cite"
                 and (line := line_of(node)) for name in node["ids"]}
        if mentions or lines:
            _store(app.env)[app.env.current_document.docname] = Found(tuple(mentions), lines)


def _store(env: BuildEnvironment) -> dict[str, Found]:
    return kept(env, _TABLE)


def _mentions(env: BuildEnvironment) -> dict[str, tuple[Mention, ...]]:
    return {docname: found.mentions for docname, found in sorted(_store(env).items()) if found.mentions}


def domain_of(env: BuildEnvironment) -> BibtexDomain:
    """Return the keeper of bibliographies."""
    domain = env.get_domain("cite")
    assert isinstance(domain, BibtexDomain)
    return domain


def cite_links(app: Sphinx, env: BuildEnvironment) -> None:
    """Tell the bibliography which entries are cited by a link, before it decides what it lists."""
    domain = domain_of(env)
    keys = _keys(domain)
    domain.data["citation_refs"] = [ref for ref in domain.citation_refs if not ref.citation_ref_id.startswith(_LINKED)]
    for docname, mentions in _mentions(env).items():
        for mention in mentions:
            if key := keys.get(mention.work):
                target = CitationTarget(key=key, pre="", post="")
                domain.citation_refs.append(CitationRef(mention.anchor, docname, 0, [target]))


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what is cited by a key that no bibliography of the edition lists."""
    domain, store = domain_of(env), _store(env)
    listed = {citation.key for citation in domain.citations}
    for ref in domain.citation_refs:
        if ref.citation_ref_id.startswith(_LINKED):
            continue
        for key in dict.fromkeys(target.key for target in ref.targets):
            if key in domain.bibdata.data.entries and not domain.bibliographies:
                message = f"the citation {key!r} has nowhere to lead: no page has a {{bibliography}}"
            elif key not in listed:
                message = f"no .bib file has an entry {key!r}"
            else:
                continue
            found = store.get(ref.docname)
            line = found.lines.get(ref.citation_ref_id) if found else None
            report(env, ref.docname, Lint.CITATION_UNDEFINED, message, line)


@once
def library(app: Sphinx) -> Library:
    """Return what this build knows of works; ask only when all documents were read."""
    return _library(app.env)


def _keys(domain: BibtexDomain) -> dict[str, str]:
    return keys_of((key, {name.lower(): str(value) for name, value in entry.fields.items()})
                   for key, entry in domain.bibdata.data.entries.items())


def _library(env: BuildEnvironment) -> Library:
    domain = domain_of(env)
    entries = domain.bibdata.data.entries
    cited: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for ref in domain.citation_refs:
        for target in ref.targets:
            if target.key in entries:
                cited[ref.docname][target.key].append(ref.citation_ref_id)
    keys, mentions = _keys(domain), _mentions(env)
    pages = {}
    for docname in sorted(cited.keys() | mentions.keys()):
        own = [Work(key, f"work-{make_id(key)}", tuple(places)) for key, places in cited[docname].items()]
        unknown: dict[str, list[Mention]] = {}
        for mention in mentions.get(docname, ()):
            if mention.work not in keys:
                unknown.setdefault(mention.work, []).append(mention)
        own += [Work("", f"work-{make_id(work)}", tuple(one.anchor for one in found), found[0])
                for work, found in unknown.items()]
        if own:
            pages[docname] = tuple(own)
    titles = {docname: record.title for docname, record in records(env).items() if record.is_post}
    citing: defaultdict[str, list[str]] = defaultdict(list)
    for docname, own_works in pages.items():
        for work in own_works:
            if work.key and docname in titles:
                citing[work.key].append(docname)
    return Library(entries, keys, pages, {key: tuple(names) for key, names in citing.items()}, titles)


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every page that cites or lists works, what it shows of them."""
    known, domain = library(app), domain_of(app.env)
    plain = pybtex.backends.plaintext.Backend()
    listed = {citation.key: citation for citation in domain.citations}
    formatted = {key: citation.formatted_entry.text.render(plain) for key, citation in listed.items()}

    def told(key: str) -> str:
        if (citation := listed.get(key)) is None:
            return repr(known.entries.get(key))
        place = f"{citation.bibliography_key.docname}#{citation.citation_id}"
        return f"{citation.formatted_entry.label} {place} {formatted[key]}"

    shown_on = {docname: [f"{work.anchor} {told(work.key)}" if work.key else repr(work) for work in own]
                for docname, own in known.pages.items()}
    for bibliography in domain.bibliographies:
        there = [f"{told(one.key)} {[known.titles[name] for name in known.citing.get(one.key, ())]}"
                 for one in domain.citations if one.bibliography_key == bibliography]
        shown_on.setdefault(bibliography.docname, []).extend(there)
    # A key that is no longer known is no work of the page any more, but its mark has to change.
    for ref in domain.citation_refs:
        gone = [target.key for target in ref.targets if target.key not in listed]
        if gone:
            shown_on.setdefault(ref.docname, []).append(f"gone {gone}")
    # Every page has a link to the page of references, once there is one.
    return {docname: "\n".join([_references(app), *shown_on.get(docname, ())]) for docname in records(app.env)}


def _references(app: Sphinx) -> str:
    """Return the page of references, or empty when there is none."""
    return min((key.docname for key in domain_of(app.env).bibliographies), default="")


def add_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Tell the frame of a page where the references are."""
    context["references_page"] = _references(app)


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the marks, the list at the end, and on the page of references the posts that cite."""
    if app.builder.format != "html":
        return
    known = library(app)
    for inline in doctree.findall(nodes.inline):
        if "bibtex-citation" in inline["classes"] and inline.astext() in ("", "[]", "()"):
            inline.children = [nodes.Text(f"[{inline.rawsource}?]")]
    _name_citing(app, doctree, docname, known)
    own = known.pages.get(docname, ())
    if docname not in known.titles or not own:
        return
    numbers = {work.key: at for at, work in enumerate(own, 1) if work.key}
    for link in list(doctree.findall(nodes.reference)):
        if (key := known.keys.get(link.get("work", ""), "")) in numbers:
            _mark(app, link, own[numbers[key] - 1], numbers[key])
    doctree.append(_list(app, docname, own, known))


def _mark(app: Sphinx, link: nodes.reference, work: Work, number: int) -> None:
    """Put a number behind a link, that leads to its work in the list."""
    said = text(app.config, f"文献 {number}", f"Work {number}")
    to = nodes.reference("", f"[{number}]", refid=work.anchor, internal=True, reftitle=said)
    link.parent.insert(link.parent.index(link) + 1, nodes.superscript("", "", to, classes=["work-mark"]))


@cache
def _style(name: str) -> BaseStyle:
    # pybtex looks through everything that is installed for a style of the name.
    return find_plugin("pybtex.style.formatting", name)()


def _list(app: Sphinx, docname: str, own: Iterable[Work], known: Library) -> works:
    listing = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
    targets = {citation.key: citation for citation in domain_of(app.env).citations}
    style = _style(app.config.bibtex_default_style)
    for work in own:
        words = _formatted(style, known.entries[work.key]) if work.key else _linked(work.mention)
        if (target := targets.get(work.key)) is not None:
            label = nodes.Text(text(app.config, "各篇引用", "Cited by"))
            page = target.bibliography_key.docname
            words += [nodes.Text(" "), make_refnode(app.builder, docname, page, target.citation_id, [label])]
        for at, place in enumerate(work.places, 1):
            said = text(app.config, f"回到正文第 {at} 处", f"Back to place {at}")
            back = nodes.reference("", "↩" if at == 1 else f"↩{at}", refid=place, internal=True, reftitle=said,
                                   classes=["work-back"])
            words += [nodes.Text(" "), back]
        listing += nodes.list_item("", words, ids=[work.anchor])
    return works("", listing)


def _formatted(style: BaseStyle, entry: Entry) -> nodes.paragraph:
    """Return an entry as the page of references writes it."""
    try:
        (formatted,) = style.format_entries([entry])
    except FieldIsMissing:
        # The build warns of it at the bibliography; what there is can still be said.
        rest = Entry("misc", entry.fields, persons=entry.persons)
        rest.key = entry.key
        (formatted,) = style.format_entries([rest])
    paragraph = BibtexDomain.backend.paragraph(formatted)
    assert isinstance(paragraph, nodes.paragraph)
    node_text_transform(paragraph)
    return paragraph


def _linked(mention: Mention | None) -> nodes.paragraph:
    """Return a work that is in no ``.bib`` file as the page links to it."""
    assert mention is not None
    name = shown(mention.work)
    link = nodes.reference("", mention.text or name, refuri=mention.url)
    rest = [nodes.Text(f" {name}")] if name.lower() not in mention.text.lower() else []
    return nodes.paragraph("", "", link, *rest)


def _name_citing(app: Sphinx, doctree: nodes.document, docname: str, known: Library) -> None:
    """Below every entry of the page of references, link to the posts that cite it."""
    keys = {citation.citation_id: citation.key for citation in domain_of(app.env).citations
            if citation.bibliography_key.docname == docname}
    for entry in doctree.findall(nodes.citation):
        key = next((keys[name] for name in entry["ids"] if name in keys), "")
        if names := known.citing.get(key, ()):
            said = nodes.paragraph("", text(app.config, "引用于：", "Cited in: "), classes=["work-citing"])
            for at, name in enumerate(names):
                said += [nodes.Text(text(app.config, "、", ", "))] if at else []
                title = nodes.Text(known.titles[name])
                said += make_refnode(app.builder, docname, name, f"work-{make_id(key)}", [title])
            entry += said


def visit_works(self: SphinxTranslator, node: works) -> None:
    """Open the list with its heading."""
    heading = text(self.config, "文献", "Works cited")
    self.body.append(f'<section class="zs-works" id="works" data-pagefind-ignore="all"><h2>{heading}</h2>\n')


def depart_works(self: SphinxTranslator, node: works) -> None:
    """Close the list."""
    self.body.append("</section>\n")


def visit_entry(self: SphinxTranslator, node: nodes.citation) -> None:
    """Open an entry of the page of references, without the roles of docutils, which do not fit each other."""
    self.body.append(self.starttag(node, "div", CLASS="citation"))


def depart_entry(self: SphinxTranslator, node: nodes.citation) -> None:
    """Close the entry."""
    self.body.append("</div>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the citations by link and the lists of works."""
    app.setup_extension("sphinxcontrib.bibtex")
    app.setup_extension("ext.posts.measure")
    app.add_node(works, html=(visit_works, depart_works))
    app.add_node(nodes.citation, override=True, html=(visit_entry, depart_entry))
    app.add_env_collector(CitationCollector)
    app.connect("env-updated", cite_links, priority=400)
    app.connect("env-updated", check, priority=600)
    app.connect("doctree-resolved", resolve)
    app.connect("html-page-context", add_context)
    add_view(app, VIEW, digests)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
