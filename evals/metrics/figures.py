"""The figures of a report: each metric measured over the rows that it speaks of, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.metric import group_order
from footnote.evals.metrics.statistic import bootstrapped, interval, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footnote.evals.metrics.metric import Better, Metric, Unit
    from footnote.evals.metrics.rows import Row


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure with its bootstrap 95% interval.

    `n` counts what the figure is a share or a mean of (`counts`: cases, sentences, refusals …), and
    `cases` the cases that these come from.
    """

    key: str
    label: str
    group: str
    value: float
    low: float
    high: float
    n: int
    cases: int
    counts: str
    unit: Unit
    better: Better
    of: str
    formula: str
    about: str

    def as_json(self) -> dict[str, Any]:
        """Return the figure as JSON values; an undefined end of an interval is null."""
        return {
            "key": self.key,
            "label": self.label,
            "group": self.group,
            "value": _number(self.value),
            "low": _number(self.low),
            "high": _number(self.high),
            "n": self.n,
            "cases": self.cases,
            "counts": self.counts,
            "unit": self.unit,
            "better": self.better,
            "of": self.of,
            "formula": self.formula,
            "about": self.about,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Figure:
        """Return what `as_json` was made of."""
        ends = {name: math.nan if row[name] is None else row[name] for name in ("value", "low", "high")}
        return cls(**{**row, **ends})


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def shown(figure: Figure, value: float) -> str:
    """Return a value as people read it in the figure's unit: a percentage, a score, milliseconds, words."""
    match figure.unit:
        case "share":
            return f"{100 * value:.1f}"
        case "score":
            return f"{value:.3f}"
        case "ms":
            return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
        case "words":
            return f"{value:.0f}"


def unit_sign(figure: Figure) -> str:
    """Return the sign that follows a value."""
    return {"share": "%", "score": "", "ms": " ms", "words": ""}[figure.unit]


def measured(rows: Sequence[Row], metrics: Sequence[Metric] = METRICS, seed: int = 0) -> list[Figure]:
    """Return every figure that the rows allow, group by group."""
    found = [figure for metric in metrics if (figure := _measure(metric, rows, seed)) is not None]
    return sorted(found, key=lambda f: group_order(f.group))


def columns_of(metric: Metric, rows: Sequence[Row]) -> tuple[NDArray[np.float64], ...]:
    """Return the metric's columns over those of its cases that have all of them."""
    names = metric.statistic.columns
    kept = [r.values for r in rows if metric.of.holds(r) and all(n in r.values for n in names)]
    return tuple(np.array([values[n] for values in kept], dtype=np.float64) for n in names)


def _measure(metric: Metric, rows: Sequence[Row], seed: int) -> Figure | None:
    if metric.needs is not None and not any(metric.needs.holds(r) for r in rows):
        return None
    columns = columns_of(metric, rows)
    if not len(columns[0]) or not math.isfinite(value := value_of(metric.statistic, *columns)):
        return None
    low, high = interval(bootstrapped(metric.statistic, *columns, seed=seed))
    counted = metric.counts != "cases"
    return Figure(
        key=metric.key,
        label=metric.label,
        group=metric.group,
        value=value,
        low=low,
        high=high,
        n=int(columns[1].sum()) if counted else len(columns[0]),
        cases=int((columns[1] > 0).sum()) if counted else len(columns[0]),
        counts=metric.counts,
        unit=metric.unit,
        better=metric.better,
        of=metric.of.name,
        formula=metric.statistic.formula,
        about=metric.about,
    )
