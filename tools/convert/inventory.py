"""Count what the MyST reader sees in a text: formulas, headings, pictures, tables, code."""

from __future__ import annotations

from collections.abc import Iterable

from ext.edition.checks import markup
from ext.edition.checks.markup import DISPLAYED, INLINE, Found, formula
from tools.convert.receipt import Inventory


def inventory(myst: str) -> tuple[Inventory, tuple[str, ...]]:
    """Return what a text holds, and the links in it (a picture that was not fetched is one)."""
    return listed(markup.read(myst))


def listed(found: Iterable[Found]) -> tuple[Inventory, tuple[str, ...]]:
    """Return the same of a text that was read already."""
    found = list(found)
    contents = {shown: tuple(one.content for one in found if one.construct == formula(shown))
                for shown in (INLINE, DISPLAYED)}
    pictures = tuple(one.construct.name if one.construct.kind == markup.IMAGE else one.content for one in found
                     if one.construct.kind == markup.IMAGE
                     or (one.construct.kind == markup.DIRECTIVE and one.construct.name == "figure"))
    of = {kind: tuple(one for one in found if one.construct.kind == kind)
          for kind in (markup.HEADING, markup.TABLE, markup.CODE, markup.LINK)}
    return Inventory(
        contents[INLINE], contents[DISPLAYED], tuple(one.content for one in of[markup.HEADING]), pictures,
        tuple("table" for _ in of[markup.TABLE]), tuple(one.content for one in of[markup.CODE])
    ), tuple(one.construct.name for one in of[markup.LINK])
