"""The constructs of the grammar that begin with a command: fractions, roots, norms, brackets of other forms.

Each is a function from the reader, with the command already taken, to a node; importing this module registers them.
"""

from __future__ import annotations

from ext.edition.checks.differentials import derivative
from ext.edition.checks.grammar import Reader, construct
from ext.edition.checks.pieces import Piece, grouped, written
from ext.edition.checks.tree import UPRIGHT_D, Node

#: What stands behind a letter d that is no differential.
_NOT_DERIVED = frozenset({"_", "^", "'", "+", "-", "/", ")", "!", "\\cdot", "\\times"})
_NOT_ABOVE = frozenset((piece,) for piece in _NOT_DERIVED - {"^"})


@construct("\\frac")
def fraction(reader: Reader) -> Node:
    """Read a fraction, or the derivative that is written as one."""
    above, below = grouped(reader.group()), grouped(reader.group())
    for mark in (("\\partial",), UPRIGHT_D):
        if above[: len(mark)] == mark == below[: len(mark)]:
            return derivative(reader, above[len(mark) :], below[len(mark) :])
    if above[0] == below[0] == "d" and below[1:2] and below[1] not in _NOT_DERIVED and above[1:2] not in _NOT_ABOVE:
        if reader.names.match(below, 0) == ("d",):
            raise reader.no("a fraction of differentials, or of products with d")
        if reader.names.match(below, 0) is None:
            return derivative(reader, above[1:], below[1:])
    return Node("div", (reader.inner(above).whole(), reader.inner(below).whole()))


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
