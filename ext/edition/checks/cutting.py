r"""Cut a displayed formula into its claims: at rows, wide spaces and commas, and at plus-minus."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ext.edition.checks.outcomes import Unreadable
from ext.edition.checks.pieces import Piece, Pieces, grouped, plain, written
from ext.edition.checks.tree import CLOSERS, DIGITS, RELATIONS

_WRAPPING = frozenset({"equation", "equation*", "gathered", "gather", "gather*", "multline", "multline*"})
_ALIGNED = frozenset({"aligned", "align", "align*", "split", "alignedat", "eqnarray", "eqnarray*"})
_STOPS = frozenset({",", ";", ".", "，", "；", "。"})
_SPACES = frozenset({"\\qquad", "\\quad"})
#: What a new line goes on with: it says nothing by itself.
_GOES_ON = frozenset({*RELATIONS, "+", "-", "\\cdot", "\\times", "/", "\\pm", "\\mp", "\\odot"})


def claims(pieces: Pieces) -> list[Pieces]:
    """Return the claims of a formula, what only says where another applies among them.

    Raises Unreadable where a line may go on with the one before or be a claim of its own.
    """
    return [signed for part in _parts(pieces) for signed in _signed(part)]


def sides(claim: Pieces) -> list[tuple[str, Pieces]]:
    """Return the sides of a claim, each with the relation before it."""
    return _cut(claim, set(RELATIONS))


def _parts(pieces: Pieces) -> list[Pieces]:
    """Cut a formula at its rows, its wide spaces and the commas between its relations."""
    body, environment = _unwrapped(pieces, "")
    lines: list[Pieces] = []
    for row in _columns(body, environment):
        for mark, line in row:
            if not line:
                continue
            if line[0] not in _GOES_ON or not lines or lines[-1][-1] in _STOPS:
                lines.append(line)
            elif line[0] in {"+", "-"} and mark and any(piece in RELATIONS for piece in line):
                raise Unreadable(written(line), "a line that may go on with the one before, or be its own: "
                                                "end the one before with a comma")
            elif mark == "&":
                lines.append(line)  # whose left side stands in another column
            else:
                lines[-1] += line
    result: list[Pieces] = []
    for line in lines:
        if "\\dots" in line:
            result.append(_trimmed(line))
        else:
            result += [_trimmed(part) for _, part in _cut(line, _STOPS - {"."})]
    return [claim for part in result if part for claim in _without_membership(part)]


def _without_membership(part: Pieces) -> tuple[Pieces, ...]:
    r"""Part what an equation ends with, ``\\in`` a set, from the equation."""
    sides = _cut(part, {"\\in"})
    if len(sides) == 2 and any(piece in RELATIONS for piece in sides[0][1]):
        return sides[0][1], (part[-len(sides[1][1]) - 1 :])
    return (part,)


def _columns(pieces: Pieces, environment: str) -> Iterator[list[tuple[str, Pieces]]]:
    r"""Yield the rows, each cut at its wide spaces and at every second ``&``: those between two columns.

    Each part comes with the mark before it, that of a row for its first one; none for the first of all.
    """
    for mark, row in _cut(pieces, {"\\\\"}):
        columns: list[tuple[str, Pieces]] = []
        for n, (_, cell) in enumerate(_cut(row, {"&"})):
            if n == 0:
                columns.append((mark, cell))
            elif n % 2 or environment.startswith("eqnarray"):  # a point of alignment
                columns[-1] = (columns[-1][0], columns[-1][1] + cell)
            else:
                columns.append(("&", cell))
        yield [(first if n == 0 else space, part) for first, column in columns
               for n, (space, part) in enumerate(_cut(column, _SPACES))]


def _signed(part: Pieces) -> tuple[Pieces, ...]:
    r"""Return a claim with ``\\pm`` on every side as the two that it stands for: all upper signs, all lower ones.

    On one side only it may mean either sign or both, and stays unreadable.
    """
    sides = _cut(part, RELATIONS)
    if len(sides) < 2 or not all(_mentions_sign(side) for _, side in sides):
        return (part,)
    return tuple(tuple(_chosen(piece, signs) for piece in part) for signs in (
        {"\\pm": "+", "\\mp": "-"}, {"\\pm": "-", "\\mp": "+"}))


def _mentions_sign(pieces: Pieces) -> bool:
    return any(_mentions_sign(piece) if isinstance(piece, tuple) else piece in {"\\pm", "\\mp"} for piece in pieces)


def _chosen(piece: Piece, signs: Mapping[str, str]) -> Piece:
    return tuple(_chosen(inner, signs) for inner in piece) if isinstance(piece, tuple) else signs.get(piece, piece)


def _unwrapped(pieces: Pieces, environment: str) -> tuple[Pieces, str]:
    """Return what stands in the environments around the whole, and the innermost of them."""
    pieces = _trimmed(pieces)
    if len(pieces) == 1 and isinstance(pieces[0], tuple):
        return _unwrapped(pieces[0], environment)
    if pieces[:2] == ("\\{", "\\begin"):  # a brace before a system, which \\right. closes
        inside, found = _unwrapped(pieces[1:], environment)
        return (inside, found) if found != environment else (pieces, environment)
    if pieces[:1] == ("\\begin",) and len(pieces) > 1:
        word = "".join(piece for piece in grouped(pieces[1]) if isinstance(piece, str))
        end = _end(pieces)
        if word in _ALIGNED | _WRAPPING and end is not None and pieces[end + 1 : end + 2] == (pieces[1],):
            inner, rest = pieces[2 : end], pieces[end + 2 :]
            if word == "alignedat":
                inner = inner[1:]
            if not rest:
                return _unwrapped(inner, word)
            if word in _ALIGNED and rest[0] in {"\\quad", "\\qquad"}:
                return inner + ("\\\\", *rest[1:]), word
    return pieces, environment


def _end(pieces: Pieces) -> int | None:
    """Return where the environment ends that begins with the pieces."""
    depth = 0
    for n, piece in enumerate(pieces):
        depth += (piece == "\\begin") - (piece == "\\end")
        if depth == 0:
            return n
    return None


def _cut(pieces: Pieces, marks: Collection[str]) -> list[tuple[str, Pieces]]:
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
    if depth:  # a bracket is lost, and nobody knows which
        return [("", pieces)]
    return [(mark, tuple(part)) for mark, part in parts]


def _trimmed(part: Pieces) -> Pieces:
    while part and part[-1] in _STOPS:
        part = part[:-1]
    return part


def listed(part: Pieces) -> bool:
    r"""Tell whether letters are said to run over a list with dots, as in ``i,j=1,\\dots,n``."""
    cut = part.index("=") if "=" in part else 0
    letters, values = _cut(part[:cut], {","}), _cut(part[cut + 1 :], {","})
    return cut > 0 and plain(part) and any(one == ("\\dots",) for _, one in values) and not any(
        piece in RELATIONS for piece in part[cut + 1 :]) and all(
        len(one) == 1 and isinstance(one[0], str) and one[0] not in DIGITS for _, one in letters)
