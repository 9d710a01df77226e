r"""Compute integrals: two quadratures must agree, and what lies between their points must be as they take it to be.

Two rules of one family may miss the same narrow peak and agree on nothing. So a value counts only if enough points
carry it, and if at points of another kind, one at random in each of many strata, the integrand is what the rule's own
polynomial says it is: the difference, added up, is a second estimate of what the rule has missed (Monte Carlo with the
polynomial as control variate). A peak beside something else that is narrower than a stratum can still be missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np

from ext.edition.checks.evaluate import Instance, operation, size
from ext.edition.checks.outcomes import WrongShape
from ext.edition.checks.pieces import Pieces
from ext.edition.checks.tree import Node
from ext.edition.checks.values import Value

ALREADY = 1e-12
"""How near two coarse quadratures must be for finer ones to be spared."""
AGREEMENT = 1e-4
"""How near two quadratures must be, relative to the value or to the size of what is added up."""
MISSED = 1e-2
"""How much of the absolute integral the points between may find that the rule has missed."""
SMOOTH = 1e-8
"""How far, of its largest value, the integrand may be from the polynomial where the quadratures agree to the last
digits: what is farther off is the tail of something narrow."""
CARRYING = 8
"""Points at which the integrand must be of the size of its largest value."""
_LEVELS = ((2, 3, 97), (6, 11, 521))
"""Panels of the two rules, and strata of the points between."""
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(24)
#: Where the points are in a panel of width 1, as numbers of Python, with which all is computed many times as fast.
_PLACES = tuple(((1 + _POINTS) / 2).tolist())
#: Of the interpolation through the points of a panel (Wang and Xiang 2012).
_BARYCENTRIC = (-1.0) ** np.arange(len(_POINTS)) * np.sqrt((1 - _POINTS**2) * _WEIGHTS)

Integrand = Callable[[float], Value]


@dataclass(frozen=True, slots=True)
class Rule:
    """Gauss–Legendre on panels of equal width: the integrand at every point, shape ``(panels, 24, ...)``."""

    low: float
    high: float
    values: Value

    @property
    def width(self) -> float:
        """The width of a panel."""
        return (self.high - self.low) / len(self.values)

    @property
    def integral(self) -> Value:
        """The value of the integral."""
        return self.width / 2 * np.tensordot(_WEIGHTS, self.values.sum(axis=0), axes=1)

    @property
    def absolute(self) -> float:
        """The integral of the absolute value, of the entry where it is largest."""
        return size(self.width / 2 * np.tensordot(_WEIGHTS, np.abs(self.values).sum(axis=0), axes=1))

    @property
    def carrying(self) -> int:
        """How many points the integrand lives at: those where it is not next to nothing beside its largest value."""
        sizes = np.abs(self.values).reshape(len(self.values) * len(_POINTS), -1).max(axis=1)
        return int(np.sum(sizes > 1e-3 * sizes.max())) if sizes.max() > 0 else 0

    def between(self, places: Value) -> Value:
        """Return what the polynomials of the panels say at places, none of them a point of the rule."""
        panels = np.minimum(((places - self.low) / self.width).astype(int), len(self.values) - 1)
        within = 2 * (places - self.low - panels * self.width) / self.width - 1
        weights = _BARYCENTRIC / (within[:, None] - _POINTS)
        return np.einsum("kp,kp...->k...", weights / weights.sum(axis=1, keepdims=True), self.values[panels])


def rule(function: Integrand, low: float, high: float, panels: int) -> Rule:
    """Return an integrand at the points of a rule."""
    width = (high - low) / panels
    return Rule(low, high, np.array([[function(low + width * (n + place)) for place in _PLACES]
                                     for n in range(panels)]))


def missed(function: Integrand, by: Rule, strata: int) -> tuple[float, float]:
    """Return what points between those of a rule find: the part of the absolute integral, and of the largest value."""
    places = by.low + (np.arange(strata) + np.random.default_rng(strata).random(strata)) / strata * (by.high - by.low)
    apart = np.array([function(at) for at in map(float, places)]) - by.between(places)
    return (size(apart.mean(axis=0)) * (by.high - by.low) / max(by.absolute, 1e-300),
            size(apart) / max(size(by.values), 1e-300))


def integrate(function: Integrand, low: float, high: float, floor: float, *, inner: bool = False
              ) -> tuple[Value, float, float]:
    """Return an integral between two ends, either may be infinite; its relative error; that of the absolute value.

    Differences are measured against *floor* where the value is smaller. An *inner* one of several is looked at between
    the points of its rules at fewer places: it is computed many times. Raises WrongShape for what the rules do not
    agree on, or may have missed.
    """
    function, low, high = _finite(function, low, high)
    vanished: list[str] = []
    with np.errstate(under="call", call=lambda kind, _: vanished.append(kind)):
        return _integrated(function, low, high, floor, inner, vanished)


def _integrated(function: Integrand, low: float, high: float, floor: float, inner: bool, vanished: list[str]
                ) -> tuple[Value, float, float]:
    for panels in _LEVELS:
        few, many, strata = panels
        coarse, fine = rule(function, low, high, few), rule(function, low, high, many)
        scale = max(size(coarse.integral), size(fine.integral), floor)
        error = size(coarse.integral - fine.integral) / scale
        agreed = error < ALREADY and scale > floor  # next to nothing may be what both have missed
        if not agreed and panels is not _LEVELS[-1]:
            continue
        if not error < AGREEMENT:
            raise WrongShape("\\int", "an integral that two quadratures do not agree on")
        part, worst = missed(function, fine, strata // 5 if inner else strata)
        lives = fine.carrying >= CARRYING or (size(fine.values) == 0 and not vanished)  # nothing but zeros is zero,
        if lives and part < MISSED and (worst < SMOOTH or not agreed):  # unless they were too small to be anything else
            return fine.integral, error, fine.absolute
    raise WrongShape("\\int", "an integral of which the quadratures may have missed a part: "
                              "give ends nearer to where the integrand lives, or a wider instance")


def _finite(function: Integrand, low: float, high: float) -> tuple[Integrand, float, float]:
    r"""Return an integrand between finite ends: an infinite one by the substitution ``x = t / (1 - t^2)``."""
    if math.isfinite(low) and math.isfinite(high):
        return function, low, high
    shift = low if math.isfinite(low) else high if math.isfinite(high) else 0.0

    def mapped(t: float) -> Value:
        value = function(shift + t / (1 - t * t)) * (1 + t * t) / (1 - t * t) ** 2
        return value if np.isfinite(value).all() else np.where(np.isfinite(value), value, 0.0)

    return mapped, (0.0 if math.isfinite(low) else -1.0), (0.0 if math.isfinite(high) else 1.0)


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
        here = at.holding({key: x}, inside=True)
        value = here.value(body)
        at.learn(here)
        return np.asarray(value)

    value, error, absolute = integrate(at_point, low, high, 1e-6 * max(at.scale, 1.0), inner=at.inside)
    at.coarse = max(at.coarse, 10 * error, 1e-9)
    at.scale = max(at.scale, absolute)
    return value.item() if np.ndim(value) == 0 else value
