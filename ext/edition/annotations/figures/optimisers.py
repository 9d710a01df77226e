"""Draw the paths of optimisers on contour lines, as ``static/figures/optimisers.js`` does."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from ext.edition.annotations.figures.picture import Picture, Point, Range
from ext.edition.annotations.figures.schema import Momentum, Rate, Steps
from ext.edition.site.errors import EditionError

Method = Literal["gd", "momentum", "adam", "sign", "muon"]
Memory = dict[str, list[float]]

#: In the order of their numbers: name in Chinese and in English.
METHODS: Mapping[Method, tuple[str, str]] = {
    "gd": ("梯度下降", "gradient descent"), "momentum": ("动量", "momentum"), "adam": ("Adam", "Adam"),
    "sign": ("谱步（符号下降）", "spectral step (sign)"), "muon": ("Muon", "Muon"),
}
#: Farther away than this a path counts as divergent, and ends.
FAR = 1e3
_LEVELS = 9


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may say of the figure."""

    surface: Literal["valley", "rosenbrock", "himmelblau"] = "valley"
    methods: tuple[Method, ...] = tuple(METHODS)
    start: tuple[float, float] | None = None
    rates: dict[Method, Rate] = {}
    steps: Steps = 120
    momentum: Momentum = 0.9


@dataclass(frozen=True, slots=True)
class Surface:
    """A test function: its part of the plane, where paths begin, where it is least, and usual learning rates."""

    zh: str
    en: str
    x: Range
    y: Range
    start: Point
    minima: tuple[Point, ...]
    value: Callable[[float, float], float]
    gradient: Callable[[float, float], Point]
    rates: Mapping[Method, float]


SURFACES: Mapping[str, Surface] = {
    "valley": Surface(
        "二次山谷", "quadratic valley", (-4, 4), (-2.4, 2.4), (-3.4, 1.6), ((0, 0),),
        lambda x, y: 0.5 * x * x + 10 * y * y, lambda x, y: (x, 20 * y),
        {"gd": 0.08, "momentum": 0.02, "adam": 0.15, "sign": 0.08, "muon": 0.03}),
    "rosenbrock": Surface(
        "Rosenbrock 函数", "Rosenbrock's function", (-2, 2), (-0.8, 2), (-1.2, 1), ((1, 1),),
        lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        lambda x, y: (2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)),
        {"gd": 0.0012, "momentum": 0.0005, "adam": 0.05, "sign": 0.01, "muon": 0.005}),
    "himmelblau": Surface(
        "Himmelblau 函数", "Himmelblau's function", (-5.5, 5.5), (-5, 5), (-0.3, -0.6),
        ((3, 2), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170),
         (3.584428340330492, -1.848126526964404)),
        lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
        lambda x, y: (4 * x * (x * x + y - 11) + 2 * (x + y * y - 7), 2 * (x * x + y - 11) + 4 * y * (x + y * y - 7)),
        {"gd": 0.01, "momentum": 0.003, "adam": 0.1, "sign": 0.06, "muon": 0.03}),
}


def check(options: Options) -> None:
    """Raise when the start is not on the picture."""
    surface = SURFACES[options.surface]
    if options.start is None:
        return
    for name, value, (low, high) in zip("xy", options.start, (surface.x, surface.y), strict=True):
        if not low <= value <= high:
            raise EditionError(f"the {name} of the start is {value:g}",
                               remedy=f"take a number from {low:g} to {high:g}")


def update(method: Method, g: list[float], memory: Memory, beta: float) -> list[float]:
    """Return the step of a method before the learning rate; *memory* is its state."""
    def average(key: str, values: list[float], old: float, fresh: float) -> list[float]:
        before = memory.get(key, [0.0, 0.0])
        memory[key] = [old * b + fresh * v for b, v in zip(before, values, strict=True)]
        return memory[key]

    if method == "gd":
        return g
    if method == "momentum":
        return average("m", g, beta, 1)
    if method == "adam":
        count = average("count", [1.0, 1.0], 1, 1)[0]
        m = average("m", g, 0.9, 0.1)
        v = average("v", [x * x for x in g], 0.999, 0.001)
        return [a / (1 - 0.9**count) / (math.sqrt(b / (1 - 0.999**count)) + 1e-8) for a, b in zip(m, v, strict=True)]
    # msign(diag(g)) = diag(sign g): the spectral steps on diagonal matrices.
    return [math.copysign(1, x) if x else 0.0 for x in (g if method == "sign" else average("m", g, beta, 1))]


def path(surface: str, method: Method, rate: float, start: Point, steps: int, beta: float) -> list[Point]:
    """Return the points from the start on; a path that diverges has fewer."""
    points = [start]
    memory: Memory = {}
    while len(points) <= steps:
        x, y = points[-1]
        dx, dy = update(method, list(SURFACES[surface].gradient(x, y)), memory, beta)
        after = (x - rate * dx, y - rate * dy)
        if not math.hypot(*after) < FAR:
            break
        points.append(after)
    return points


def contour(grid: Sequence[Sequence[float]], xs: Sequence[float], ys: Sequence[float], level: float
            ) -> Iterator[list[Point]]:
    """Yield the lines on which a function on a grid has the value *level* (marching squares), each in one piece."""
    joined: dict[Point, list[Point]] = defaultdict(list)
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            corners = [(xs[a], ys[b], grid[b][a]) for a, b in ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))]
            # An edge gives the same point to both of its cells, because its ends are taken in one order.
            edges = zip(corners, [*corners[1:], corners[0]], strict=True)
            cuts = [_between(min(p, q), max(p, q), level) for p, q in edges if (p[2] < level) != (q[2] < level)]
            for one, other in zip(cuts[::2], cuts[1::2], strict=True):
                joined[one].append(other)
                joined[other].append(one)
    while joined:
        # A line that leaves the picture is followed from its end, a closed one from anywhere.
        here = next((point for point, others in joined.items() if len(others) == 1), next(iter(joined)))
        line = [here]
        while joined.get(here):
            after = joined[here].pop()
            joined[after].remove(here)
            for point in (here, after):
                if not joined[point]:
                    del joined[point]
            line.append(after)
            here = after
        yield line


def _between(p: tuple[float, float, float], q: tuple[float, float, float], level: float) -> Point:
    share = (level - p[2]) / (q[2] - p[2])
    return p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])


def draw(options: Options, *, english: bool) -> str:
    """Return the picture."""
    surface = SURFACES[options.surface]
    xs = [surface.x[0] + (surface.x[1] - surface.x[0]) * i / 48 for i in range(49)]
    ys = [surface.y[0] + (surface.y[1] - surface.y[0]) * i / 36 for i in range(37)]
    grid = [[surface.value(x, y) for x in xs] for y in ys]
    highest = max(map(max, grid))
    names = [f"{at} {METHODS[name][english]}" for at, name in enumerate(METHODS, 1) if name in options.methods]
    label = (f"Contours of the {surface.en} and the paths of {', '.join(names)}" if english
             else f"{surface.zh}的等高线与各方法的路径：{'、'.join(names)}")
    notes = tuple("\u2003".join(names[at:at + 3]) for at in range(0, len(names), 3))
    picture = Picture(label, surface.x, surface.y, notes=notes)
    for k in range(_LEVELS):
        for line in contour(grid, xs, ys, highest * 0.5 ** (k + 1)):
            picture.line(line, "fig-contour", digits=0)
    for minimum in surface.minima:
        picture.mark(minimum, "★", "fig-star")
    for at, method in enumerate(METHODS, 1):
        if method in options.methods:
            rate = options.rates.get(method, surface.rates[method])
            points = path(options.surface, method, rate, options.start or surface.start, options.steps,
                          options.momentum)
            picture.line(points, f"fig-path fig-tone-{at}")
            picture.dots(points[-1:], f"fig-end fig-tone-{at}", radius=8)
            picture.mark(points[-1], str(at))
    return picture.svg()
