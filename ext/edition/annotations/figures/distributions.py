"""Draw the density of a distribution and a histogram of samples, as ``static/figures/distributions.js`` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from ext.edition.annotations.figures.numeric import Uniform, gamma, normal, random
from ext.edition.annotations.figures.picture import Picture, Range
from ext.edition.annotations.figures.schema import Samples, Seed
from ext.edition.site.errors import EditionError

Parameters = Mapping[str, float]
_BINS = 40


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may say of the figure."""

    family: Literal["normal", "exponential", "gamma", "beta", "student", "mixture"] = "normal"
    parameters: dict[str, float] = {}
    samples: Samples = 300
    seed: Seed = 1


@dataclass(frozen=True, slots=True)
class Family:
    """A family of distributions: its names, least, greatest and first value of every parameter, and its formulas."""

    zh: str
    en: str
    parameters: Mapping[str, tuple[float, float, float]]
    density: Callable[[float, Parameters], float]
    sample: Callable[[Uniform, Parameters], float]
    range: Callable[[Parameters], Range]
    unbounded: Callable[[Parameters], bool] = lambda p: False


def _bell(x: float, mu: float, sigma: float) -> float:
    return math.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def _room(size: float) -> float:
    """Return the next power of two: the axis stays while a parameter is moved."""
    return 2.0 ** math.ceil(math.log2(size) - 1e-9)


def _around(size: float) -> Range:
    return -_room(size), _room(size)


def _gamma(x: float, shape: float, scale: float) -> float:
    if x <= 0:
        return 0.0
    return math.exp((shape - 1) * math.log(x / scale) - x / scale - math.lgamma(shape)) / scale


def _beta(x: float, a: float, b: float) -> float:
    if not 0 < x < 1:
        return 0.0
    return math.exp((a - 1) * math.log(x) + (b - 1) * math.log1p(-x)
                    + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))


def _student(x: float, nu: float) -> float:
    log = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - (nu + 1) / 2 * math.log1p(x * x / nu)
    return math.exp(log) / math.sqrt(nu * math.pi)


def _two_bells(x: float, weight: float, mu1: float, sigma1: float, mu2: float, sigma2: float) -> float:
    return weight * _bell(x, mu1, sigma1) + (1 - weight) * _bell(x, mu2, sigma2)


def _draw_beta(u: Uniform, p: Parameters) -> float:
    x = gamma(u, p["a"])
    return x / (x + gamma(u, p["b"]))


def _draw_mixture(u: Uniform, p: Parameters) -> float:
    which = "1" if u() < p["weight"] else "2"
    return p[f"mu{which}"] + p[f"sigma{which}"] * normal(u)


FAMILIES: Mapping[str, Family] = {
    "normal": Family(
        "正态分布", "Normal", {"mu": (-3, 3, 0), "sigma": (0.2, 3, 1)},
        lambda x, p: _bell(x, **p), lambda u, p: p["mu"] + p["sigma"] * normal(u),
        lambda p: _around(abs(p["mu"]) + 3.5 * p["sigma"])),
    "exponential": Family(
        "指数分布", "Exponential", {"rate": (0.2, 3, 1)},
        lambda x, p: p["rate"] * math.exp(-p["rate"] * x) if x >= 0 else 0.0,
        lambda u, p: -math.log(u()) / p["rate"], lambda p: (0, _room(5 / p["rate"]))),
    "gamma": Family(
        "伽马分布", "Gamma", {"shape": (0.5, 10, 3), "scale": (0.2, 3, 1)},
        lambda x, p: _gamma(x, **p), lambda u, p: p["scale"] * gamma(u, p["shape"]),
        lambda p: (0, _room(p["scale"] * (p["shape"] + 3 * math.sqrt(p["shape"]) + 1.5))), lambda p: p["shape"] < 1),
    "beta": Family(
        "贝塔分布", "Beta", {"a": (0.5, 8, 2), "b": (0.5, 8, 4)},
        lambda x, p: _beta(x, **p), _draw_beta, lambda p: (0, 1), lambda p: p["a"] < 1 or p["b"] < 1),
    "student": Family(
        "学生 t 分布", "Student's t", {"nu": (0.5, 30, 3)}, lambda x, p: _student(x, **p),
        lambda u, p: normal(u) / math.sqrt(2 * gamma(u, p["nu"] / 2) / p["nu"]), lambda p: (-7, 7)),
    "mixture": Family(
        "两个正态的混合", "Mixture of two normals",
        {"weight": (0, 1, 0.4), "mu1": (-3, 3, -1.5), "sigma1": (0.2, 3, 0.6), "mu2": (-3, 3, 1.5),
         "sigma2": (0.2, 3, 1)},
        lambda x, p: _two_bells(x, **p), _draw_mixture,
        lambda p: _around(max(abs(p["mu1"]) + 3.5 * p["sigma1"], abs(p["mu2"]) + 3.5 * p["sigma2"]))),
}


def check(options: Options) -> None:
    """Raise when a parameter is unknown or beyond the ends of its slider."""
    known = FAMILIES[options.family].parameters
    for name, value in options.parameters.items():
        if name not in known:
            raise EditionError(f"{options.family} has no parameter {name!r}", remedy=f"it has {', '.join(known)}")
        low, high, _ = known[name]
        if not low <= value <= high:
            raise EditionError(f"{name} is {value:g}", remedy=f"take a number from {low:g} to {high:g}")


def parameters(options: Options) -> dict[str, float]:
    """Return the values of all parameters."""
    return {name: options.parameters.get(name, first)
            for name, (_, _, first) in FAMILIES[options.family].parameters.items()}


def draw(options: Options, *, english: bool) -> str:
    """Return the picture."""
    family, values = FAMILIES[options.family], parameters(options)
    uniform = random(options.seed)
    samples = [family.sample(uniform, values) for _ in range(options.samples)]
    low, high = family.range(values)
    width = (high - low) / _BINS
    heights = [0.0] * _BINS
    for sample in samples:
        if low <= sample < high:
            heights[int((sample - low) / width)] += 1 / (len(samples) * width)
    xs = [low + (high - low) * (i + 0.5) / 161 for i in range(161)]
    curve = [(x, family.density(x, values)) for x in xs]
    bound = 4 / (high - low) if family.unbounded(values) else max(y for _, y in curve)
    label = (f"{family.en}: density and histogram of {options.samples} samples" if english
             else f"{family.zh}的密度曲线与 {options.samples} 个样本的直方图")
    picture = Picture(label, (low, high), (0, max(*heights, bound) * 1.08))
    picture.bars(heights, low, width)
    picture.line(curve)
    return picture.svg()
