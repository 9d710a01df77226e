"""The audit on each post: a line under its title, and marks in the margin of its equations, shown on demand.

A post is written again when, and only when, what is shown on it changed.
"""

from __future__ import annotations

import hashlib
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ext.audit import texts
from ext.audit.marks import Mark, marks
from ext.audit.state import rows
from ext.edition.audit.coverage import Cover
from ext.site.settings import edition, writes_site

VIEW = "banner"


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every post, a digest of its line and marks."""
    if not writes_site(app.builder):
        return {}
    look = texts.look() + repr([(grade.key, grade.name, grade.en) for grade in edition(app.config).grades])
    known = marks(app)
    return {docname: hashlib.sha256(repr((
        look, row.grade, row.met, row.coverage, row.intact, row.review, row.evidence, row.state, row.reason,
        [(mark.equation, [(by.docname, by.anchor, by.name) for by in mark.by]) for mark in known.get(docname, ())]
    )).encode()).hexdigest()[:16] for docname, row in rows(app).items()}


def why_page(docname: str) -> str:
    """Return the name of the page that explains the verdicts on a post."""
    return "audit/" + docname.removeprefix("posts/")


def set_margins(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the marks on the equations of the post that is being written."""
    if not writes_site(app.builder) or docname not in rows(app):
        return
    found = {mark.equation.anchor: mark for mark in marks(app).get(docname, ())}
    if not found:
        return
    for node in doctree.findall(nodes.math_block):
        anchor = next((name for name in node["ids"] if name in found), None)
        if anchor is not None:
            node["margin"] = margin(app, docname, found[anchor])


def margin(app: Sphinx, docname: str, mark: Mark) -> str:
    """Return the mark of one equation: a link to what covers it best, or to the reasons where nothing does."""
    t = texts.words(app)
    equation = mark.equation
    state = t["covers"][equation.state]
    said = t["page"]["mark_by"].format(state=state, by=t["comma"].join(by.name for by in mark.by)) if mark.by else state
    if equation.restated:
        said += t["comma"] + t["covers"]["restated"]
    if mark.by:
        best = mark.by[0]
        page = "" if best.docname == docname else app.builder.get_relative_uri(docname, best.docname)
        address = f"{page}#{best.anchor}" if best.anchor else page
    else:
        address = f"{app.builder.get_relative_uri(docname, why_page(docname))}#why-{equation.anchor}"
    again = ""
    if equation.again:
        where = escape(t["page"]["again"])
        again = f'<a class="cover-again" href="#{escape(equation.again)}" title="{where}" aria-label="{where}">≈</a>'
    inferred = '<i class="cover-restated"></i>' if equation.restated and not again else ""
    return (f'<a class="cover cover-{equation.state}" href="{escape(address)}" title="{escape(said)}" '
            f'aria-label="{escape(said)}"><span>{escape(state)}</span>{inferred}</a>{again}')


def add_banner(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the page of a post its line."""
    row = rows(app).get(pagename) if doctree is not None else None
    if row is None:
        return
    context["post_banner"] = texts.render(
        app, "post/banner", pagename, row=row, why_page=why_page(pagename), states=[state.value for state in Cover],
        switch=bool(row.coverage and row.coverage.total))
