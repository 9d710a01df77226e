"""Write a post anew: a new original layer, and every annotation where it stood.

An annotation stands after the block of the original that it stood after. It keeps its text to the byte, except that
one from inside a block that changed (an item of a list) moves behind the block and loses its indent. A section that is
an annotation reaches to the next heading of its rank, so it moves to the next place where it swallows nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ext.edition.posts.blocks import Block, annotation_lines, blocks, reader


@dataclass(frozen=True, slots=True)
class Entry:
    """One block of the new original layer.

    ``kept`` is the block of the post that stands for it as it is; without one, ``text`` is written.
    """

    text: str
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The new original layer of a post, and what happens to the blocks of the old one that are not kept."""

    entries: tuple[Entry, ...]
    #: For each block of the post, the entry that takes its place, or after which it stood; -1: before all.
    places: tuple[int, ...]
    #: Text of blocks of the post that becomes an annotation, by the number of the block.
    saved: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some text; from the post's lines ``first`` to ``last``, or new (-1)."""

    text: str
    first: int = -1
    last: int = -1
    #: Rank of the annotated section that the piece leaves open, so that only a heading may follow.
    opens: int | None = None


def compose(post: str, layer: Sequence[Block], plan: Plan) -> str:
    """Return the body of a post whose original layer is that of the plan; *layer* is that of *post*."""
    lines = post.split("\n")
    gaps = _gaps(post, lines, layer)
    after: dict[int, list[_Piece]] = {}
    marked = annotation_lines(post)
    kept = {entry.kept for entry in plan.entries}
    for number, block in enumerate(layer):
        pieces = after.setdefault(plan.places[number], [])
        if number in plan.saved:
            pieces.append(_Piece(plan.saved[number]))
        if number not in kept:
            pieces += [_Piece(run) for run in _runs(lines, [n for n in range(block.first, block.last) if n in marked])]
        pieces += gaps[number + 1]
    result: list[_Piece] = []
    waiting: list[_Piece] = []

    def place(pieces: Sequence[_Piece]) -> None:
        result.extend(piece for piece in pieces if piece.opens is None)
        waiting.extend(piece for piece in pieces if piece.opens is not None)

    place([*gaps[0], *after.get(-1, [])])
    for number, entry in enumerate(plan.entries):
        if waiting and (rank := _rank(entry.text)) and rank <= min(piece.opens or 0 for piece in waiting):
            result += waiting
            waiting.clear()
        if entry.kept is None:
            result.append(_Piece(entry.text))
        else:
            result.append(_cut(lines, layer[entry.kept].first, layer[entry.kept].last))
        place(after.get(number, []))
    return _join(lines, [*result, *waiting])


def _gaps(post: str, lines: Sequence[str], layer: Sequence[Block]) -> list[list[_Piece]]:
    """Return what stands before, between and after the blocks of the original."""
    headings = [block for block in blocks(post) if block.annotation and block.kind == "heading"]
    starts = [0, *(block.last for block in layer)]
    ends = [*(block.first for block in layer), len(lines)]
    gaps = []
    for start, end in zip(starts, ends, strict=True):
        opened: int | None = None
        section: int | None = None
        for heading in headings:
            if start <= heading.first < end:
                rank = _rank(heading.text) or 0
                opened = rank if opened is None else min(opened, rank)
                section = heading.first if section is None else section
        cut = end if section is None else section
        pieces = [_cut(lines, start, cut), _cut(lines, cut, end, opened)]
        gaps.append([piece for piece in pieces if piece.text])
    return gaps


def _cut(lines: Sequence[str], first: int, last: int, opens: int | None = None) -> _Piece:
    while first < last and not lines[first].strip():
        first += 1
    while first < last and not lines[last - 1].strip():
        last -= 1
    return _Piece("\n".join(lines[first:last]), first, last, opens)


def _rank(text: str) -> int | None:
    """Return the rank of the heading that a block is, or None."""
    token = next((token for token in reader().parse(text) if token.map), None)
    return int(token.tag[1]) if token is not None and token.type == "heading_open" else None


def _join(lines: Sequence[str], pieces: Sequence[_Piece]) -> str:
    """Join the pieces: neighbours in the post as they were, others with a blank line between."""
    text = "\n" * pieces[0].first if pieces and pieces[0].first > 0 and not any(
        line.strip() for line in lines[:pieces[0].first]) else ""
    before: _Piece | None = None
    for piece in pieces:
        if before is not None:
            near = 0 <= before.last <= piece.first and not any(
                line.strip() for line in lines[before.last:piece.first])
            text += "\n" * (piece.first - before.last + 1 if near else 2)
        text += piece.text
        before = piece
    trailing = len(lines) - len("\n".join(lines).rstrip().split("\n"))
    return text + "\n" * max(trailing, 1)


def _runs(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
    """Yield the runs of consecutive lines among *numbers* as blocks of their own, without their indent."""
    run: list[str] = []
    for place, number in enumerate(numbers):
        run.append(lines[number])
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            if text := textwrap.dedent("\n".join(run)).strip("\n"):
                yield text
            run = []
