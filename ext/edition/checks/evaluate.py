"""Compute a tree of the grammar at one instance of its symbols: a table from constructs to functions.

Scalars are numbers of Python or NumPy, vectors columns ``(n, 1)``, matrices ``(m, n)``; a one by one product is a
number again. Nothing is broadcast but a number: what does not fit raises WrongShape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from ext.edition.checks.outcomes import NotComputed, Unbound, Unreadable, WrongShape
from ext.edition.checks.pieces import Pieces, written
from ext.edition.checks.tree import Kind, Node
from ext.edition.checks.values import Depends, Indexed, Law, Value, settled

MAX_TERMS = 200_000
"""Of one sum, product or law."""
_EXACT = 2**53
"""Whole numbers from here on are computed with as any others."""
Operation = Callable[["Instance", Node], Value]
OPERATIONS: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register how a construct is computed."""

    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        return function

    return register


@dataclass(slots=True)
class Instance:
    """The values of all symbols at one instance, and what computing with them has cost in accuracy."""

    values: dict[Pieces, Value]
    first: int = 1
    """The index of the first entry of an array."""
    spell: Callable[[str], Pieces] = field(default=lambda text: (text,))
    """How the name of a binding is spelt."""
    scale: float = 0.0
    """The largest summand met: what cancels is known to a part of it."""
    coarse: float = 0.0
    """The relative error of derivatives, integrals and sampled laws met."""
    inside: bool = False
    """Whether an integral is being added up."""
    quiet: bool = False
    """Whether NumPy has been told that infinite values are expected: to say so takes as long as a product."""

    def value(self, node: Node) -> Value:
        """Return the value of a node."""
        if not self.quiet:
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                self.quiet = True
                try:
                    return self.value(node)
                finally:
                    self.quiet = False
        result = OPERATIONS[node.op](self, node)
        if isinstance(result, float):
            return result
        if isinstance(result, int) and abs(result) >= _EXACT:
            return float(result)
        if isinstance(result, np.ndarray) and result.size == 1 and result.ndim == 2:
            return result.item()
        return result

    def number(self, node: Node) -> complex | float:
        """Return the value of a node that must be a number."""
        value = self.value(node)
        if ndim(value) or callable(value):
            raise WrongShape(node.at, "a number is wanted here")
        return cast("float", value)

    def whole(self, node: Node) -> int:
        """Return the value of a node that must be a whole number."""
        value = self.number(node)
        if isinstance(value, complex) or abs(value - round(value)) > 1e-9:
            raise WrongShape(node.at, "a whole number is wanted here")
        return round(value)

    def bound(self, key: Pieces) -> Value:
        """Return the value of a name."""
        if key not in self.values:
            raise Unbound(written(key), "no value")
        value = self.values[key]
        # As it is already, what nearly every one is within a sum or an integral.
        if type(value) is float or (type(value) is int and abs(value) < _EXACT):
            return value
        if isinstance(value, Depends):
            value = asked(value.of, written(key), lambda text: self.plain(self.spell(text)))
        return settled(value, written(key))

    def plain(self, key: Pieces) -> Value:
        """Return the value of a name as an annotator's function wants it: columns as one-dimensional arrays."""
        value = self.bound(key)
        return value[:, 0] if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1 else value

    def holding(self, changes: Mapping[Pieces, Value], *, inside: bool = False) -> Instance:
        """Return the instance with some values changed."""
        return Instance({**self.values, **changes}, self.first, self.spell, self.scale, self.coarse,
                        self.inside or inside, self.quiet)

    def learn(self, other: Instance) -> None:
        """Take over what another instance met."""
        self.scale = max(self.scale, other.scale)
        self.coarse = max(self.coarse, other.coarse)


def asked(function: Callable[..., Value], name: str, *arguments: Value) -> Value:
    """Return what an annotator's function gives; one that fails is no value, whatever it raises."""
    try:
        return function(*arguments)
    except NotComputed:
        raise
    except Exception as error:
        raise WrongShape(name, f"the function bound to it does not take this: {error}") from error


def size(value: Value) -> float:
    """Return the largest magnitude in a value."""
    if isinstance(value, (int, float, complex)):
        return float(abs(value))
    return float(np.max(np.abs(value))) if np.size(value) else 0.0


def ndim(value: Value) -> int:
    """Return the number of dimensions, as NumPy does, which makes an array of every number first."""
    return 0 if isinstance(value, (float, int, complex)) else np.ndim(value)


def shape_of(value: Value) -> tuple[int, ...]:
    return () if isinstance(value, (float, int, complex)) else np.shape(value)


def said(shape: tuple[int, ...]) -> str:
    return "a number" if not shape else f"{shape[0]} by {shape[1]}" if len(shape) == 2 else str(shape)


def computed(at: Instance, node: object) -> Value:
    value = at.value(cast("Node", node))
    if isinstance(value, (float, int, complex)):
        return value
    if callable(value) or isinstance(value, (Indexed, Law, Mapping, range, list, tuple)):
        raise WrongShape(cast("Node", node).at, "a function or a family where a value is wanted")
    return value


def multiplied(left: Value, right: Value) -> Value:
    if not ndim(left) or not ndim(right):
        return left * right
    if ndim(left) != 2 or ndim(right) != 2 or shape_of(left)[1] != shape_of(right)[0]:
        raise WrongShape("", f"a product of {said(shape_of(left))} and {said(shape_of(right))}")
    result = left @ right
    return result.item() if result.size == 1 else result


def holds(at: Instance, node: Node) -> bool:
    """Tell whether a condition is true at an instance."""
    sides, signs = cast("tuple[tuple[Node, ...], tuple[str, ...]]", node.parts)
    values = [at.number(side) for side in sides]
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: bool(np.isclose(a, b)), "!=": lambda a, b: not np.isclose(a, b), "<": lambda a, b: a < b,
        ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
    if any(sign not in tests for sign in signs):
        raise Unreadable(signs[0], "a condition of this kind")
    return all(tests[sign](a, b) for sign, a, b in zip(signs, values, values[1:], strict=False))


def kind_of(value: Value) -> Kind:
    """Return what reading has to know of a bound value."""
    if isinstance(value, Law):
        return Kind.LAW
    if isinstance(value, range):
        return Kind.INDEX
    if isinstance(value, Indexed):
        return Kind.FAMILY if value.functions else Kind.INDEXED
    if isinstance(value, Depends):
        return value.kind
    if isinstance(value, str):
        return Kind.VARIABLE
    if isinstance(value, Mapping) or np.ndim(cast("Any", value) if not callable(value) else 0) > 0:
        return Kind.INDEXED
    return Kind.FUNCTION if callable(value) else Kind.VALUE
