"""Errata where they are read: beside the equation that one is about, in its own head, and among the findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from docutils import nodes

from ext.annotations.domain import annotation_domain
from ext.annotations.linking import document_of
from ext.annotations.nodes import annotation_links, annotation_title, boxes, erratum_beside
from ext.build.once import once
from ext.build.views import add_view
from ext.build.walks import instances
from ext.checks.findings import report
from ext.edition.annotations.errata import ERRATUM, Erratum, State, errata, event
from ext.edition.annotations.targets import Index, Target, heading_of, name_of
from ext.edition.checks.lint import Lint
from ext.math.typesetting import shown_again
from ext.site.settings import text, writes_site

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

VIEW = "errata"
#: The page that lists them all, see :mod:`ext.audit.errata_page`.
LISTED = "errata"
#: How the states are called.
STATES: Mapping[State, tuple[str, str]] = {
    State.FOUND: ("已发现，尚未报告", "Found, not yet reported"),
    State.REPORTED: ("已报告", "Reported"),
    State.DISPUTED: ("有争议", "Disputed"),
    State.ADOPTED: ("原文已改正", "Adopted by the original"),
}


@once
def errata_of(app: Sphinx) -> tuple[Erratum, ...]:
    """Return the errata of the edition; all documents have been read."""
    return errata(annotation_domain(app.env).index)


def state_name(app: Sphinx, state: State) -> str:
    """Return how a state is called."""
    return text(app.config, *STATES[state])


def insert(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say beside each equation what its errata say, and in the head of each erratum what has become of it."""
    known = errata_of(app)
    if not known:
        return
    documents = {docname, *(str(one["docname"]) for one in instances(doctree, nodes.section) if "docname" in one)}
    about: dict[tuple[str, str], list[Erratum]] = {}
    standing: dict[tuple[str, str], Erratum] = {}
    for one in known:
        if one.where in documents:
            about.setdefault((one.where, one.equation.anchor), []).append(one)
        if one.docname in documents:
            standing[one.docname, one.record.anchor] = one
    if about:
        for node in list(instances(doctree, nodes.math_block)):
            here = document_of(node, docname)
            for anchor in node["ids"]:
                for one in reversed(about.get((here, anchor), ())):
                    _beside(app, here, node, one)
    if standing:
        for box in boxes(doctree):
            if box["annotation"] == ERRATUM and (found := standing.get((document_of(box, docname), box["ids"][0]))):
                _head(app, box, found, docname)


def _beside(app: Sphinx, docname: str, node: nodes.math_block, one: Erratum) -> None:
    """Put what an erratum says after an equation, or after the paragraph that the equation is a part of."""
    index, language = annotation_domain(app.env).index, app.config.language
    here = Target(one.docname, one.record.anchor, annotation=one.record)
    link = annotation_domain(app.env).reference(
        docname, app.builder, here, nodes.inline("", name_of(here, index, docname, language=language)))
    state = nodes.inline("", state_name(app, one.state), classes=["erratum-state"])
    box = erratum_beside("", state=one.state.value, called=heading_of(ERRATUM, None, language=language))
    if one.state is State.ADOPTED:
        line = nodes.paragraph("", "", link, nodes.Text(text(app.config, "：", ": ")), state)
        box += line
        if one.correction.formerly:
            line += nodes.Text(text(app.config, "；原作：", "; it said:"))
            box += shown_again(app, one.where, one.correction.formerly)
    else:
        which = (f"式 ({one.row}) ", f"Eq. ({one.row})") if one.row else ("此式", "this")
        opening, closing = text(app.config, "（", " ("), text(
            app.config, f"），{which[0]}应作：", f"): {which[1]} should read")
        box += [nodes.paragraph("", "", link, nodes.Text(opening), state, nodes.Text(closing)),
                shown_again(app, one.docname, one.correction.tex)]
    _put_after(node, box)


def _put_after(node: nodes.Element, box: nodes.Element) -> None:
    """Put a box after a display; a paragraph that the display stands in goes on below the box."""
    place = node
    while isinstance(place.parent, nodes.TextElement):
        text_, at = place.parent, place.parent.index(place) + 1
        rest = [child for child in text_[at:] if child.astext().strip()]
        if rest and isinstance(text_, nodes.paragraph):
            tail = nodes.paragraph("", "", *text_[at:])
            text_.children = text_[:at]
            text_.parent.insert(text_.parent.index(text_) + 1, tail)
        place = text_
    place.parent.insert(place.parent.index(place) + 1, box)


def _head(app: Sphinx, box: nodes.Element, one: Erratum, docname: str) -> None:
    """Say under the title of an erratum what has become of it; one that is adopted waits for no review."""
    if one.state is State.ADOPTED:
        box["stale"] = ""
    line = annotation_links("", text(app.config, "状态：", "State: "))
    state = nodes.inline("", state_name(app, one.state), classes=["erratum-state", f"erratum-{one.state}"])
    if writes_site(app.builder) and one.where.startswith("posts/"):
        # Where all of them are listed.
        line += nodes.reference("", "", state, internal=True, refuri=app.builder.get_relative_uri(docname, LISTED))
    else:
        line += state
    for (zh, en), written in ((("报告于", "reported"), one.correction.reported),
                              (("争议见", "disputed"), one.correction.disputed)):
        if (when := event(written)) is not None:
            line += nodes.Text(text(app.config, f"；{zh} ", f"; {en} "))
            words = when.day or when.address
            line += nodes.reference("", words, refuri=when.address) if when.address else nodes.Text(words)
    after = 1 + next(at for at, child in enumerate(box.children) if isinstance(child, annotation_title))
    box.insert(after, line)


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report errata that lack something, and those that are stale though the original does not say what they say."""
    index = annotation_domain(env).index
    states = {(one.docname, one.record.anchor): one.state for one in errata_of(app)}
    for docname, page in sorted(index.pages.items()):
        for record in page.annotations:
            if record.correction is None:
                continue
            name = record.label or record.anchor
            for what in _lacking(index, docname, record.anchor, record.correction.tex):
                report(env, docname, Lint.ERRATUM_INCOMPLETE, f"{name!r} {what}", record.line)
            for option in ("reported", "disputed"):
                written = getattr(record.correction, option)
                if written and event(written) is None:
                    message = f"{name!r} has :{option}: {written!r}, which is neither a day nor an address"
                    report(env, docname, Lint.ERRATUM_INCOMPLETE, message, record.line)
            if record.stale and states.get((docname, record.anchor)) is not State.ADOPTED:
                message = f"{name!r} is about an equation that has changed, and does not say what it says"
                report(env, docname, Lint.ANNOTATION_STALE, message, record.line)


def _lacking(index: Index, docname: str, anchor: str, tex: str) -> Iterable[str]:
    about = index.outgoing.get((docname, anchor), [])
    if len(about) != 1 or about[0].equation is None:
        yield "is not about exactly one displayed equation"
    elif about[0].equation.origin != "original":
        yield "is about an equation that the edition wrote itself: correct it there"
    if not tex.strip():
        yield "has no corrected formula"


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every page with an erratum or an equation that one is about, what it shows of them."""
    shown: dict[str, list[str]] = {}
    index, language = annotation_domain(app.env).index, app.config.language
    for one in errata_of(app):
        named = name_of(Target(one.docname, one.record.anchor, annotation=one.record), index, one.where,
                        language=language)
        for docname in {one.docname, one.where}:
            shown.setdefault(docname, []).append(repr((
                one.docname, one.record.anchor, named, one.equation.anchor, one.row, one.state, one.correction)))
    return {docname: "\n".join(parts) for docname, parts in shown.items()}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register what is shown of errata and what is reported of them."""
    for extension in ("ext.annotations.annotating", "ext.math.typesetting"):
        app.setup_extension(extension)
    # After the links, so that the state is the first line under the title.
    app.connect("doctree-resolved", insert)
    app.connect("env-updated", check)
    add_view(app, VIEW, digests)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
