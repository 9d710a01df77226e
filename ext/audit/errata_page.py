"""The page of errata: by post and state, and apart from them what checks only ask about.

A candidate is a question: an equation of an original whose sides differ as it is displayed. It becomes an erratum when
somebody has read it and writes one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx

from ext.annotations.correcting import LISTED, errata_of, state_name
from ext.audit import texts
from ext.audit.state import rows
from ext.build.contents import newest_template
from ext.build.once import once
from ext.build.sharing import Later
from ext.build.written import ledger
from ext.checks.checking import questioned
from ext.edition.annotations.errata import Erratum, State, event
from ext.edition.annotations.targets import heading_of
from ext.edition.checks import results
from ext.edition.math.equation import Equation
from ext.math.typesetting import set_again
from ext.site.settings import writes_site

PAGE = LISTED
#: Of its own: the view of the pages that show errata has one too.
LEDGER = "errata page"


@dataclass(frozen=True, slots=True)
class Listed:
    """The errata of one post, and the questions about its equations that no erratum answers."""

    docname: str
    title: str
    errata: tuple[Erratum, ...]
    candidates: tuple[tuple[Equation, str], ...]

    @property
    def states(self) -> Counter[State]:
        """How many there are of each state."""
        return Counter(one.state for one in self.errata)


@once
def listed(app: Sphinx) -> tuple[Listed, ...]:
    """Return the posts that have any, in the order of their names."""
    asked = questioned(app.env, results.load(Path(app.srcdir)))
    by: dict[str, list[Erratum]] = {}
    for one in errata_of(app):
        by.setdefault(one.where, []).append(one)
    found = []
    for docname, row in sorted(rows(app).items()):
        own = tuple(by.get(docname, ()))
        answered = {one.equation.anchor for one in own}
        open_ = tuple(said for anchor, said in asked.get(docname, {}).items() if anchor not in answered)
        if own or open_:
            found.append(Listed(docname, row.record.title, own, open_))
    return tuple(found)


def counts(app: Sphinx) -> tuple[int, int, int]:
    """Return how many errata there are, how many of them are open, and how many candidates."""
    states = sum((one.states for one in listed(app)), Counter[State]())
    return states.total(), states.total() - states[State.ADOPTED], sum(len(one.candidates) for one in listed(app))


def digests(app: Sphinx) -> dict[str, str]:
    """Return the digest of the page by its name; nothing where there is nothing to list."""
    if not listed(app):
        return {}
    shown = repr((listed(app), texts.look(), app.config.language, newest_template(app)))
    return {PAGE: hashlib.sha256(shown.encode()).hexdigest()[:16]}


def collect(app: Sphinx) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Hand out the page when it changed or is missing."""
    if not writes_site(app.builder):
        return
    now = digests(app)
    gone = frozenset(name for name in now if not app.builder.get_output_path(name).is_file())
    if PAGE in ledger(app, LEDGER).begin(now, gone) and now:
        yield PAGE, Later(partial(_context, app)), "audit/post/page.html"


def _context(app: Sphinx) -> dict[str, Any]:
    t = texts.words(app)
    body = texts.render(
        app, "post/errata", PAGE, posts=listed(app), states=list(State),
        state_name=lambda state: state_name(app, state), event=event,
        called=lambda one: heading_of(one.record.kind, one.record.number, language=app.config.language),
        formula=lambda docname, tex: Markup(set_again(app, docname, tex)))  # noqa: S704 - the engine escapes
    return {"title": t["errata"]["title"], "body": body, "up": "audit", "kind": t["page"]["audit"]}


def remember(app: Sphinx, error: Exception | None) -> None:
    """Write down what this build wrote, and remove the page when there is nothing to list any more."""
    if error is None and writes_site(app.builder):
        for name in ledger(app, LEDGER).finish(digests(app)):
            app.builder.get_output_path(name).unlink(missing_ok=True)
