r"""The constructs of the grammar that begin with a command: fractions, roots, norms, sums, integrals, matrices.

Each is a function from the reader, with the command already taken, to a node; importing this module registers them.
"""

from __future__ import annotations

from ext.edition.checks.grammar import CLOSERS, DIGITS, RELATIONS, UPRIGHT_D, Kind, Names, Node, Reader, construct
from ext.edition.checks.outcomes import Unbound, Unreadable
from ext.edition.checks.pieces import Piece, Pieces, written

_EXTREMES = {"\\max": "max", "\\min": "min", "\\sup": "max", "\\inf": "min"}
_MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "smallmatrix"})


def _pieces(group: Piece) -> Pieces:
    return group if isinstance(group, tuple) else (group,)


@construct("\\frac")
def fraction(reader: Reader) -> Node:
    """Read a fraction, or the derivative that is written as one."""
    above, below = _pieces(reader.group()), _pieces(reader.group())
    marks = [mark for mark in (("\\partial",), UPRIGHT_D)
             if above[: len(mark)] == mark and below[: len(mark)] == mark]
    if not marks:
        return Node("div", (reader.inner(above).whole(), reader.inner(below).whole()))
    return derivative(reader, above[len(marks[0]):], below[len(marks[0]):])


def derivative(reader: Reader, above: Pieces, below: Pieces) -> Node:
    """Read a derivative of what stands above the line, or behind it if nothing does."""
    top, order = reader.inner(above), 1
    if top.take("^"):
        order = _order(top)
    bottom = reader.inner(below)
    variable, kind, key = bottom.base()
    if bottom.here() == "_":
        variable, kind = bottom.subscript(variable, kind, key)
    power = 1
    if bottom.take("^"):
        power = _order(bottom)
    if bottom.at < len(bottom.pieces) or variable.op not in {"name", "index"} or power != order:
        raise reader.no(f"a derivative with respect to {written(below)}")
    if top.at < len(top.pieces):
        body = top.term()
        if top.at < len(top.pieces):
            raise top.no("a sum in a derivative can be read in two ways")
    else:
        if reader.ended():
            raise reader.no("a derivative of nothing")
        body = reader.term()
    return Node("derivative", (body, variable, order))


def _order(reader: Reader) -> int:
    group = reader.group()
    if group not in {"2", "3"}:
        raise reader.no("the order of a derivative")
    return int(str(group))


@construct("\\nabla")
def gradient(reader: Reader) -> Node:
    r"""Read a gradient; ``\\nabla`` alone is with respect to the symbol that it is bound to."""
    order = 1
    variable: Node | None = None
    if reader.take("_"):
        inner = reader.inner(reader.group())
        variable, kind, key = inner.base()
        if inner.at < len(inner.pieces) or variable.op != "name":
            raise reader.no("the variable of a gradient")
    if reader.take("^"):
        order = _order(reader)
    if order > 2:
        raise reader.no("the order of a gradient")
    if variable is None:
        variable = Node("variable", (("\\nabla",),), "\\nabla")
        if reader.names.kinds.get(("\\nabla",)) != Kind.VARIABLE:
            raise Unbound("\\nabla", "bind it to the name of the symbol it is taken with respect to")
    return Node("gradient", (reader.argument(), variable, order))


@construct("\\sqrt")
def root(reader: Reader) -> Node:
    """Read a root."""
    degree: Node | None = None
    if reader.take("["):
        inner: list[Piece] = []
        while reader.here() not in {"]", ""}:
            inner.append(reader.here())
            reader.at += 1
        reader.expect("]")
        degree = reader.inner(tuple(inner)).whole()
    return Node("root", (reader.inner(reader.group()).whole(), degree))


@construct("\\binom")
def binomial(reader: Reader) -> Node:
    """Read a binomial coefficient."""
    return Node("binomial", (reader.inner(reader.group()).whole(), reader.inner(reader.group()).whole()))


@construct("\\underbrace", "\\overbrace")
def braced(reader: Reader) -> Node:
    """Read what has a brace and perhaps a remark under or over it."""
    node = reader.inner(reader.group()).whole()
    if reader.here() in {"_", "^"}:
        reader.at += 1
        reader.group()
    return Node("bracket", (node,))


def _between(reader: Reader, bar: str) -> Node:
    outer, reader.bars = reader.bars, (bar,)
    node = reader.expression()
    reader.bars = outer
    reader.expect(bar)
    return node


@construct("|")
def absolute(reader: Reader) -> Node:
    """Read an absolute value."""
    return Node("abs", (_between(reader, "|"),))


@construct("\\|")
def norm(reader: Reader) -> Node:
    """Read a norm and the index that names it."""
    node = _between(reader, "\\|")
    which: Piece = ""
    if reader.take("_"):
        which = reader.group()
        if which not in {"1", "2", "F", "*", "\\infty", ("\\mathrm", "F"), ("\\mathrm", ("op",))}:
            raise reader.no(f"a norm named {written(which)}: bind the whole")
    return Node("norm", (node, written(which).replace("\\mathrm ", "").replace("\\mathrm", "")))


@construct("\\langle")
def inner_product(reader: Reader) -> Node:
    """Read an inner product."""
    with reader.outside():
        left = reader.expression()
        reader.expect(",")
        right = reader.expression()
    reader.expect("\\rangle")
    return Node("inner", (left, right))


@construct("\\lfloor", "\\lceil")
def rounded(reader: Reader) -> Node:
    """Read a number rounded down or up."""
    down = reader.pieces[reader.at - 1] == "\\lfloor"
    with reader.outside():
        node = reader.expression()
    reader.expect("\\rfloor" if down else "\\rceil")
    return Node("floor" if down else "ceil", (node,))


@construct("\\mathbb", "\\mathbf", "\\mathrm", "\\boldsymbol", "\\mathcal", "\\bar", "\\hat", "\\tilde", "\\dot")
def decorated(reader: Reader) -> Node:
    """Read an indicator; every other decorated letter must be bound."""
    command = reader.pieces[reader.at - 1]
    if command in {"\\mathbb", "\\mathbf"} and reader.starts("1", "["):
        reader.at += 2
        with reader.outside():
            node = reader.relation()
        reader.expect("]")
        if node.op != "relation":
            raise reader.no("an indicator of what is no relation")
        return Node("indicator", (node,))
    reader.at -= 1
    raise reader.unbound()


# Sums, products, extremes.


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
    if any(not (varies(factor, keys) or (n == 0 and factor.op == "number" and body.op == "div"))
           for n, factor in enumerate(factors) if isinstance(factor, Node)):
        raise reader.no("a factor that does not vary can stand in or outside")


def varies(node: object, keys: set[object]) -> bool:
    """Tell whether one of these names occurs in a node."""
    if isinstance(node, Node):
        return (node.op == "name" and node.parts[0] in keys) or any(varies(part, keys) for part in node.parts)
    return isinstance(node, tuple) and any(varies(part, keys) for part in node)


def _runs(reader: Reader) -> tuple[tuple[Node, ...], Names]:
    """Read the scripts of a sum: for each index its name and its range or condition."""
    if not reader.take("_"):
        raise reader.no("nothing says what runs")
    below = _pieces(reader.group())
    above = _pieces(reader.group()) if reader.take("^") else None
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
            if condition.at < len(part):
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
    return len(key) == 1 and isinstance(key[0], str) and key[0] not in DIGITS and key[0] not in RELATIONS


def _indices(reader: Reader, part: Pieces) -> list[Pieces]:
    """Return the indices that a part of a subscript lets run: all letters of a list, the one of a condition."""
    letters: list[Pieces] = [key for piece in part if reader.names.kinds.get(key := (piece,)) == Kind.INDEX]
    if all(piece not in RELATIONS for piece in part):
        if len(letters) == len(part) and letters:
            return letters
        unknown = next((piece for piece in part if reader.names.kinds.get((piece,)) != Kind.INDEX), "")
        raise Unbound(written(unknown), "an index needs the range it runs over")
    if len(set(letters)) > 1:
        raise Unreadable(written(part), "a condition that does not say which of its letters runs: bind the fixed one "
                                        "to a number, or write one sum for each")
    if not letters:
        raise Unbound(written(part), "an index needs the range it runs over")
    return letters[:1]


# Integrals.


@construct("\\int")
def integral(reader: Reader) -> Node:
    r"""Read an integral up to its ``\\mathrm{d}x``; without ends it needs ``\\int`` bound to them."""
    lower: Node | None = None
    upper: Node | None = None
    if reader.take("_"):
        lower = _end(reader)
        if not reader.take("^"):
            raise reader.no("an integral with one end")
        upper = _end(reader)
    elif reader.names.kinds.get(("\\int",)) is None:
        raise Unbound("\\int", "an integral without ends needs them bound: (lower, upper)")
    level, at = 1, reader.at
    while level:
        if at >= len(reader.pieces) - 1:
            raise reader.no("an integral without its d")
        if reader.pieces[at] == "\\int":
            level += 1
        elif reader.pieces[at : at + 2] == UPRIGHT_D:
            level -= 1
            at += level == 0
        at += 1
    variable = Reader(reader.pieces, reader.names, at)
    key = _variable(variable)
    outer, reader.names = reader.names, reader.names.with_local(key)
    body = Node("number", ("1",)) if reader.starts(*UPRIGHT_D) else reader.expression()
    reader.names = outer
    if not reader.starts(*UPRIGHT_D):
        raise reader.no("an integral that cannot be read up to its d")
    reader.at = variable.at
    if not reader.ended() and reader.here() not in {"/", "\\cdot"}:
        raise reader.no("a factor after an integral can be read in two ways")
    return Node("integral", (key, lower, upper, body))


def _end(reader: Reader) -> Node:
    group = _pieces(reader.group())
    sign = -1 if group[:1] == ("-",) else 1
    if group[-1:] == ("\\infty",) and len(group) <= 2:
        return Node("infinity", (sign,))
    return reader.inner(group).whole()


def _variable(reader: Reader) -> Pieces:
    start = reader.at
    reader.group()
    if reader.here() == "_":
        reader.at += 1
        reader.group()
    key = reader.pieces[start : reader.at]
    if key[0] in DIGITS or isinstance(key[0], tuple) or key[0] in CLOSERS:
        raise reader.no("an integral's variable that is no letter")
    return key


# Matrices and cases.


@construct("\\begin")
def environment(reader: Reader) -> Node:
    """Read a matrix or a choice of cases."""
    kind = _pieces(reader.group())
    name = "".join(piece for piece in kind if isinstance(piece, str))
    rows: list[list[Piece]] = [[]]
    cells: list[list[Pieces]] = [[]]
    depth = 0
    while True:
        piece = reader.here()
        if piece == "":
            raise reader.no(f"the environment {name} does not end")
        reader.at += 1
        if piece == "\\end" and depth == 0:
            if _pieces(reader.group()) != kind:
                raise reader.no(f"the environment {name} ends as another")
            break
        depth += (piece == "\\begin") - (piece == "\\end")
        if piece in {"&", "\\\\"} and depth == 0:
            cells[-1].append(tuple(rows[-1]))
            rows.append([])
            if piece == "\\\\":
                cells.append([])
        else:
            rows[-1].append(piece)
    cells[-1].append(tuple(rows[-1]))
    if cells[-1] == [()]:
        cells.pop()
    if name in _MATRICES:
        if len({len(row) for row in cells}) != 1:
            raise reader.no("the rows of the matrix have different lengths")
        return Node("matrix", tuple(tuple(reader.inner(cell).whole() for cell in row) for row in cells))
    if name == "cases":
        return Node("cases", tuple(_case(reader, row) for row in cells))
    raise reader.no(f"the environment {name}")


def _case(reader: Reader, row: list[Pieces]) -> tuple[Node, Node]:
    if len(row) != 2:
        raise reader.no("a case needs a value and a condition")
    value = row[0][:-1] if row[0][-1:] == (",",) else row[0]
    condition = reader.inner(row[1][:-1] if row[1][-1:] in {(",",), (".",)} else row[1])
    node = condition.relation()
    if condition.at < len(condition.pieces) or node.op != "relation":
        raise condition.no("the condition of a case")
    return reader.inner(value).whole(), node
