"""Two states of a text side by side as they are read: paragraphs in pairs, what changed in them marked.

A text is read and never run: a directive is a box whose text is read on, or code where it has none. Nothing is given
a name, a number or an address, and no file is opened.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from markdown_it.token import Token

from ext.edition.math.tex import tokens
from ext.edition.posts.blocks import inline_reader, inner
from ext.edition.posts.formula_names import display_in

#: Boxes in boxes are read this deep; what is deeper is shown as code.
DEPTH = 8
#: Two sequences are compared whole while the product of their lengths is no greater; else only their two ends are.
PAIRS = 20_000_000
#: New paragraphs are put beside the old ones that they are most like, while all these pairs have no more words.
WORDS = 60_000
#: Of a text that changed in more places than these, the first are shown.
ROWS = 120
#: The least share of words by which a paragraph is taken for another state of one.
ALIKE = 0.3
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f\u0370-\u052f]++|\s++|.", re.S)
_CONTAINERS = {"heading": "heading", "list_item": "item", "dd": "item", "dt": "heading", "blockquote": "quote"}
_NAME = re.compile(r"\s*\{([\w:-]+)\}")

Kind = Literal["text", "code", "math", "display"]


class Piece(NamedTuple):
    """A word, a formula or a bit of code, and where it leads if it is a link or a picture."""

    kind: Kind
    text: str
    aim: str = ""


class Paragraph(NamedTuple):
    """What stands on its own: a paragraph, a heading, an item, a row of a table, a formula, code.

    The first piece of a box is the name of its directive.
    """

    kind: str
    pieces: tuple[Piece, ...]


#: The kind of a paragraph, and each piece with whether it changed.
Side = tuple[str, tuple[tuple[Piece, bool], ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph as it was and as it is, each piece with whether it changed; None where there is no such paragraph.

    ``same`` is of how many paragraphs this row only tells that they did not change, ``more`` of how many that they did.
    """

    then: Side | None = None
    now: Side | None = None
    same: int = 0
    more: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything is marked in it."""
        return any(marked for side in (self.then, self.now) if side for _, marked in side[1])


def paragraphs(text: str, depth: int = DEPTH) -> Iterator[Paragraph]:
    """Yield what a reader sees of a text, in its order."""
    around: list[str] = []
    row: list[Piece] | None = None
    for token in inline_reader().parse(text):
        name = token.type
        if name == "tr_open":
            row = []
        elif name == "tr_close" and row is not None:
            if row:
                yield Paragraph("row", tuple(row))
            row = None
        elif name == "inline":
            said = tuple(_pieces(token.children or ()))
            if row is not None:
                row += [*((Piece("text", " | "),) if row else ()), *said]
            elif said:
                yield Paragraph(around[-1] if around else "text", said)
        elif (kind := _CONTAINERS.get(name.rpartition("_")[0])) is not None:
            if token.nesting > 0:
                around.append(kind)
            elif around:
                around.pop()
        else:
            yield from _block(token, depth)


def _block(token: Token, depth: int) -> Iterator[Paragraph]:
    """Yield what stands in a block that is no text by itself."""
    if (formula := display_in(token)) is not None:
        yield Paragraph("display", (Piece("display", formula.tex.strip()),))
    elif depth and (held := inner(token)) is not None:
        name = _NAME.match(token.info)
        title = _pieces(inline_reader().parseInline(held[0].strip())[0].children or ())
        if name or held[0].strip():
            yield Paragraph("box", (Piece("code", name[1] if name else ""), *title))
        yield from paragraphs(held[1], depth - 1)
    elif token.type in ("fence", "colon_fence", "code_block", "html_block"):
        lines = [line for line in (token.info.strip(), *token.content.split("\n")) if line.strip()]
        if lines:
            yield Paragraph("code", tuple(Piece("code", f"{line}\n") for line in lines))


def _pieces(given: Sequence[Token]) -> Iterator[Piece]:
    aims: list[str] = []
    for token in given:
        aim = aims[-1] if aims else ""
        if token.type == "link_open":
            aims.append(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            aims = aims[:-1]
        elif (formula := display_in(token)) is not None:
            yield Piece("display", formula.tex.strip(), aim)
        elif token.type == "math_inline" or (token.type == "myst_role" and token.meta.get("name") == "math"):
            yield Piece("math", token.content, aim)
        elif token.type in ("code_inline", "html_inline"):
            yield Piece("code", token.content, aim)
        elif token.type == "myst_role":
            yield Piece("code", token.content, str(token.meta.get("name")))
        elif token.type == "footnote_ref":
            yield Piece("code", f"[^{token.meta.get('label', '')}]")
        elif token.type == "image":
            yield Piece("code", token.content or str(token.attrGet("src")), str(token.attrGet("src")))
        elif token.type in ("softbreak", "hardbreak"):
            yield Piece("text", " ", aim)
        elif token.content:
            yield from (Piece("text", " " if word.isspace() else word, aim) for word in _WORD.findall(token.content))


def opcodes(then: Sequence[Hashable], now: Sequence[Hashable]) -> list[tuple[str, int, int, int, int]]:
    """Return how one sequence becomes another, as difflib says it, in a time and a space that are bounded."""
    from rapidfuzz.distance import LCSseq  # only who has a changed text to show needs it

    least = min(len(then), len(now))
    ahead = next((at for at in range(least) if then[at] != now[at]), least)
    behind = next((at for at in range(least - ahead) if then[-1 - at] != now[-1 - at]), least - ahead)
    one, other = then[ahead:len(then) - behind], now[ahead:len(now) - behind]
    found = [("equal", 0, ahead, 0, ahead)] if ahead else []
    if len(one) * len(other) > PAIRS:
        found.append(("replace", ahead, len(then) - behind, ahead, len(now) - behind))
    elif one or other:
        # By small numbers: it compares hashes alone.
        number = {entry: at for at, entry in enumerate(dict.fromkeys([*one, *other]))}
        found += [(code.tag, code.src_start + ahead, code.src_end + ahead, code.dest_start + ahead,
                   code.dest_end + ahead) for code in LCSseq.opcodes([number[entry] for entry in one],
                                                                     [number[entry] for entry in other])]
    if behind:
        found.append(("equal", len(then) - behind, len(then), len(now) - behind, len(now)))
    return _joined(found)


def _joined(codes: Sequence[tuple[str, int, int, int, int]]) -> list[tuple[str, int, int, int, int]]:
    """Return steps of which no two in a row change something: what is taken out and put in there is replaced."""
    found: list[tuple[str, int, int, int, int]] = []
    for tag, *ends in codes:
        if found and (found[-1][0] == "equal") == (tag == "equal"):
            found[-1] = ("equal" if tag == "equal" else "replace", found[-1][1], ends[1], found[-1][3], ends[3])
        else:
            found.append((tag, ends[0], ends[1], ends[2], ends[3]))
    return found


Places = list[tuple[int | None, int | None]]


def aligned(then: Sequence[Sequence[Hashable]], now: Sequence[Sequence[Hashable]]) -> Places:
    """Return which of two runs of texts, none of them in both, belong together, in their order: the most alike."""
    size = len(then), len(now)
    pairs: list[tuple[int, int]] = []
    if sum(map(len, then)) * size[1] + sum(map(len, now)) * size[0] <= WORDS:
        bags = [[Counter(one) for one in side] for side in (then, now)]
        share = [[(one & other).total() / max(one.total(), other.total(), 1) for other in bags[1]] for one in bags[0]]
        best = [[0.0] * (size[1] + 1) for _ in range(size[0] + 1)]
        for i, j in itertools.product(reversed(range(size[0])), reversed(range(size[1]))):
            paired = best[i + 1][j + 1] + share[i][j] if share[i][j] >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
        i = j = 0
        while i < size[0] and j < size[1]:
            if share[i][j] >= ALIKE and best[i][j] == best[i + 1][j + 1] + share[i][j]:
                pairs.append((i, j))
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j]:
                i += 1
            else:
                j += 1
    found: Places = []
    left = right = 0
    for i, j in [*pairs, size]:
        if i - left == j - right:  # as many as before: each in the place of one
            found += zip(range(left, i), range(right, j), strict=True)
        else:
            found += [*((at, None) for at in range(left, i)), *((None, at) for at in range(right, j))]
        if (i, j) != size:
            found.append((i, j))
        left, right = i + 1, j + 1
    return found


def side_by_side(then: str, now: str) -> tuple[Row, ...]:
    """Return two states of a text side by side; of what did not change only the paragraph next to a change is shown."""
    old, new = list(paragraphs(then)), list(paragraphs(now))
    rows: list[Row] = []
    for tag, i, end, j, stop in opcodes(old, new):
        if tag == "equal":
            rows += [Row(_plain(old[at]), _plain(new[j + at - i])) for at in range(i, end)]
            continue
        gone, come = old[i:end], new[j:stop]
        for one, other in aligned([_words(each) for each in gone], [_words(each) for each in come]):
            rows.append(_marked(None if one is None else gone[one], None if other is None else come[other]))
    return tuple(_folded(rows))


def _words(one: Paragraph) -> list[str]:
    return [word for piece in one.pieces for word in tokens(piece.text) if not word.isspace()]


def _plain(one: Paragraph, marked: bool = False) -> Side:
    return one.kind, tuple((piece, marked) for piece in one.pieces)


def _marked(then: Paragraph | None, now: Paragraph | None) -> Row:
    if then is None or now is None or then.kind != now.kind and then.pieces == now.pieces:
        return Row(_plain(then, True) if then else None, _plain(now, True) if now else None)
    marks = [False] * len(then.pieces), [False] * len(now.pieces)
    codes = opcodes(then.pieces, now.pieces)
    for at, (tag, i, end, j, stop) in enumerate(codes):
        # One sign that stayed between two changes is read with them.
        lone = tag == "equal" and end - i == 1 and 0 < at < len(codes) - 1 and then.pieces[i].kind == "text"
        if tag != "equal" or lone:
            marks[0][i:end] = [True] * (end - i)
            marks[1][j:stop] = [True] * (stop - j)
    return Row((then.kind, tuple(zip(then.pieces, marks[0], strict=True))),
               (now.kind, tuple(zip(now.pieces, marks[1], strict=True))))


def _folded(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows that changed, each with those next to it, and in place of the others how many they are."""
    changed = [at for at, row in enumerate(rows) if row.changed]
    near = {at + step for at in changed[:ROWS] for step in (-1, 0, 1)}
    skipped = 0
    last = changed[ROWS - 1] if len(changed) > ROWS else len(rows)
    for at, row in enumerate(rows[:last + 1]):
        if at in near:
            if skipped:
                yield Row(same=skipped)
            skipped = 0
            yield row
        else:
            skipped += 1
    if len(changed) > ROWS:
        yield Row(more=len(changed) - ROWS)
    elif skipped:
        yield Row(same=skipped)


def source_lines(then: str, now: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of two states of a source that changed, each after its sign, and the line next to a change."""
    old, new = then.split("\n"), now.split("\n")
    codes = opcodes(old, new)
    for at, (tag, i, end, j, stop) in enumerate(codes):
        if tag == "equal":
            head, tail = int(at > 0), int(at < len(codes) - 1)
            if end - i <= head + tail:
                yield from ((" ", line) for line in old[i:end])
            else:
                yield from ((" ", line) for line in old[i:i + head])
                yield "@", str(end - i - head - tail)
                yield from ((" ", line) for line in old[end - tail:end])
        else:
            yield from (("-", line) for line in old[i:end])
            yield from (("+", line) for line in new[j:stop])


def counterparts(then: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]) -> dict[int, int]:
    """Return which of the texts of then each of now was, both given with a name, which may be empty.

    By name; else by what they say; else those between the same neighbours that are most alike.
    """
    names = {name: at for at, (name, _) in reversed(list(enumerate(then))) if name}
    found = {at: names[name] for at, (name, _) in enumerate(now) if name in names}
    taken = set(found.values())
    old = [at for at in range(len(then)) if at not in taken]
    new = [at for at in range(len(now)) if at not in found]
    for tag, i, end, j, stop in opcodes([then[at][1] for at in old], [now[at][1] for at in new]):
        if tag == "equal":
            found |= dict(zip(new[j:stop], old[i:end], strict=True))
            continue
        gone, come = ([_WORD.findall(texts[at][1]) for at in chosen]
                      for texts, chosen in ((then, old[i:end]), (now, new[j:stop])))
        found |= {new[j + other]: old[i + one] for one, other in aligned(gone, come)
                  if one is not None and other is not None}
    return found
