"""The one home of statistics: figures over cases, and their bootstrap intervals in one go.

A resample is a row of `weights`: how often each case was drawn. A `Statistic` turns weights
`[resamples, cases]` and columns of values `[cases]` into one number a resample; the figure itself
is the same with every weight 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 1000  # doubling it moves the ends of an interval by less than a tenth of its width
LEVEL = 95.0
BINS = 10  # of a reliability diagram, equally wide
CHUNK = 4_000_000  # weights held at once: 32 MB


class Statistic(Protocol):
    """One number from the cases' columns; `columns` names them, `formula` says it in words."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the values that are read from each row."""

    @property
    def formula(self) -> str:
        """How to compute it from the columns of the rows."""

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return a number for each row of `weights`; NaN where it is undefined."""


def _divided(above: Floats, below: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a column."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @property
    def formula(self) -> str:
        """In words."""
        return f"mean({self.column})"

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the weighted means."""
        return _divided(weights @ columns[0], weights.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Ratio:
    """The sum of one column over the sum of another: a share of sentences, of refusals."""

    above: str
    below: str
    factor: float = 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        """What is counted, and out of what."""
        return (self.above, self.below)

    @property
    def formula(self) -> str:
        """In words."""
        factor = "" if self.factor == 1.0 else f"{self.factor:g} × "
        return f"{factor}sum({self.above}) / sum({self.below})"

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the ratios of weighted sums."""
        return _divided(self.factor * (weights @ columns[0]), weights @ columns[1])


@dataclass(frozen=True, slots=True)
class Quantile:
    """The smallest value that at least a share `q` of the cases do not exceed (inverted CDF)."""

    column: str
    q: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @property
    def formula(self) -> str:
        """In words."""
        return f'numpy.quantile({self.column}, {self.q:g}, method="inverted_cdf")'

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the weighted quantiles."""
        order = np.argsort(columns[0], kind="stable")
        below = np.cumsum(weights[:, order], axis=1)
        reached = below >= self.q * below[:, -1:] - 1e-9
        return np.asarray(columns[0][order][np.argmax(reached, axis=1)], dtype=np.float64)


def _tied(score: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order of `score` from low to high, and where each run of equal scores starts."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order, starts


@dataclass(frozen=True, slots=True)
class Auroc:
    """How often a case of label 1 scores above one of label 0, ties counted half.

    The area under the ROC curve (Hanley and McNeil 1982); NaN when a label is missing.
    """

    score: str
    label: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Score and label."""
        return (self.score, self.label)

    @property
    def formula(self) -> str:
        """In words."""
        return f"sklearn.metrics.roc_auc_score({self.label}, {self.score})"

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the weighted areas."""
        order, starts = _tied(columns[0])
        label, drawn = columns[1][order], weights[:, order]
        above = np.add.reduceat(drawn * label, starts, axis=1)
        below = np.add.reduceat(drawn * (1 - label), starts, axis=1)
        before = np.cumsum(below, axis=1) - below
        pairs = above.sum(axis=1) * below.sum(axis=1)
        return _divided((above * (before + below / 2)).sum(axis=1), pairs)


@dataclass(frozen=True, slots=True)
class Aurc:
    """The mean risk over all coverages, when the most confident replies are kept first.

    The area under the risk-coverage curve (Geifman and El-Yaniv 2017); replies of equal confidence
    are kept or dropped together. Lower is better.
    """

    confidence: str
    wrong: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Confidence and error."""
        return (self.confidence, self.wrong)

    @property
    def formula(self) -> str:
        """In words."""
        return (
            f"mean over replies of mean({self.wrong}) among those at least as confident ({self.confidence})"
        )

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the weighted areas."""
        order, starts = _tied(-columns[0])
        drawn = weights[:, order]
        here = np.add.reduceat(drawn, starts, axis=1)
        kept = np.cumsum(here, axis=1)
        wrong = np.cumsum(np.add.reduceat(drawn * columns[1][order], starts, axis=1), axis=1)
        risk = np.divide(wrong, kept, out=np.zeros_like(wrong), where=kept > 0)
        return _divided((here * risk).sum(axis=1), kept[:, -1])


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """The mean gap between confidence and share right, over ten equally wide bins of confidence.

    Expected calibration error (Naeini et al. 2015; Guo et al. 2017). 0 is perfect.
    """

    confidence: str
    right: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Confidence and outcome."""
        return (self.confidence, self.right)

    @property
    def formula(self) -> str:
        """In words."""
        gap = f"|sum({self.right}) - sum({self.confidence})|"
        return f"sum over {BINS} bins of {self.confidence} of {gap} / count"

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the weighted errors."""
        inside = np.eye(BINS)[bins_of(columns[0])]
        gap = np.abs((weights * (columns[1] - columns[0])) @ inside).sum(axis=1)
        return _divided(gap, weights.sum(axis=1))


def bins_of(confidence: Floats) -> NDArray[np.intp]:
    """Return the bin, 0 to 9, of each confidence in 0..1; 1.0 is in the last."""
    return np.clip((confidence * BINS).astype(np.intp), 0, BINS - 1)


@dataclass(frozen=True, slots=True)
class BalancedAccuracy:
    """The mean of the shares judged rightly among cases of label 1 and among those of label 0."""

    said: str
    label: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What was said, and the label."""
        return (self.said, self.label)

    @property
    def formula(self) -> str:
        """In words."""
        return f"sklearn.metrics.balanced_accuracy_score({self.label}, {self.said})"

    def __call__(self, weights: Floats, *columns: Floats) -> Floats:
        """Return the weighted accuracies."""
        said, label = columns
        yes = _divided(weights @ (said * label), weights @ label)
        no = _divided(weights @ ((1 - said) * (1 - label)), weights @ (1 - label))
        return (yes + no) / 2


def resampled(n: int, seed: int = 0, resamples: int = RESAMPLES) -> Iterator[Floats]:
    """Yield the weights of bootstrap resamples of `n` cases (Efron 1979), some rows at a time."""
    rng = np.random.default_rng(seed)
    rows = max(1, CHUNK // max(n, 1))
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        drawn = rng.integers(0, n, size=(count, n)) + n * np.arange(count)[:, None]
        yield np.bincount(drawn.ravel(), minlength=n * count).reshape(count, n).astype(np.float64)


def value_of(statistic: Statistic, *columns: Floats) -> float:
    """Return the figure over all cases, NaN when it is undefined."""
    return float(statistic(np.ones((1, len(columns[0]))), *columns)[0])


def interval(values: Floats) -> tuple[float, float]:
    """Return the middle 95 percent of the values of a figure's resamples; undefined ones count not."""
    sound = values[np.isfinite(values)]
    if not len(sound):
        return float("nan"), float("nan")
    low, high = np.percentile(sound, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return float(low), float(high)


def bootstrapped(statistic: Statistic, *columns: Floats, seed: int = 0, resamples: int = RESAMPLES) -> Floats:
    """Return the figure of every resample."""
    return np.concatenate([statistic(w, *columns) for w in resampled(len(columns[0]), seed, resamples)])


def with_interval(
    statistic: Statistic, *columns: Floats, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float, float] | None:
    """Return the figure and its bootstrap 95% interval; None where it is undefined."""
    value = value_of(statistic, *columns)
    if np.isnan(value):
        return None
    return value, *interval(bootstrapped(statistic, *columns, seed=seed, resamples=resamples))


def spearman(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation (1904), ties sharing their mean rank; 0 when one is constant."""
    from scipy.stats import spearmanr  # half a second

    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one, other).statistic)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson 1927); 0 to 1 when nothing was counted.

    >>> [round(end, 3) for end in wilson(27, 27)]
    [0.875, 1.0]
    """
    from scipy.stats import binomtest  # half a second

    if not n:
        return 0.0, 1.0
    low, high = binomtest(successes, n).proportion_ci(LEVEL / 100, method="wilson")
    return float(low), float(high)
