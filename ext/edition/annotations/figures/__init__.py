"""The figures of the edition: what a page may say of each, and the still picture of what it said.

The scripts in ``ext/static/figures`` draw the same from the same numbers, and let the reader change them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ext.edition.annotations.figures import distributions, optimisers, spectrum
from ext.edition.site.errors import EditionError


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the type of its options, what is to be checked besides, and how it is drawn."""

    options: type[msgspec.Struct]
    check: Callable[[Any], None]
    draw: Callable[..., str]


#: The name of a figure is the name of its script.
FIGURES: Mapping[str, Figure] = {
    "distributions": Figure(distributions.Options, distributions.check, distributions.draw),
    "spectrum": Figure(spectrum.Options, spectrum.check, spectrum.draw),
    "optimisers": Figure(optimisers.Options, optimisers.check, optimisers.draw),
}


def read(name: str, text: str) -> msgspec.Struct:
    """Return the options that *text* (JSON, or nothing) gives to the figure *name*; raise with what is wrong."""
    if name not in FIGURES:
        raise EditionError(f"there is no figure {name!r}", remedy=f"take one of {', '.join(FIGURES)}")
    figure = FIGURES[name]
    try:
        options: msgspec.Struct = msgspec.json.decode(text.strip() or "{}", type=figure.options)
    except msgspec.MsgspecError as error:
        raise EditionError(str(error), remedy="correct the JSON in the directive") from error
    figure.check(options)
    return options


def picture(name: str, options: msgspec.Struct, *, english: bool = False) -> str:
    """Return the still picture as SVG text; the same options give the same text."""
    return FIGURES[name].draw(options, english=english)


def data(options: msgspec.Struct) -> str:
    """Return the options as JSON that may stand inside a ``script`` of a page."""
    return msgspec.json.encode(options).decode().replace("<", "\\u003c")
