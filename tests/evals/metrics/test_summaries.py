import pytest
from rouge_score.rouge_scorer import RougeScorer

from footnote.evals.metrics.summaries import rouge_values, shape_values


def test_rouge_of_one_reference_done_by_hand():
    # Unigrams: three in common of four and five: 2·3/(4+5). Bigrams: one (“the iron”) of three and four.
    values = rouge_values(["the iron bridge fell"], ["they closed the iron bridge"[5:]])
    again = RougeScorer(["rouge1"], use_stemmer=True).score("closed the iron bridge", "the iron bridge fell")
    assert values["rouge1"] == pytest.approx(again["rouge1"].fmeasure) == pytest.approx(2 * 3 / (4 + 4))
    assert values["rouge2"] == pytest.approx(2 * 2 / (3 + 3))


def test_several_references_give_the_mean_not_the_best():
    same, none = rouge_values(["iron bridge"], ["iron bridge"]), rouge_values(["iron bridge"], ["goats"])
    both = rouge_values(["iron bridge"], ["iron bridge", "goats"])
    assert both["rouge1"] == pytest.approx((same["rouge1"] + none["rouge1"]) / 2) == pytest.approx(0.5)


def test_lsum_takes_the_union_of_sentences():
    # As one line the longest common run misses one sentence; by sentence both are found.
    summary = ["The keeper left.", "The lamp burned."]
    assert rouge_values(summary, ["The lamp burned. The keeper left."])["rougeLsum"] == pytest.approx(1.0)


def test_without_a_reference_there_is_no_rouge():
    assert rouge_values(["x"], []) == {}


def test_coverage_is_the_share_of_words_in_runs_from_the_article():
    article = ["the lamp burned whale oil until 1931"]
    assert shape_values(["The lamp burned until 1931"], article)["coverage"] == 1.0
    assert shape_values(["A lamp glowed until 1931"], article)["coverage"] == pytest.approx(3 / 5)
    assert shape_values(["goats"], article)["coverage"] == 0.0


def test_length_counts_words_and_their_share():
    values = shape_values(["two words"], ["eight words stand here in all of it"])
    assert (values["words"], values["compression"]) == (2.0, 0.25)


def test_an_empty_summary_has_no_coverage():
    assert shape_values([], ["text"]) == {"coverage": 0.0, "words": 0.0, "compression": 0.0}
