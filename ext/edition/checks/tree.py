"""What reading a formula gives: nodes; and the tables of names, signs and functions that reading goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
RELATIONS = {"=": "=", ":=": "=", "\\leq": "<=", "\\geq": ">=", "<": "<", ">": ">", "\\lt": "<", "\\gt": ">",
             "\\neq": "!=", "\\approx": "~", "\\equiv": "=", "\\preceq": "<<", "\\succeq": ">>"}
UPRIGHT_D: Pieces = ("\\mathrm", "d")
DIGITS = frozenset("0123456789")


class Names:
    """The bound names, to be matched at a place: the longest that stands there."""

    def __init__(self, kinds: Mapping[Pieces, Kind]) -> None:
        self.kinds = dict(kinds)
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
        return self if self.kinds.get(key) == kind else Names({**self.kinds, key: kind})
