"""A metric: all that is known of a figure before it is measured, in one object.

To add one, write it in the file of its family: `evaluate` gives a case's value, the statistic makes the
figure of the values, and the report, its page and table, the comparison and the gate read the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from footnote.evals.metrics.context import MetricContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.evals.metrics.rows import Row
    from footnote.evals.metrics.slices import Slice
    from footnote.evals.metrics.statistic import Statistic

Unit = Literal["share", "score", "ms", "words"]
Better = Literal["higher", "lower", "neither"]
Evaluate = Callable[[MetricContext], Mapping[str, float] | float | None]

FAITHFULNESS, RELEVANCE, REFUSAL, CORRECTNESS = "Faithfulness", "Relevance", "Refusal", "Correctness"
SUMMARY, CHECKER, SPEED = "Summaries", "The checker against people", "Speed"
GROUPS = (FAITHFULNESS, RELEVANCE, REFUSAL, CORRECTNESS, SUMMARY, CHECKER, SPEED)


def group_order(group: str) -> int:
    """Return the place of a group in what is shown; a new one comes last."""
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


@dataclass(frozen=True, slots=True)
class Headline:
    """How a figure is shown first: its name there, what its value says, and why it may be missing.

    Headlines stand together, always: an extractive answer is faithful by construction, so faithfulness says
    little without the others. One that `stands_in_for` another metric takes its place where that could not be
    measured, or only over less than `share` of as many cases.
    """

    name: str
    meaning: str
    missing: str = ""
    stands_in_for: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What a comparison says of a case that changed; of several the one of the lowest `rank`."""

    rank: int
    label: str
    value: Callable[[Row], float | None]


@dataclass(frozen=True, slots=True)
class Slack:
    """How far a figure may fall before the gate fails: by some cases, or by a value."""

    cases: int = 0
    value: float = 0.0

    def floor(self, value: float, n: int) -> float:
        """Return the floor of a figure, to four places, never above what was measured."""
        slack = self.value or self.cases / max(n, 1)
        return math.floor(max(0.0, value - slack) * 10_000 + 1e-6) / 10_000


# Processors round differently, and a near tie then falls the other way.
BY_CASES = Slack(cases=2)
# Figures that are no counts of cases move less: a near tie changes a rank or a sentence, not a whole case.
BY_VALUE = Slack(value=0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What is measured, on which cases, and how it is told.

    `evaluate` returns a case's value, several by their columns, or None where the case has none; metrics that
    share it have it called once. `statistic` reads columns of all values, also those that other metrics gave.
    `counts` says what the figure's n counts and `about` what it means. Without a case in `needs` the figure
    says nothing and is left out: refusals are neither right nor wrong where every question can be answered.
    The gate holds a metric that has `slack`.

    >>> from footnote.evals.metrics.slices import ANSWERS
    >>> from footnote.evals.metrics.statistic import Mean
    >>> Metric(
    ...     key="sentences_said",
    ...     label="sentences of an answer",
    ...     group=CORRECTNESS,
    ...     of=ANSWERS,
    ...     evaluate=lambda ctx: float(len(ctx.said)),
    ...     statistic=Mean("sentences_said"),
    ...     about="How long an answer is.",
    ...     better="neither",
    ... ).unit
    'share'
    """

    key: str
    label: str
    group: str
    of: Slice
    evaluate: Evaluate
    statistic: Statistic
    about: str
    unit: Unit = "share"
    better: Better = "higher"
    counts: str = "cases"
    needs: Slice | None = None
    headline: Headline | None = None
    outcome: CaseOutcome | None = None
    slack: Slack | None = None


def evaluated(ctx: MetricContext, metrics: Sequence[Metric]) -> tuple[dict[str, float], str]:
    """Return the values of a case, and what metrics failed on it, empty when none did."""
    values: dict[str, float] = {}
    failures = []
    asked: set[Evaluate] = set()
    for metric in metrics:
        if metric.evaluate in asked:
            continue
        asked.add(metric.evaluate)
        try:
            found = metric.evaluate(ctx)
        except Exception as error:  # noqa: BLE001 - a metric may raise anything, and the others still count
            failures.append(f"The metric “{metric.label}” failed: {type(error).__name__}: {error}")
            continue
        if isinstance(found, Mapping):
            values |= found
        elif found is not None:
            values[metric.key] = float(found)
    return values, " ".join(failures)
