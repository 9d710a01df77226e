"""How Markdown is read here: one recipe for the build, the gate of every way in, and whoever else reads a text.

``conf.py`` takes its settings of the parser from :data:`SETTINGS`, and :func:`make` builds with them the very parser
that Sphinx is given, so that none of our readers can see another text than the build does.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

#: The settings of the parser by their names in ``conf.py``, where each begins with ``myst_``.
SETTINGS: Mapping[str, Any] = MappingProxyType({
    "enable_extensions": ("amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "tasklist"),
    "dmath_double_inline": True,  # a display in the middle of a paragraph
    "heading_anchors": 4,
})


def make() -> MarkdownIt:
    """Return a new reader of whole texts, of all that the build reads."""
    settings = {**SETTINGS, "enable_extensions": set(SETTINGS["enable_extensions"])}
    made = create_md_parser(MdParserConfig(**settings), RendererHTML)
    made.disable("wordcount")  # counts words, and adds nothing that could be read
    return made


@functools.cache
def reader() -> MarkdownIt:
    """Return the reader that all share who do not change it."""
    return make()


@functools.lru_cache(maxsize=2)
def parsed(text: str) -> tuple[tuple[Token, ...], Mapping[str, Any]]:
    """Return what that reader finds in a whole text, and the definitions in it, to all who ask of a post in turn."""
    kept: dict[str, Any] = {"references": {}}
    return tuple(reader().parse(text, kept)), kept
