"""Compute numbers, names, sums of terms, products, powers, roots and norms."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from ext.edition.checks.evaluate import (
    Instance,
    computed,
    holds,
    multiplied,
    ndim,
    operation,
    said,
    shape_of,
    size,
)
from ext.edition.checks.outcomes import Unreadable, WrongShape
from ext.edition.checks.pieces import Pieces
from ext.edition.checks.tree import Node
from ext.edition.checks.values import Value


@operation("number")
def _number(_: Instance, node: Node) -> Value:
    text = str(node.parts[0])
    return int(text) if text.isdecimal() else float(text)


@operation("e")
def _e(_: Instance, node: Node) -> Value:
    return math.e


@operation("i")
def _i(_: Instance, node: Node) -> Value:
    return 1j


@operation("infinity")
def _infinity(_: Instance, node: Node) -> Value:
    return cast("int", node.parts[0]) * math.inf


@operation("name")
def _name(at: Instance, node: Node) -> Value:
    return at.bound(cast("Pieces", node.parts[0]))


@operation("bracket")
def _bracket(at: Instance, node: Node) -> Value:
    return at.value(cast("Node", node.parts[0]))


@operation("times")
def _times(at: Instance, node: Node) -> Value:
    return at.number(cast("Node", node.parts[0]))


@operation("neg")
def _negative(at: Instance, node: Node) -> Value:
    return -computed(at, node.parts[0])


@operation("add")
def _add(at: Instance, node: Node) -> Value:
    values = [computed(at, part) for part in node.parts]
    shapes = {shape_of(value) for value in values}
    if len(shapes) > 1:
        raise WrongShape("+", "a sum of " + " and ".join(sorted(said(shape) for shape in shapes)))
    at.scale = max(at.scale, *(size(value) for value in values))
    return sum(values[1:], values[0])


@operation("mul")
def _multiply(at: Instance, node: Node) -> Value:
    result = computed(at, node.parts[0])
    for part in node.parts[1:]:
        factor = computed(at, part)
        result = multiplied(result, factor)
    return result


@operation("hadamard")
def _hadamard(at: Instance, node: Node) -> Value:
    left, right = (computed(at, part) for part in node.parts)
    if shape_of(left) != shape_of(right):
        raise WrongShape("\\odot", f"entries of {said(shape_of(left))} and {said(shape_of(right))}")
    return left * right


@operation("div")
def _divide(at: Instance, node: Node) -> Value:
    above, below = computed(at, node.parts[0]), at.number(cast("Node", node.parts[1]))
    if below == 0:
        raise WrongShape("", "a division by zero: choose another instance")
    return above / below


@operation("power")
def _power(at: Instance, node: Node) -> Value:
    base, exponent = computed(at, node.parts[0]), computed(at, node.parts[1])
    first = cast("Node", node.parts[0])
    if ndim(exponent):
        if ndim(base):
            raise WrongShape("^", "a matrix to the power of a matrix")
        if shape_of(exponent)[0] != shape_of(exponent)[1]:
            raise WrongShape("^", "an exponent that is no square matrix")
        return exponential(exponent * np.log(base))
    if not ndim(base):
        if first.op == "e":
            return np.exp(exponent)
        if base == 0 and np.real(exponent) < 0:
            raise WrongShape("^", "a division by zero: choose another instance")
        if np.isrealobj(base) and base < 0 and exponent != round(np.real(exponent)):
            raise WrongShape("^", "a root of a negative number: choose another instance")
        return base**exponent
    if shape_of(base)[0] != shape_of(base)[1]:
        raise WrongShape("^", f"a power of {said(shape_of(base))}")
    if exponent == round(np.real(exponent)):
        try:
            return np.linalg.matrix_power(base, round(np.real(exponent)))
        except np.linalg.LinAlgError as error:
            raise WrongShape("^", "an inverse of a singular matrix: choose another instance") from error
    if not np.allclose(base, base.T.conj(), rtol=1e-10, atol=1e-12 * size(base)):
        raise WrongShape("^", "a fractional power of a matrix that is not symmetric")
    values, vectors = np.linalg.eigh((base + base.T.conj()) / 2)
    if values[0] <= -1e-12 * size(base) or (exponent < 0 and values[0] <= 1e-13 * size(base)):
        raise WrongShape("^", "a fractional power of a matrix that is not positive")
    return (vectors * np.maximum(values, 0) ** exponent) @ vectors.T.conj()


def exponential(matrix: Value) -> Value:
    """Return the exponential of a matrix by scaling, a Taylor polynomial and squaring."""
    squarings = max(0, math.ceil(math.log2(max(float(np.linalg.norm(matrix, 1)), 1e-9))) + 4)
    scaled = matrix / 2**squarings
    result = term = np.eye(len(matrix), dtype=scaled.dtype)
    for k in range(1, 18):
        term = term @ scaled / k
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


@operation("transpose")
def _transpose(at: Instance, node: Node) -> Value:
    value = computed(at, node.parts[0])
    if not np.ndim(value):
        raise WrongShape("^\\top", "a transpose of a number")
    return value.T


@operation("factorial")
def _factorial(at: Instance, node: Node) -> Value:
    number = at.whole(cast("Node", node.parts[0]))
    if not 0 <= number <= 500:
        raise WrongShape("!", f"the factorial of {number}")
    return math.factorial(number)


@operation("binomial")
def _binomial(at: Instance, node: Node) -> Value:
    above, below = (at.whole(cast("Node", part)) for part in node.parts)
    if above < 0 or below < 0:
        raise WrongShape("\\binom", "a binomial coefficient of negative numbers")
    return math.comb(above, below)


@operation("root")
def _root(at: Instance, node: Node) -> Value:
    value: Any = at.number(cast("Node", node.parts[0]))
    degree = 2 if node.parts[1] is None else at.whole(cast("Node", node.parts[1]))
    if np.isrealobj(value) and value < 0:
        raise WrongShape("\\sqrt", "a root of a negative number: choose another instance")
    return value ** (1 / degree)


@operation("abs")
def _absolute(at: Instance, node: Node) -> Value:
    return abs(at.number(cast("Node", node.parts[0])))


@operation("floor")
def _floor(at: Instance, node: Node) -> Value:
    return math.floor(np.real(at.number(cast("Node", node.parts[0]))))


@operation("ceil")
def _ceil(at: Instance, node: Node) -> Value:
    return math.ceil(np.real(at.number(cast("Node", node.parts[0]))))


@operation("norm")
def _norm(at: Instance, node: Node) -> Value:
    value, which = computed(at, node.parts[0]), str(node.parts[1]).strip("{}")
    if not np.ndim(value):
        raise WrongShape("\\|", "a norm of a number")
    if 1 in shape_of(value):
        orders = {"": 2, "2": 2, "1": 1, "\\infty": np.inf, "F": 2}
        if which not in orders:
            raise WrongShape("\\|", f"a norm {which} of a vector")
        return float(np.linalg.norm(np.ravel(value), orders[which]))
    named = {"2": 2, "op": 2, "F": "fro", "*": "nuc"}
    if which not in named:
        raise Unreadable("\\|", "the norm of a matrix needs an index: 2, F or *" if not which else
                         f"the norm {which} of a matrix: bind the whole")
    return float(np.linalg.norm(value, cast("Any", named[which])))


@operation("inner")
def _inner(at: Instance, node: Node) -> Value:
    left, right = (computed(at, part) for part in node.parts)
    if shape_of(left) != shape_of(right) or not np.ndim(left):
        raise WrongShape("\\langle", f"an inner product of {said(shape_of(left))} and {said(shape_of(right))}")
    return np.sum(left.conj() * right).item()


@operation("indicator")
def _indicator(at: Instance, node: Node) -> Value:
    return int(holds(at, cast("Node", node.parts[0])))
