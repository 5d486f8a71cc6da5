"""Two reports on the same cases: what differs, by how much, and which cases changed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.metric import group_order
from footnote.evals.metrics.statistic import interval, resampled, value_of
from footnote.evals.report.report import SEED
from footnote.ingest.errors import UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footnote.evals.metrics.metric import CaseOutcome, Metric
    from footnote.evals.metrics.rows import Row
    from footnote.evals.report.report import Report, Section

RowPair = tuple["Row", "Row"]


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """A figure in both reports over the cases that both have, and B − A with its 95% interval.

    `verdict` is `better` or `worse` where the interval leaves zero out, else empty.
    """

    key: str
    label: str
    group: str
    unit: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    n: int
    verdict: str

    def shown(self, value: float) -> str:
        """Return a value as people read it."""
        match self.unit:
            case "share":
                return f"{100 * value:.1f}%"
            case "score":
                return f"{value:.3f}"
            case _:
                return f"{value:,.1f}"

    def signed(self, value: float) -> str:
        """Return a difference with its sign: percentage points, scores, milliseconds."""
        scaled = 100 * value if self.unit == "share" else value
        return f"{scaled:+.3f}" if self.unit == "score" else f"{scaled:+.1f}"


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case whose outcome changed, and in what: `right reply: no → yes`; what A and B replied."""

    id: str
    question: str
    what: str
    a: str = ""
    b: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class SuiteComparison:
    """The comparison of one suite."""

    suite: str
    cases: int
    only_a: int
    only_b: int
    changed_data: bool
    differences: tuple[FigureDifference, ...]
    better: tuple[CaseChange, ...]
    worse: tuple[CaseChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports side by side, suite by suite."""

    versions_a: dict[str, Any]
    versions_b: dict[str, Any]
    parts: tuple[SuiteComparison, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values; an undefined number is null."""
        parts = [asdict(part) for part in self.parts]
        for part in parts:
            for difference in part["differences"]:
                for name, value in difference.items():
                    if isinstance(value, float):
                        difference[name] = round(value, 6) if math.isfinite(value) else None
        return {"a": self.versions_a, "b": self.versions_b, "parts": parts}


def compare(a: Report, b: Report, metrics: Sequence[Metric] = METRICS) -> Comparison:
    """Compare two reports over the cases that both have, case by case.

    Answers of two systems to the same questions lie in files of two names, and are compared too.

    Raises:
        UnreadableSource: If they have no case in common.
    """
    sections = {section.suite: section for section in b.sections}
    both = [(one, sections[one.suite]) for one in a.sections if one.suite in sections]
    if not both and len(a.sections) == len(b.sections) == 1 and _same_questions(a.sections[0], b.sections[0]):
        both = [(a.sections[0], b.sections[0])]
    parts = tuple(part for one, other in both if (part := _part(one, other, metrics)).cases)
    if not parts:
        names = (", ".join(s.suite for s in report.sections) for report in (a, b))
        raise UnreadableSource(
            f"The two reports have no case in common: A is on {next(names)}, B on {next(names)}. "
            "Compare runs of the same suite."
        )
    return Comparison(dict(a.versions), dict(b.versions), parts)


def _same_questions(a: Section, b: Section) -> bool:
    """Tell whether two sections hold responses, and those under one id to one question."""
    asked = {row.id: row.question for row in b.rows}
    both = [row for row in a.rows if row.id in asked]
    responses = all(row.kind == "response" for row in (*a.rows, *b.rows))
    return responses and bool(both) and all(row.question == asked[row.id] for row in both)


def _part(a: Section, b: Section, metrics: Sequence[Metric]) -> SuiteComparison:
    others = {row.id: row for row in b.rows}
    pairs = [(row, others[row.id]) for row in a.rows if row.id in others]
    known = [(m.outcome, m.better != "lower") for m in metrics if m.outcome is not None]
    outcomes = sorted(known, key=lambda one: one[0].rank)
    changes = [
        (
            found[0],
            CaseChange(a.id, a.question, found[1], a.error or a.answer, b.error or b.answer, a.expected),
        )
        for a, b in pairs
        if (found := _change(a, b, outcomes)) is not None
    ]
    differences = [d for m in metrics if (d := _difference(m, pairs)) is not None]
    return SuiteComparison(
        a.suite,
        len(pairs),
        len(a.rows) - len(pairs),
        len(b.rows) - len(pairs),
        a.digest != b.digest,
        tuple(sorted(differences, key=lambda d: group_order(d.group))),
        tuple(change for up, change in changes if up),
        tuple(change for up, change in changes if not up),
    )


def _difference(metric: Metric, pairs: Sequence[RowPair]) -> FigureDifference | None:
    """Return the paired difference of one figure, None where either report lacks it."""
    kept = _comparable(metric, pairs)
    if not kept:
        return None
    sides = [_columns(metric, [pair[side] for pair in kept]) for side in (0, 1)]
    a, b = (value_of(metric.statistic, *columns) for columns in sides)
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    resamples = [
        metric.statistic(weights, *sides[1]) - metric.statistic(weights, *sides[0])
        for weights in resampled(len(kept), SEED)
    ]
    low, high = interval(np.concatenate(resamples))
    return FigureDifference(
        metric.key, metric.label, metric.group, metric.unit, a, b, b - a, low, high, len(kept),
        _verdict(metric, low, high),
    )  # fmt: skip


def _comparable(metric: Metric, pairs: Sequence[RowPair]) -> list[RowPair]:
    """Return the pairs that have the metric's columns on both sides.

    Counts of sentences are 0 for a reply without any, so that a case answered in one report only
    still counts in the other; but a count that one report never has was not measured there.
    """
    if metric.needs is not None and not any(metric.needs.holds(row) for pair in pairs for row in pair):
        return []
    names = metric.statistic.columns
    counts = metric.counts in {"sentences", "citations"}
    inside = [pair for pair in pairs if all(metric.of.holds(row) for row in pair)]
    if counts:
        inside = [pair for pair in inside if not any(row.unjudged for row in pair)]
        there = all(any(n in pair[side].values for pair in inside) for side in (0, 1) for n in names)
        return inside if there else []
    return [pair for pair in inside if all(n in row.values for row in pair for n in names)]


def _columns(metric: Metric, rows: Sequence[Row]) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.array([r.values.get(n, 0.0) for r in rows]) for n in metric.statistic.columns)


def _verdict(metric: Metric, low: float, high: float) -> str:
    if metric.better == "neither" or not (low > 0 or high < 0):
        return ""
    return "better" if (low > 0) == (metric.better == "higher") else "worse"


def _change(a: Row, b: Row, outcomes: Sequence[tuple[CaseOutcome, bool]]) -> tuple[bool, str] | None:
    """Return whether a case became better and in what, None when its outcomes are the same.

    Beside each outcome stands whether more of it is better.
    """
    if bool(a.error) != bool(b.error):
        return bool(a.error), "failed: yes → no" if a.error else f"failed: no → yes ({b.error})"
    for outcome, higher in outcomes:
        before, after = outcome.value(a), outcome.value(b)
        if before is not None and after is not None and before != after:
            up = after > before
            return up == higher, f"{outcome.label}: {'no → yes' if up else 'yes → no'}"
    return None
