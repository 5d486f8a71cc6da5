"""Does the checker agree with people? Its scores and verdicts on labelled claims, beside word overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import LABEL, SAID, SCORE
from footnote.evals.metrics.metric import CHECKER, CaseOutcome, Headline, Metric
from footnote.evals.metrics.slices import CLAIMS
from footnote.evals.metrics.statistic import Auroc, BalancedAccuracy
from footnote.evals.suite.cases import ClaimCase
from footnote.ingest.text.words import WORD
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from footnote.evals.metrics.context import MetricContext
    from footnote.evals.metrics.rows import Row

OVERLAP = "overlap"


def checker_values(ctx: MetricContext) -> dict[str, float]:
    """Return what the checker says of a claim, what people say, and the overlap of trigrams."""
    match ctx.case, ctx.reply:
        case ClaimCase() as claim, Support(failed=False) as support:
            return {
                SCORE: support.score,
                SAID: float(support.verdict is Verdict.SUPPORTED),
                LABEL: float(claim.supported),
                OVERLAP: overlap(claim.claim, claim.source, 3),
            }
        case _:
            return {}


def overlap(claim: str, source: str, n: int = 1) -> float:
    """Return the share of the claim's word n-grams that the source holds, in lower case.

    A claim shorter than n words is compared by its words.

    >>> overlap("The bridge fell.", "The bridge is open."), overlap("The bridge fell.", "The bridge.", 2)
    (0.6666666666666666, 0.5)
    """
    asked, held = ([w.lower() for w in WORD.findall(text)] for text in (claim, source))
    n = min(n, len(asked))
    if n == 0:
        return 0.0
    grams = [tuple(asked[i : i + n]) for i in range(len(asked) - n + 1)]
    known = {tuple(held[i : i + n]) for i in range(len(held) - n + 1)}
    return sum(g in known for g in grams) / len(grams)


def _judged_rightly(row: Row) -> float | None:
    if row.kind != "claim" or SAID not in row.values:
        return None
    return float(row.values[SAID] == row.values[LABEL])


CHECKER_METRICS = (
    Metric(
        key="claim_auc",
        label="AUC of the score",
        group=CHECKER,
        of=CLAIMS,
        evaluate=checker_values,
        statistic=Auroc(SCORE, LABEL),
        about="How often a supported claim scores above another (Hanley and McNeil 1982).",
        unit="score",
        headline=Headline("Scores", "AUC: how often a supported claim scores above another"),
    ),
    Metric(
        key="claim_balanced_accuracy",
        label="balanced accuracy of the verdict",
        group=CHECKER,
        of=CLAIMS,
        evaluate=checker_values,
        statistic=BalancedAccuracy(SAID, LABEL),
        about="Mean of the shares of supported and of other claims judged rightly.",
        headline=Headline("Verdicts", "balanced accuracy against what people say"),
        outcome=CaseOutcome(3, "judged rightly", _judged_rightly),
    ),
    Metric(
        key="overlap_auc",
        label="AUC of word overlap, the floor",
        group=CHECKER,
        of=CLAIMS,
        evaluate=checker_values,
        statistic=Auroc(OVERLAP, LABEL),
        about="The same for the share of the claim’s trigrams that the source holds.",
        unit="score",
        better="neither",
        headline=Headline("Floor", "AUC of plain word overlap, to be beaten"),
    ),
)
