import pytest

from footnote.evals import evaluate
from footnote.evals.metrics.contexts import average_precision, matches

OPENED, DESIGNED, GOATS = (
    "The bridge opened in 1931 after eleven years of work.",
    "Hedda Krogh designed the bridge on the back of a tide table.",
    "Goats graze on the northern slope from May to September.",
)


def measured(**row):
    found = evaluate(
        [{"user_input": "When?", "response": "It opened in 1931.", "retrieved_contexts": [], **row}]
    )
    values = found.report.sections[0].rows[0].values
    return values.get("context_recall"), values.get("context_precision")


def test_recall_counts_what_was_found_and_precision_where():
    given = {"retrieved_contexts": [GOATS, OPENED], "reference_contexts": [OPENED, DESIGNED]}
    assert measured(**given) == (0.5, 0.5)
    assert measured(**given | {"retrieved_contexts": [OPENED, GOATS, DESIGNED]}) == (
        1.0,
        pytest.approx(5 / 6),
    )


def test_nothing_found_is_nought_and_nothing_to_be_found_no_figure():
    assert measured(reference_contexts=[OPENED]) == (0.0, 0.0)
    assert measured(retrieved_contexts=[OPENED]) == (None, None)
    assert measured(retrieved_contexts=[OPENED], reference_contexts=["", " "]) == (None, None)
    assert measured(retrieved_contexts=[GOATS], reference_contexts=[OPENED], answerable=False) == (None, None)


def test_ids_go_before_texts_and_numbers_are_ids_too():
    ids = {"retrieved_context_ids": [7, "b"], "reference_context_ids": ["7"]}
    assert measured(**ids, retrieved_contexts=[GOATS], reference_contexts=[OPENED]) == (1.0, 1.0)
    assert measured(retrieved_context_ids=["7"], retrieved_contexts=[GOATS], reference_contexts=[GOATS]) == (
        1.0,
        1.0,
    )


def test_deepevals_name_for_the_ideal_contexts_is_read():
    row = {"input": "When?", "actual_output": "In 1931.", "retrieval_context": [OPENED], "context": [OPENED]}
    assert evaluate([row])["context_recall"] == 1.0


@pytest.mark.parametrize("ids", ["7", [None], [True], [1.5]])
def test_ids_that_are_none_make_a_bad_row(ids):
    good = {"user_input": "When?", "response": "In 1931.", "retrieved_contexts": [OPENED]}
    found = evaluate([good, {**good, "retrieved_context_ids": ids}])
    (bad,) = found.report.sections[0].bad
    assert "retrieved_context_ids" in bad.reason


def test_a_text_is_found_whole_in_a_longer_one_or_much_alike():
    assert matches([f"{GOATS} {OPENED}  {DESIGNED}"], [OPENED]) == [[True]]
    assert matches([OPENED.replace("eleven", "twelve")], [OPENED, GOATS]) == [[True, False]]
    assert matches([""], [OPENED]) == [[False]]
    assert matches(["The bridges opened"], ["bridge"]) == [[False]]
    assert average_precision([]) == average_precision([False]) == 0.0


def test_a_test_set_of_ragas_is_asked_and_what_was_found_held_against_it(sample_assistant):
    (passage, *_) = sample_assistant.search("Who designed the harbour bridge?", k=1)
    row = {
        "user_input": "Who designed the harbour bridge?",
        "reference": "Hedda Krogh",
        "reference_contexts": [passage.text],
    }
    found = evaluate([row], assistant=sample_assistant)
    assert (found["context_recall"], found["context_precision"]) == (1.0, 1.0)
    assert found.report.sections[0].rows[0].values["in_two"] == 1.0
