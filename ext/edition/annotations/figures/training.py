"""Experiments on optimisers: the size of Adam's update, batch sizes, iterations, a gradient that jumps over a step."""

from __future__ import annotations

import math
from collections.abc import Callable

from ext.edition.annotations.figures.chart import Axis, Chart, Curve, Words
from ext.edition.annotations.figures.numeric import Vector, dot, geometric, normal, random
from ext.edition.annotations.figures.picture import Point


def adam_rms() -> Chart:
    """Run Adam on many coordinates of pure noise, and of noise and a signal; measure the RMS of its update."""
    b1, b2, count, steps, share = 0.9, 0.999, 400, 60, 0.1
    uniform, rho2 = random(1), (1 - 0.9) / (1 + 0.9)

    def run(mean: float) -> list[Point]:
        found: list[Point] = []
        m, v = [0.0] * count, [0.0] * count
        for t in range(1, steps + 1):
            g = [mean + normal(uniform) for _ in range(count)]
            m = [b1 * a + (1 - b1) * x for a, x in zip(m, g, strict=True)]
            v = [b2 * a + (1 - b2) * x * x for a, x in zip(v, g, strict=True)]
            square = sum(a * a / b for a, b in zip(m, v, strict=True)) * (1 - b2**t) / (1 - b1**t) ** 2
            found.append((t, math.sqrt(square / count)))
        return found

    floor = [(t, math.sqrt(rho2 * (1 + b1**t) / (1 - b1**t))) for t in range(1, steps + 1)]
    above = [(t, math.sqrt((share + y * y) / (share + 1))) for t, y in floor]
    return Chart(
        Words("Adam 更新量的均方根", "The RMS of Adam's update"),
        Axis(Words("步数 t", "step t")),
        Axis(Words("均方根", "RMS"), ends=(0, 1.05)),
        (
            Curve(Words("公式，只有噪声", "formula, noise alone"), floor),
            Curve(Words("公式，信噪比 0.1", "formula, signal to noise 0.1"), above),
            Curve(
                Words("400 个坐标上的 Adam，只有噪声", "Adam on 400 coordinates, noise alone"), run(0)[::3], dots=True
            ),
            Curve(Words("同上，信噪比 0.1", "the same, signal to noise 0.1"), run(share**0.5)[::3], dots=True),
        ),
    )


def batch_size() -> Chart:
    """Measure the best learning rate of one step, for the gradient and for its sign, over batch sizes."""
    d, draws, uniform = 8, 300, random(4)
    g = [0.6 + 0.1 * k for k in range(d)]
    spread = [8.0 * x for x in g]  # every coordinate has the same ratio of signal to noise

    def curvature(u: Vector, coupling: float) -> float:
        return (1 - coupling) * dot(u, u) + coupling * sum(u) ** 2

    def best(batch: float, coupling: float, sign: bool) -> float:
        first = second = 0.0
        for _ in range(draws):
            noise = [s / math.sqrt(batch) * normal(uniform) for s in spread]
            for side in (1, -1):  # each noise and its mirror image
                u = [x + side * e for x, e in zip(g, noise, strict=True)]
                if sign:
                    u = [math.copysign(1.0, x) for x in u]
                first, second = first + dot(g, u), second + curvature(u, coupling)
        return first / second

    def formula(batch: float, coupling: float) -> float:
        phi, total = math.erf(math.sqrt(batch / 2) / 8), sum(g)
        return phi * total / (d + phi * phi * coupling * d * (d - 1))

    sizes, fine = geometric(1, 1024, 11), geometric(1, 1024, 61)
    noise = dot(spread, spread) / curvature(g, 0.6)
    top = dot(g, g) / curvature(g, 0.6)
    return Chart(
        Words("最优学习率与批大小", "The best learning rate over batch sizes"),
        Axis(Words("批大小 B", "batch size B"), log=True),
        Axis(Words("最优学习率", "best learning rate"), log=True, ends=(0.008, 1.2)),
        (
            Curve(
                Words("符号，耦合弱（0.05）：公式", "sign, weakly coupled (0.05): formula"),
                [(b, formula(b, 0.05)) for b in fine],
            ),
            Curve(
                Words("符号，耦合强（0.6）：公式", "sign, strongly coupled (0.6): formula"),
                [(b, formula(b, 0.6)) for b in fine],
            ),
            Curve(
                Words("梯度，耦合 0.6：公式", "gradient, coupling 0.6: formula"),
                [(b, top / (1 + noise / b)) for b in fine],
            ),
            Curve(
                Words("符号，耦合 0.6：抽样", "sign, coupling 0.6: sampled"),
                [(b, best(b, 0.6, True)) for b in sizes],
                dots=True,
            ),
            Curve(
                Words("梯度，耦合 0.6：抽样", "gradient, coupling 0.6: sampled"),
                [(b, best(b, 0.6, False)) for b in sizes],
                dots=True,
            ),
        ),
    )


def polar_steps() -> Chart:
    """Follow one small singular value through three iterations."""
    maps: tuple[tuple[Words, Callable[[float], float]], ...] = (
        (Words("三次：Newton–Schulz", "cubic: Newton–Schulz"), lambda x: (3 * x - x**3) / 2),
        (Words("五次：二项式族", "quintic: binomial"), lambda x: (15 * x - 10 * x**3 + 3 * x**5) / 8),
        (
            Words("五次：Muon 的系数", "quintic: the coefficients of Muon"),
            lambda x: 3.4445 * x - 4.7750 * x**3 + 2.0315 * x**5,
        ),
    )

    def orbit(step: Callable[[float], float]) -> list[Point]:
        found = [(0.0, 0.01)]
        for at in range(1, 17):
            found.append((at, step(found[-1][1])))
        return found

    return Chart(
        Words("小奇异值的抬升", "The rise of a small singular value"),
        Axis(Words("步数", "step"), ends=(0, 16)),
        Axis(Words("从 0.01 出发的奇异值", "a singular value, from 0.01 on"), ends=(0, 1.25)),
        tuple(Curve(name, orbit(step)) for name, step in maps),
    )


def straight_through() -> Chart:
    """Descend with the straight-through gradient towards a target that is no code."""

    def path(spacing: float | None) -> list[Point]:
        found: list[Point] = []
        z = 0.3
        for step in range(41):
            found.append((step, z))
            code = z if spacing is None else min(max(round(z / spacing) * spacing, -1.0), 1.0)
            z -= 0.3 * (code - 0.8)
        return found

    return Chart(
        Words("直通梯度下的编码器输出", "The encoder's output under the straight-through gradient"),
        Axis(Words("步数", "step"), ends=(0, 40)),
        Axis(Words("z，目标 0.8", "z, target 0.8"), ends=(0.25, 1.0)),
        (
            Curve(Words("不量化", "not quantised"), path(None)),
            Curve(Words("码字间隔 1", "codes 1 apart"), path(1.0)),
            Curve(Words("码字间隔 0.25", "codes 0.25 apart"), path(0.25)),
        ),
    )
