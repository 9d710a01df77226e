"""Experiments on attention and states: how far it spreads, what is recalled, what a state keeps of the past."""

from __future__ import annotations

import math

from ext.edition.annotations.figures.chart import Axis, Chart, Curve, Words
from ext.edition.annotations.figures.numeric import dot, geometric, normal, random
from ext.edition.annotations.figures.picture import Point


def legendre(degree: int, x: float) -> list[float]:
    """Return the values of the Legendre polynomials below a degree."""
    found = [1.0, x]
    for n in range(1, degree - 1):
        found.append(((2 * n + 1) * x * found[n] - n * found[n - 1]) / (n + 1))
    return found[:degree]


def hippo_memory() -> Chart:
    """Feed a signal to LegS step by step, then draw what its state remembers of the whole of it."""
    steps = 600
    signal = [math.sin(9 * k / steps) + (0.8 if 0.35 < k / steps < 0.5 else 0) for k in range(steps)]

    def remembered(size: int) -> list[Point]:
        q, c = [math.sqrt(2 * n + 1) for n in range(size)], [signal[0], *[0.0] * (size - 1)]
        for k in range(1, steps):
            # The trapezoid rule in logarithmic time; A is lower triangular, so its rows are solved one by one.
            half, below, known, after = math.log((k + 1) / k) / 2, 0.0, 0.0, []
            for n in range(size):
                old = c[n] - half * ((n + 1) * c[n] + q[n] * known) + 2 * half * q[n] * signal[k]
                after.append((old - half * q[n] * below) / (1 + half * (n + 1)))
                below, known = below + q[n] * after[n], known + q[n] * c[n]
            c = after
        basis = [(s / 200, legendre(size, 2 * s / 200 - 1)) for s in range(201)]
        return [(s, sum(map(lambda a, b, p: a * b * p, c, q, row))) for s, row in basis]

    return Chart(
        Words("LegS 记住的历史", "What LegS remembers"),
        Axis(Words("时刻 s", "time s"), ends=(0, 1)),
        Axis(Words("输入与重构", "input and reconstruction"), ends=(-1.6, 2.2)),
        (
            Curve(Words("输入", "input"), [(k / steps, value) for k, value in enumerate(signal)][::3]),
            Curve(Words("N = 8", "N = 8"), remembered(8)),
            Curve(Words("N = 40", "N = 40"), remembered(40)),
        ),
    )


def recall() -> Chart:
    """Write pairs of random keys and values into a matrix, and read all of them back."""
    d, e, uniform, sizes = 24, 4, random(6), (2, 4, 8, 12, 16, 20, 24, 32, 40, 48)

    def unit() -> list[float]:
        x = [normal(uniform) for _ in range(d)]
        length = math.sqrt(dot(x, x))
        return [a / length for a in x]

    def error(n: int, erase: float) -> float:
        total, tries = 0.0, 8
        for _ in range(tries):
            keys = [unit() for _ in range(n)]
            values = [[math.copysign(1.0, uniform() - 0.5) for _ in range(e)] for _ in range(n)]
            state = [[0.0] * d for _ in range(e)]
            for k, v in zip(keys, values, strict=True):
                change = [a - erase * dot(row, k) for a, row in zip(v, state, strict=True)]
                state = [[s + c * x for s, x in zip(row, k, strict=True)] for row, c in zip(state, change, strict=True)]
            total += sum(
                (dot(row, k) - a) ** 2
                for k, v in zip(keys, values, strict=True)
                for row, a in zip(state, v, strict=True)
            )
        return total / (tries * n * e)

    def forgotten(n: int) -> float:
        lost = math.exp(-n / d)
        return (2 - lost) * (1 - (1 - lost) * d / n)

    return Chart(
        Words("读出的误差", "The error of recall"),
        Axis(Words("写入的条数 n，d = 24", "pairs written n, d = 24")),
        Axis(Words("均方误差，读出零为 1", "mean square error, 1 for reading zero"), ends=(0, 2.1)),
        (
            Curve(Words("只加不减：(n−1)/d", "adding only: (n−1)/d"), [(n, (n - 1) / d) for n in sizes]),
            Curve(Words("只加不减：实测", "adding only: measured"), [(n, error(n, 0.0)) for n in sizes], dots=True),
            Curve(Words("先擦后写：实测", "erasing first: measured"), [(n, error(n, 1.0)) for n in sizes], dots=True),
            Curve(Words("先擦后写：公式", "erasing first: formula"), [(n, forgotten(n)) for n in range(1, 49)]),
        ),
    )


def rope_score() -> Chart:
    """Average the score of a query with itself at a distance, for few planes, for many, and by the law."""
    distances = geometric(1, 30000, 121)

    def mean(planes: int, r: float, middle: float = 0.0) -> float:
        return sum(math.cos(r * 1e4 ** -((k + middle) / planes)) for k in range(planes)) / planes

    law = [(r, 1 - (math.log(r) + 0.5772156649) / math.log(1e4)) for r in (1.0, 30000.0)]
    return Chart(
        Words("平均分数与距离", "The mean score over the distance"),
        Axis(Words("距离 r", "distance r"), log=True),
        Axis(Words("平均分数，零距离为 1", "mean score, 1 at distance 0"), ends=(-0.35, 1.05)),
        (
            Curve(Words("d = 64", "d = 64"), [(r, mean(32, r)) for r in distances]),
            Curve(Words("d = 128", "d = 128"), [(r, mean(64, r)) for r in distances]),
            Curve(Words("d → ∞", "d → ∞"), [(r, mean(2500, r, 0.5)) for r in distances if r < 1500]),
            Curve(Words("对数律", "the logarithmic law"), law),
        ),
    )


def attention_spread() -> Chart:
    """Count how many positions attention looks at, over the length, when scores are independent normal numbers."""
    uniform, sizes = random(9), (100, 300, 1000, 3000, 8000)

    def effective(n: int, sigma: float) -> float:
        total, tries = 0.0, max(3, 4000 // n)
        for _ in range(tries):
            z = [sigma * normal(uniform) for _ in range(n)]
            weights = [math.exp(x) for x in z]
            whole = sum(weights)
            total += math.log(whole) - dot(weights, z) / whole
        return math.exp(total / tries)

    return Chart(
        Words("注意力的有效个数", "The effective number of positions"),
        Axis(Words("长度 n", "length n"), log=True),
        Axis(Words("有效个数", "effective number"), log=True, ends=(1, 10000)),
        (
            Curve(Words("σ = 1：公式 0.61 n", "σ = 1: formula 0.61 n"), [(n, n * math.exp(-0.5)) for n in sizes]),
            Curve(Words("σ = 1：抽样", "σ = 1: sampled"), [(n, effective(n, 1.0)) for n in sizes], dots=True),
            Curve(
                Words("σ² = 2 log(n/64)：抽样", "σ² = 2 log(n/64): sampled"),
                [(n, effective(n, math.sqrt(2 * math.log(n / 64)))) for n in sizes],
                dots=True,
            ),
            Curve(Words("64", "64"), [(sizes[0], 64), (sizes[-1], 64)]),
            Curve(
                Words("σ = 8，不除以 √d：抽样", "σ = 8, not divided by √d: sampled"),
                [(n, effective(n, 8.0)) for n in sizes],
                dots=True,
            ),
        ),
    )
