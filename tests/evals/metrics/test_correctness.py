import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.evals.metrics.correctness import (
    answer_values,
    exact_match,
    has_answer,
    normalised,
    token_f1,
    token_recall,
)

TEXT = st.text(st.sampled_from("ab the,.’1"), max_size=30)


def test_articles_case_and_punctuation_do_not_count():
    assert exact_match("The “Terna”.", ["terna"]) == 1.0
    assert exact_match("Terna ferry", ["terna"]) == 0.0


def test_a_word_that_begins_like_an_article_is_kept():
    assert normalised("theory and another") == "theory and another"


def test_token_f1_is_that_of_the_best_accepted_answer():
    # "iron bridge" against "old iron bridge": two words in common of two and three: 2·2/(2+3).
    assert token_f1("the iron bridge", ["ferry", "an old iron bridge"]) == pytest.approx(0.8)


def test_a_repeated_word_counts_as_often_as_it_stands_in_both():
    # "no no no" against "no no": two in common of three and two.
    assert token_f1("no no no", ["no no"]) == pytest.approx(4 / 5)


def test_nothing_in_common_is_zero_and_nothing_at_all_is_one():
    assert token_f1("ferry", ["bridge"]) == 0.0
    assert token_f1("the", ["a"]) == 1.0
    assert token_f1("ferry", []) == 0.0


def test_recall_counts_only_what_the_accepted_answer_says():
    assert token_recall("It was closed in March after cracks were found", ["closed in March"]) == 1.0
    assert token_recall("closed", ["closed in March"]) == pytest.approx(1 / 3)
    assert token_recall("closed", ["closed in March", "closed"]) == 1.0


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("It closed at 22:40 sharp.", "22:40", True),
        ("In 2012 it closed.", "12", False),
        ("Krogh’s bridge", "Krogh", True),
        ("the BRIDGE, closed", "bridge closed", True),
        ("bridge was closed", "bridge closed", False),
        ("anything", "?!", False),
        ("", "x", False),
    ],
)
def test_a_held_answer_is_a_run_of_whole_words(text, answer, found):
    assert has_answer(text, [answer]) is found


@given(TEXT, TEXT)
def test_f1_is_symmetric_between_zero_and_one_and_one_for_equals(one, other):
    assert 0.0 <= token_f1(one, [other]) <= 1.0
    assert token_f1(one, [other]) == pytest.approx(token_f1(other, [one]))
    assert token_f1(one, [one]) == 1.0


@given(TEXT, TEXT, TEXT)
def test_a_text_around_an_answer_still_holds_it(before, answer, after):
    if has_answer(answer, [answer]):
        assert has_answer(f"{before} {answer} {after}", [answer])


LONG = "the keeper says that the lamp was put out because whale oil had become too dear"


def test_sentences_are_looked_at_in_their_order():
    values = answer_values(["Goats.", "In 1887.", "Pears."], ["1887"], [])
    assert (values["in_first"], values["in_two"], values["in_all"]) == (0, 1, 1)
    assert answer_values(["Goats.", "Pears.", "In 1887."], ["1887"], [])["in_two"] == 0


def test_a_short_answer_goes_before_the_first_sentence():
    assert answer_values(["It was lit in 1887."], ["1887"], [], short="1887")["exact_match"] == 1
    assert answer_values(["It was lit in 1887."], ["1887"], [])["exact_match"] == 0


def test_a_long_answer_in_free_words_is_compared_by_its_words_only():
    assert set(answer_values(["Oil was dear."], [LONG], ["Oil was dear."])) == {"token_f1", "answer_recall"}
    assert "in_two" in answer_values(["Oil was dear."], [LONG], [f"Once, {LONG}."])
    assert "in_two" in answer_values(["Oil was dear."], [LONG, "oil was dear"], [])


def test_no_answer_at_all_is_wrong_in_every_way():
    assert set(answer_values([], ["1887"], []).values()) == {0.0}
