"""Bring together what the build recorded of each post: the facts that the audit judges.

What needs the doctree is collected while documents are read, in parallel; the rest is joined afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from ext.annotations.annotating import annotation_index
from ext.annotations.nodes import ANNOTATIONS
from ext.audit.resting import resting
from ext.audit.resting import store as resting_store
from ext.audit.trusted import review_commits
from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.build.walks import instances
from ext.checks.checking import checked_documents, checks_of, questioned
from ext.checks.findings import findings, line_of, report
from ext.edition.annotations import authorship
from ext.edition.annotations.authorship import Authors
from ext.edition.annotations.errata import ERRATUM
from ext.edition.annotations.kinds import KINDS, SECTION, Need
from ext.edition.annotations.targets import Index, Page, proves
from ext.edition.audit import reviews, signing
from ext.edition.audit.coverage import OPEN, CoveredBy, EquationCover, cover, recurrences, restated_ids
from ext.edition.audit.evidence import evidence, standings
from ext.edition.audit.facts import Derivation, Facts, Panorama, Required, Section
from ext.edition.audit.foundations import Foundations, foundations
from ext.edition.audit.grounds import Key
from ext.edition.audit.newwork import key_of
from ext.edition.audit.rows import asked_of, entry_of
from ext.edition.audit.summary import TopicPage
from ext.edition.checks import results
from ext.edition.checks.lint import Lint
from ext.edition.links import answers, open_questions
from ext.edition.links.answers import Answer
from ext.edition.links.open_questions import Left
from ext.edition.math import tex
from ext.edition.posts.catalogue import Entry
from ext.edition.site import frontmatter
from ext.edition.site.config import Coverage
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.near import hint, near
from ext.math.equations import document_of, equations, lookup
from ext.posts.listed import listed
from ext.posts.measure import posts, records
from ext.posts.origin import begins_annotation
from ext.posts.originals import intact
from ext.site.settings import edition

#: Where the topic summaries are.
TOPICS = "topics/"

_TABLE = "assessments"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What reading one document showed, besides its measures, annotations and equations."""

    #: Equations that its annotations refer to, as written, with the annotation.
    references: tuple[tuple[str, CoveredBy], ...]
    #: Ids of its original equations that its annotations restate.
    restated: frozenset[str]
    #: Anchors of the added formulas that say the same as an original equation, with its id.
    again: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    #: Digest of its body, for reviews.
    digest: str
    #: The documents, annotations and equations of others that it links to, as written.
    documents: tuple[str, ...]
    labels: tuple[str, ...]
    equations: tuple[str, ...]
    #: The ids of posts that its front matter lists: what a topic summary claims to treat.
    claimed: tuple[str, ...]


def facts(app: Sphinx) -> tuple[Facts, ...]:
    """Return the facts of every post, in alphabetical order of the documents; all documents have been read."""
    env = app.env
    index, found = annotation_index(env), findings(env)
    store, states = _store(env), intact(env)
    signed = post_reviews(app)
    came = review_commits(Path(app.srcdir)) if any(one.lines for one in signed.values()) else {}
    references = _references(env)
    ran = results.load(Path(app.srcdir))
    computed, asked = _computed(env, ran), questioned(env, ran)
    said, left = _said(app)
    result = []
    for record in posts(env):
        docname = record.docname
        own = store[docname]
        page = index.pages.get(docname)
        result.append(Facts(
            record=record,
            equations=accepted(covers(env, docname, references, barred(app, docname)),
                               said.get(record.id or docname, ())),
            authors=authorship.count(page.annotations, reviewed(app, docname)) if page else Authors(),
            sections=own.sections, findings=found.get(docname, ()), intact=states[docname],
            panoramas=tuple(_panoramas(page)) if page else (),
            statements=sum(one.kind in KINDS and KINDS[one.kind].needs is Need.PROOF
                           for one in page.annotations) if page else 0,
            evidence=evidence(page.annotations if page else (), checks_of(env, docname), ran.get(docname, {}),
                              record.total.displayed, computed.get(docname, 0), len(asked.get(docname, {}))),
            derivations=tuple(_derivations(index, docname, standings(
                page.annotations, checks_of(env, docname), ran.get(docname, {})), signed[docname])) if page else (),
            required=_required(page, listed(app).get(record.id)),
            review=signing.summary(signed[docname], came),
            depth=foundation(app).depth(resting(app), docname),
            asked=_left(left.get(record.id or docname), own.digest, said.get(record.id or docname, ()))))
    return tuple(result)


def _said(app: Sphinx) -> tuple[Mapping[str, Sequence[Answer]], Mapping[str, Left]]:
    """Return what people answered `attach`, and what it had left to ask, by the ids of posts."""
    source = Path(app.srcdir)
    found: dict[str, list[Answer]] = {}
    try:
        for one in answers.load(source):
            found.setdefault(one.post, []).append(one)
        return found, open_questions.load(source)
    except EditionError as error:
        raise ConfigError(str(error)) from error


def accepted(equations: tuple[EquationCover, ...], said: Sequence[Answer]) -> tuple[EquationCover, ...]:
    """Return the coverage of a post with who accepted the proposals that cover its equations."""
    by: dict[str, list[tuple[str, str]]] = {}
    for one in said:
        if one.says in ("derives", "explains"):
            by.setdefault(one.equation, []).append((one.by, one.on))
    if not by:
        return equations
    return tuple(replace(one, accepted=tuple(sorted(set(by[one.id])))) if one.id in by and one.state not in OPEN
                 else one for one in equations)


def _left(left: Left | None, body: str, said: Sequence[Answer]) -> int | None:
    return left.open if left and left.text == open_questions.digest(body, left.post, said) else None


@once
def post_reviews(app: Sphinx) -> Mapping[str, reviews.PostReview]:
    """Return what the reviews say of every post, by document."""
    written, known, texts = reviews.load(Path(app.srcdir)), resting(app), resting_store(app.env)
    return {docname: reviews.standing(
        written.get(record.id or docname, ()), signing.parts(known, docname, texts[docname].around.digest),
        _store(app.env)[docname].digest) for record in posts(app.env) for docname in (record.docname,)}


@once
def foundation(app: Sphinx) -> Foundations:
    """Return what holds all the way down, once all documents have been read."""
    env, known, said = app.env, resting(app), post_reviews(app)
    ran = results.load(Path(app.srcdir))
    checks: dict[Key, str] = {}
    for docname, page in annotation_index(env).pages.items():
        own = standings(page.annotations, checks_of(env, docname), ran.get(docname, {}))
        checks.update({(docname, anchor): state for anchor, state in own.items()})
    return foundations(known, checks, lambda item: item.docname in said and bool(said[item.docname].of(item.name).by))


def _derivations(index: Index, docname: str, checked: Mapping[str, str], said: reviews.PostReview
                 ) -> Iterator[Derivation]:
    """Yield the derivations and proofs of a post, as new work is judged by them."""
    for one in index.pages[docname].annotations:
        if proves(one):
            target = bool(one.follows or one.subject or index.outgoing.get((docname, one.anchor)))
            yield Derivation(key_of(one), one.kind, one.title, one.anchor, one.line, target,
                             checked.get(one.anchor, "none"), "、".join(said.of(one.label or one.anchor).by))


def _required(page: Page | None, entry: Entry | None) -> tuple[Required, ...]:
    """Return what a post is to contain, ticked by the annotations that say so; one without a word fulfils nothing."""
    return tuple(Required(key, said, tuple(one.anchor for one in (page.annotations if page else ())
                                           if key in one.fulfils and one.written))
                 for key, said in (entry.required.items() if entry else ()))


def check_fulfilled(app: Sphinx, env: BuildEnvironment) -> None:
    """Report annotations that fulfil what nobody requires."""
    required = {post: tuple(entry.required) for post, entry in listed(app).items() if entry.required}
    ids = {docname: record.id for docname, record in records(env).items()}
    for docname, page in sorted(annotation_index(env).pages.items()):
        known = required.get(ids.get(docname, ""), ())
        for one in page.annotations:
            for key in one.fulfils:
                if key not in known:
                    message = f"nothing is required of this post as {key!r}{hint(near(key, known))}"
                    report(env, docname, Lint.FULFILS_UNDEFINED, message, one.line)


def _computed(env: BuildEnvironment, ran: results.Results) -> Mapping[str, int]:
    """Return, by document, how many displayed equations were evaluated as they stand, and held."""
    held: dict[str, set[str]] = {}
    for docname in checked_documents(env):
        for check in checks_of(env, docname):
            for name, digest in results.held(check, ran.get(docname, {}).get(check.name)).items():
                slug = name.rpartition("#")[0]
                where = document_of(env, slug) if slug else docname
                if where is not None:
                    held.setdefault(where, set()).add(digest)
    return {docname: sum(results.formula_digest(one.tex) in digests for one in equations(env).get(docname, ()))
            for docname, digests in held.items()}


def topic_pages(app: Sphinx) -> tuple[TopicPage, ...]:
    """Return the topic summaries with the posts that they claim and those that they cite."""
    env = app.env
    index, known = annotation_index(env), records(env)
    ids = {docname: record.id or docname for docname, record in known.items() if record.is_post}
    pages = []
    for docname, own in sorted(_store(env).items()):
        if docname.startswith(TOPICS):
            cited = [*own.documents, *(target.docname for label in own.labels if (target := index.label(label))),
                     *(found[0] for name in own.equations if (found := lookup(env, docname, name)))]
            linked = [ids[name] for name in cited if name in ids]
            pages.append(TopicPage(docname, known[docname].topic, own.claimed,
                                   tuple(dict.fromkeys([*linked, *known[docname].links_to]))))
    return tuple(pages)


def reviewed(app: Sphinx, docname: str) -> frozenset[str]:
    """Return the anchors of the annotations of a document that a person has accepted as they stand."""
    said = post_reviews(app).get(docname)
    if said is None:
        return frozenset()
    return frozenset(one.anchor for one in annotation_index(app.env).pages[docname].annotations
                     if said.of(one.label or one.anchor).state == "reviewed")


def barred(app: Sphinx, docname: str) -> frozenset[tuple[str, str]]:
    """Return the annotations and parts, by document and anchor, that cover nothing in a post.

    They are those by a program that nobody has accepted, where the edition or a standard of the post says so.
    """
    own = edition(app.config)
    if "reviewed" not in (own.coverage.programs, *(standard.programs for standard in own.standards)):
        return frozenset()
    record = records(app.env)[docname]
    entry = entry_of(record, listed(app).get(record.id))
    return _unaccepted(app) if asked_of(Facts(record), entry, own)[1].programs == "reviewed" else frozenset()


@once
def _unaccepted(app: Sphinx) -> frozenset[tuple[str, str]]:
    """Return the annotations by programs, and their parts, that nobody has accepted as they stand."""
    return frozenset(
        (docname, anchor) for docname, page in annotation_index(app.env).pages.items() for record in page.annotations
        if not authorship.counts(record, reviewed(app, docname))
        for anchor in (record.anchor, *(part.anchor for part in record.parts)))


def covers(env: BuildEnvironment, docname: str,
           references: Mapping[str, Mapping[str, list[CoveredBy]]] | None = None,
           without: frozenset[tuple[str, str]] = frozenset()) -> tuple[EquationCover, ...]:
    """Return the original equations of a post and what covers them.

    All documents that name its equations must have been read; *references* saves looking for them again, *without* are
    the annotations that cover nothing, see :func:`barred`.
    """
    by = _references(env) if references is None else references
    return cover(docname, equations(env).get(docname, ()), annotation_index(env), by.get(docname, {}),
                 _store(env)[docname].restated, dict(_store(env)[docname].again),
                 lambda *place: place not in without)


def _references(env: BuildEnvironment) -> Mapping[str, Mapping[str, list[CoveredBy]]]:
    """Return, by document and anchor of an equation, the annotations anywhere that refer to it."""
    result: dict[str, dict[str, list[CoveredBy]]] = {}
    for docname, own in sorted(_store(env).items()):
        for target, by in own.references:
            if (found := lookup(env, docname, target)) is not None:
                where, equation = found
                result.setdefault(where, {}).setdefault(equation.anchor, []).append(by)
    return result


def _panoramas(page: Page) -> Iterator[Panorama]:
    for one in page.annotations:
        if one.kind in KINDS and KINDS[one.kind].needs is Need.PARTS:
            yield Panorama(one.line, {"across", "along"} <= {part.part for part in one.parts})


def assess(docname: str, parts: frontmatter.Parts, doctree: nodes.document, env: BuildEnvironment, rule: Coverage
           ) -> Assessment:
    """Return what only the doctree of a document shows."""
    # One walk over the document for all that is asked of it.
    found = list(instances(doctree, addnodes.pending_xref, nodes.math, nodes.math_block, *ANNOTATIONS))
    met = [node for node in found if not isinstance(node, ANNOTATIONS)]
    # What an erratum says is neither derived nor restated by saying it.
    corrected = {anchor for node in found
                 if isinstance(node, ANNOTATIONS) and node["annotation"] == ERRATUM
                 for inside in node.findall(nodes.math_block) for anchor in inside["ids"]}
    known = [one for one in equations(env).get(docname, ()) if one.anchor not in corrected]
    links = [node for node in met if isinstance(node, addnodes.pending_xref)]
    claimed = parts.meta.get("posts")
    return Assessment(
        references=tuple(_referred(docname, met)),
        restated=restated_ids(known, rule.window, rule.share),
        again=tuple(recurrences(known).items()),
        sections=tuple(_sections(doctree)), digest=reviews.digest(parts.body),
        documents=_targets(links, "doc"), labels=_targets(links, "prf"), equations=_targets(links, "math"),
        claimed=tuple(str(post) for post in claimed) if isinstance(claimed, list) else ())


def _targets(links: Iterable[addnodes.pending_xref], domain: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link["reftarget"] for link in links if link.get("refdomain") == domain))


def _referred(docname: str, met: Iterable[nodes.Element]) -> Iterator[tuple[str, CoveredBy]]:
    """Yield the equations that annotations refer to, in text and inside formulas."""
    for node in met:
        if isinstance(node, addnodes.pending_xref):
            if node.get("refdomain") == "math" and (by := _annotation_around(docname, node)):
                yield node["reftarget"], by
        elif "ref" in node.astext() and (by := _annotation_around(docname, node)):
            for used in tex.references(node.astext()):
                yield used.label, by


def _annotation_around(docname: str, node: nodes.Node) -> CoveredBy | None:
    current = node.parent
    while current is not None:
        if begins_annotation(current):
            return CoveredBy(docname, current["ids"][0] if current["ids"] else "", current.get("annotation", SECTION))
        current = current.parent
    return None


def _sections(doctree: nodes.document) -> Iterator[Section]:
    """Yield the sections of the original right below the title."""
    title = next((child for child in doctree.children if isinstance(child, nodes.section)), None)
    children = [child for child in title.children if isinstance(child, nodes.section)] if title else []
    annotated = next(iter(doctree.findall(begins_annotation)), None) is not None
    for place, section in enumerate(children):
        if begins_annotation(section):
            continue
        after = children[place + 1] if place + 1 < len(children) else None
        inside = annotated and next(section.findall(begins_annotation), None) is not None
        heading = next((child.astext() for child in section.children if isinstance(child, nodes.title)), "")
        yield Section(heading, section["ids"][0] if section["ids"] else "", line_of(section),
                      inside or (after is not None and begins_annotation(after)))


class AssessCollector(KeptCollector):
    """Keep one :class:`Assessment` for every post and topic summary."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Assess the post or topic summary that was just read."""
        docname = app.env.current_document.docname
        if docname.startswith(("posts/", TOPICS)):
            path = Path(app.env.doc2path(docname))
            text = read_text(path)
            try:
                parts = frontmatter.split(text, where=path)
            except EditionError:  # reported by ext.posts.measure
                parts = frontmatter.Parts({}, text, 0)
            _store(app.env)[docname] = assess(docname, parts, doctree, app.env, edition(app.config).coverage)


def _store(env: BuildEnvironment) -> dict[str, Assessment]:
    return kept(env, _TABLE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the collector."""
    for extension in ("ext.posts.measure", "ext.annotations.annotating", "ext.math.equations", "ext.posts.originals",
                      "ext.audit.resting"):
        app.setup_extension(extension)
    app.add_env_collector(AssessCollector)
    app.connect("env-updated", check_fulfilled)
    return {"version": "1", "env_version": 4, "parallel_read_safe": True, "parallel_write_safe": True}
