"""Bounds that a person gives on figures, and what of a report, a comparison or judges is beyond them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.report.gate import LOWER, GateFailed, beyond, failures, read_gate
from footnote.ingest.errors import UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from footnote.evals.metrics.meta_evaluation import JudgeRow
    from footnote.evals.report.compare import Comparison, FigureDifference
    from footnote.evals.report.report import Report

FIGURES = {metric.key: metric.unit for metric in METRICS}
OF_JUDGES = dict.fromkeys(("auc", "balanced_accuracy", "spearman", "precision", "recall", "kappa"), "share")


@dataclass(frozen=True, slots=True)
class Floor:
    """A bound on a figure; with a sign, `correct=-0.02`, it bounds how the figure may `change`.

    On `correct.low` or `correct.high` it bounds that `end` of the figure's 95% interval.
    """

    name: str
    value: float
    change: bool = False
    end: Literal["", "low", "high"] = ""

    @property
    def bounded(self) -> str:
        """The figure with the end of its interval, as it was given."""
        return f"{self.name}.{self.end}" if self.end else self.name


def parse_floor(given: str, known: Mapping[str, str] = FIGURES, *, changes: bool = False) -> Floor:
    """Return the bound of `faithfulness=0.95`, or with `changes` also of `faithfulness=-0.02`.

    `faithfulness.low=0.9` bounds the lower end of the interval, which few cases make wide. `known` has
    the unit of each figure that there can be.

    Raises:
        ValueError: If it is not a known name, `=` and a number that the figure can have.
    """
    name, sign, text = (part.strip() for part in given.partition("="))
    if not sign or not name:
        raise ValueError(f"“{given}” is not a figure and a number, as in faithfulness=0.95")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"“{text}” in “{given}” is not a number")
    name, end = _ended(name)
    if name not in known:
        raise ValueError(f"No figure is called “{name}”. There are: {', '.join(sorted(known))}")
    change = text[0] in "+-"
    if end and (known is OF_JUDGES or (changes and not change)):
        raise ValueError(f"“{given}”: no interval of {name} is known here")
    if change and not changes:
        raise ValueError(f"“{given}” bounds a change: a number with a sign goes with --compare")
    if known[name] == "share" and not (-1 if change else 0) <= value <= 1:
        raise ValueError(f"“{given}”: {name} is a share, from 0 to 1")
    return Floor(name, value, change, end)


def _ended(name: str) -> tuple[str, Literal["", "low", "high"]]:
    """Return a figure and the end of its interval that is meant."""
    bare, _, last = name.rpartition(".")
    match last:
        case "low" | "high" if bare:
            return bare, last
        case _:
            return name, ""


def under_floors(report: Report, floors: Sequence[Floor]) -> list[str]:
    """Return which figures are beyond the bounds given, a sentence each.

    A figure of which less is better is beyond when it is above. A figure counts in every section
    that has it.

    Raises:
        GateFailed: If no section has a figure of this name.
    """
    known = dict.fromkeys(f.key for s in report.sections for f in s.figures)
    found = []
    for floor in floors:
        held = [(s.suite, f) for s in report.sections if (f := s.figure(floor.name)) is not None]
        _there(floor, held, known)
        values = ((suite, getattr(figure, floor.end or "value")) for suite, figure in held)
        found += [
            _said(suite, floor, value) for suite, value in values if beyond(floor.name, value, floor.value)
        ]
    return found


def under_pinned(report: Report, path: Path) -> list[str]:
    """Return which floors of a file the report does not hold, a sentence each.

    Raises:
        UnreadableSource: If the file is not there, or holds no floors.
    """
    pinned = read_gate(path)
    if pinned is None:
        raise UnreadableSource(f"No floors are pinned in “{path}” yet: write them with --pin.")
    return failures(pinned, report)


def under_changes(comparison: Comparison, floors: Sequence[Floor]) -> list[str]:
    """Return what of B is beyond its bound, and what changed by more than it may.

    Raises:
        GateFailed: If no part has both figures of this name.
    """
    known = dict.fromkeys(d.key for part in comparison.parts for d in part.differences)
    found = []
    for floor in floors:
        held = [(p.suite, d) for p in comparison.parts for d in p.differences if d.key == floor.name]
        _there(floor, held, known)
        for suite, d in held:
            value = _compared(d, floor)
            if beyond(floor.name, value, floor.value):
                found.append(_said(suite, floor, value))
    return found


def under_judges(rows: Sequence[JudgeRow], floors: Sequence[Floor]) -> list[str]:
    """Return which judge is beyond a bound on which data, overlap of words aside."""
    found = []
    for floor in floors:
        for row in rows:
            if row.agreement is None:
                continue
            value = row.figure(floor.name)
            where = f"{row.judge} on {row.dataset}"
            if value is None:
                found.append(f"{where}: {floor.name} could not be measured.")
            elif value < floor.value:
                found.append(_said(where, floor, value))
    return found


def _there(floor: Floor, held: Sequence[object], known: Iterable[str]) -> None:
    if not held:
        raise GateFailed(f"No figure is called “{floor.name}” here. There are: {', '.join(known)}.")


def _compared(difference: FigureDifference, floor: Floor) -> float:
    """Return what a bound is laid at: the change, an end of its interval, or B's own figure."""
    if floor.change:
        return float(getattr(difference, floor.end or "difference"))
    return difference.b


def _said(where: str, floor: Floor, value: float) -> str:
    side = "above" if floor.name in LOWER else "below"
    if floor.change:
        return f"{where}: {floor.bounded} changed by {value:+.4f}, {side} {floor.value:+g}."
    return f"{where}: {floor.bounded} is {value:.4f}, {side} {floor.value:g}."
