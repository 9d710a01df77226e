"""What changed under a review: the source of an annotation and of all that it reads, as it was signed and as it is."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx

from ext.audit.resting import resting
from ext.edition.audit.grounds import Item
from ext.edition.audit.reviews import Review
from ext.edition.posts import readings, units
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.versions import answer


@dataclass(frozen=True, slots=True)
class Changed:
    """An annotation or equation that says something else now: its lines, each with ``-``, ``+`` or a space."""

    item: Item
    lines: tuple[tuple[str, str], ...]


def changed(app: Sphinx, item: Item, review: Review) -> tuple[Changed, ...]:
    """Return what of an annotation and of what it reads has changed; nothing of what git does not hold any more."""
    known, found = resting(app), []
    for key in (item.key, *sorted(known.below(item.key))):
        one = known.items[key]
        blob = review.files.get(one.docname, "")
        held = answer(Path(app.srcdir), "cat-file", "blob", blob) if blob else ""
        then = _text(held, one) if held else None
        now = _text(read_text(Path(app.env.doc2path(one.docname))), one)
        if then is not None and now is not None and then != now:
            lines = tuple((line[0], line[2:]) for line in difflib.ndiff(then.split("\n"), now.split("\n"))
                          if line[0] != "?")
            found.append(Changed(one, lines))
    return tuple(found)


def _text(source: str, item: Item) -> str | None:
    """Return what an annotation or an equation says in a source; None where it is not to be found by its name."""
    try:
        body = frontmatter.split(source).body
    except EditionError:
        return None
    if item.equation is not None:
        names = {item.equation.id, item.equation.content}
        return next((one.shown.tex.strip() for one in units.equations(body) if one.name in names), None)
    label = item.annotation.label if item.annotation else ""
    return next((one.text for one in readings.texts(body) if label and one.label == label), None)
