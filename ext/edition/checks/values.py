"""What a symbol can be bound to besides numbers, arrays and functions of Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ext.edition.checks.outcomes import WrongShape
from ext.edition.checks.tree import Kind

Value: TypeAlias = Any
"""A number, a column ``(n, 1)``, a matrix ``(m, n)``; one-dimensional arrays are columns."""
Scope: TypeAlias = "Callable[[str], Value]"


@dataclass(frozen=True, slots=True)
class Indexed:
    r"""A symbol whose subscript is an argument: ``Indexed(lambda n: legendre(n))`` for ``P_n``.

    What it gives may be a function again: ``\\sigma_i(A)`` is ``Indexed(lambda i: lambda a: ...)``.
    """

    at: Callable[..., Value]
    functions: bool = False
    """Whether what an index gives is a function, so that brackets after it are arguments."""


@dataclass(frozen=True, slots=True)
class Depends:
    r"""A symbol whose value follows from others: ``Depends(lambda the: entropy(softmax(the("z"), the(r"\\tau"))))``.

    A derivative asks for it again at each nearby value of the symbol it is taken with respect to.
    """

    of: Callable[[Scope], Value]
    kind: Kind = Kind.VALUE
    """What its value is, so far as reading has to know: ``Kind.INDEXED`` for an array, ``Kind.FUNCTION`` …"""


@dataclass(frozen=True, slots=True)
class Law:
    r"""A distribution that expectations are taken over: what each outcome binds, and its weight.

    ``outcomes`` maps names to arrays whose first axis has an entry per outcome, shape ``(k, ...)``; ``weights`` has
    shape ``(k,)`` and need not sum to one. ``error`` is the relative error of a sampled law: nothing that is computed
    from it can be held to a finer tolerance. The name it is bound to says what is taken: ``\\mathbb{E}``, ``\\Pr``,
    ``\\operatorname{Var}``, ``\\operatorname{Cov}``, each with whatever subscript.
    """

    outcomes: Mapping[str, Any]
    weights: Any
    error: float = 0.0
    _size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        weights = np.asarray(self.weights, dtype=float)
        if weights.ndim != 1 or not len(weights) or not np.isclose(total := weights.sum(), total) or total <= 0:
            raise WrongShape("", "a law needs a weight for each outcome, and a positive sum")
        for key, values in self.outcomes.items():
            if len(values) != len(weights):
                raise WrongShape(key, f"{len(values)} outcomes and {len(weights)} weights")
        object.__setattr__(self, "weights", weights / total)
        object.__setattr__(self, "_size", len(weights))

    def __len__(self) -> int:
        return self._size


def gaussian(name: str, mean: float = 0.0, std: float = 1.0, nodes: int = 60) -> Law:
    """Return a normal law of one number by Gauss–Hermite nodes, exact for polynomials of degree below 2 ``nodes``."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return Law({name: mean + std * points}, weights)


def product(*laws: Law) -> Law:
    """Return the law of independent parts: every combination of their outcomes."""
    names: dict[str, Any] = {}
    weights = np.ones(1)
    for law in laws:
        count = len(weights)
        names = {key: np.repeat(np.asarray(values), len(law), axis=0) for key, values in names.items()}
        names |= {key: np.tile(np.asarray(values), (count, *[1] * (np.ndim(values) - 1)))
                  for key, values in law.outcomes.items()}
        weights = np.outer(weights, law.weights).ravel()
    return Law(names, weights, max((law.error for law in laws), default=0.0))


def settled(value: Value, name: str) -> Value:
    """Return a bound value in the shapes that formulas are computed in; raises WrongShape for others."""
    if isinstance(value, (Indexed, Depends, Law, range, str, bytes)) or callable(value):
        return value
    if isinstance(value, Mapping):
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise WrongShape(name, "a value of no shape") from error
    if array.dtype.kind not in "biufc":
        raise WrongShape(name, "a value that is no number")
    if array.ndim > 2 and not isinstance(value, Sequence):
        return array
    if array.ndim == 1:
        return array.reshape(-1, 1)
    return array.item() if array.ndim == 0 else array
