"""Compute known functions, calls of bound ones, and entries of what has indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from ext.edition.checks.arithmetic import exponential
from ext.edition.checks.evaluate import (
    Instance,
    asked,
    computed,
    operation,
    said,
    shape_of,
)
from ext.edition.checks.outcomes import WrongShape
from ext.edition.checks.tree import Node
from ext.edition.checks.values import Indexed, Value, settled


@operation("index")
def _index(at: Instance, node: Node) -> Value:
    owner = cast("Node", node.parts[0])
    value = at.value(owner)
    indices = [at.whole(cast("Node", part)) for part in cast("tuple[object, ...]", node.parts[1])]
    return entry(value, indices, at.first, node.at)


def entry(value: Value, indices: list[int], first: int, name: str) -> Value:
    """Return an entry of what has indices; raises WrongShape outside its range."""
    if isinstance(value, Indexed):
        return settled(value.at(*indices), name)
    if isinstance(value, Mapping):
        key: object = indices[0] if len(indices) == 1 else tuple(indices)
        if key not in value:
            raise WrongShape(name, f"no entry {key}")
        return settled(value[key], name)
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1 and len(indices) == 1:
        value = value[:, 0]
    if isinstance(value, np.ndarray) and value.ndim != len(indices):
        raise WrongShape(name, f"{len(indices)} indices into {said(value.shape)}")
    for index in indices:
        if not hasattr(value, "__getitem__") or not 0 <= index - first < len(value):
            raise WrongShape(name, f"the index {index} is outside")
        value = value[index - first]
    return settled(value, name)


@operation("call")
def _call(at: Instance, node: Node) -> Value:
    function = at.value(cast("Node", node.parts[0]))
    if not callable(function):
        raise WrongShape(node.at, "arguments of what is no function")
    arguments = [_argument(at.value(cast("Node", part))) for part in cast("tuple[object, ...]", node.parts[1])]
    return settled(asked(function, node.at, *arguments), node.at)


def _argument(value: Value) -> Value:
    return value[:, 0] if isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1 else value


def _matrix(value: Value, name: str) -> Value:
    if np.ndim(value) != 2 or shape_of(value)[0] != shape_of(value)[1]:
        raise WrongShape(name, f"{name} of {said(shape_of(value))}")
    return value


def _scalar(name: str, function: Callable[..., Value], domain: Callable[[Value], bool] | None = None) -> Callable[
        [Value], Value]:
    def computed(value: Value) -> Value:
        if np.ndim(value):
            raise WrongShape(name, f"{name} of {said(shape_of(value))}")
        if domain is not None and not domain(value):
            raise WrongShape(name, f"{name} of {value}: choose another instance")
        return function(value)

    return computed


def _diagonal(value: Value) -> Value:
    if np.ndim(value) != 2:
        raise WrongShape("diag", "diag of a number")
    return np.diag(value[:, 0]) if value.shape[1] == 1 else np.diag(value).reshape(-1, 1)


def _positive(value: Value) -> bool:
    return bool(np.iscomplexobj(value) or value > 0)


def _ranked(value: Value) -> Value:
    if np.ndim(value) != 2:
        raise WrongShape("rank", "rank of a number")
    return value


_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    **{name: _scalar(name, getattr(np, name)) for name in (
        "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "sign")},
    "log": _scalar("log", np.log, _positive), "ln": _scalar("ln", np.log, _positive),
    "cot": _scalar("cot", lambda x: 1 / np.tan(x)), "sec": _scalar("sec", lambda x: 1 / np.cos(x)),
    "csc": _scalar("csc", lambda x: 1 / np.sin(x)),
    "erf": _scalar("erf", math.erf), "gamma": _scalar("gamma", math.gamma, lambda x: bool(0 < x < 170)),
    "Re": lambda value: np.real(value), "Im": lambda value: np.imag(value),
    "exp": lambda value: exponential(_matrix(value, "exp")) if np.ndim(value) else np.exp(value),
    "tr": lambda value: np.trace(_matrix(value, "tr")) if np.ndim(value) else value,
    "det": lambda value: np.linalg.det(_matrix(value, "det")),
    "rank": lambda value: int(np.linalg.matrix_rank(_ranked(value))),
    "diag": _diagonal,
}  # fmt: skip


@operation("function")
def _function(at: Instance, node: Node) -> Value:
    return _FUNCTIONS[str(node.parts[0])](computed(at, node.parts[1]))
