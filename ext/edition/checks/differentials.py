r"""Read derivatives, gradients and integrals."""

from __future__ import annotations

from ext.edition.checks.grammar import Reader, construct
from ext.edition.checks.outcomes import Unbound
from ext.edition.checks.pieces import Pieces, grouped, written
from ext.edition.checks.tree import CLOSERS, DIGITS, UPRIGHT_D, Kind, Node


def derivative(reader: Reader, above: Pieces, below: Pieces) -> Node:
    """Read a derivative of what stands above the line, or behind it if nothing does."""
    top, order = reader.inner(above), 1
    if top.take("^"):
        order = order_of(top)
    bottom = reader.inner(below)
    variable, kind, key = bottom.base()
    if bottom.here() == "_":
        variable, kind = bottom.subscript(variable, kind, key)
    power = 1
    if bottom.take("^"):
        power = order_of(bottom)
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


def order_of(reader: Reader) -> int:
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
        order = order_of(reader)
    if order > 2:
        raise reader.no("the order of a gradient")
    if variable is None:
        variable = Node("variable", (("\\nabla",),), "\\nabla")
        if reader.names.kinds.get(("\\nabla",)) != Kind.VARIABLE:
            raise Unbound("\\nabla", "bind it to the name of the symbol it is taken with respect to")
    return Node("gradient", (reader.argument(), variable, order))


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
    mark, at = _differential(reader)
    variable = Reader(reader.pieces, reader.names, at + len(mark))
    key = _variable(variable)
    outer, reader.names, reader.differential = (reader.names, reader.differential), reader.names.with_local(key), mark
    body = Node("number", ("1",)) if reader.starts(*mark) else reader.expression()
    reader.names, reader.differential = outer
    if not reader.starts(*mark):
        raise reader.no("an integral that cannot be read up to its d")
    reader.at += len(mark) + len(key)
    if not reader.ended() and reader.here() not in {"/", "\\cdot"}:
        raise reader.no("a factor after an integral can be read in two ways")
    return Node("integral", (key, lower, upper, body))


def _differential(reader: Reader) -> tuple[Pieces, int]:
    """Return what ends the integral, and where: an upright d, or an italic one where no name begins with it."""
    for mark in (UPRIGHT_D, ("d",)):
        level = 1
        for at in range(reader.at, len(reader.pieces) - len(mark)):
            if reader.pieces[at] == "\\int":
                level += 1
            elif reader.pieces[at : at + len(mark)] == mark and (
                    mark == UPRIGHT_D or reader.names.match(reader.pieces, at) is None):
                level -= 1
            if level == 0:
                return mark, at
    raise reader.no("an integral without its d")


def _end(reader: Reader) -> Node:
    group = grouped(reader.group())
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
