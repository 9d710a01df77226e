"""The blocks of a post's Markdown, and which of them are annotations: the two layers of an edition."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

#: The class that makes a section an annotation.
SECTION_CLASS = "annotation"
_ANNOTATION = re.compile(r"\s*\{prf:[\w-]+\}")
#: One of these stands in every text that has an annotation.
_SIGNS = ("{prf:", SECTION_CLASS)
_ATTRS = re.compile(r"\s*\{[^{}]*\}\s*$")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]\s]+\]:")
_DIRECTIVE = re.compile(r"\s*\{([\w:-]+)\}[ \t]*(.*)")
#: The options at the head of a directive.
OPTIONS = re.compile(r"\A(?:[ \t]*:[\w-]+:.*(?:\n|\Z))+|\A---\n(?:.*\n)*?---(?:\n|\Z)")
#: Directives whose content the reader does not read as Markdown.
_VERBATIM = frozenset({
    "math", "code", "code-block", "code-cell", "sourcecode", "literalinclude", "parsed-literal", "raw", "eval-rst",
    "csv-table", "include", "image", "toctree", "mermaid", "graphviz", "highlight", "bibliography", "shown"})
#: Directives whose argument is an address or a name.
_NAMED = frozenset({"figure", "container", "tab-set", "grid"})


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block: ``lines[first:last]`` of the body, from 0, without the blank lines around it."""

    first: int
    last: int
    kind: str
    annotation: bool
    text: str


@functools.cache
def inline_reader() -> MarkdownIt:
    """Return the MyST reader as ``conf.py`` configures it."""
    return (MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_labels=True, double_inline=True)
            .use(amsmath_plugin).use(colon_fence_plugin).use(deflist_plugin).use(footnote_plugin)
            .use(myst_block_plugin).use(myst_role_plugin).use(attrs_block_plugin).use(attrs_plugin))


@functools.lru_cache(maxsize=256)
def inline_tokens(text: str) -> tuple[Token, ...]:
    """Return what that reader sees in a block, to all who ask in turn what it says and what it displays."""
    return tuple(inline_reader().parse(text))


@functools.cache
def reader() -> MarkdownIt:
    """Return the reader at block level: inline text is not looked at."""
    reader = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_labels=True)
    reader.use(amsmath_plugin).use(colon_fence_plugin).use(deflist_plugin).use(footnote_plugin)
    reader.use(myst_block_plugin).use(attrs_block_plugin)
    reader.core.ruler.disable("inline")
    return reader


def blocks(body: str) -> tuple[Block, ...]:
    """Return the top-level blocks of *body*, in order; a body without front matter is meant.

    A section with the class ``annotation`` makes every block from its heading to the next heading of the same
    or a higher rank an annotation. What the reader keeps for later, the definitions of links and footnotes, is a
    block of the kind ``definition``, so that every line with text belongs to a block.
    """
    return _read(body)[0]


@functools.lru_cache(maxsize=8)
def _read(body: str) -> tuple[tuple[Block, ...], frozenset[int], tuple[Token, ...]]:
    """Return the blocks of *body*, the lines of its annotations and its tokens, for all who ask of one post in turn."""
    tokens = reader().parse(body)
    found = _blocks(tokens, body.split("\n"))
    marked = {line for block in found if block.annotation for line in range(block.first, block.last)}
    for token in tokens:
        if token.map and is_directive(token):
            marked.update(range(*token.map))
    return found, frozenset(marked), tuple(tokens)


def block_tokens(body: str) -> tuple[Token, ...]:
    """Return what the reader sees of *body* at block level."""
    return _read(body)[2]


def _blocks(tokens: list[Token], lines: list[str]) -> tuple[Block, ...]:
    found: list[Block] = []
    section_rank: int | None = None
    for token in _top_level(tokens):
        if token.map is None:
            continue
        first, last = token.map
        if token.type == "amsmath":  # the reader leaves the line with the end out of the map
            last += 1
        # The lines of attributes above a block belong to it, although the reader drops them from the map.
        first = _with_attributes(lines, found[-1].last if found else 0, first)
        found += _definitions(lines, found[-1].last if found else 0, first, section_rank is not None)
        rank = int(token.tag[1]) if token.type == "heading_open" else None
        if rank is not None:
            if section_rank is not None and rank <= section_rank:
                section_rank = None
            if section_rank is None and SECTION_CLASS in str(token.attrGet("class") or "").split():
                section_rank = rank
        while last > first and not lines[last - 1].strip():
            last -= 1
        annotation = section_rank is not None or is_directive(token)
        found.append(Block(first, last, token.type.removesuffix("_open"), annotation,
                           "\n".join(lines[first:last])))
    found += _definitions(lines, found[-1].last if found else 0, len(lines), section_rank is not None)
    return tuple(found)


def _with_attributes(lines: list[str], start: int, first: int) -> int:
    """Return the first of the lines of attributes that end right before line *first*, not before line *start*."""
    at = first
    while at > start and (_ATTRS.match(lines[at - 1]) or not lines[at - 1].strip()):
        at -= 1
        if lines[at].strip():
            first = at
    return first


def _definitions(lines: list[str], start: int, end: int, annotation: bool) -> Iterator[Block]:
    """Yield the runs of lines with text between two blocks; a footnote goes on over its indented paragraphs."""
    first = start
    while first < end:
        if not lines[first].strip():
            first += 1
            continue
        footnote = bool(_FOOTNOTE.match(lines[first]))
        at = last = first + 1
        while at < end:
            if lines[at].strip():
                if at > last and not lines[at].startswith("    "):
                    break
                last = at + 1
            elif not footnote:
                break
            at += 1
        yield Block(first, last, "definition", annotation, "\n".join(lines[first:last]))
        first = last


def annotation_lines(body: str) -> frozenset[int]:
    """Return the numbers, from 0, of the lines of *body* that belong to annotations, nested ones included."""
    # Whatever marks an annotation is spelled out in the text: most originals need not be parsed at all.
    return _read(body)[1] if any(sign in body for sign in _SIGNS) else frozenset()


def sizes(body: str) -> tuple[int, int]:
    """Return the bytes of UTF-8 of *body* outside annotations and inside them.

    Blank lines are layout and weigh nothing.
    """
    marked = annotation_lines(body)
    weights = {number: text_bytes(line) for number, line in enumerate(body.split("\n"))}
    added = sum(weight for number, weight in weights.items() if number in marked)
    return sum(weights.values()) - added, added


def text_bytes(text: str) -> int:
    """Return the bytes of UTF-8 of the lines of *text* that are not blank, each with its line end."""
    return sum(len(line.encode()) + 1 for line in text.split("\n") if line.strip())


def is_directive(token: Token) -> bool:
    """Whether a token is an annotation written as a directive."""
    return token.type in ("fence", "colon_fence") and bool(_ANNOTATION.match(token.info))


def inner(token: Token) -> tuple[str, str] | None:
    """Return the argument and the content that the reader reads as Markdown in a directive, None for other tokens.

    Line ``n`` of the content, from 0, is line ``n + 1`` of the directive; its options have become blank lines.
    """
    if token.type not in ("fence", "colon_fence"):
        return None
    if (found := _DIRECTIVE.match(token.info)) is None:
        return ("", token.content) if token.type == "colon_fence" else None
    if found[1] in _VERBATIM:
        return None
    content = OPTIONS.sub(lambda options: "\n" * options[0].count("\n"), token.content)
    return ("" if found[1] in _NAMED else found[2].strip()), content


def _top_level(tokens: list[Token]) -> Iterator[Token]:
    """Yield the opening token of every top-level block."""
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            yield token
