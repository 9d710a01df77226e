"""Count what the MyST reader sees in a text: formulas, headings, pictures, tables, code."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from tools.convert.receipt import Inventory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_OURS = re.compile(r"\{(list-table|admonition|figure)\}\s*(.*)")
_OPTIONS = re.compile(r"\A(?::[\w-]+:.*\n)+")


@cache
def reader() -> MarkdownIt:
    """Return a reader with the extensions of the edition."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
    from mdit_py_plugins.colon_fence import colon_fence_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin
    from mdit_py_plugins.myst_blocks import myst_block_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    return (MarkdownIt("commonmark").enable("table").use(front_matter_plugin).use(myst_block_plugin)
            .use(myst_role_plugin).use(footnote_plugin, inline=False).use(deflist_plugin).use(colon_fence_plugin)
            .use(amsmath_plugin).use(dollarmath_plugin, allow_labels=True, double_inline=True)
            .use(attrs_plugin, after=("image", "code_inline", "link_close", "span_close"), spans=True)
            .use(attrs_block_plugin))


class _Tally:
    """What has been seen so far."""

    def __init__(self) -> None:
        self.inline: list[str] = []
        self.displayed: list[str] = []
        self.headings: list[str] = []
        self.images: list[str] = []
        self.links: list[str] = []
        self.tables: list[str] = []
        self.code: list[str] = []

    def read(self, text: str) -> None:
        """Count one text, our own directives included."""
        self._walk(reader().parse(text))

    def _walk(self, tokens: Sequence[Token]) -> None:
        for i, token in enumerate(tokens):
            kind = token.type
            if kind == "math_inline" or (kind == "myst_role" and token.meta.get("name") == "math"):
                self.inline.append(token.content)
            elif kind in {"math_block", "math_block_label", "amsmath", "math_inline_double"}:
                self.displayed.append(token.content)
            elif kind == "heading_open":
                self.headings.append(_text(tokens[i + 1].children or []))
            elif kind == "image":
                self.images.append(str(token.attrs.get("src", "")))
            elif kind == "link_open":
                self.links.append(str(token.attrs.get("href", "")))
            elif kind == "table_open":
                self.tables.append("table")
            elif kind == "fence":
                self._fence(token)
            if token.children:
                self._walk(token.children)

    def _fence(self, token: Token) -> None:
        ours = _OURS.match(token.info.strip())
        body = _OPTIONS.sub("", token.content)
        if token.info.strip() == "{math}":
            self.displayed.append(token.content.strip())
        elif ours:
            if ours[1] == "list-table":
                self.tables.append("table")
            elif ours[1] == "figure":
                self.images.append(ours[2])
            self.read(body)
        else:
            self.code.append(token.content.rstrip("\n"))


def _text(children: Sequence[Token]) -> str:
    return "".join(token.content for token in children)


def as_read(address: str) -> str:
    """Return a link destination as the reader spells it."""
    from markdown_it.common.utils import unescapeAll

    return reader().normalizeLink(unescapeAll(address))


def inventory(myst: str) -> tuple[Inventory, tuple[str, ...]]:
    """Return what a text holds, and the links in it (a picture that was not fetched is one)."""
    tally = _Tally()
    tally.read(myst)
    return Inventory(tuple(tally.inline), tuple(tally.displayed), tuple(tally.headings), tuple(tally.images),
                     tuple(tally.tables), tuple(tally.code)), tuple(tally.links)
