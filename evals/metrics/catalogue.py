"""Every metric, in one tuple."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.evals.metrics.checker import CHECKER_METRICS
from footnote.evals.metrics.contexts import CONTEXT_METRICS
from footnote.evals.metrics.correctness import CORRECTNESS_METRICS
from footnote.evals.metrics.grounding import GROUNDING_METRICS
from footnote.evals.metrics.refusal import REFUSAL_METRICS
from footnote.evals.metrics.relevance import RELEVANCE_METRICS
from footnote.evals.metrics.speed import SPEED_METRICS
from footnote.evals.metrics.summaries import SUMMARY_METRICS

if TYPE_CHECKING:
    from footnote.evals.metrics.metric import Metric

# A row's values stand in this order in the JSON report; figures are shown by their groups.
METRICS: tuple[Metric, ...] = (
    *SPEED_METRICS,
    *REFUSAL_METRICS,
    *CORRECTNESS_METRICS,
    *RELEVANCE_METRICS,
    *CONTEXT_METRICS,
    *GROUNDING_METRICS,
    *SUMMARY_METRICS,
    *CHECKER_METRICS,
)
