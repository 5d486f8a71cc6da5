import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.evals.metrics.relevance import ranking_values

PLACES = [("a", n) for n in range(1, 21)]


def test_measures_of_a_ranking_done_by_hand():
    # Relevant: places 2 and 4 of the ranking, and one that is not found.
    values = ranking_values(PLACES[:10], {PLACES[1]: 1, PLACES[3]: 1, ("b", 1): 1})
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    gained = 1 / math.log2(3) + 1 / math.log2(5)
    assert values == pytest.approx(
        {
            "recall@1": 0.0,
            "recall@3": 1 / 3,
            "recall@5": 2 / 3,
            "recall@10": 2 / 3,
            "success@1": 0.0,
            "success@5": 1.0,
            "mrr@10": 0.5,
            "ndcg@10": gained / ideal,
        }
    )


def test_grades_weigh_in_ndcg():
    better = ranking_values(PLACES[:2], {PLACES[0]: 2, PLACES[1]: 1})
    worse = ranking_values(PLACES[:2], {PLACES[0]: 1, PLACES[1]: 2})
    assert better["ndcg@10"] == pytest.approx(1.0)
    assert worse["ndcg@10"] == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))


def test_what_stands_beyond_ten_counts_for_nothing():
    values = ranking_values(PLACES, {PLACES[10]: 1})
    assert set(values.values()) == {0.0}


def test_an_empty_ranking_finds_nothing():
    assert set(ranking_values((), {("a", 1): 1}).values()) == {0.0}


@given(st.permutations(PLACES[:12]), st.sets(st.sampled_from(PLACES), min_size=1))
def test_more_depth_never_finds_less_and_a_perfect_order_is_one(ranked, relevant):
    values = ranking_values(ranked, dict.fromkeys(relevant, 1))
    assert values["recall@1"] <= values["recall@3"] <= values["recall@5"] <= values["recall@10"]
    assert values["success@1"] <= values["mrr@10"] <= 1.0
    first = ranking_values([*relevant, *(p for p in PLACES if p not in relevant)], dict.fromkeys(relevant, 1))
    assert first["ndcg@10"] == pytest.approx(1.0)
