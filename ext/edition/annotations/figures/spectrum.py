"""Draw the spectrum of a matrix against the law of large ones, as ``static/figures/spectrum.js`` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from ext.edition.annotations.figures.numeric import eigenvalues, random_matrix, singular_values, symmetric
from ext.edition.annotations.figures.picture import Picture
from ext.edition.annotations.figures.schema import Ratio, Rows, Seed, Size
from ext.edition.site.errors import EditionError


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What a page may say of the figure; ``matrix`` is shown when ``law`` is ``given``."""

    law: Literal["marchenko-pastur", "semicircle", "circular", "given"] = "marchenko-pastur"
    size: Size = 80
    ratio: Ratio = 0.5
    entries: Literal["normal", "sign"] = "normal"
    seed: Seed = 1
    matrix: Rows = ((2, 1, 0), (-1, 2, 0), (0, 0, 0.5))


def check(options: Options) -> None:
    """Raise when the rows of the matrix are not equally long."""
    if len({len(row) for row in options.matrix}) > 1:
        raise EditionError("the rows of the matrix are not equally long", remedy="give every row as many numbers")


def quarter(s: float, ratio: float) -> float:
    """Return the density of singular values for *ratio* columns a row (Marchenko and Pastur, for s, not s²)."""
    low, high = (1 - math.sqrt(ratio)) ** 2, (1 + math.sqrt(ratio)) ** 2
    if s <= 0 or not low < s * s < high:
        return 0.0
    return math.sqrt((high - s * s) * (s * s - low)) / (math.pi * ratio * s)


def semicircle(x: float) -> float:
    """Return the density of the eigenvalues of a symmetric matrix (Wigner)."""
    return math.sqrt(4 - x * x) / (2 * math.pi) if abs(x) < 2 else 0.0


def _density(
    label: str, values: Sequence[float], low: float, high: float, law: Callable[[float], float]
) -> Picture:
    bins = max(10, min(36, math.floor(len(values) / 4 + 0.5)))
    width = (high - low) / bins
    heights = [0.0] * bins
    for value in values:
        if low <= value < high:
            heights[int((value - low) / width)] += 1 / (len(values) * width)
    curve = [(x, law(x)) for x in (low + (high - low) * i / 200 for i in range(201))]
    picture = Picture(label, (low, high), (0, 1.08 * max(*heights, *(y for _, y in curve))))
    picture.bars(heights, low, width)
    picture.line(curve)
    return picture


def _singular(options: Options, label: str) -> Picture:
    columns = max(1, math.floor(options.size * options.ratio + 0.5))  # as JavaScript rounds
    share = columns / options.size
    values = singular_values(random_matrix(options.size, columns, options.entries, options.seed))
    root = math.sqrt(share)
    return _density(label, values, max(0.0, 0.75 - root), 1.25 + root, lambda s: quarter(s, share))


def _symmetric(options: Options, label: str) -> Picture:
    matrix = symmetric(random_matrix(options.size, options.size, options.entries, options.seed))
    return _density(label, [value.real for value in eigenvalues(matrix)], -2.5, 2.5, semicircle)


def _circular(options: Options, label: str) -> Picture:
    values = eigenvalues(random_matrix(options.size, options.size, options.entries, options.seed))
    far = 1.15 * max(1.0, *(max(abs(value.real), abs(value.imag)) for value in values))
    picture = Picture(label, (-far, far), (-far, far), equal=True)
    picture.line((math.cos(i * math.pi / 60), math.sin(i * math.pi / 60)) for i in range(121))
    picture.dots((value.real, value.imag) for value in values)
    return picture


def _given(options: Options, label: str) -> Picture:
    values = singular_values(options.matrix)
    picture = Picture(label, (0, len(values) + 1), (0, 1.1 * (values[0] or 1)), whole=True)
    for place, value in enumerate(values, 1):
        picture.line([(place, 0), (place, value)])
    picture.dots([(place, value) for place, value in enumerate(values, 1)], radius=4)
    return picture


#: law: Chinese name, English name, picture.
_LAWS: Mapping[str, tuple[str, str, Callable[[Options, str], Picture]]] = {
    "marchenko-pastur": ("随机矩阵的奇异值与 Marchenko–Pastur 律",
                         "Singular values of a random matrix and the law of Marchenko and Pastur", _singular),
    "semicircle": ("对称随机矩阵的特征值与半圆律",
                   "Eigenvalues of a symmetric random matrix and the semicircle law", _symmetric),
    "circular": ("随机矩阵的特征值与圆律", "Eigenvalues of a random matrix and the circular law", _circular),
    "given": ("给定矩阵的奇异值", "Singular values of a given matrix", _given),
}


def draw(options: Options, *, english: bool) -> str:
    """Return the picture."""
    zh, en, picture = _LAWS[options.law]
    return picture(options, en if english else zh).svg()
