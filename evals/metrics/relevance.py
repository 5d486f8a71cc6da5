"""Are the right paragraphs found? Ranking measures, by ir-measures (Macdonald et al.) on trec_eval."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Key = tuple[str, int]

RECALL_AT = (1, 3, 5, 10)
DEPTH = 10  # the deepest cut-off of a measure


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
