"""Find the dollars that open no formula, before one of them turns a whole paragraph inside out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tools.import_markdown.account import Notes

#: Environments that are displays of their own, without dollars around them.
DISPLAYS = frozenset({"equation", "align", "gather", "multline", "alignat", "flalign", "eqnarray"})

_HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_TEX = re.compile(r"\\[A-Za-z]+|[_^]\{")
_WORDS = re.compile(r"\\(?:text\w*|mathrm|mbox|operatorname\*?)\s*\{(?:[^{}]|\{[^{}]*\})*\}")
#: What can't stand after a blank line inside a formula.
_NOT_TEX = re.compile(r"\n[ \t>]*\n\s*(?:#{1,6}\s|</?\w|\*\*|[-*+]\s+\*\*|\d+\.\s+\*\*|[\u4e00-\u9fff])"
                      r"|\n#{1,6}\s|</?div\b")
_OUTER = re.compile(r"\\begin\{(" + "|".join(sorted(DISPLAYS)) + r")(\*?)\}")
_OUTER_END = re.compile(r"\\end\{(" + "|".join(sorted(DISPLAYS)) + r")\*?\}")
_SKIP = re.compile(r"\\[$\\]|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)|\$\$|" + _OUTER.pattern)
_PARAGRAPHS = re.compile(r"\n[ \t>]*\n|\n(?=[ \t>]*(?:#{1,6}\s|\|))|(?<=\|)[ \t]*\n")


def plausible(tex: str) -> bool:
    """Tell whether what stands between two double dollars can be one formula."""
    return bool(tex.strip()) and not _NOT_TEX.search(tex)


def environment_end(text: str, start: int, name: str) -> int | None:
    """Return where the environment that begins at *start* ends, or None.

    A misspelt last brace is accepted, and for a display the end of another one when its own is missing.
    """
    depth = 0
    for match in re.finditer(rf"\\(begin|end)\{{{re.escape(name)}[}}>\])]", text[start:]):
        depth += 1 if match[1] == "begin" else -1
        if depth == 0:
            end = start + match.end()
            if not _NOT_TEX.search(text[start:end]):
                return end
            break
    other = _OUTER_END.search(text, start) if name.removesuffix("*") in DISPLAYS else None
    return other.end() if other and not _NOT_TEX.search(text[start : other.end()]) else None


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
            edits = [edit for edit in edits if edit[0] not in waiting[0]]
            edits.append((*_gap(text, waiting[1], start), " "))
            notes.repaired["formula over two paragraphs"] += 1
            waiting = None
            continue
        waiting = (found, end)
        stray = _stray(text[start:end], [at - start for at in found]) + start
        doubled = text[stray - 1 : stray] == "$" or text[stray + 1 : stray + 2] == "$"
        edits.append((stray, stray + 1, "" if doubled else "\\$"))
    for start, end, new in sorted(edits, reverse=True):
        if new == "":
            notes.repaired["doubled dollar"] += 1
        elif new != " ":
            notes.repaired["stray dollar"] += 1
            notes.leave("a dollar that opens no formula", text[max(0, start - 20) : end + 30])
        text = text[:start] + new + text[end:]
    return text


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
    at = 0
    while match := _SKIP.search(text, at):
        end: int | None = match.end()
        if match[0] == "$$":
            close = text.find("$$", match.end())
            end = close + 2 if close >= 0 and plausible(text[match.end() : close]) else None
        elif match[2]:
            end = environment_end(text, match.start(), match[2] + match[3])
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
    return len(text) < 2000 and not _HAN.search(_WORDS.sub("", text)) and not _NOT_TEX.search(text)


def _stray(text: str, found: Sequence[int]) -> int:
    """Return which dollar, left out, gives formulas without prose and prose without TeX."""
    # Of equal ones the last: the reader pairs the others as they come.
    return min(reversed(found), key=lambda out: _cost(text, [at for at in found if at != out]))


def _cost(text: str, dollars: Sequence[int]) -> int:
    cost = 0
    edges = [-1, *dollars, len(text)]
    for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
        piece = text[start + 1 : end]
        if number % 2:
            cost += len(_HAN.findall(_WORDS.sub("", piece))) + 3 * (not piece.strip())
        else:
            cost += 2 * len(_TEX.findall(piece))
    return cost
