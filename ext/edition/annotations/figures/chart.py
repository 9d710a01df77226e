"""Draw curves over common axes, linear or logarithmic: what an experiment measured, and what a formula says of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ext.edition.annotations.figures.picture import Picture, Point, number

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: There are as many tones in ``static/figures.css``.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in both languages."""

    zh: str
    en: str

    def say(self, *, english: bool) -> str:
        """Return the words in one of them."""
        return self.en if english else self.zh


@dataclass(frozen=True, slots=True)
class Curve:
    """Points that belong together: a line through them, or a dot at each when they were measured one by one."""

    name: Words
    points: Sequence[Point]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: what it counts, and from where to where; without ends it shows every point."""

    name: Words
    log: bool = False
    ends: tuple[float, float] | None = None

    def place(self, value: float) -> float:
        """Return where a value stands."""
        return math.log10(value) if self.log else value

    def text(self, place: float) -> str:
        """Write the value that stands at a place; of a logarithmic axis only the powers of ten."""
        if not self.log:
            return number(place)
        power = round(place)
        if abs(place - power) > 1e-9:
            return ""
        return f"10{str(power).translate(_RAISED)}" if abs(power) >= 3 else number(10.0**power)

    def range(self, values: Sequence[float]) -> tuple[float, float]:
        """Return the places of the ends."""
        low, high = (self.place(end) for end in self.ends or (min(values), max(values)))
        margin = 0 if self.ends or self.log else 0.05 * (high - low or 1)
        return low - margin, high + margin


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of curves."""

    title: Words
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]


def draw(chart: Chart, *, english: bool) -> str:
    """Return the chart as SVG text; each curve has its tone, its dash and its number."""
    if len(chart.curves) > _MOST:
        raise ValueError(f"a chart has at most {_MOST} curves")
    points = [point for curve in chart.curves for point in curve.points]
    names = [f"{at} {curve.name.say(english=english)}" for at, curve in enumerate(chart.curves, 1)]
    axes = " → ".join((chart.x.name.say(english=english), chart.y.name.say(english=english)))
    picture = Picture(
        f"{chart.title.say(english=english)}: {'; '.join(names)}",
        chart.x.range([x for x, _ in points]),
        chart.y.range([y for _, y in points]),
        notes=(axes, *names),
        x_text=chart.x.text,
        y_text=chart.y.text,
    )
    for at, curve in enumerate(chart.curves, 1):
        placed = [(chart.x.place(x), chart.y.place(y)) for x, y in curve.points]
        if curve.dots:
            picture.dots(placed, f"fig-measured fig-tone-{at}", radius=3.2)
        else:
            picture.line(placed, f"fig-path fig-tone-{at}")
        picture.badge(placed, str(at), f"fig-end fig-tone-{at}")
    return picture.svg()
