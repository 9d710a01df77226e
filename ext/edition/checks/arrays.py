r"""Read matrices and choices of cases, cell by cell."""

from __future__ import annotations

from ext.edition.checks.grammar import Reader, construct
from ext.edition.checks.pieces import Piece, Pieces, grouped
from ext.edition.checks.tree import Node

_MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "smallmatrix"})


@construct("\\begin")
def environment(reader: Reader) -> Node:
    """Read a matrix or a choice of cases."""
    kind = grouped(reader.group())
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
            if grouped(reader.group()) != kind:
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
