r"""Read sums, products and extremes, and what their scripts let run."""

from __future__ import annotations

from ext.edition.checks.grammar import Reader, construct
from ext.edition.checks.outcomes import Unbound, Unreadable
from ext.edition.checks.pieces import DECORATING, Piece, Pieces, grouped, written
from ext.edition.checks.tree import CLOSERS, DIGITS, RELATIONS, Kind, Names, Node, occurs

_EXTREMES = {"\\max": "max", "\\min": "min", "\\sup": "max", "\\inf": "min"}


@construct("\\sum", "\\prod")
def big(reader: Reader) -> Node:
    """Read a sum or a product over what its subscript says."""
    op = "sum" if reader.pieces[reader.at - 1] == "\\sum" else "prod"
    runs, names = _runs(reader)
    outer, reader.names = reader.names, names
    body = reader.term()
    reader.names = outer
    if op == "prod":
        _one_body(reader, body, runs)
    return Node(op, (runs, body))


@construct(*_EXTREMES)
def extreme(reader: Reader) -> Node:
    """Read a largest or smallest value: of a list in brackets, or over what the subscript says."""
    op = _EXTREMES[str(reader.pieces[reader.at - 1])]
    if reader.here() != "_":
        opened = str(reader.here())
        if opened not in CLOSERS:
            raise reader.no("the largest or smallest of what")
        reader.at += 1
        with reader.outside():
            parts = [reader.expression()]
            while reader.take(","):
                parts.append(reader.expression())
        reader.expect(CLOSERS[opened])
        if len(parts) < 2:
            raise reader.no("the largest or smallest of one value")
        return Node("list" + op, tuple(parts))
    runs, names = _runs(reader)
    outer, reader.names = reader.names, names
    body = reader.term()
    reader.names = outer
    _one_body(reader, body, runs)
    return Node(op, (runs, body))


def _one_body(reader: Reader, body: Node, runs: tuple[Node, ...]) -> None:
    """Refuse factors that do not vary with the index: they may stand outside."""
    keys = {run.parts[0] for run in runs}
    factors = body.parts if body.op in {"mul", "div"} else ()
    if any(not (occurs(factor, keys) or (n == 0 and factor.op == "number" and body.op == "div"))
           for n, factor in enumerate(factors) if isinstance(factor, Node)):
        raise reader.no("a factor that does not vary can stand in or outside")


def _runs(reader: Reader) -> tuple[tuple[Node, ...], Names]:
    """Read the scripts of a sum: for each index its name and its range or condition."""
    if not reader.take("_"):
        raise reader.no("nothing says what runs")
    below = grouped(reader.group())
    above = grouped(reader.group()) if reader.take("^") else None
    if "=" in below and above is not None:
        cut = below.index("=")
        key = below[:cut]
        if not _letter(key):
            raise reader.no("an index that is no letter")
        first = reader.inner(below[cut + 1 :]).whole()
        last = None if above == ("\\infty",) else reader.inner(above).whole()
        if last is None and reader.names.kinds.get(key) != Kind.INDEX:
            raise Unbound(written(key), "a sum without end needs the range that is added up")
        return (Node("run", (key, first, last)),), reader.names.with_local(key)
    if above is not None:
        raise reader.no("an upper end without a lower one")
    names = reader.names
    runs: list[Node] = []
    for part in _split(below):
        inner = Reader(part, reader.names)
        found = _indices(inner, part)
        runs += [Node("run", (key, None, None)) for key in found if all(run.parts[0] != key for run in runs)]
        for key in found:
            names = names.with_local(key)
        if any(piece in RELATIONS for piece in part):
            condition = Reader(part, names)
            node = condition.relation()
            if condition.at < len(condition.pieces):
                raise condition.no("a condition that cannot be read")
            runs.append(Node("run", (None, node, None)))
    if not any(run.parts[0] for run in runs):
        raise reader.no("nothing says what runs")
    return tuple(runs), names


def _split(pieces: Pieces) -> list[Pieces]:
    parts: list[list[Piece]] = [[]]
    depth = 0
    for piece in pieces:
        depth += (piece in CLOSERS) - (piece in CLOSERS.values())
        if piece == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(piece)
    return [tuple(part) for part in parts]


def _letter(key: Pieces) -> bool:
    return len(key) == 1 and isinstance(key[0], str) and key[0].isascii() and key[0] not in {*DIGITS, *RELATIONS}


def _indices(reader: Reader, part: Pieces) -> list[Pieces]:
    """Return the indices that a part of a subscript lets run: all letters of a list, the one of a condition."""
    symbols: list[Pieces] = []
    for piece in part:
        if symbols and symbols[-1][-1] in DECORATING:
            symbols[-1] += (piece,)
        else:
            symbols.append((piece,))
    letters = [key for key in symbols if reader.names.kinds.get(key) == Kind.INDEX]
    if all(piece not in RELATIONS for piece in part):
        if len(letters) == len(symbols) and letters:
            return letters
        unknown = next((key for key in symbols if reader.names.kinds.get(key) != Kind.INDEX), ())
        raise Unbound(written(unknown), "an index needs the range it runs over")
    if len(set(letters)) > 1:
        raise Unreadable(written(part), "a condition that does not say which of its letters runs: bind the fixed one "
                                        "to a number, or write one sum for each")
    if not letters:
        raise Unbound(written(part), "an index needs the range it runs over")
    return letters[:1]
