"""How long does it take? From question to reply, and from article to summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import MILLISECONDS
from footnote.evals.metrics.metric import SPEED, Metric
from footnote.evals.metrics.slices import ASKED, SUMMARIES
from footnote.evals.metrics.statistic import Quantile

if TYPE_CHECKING:
    from footnote.evals.metrics.context import MetricContext
    from footnote.evals.metrics.slices import Slice


def speed_values(ctx: MetricContext) -> dict[str, float]:
    """Return the time that the reply took."""
    return {} if ctx.milliseconds is None else {MILLISECONDS: round(ctx.milliseconds, 3)}


def _quantile(key: str, label: str, of: Slice, q: float, about: str) -> Metric:
    return Metric(
        key=key,
        label=label,
        group=SPEED,
        of=of,
        evaluate=speed_values,
        statistic=Quantile(MILLISECONDS, q),
        about=about,
        unit="ms",
        better="lower",
    )


_REPLY = "Time from question to reply, the smallest that {} of the questions do not exceed."
_SUMMARY = "Time to write one summary."
SPEED_METRICS = (
    _quantile("latency_p50", "time to answer, p50", ASKED, 0.5, _REPLY.format("half")),
    _quantile("latency_p95", "time to answer, p95", ASKED, 0.95, _REPLY.format("95%")),
    _quantile("summary_p50", "time to summarise, p50", SUMMARIES, 0.5, _SUMMARY),
    _quantile("summary_p95", "time to summarise, p95", SUMMARIES, 0.95, _SUMMARY),
)
