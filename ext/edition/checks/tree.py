"""What reading a formula gives: nodes; and the tables of names, signs and functions that reading goes by."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from ext.edition.checks.pieces import Piece, Pieces


class Kind(StrEnum):
    """What a bound name is, so far as reading has to know."""

    VALUE = "value"
    FUNCTION = "function"
    INDEXED = "indexed"
    FAMILY = "family"
    """Indexed, and what an index gives is a function."""
    INDEX = "index"
    """A letter that runs: bound to a range."""
    LAW = "law"
    VARIABLE = "variable"
    r"""The name of another symbol: what ``\nabla`` is taken with respect to."""


@dataclass(frozen=True, slots=True)
class Node:
    """A construct and its parts: nodes, names (pieces) and numbers, by the table of the evaluator."""

    op: str
    parts: tuple[object, ...] = ()
    at: str = ""


#: Functions that every reader knows, by their command or upright name, to what the evaluator calls them.
FUNCTIONS: Mapping[Pieces, str] = {
    **{(f"\\{name}",): name for name in (
        "log", "ln", "exp", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos",
        "arctan", "det")},
    **{("\\mathrm", tuple(name)): name for name in ("tr", "diag", "rank", "erf", "sign", "Re", "Im", "log", "exp",
                                                     "det", "cosh", "sinh", "tanh")},
    ("\\mathrm", ("T", "r")): "tr", ("\\Gamma",): "gamma",
}  # fmt: skip
CLOSERS = {"(": ")", "[": "]", "\\{": "\\}"}
RELATIONS = {
    "=": "=", ":=": "=", "\\leq": "<=", "\\geq": ">=", "<": "<", ">": ">", "\\lt": "<", "\\gt": ">", "\\neq": "!=",
    "\\approx": "~", "\\equiv": "=", "\\triangleq": "=", "\\coloneqq": "=", "\\preceq": "<<", "\\succeq": ">>",
}
#: Constructs over running indices: their runs, then their body.
RUNNING = frozenset({"sum", "prod", "max", "min"})
UPRIGHT_D: Pieces = ("\\mathrm", "d")
DIGITS = frozenset("0123456789")


class Names:
    """The bound names, to be matched at a place: the longest that stands there."""

    def __init__(self, kinds: Mapping[Pieces, Kind], running: frozenset[Pieces] = frozenset()) -> None:
        self.kinds = dict(kinds)
        self.running = running | {key for key, kind in self.kinds.items() if kind is Kind.INDEX}
        """The letters that run here: over a range, or in a sum around."""
        self._by_first: dict[Piece, list[Pieces]] = {}
        for key in sorted(self.kinds, key=len, reverse=True):
            self._by_first.setdefault(key[0], []).append(key)

    def match(self, pieces: Pieces, at: int) -> Pieces | None:
        """Return the longest bound name that begins at a place and ends where a symbol can end."""
        if at >= len(pieces):
            return None
        for key in self._by_first.get(pieces[at], ()):
            end = at + len(key)
            if pieces[at:end] != key:
                continue
            if key[-1] in DIGITS and end < len(pieces) and pieces[end] in DIGITS:
                continue
            return key
        return None

    def with_local(self, key: Pieces, kind: Kind = Kind.VALUE) -> Names:
        """Return the names with one more, that of a sum's index or an integral's variable."""
        return Names({**self.kinds, key: kind}, self.running | {key})


def occurs(part: object, keys: Set[object]) -> bool:
    """Tell whether one of these names occurs in a node, other than as the running index of a sum in it."""
    if isinstance(part, tuple):
        return any(occurs(one, keys) for one in part)
    if not isinstance(part, Node):
        return False
    if part.op == "name":
        return part.parts[0] in keys
    if part.op in RUNNING:
        runs = cast("tuple[Node, ...]", part.parts[0])
        inner = keys - {run.parts[0] for run in runs}
        return occurs(part.parts[1], inner) or any(
            occurs(run.parts, inner if run.parts[0] is None else keys) for run in runs)
    return occurs(part.parts, keys - {part.parts[0]} if part.op == "integral" else keys)
