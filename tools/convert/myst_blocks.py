"""Blocks of MyST: how paragraphs, lists, quotes, definitions and the rest are written below each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tools.convert.escape import fence
from tools.convert.inline import Piece

PARAGRAPH, MATH, HEADING, RULE, BULLETS, NUMBERS = "paragraph", "math", "heading", "rule", "bullets", "numbers"
INNER_HEADING, CODE, TABLE, QUOTE, TERMS, DIRECTIVE = "inner", "code", "table", "quote", "terms", "directive"
# markdown-it reads 20 levels and drops what is deeper; a list takes two, and what stands in it some more.
MAX_LEVELS = 14
_OPTION = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Block:
    """A finished block; ``line`` is its form for a table cell, if it has one; ``level`` is a heading's."""

    kind: str
    text: str
    line: str | None = None
    level: int = 0


@dataclass(slots=True)
class Cell:
    """One cell of a table."""

    blocks: list[Block]
    header: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class Frame:
    """A container that is being read: its finished blocks, and the paragraph under way."""

    kind: str
    level: int = 0
    blocks: list[Block] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    items: list[list[Block]] = field(default_factory=list)  # of a list
    start: int = 1  # of a numbered list
    terms: list[tuple[list[str], list[list[Block]]]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    caption: list[Block] = field(default_factory=list)
    title: str = ""
    label: str = ""
    images: list[str] = field(default_factory=list)
    cell: Cell | None = None


def join(blocks: Sequence[Block]) -> str:
    """Write blocks below each other."""
    return "\n\n".join(texts(blocks))


def texts(blocks: Sequence[Block], *, opening: bool = False) -> list[str]:
    """Return what blocks are written as; two lists in a row get different markers so that they stay two.

    With ``opening`` nothing stands above them: the reader takes hyphens on a first line for front matter, even those
    within the first item of a list.
    """
    written: list[str] = []
    before: Block | None = None
    for block in blocks:
        text = block.text
        if opening and not written and block.kind == BULLETS and "---" in text.partition("\n")[0]:
            text, block = _other_marker(block, block)
        if before is not None and before.kind == block.kind and block.kind in {BULLETS, NUMBERS}:
            text, block = _other_marker(block, before)
        written.append(text)
        before = block
    return written


def _other_marker(block: Block, before: Block) -> tuple[str, Block]:
    """Rewrite the markers of a list that follows one with the same markers."""
    first = before.text[0] if before.kind == BULLETS else (re.match(r"\d+([.)])", before.text) or [".", "."])[1]
    if block.kind == BULLETS:
        marker = "*" if first == "-" else "-"
        text = re.sub(r"^[-*](?= |$)", marker, block.text, flags=re.M)
    else:
        marker = ")" if first == "." else "."
        text = re.sub(r"^(\d{1,9})[.)](?= |$)", rf"\1{marker}", block.text, flags=re.M)
    return text, Block(block.kind, text)


def _indent(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else "" for line in lines[1:])])


def item_list(items: Iterable[Sequence[Block]], start: int | None = None) -> Block | None:
    """Write a list; tight if every item is a line with at most a list below it."""
    kept = [inner for inner in (nested(item) for item in items) if inner]
    if not kept:
        return None
    tight = all(item[0].kind == PARAGRAPH and all(b.kind == BULLETS for b in item[1:]) and len(item) < 3
                for item in kept)
    written = []
    for i, item in enumerate(kept):
        marker = "- " if start is None else f"{min(start, 999_000_000) + i}. "
        body = "\n".join(b.text for b in item) if tight else join(item)
        written.append(_indent(body, marker, " " * len(marker)))
    return Block(BULLETS if start is None else NUMBERS, ("\n" if tight else "\n\n").join(written))


def quote(blocks: Sequence[Block]) -> Block | None:
    """Write a quote."""
    inner = nested(blocks)
    if not inner:
        return None
    return Block(QUOTE, "\n".join(("> " + line).rstrip() for line in join(inner).split("\n")))


def definitions(groups: Sequence[tuple[list[str], list[list[Block]]]]) -> list[Block]:
    """Write a definition list; terms without a definition and definitions without a term stay paragraphs."""
    written: list[str] = []
    blocks: list[Block] = []

    def close() -> None:
        if written:
            blocks.append(Block(TERMS, "\n\n".join(written)))
            written.clear()

    for terms, bodies in groups:
        term = " / ".join(t for t in terms if t)
        bodies = [inner for inner in (nested(body) for body in bodies) if inner]
        if term and bodies:
            written.append("\n".join([term, *(_indent(join(body), ": ", "  ") + ("\n" if body != bodies[-1] else "")
                                               for body in bodies)]))
            continue
        close()
        if term:
            blocks.append(Block(PARAGRAPH, term, term))
        for body in bodies:
            blocks.extend(body)
    close()
    return blocks


def directive(name: str, argument: str, options: Sequence[tuple[str, str]], blocks: Sequence[Block]) -> Block:
    """Write a directive of ours around fetched blocks; the values of options are quoted."""
    head = [f":{key}: {value}" for key, value in options]
    body = "\n\n".join(texts(nested(blocks), opening=True))
    text = "\n".join([*head, *([""] if head else []), body]) if body else "\n".join(head)
    return Block(DIRECTIVE, fence(text if head else "\n" + text, f"{{{name}}} {argument}".rstrip()))


def quoted(value: str) -> str:
    """Quote the value of a directive's option."""
    return '"' + _OPTION.sub(r"\\\g<0>", " ".join(value.split())) + '"'


def levelled(blocks: Sequence[Block]) -> list[Block]:
    """Write the headings of a document below one title, each at most one level below the one it stands under."""
    open_levels: list[tuple[int, int]] = []
    result: list[Block] = []
    for i, block in enumerate(blocks):
        if block.kind == HEADING:
            while open_levels and open_levels[-1][0] >= block.level:
                open_levels.pop()
            level = min(6, open_levels[-1][1] + 1 if open_levels else 2)
            open_levels.append((block.level, level))
            result.append(Block(HEADING, "#" * level + " " + block.text, level=level))
        elif block.kind == RULE:
            after = next((b for b in blocks[i + 1:] if b.kind != RULE), None)
            if result and after is not None and result[-1].kind not in {HEADING, RULE} and after.kind != HEADING:
                result.append(block)
        else:
            result.append(block)
    return result


def lined(blocks: Sequence[Block]) -> tuple[list[str], list[Block]]:
    """Split blocks into the lines that they begin with and the rest, which no line can hold."""
    lines: list[str] = []
    for i, block in enumerate(blocks):
        one = block.text if block.kind == HEADING else block.line
        if one is None:
            return lines, list(blocks[i:])
        lines.append(one)
    return lines, []


def nested(blocks: Sequence[Block]) -> list[Block]:
    """Prepare blocks for a container: no rules, and headings as the reader takes them there."""
    return [Block(INNER_HEADING, "#" * min(6, max(2, b.level)) + " " + b.text) if b.kind == HEADING else b
            for b in blocks if b.kind != RULE]
