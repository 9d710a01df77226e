"""A page for every post that says why it is judged as it is: criteria, equations, findings, review."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup
from sphinx.application import Sphinx

from ext.annotations.linking import who_wrote
from ext.audit import texts
from ext.audit.assess import post_reviews
from ext.audit.banner import why_page
from ext.audit.grounding import pictures
from ext.audit.marks import Mark, marks
from ext.audit.since import reopened, shown
from ext.audit.state import all_facts, rows
from ext.build.contents import newest_template
from ext.build.once import once
from ext.build.sharing import Later
from ext.build.written import ledger
from ext.edition.audit.coverage import OPEN, Cover
from ext.edition.audit.facts import Facts
from ext.edition.links.graph import DOT, ROW
from ext.edition.posts.compared import side_by_side, source_lines
from ext.edition.site.config import About
from ext.math.equations import equations
from ext.math.typesetting import set_again
from ext.site.navigation import site
from ext.site.settings import edition, writes_site


@once
def digests(app: Sphinx) -> dict[str, str]:
    """Return, for every page, a digest of what it shows and of the frame around it."""
    look = (texts.look(), app.config.language, repr(edition(app.config).edition), repr(edition(app.config).grades),
            [(topic.docname, topic.name) for topic in site(app).shelves.topics if topic.posts or topic.summary],
            repr(app.config.edition_macros), newest_template(app))
    macros = app.env.domaindata["math"]["macros"]  # of pages; the edition's are above: formulas are set again
    return {why_page(facts.record.docname): hashlib.sha256(msgspec.json.encode((
        look, rows(app)[facts.record.docname], facts.sections, marks(app).get(facts.record.docname),
        repr(macros.get(facts.record.docname)), repr(pictures(app).get(facts.record.docname)),
        repr(post_reviews(app)[facts.record.docname].parts), repr(reopened(app).get(facts.record.docname))
    ))).hexdigest()[:16]
            for facts in all_facts(app)}


def collect(app: Sphinx) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Hand out the pages that changed or are missing."""
    if not writes_site(app.builder):
        return
    now = digests(app)
    missing = frozenset(name for name in now if not app.builder.get_output_path(name).is_file())
    changed = ledger(app, "why").begin(now, missing)
    for facts in all_facts(app):
        name = why_page(facts.record.docname)
        if name in changed:
            yield name, Later(partial(_context, app, facts, name)), "audit/post/page.html"


def remember(app: Sphinx, error: Exception | None) -> None:
    """Remove the pages of posts that are gone, and write down what this build wrote."""
    if error is None and writes_site(app.builder):
        for name in ledger(app, "why").finish(digests(app)):
            app.builder.get_output_path(name).unlink(missing_ok=True)


def _context(app: Sphinx, facts: Facts, name: str) -> dict[str, Any]:
    row, t = rows(app)[facts.record.docname], texts.words(app)
    docname = facts.record.docname
    path = Path(app.env.doc2path(docname))
    source = path.relative_to(Path(app.srcdir).parent).as_posix()
    tex = {one.anchor: one.tex for one in equations(app.env).get(docname, ())}
    body = texts.render(
        app, "post/why", name, row=row, marks=in_need(marks(app).get(docname, ())), sections=facts.sections,
        source=source, near=lambda line: near(facts, line), first=lambda criterion: first(facts, criterion),
        formula=lambda anchor: Markup(set_again(app, docname, tex[anchor])),  # noqa: S704 - the engine escapes
        picture=pictures(app).get(docname), row_height=ROW, dot=DOT, reopened=reopened(app).get(docname, ()),
        who=lambda by: who_wrote(app, by), side_by_side=side_by_side, source_lines=source_lines,
        shown=lambda where, side, mark: shown(app, where, side, mark),
        reviewed=lambda one: rows(app)[one].review.state if one in rows(app) else "",
        at=lambda line: place(edition(app.config).edition, path, source, line))
    return {"title": t["page"]["title"].format(title=row.record.title), "body": body, "up": "audit",
            "kind": t["page"]["audit"]}


def in_need(found: Sequence[Mark]) -> list[Mark]:
    """Return the equations that need work first, each kind in the order of the text."""
    order = list(Cover)
    return sorted(found, key=lambda mark: -order.index(mark.equation.state))


def place(about: About, path: Path, source: str, line: int | None) -> str:
    """Return the address of a line of a post: in the editor, else in the repository, else nothing."""
    if about.editor:
        return about.editor.format(path=quote(path.as_posix()), line=line or 1)
    if about.repository:
        return f"{about.repository}/blob/{quote(about.branch)}/{quote(source)}" + (f"#L{line}" if line else "")
    return ""


def near(facts: Facts, line: int | None) -> str:
    """Return the HTML id nearest above a line of the source: of an equation or a section, or nothing."""
    known = [(one.line, one.anchor) for one in facts.equations] + [(one.line, one.anchor) for one in facts.sections]
    places = sorted((at, anchor) for at, anchor in known if at and anchor)
    return next((anchor for at, anchor in reversed(places) if line is not None and at <= line), "")


def first(facts: Facts, criterion: str) -> str:
    """Return the HTML id of the first thing on the page that a criterion misses, where it is one."""
    if criterion == "coverage":
        return next((one.anchor for one in facts.equations if one.state in OPEN), "")
    if criterion == "sections":
        return next((one.anchor for one in facts.sections if not one.annotated), "")
    return ""


def add_style(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give these pages the style of the audit."""
    if template == "audit/post/page.html":
        app.add_css_file("audit.css", priority=900)
