"""Is refused what cannot be answered, and only that? And does the confidence tell the two apart?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import (
    ANSWERABLE,
    ANSWERED,
    CONFIDENCE,
    REFUSED,
    RIGHT,
    UNANSWERABLE,
    WRONG,
)
from footnote.evals.metrics.metric import BY_CASES, BY_VALUE, REFUSAL, Headline, Metric
from footnote.evals.metrics.slices import ANSWERABLE_ONES, KEPT, KNOWN, RATED, UNANSWERABLE_ONES
from footnote.evals.metrics.statistic import Aurc, Auroc, CalibrationError, Mean, Ratio
from footnote.evals.suite.cases import ResponseCase
from footnote.rag.types import Answer, Refusal

if TYPE_CHECKING:
    from footnote.evals.metrics.context import MetricContext

RIGHTLY_REFUSED = "rightly_refused"
REFUSED_OR_UNANSWERABLE = "refused_or_unanswerable"  # refused and unanswerable, added: the lower half of F1


def refusal_values(ctx: MetricContext) -> dict[str, float]:
    """Return whether a question is answerable, whether it was refused, and with what confidence."""
    values = {REFUSED: float(ctx.refused)} if isinstance(ctx.case, ResponseCase) else {}
    if ctx.answerable is not None:
        values |= {
            ANSWERABLE: float(ctx.answerable),
            UNANSWERABLE: float(not ctx.answerable),
            REFUSED: float(ctx.refused),
            ANSWERED: float(not ctx.refused and not ctx.failed),
            RIGHTLY_REFUSED: float(ctx.refused and not ctx.answerable),
            REFUSED_OR_UNANSWERABLE: float(ctx.refused) + float(not ctx.answerable),
        }
    match ctx.reply:
        case Answer(confidence=confidence) | Refusal(confidence=confidence):
            values[CONFIDENCE] = float(confidence)
        case _:
            pass
    return values


REFUSAL_METRICS = (
    Metric(
        key="refusal_precision",
        label="precision of refusals",
        group=REFUSAL,
        of=KNOWN,
        evaluate=refusal_values,
        statistic=Ratio(RIGHTLY_REFUSED, REFUSED),
        about="Share of the refused questions that cannot be answered.",
        counts="refusals",
        needs=UNANSWERABLE_ONES,
        slack=BY_CASES,
    ),
    Metric(
        key="refusal_recall",
        label="unanswerable refused",
        group=REFUSAL,
        of=KNOWN,
        evaluate=refusal_values,
        statistic=Ratio(RIGHTLY_REFUSED, UNANSWERABLE),
        about="Share of the unanswerable questions that are refused.",
        counts="unanswerable",
        needs=UNANSWERABLE_ONES,
        slack=BY_CASES,
    ),
    Metric(
        key="refusal_f1",
        label="F1 of refusals",
        group=REFUSAL,
        of=KNOWN,
        evaluate=refusal_values,
        statistic=Ratio(RIGHTLY_REFUSED, REFUSED_OR_UNANSWERABLE, 2.0),
        about="Harmonic mean of precision and recall of refusals.",
        needs=UNANSWERABLE_ONES,
        slack=BY_CASES,
        headline=Headline(
            "Refusal", "F1 of refusing what cannot be answered", "no case is known to be unanswerable"
        ),
    ),
    Metric(
        key="answered",
        label="answerable answered",
        group=REFUSAL,
        of=ANSWERABLE_ONES,
        evaluate=refusal_values,
        statistic=Mean(ANSWERED),
        about="Share of the answerable questions that are answered, rightly or not.",
        slack=BY_CASES,
    ),
    Metric(
        key="auroc",
        label="AUROC of confidence",
        group=REFUSAL,
        of=RATED,
        evaluate=refusal_values,
        statistic=Auroc(CONFIDENCE, ANSWERABLE),
        about="How often an answerable question gets more confidence than an unanswerable one "
        "(Hanley and McNeil 1982).",
        unit="score",
        slack=BY_VALUE,
    ),
    Metric(
        key="aurc",
        label="area under risk-coverage",
        group=REFUSAL,
        of=KEPT,
        evaluate=refusal_values,
        statistic=Aurc(CONFIDENCE, WRONG),
        about="Mean share of wrong answers when only the most confident are kept, over all coverages up to "
        "the shipped threshold (Geifman and El-Yaniv 2017).",
        unit="score",
        better="lower",
    ),
    Metric(
        key="calibration_error",
        label="calibration error",
        group=REFUSAL,
        of=KEPT,
        evaluate=refusal_values,
        statistic=CalibrationError(CONFIDENCE, RIGHT),
        about="Mean gap between confidence and share right over ten bins (Guo et al. 2017).",
        unit="score",
        better="lower",
    ),
)
