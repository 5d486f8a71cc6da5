"""Are the right paragraphs found? Ranking measures, by ir-measures (Macdonald et al.) on trec_eval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.evals.metrics.metric import BY_CASES, BY_VALUE, RELEVANCE, CaseOutcome, Headline, Metric
from footnote.evals.metrics.slices import ANSWERABLE_ONES, SUBSETS
from footnote.evals.metrics.statistic import Mean
from footnote.rag.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.evals.metrics.context import MetricContext
    from footnote.evals.metrics.metric import Slack
    from footnote.ingest.library.library import Key

RECALL_AT = (1, 3, 5, 10)
DEPTH = 10  # the deepest cut-off of a measure


CITED_GOLD = "cited_gold"


def relevance_values(ctx: MetricContext) -> dict[str, float]:
    """Return every ranking measure of a question whose data name what answers, and whether that is cited."""
    if not ctx.grades:
        return {}
    whole = any(paragraph == 0 for _, paragraph in ctx.grades)
    ranked = _articles(ctx.ranking) if whole else ctx.ranking
    cited = float(_cites_gold(ctx, whole=whole))
    return ranking_values(ranked, ctx.grades) | {CITED_GOLD: cited}


def _articles(ranking: Sequence[Key]) -> list[Key]:
    """Return the articles of a ranking of paragraphs, each at its best paragraph's place."""
    return [(article, 0) for article in dict.fromkeys(a for a, _ in ranking)]


def _cites_gold(ctx: MetricContext, *, whole: bool) -> bool:
    match ctx.reply:
        case Answer(citations=(first, *_)):
            return (first.article_id, 0 if whole else first.paragraph) in ctx.grades
        case _:
            return False


def ranking_values(ranked: Sequence[Key], grades: Mapping[Key, int]) -> dict[str, float]:
    """Return every ranking measure of one question.

    `ranked` holds what was found, best first, without repetition; `grades` the relevance of what
    should be found (1 and up). `recall@k` is the share of the relevant found among the first k,
    `success@k` is 1 when any is (for questions of which one paragraph is enough), `mrr@10` one over
    the rank of the first (Voorhees 1999), `ndcg@10` the discounted gain over the ideal one, with
    log2 discount and linear gain (Järvelin and Kekäläinen 2002, as trec_eval has it). All are 0
    when nothing is found.
    """
    import ir_measures
    from ir_measures import RR, R, Success, nDCG

    asked = {
        **{f"recall@{k}": R @ k for k in RECALL_AT},
        **{f"success@{k}": Success @ k for k in (1, 5)},
        "mrr@10": RR @ DEPTH,
        "ndcg@10": nDCG @ DEPTH,
    }
    # trec_eval orders by score and breaks ties by name: the rank as score keeps our order.
    names = {key: str(number) for number, key in enumerate({**dict.fromkeys(ranked), **grades})}
    run = {"q": {names[key]: float(-rank) for rank, key in enumerate(ranked)}}
    qrels = {"q": {names[key]: grade for key, grade in grades.items()}}
    if not ranked:
        return dict.fromkeys(asked, 0.0)
    found = ir_measures.calc_aggregate(list(asked.values()), qrels, run)
    return {name: float(found[measure]) for name, measure in asked.items()}


def _mean(key: str, label: str, about: str, slack: Slack | None = None, rank: int | None = None) -> Metric:
    outcome = None if rank is None else CaseOutcome(rank, label, lambda row: row.values.get(key))
    return Metric(
        key=key,
        label=label,
        group=RELEVANCE,
        of=ANSWERABLE_ONES,
        evaluate=relevance_values,
        statistic=Mean(key),
        about=about,
        slack=slack,
        outcome=outcome,
    )


_FIRST = _mean(
    "success@1", "right paragraph first", "A paragraph that answers is ranked first.", BY_CASES, rank=5
)
_FIVE = replace(
    _mean(
        "success@5",
        "right paragraph among five",
        "A paragraph that answers is among the first five.",
        BY_CASES,
        rank=6,
    ),
    headline=Headline(
        "Relevance",
        "of the questions find a right paragraph among five",
        "the cases name no paragraphs that answer",
    ),
)


def _over_subsets() -> Iterator[Metric]:
    held = {"reworded:success@5", "followup:success@5"}
    for prefix, name, part in SUBSETS:
        for metric, label in ((_FIRST, "right paragraph first"), (_FIVE, "among five")):
            key = f"{prefix}:{metric.key}"
            yield Metric(
                key=key,
                label=f"{name}: {label}",
                group=RELEVANCE,
                of=part,
                evaluate=relevance_values,
                statistic=metric.statistic,
                about=f"As above, over {part.name}.",
                slack=BY_CASES if key in held else None,
            )


RELEVANCE_METRICS = (
    _FIRST,
    _FIVE,
    *(
        _mean(
            f"recall@{k}",
            f"recall@{k}",
            f"Mean share of the answering paragraphs among the first {k}.",
            BY_VALUE if k == DEPTH else None,
        )
        for k in RECALL_AT
    ),
    _mean(
        "mrr@10",
        "MRR@10",
        "Mean of one over the rank of the first that answers, 0 beyond ten (Voorhees 1999).",
    ),
    _mean(
        "ndcg@10",
        "nDCG@10",
        "Normalised discounted cumulative gain of the first ten (Järvelin and Kekäläinen 2002).",
        BY_VALUE,
    ),
    _mean(
        CITED_GOLD,
        "first citation right",
        "The first citation is a paragraph that answers; refused counts as wrong.",
        BY_CASES,
    ),
    *_over_subsets(),
)
