"""The gate: floors under figures, pinned beside a digest of the data that they were measured on.

A figure that falls below its floor fails. Floors rise freely and fall only when that is asked for,
and new data need new floors. Those of the samples lie in the package; a suite of one's own has a file
of its own, which may be written by hand too: without a digest it holds for whatever is measured.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.suite.data import SAMPLES
from footnote.ingest.errors import FootnoteError, UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.evals.metrics.metric import Metric
    from footnote.evals.report.report import Report, Section

REPIN = "`footnote evaluate samples --pin`"
REPIN_OWN = "the same command with --pin"
LOWER = {metric.key for metric in METRICS if metric.better == "lower"}


class GateFailed(FootnoteError):
    """A figure is below its floor, or the floors were pinned on other data."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Floors by figure, and the suite and digest of the data that they hold for; an empty one: any."""

    suite: str
    digest: str
    floors: Mapping[str, float]

    @property
    def repin(self) -> str:
        """What pins the floors anew."""
        return REPIN if self.suite == SAMPLES else REPIN_OWN

    def as_json(self) -> dict[str, object]:
        """Return the gate as JSON values."""
        return {"suite": self.suite, "digest": self.digest, "floors": dict(self.floors)}


def gate_path() -> Path:
    """Return where the floors are kept: beside the suites, in the package."""
    return Path(str(files("footnote.evals.suite.built_in").joinpath("gate.json")))


def read_gate(path: Path | None = None) -> Gate | None:
    """Return the pinned gate, None when nothing was pinned yet; without a `path` that of the samples.

    Raises:
        UnreadableSource: If the file is not what `--pin` wrote, or bounds what is no figure.
    """
    mend = f"Pin it anew with {REPIN if path in (None, gate_path()) else REPIN_OWN}."
    path = path or gate_path()
    if not path.exists():
        return None
    try:
        row = json.loads(path.read_bytes())
        floors = {str(key): _number(value) for key, value in row["floors"].items()}
        return Gate(str(row.get("suite", "")), str(row.get("digest", "")), floors)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableSource(f"“{path}” could not be used: {error}. {mend}") from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no floor")
    return float(value)


def failures(gate: Gate, report: Report) -> list[str]:
    """Return why the report does not pass, a sentence each; none when it does."""
    section = _section(report, gate.suite)
    if section is None or not section.complete:
        return [f"The whole suite “{gate.suite}” must be run to be held against its floors."]
    if gate.digest and section.digest != gate.digest:
        digests = f"{gate.digest}, now {section.digest}"
        return [f"The data changed since the floors were pinned ({digests}): {gate.repin}."]
    found = []
    for key, floor in gate.floors.items():
        figure = section.figure(key)
        if figure is None:
            found.append(f"{key} could not be measured; its floor is {floor:.4f}.")
        elif beyond(key, figure.value, floor):
            side = "above" if key in LOWER else "below"
            found.append(f"{key} is {figure.value:.4f}, {side} its floor of {floor:.4f} (n {figure.n:,}).")
    return found


def beyond(key: str, value: float, bound: float) -> bool:
    """Tell whether a figure is worse than its bound: above it, where less is better, or undefined."""
    return not (value <= bound if key in LOWER else value >= bound)


def pin(
    report: Report, path: Path | None = None, *, lower: bool = False, metrics: Sequence[Metric] = METRICS
) -> tuple[Gate, list[str]]:
    """Write floors a little under the figures that have `slack`; return the gate and what was changed.

    Without a `path` they are those of the samples, else those of the report's one suite. A floor rises
    freely. It falls, or goes, only with `lower`; other data count as new floors. One written by hand on
    a figure without slack stays as it is. A file keeps the order of its floors, so that a difference of two
    shows only what changed.

    Raises:
        GateFailed: If a floor would fall and `lower` is not given, or the run is not complete; without a
            `path` also where Footnote is installed: what was installed is nobody's to write to.
        UnreadableSource: If the file cannot be used or written.
    """
    if path is None and {"site-packages", "dist-packages"} & set(gate_path().parts):
        raise GateFailed("The floors of the samples are pinned in a checkout. Give --floors FILE as well.")
    section = _section(report, SAMPLES if path is None else "")
    if section is None or not section.complete:
        raise GateFailed(
            "Floors are pinned on one whole suite." if path else f"Floors are pinned by {REPIN}."
        )
    old = read_gate(path) or Gate(section.suite, section.digest, {})
    known = old.floors if old.digest in ("", section.digest) else {}
    falling = [f"{k} from {v:.4f}" for k, v in known.items() if _worse(k, v, section)]
    if falling and not lower:
        raise GateFailed(f"Floors would fall: {'; '.join(falling)}. Give --lower as well if that is meant.")
    measured = _floors(section, metrics)
    raised = measured if lower else {k: max(v, known.get(k, 0.0)) for k, v in measured.items()}
    found = {k: v for k, v in known.items() if not _worse(k, v, section)} | raised
    kept = {k: found[k] for k in dict.fromkeys([*old.floors, *found]) if k in found}
    gate = Gate(section.suite, section.digest, kept)
    path = path or gate_path()
    try:
        path.write_text(json.dumps(gate.as_json(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnreadableSource(f"“{path}” could not be written: {error.strerror or error}.") from error
    changed = [f"{k}: {_told(known.get(k))} → {v:.4f}" for k, v in kept.items() if known.get(k) != v]
    return gate, changed


def _worse(key: str, floor: float, section: Section) -> bool:
    figure = section.figure(key)
    return figure is None or beyond(key, figure.value, floor)


def _told(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _floors(section: Section, metrics: Sequence[Metric]) -> dict[str, float]:
    slacks = {metric.key: metric.slack for metric in metrics}
    return {
        figure.key: slack.floor(figure.value, figure.n)
        for figure in section.figures
        if (slack := slacks.get(figure.key)) is not None
    }


def _section(report: Report, suite: str) -> Section | None:
    """Return the section on a suite; of no named one the only one that there is."""
    if not suite:
        return report.sections[0] if len(report.sections) == 1 else None
    return next((s for s in report.sections if s.suite == suite), None)
