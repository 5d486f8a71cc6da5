"""How a judge agrees with people's labels: counts, calibration, a threshold, disagreements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.statistic import BINS, BalancedAccuracy, CalibrationError, bins_of, with_interval
from footnote.rag.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import Support

    Floats = NDArray[np.float64]
    Interval = tuple[float, float, float]

ACCURACY, CALIBRATION = BalancedAccuracy("said", "label"), CalibrationError("score", "label")
# Claims of each label in each half: with fewer, the threshold that suits one half says nothing of the other.
FEWEST_OF_A_LABEL = 10


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """A judge whose scores alone decide: supported is what it scores `supported_from` or higher."""

    check: SupportChecker
    supported_from: float

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the judge's verdict, raised or lowered by its score."""
        found = self.check(sentence, evidence)
        if found.failed:
            return found
        below = Verdict.PARTIAL if found.verdict is Verdict.SUPPORTED else found.verdict
        return replace(found, verdict=Verdict.SUPPORTED if found.score >= self.supported_from else below)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score that tells supported from other claims, chosen on one half of them and tried on the other.

    `accuracy` is its balanced accuracy on the other half, `shipped` that of the judge's own verdicts there.
    """

    score: float
    chosen_on: int
    tried_on: int
    accuracy: Interval
    shipped: Interval


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A claim that a judge and people see differently."""

    id: str
    claim: str
    label: bool
    support: Support


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a judge said of claims, beside what people say.

    `confusion` counts by verdict the claims that people call supported, and the others. `supported_from` is
    the lowest score that was called supported. `bins` are (low, high, claims, mean score, share supported).
    """

    confusion: dict[str, tuple[int, int]]
    supported_from: float | None
    precision: float | None
    recall: float | None
    kappa: float | None
    calibration_error: Interval | None
    bins: tuple[tuple[float, float, int, float, float], ...]
    suggested: Threshold | None
    disagreements: tuple[Disagreement, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the agreement as JSON values, shares rounded to four places."""
        return {
            "confusion": {k: {"supported": a, "not_supported": b} for k, (a, b) in self.confusion.items()},
            "supported_from": rounded(self.supported_from),
            "precision": rounded(self.precision),
            "recall": rounded(self.recall),
            "kappa": rounded(self.kappa),
            "calibration_error": as_interval(self.calibration_error),
            "calibration": [
                {"low": low, "high": high, "n": n, "score": rounded(score), "supported": rounded(share)}
                for low, high, n, score, share in self.bins
            ],
            "suggested_threshold": None
            if self.suggested is None
            else {
                "score": rounded(self.suggested.score),
                "chosen_on": self.suggested.chosen_on,
                "tried_on": self.suggested.tried_on,
                "balanced_accuracy": as_interval(self.suggested.accuracy),
                "balanced_accuracy_as_shipped": as_interval(self.suggested.shipped),
            },
            "disagreements": [
                {"id": d.id, "claim": d.claim, "label": int(d.label), **d.support.as_json()}
                for d in self.disagreements
            ],
        }


def rounded(value: float | None) -> float | None:
    """Return a share to four places."""
    return None if value is None else round(value, 4)


def as_interval(figure: Interval | None) -> dict[str, float] | None:
    """Return a figure with its interval as JSON values."""
    if figure is None:
        return None
    value, low, high = (round(part, 4) for part in figure)
    return {"value": value, "low": low, "high": high}


def agreement(
    ids: Sequence[str],
    claims: Sequence[str],
    labels: Floats,
    verdicts: Sequence[Support],
    *,
    seed: int,
    resamples: int,
) -> Agreement:
    """Return how verdicts agree with labels (1: supported), which stand in the same order."""
    scores = np.array([v.score for v in verdicts])
    said = np.array([v.verdict is Verdict.SUPPORTED for v in verdicts], dtype=np.float64)
    both = float((said * labels).sum())
    wrong = [i for i in np.argsort(-np.abs(scores - labels), kind="stable") if said[i] != labels[i]]
    return Agreement(
        {
            verdict.value: (int((given & (labels == 1)).sum()), int((given & (labels == 0)).sum()))
            for verdict in Verdict
            for given in [np.array([v.verdict is verdict for v in verdicts])]
        },
        float(scores[said == 1].min()) if said.any() else None,
        _share(both, said.sum()),
        _share(both, labels.sum()),
        _kappa(said, labels),
        with_interval(CALIBRATION, scores, labels, seed=seed, resamples=resamples),
        _bins(scores, labels),
        suggested(scores, said, labels, seed=seed, resamples=resamples),
        tuple(Disagreement(ids[i], claims[i], bool(labels[i]), verdicts[i]) for i in wrong),
    )


def _share(part: float, whole: float) -> float | None:
    return part / float(whole) if whole else None


def _kappa(said: Floats, labels: Floats) -> float | None:
    """Return Cohen's kappa (1960); None where chance alone agrees always."""
    observed = float((said == labels).mean())
    yes, people = float(said.mean()), float(labels.mean())
    by_chance = yes * people + (1 - yes) * (1 - people)
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def _bins(scores: Floats, labels: Floats) -> tuple[tuple[float, float, int, float, float], ...]:
    inside = bins_of(scores)
    return tuple(
        (b / BINS, (b + 1) / BINS, int(own.sum()), float(scores[own].mean()), float(labels[own].mean()))
        for b in range(BINS)
        if (own := inside == b).any()
    )


def suggested(scores: Floats, said: Floats, labels: Floats, *, seed: int, resamples: int) -> Threshold | None:
    """Return the threshold of best balanced accuracy on a random half, tried on the other half.

    None where a half has fewer than `FEWEST_OF_A_LABEL` claims of a label.
    """
    halves = _halves(labels, seed)
    if any(min(labels[half].sum(), (1 - labels[half]).sum()) < FEWEST_OF_A_LABEL for half in halves):
        return None
    tuned, kept = halves
    score = _best(scores[tuned], labels[tuned])
    by_score = (scores[kept] >= score).astype(np.float64)
    accuracy = with_interval(ACCURACY, by_score, labels[kept], seed=seed, resamples=resamples)
    shipped = with_interval(ACCURACY, said[kept], labels[kept], seed=seed, resamples=resamples)
    if accuracy is None or shipped is None:
        return None
    return Threshold(score, len(tuned), len(kept), accuracy, shipped)


def _halves(labels: Floats, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of two random halves with the same share of each label."""
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(np.flatnonzero(labels == label)) for label in (0, 1)]
    one, other = (np.concatenate([places[side::2] for places in drawn]) for side in (0, 1))
    return one, other


def _best(scores: Floats, labels: Floats) -> float:
    """Return the middle between two scores from which on “supported” agrees best with these labels."""
    known = np.unique(scores)
    between = (known[1:] + known[:-1]) / 2 if len(known) > 1 else known
    values = [((scores >= t)[labels == 1].mean() + (scores < t)[labels == 0].mean()) / 2 for t in between]
    return float(between[int(np.argmax(values))])
