"""Read one post as the build reads it, and say what covers its equations.

Nothing but the post itself, and the documents that name its equations as ``slug#…``, can change the answer. Only
these are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ext.edition.annotations.targets import Index
from ext.edition.audit.coverage import EquationCover
from tools import posts
from tools.workspace import Workspace

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


@dataclass(frozen=True, slots=True)
class Covering:
    """An annotation that covers an equation, as people name it."""

    kind: str
    label: str
    docname: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One displayed equation of the original, and the annotations that cover it, the best first."""

    cover: EquationCover
    by: tuple[Covering, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as the build reads it: its document, its equations with what covers them, and what its names mean."""

    docname: str
    listed: tuple[Listed, ...]
    index: Index


def read(place: Workspace, path: Path) -> tuple[Listed, ...]:
    """Return the displayed equations of the original of one post, in order."""
    return reading(place, path).listed


def reading(place: Workspace, path: Path) -> Reading:
    """Return one post as the build reads it."""
    from ext.annotations.annotating import annotation_index  # Sphinx, which asking for help need not load
    from tools.as_built import environment

    name = posts.docname(place, path)
    with environment(place, path, _needed(place, path)) as env:
        return Reading(name, tuple(_listed(env, name)), annotation_index(env))


def _needed(place: Workspace, path: Path) -> Iterator[str]:
    """Yield the documents that can say something of the post's equations, the post among them."""
    mentions = re.compile(rf"{re.escape(path.stem)}#|\{{include\}}")
    for other in sorted(place.source.resolve().glob("**/*.md")):
        if other == path or other.stem == path.stem or mentions.search(other.read_text("utf-8", "replace")):
            yield posts.docname(place, other)


def _listed(env: BuildEnvironment, docname: str) -> Iterator[Listed]:
    from ext.annotations.annotating import annotation_index
    from ext.audit.assess import barred, covers

    pages = annotation_index(env).pages
    for one in covers(env, docname, without=barred(env._app, docname)):
        by = []
        for covering in one.by:
            known = pages[covering.docname].annotations if covering.docname in pages else ()
            record = next((record for record in known if record.anchor == covering.anchor), None)
            by.append(Covering(covering.kind, record.label if record else "", covering.docname,
                               record.line if record else None))
        yield Listed(one, tuple(by))
