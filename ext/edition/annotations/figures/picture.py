"""Draw a plane with axes as SVG text; its colours come from the page's style sheet, light or dark."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Range = tuple[float, float]
Point = tuple[float, float]

WIDTH, HEIGHT = 480, 310
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, WIDTH - 10, 10, HEIGHT - 28
#: The radius of the dot behind the number of a curve.
_BADGE = 8


def ticks(low: float, high: float, count: int = 6) -> list[float]:
    """Return about *count* round numbers between two others."""
    rough = (high - low) / count
    power = 10 ** math.floor(math.log10(rough))
    step = next(times for times in (1, 2, 5, 10) if times * power >= rough * 0.999) * power
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def number(value: float) -> str:
    """Write a number of an axis, with a true minus sign."""
    return f"{value:.3g}".replace("-", "−") if abs(value) > 1e-12 else "0"


@dataclass(slots=True)
class Picture:
    """A picture that is being drawn: ``x`` and ``y`` are the ranges of its axes."""

    label: str
    x: Range
    y: Range
    #: Whether one unit is as long on both axes; the range of ``x`` is then as wide as there is room.
    equal: bool = False
    #: Whether only the units of ``x`` have a number.
    whole: bool = False
    #: Lines of text below.
    notes: tuple[str, ...] = ()
    #: How a number of an axis is written; nothing, for a number that has no tick.
    x_text: Callable[[float], str] = number
    y_text: Callable[[float], str] = number
    parts: list[str] = field(default_factory=list)
    #: Where the numbers of curves stand.
    badges: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the units equal where that is asked for."""
        if self.equal:
            half = (self.y[1] - self.y[0]) / (_BOTTOM - _TOP) * (_RIGHT - _LEFT) / 2
            middle = (self.x[0] + self.x[1]) / 2
            self.x = (middle - half, middle + half)

    def place(self, point: Point) -> Point:
        """Return where a point of the plane is in the picture, inside the axes."""
        x = (point[0] - self.x[0]) / (self.x[1] - self.x[0]) * (_RIGHT - _LEFT)
        y = (_BOTTOM - _TOP) - (point[1] - self.y[0]) / (self.y[1] - self.y[0]) * (_BOTTOM - _TOP)
        return x, y

    def line(self, points: Iterable[Point], classes: str = "fig-curve", *, digits: int = 1) -> None:
        """Draw through points."""
        path = " ".join(f"{_short(x, digits)},{_short(y, digits)}" for x, y in map(self.place, points))
        if path:
            self.parts.append(f'<polyline class="{classes}" points="{path}"/>')

    def bars(self, heights: Sequence[float], low: float, width: float) -> None:
        """Draw bars of equal width from *low* on."""
        path = []
        for bin_, height in enumerate(heights):
            left, top = self.place((low + bin_ * width, height))
            right, base = self.place((low + (bin_ + 1) * width, 0))
            if height:
                path.append(f"M{_short(left)} {_short(base)}V{_short(top)}H{_short(right)}V{_short(base)}")
        self.parts.append(f'<path class="fig-bars" d="{"".join(path)}"/>')

    def dots(self, points: Iterable[Point], classes: str = "fig-dot", radius: float = 2.4) -> None:
        """Draw a dot at every point."""
        self.parts += [f'<circle class="{classes}" cx="{_short(x)}" cy="{_short(y)}" r="{radius:g}"/>'
                       for x, y in map(self.place, points)]

    def mark(self, point: Point, text: str, classes: str = "fig-mark") -> None:
        """Write a character over a point."""
        x, y = self.place(point)
        self.parts.append(f'<text class="{classes}" x="{_short(x)}" y="{_short(y + 4)}" text-anchor="middle">'
                          f"{html.escape(text)}</text>")

    def badge(self, points: Sequence[Point], text: str, classes: str) -> None:
        """Write a character in a dot where the line ends, or where it leaves the axes; beside an earlier one."""
        inside = [(x, y) for x, y in points if self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]]
        wide, high = _RIGHT - _LEFT, _BOTTOM - _TOP
        for point in reversed(inside):
            x, y = self.place(point)
            x, y = min(max(x, _BADGE), wide - _BADGE), min(max(y, _BADGE), high - _BADGE)
            if all(math.hypot(x - a, y - b) > 2 * _BADGE for a, b in self.badges):
                self.badges.append((x, y))
                self.parts.append(
                    f'<circle class="{classes}" cx="{_short(x)}" cy="{_short(y)}" r="{_BADGE}"/>'
                    f'<text class="fig-mark" x="{_short(x)}" y="{_short(y + 4)}" text-anchor="middle">'
                    f"{html.escape(text)}</text>")
                return

    def svg(self) -> str:
        """Return the picture."""
        axes = [f'<path d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>']
        for value in ticks(*self.x):
            if self.whole and value != round(value) or not self.x_text(value):
                continue
            x = _LEFT + self.place((value, 0))[0]
            axes.append(f'<path d="M{_short(x)} {_BOTTOM}v4"/>'
                        f'<text x="{_short(x)}" y="{_BOTTOM + 18}" text-anchor="middle">{self.x_text(value)}</text>')
        for value in filter(self.y_text, ticks(*self.y, 5)):
            y = _TOP + self.place((0, value))[1]
            axes.append(f'<path d="M{_LEFT} {_short(y)}h-4"/>'
                        f'<text x="{_LEFT - 7}" y="{_short(y + 4)}" text-anchor="end">{self.y_text(value)}</text>')
        # The inner picture cuts off what lies outside the axes.
        inner = (f'<svg x="{_LEFT}" y="{_TOP}" width="{_RIGHT - _LEFT}" height="{_BOTTOM - _TOP}">'
                 f'{"".join(self.parts)}</svg>')
        below = "".join(f'<text x="{_LEFT}" y="{HEIGHT + 14 + 19 * row}">{html.escape(note)}</text>'
                        for row, note in enumerate(self.notes))
        height = HEIGHT + 19 * len(self.notes)
        return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(self.label)}">'
                f'<g class="fig-axes">{"".join(axes)}</g>{inner}{below}</svg>')


def _short(value: float, digits: int = 1) -> str:
    # Beyond the picture by far is as good as just beyond it, and a coordinate stays readable.
    clamped = max(-9999.0, min(9999.0, value))
    return f"{clamped:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{clamped:.0f}"
