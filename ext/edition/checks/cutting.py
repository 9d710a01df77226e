r"""Cut a displayed formula into its claims: at rows, wide spaces and commas, and at plus-minus."""

from __future__ import annotations

from collections.abc import Mapping

from ext.edition.checks.pieces import Piece, Pieces
from ext.edition.checks.tree import CLOSERS, RELATIONS

_ALIGNED = frozenset({"aligned", "align", "align*", "gathered", "gather", "gather*", "split", "equation", "equation*",
                      "multline", "multline*", "alignedat", "eqnarray", "eqnarray*"})


def claims(pieces: Pieces) -> list[Pieces]:
    """Return the claims of a formula, what only says where another applies among them."""
    return [signed for part in _parts(pieces) for signed in _signed(part)]


def _parts(pieces: Pieces) -> list[Pieces]:
    """Cut a formula at its rows, its wide spaces and the commas between its relations."""
    pieces = _unwrapped(pieces)
    rows = _cut(pieces, {"\\\\", "\\qquad", "\\quad", "&"})
    joined: list[Pieces] = []
    for mark, row in rows:
        if mark == "&" and joined and not _ends_whole(joined[-1]) and row:
            joined[-1] += row  # an alignment point within a line
        elif row:
            joined.append(row)
    result: list[Pieces] = []
    for row in joined:
        if "\\dots" in row:
            result.append(_trimmed(row))
            continue
        result += [_trimmed(part) for _, part in _cut(row, {",", ";", "，", "；", "。"}) if _trimmed(part)]
    return [part for part in result if part]


def _signed(part: Pieces) -> tuple[Pieces, ...]:
    r"""Return a claim with ``\\pm`` on every side as the two that it stands for: all upper signs, all lower ones.

    On one side only it may mean either sign or both, and stays unreadable.
    """
    sides = _cut(part, set(RELATIONS))
    if len(sides) < 2 or not all(_mentions_sign(side) for _, side in sides):
        return (part,)
    return tuple(tuple(_chosen(piece, signs) for piece in part) for signs in (
        {"\\pm": "+", "\\mp": "-"}, {"\\pm": "-", "\\mp": "+"}))


def _mentions_sign(pieces: Pieces) -> bool:
    return any(_mentions_sign(piece) if isinstance(piece, tuple) else piece in {"\\pm", "\\mp"} for piece in pieces)


def _chosen(piece: Piece, signs: Mapping[str, str]) -> Piece:
    return tuple(_chosen(inner, signs) for inner in piece) if isinstance(piece, tuple) else signs.get(piece, piece)


def _ends_whole(row: Pieces) -> bool:
    return row[-1] in {",", ";"}


def _unwrapped(pieces: Pieces) -> Pieces:
    if pieces[:1] == ("\\begin",) and len(pieces) > 1:
        environment = pieces[1]
        word = "".join(p for p in environment if isinstance(p, str))
        ends = [n for n, piece in enumerate(pieces) if piece == "\\end" and pieces[n + 1 : n + 2] == (environment,)]
        if word in _ALIGNED and len(ends) == 1:
            inner, rest = pieces[2 : ends[0]], pieces[ends[0] + 2 :]
            return inner + (("\\\\", *rest) if _trimmed(rest) else ())
    return pieces


def _cut(pieces: Pieces, marks: set[str]) -> list[tuple[str, Pieces]]:
    """Cut at marks outside brackets and environments; each part with the mark before it."""
    parts: list[tuple[str, list[Piece]]] = [("", [])]
    depth = 0
    for n, piece in enumerate(pieces):
        if piece in CLOSERS or piece in {"\\begin", "\\langle"}:
            depth += 1
        elif piece in CLOSERS.values() or piece in {"\\end", "\\rangle"}:
            depth -= 1
        if depth == 0 and piece in marks and pieces[n - 1 : n] != ("\\end",):
            parts.append((str(piece), []))
        else:
            parts[-1][1].append(piece)
    return [(mark, tuple(part)) for mark, part in parts]


def _trimmed(part: Pieces) -> Pieces:
    while part and part[-1] in {".", ",", ";", "。", "，", "；"}:
        part = part[:-1]
    return part
