"""Compute integrals by quadratures, of which two must agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np

from ext.edition.checks.evaluate import Instance, operation, size
from ext.edition.checks.outcomes import WrongShape
from ext.edition.checks.pieces import Pieces
from ext.edition.checks.tree import Node
from ext.edition.checks.values import Value

ALREADY = 1e-12
"""How near two coarse quadratures must be for finer ones to be spared."""


@operation("integral")
def _integral(at: Instance, node: Node) -> Value:
    key, lower, upper, body = cast("tuple[Pieces, Node | None, Node | None, Node]", node.parts)
    if lower is None or upper is None:
        ends = at.values.get(("\\int",))
        if not isinstance(ends, tuple) or len(ends) != 2:
            raise WrongShape("\\int", "its ends are bound as (lower, upper)")
        low, high = (float(end) for end in ends)
    else:
        low, high = (float(np.real(at.number(end))) for end in (lower, upper))

    def at_point(x: float) -> Value:
        here = at.holding({key: x})
        value = here.value(body)
        at.learn(here)
        return np.asarray(value)

    floor = 1e-6 * max(at.scale, 1.0)
    for few, many in ((2, 3), (6, 11)):
        values = [_quadrature(at_point, low, high, panels) for panels in (few, many)]
        scale = max(size(values[0]), size(values[1]), floor)
        error = size(values[0] - values[1]) / scale
        if error < ALREADY and scale > floor:  # next to nothing may be what both have missed
            break
    if not error < 1e-4:
        raise WrongShape("\\int", "an integral that two quadratures do not agree on")
    at.coarse = max(at.coarse, 10 * error, 1e-9)
    return values[1].item() if np.ndim(values[1]) == 0 else values[1]


def _quadrature(function: Callable[[float], Value], low: float, high: float, panels: int) -> Value:
    r"""Return an integral by Gauss–Legendre panels; an infinite end by the substitution ``x = t / (1 - t^2)``."""
    points, weights = np.polynomial.legendre.leggauss(24)

    def over(a: float, b: float, inner: Callable[[float], Value]) -> Value:
        edges = np.linspace(a, b, panels + 1)
        return sum(
            (edges[n + 1] - edges[n]) / 2 * w * inner((edges[n + 1] + edges[n]) / 2 + (edges[n + 1] - edges[n]) / 2 * p)
            for n in range(panels) for p, w in zip(points, weights, strict=True))

    if math.isfinite(low) and math.isfinite(high):
        return over(low, high, function)
    shift = low if math.isfinite(low) else high if math.isfinite(high) else 0.0
    a, b = (0.0 if math.isfinite(low) else -1.0), (0.0 if math.isfinite(high) else 1.0)

    def mapped(t: float) -> Value:
        value = function(shift + t / (1 - t * t)) * (1 + t * t) / (1 - t * t) ** 2
        return np.where(np.isfinite(value), value, 0.0)

    return over(a, b, mapped)
