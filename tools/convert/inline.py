"""Put the pieces of one paragraph together as a line of MyST.

Emphasis is the hard part: CommonMark opens and closes ``**`` by the characters around it, by rules made for spaces
between words, so ``**粗体：**中文`` stays plain. Punctuation at the inner edge moves outside of the marks; where it
can't (brackets, quotes, math, code), the neighbouring character is spelled as an entity, which the rules take for
punctuation. The result is read back, and marks that still don't work are left out rather than shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ext.edition.checks.markup import Construct
from tools.convert.escape import code_span, entity, escape, guard

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

STRONG, EM = "**", "*"


@dataclass(frozen=True, slots=True)
class Text:
    """Text of the page, not yet escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Raw:
    """Finished MyST: a formula, code, half a link (a shell, which shows nothing by itself).

    ``made`` is the markup that the reader is to find where this stands.
    """

    myst: str
    shell: bool = False
    made: Construct | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """Code within the line."""

    code: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Emphasis that opens or closes."""

    sign: str
    opens: bool


@dataclass(frozen=True, slots=True)
class Break:
    """A line break within a paragraph."""


Piece = Text | Raw | Code | Mark | Break
_SPACE = re.compile(r"[ \t\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")  # what ends a line somewhere is among them
_PARENTHESIS = re.compile(r"\A(\s*)\(")


def line(pieces: list[Piece], *, single: bool = False, meant: Counter[Construct] | None = None) -> str:
    """Return the pieces as one paragraph; ``single`` keeps it on one line (headings, cells, terms).

    What markup is really written is counted in ``meant``.
    """
    pieces = _spaced([Text(" ") if single and isinstance(p, Break) else p for p in pieces])
    if meant is not None:
        meant.update(p.made for p in pieces if isinstance(p, Raw) and p.made is not None)
    if not any(isinstance(p, Mark) for p in pieces):
        return _join(pieces)
    pieces = _matched(pieces)
    for attempt in (pieces, [p for p in pieces if p not in (Mark(EM, True), Mark(EM, False))]):
        written = _join(_flanked(attempt))
        if _reads_back(written, attempt):
            return written
    return _join(_spaced([p for p in pieces if not isinstance(p, Mark)]))


def beside(lines: Iterable[str]) -> str:
    """Write finished lines as one: parentheses after a display would be read as its label."""
    whole = ""
    for one in filter(None, lines):
        whole += (" " if whole else "") + (_unlabelled(one) if whole.endswith("$$") else one)
    return whole


def alone(lines: Iterable[str]) -> str:
    """Write finished lines as a line that may begin a block: two displays at its ends would be read as one."""
    whole = beside(lines)
    return f"{whole}&#8203;" if whole.startswith("$$") and whole.endswith("$$") and whole.count("$$") > 2 else whole


def _unlabelled(text: str) -> str:
    """Escape the parenthesis with which a text begins that follows a display."""
    return _PARENTHESIS.sub(r"\1\\(", text)


def blank(pieces: list[Piece]) -> bool:
    """Tell whether nothing of the pieces would show."""
    return not any(isinstance(p, Code) or (isinstance(p, Text) and p.text.strip())
                   or (isinstance(p, Raw) and p.myst and not p.shell) for p in pieces)


def plain(pieces: list[Piece]) -> str:
    """Return the text of the pieces for metadata: formulas as they are, no marks, no escapes."""
    shown = []
    for piece in pieces:
        if isinstance(piece, Text | Code):
            shown.append(piece.text if isinstance(piece, Text) else piece.code)
        elif isinstance(piece, Break) or (isinstance(piece, Raw) and piece.myst.startswith("$")):
            shown.append(" " if isinstance(piece, Break) else piece.myst)
    return " ".join("".join(shown).split())


def _spaced(pieces: list[Piece]) -> list[Piece]:
    """Collapse white space as a browser does: across elements, and none at the ends of a line."""
    result: list[Piece] = []
    gap = True  # at the start of a line, white space is dropped
    for piece in pieces:
        if isinstance(piece, Text):
            text = _SPACE.sub(" ", piece.text)
            if gap:
                text = text.lstrip(" ")
            if text:
                gap = text.endswith(" ")
                _append_text(result, text)
        elif isinstance(piece, Break):
            _strip_end(result)
            if result and not isinstance(result[-1], Break):
                result.append(piece)
            gap = True
        elif isinstance(piece, Raw) and piece.shell and piece.myst != "[" and result and result[-1] == Raw("[", True):
            result.pop()  # a link without text
        elif isinstance(piece, Code) and result and isinstance(result[-1], Code):
            result[-1] = Code(result[-1].code + piece.code)  # backticks of neighbours would run together
        else:
            result.append(piece)
            if isinstance(piece, Code) or (isinstance(piece, Raw) and piece.myst and not piece.shell):
                gap = False
    _strip_end(result)
    shown = [i for i, piece in enumerate(result) if not blank([piece])]
    if not shown:
        return [piece for piece in result if not isinstance(piece, Break)]
    result = [piece for i, piece in enumerate(result) if not isinstance(piece, Break) or shown[0] < i < shown[-1]]
    _strip_end(result)
    return result


def _append_text(result: list[Piece], text: str) -> None:
    last = result[-1] if result else None
    if isinstance(last, Text):
        result[-1] = Text(last.text + text)
    else:
        result.append(Text(text))


def _strip_end(result: list[Piece]) -> None:
    """Drop white space at the end, through closing marks."""
    for i in range(len(result) - 1, -1, -1):
        piece = result[i]
        if isinstance(piece, Mark) or (isinstance(piece, Raw) and piece.shell):
            continue
        if isinstance(piece, Text):
            text = piece.text.rstrip(" ")
            if text:
                result[i] = Text(text)
                return
            del result[i]
            continue
        return


def _matched(pieces: list[Piece]) -> list[Piece]:
    """Drop marks that say nothing: empty, nested in themselves, closed and opened again, around white space."""
    result: list[Piece] = []
    depth = {STRONG: 0, EM: 0}
    for piece in pieces:
        if not isinstance(piece, Mark):
            result.append(piece)
            continue
        depth[piece.sign] += 1 if piece.opens else -1
        if depth[piece.sign] != (1 if piece.opens else 0):
            continue
        if result and result[-1] == Mark(piece.sign, not piece.opens):
            result.pop()
        else:
            result.append(piece)
    return _outward(result)


def _outward(pieces: list[Piece]) -> list[Piece]:
    """Move white space and sentence punctuation at the inner edges of emphasis outside of it."""
    result = list(pieces)
    i = 0
    while i < len(result):
        mark = result[i]
        if isinstance(mark, Mark) and mark.opens and i + 1 < len(result) and isinstance(result[i + 1], Text):
            inner = result[i + 1]
            assert isinstance(inner, Text)
            kept = inner.text.lstrip()
            if kept != inner.text:
                result[i:i + 2] = [Text(inner.text[:len(inner.text) - len(kept)]), mark,
                                   *([Text(kept)] if kept else [])]
                i += 1
        elif isinstance(mark, Mark) and not mark.opens and i and isinstance(result[i - 1], Text):
            inner = result[i - 1]
            assert isinstance(inner, Text)
            kept = inner.text.rstrip()
            following = result[i + 1] if i + 1 < len(result) else None
            if isinstance(following, Text) and _letter(following.text[:1]):
                while len(kept) > 1 and unicodedata.category(kept[-1]) == "Po" and kept[-1] not in "\\*_`$'\"!":
                    kept = kept[:-1]
                kept = kept.rstrip() or kept
            if kept != inner.text:
                moved = Text(inner.text[len(kept):])
                before = [Text(kept)] if kept else []
                result[i - 1:i + 1] = [*before, mark, moved]
                i += len(before)
        i += 1
    merged: list[Piece] = []
    for piece in result:
        if isinstance(piece, Text):
            _append_text(merged, piece.text)
        elif isinstance(piece, Mark) and not piece.opens and merged and merged[-1] == Mark(piece.sign, True):
            merged.pop()
        else:
            merged.append(piece)
    return merged


def _letter(character: str) -> bool:
    return bool(character) and not character.isspace() and not _punctuation(character)


def _punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _flanked(pieces: list[Piece]) -> list[Piece]:
    """Spell the neighbours of emphasis marks so that the marks open and close."""
    result = list(pieces)
    for i, mark in enumerate(result):
        if not isinstance(mark, Mark):
            continue
        step = 1 if mark.opens else -1
        inner, outer = _edge(result, i, step), _edge(result, i, -step)
        if outer is None or inner is None:
            continue
        j, character = outer
        neighbour = result[j]
        if _punctuation(inner[1]) and _letter(character) and isinstance(neighbour, Text):
            text = neighbour.text
            if mark.opens:
                result[j:j + 1] = [Text(text[:-1])]
                result[i] = Raw(entity(character) + mark.sign)
            else:
                result[j:j + 1] = [Text(text[1:])]
                result[i] = Raw(mark.sign + entity(character))
    return result


def _edge(pieces: list[Piece], i: int, step: int) -> tuple[int, str] | None:
    """Return the piece next to a mark, past other marks, and its nearest character."""
    j = i + step
    while 0 <= j < len(pieces):
        piece = pieces[j]
        if isinstance(piece, Text) and piece.text:
            return j, piece.text[0 if step > 0 else -1]
        if isinstance(piece, Code):
            return j, "`"
        if isinstance(piece, Raw) and piece.myst:
            return j, piece.myst[0 if step > 0 else -1]
        if isinstance(piece, Break):
            return None
        j += step
    return None


def _join(pieces: list[Piece]) -> str:
    """Write the pieces, and guard the starts of lines."""
    lines: list[str] = []
    current: list[str] = []
    guarded = True
    last = len(pieces) - 1
    for i, piece in enumerate(pieces):
        if not current:
            guarded = isinstance(piece, Text)
        if isinstance(piece, Text):
            text = escape(piece.text)
            if current and current[-1].endswith("$$"):
                text = _unlabelled(text)
            if piece.text.endswith("\\") and (i == last or isinstance(pieces[i + 1], Break)):
                text = text[:-2] + "&#92;"  # nothing after it to escape, but dollar math looks back from the end
            current.append(text)
        elif isinstance(piece, Break):
            lines.append(_finish(current, guarded) + "\\")
            current = []
        else:
            written = code_span(piece.code) if isinstance(piece, Code) else (
                piece.myst if isinstance(piece, Raw) else piece.sign)
            touching = bool(current) and current[-1].endswith("`") and not isinstance(pieces[i - 1], Text)
            if touching and written.startswith("`"):
                current.append(" ")  # a role before code
            current.append(written)
    lines.append(_finish(current, guarded))
    return "\n".join(lines)


def _finish(parts: list[str], guarded: bool) -> str:
    written = "".join(parts).strip(" ")
    if guarded:
        return guard(written)
    # a footnote reference at the start of a line and a colon would define the footnote
    return re.sub(r"\A(\[\^[^\]]*\]):", r"\1\\:", written)


def _reads_back(written: str, pieces: list[Piece]) -> bool:
    """Tell whether a Markdown reader sees exactly the emphasis that was meant."""
    wanted = {sign: sum(p == Mark(sign, True) for p in pieces) for sign in (STRONG, EM)}
    seen = {STRONG: 0, EM: 0}
    for token in _reader().parseInline(written)[0].children or []:
        if token.type == "strong_open":
            seen[STRONG] += 1
        elif token.type == "em_open":
            seen[EM] += 1
    return seen == wanted


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    return MarkdownIt("commonmark").use(dollarmath_plugin, double_inline=True).use(myst_role_plugin)
