"""Plots as static SVG: axes, lines, bars and intervals, coloured by the classes of `report.css`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def counted(title: str, most: float) -> Axis:
    """Return an axis of counts from 0 to `most` or a little more, with at most five round steps."""
    exponents = range(-1, 10)
    steps = (s * 10.0**e for e in exponents for s in (1, 2, 2.5, 5) if e > 0 or s != 2.5)
    step = next(s for s in steps if 5 * s >= most and s >= min(1.0, most))
    count = max(1, math.ceil(most / step - 1e-9))
    return Axis(title, 0.0, count * step, tuple(step * i for i in range(count + 1)), percent=False)


def nothing(reason: str) -> str:
    """Return what stands in place of a plot that there is no data for."""
    return f'<p class="none">{escape(reason)}</p>'


class Plot:
    """A picture that marks are added to; `svg` is the whole. Later marks lie over earlier ones."""

    def __init__(self, x: Axis, y: Axis, title: str) -> None:
        self.x, self.y, self.title = x, y, title
        self._marks: list[str] = []

    def line(self, points: Sequence[Point], style: str) -> None:
        """Draw a line through `points`."""
        path = " ".join(f"{self._x(x)},{self._y(y)}" for x, y in points)
        self._marks.append(f'<polyline class="{style}" points="{path}"/>')

    def area(self, points: Sequence[Point], style: str) -> None:
        """Fill the polygon of `points`."""
        path = " ".join(f"{self._x(x)},{self._y(y)}" for x, y in points)
        self._marks.append(f'<polygon class="{style}" points="{path}"/>')

    def dot(self, x: float, y: float, radius: float, style: str, told: str) -> None:
        """Draw a dot that tells more when pointed at."""
        self._marks.append(
            f'<circle class="{style}" cx="{self._x(x)}" cy="{self._y(y)}" r="{radius:.1f}">'
            f"<title>{escape(told)}</title></circle>"
        )

    def bar(self, low: float, high: float, value: float, style: str, told: str) -> None:
        """Draw a bar from `low` to `high` on the x axis, as high as `value`."""
        left, right, top, bottom = self._x(low), self._x(high), self._y(value), self._y(self.y.low)
        width = max(right - left - 1, 0.5)
        self._marks.append(
            f'<rect class="{style}" x="{left}" y="{top}" width="{width:.1f}" height="{bottom - top:.1f}">'
            f"<title>{escape(told)}</title></rect>"
        )

    @property
    def svg(self) -> str:
        """The picture as one `<svg>` element."""
        return (
            f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self.title)}">'
            f"{self._grid()}{''.join(self._marks)}</svg>"
        )

    def _x(self, value: float) -> float:
        return round(LEFT + self.x.share(value) * (WIDTH - LEFT - RIGHT), 1)

    def _y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - self.y.share(value) * (HEIGHT - TOP - BOTTOM), 1)

    def _grid(self) -> str:
        parts = []
        for tick in self.y.ticks:
            y = self._y(tick)
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
            parts.append(f'<text class="tick end" x="{LEFT - 6}" y="{y + 4}">{self.y.label(tick)}</text>')
        for tick in self.x.ticks:
            x = self._x(tick)
            parts.append(
                f'<text class="tick mid" x="{x}" y="{HEIGHT - BOTTOM + 17}">{self.x.label(tick)}</text>'
            )
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(f'<text class="axis mid" x="{middle}" y="{HEIGHT - 6}">{escape(self.x.title)}</text>')
        parts.append(
            f'<text class="axis mid" transform="translate(11 {(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)">'
            f"{escape(self.y.title)}</text>"
        )
        return "".join(parts)


def interval_bar(value: float, low: float, high: float, style: str) -> str:
    """Return a bar from 0 to `value` with its interval, all shares of 1, as wide as its place."""
    value, low, high = (100 * min(max(v, 0.0), 1.0) for v in (value, low, high))
    return (
        '<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="12"/>'
        f'<rect class="{style}" width="{value:.2f}" height="12"/>'
        f'<rect class="range" x="{low:.2f}" y="5" width="{max(high - low, 0.4):.2f}" height="2"/>'
        f'<rect class="range" x="{low:.2f}" y="2" width="0.4" height="8"/>'
        f'<rect class="range" x="{min(high, 99.6):.2f}" y="2" width="0.4" height="8"/></svg>'
    )
