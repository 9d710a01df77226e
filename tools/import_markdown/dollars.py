"""Find the dollars that open no formula, before one of them turns a whole paragraph inside out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from tools.import_markdown.doings import Notes
from tools.import_markdown.places import DISPLAYS, NOT_TEX, Places, plausible

_HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_TEX = re.compile(r"\\[A-Za-z]+|[_^]\{")
_WORDS = re.compile(r"\\(?:text\w*|mathrm|mbox|operatorname\*?)\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_SKIP = re.compile(r"\\[$\\]|(?P<code>(?<!`)`+(?!`))|\$\$"
                   r"|\\begin\{(?P<env>(?:" + "|".join(sorted(DISPLAYS)) + r")\*?)\}")
_PARAGRAPHS = re.compile(r"\n[ \t>]*\n|\n(?=[ \t>]*(?:#{1,6}\s|\|))|(?<=\|)[ \t]*\n")


def balance(text: str, notes: Notes) -> str:
    """Escape or remove the dollars that belong to no formula, paragraph by paragraph."""
    mask = _masked(text)
    edits: list[tuple[int, int, str]] = []
    waiting: tuple[list[int], int] | None = None
    for start, end in _spans(mask):
        found = [at for at in range(start, end) if mask[at] == "$"]
        if len(found) % 2 == 0:
            waiting = None if found or mask[start:end].strip() else waiting
            continue
        if waiting and _one_formula(text[waiting[0][-1] + 1 : found[0]]):
            edits.pop()  # the stray dollar of the paragraph before was none
            edits.append((*_gap(text, waiting[1], start), " "))
            notes.repaired["formula over two paragraphs"] += 1
            waiting = None
            continue
        waiting = (found, end)
        stray = _stray(text[start:end], [at - start for at in found]) + start
        doubled = text[stray - 1 : stray] == "$" or text[stray + 1 : stray + 2] == "$"
        edits.append((stray, stray + 1, "" if doubled else "\\$"))
    parts, at = [], 0
    for start, end, new in sorted(edits):
        if new == "":
            notes.repaired["doubled dollar"] += 1
        elif new != " ":
            notes.repaired["stray dollar"] += 1
            notes.leave("a dollar that opens no formula", text[max(0, start - 20) : end + 30])
        parts += [text[at:start], new]
        at = end
    return "".join((*parts, text[at:]))


def _gap(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a gap between paragraphs by the white space around it."""
    while text[start - 1].isspace():
        start -= 1
    while text[end].isspace():
        end += 1
    return start, end


def _masked(text: str) -> str:
    """Return the text, as long as before, without what single dollars have nothing to do with."""
    parts = list(text)
    places = Places(text)
    at = 0
    while match := _SKIP.search(text, at):
        end: int | None = match.end()
        if match[0] == "$$":
            close = text.find("$$", match.end())
            end = close + 2 if close >= 0 and plausible(text[match.end() : close]) else None
        elif match["env"]:
            end = places.environment_end(match.start(), match["env"])
        elif match["code"]:
            end = places.code.end(match.start(), len(match[0]), places.line(match.end())[1])
        if end is None:
            at = match.end()
            continue
        parts[match.start() : end] = " " * (end - match.start())
        at = end
    return "".join(parts)


def _spans(mask: str) -> Iterator[tuple[int, int]]:
    at = 0
    for match in _PARAGRAPHS.finditer(mask):
        yield at, match.start()
        at = match.end()
    yield at, len(mask)


def _one_formula(text: str) -> bool:
    return len(text) < 2000 and not _HAN.search(_WORDS.sub("", text)) and not NOT_TEX.search(text)


def _stray(text: str, found: Sequence[int]) -> int:
    """Return which dollar, left out, gives formulas without prose and prose without TeX."""
    edges = [-1, *found, len(text)]
    pieces = [text[start + 1 : end] for start, end in itertools.pairwise(edges)]
    before = [0, *itertools.accumulate(_cost(piece, number % 2) for number, piece in enumerate(pieces))]
    # Behind the one that is left out, formulas and prose change places.
    turned = [_cost(piece, 1 - number % 2) for number, piece in enumerate(pieces)]
    after = [0, *itertools.accumulate(reversed(turned))][::-1]
    costs = [before[number] + _cost(text[edges[number] + 1 : edges[number + 2]], number % 2) + after[number + 2]
             for number in range(len(found))]
    # Of equal ones the last: the reader pairs the others as they come.
    return found[len(costs) - 1 - costs[::-1].index(min(costs))]


def _cost(piece: str, formula: int) -> int:
    if formula:
        return len(_HAN.findall(_WORDS.sub("", piece))) + 3 * (not piece.strip())
    return 2 * len(_TEX.findall(piece))
