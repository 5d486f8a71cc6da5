"""The gate: floors under figures, pinned beside a digest of the data that they were measured on.

A figure that falls below its floor fails. Floors rise freely and fall only when that is asked for,
and new data need new floors.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.suite.data import SAMPLES
from footnote.ingest.errors import FootnoteError, UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footnote.evals.metrics.metric import Metric
    from footnote.evals.report.report import Report, Section

REPIN = "footnote evaluate samples --pin"


class GateFailed(FootnoteError):
    """A figure is below its floor, or the floors were pinned on other data."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Floors by figure, and the digest of the data that they hold for."""

    suite: str
    digest: str
    floors: Mapping[str, float]

    def as_json(self) -> dict[str, object]:
        """Return the gate as JSON values."""
        return {"suite": self.suite, "digest": self.digest, "floors": dict(self.floors)}


def gate_path() -> Path:
    """Return where the floors are kept: beside the suites, in the package."""
    return Path(str(files("footnote.evals.suite.built_in").joinpath("gate.json")))


def read_gate(path: Path | None = None) -> Gate | None:
    """Return the pinned gate, None when nothing was pinned yet.

    Raises:
        UnreadableSource: If the file is not what `--pin` wrote.
    """
    path = path or gate_path()
    if not path.exists():
        return None
    try:
        row = json.loads(path.read_bytes())
        floors = {str(key): float(value) for key, value in row["floors"].items()}
        return Gate(str(row["suite"]), str(row["digest"]), floors)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableSource(f"“{path}” could not be used: {error}. Pin it anew with `{REPIN}`.") from error


def failures(gate: Gate, report: Report) -> list[str]:
    """Return why the report does not pass, a sentence each; none when it does."""
    section = _section(report, gate.suite)
    if section is None or not section.complete:
        return [f"The whole suite “{gate.suite}” must be run to be held against its floors."]
    if section.digest != gate.digest:
        return [
            f"The data changed since the floors were pinned ({gate.digest}, now {section.digest}): `{REPIN}`."
        ]
    found = []
    for key, floor in gate.floors.items():
        figure = section.figure(key)
        if figure is None:
            found.append(f"{key} could not be measured; its floor is {floor:.4f}.")
        elif figure.value < floor:
            found.append(f"{key} is {figure.value:.4f}, below its floor of {floor:.4f} (n {figure.n:,}).")
    return found


def pin(
    report: Report, path: Path | None = None, *, lower: bool = False, metrics: Sequence[Metric] = METRICS
) -> tuple[Gate, list[str]]:
    """Write floors a little under the figures that have `slack`; return the gate and what was changed.

    A floor rises freely. It falls, or goes, only with `lower`; other data count as new floors. A file keeps
    the order of its floors, so that a difference of two shows only what changed.

    Raises:
        GateFailed: If a floor would fall and `lower` is not given, or the run is not complete.
    """
    section = _section(report, SAMPLES)
    if section is None or not section.complete:
        raise GateFailed(f"Floors are pinned on the whole suite “{SAMPLES}”: `{REPIN}`.")
    path = path or gate_path()
    old = read_gate(path) or Gate(SAMPLES, section.digest, {})
    known = old.floors if old.digest == section.digest else {}
    measured = _floors(section, metrics, first=old.floors)
    falling = [
        f"{k} from {v:.4f} to {measured.get(k, 0.0):.4f}" for k, v in known.items() if _below(k, v, section)
    ]
    if falling and not lower:
        raise GateFailed(f"Floors would fall: {'; '.join(falling)}. Give --lower as well if that is meant.")
    kept = measured if lower else {k: max(v, known.get(k, 0.0)) for k, v in measured.items()}
    gate = replace(old, digest=section.digest, floors=kept)
    path.write_text(json.dumps(gate.as_json(), indent=2) + "\n", encoding="utf-8")
    changed = [f"{k}: {_told(known.get(k))} → {v:.4f}" for k, v in kept.items() if known.get(k) != v]
    return gate, changed


def _below(key: str, floor: float, section: Section) -> bool:
    figure = section.figure(key)
    return figure is None or figure.value < floor


def _told(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _floors(section: Section, metrics: Sequence[Metric], first: Iterable[str]) -> dict[str, float]:
    slacks = {metric.key: metric.slack for metric in metrics}
    found = {
        figure.key: slack.floor(figure.value, figure.n)
        for figure in section.figures
        if (slack := slacks.get(figure.key)) is not None
    }
    return {key: found[key] for key in dict.fromkeys([*first, *found]) if key in found}


def _section(report: Report, suite: str) -> Section | None:
    return next((s for s in report.sections if s.suite == suite), None)
