"""Compute derivatives by differences, of which two step sizes must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from ext.edition.checks.evaluate import Instance, computed, operation, size
from ext.edition.checks.functions import entry
from ext.edition.checks.outcomes import Unbound, Unreadable, WrongShape
from ext.edition.checks.pieces import Pieces, written
from ext.edition.checks.tree import Node, occurs
from ext.edition.checks.values import Depends, Indexed, Law, Value, settled


def differentiate(function: Callable[[float], Value], near: float, order: int = 1) -> tuple[Value, float]:
    """Return a derivative at zero by central differences and Richardson's extrapolation, and its relative error.

    Two extrapolations with different steps must agree; where they do not, WrongShape says so.
    """
    base = max(1.0, near) * {1: 3e-3, 2: 1.2e-2, 3: 3e-2}[order]

    def central(h: float) -> Value:
        if order == 1:
            return (np.asarray(function(h)) - np.asarray(function(-h))) / (2 * h)
        if order == 2:
            return (np.asarray(function(h)) - 2 * np.asarray(function(0.0)) + np.asarray(function(-h))) / h**2
        return (np.asarray(function(2 * h)) - 2 * np.asarray(function(h)) + 2 * np.asarray(function(-h))
                - np.asarray(function(-2 * h))) / (2 * h**3)

    def extrapolated(h: float) -> Value:
        a, b, c = central(h), central(h / 2), central(h / 4)
        first, second = (4 * b - a) / 3, (4 * c - b) / 3
        return (16 * second - first) / 15

    fine, other = extrapolated(base), extrapolated(base / 1.7)
    scale = max(size(fine), size(other), 1e-8)
    error = size(fine - other) / scale
    if not error < 1e-3:
        raise WrongShape("\\partial", "a derivative that two step sizes do not agree on")
    value = other if np.ndim(other) else other.item()
    return value, max(10 * error, 1e-8)


def _shifted(at: Instance, variable: Node, by: float) -> Instance:
    """Return the instance with a symbol, or one entry of it, moved a little."""
    key = cast("Pieces", _owner(variable).parts[0])
    value = at.values.get(key)
    if isinstance(value, (Depends, Indexed, Law, range)) or callable(value) or value is None:
        raise Unbound(written(key), "a derivative with respect to what has no value of its own")
    if variable.op == "name":
        if np.ndim(value):
            raise WrongShape(written(key), "a derivative with respect to a vector: use \\nabla")
        return at.holding({key: value + by})
    indices = [at.whole(cast("Node", part)) for part in cast("tuple[object, ...]", variable.parts[1])]
    if isinstance(value, Mapping):
        entry_key: object = indices[0] if len(indices) == 1 else tuple(indices)
        return at.holding({key: {**value, entry_key: value[entry_key] + by}})
    entry(settled(value, variable.at), indices, at.first, variable.at)
    moved = np.array(value, dtype=np.result_type(np.asarray(value).dtype, float))
    moved[tuple(index - at.first for index in indices)] += by
    return at.holding({key: moved})


@operation("prime")
def _prime(at: Instance, node: Node) -> Value:
    function, order = at.value(cast("Node", node.parts[0])), cast("int", node.parts[1])

    def derived(*arguments: Value) -> Value:
        if len(arguments) != 1 or np.ndim(arguments[0]):
            raise WrongShape("'", "a prime on a function of more than one number")
        result, error = differentiate(lambda h: function(arguments[0] + h), abs(arguments[0]), order)
        at.coarse = max(at.coarse, error)
        return result

    return derived


@operation("derivative")
def _derivative(at: Instance, node: Node) -> Value:
    body, variable, order = cast("tuple[Node, Node, int]", node.parts)
    here_value = computed(at, variable)
    if np.ndim(here_value):
        raise Unreadable(variable.at, "a derivative with respect to a vector can be laid out in two ways: use \\nabla")
    near = abs(here_value)
    seen: list[Value] = []

    def moved(by: float) -> Value:
        here = _shifted(at, variable, by)
        value = computed(here, body)
        at.learn(here)
        seen.append(value)
        return value

    value, error = differentiate(moved, near, order)
    if all(np.array_equal(one, seen[0]) for one in seen) and not occurs(body, {_owner(variable).parts[0]}):
        raise Unbound(body.at, "what is derived does not depend on the variable: bind it with Depends")
    at.coarse = max(at.coarse, error)
    return value


def _owner(variable: Node) -> Node:
    return variable if variable.op == "name" else cast("Node", variable.parts[0])


@operation("gradient")
def _gradient(at: Instance, node: Node) -> Value:
    body, variable, order = cast("tuple[Node, Node, int]", node.parts)
    if variable.op == "variable":
        key = at.spell(str(at.bound(("\\nabla",))))
        variable = Node("name", (key,), written(key))
    value = settled(at.values.get(cast("Pieces", variable.parts[0])), variable.at)
    if np.ndim(value) != 2 or value.shape[1] != 1:
        if np.ndim(value) == 0 and order == 1:
            return _derivative(at, Node("derivative", (body, variable, 1)))
        raise WrongShape(variable.at, "a gradient with respect to what is no vector")
    places = [Node("index", (variable, (Node("number", (str(k + at.first),)),)), variable.at)
              for k in range(len(value))]
    firsts = [Node("derivative", (body, place, 1)) for place in places]
    if order == 1:
        parts = [_derivative(at, first) for first in firsts]
        if any(np.ndim(part) for part in parts):
            if not all(np.ndim(part) == 2 and part.shape[1] == 1 for part in parts):
                raise WrongShape("\\nabla", "a gradient of a matrix")
            return np.hstack(parts)  # the Jacobian
        return np.array(parts).reshape(-1, 1)
    return np.array([[_second(at, body, a, b) for b in places] for a in places])


def _second(at: Instance, body: Node, a: Node, b: Node) -> float:
    def mixed(h: float) -> Value:
        def corner(x: float, y: float) -> Value:
            return computed(_shifted(_shifted(at, a, x), b, y), body)

        return (corner(h, h) - corner(h, -h) - corner(-h, h) + corner(-h, -h)) / (4 * h * h)

    fine = [(4 * mixed(h / 2) - mixed(h)) / 3 for h in (8e-3, 5e-3)]
    error = abs(fine[0] - fine[1]) / max(size(fine[0]), 1e-3)
    if not error < 1e-3:
        raise WrongShape("\\nabla^2", "a second derivative that two step sizes do not agree on")
    at.coarse = max(at.coarse, 10 * error, 1e-6)
    return cast("float", fine[1])
