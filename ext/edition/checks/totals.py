"""Compute sums, products and extremes over indices, expectations over laws, and blocks and cases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np

from ext.edition.checks.evaluate import (
    MAX_TERMS,
    Instance,
    computed,
    holds,
    multiplied,
    operation,
    said,
    shape_of,
    size,
)
from ext.edition.checks.outcomes import Unbound, Unreadable, WrongShape
from ext.edition.checks.pieces import Pieces, written
from ext.edition.checks.tree import Node
from ext.edition.checks.values import Law, Value


def _over(at: Instance, runs: tuple[Node, ...]) -> Iterator[Instance]:
    """Yield an instance for each combination of the running indices that meets the conditions."""
    keys: list[Pieces] = []
    ranges: list[range] = []
    conditions: list[Node] = []
    for run in runs:
        key, first, last = run.parts
        if key is None:
            conditions.append(cast("Node", first))
            continue
        keys.append(cast("Pieces", key))
        if first is None:
            ranges.append(_range(at, keys[-1]))
        elif last is None:
            known = _range(at, keys[-1])
            ranges.append(range(at.whole(cast("Node", first)), known.stop))
        else:
            ranges.append(range(at.whole(cast("Node", first)), at.whole(cast("Node", last)) + 1))
    if math.prod(len(one) for one in ranges) > MAX_TERMS:
        raise WrongShape("\\sum", f"more than {MAX_TERMS:,} terms")
    for combination in itertools.product(*ranges):
        here = at.holding(dict(zip(keys, combination, strict=True)))
        if all(holds(here, condition) for condition in conditions):
            yield here
        at.learn(here)


def _range(at: Instance, key: Pieces) -> range:
    value = at.values.get((*key, "…"), at.values.get(key))
    if not isinstance(value, range):
        raise Unbound(written(key), "an index needs the range it runs over")
    return value


@operation("sum")
def _sum(at: Instance, node: Node) -> Value:
    runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
    total: Value = None
    for here in _over(at, runs):
        value = computed(here, body)
        at.scale = max(at.scale, size(value))
        if total is not None and shape_of(total) != shape_of(value):
            raise WrongShape("\\sum", f"terms of {said(shape_of(total))} and {said(shape_of(value))}")
        total = value if total is None else total + value
    return 0 if total is None else total


@operation("prod")
def _prod(at: Instance, node: Node) -> Value:
    runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
    result: Value = 1
    for here in _over(at, runs):
        result = multiplied(result, computed(here, body))
    return result


def _extreme(name: str, choose: Callable[[list[float]], float]) -> None:
    @operation(name)
    def over(at: Instance, node: Node) -> Value:
        runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
        values = [_real(here.number(body), name) for here in _over(at, runs)]
        if not values:
            raise WrongShape(f"\\{name}", "nothing to choose from")
        return choose(values)

    @operation("list" + name)
    def of(at: Instance, node: Node) -> Value:
        return choose([_real(at.number(cast("Node", part)), name) for part in node.parts])


_extreme("max", max)
_extreme("min", min)


def _real(value: Value, name: str) -> float:
    if np.iscomplexobj(value):
        raise WrongShape(name, "a complex number is not compared")
    return float(value)


@operation("law")
def _law(at: Instance, node: Node) -> Value:
    owner, parts = cast("tuple[Node, tuple[Node, ...]]", node.parts)
    key = cast("Pieces", owner.parts[0])
    law = at.bound(key)
    if not isinstance(law, Law):
        raise WrongShape(owner.at, "not a law")
    if len(law) > MAX_TERMS:
        raise WrongShape(owner.at, f"more than {MAX_TERMS:,} outcomes")
    taken = _taken(key)
    if taken == "Cov" and len(parts) not in {1, 2} or taken != "Cov" and len(parts) != 1:
        raise Unreadable(owner.at, f"{len(parts)} parts in its brackets")
    names = {at.spell(name): np.asarray(values) for name, values in law.outcomes.items()}
    columns: list[list[Value]] = [[] for _ in parts]
    for k in range(len(law)):
        here = at.holding({name: values[k] for name, values in names.items()})
        for column, part in zip(columns, parts, strict=True):
            if part.op == "relation":
                if taken != "Pr":
                    raise Unreadable(owner.at, "a relation where a value is wanted")
                column.append(int(holds(here, part)))
            elif taken == "Pr":
                raise Unreadable(owner.at, "a probability of what is no relation")
            else:
                column.append(computed(here, part))
        at.learn(here)
    at.coarse = max(at.coarse, law.error)
    arrays = [np.asarray(column) for column in columns]
    means = [_mean(law, array) for array in arrays]
    if taken in {"E", "Pr"}:
        return means[0]
    left, right = arrays[0] - means[0], arrays[-1] - means[-1]
    at.scale = max(at.scale, size(arrays[0]) * size(arrays[-1]))
    if left.ndim == 1 and right.ndim == 1:
        return _mean(law, left * right)
    if taken == "Var" or left.ndim != 3 or right.ndim != 3:
        raise WrongShape(owner.at, "a variance of what is no number")
    return _mean(law, left @ right.transpose(0, 2, 1))


def _mean(law: Law, values: Value) -> Value:
    result = np.tensordot(law.weights, values, axes=1)
    return result.item() if np.ndim(result) == 0 else result


def _taken(key: Pieces) -> str:
    for piece in key:
        word = "".join(p for p in piece if isinstance(p, str)) if isinstance(piece, tuple) else piece
        if word in {"E", "Var", "Cov", "\\Pr", "P"}:
            return {"\\Pr": "Pr", "P": "Pr"}.get(str(word), str(word))
        if piece == "_":
            break
    raise Unreadable(written(key), "a law is bound to a name of an expectation, a variance or a probability")


@operation("matrix")
def _block(at: Instance, node: Node) -> Value:
    rows = [[computed(at, cell) for cell in cast("tuple[Node, ...]", row)] for row in node.parts]
    heights = [max((shape_of(cell)[0] for cell in row if np.ndim(cell)), default=1) for row in rows]
    widths = [max((shape_of(row[n])[1] for row in rows if np.ndim(row[n])), default=1) for n in range(len(rows[0]))]
    filled = []
    for row, height in zip(rows, heights, strict=True):
        line = []
        for cell, width in zip(row, widths, strict=True):
            if np.ndim(cell) and shape_of(cell) != (height, width):
                raise WrongShape("matrix", f"a block {said(shape_of(cell))} where {height} by {width} fits")
            if not np.ndim(cell) and (height, width) != (1, 1) and cell != 0:
                raise WrongShape("matrix", f"a number where {height} by {width} fits")
            line.append(cell if np.ndim(cell) else np.full((height, width), cell))
        filled.append(line)
    return np.block(filled)


@operation("cases")
def _cases(at: Instance, node: Node) -> Value:
    values = [computed(at, value) for value, condition in cast("tuple[tuple[Node, Node], ...]", node.parts)
              if holds(at, condition)]
    if not values:
        raise WrongShape("cases", "no case applies")
    if any(shape_of(value) != shape_of(values[0]) or not np.allclose(value, values[0]) for value in values[1:]):
        raise WrongShape("cases", "two cases apply and differ")
    return values[0]
