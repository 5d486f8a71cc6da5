"""Were the texts found that should have been? Precision and recall of contexts, as RAGAS defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from footnote.evals.metrics.metric import BY_VALUE, RELEVANCE, Headline, Metric
from footnote.evals.metrics.slices import REFERENCED
from footnote.evals.metrics.statistic import Mean
from footnote.evals.suite.cases import Case, ResponseCase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.evals.metrics.context import MetricContext

ALIKE = 0.5  # similarity from which RAGAS takes two texts for one (`NonLLMContextRecall.threshold`)
CONTEXT_RECALL, CONTEXT_PRECISION = "context_recall", "context_precision"


def context_values(ctx: MetricContext) -> dict[str, float]:
    """Return recall and precision of the contexts of a case that names those to be found, else nothing.

    They are told by their ids where a case gives ids of both, else by their texts.
    """
    match ctx.case:
        case ResponseCase(answerable=False):
            return {}
        case ResponseCase(reference_ids=wanted, retrieved_ids=found) if wanted and found:
            pairs = [[one == other for other in wanted] for one in found]
        case ResponseCase(reference_contexts=wanted, contexts=found) if wanted:
            pairs = matches(found, wanted)
        case Case(reference_contexts=wanted) if wanted:
            pairs = matches(ctx.found, wanted)
        case _:
            return {}
    recall = sum(any(row[place] for row in pairs) for place in range(len(wanted))) / len(wanted)
    return {CONTEXT_RECALL: recall, CONTEXT_PRECISION: average_precision([any(row) for row in pairs])}


def average_precision(relevant: Sequence[bool]) -> float:
    """Return the mean precision at the places of what is relevant; 0 where nothing is.

    >>> average_precision([True, False, True])
    0.8333333333333333
    """
    places = [place for place, one in enumerate(relevant, start=1) if one]
    return sum(n / place for n, place in enumerate(places, start=1)) / len(places) if places else 0.0


def matches(found: Sequence[str], wanted: Sequence[str]) -> list[list[bool]]:
    """Return for each text found which wanted ones it gives: holding it whole, or alike by its letters."""
    ours, theirs = ([" ".join(text.casefold().split()) for text in texts] for texts in (found, wanted))
    return [
        [bool(one) and (f" {other} " in f" {one} " or _alike(one, other)) for other in theirs] for one in ours
    ]


def _alike(one: str, other: str) -> bool:
    return Levenshtein.normalized_similarity(one, other, score_cutoff=ALIKE) > 0


def _context(key: str, label: str, about: str, headline: Headline | None = None) -> Metric:
    return Metric(
        key=key,
        label=label,
        group=RELEVANCE,
        of=REFERENCED,
        evaluate=context_values,
        statistic=Mean(key),
        about=about,
        headline=headline,
        slack=BY_VALUE,
    )


CONTEXT_METRICS = (
    _context(
        CONTEXT_RECALL,
        "context recall",
        "Mean share of the reference contexts that were retrieved: by id, else held whole by a retrieved "
        "text or at least half alike in its letters (RAGAS, NonLLMContextRecall and IDBasedContextRecall).",
        Headline(
            "Relevance", "of the reference contexts were retrieved", stands_in_for="success@5", share=0.5
        ),
    ),
    _context(
        CONTEXT_PRECISION,
        "context precision",
        "Mean precision at the places of those retrieved that are reference contexts (RAGAS): "
        "1 when all right ones come first.",
    ),
)
