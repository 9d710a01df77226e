"""An integral is right or no value: what two quadratures both miss is not read as nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ext.edition.checks import relations  # noqa: F401 - what an integral computes with
from ext.edition.checks.outcomes import State, WrongShape
from ext.edition.checks.quadrature import integrate
from ext.edition.checks.relations import evaluate

FLOOR = 1e-6
PEAK = r"\int_{-8}^{9}\mathrm{e}^{-(x-c)^2/(2w^2)}\,\mathrm{d}x"


def area(low: float, high: float, centre: float, width: float) -> float:
    """Return the area under a normal density between two ends."""
    return 0.5 * (math.erf((high - centre) / width / math.sqrt(2)) - math.erf((low - centre) / width / math.sqrt(2)))


def test_no_peak_is_missed_however_narrow_and_wherever() -> None:
    rng = np.random.default_rng(18)
    right = 0
    for _ in range(120):
        width, centre = 10 ** rng.uniform(-7, 0.5), rng.uniform(-7, 8)
        low, high = [(-8.0, 9.0), (-math.inf, math.inf), (0.0, math.inf)][rng.integers(3)]

        def density(x: float, centre: float = centre, width: float = width) -> float:
            return float(np.exp(-(((x - centre) / width) ** 2) / 2) / (width * math.sqrt(2 * math.pi)))

        try:
            value, *_ = integrate(lambda x: np.asarray(density(x)), low, high, FLOOR)
        except WrongShape:
            continue
        right += 1
        assert value == pytest.approx(area(low, high, centre, width), rel=1e-4, abs=1e-9), (width, centre, low)
    assert right > 10


@pytest.mark.parametrize("width", [0.15, 0.3, 0.6, 2.0])
@pytest.mark.parametrize("centre", [-6.2, -0.31, 0.0, 4.777])
def test_a_peak_beside_something_else_is_seen(width: float, centre: float) -> None:
    def function(x: float) -> np.ndarray:
        peak = math.exp(-(((x - centre) / width) ** 2) / 2) / (width * math.sqrt(2 * math.pi))
        return np.asarray(1 + math.cos(x) + peak)

    want = 17 + math.sin(9) + math.sin(8) + area(-8, 9, centre, width)
    try:
        value, *_ = integrate(function, -8.0, 9.0, FLOOR)
    except WrongShape:
        return
    assert value == pytest.approx(want, rel=1e-6)


def test_a_bump_between_the_points_of_agreeing_rules_is_refused() -> None:
    """The rules see a constant, to the last digit; a point between sees the bump."""
    asked: list[float] = []
    integrate(lambda x: np.asarray(float(asked.append(x) is None)), 0.0, 1.0, FLOOR)
    points, between = np.array(asked[:-97]), np.array(asked[-97:])
    apart = np.abs(between[:, None] - points).min(axis=1)
    centre, width = between[apart.argmax()], apart.max() / 8

    def bump(x: float) -> np.ndarray:
        return np.asarray(1 + 1e3 * math.exp(-(((x - centre) / width) ** 2)))

    assert all(bump(x) == 1 for x in points)
    with pytest.raises(WrongShape):
        integrate(bump, 0.0, 1.0, FLOOR)


@pytest.mark.parametrize("width", [1e-6, 1e-4, 1e-3, 0.005])
def test_nothing_but_next_to_nothing_is_no_zero(width: float) -> None:
    bound = {"w": width, "c": 0.377, r"\pi": np.pi}
    for claim in (PEAK + "=0", PEAK + r"=w\sqrt{2\pi}", PEAK + "<10^{-9}"):
        assert evaluate(claim, [bound]).state == State.SHAPE, claim


@pytest.mark.parametrize(("formula", "state"), {
    r"\int_0^1x^3\,\mathrm{d}x=\frac14": State.HELD, r"\int_0^1\log x\,\mathrm{d}x=-1": State.HELD,
    r"\int_{-\infty}^{\infty}\mathrm{e}^{-x^2}\,\mathrm{d}x=\sqrt{\pi}": State.HELD,
    r"\int_0^\infty x^2\mathrm{e}^{-x}\,\mathrm{d}x=2": State.HELD, r"\int_0^{2\pi}\sin x\,\mathrm{d}x=0": State.HELD,
    r"\int_0^1\int_0^1xt\,\mathrm{d}x\,\mathrm{d}t=\frac14": State.HELD,
    r"\int_0^10x^2\,\mathrm{d}x=0": State.HELD,
    r"\int_0^1\begin{pmatrix}x\\1\end{pmatrix}\,\mathrm{d}x=\begin{pmatrix}1/2\\1\end{pmatrix}": State.HELD}.items())
def test_usual_integrals_are_computed(formula: str, state: State) -> None:
    outcome = evaluate(formula, [{r"\pi": np.pi}])
    assert outcome.state == state, outcome
