"""Compute what the still pictures show: the same random numbers and spectra as the scripts, without NumPy."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence

Uniform = Callable[[], float]
Vector = Sequence[float]
Matrix = Sequence[Vector]

_MASK = 0xFFFFFFFF
#: Steps for one eigenvalue; two or three are usual.
_TRIES = 300


def random(seed: int) -> Uniform:
    """Return a generator of uniform numbers in (0, 1): mulberry32, as in ``static/figures/kit.js``."""
    state = seed & _MASK

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & _MASK
        z = ((state ^ (state >> 15)) * (state | 1)) & _MASK
        z ^= (z + (z ^ (z >> 7)) * (z | 61)) & _MASK
        return ((z ^ (z >> 14)) + 0.5) / 2**32

    return draw


def normal(uniform: Uniform) -> float:
    """Return a standard normal number from two uniform ones (Box and Muller)."""
    radius = math.sqrt(-2 * math.log(uniform()))
    return radius * math.cos(2 * math.pi * uniform())


def dot(a: Vector, b: Vector) -> float:
    """Return the inner product."""
    return sum(map(float.__mul__, a, b))


def geometric(low: float, high: float, count: int) -> list[float]:
    """Return numbers of which each is the same multiple of the one before."""
    return [low * (high / low) ** (k / (count - 1)) for k in range(count)]


def gamma(uniform: Uniform, shape: float) -> float:
    """Return a gamma number of scale 1 (Marsaglia and Tsang, 2000)."""
    if shape < 1:
        return gamma(uniform, shape + 1) * uniform() ** (1 / shape)
    d = shape - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal(uniform)
        v = (1 + c * x) ** 3
        if v > 0 and math.log(uniform()) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v


def random_matrix(rows: int, columns: int, entries: str, seed: int) -> list[list[float]]:
    """Return a matrix of independent entries with mean 0 and variance 1/*rows*: normal, or ``sign``."""
    uniform = random(seed)
    scale = 1 / math.sqrt(rows)
    if entries == "sign":
        return [[scale if uniform() >= 0.5 else -scale for _ in range(columns)] for _ in range(rows)]
    return [[scale * normal(uniform) for _ in range(columns)] for _ in range(rows)]


def symmetric(a: Matrix) -> list[list[float]]:
    """Return (A + Aᵀ)/√2."""
    return [[(x + a[j][i]) / math.sqrt(2) for j, x in enumerate(row)] for i, row in enumerate(a)]


def singular_values(a: Matrix) -> list[float]:
    """Return the singular values, greatest first, by way of AᵀA: good to eight digits of the greatest."""
    columns = list(zip(*a, strict=True)) if len(a) >= len(a[0]) else [tuple(row) for row in a]
    gram = [[math.fsum(map(float.__mul__, map(float, u), map(float, v))) for v in columns] for u in columns]
    return [math.sqrt(max(value.real, 0.0)) for value in eigenvalues(gram)]


def eigenvalues(a: Matrix) -> list[complex]:
    """Return the eigenvalues of a square matrix, greatest modulus first, by shifted QR steps."""
    h = _hessenberg(a)
    found: list[complex] = []
    last, tries = len(h) - 1, 0
    while last >= 0:
        first = last
        while first > 0 and abs(h[first][first - 1]) > 2.3e-16 * (abs(h[first][first]) + abs(h[first - 1][first - 1])):
            first -= 1
        if first == last:
            found.append(h[last][last])
            last, tries = last - 1, 0
            continue
        tries += 1
        if tries > _TRIES:
            raise ArithmeticError("the QR steps do not converge")
        _step(h, first, last, _shift(h, last, unusual=tries % 12 == 0))
    return sorted(found, key=lambda value: (-abs(value), -value.imag))


def _hessenberg(a: Matrix) -> list[list[complex]]:
    """Reduce a matrix by elimination with pivots to one without entries below the first subdiagonal."""
    h = [[complex(x) for x in row] for row in a]
    n = len(h)
    for m in range(1, n - 1):
        pivot = max(range(m, n), key=lambda i: abs(h[i][m - 1]))
        if h[pivot][m - 1] == 0:
            continue
        h[m], h[pivot] = h[pivot], h[m]
        for row in h:
            row[m], row[pivot] = row[pivot], row[m]
        factors = [h[i][m - 1] / h[m][m - 1] for i in range(m + 1, n)]
        for i, factor in enumerate(factors, m + 1):
            h[i] = [x - factor * y for x, y in zip(h[i], h[m], strict=True)]
            h[i][m - 1] = 0j
        for row in h:
            row[m] += sum(map(complex.__mul__, factors, row[m + 1:]), 0j)
    return h


def _shift(h: list[list[complex]], last: int, *, unusual: bool) -> complex:
    """Return the eigenvalue of the last 2×2 block that is nearer to its last entry (Wilkinson)."""
    a, b, c, d = h[last - 1][last - 1], h[last - 1][last], h[last][last - 1], h[last][last]
    if unusual:
        return d + abs(c)
    half = (a - d) / 2
    root = cmath.sqrt(half * half + b * c)
    return d + min(half + root, half - root, key=abs)


def _step(h: list[list[complex]], first: int, last: int, shift: complex) -> None:
    """Do one QR step with *shift* on the block from *first* to *last*."""
    turns = []
    for k in range(first, last + 1):
        h[k][k] -= shift
    for k in range(first, last):
        a, b = h[k][k], h[k + 1][k]
        r = math.hypot(abs(a), abs(b)) or 1.0
        c, s = a / r, b / r
        turns.append((c, s))
        upper, lower = h[k][k:last + 1], h[k + 1][k:last + 1]
        cc, sc = c.conjugate(), s.conjugate()
        h[k][k:last + 1] = [cc * x + sc * y for x, y in zip(upper, lower, strict=True)]
        h[k + 1][k:last + 1] = [c * y - s * x for x, y in zip(upper, lower, strict=True)]
    for k, (c, s) in enumerate(turns, first):
        cc, sc = c.conjugate(), s.conjugate()
        for row in h[first:min(k + 2, last) + 1]:
            x, y = row[k], row[k + 1]
            row[k], row[k + 1] = x * c + y * s, y * cc - x * sc
    for k in range(first, last + 1):
        h[k][k] += shift
