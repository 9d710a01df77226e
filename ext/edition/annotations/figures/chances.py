"""Experiments on probabilities: bounds of a likelihood, weights of samples, divergences, guidance, LogSumExp."""

from __future__ import annotations

import math

from ext.edition.annotations.figures.chart import Axis, Chart, Curve, Words
from ext.edition.annotations.figures.numeric import Vector, dot, geometric, normal, random
from ext.edition.annotations.figures.picture import Point


def ddpm_gap() -> Chart:
    """Add up the terms of the variational bound of one normal dimension, and take the integral away."""

    def gap(steps: int, start: int, kappa: float = 1.0) -> float:
        log, before, total, first = 0.0, 0.0, 0.0, 0.0
        for t in range(1, steps + 1):
            log += math.log1p(-(0.1 + 19.9 * t / steps) / steps)
            snr = 1 / math.expm1(-log)
            if t == start:
                first = snr
            elif t > start:
                total += 0.5 * (before - snr) * kappa / (1 + kappa * snr)
            before = snr
        return total - 0.5 * math.log1p(kappa * first) + 0.5 * math.log1p(kappa * before)

    sizes = [30, 60, 100, 200, 500, 1000, 2000, 5000, 10000]
    euler = 0.5772156649015329 / 2
    return Chart(
        Words("离散的下界与积分之差", "The discrete bound less the integral"),
        Axis(Words("步数 T", "steps T"), log=True),
        Axis(Words("每一维的差（奈特）", "difference per dimension (nats)"), ends=(0, 0.8)),
        (
            Curve(Words("从头加起", "from the first step on"), [(t, gap(t, 1)) for t in sizes]),
            Curve(Words("从 u₀ = 0.1 加起", "from u₀ = 0.1 on"), [(t, gap(t, t // 10)) for t in sizes]),
            Curve(Words("γ/2 ≈ 0.2886", "γ/2 ≈ 0.2886"), [(sizes[0], euler), (sizes[-1], euler)]),
        ),
    )


def importance_mean() -> Chart:
    """Average the weights of two proposals for a standard normal target; the true mean is one."""

    def running(scale: float, seed: int) -> list[Point]:
        found: list[Point] = []
        uniform, total, shown = random(seed), 0.0, 10
        for n in range(1, 20001):
            x = scale * normal(uniform)
            total += scale * math.exp(x * x * (1 / scale**2 - 1) / 2)
            if n >= shown:
                found.append((n, total / n))
                shown = max(n + 1, math.floor(n * 1.02))
        return found

    return Chart(
        Words("权重的平均", "The mean of the weights"),
        Axis(Words("样本数 n", "samples n"), log=True, ends=(10, 20000)),
        Axis(Words("平均，真值为 1", "mean, truly 1"), ends=(0.4, 1.6)),
        (
            Curve(Words("太宽：s = 2", "too wide: s = 2"), running(2, 3)),
            Curve(Words("太窄：s = 0.4", "too narrow: s = 0.4"), running(0.4, 3)),
            Curve(Words("太窄，另一个种子", "too narrow, another seed"), running(0.4, 8)),
        ),
    )


def kl_reverse() -> Chart:
    """Find the two local minima of the reverse divergence from a normal law to a mixture with two peaks."""
    nodes = [-6 + k / 8 for k in range(97)]
    mass = [math.exp(-z * z / 2) for z in nodes]
    weight = [value / sum(mass) for value in mass]

    def divergence(m: float, s: float, a: float) -> float:
        total = 0.0
        for z, w in zip(nodes, weight, strict=True):
            x = m + s * z
            total += w * (x * x / 2 - abs(a * x) - math.log1p(math.exp(-2 * abs(a * x))))
        return math.log(2) + a * a / 2 + total - 0.5 - math.log(s)

    def least(m: float, s: float, a: float) -> tuple[float, float]:
        width, best = 0.4, divergence(m, s, a)
        while width > 2e-3:
            moves = [
                (abs(m + i * width), s + j * width) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i or m) and s > width
            ]
            value, where = min(((divergence(*move, a), move) for move in moves), default=(best, (m, s)))
            if value < best - 1e-9:
                best, (m, s) = value, where
            else:
                width /= 2
        return best, m

    distances = [1.6 + 0.1 * k for k in range(25)]
    peaks = [(a, least(a, 1.0, a)) for a in distances]  # two that are near have no minimum each
    return Chart(
        Words("反向散度的两个极小", "Two minima of the reverse divergence"),
        Axis(Words("峰到中点的距离 a", "half the distance a")),
        Axis(Words("散度（奈特）", "divergence (nats)"), ends=(0, 1.2)),
        (
            Curve(Words("居中铺开", "spread over both"), [(a, least(0.0, 0.8 * a, a)[0]) for a in distances]),
            Curve(Words("守着一个峰", "at one peak"), [(a, value) for a, (value, m) in peaks if m > 1]),
            Curve(
                Words("log 2，守着一个峰的上界", "log 2, the bound of one peak"),
                [(1.6, math.log(2)), (4.0, math.log(2))],
            ),
        ),
    )


def guidance() -> Chart:
    """Walk the probability flow under guidance to its end, and compare with the density that it is taken for."""
    s, start = 0.5, [-4 + k / 4 for k in range(33)]
    weight = [math.exp(-x * x / 2) for x in start]  # the flow carries it along

    def moments(x: Vector, mass: Vector) -> tuple[float, float]:
        mean = dot(x, mass) / sum(mass)
        return mean, math.sqrt(sum(m * (y - mean) ** 2 for y, m in zip(x, mass, strict=True)) / sum(mass))

    def ends(w: float) -> tuple[float, float]:
        x = start
        times = [7 - 6.4 * k / 80 for k in range(80)] + geometric(0.6, 1e-4, 200)

        def speed(y: float, t: float) -> float:
            a = math.exp(-t)
            m, v = math.sqrt(a), a * s * s + 1 - a
            return -0.5 * (y - (1 + w) * (y - m) / v - w * (m * math.tanh(m * y / v) - y) / v)

        for t, then in zip(times, times[1:], strict=False):
            h = then - t
            k = [speed(y, t) for y in x]
            x = [y + h / 2 * (a + speed(y + h * a, then)) for y, a in zip(x, k, strict=True)]
        return moments(x, weight)

    def product(w: float) -> tuple[float, float]:
        grid = [-3 + k / 50 for k in range(400)]
        label = [1 / (1 + math.exp(-8 * x)) for x in grid]  # p(y|x)
        return moments(grid, [math.exp(-2 * (x - 1) ** 2) * q**w for x, q in zip(grid, label, strict=True)])

    strengths = [0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 7.5]
    walked, taken = [ends(w) for w in strengths], [product(w) for w in strengths]
    return Chart(
        Words("引导走到了哪里", "Where guidance ends"),
        Axis(Words("引导强度 w", "strength w")),
        Axis(Words("均值与标准差", "mean and standard deviation"), ends=(0, 2.4)),
        (
            Curve(Words("实得的均值", "mean, in fact"), [(w, m) for w, (m, _) in zip(strengths, walked, strict=True)]),
            Curve(
                Words("p(x)p(y|x)^(1+w) 的均值", "mean of p(x)p(y|x)^(1+w)"),
                [(w, m) for w, (m, _) in zip(strengths, taken, strict=True)],
            ),
            Curve(
                Words("实得的标准差", "deviation, in fact"),
                [(w, sd) for w, (_, sd) in zip(strengths, walked, strict=True)],
            ),
            Curve(
                Words("p(x)p(y|x)^(1+w) 的标准差", "deviation of p(x)p(y|x)^(1+w)"),
                [(w, sd) for w, (_, sd) in zip(strengths, taken, strict=True)],
            ),
        ),
    )


def lse_bounds() -> Chart:
    """Compare bounds of LogSumExp with its distance from the maximum, while the entries are pulled apart."""
    uniform = random(12)
    shape = sorted(normal(uniform) for _ in range(10))
    spans = geometric(0.05, 20, 61)

    def above(t: float) -> float:
        return math.log(sum(math.exp(t * (x - shape[-1])) for x in shape))

    mean, width = sum(shape) / 10, shape[-1] - shape[0]
    return Chart(
        Words("lse 减去最大值", "LogSumExp less the maximum"),
        Axis(Words("放大的倍数 t", "scale t"), log=True),
        Axis(Words("与最大值之差", "above the maximum"), ends=(0, 3.5)),
        (
            Curve(Words("真值", "true"), [(t, above(t)) for t in spans]),
            Curve(Words("上界 log n", "bound log n"), [(spans[0], math.log(10)), (spans[-1], math.log(10))]),
            Curve(
                Words("间隔的上界", "bound by the gap"),
                [(t, 9 * math.exp(-t * (shape[-1] - shape[-2]))) for t in spans],
            ),
            Curve(
                Words("平均与极差的上界", "bound by mean and range"),
                [(t, math.log(10) + t * (mean - shape[-1]) + (t * width) ** 2 / 8) for t in spans],
            ),
        ),
    )
