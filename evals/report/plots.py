"""Plots as static SVG: axes, lines, bars and intervals, coloured by the classes of `report.css`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.evals.report.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    Point = tuple[float, float]

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 14, 44  # margins, for the labels of the axes


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to `high` with a title, and labels at `ticks`; percent or plain numbers."""

    title: str
    low: float = 0.0
    high: float = 1.0
    ticks: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    percent: bool = True

    def share(self, value: float) -> float:
        """Return where `value` lies between the ends, 0 to 1."""
        span = self.high - self.low or 1.0
        return min(max((value - self.low) / span, 0.0), 1.0)

    def label(self, value: float) -> str:
        """Return a tick's label."""
        return (
            f"{100 * value:.0f}%" if self.percent else f"{value:,.3g}" if abs(value) < 10 else f"{value:,.0f}"
        )


def count_axis(title: str, most: float) -> Axis:
    """Return an axis of counts from 0 to `most` or a little more, with at most five round steps."""
    exponents = range(-1, 10)
    steps = (s * 10.0**e for e in exponents for s in (1, 2, 2.5, 5) if e > 0 or s != 2.5)
    step = next(s for s in steps if 5 * s >= most and s >= min(1.0, most))
    count = max(1, math.ceil(most / step - 1e-9))
    return Axis(title, 0.0, count * step, tuple(step * i for i in range(count + 1)), percent=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """An element of SVG: its tag and class, where it lies, and what it tells when pointed at."""

    tag: str
    style: str
    place: Mapping[str, object]
    told: str | None = None


class Plot:
    """A picture that marks are added to; `svg` is the whole. Later marks lie over earlier ones."""

    def __init__(self, x: Axis, y: Axis, title: str) -> None:
        self.x, self.y, self.title = x, y, title
        self._marks: list[Mark] = []

    def line(self, points: Sequence[Point], style: str) -> None:
        """Draw a line through `points`."""
        self._marks.append(Mark("polyline", style, {"points": self._path(points)}))

    def area(self, points: Sequence[Point], style: str) -> None:
        """Fill the polygon of `points`."""
        self._marks.append(Mark("polygon", style, {"points": self._path(points)}))

    def dot(self, x: float, y: float, radius: float, style: str, told: str) -> None:
        """Draw a dot that tells more when pointed at."""
        place = {"cx": self._x(x), "cy": self._y(y), "r": f"{radius:.1f}"}
        self._marks.append(Mark("circle", style, place, told))

    def bar(self, low: float, high: float, value: float, style: str, told: str) -> None:
        """Draw a bar from `low` to `high` on the x axis, as high as `value`."""
        left, right, top, bottom = self._x(low), self._x(high), self._y(value), self._y(self.y.low)
        width, height = max(right - left - 1, 0.5), bottom - top
        place = {"x": left, "y": top, "width": f"{width:.1f}", "height": f"{height:.1f}"}
        self._marks.append(Mark("rect", style, place, told))

    @property
    def svg(self) -> Markup:
        """The picture as one `<svg>` element."""
        return render(
            "plot.svg.jinja",
            width=WIDTH,
            height=HEIGHT,
            left=LEFT,
            right=WIDTH - RIGHT,
            top=TOP,
            bottom=HEIGHT - BOTTOM,
            title=self.title,
            x_title=self.x.title,
            y_title=self.y.title,
            rows=[(self._y(tick), self.y.label(tick)) for tick in self.y.ticks],
            columns=[(self._x(tick), self.x.label(tick)) for tick in self.x.ticks],
            marks=self._marks,
        )

    def _path(self, points: Sequence[Point]) -> str:
        return " ".join(f"{self._x(x)},{self._y(y)}" for x, y in points)

    def _x(self, value: float) -> float:
        return round(LEFT + self.x.share(value) * (WIDTH - LEFT - RIGHT), 1)

    def _y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - self.y.share(value) * (HEIGHT - TOP - BOTTOM), 1)


def interval_bar(value: float, low: float, high: float, style: str) -> Markup:
    """Return a bar from 0 to `value` with its interval, all shares of 1, as wide as its place."""
    value, low, high = (100 * min(max(v, 0.0), 1.0) for v in (value, low, high))
    return render("bar.svg.jinja", value=value, low=low, high=high, style=style)
