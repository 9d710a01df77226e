"""Where the original of a post may end and what was added begin: proposals with their evidence, and the cut itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ext.edition.posts.blocks import SECTION_CLASS, Block, blocks
from ext.edition.site.errors import EditionError

#: Headings that begin what was added; it goes on to the next heading of the blog's own.
MARKERS = re.compile(r"公式推导与注释|(?:详细|完整|深入)的?(?:数学)?推导|触类旁通"
                     r"|^\W*第\s*[\d一二三四五六七八九十]+\s*部分|^\W*(?:内容概览|概述与核心贡献)|^推导$")
#: How the blog's posts end; the reprint notice follows.
CONCLUSION = re.compile(r"^(?:文章|文末|本文|全文)(?:小结|总结)$")
#: How the reprint notice of a post begins, below which nothing of the original stands.
_NOTICE = re.compile(r"转载到请包括本文地址|如果您需要引用本文")
_HEADING = re.compile(r"(#{1,6})[ \t]+([^\n]*)")


@dataclass(frozen=True, slots=True)
class Cut:
    """A line of the body, from 1, at which what was added may begin, and what speaks for it; the most telling first."""

    line: int
    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """What a cut leaves on either side: blocks, displayed formulas, characters."""

    blocks: int
    displayed: int
    characters: int


def proposals(body: str) -> tuple[Cut, ...]:
    """Return the lines where what was added may begin, those with the most evidence first."""
    found = blocks(body)
    cuts = []
    for at, block in enumerate(found):
        reasons = tuple(_reasons(found, at))
        if reasons and at:
            cuts.append(Cut(block.first + 1, _shown(block), reasons))
    return tuple(sorted(cuts, key=lambda cut: (-len(cut.reasons), cut.line)))


def _reasons(found: Sequence[Block], at: int) -> Iterator[str]:
    block, before = found[at], found[at - 1] if at else None
    heading = _heading(block)
    if heading and MARKERS.search(heading[1]):
        yield f"the heading {heading[1]!r} is one that begins additions"
    if block.annotation and not any(one.annotation for one in found[:at]):
        yield "the first annotation box stands here"
    if before is not None and _NOTICE.search(before.text):
        yield "the reprint notice, which ends the blog's posts, stands right above"
    if before is not None and before.kind == "hr" and heading:
        yield "a rule stands above this heading"
    section = next((known for one in reversed(found[:at]) if (known := _heading(one))), None)
    if heading and section and CONCLUSION.search(section[1]) and heading[0] <= section[0]:
        yield f"the section {section[1]!r}, with which the blog's posts end, ends here"


def sides(body: str, line: int) -> tuple[Sides, Sides]:
    """Return what stands before a line of the body, from 1, and from it on; the title is on neither side."""
    found = [block for at, block in enumerate(blocks(body)) if at or not _is_title(block)]
    before = [block for block in found if block.first + 1 < line]
    return _side(before), _side(found[len(before):])


def _side(found: Sequence[Block]) -> Sides:
    return Sides(len(found), sum(block.text.count("$$") // 2 + block.text.count("\\begin{equation")
                                 + block.text.count("\\begin{align") for block in found),
                 sum(len("".join(block.text.split())) for block in found))


def cut(body: str, line: int, *, english: bool = False) -> str:
    """Return the body with everything from a line on, from 1, marked as annotation; no line of the text changes.

    The headings from there on become annotated sections, as far as none lies inside another. What stands before the
    first of them, or anything without a heading, gets a heading of its own.
    """
    found, lines = blocks(body), body.split("\n")
    start = next((at for at, block in enumerate(found) if block.first < line <= block.last), None)
    if start is None:
        start = next((at for at, block in enumerate(found) if block.first >= line - 1), None)
    if start is None or (start == 0 and _is_title(found[0])):
        raise EditionError(f"nothing stands from line {line} on below the title",
                           remedy="give a line at which a block begins")
    if found[start].first + 1 != line:
        raise EditionError(f"line {line} is inside a block that begins in line {found[start].first + 1}",
                           remedy="give a line at which a block begins")
    ranks = [heading[0] for block in found[start:] if (heading := _heading(block))]
    inserted: dict[int, list[str]] = {}
    covered = 7
    if _heading(found[start]) is None:
        covered = min([2, *ranks])
        title = "Annotations" if english else "注疏"
        inserted[found[start].first] = [f"{{.{SECTION_CLASS}}}", f"{'#' * covered} {title}", ""]
    for block in found[start:]:
        heading = _heading(block)
        if heading and heading[0] <= covered:
            covered = heading[0]
            if SECTION_CLASS not in block.text.partition("#")[0]:
                inserted.setdefault(block.first, []).append(f"{{.{SECTION_CLASS}}}")
    return "\n".join(part for number, text in enumerate(lines) for part in (*inserted.get(number, ()), text))


def _heading(block: Block) -> tuple[int, str] | None:
    """Return rank and text of a heading; the lines of attributes above it are part of its block."""
    if block.kind != "heading":
        return None
    match = next(filter(None, map(_HEADING.match, block.text.split("\n"))), None)
    return (len(match[1]), match[2].strip()) if match else None


def _is_title(block: Block) -> bool:
    heading = _heading(block)
    return heading is not None and heading[0] == 1


def _shown(block: Block) -> str:
    heading = _heading(block)
    return heading[1] if heading else block.text.partition("\n")[0].strip()
