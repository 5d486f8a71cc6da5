"""What plots are drawn from: risk over coverage, reliability, histograms of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footnote.evals.metrics.columns import CONFIDENCE, RIGHT, WRONG
from footnote.evals.metrics.slices import KEPT
from footnote.evals.metrics.statistic import BINS, bins_of, resampled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.evals.metrics.rows import Row
    from footnote.evals.report.report import Section

RESAMPLED = 300  # the band of a curve needs fewer resamples than an interval that is printed
MOST_POINTS = 200  # of a curve; more cannot be seen


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Keep the replies of at least `confidence`: the share of all questions kept, and of these wrong."""

    coverage: float
    risk: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers whose confidence lies in `low`..`high`: how many, mean confidence, share right."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


def kept_answers(section: Section) -> list[Row]:
    """Return the answered questions with a confidence of which it is known whether they are right."""
    return [r for r in section.rows if KEPT.holds(r)]


def risk_coverage(section: Section) -> list[CoveragePoint]:
    """Return risk at every coverage (El-Yaniv and Wiener 2010), with a bootstrap 95% band.

    Coverage is the share of all questions, refused ones included, so the curve ends at the shipped
    threshold. Replies of equal confidence are kept or dropped together.
    """
    asked = sum(RIGHT in r.values for r in section.rows)
    rows = sorted(kept_answers(section), key=lambda r: -r.values[CONFIDENCE])
    if not rows:
        return []
    confidence = np.array([r.values[CONFIDENCE] for r in rows])
    wrong = np.array([r.values[WRONG] for r in rows])
    ends = np.flatnonzero(np.r_[confidence[1:] != confidence[:-1], True])
    if len(ends) > MOST_POINTS:
        ends = ends[np.linspace(0, len(ends) - 1, MOST_POINTS).round().astype(int)]
    bands = []
    for weights in resampled(len(rows), resamples=RESAMPLED):
        kept = np.cumsum(weights, axis=1)[:, ends]
        lost = np.cumsum(weights * wrong, axis=1)[:, ends]
        bands.append(np.divide(lost, kept, out=np.full_like(lost, np.nan), where=kept > 0))
    sound = np.concatenate(bands)
    points = []
    for place, end in enumerate(ends):
        seen = sound[:, place][np.isfinite(sound[:, place])]
        low, high = np.percentile(seen, [2.5, 97.5]) if len(seen) else (0.0, 1.0)
        risk = float(wrong[: end + 1].mean())
        points.append(
            CoveragePoint(float(end + 1) / asked, risk, float(low), float(high), float(confidence[end]))
        )
    return points


def reliability(rows: Sequence[Row], score: str = CONFIDENCE, right: str = RIGHT) -> list[ReliabilityBin]:
    """Return the bins of a reliability diagram (Niculescu-Mizil and Caruana 2005) that hold a case."""
    known = [r.values for r in rows if score in r.values and right in r.values]
    scores = np.array([v[score] for v in known])
    outcomes = np.array([v[right] for v in known])
    places = bins_of(scores) if known else np.array([], dtype=np.intp)
    found = []
    for b in range(BINS):
        inside = places == b
        if inside.any():
            found.append(
                ReliabilityBin(
                    b / BINS,
                    (b + 1) / BINS,
                    int(inside.sum()),
                    float(scores[inside].mean()),
                    float(outcomes[inside].mean()),
                )
            )
    return found


def histogram(values: Sequence[float], bins: int, low: float, high: float) -> list[int]:
    """Return how many values lie in each of `bins` equal parts of `low`..`high`."""
    counts, _ = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))
    return [int(c) for c in counts]
