import pytest

from evals.cases import Case
from evals.measure import Row, figure, figures, run, sample


def row(kind="answerable", rank=1, refused=False, sentences=("The bridge cost 6 million.",), wording=""):
    case = Case("c", kind, "Q?", answers=("6 million",), wording=wording)
    return Row(case, rank, refused, sentences, True, 1.0)


def named(rows):
    return {f.name: f for f in figures(rows)}


def test_recall_counts_gold_paragraphs_within_k():
    found = named([row(rank=1), row(rank=4), row(rank=0), row(rank=11)])
    assert (found["recall@1"].value, found["recall@5"].value, found["recall@10"].value) == (25, 50, 50)


def test_an_answer_counts_in_the_sentences_that_are_shown():
    found = named([row(sentences=("No.", "It cost 6 Million.")), row(sentences=(), refused=True)])
    assert found["first sentence holds an answer"].value == 0
    assert found["first two sentences hold an answer"].value == 50
    assert found["answered"].value == 50


def test_only_unanswerable_cases_count_as_rightly_refused():
    found = named([row("unanswerable", refused=True), row("unanswerable"), row(refused=True)])
    assert (found["unanswerable: refused"].value, found["unanswerable: refused"].n) == (50, 2)


def test_an_interval_holds_its_value_and_narrows_with_more_cases():
    few, many = figure("x", [True, False] * 10), figure("x", [True, False] * 500)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low


def test_a_sample_is_the_same_for_the_same_seed_and_keeps_the_order():
    cases = [Case(str(i), "answerable", "Q?") for i in range(50)]
    chosen = sample(cases, 10, 3)
    assert chosen == sample(cases, 10, 3) != sample(cases, 10, 4)
    assert [int(c.id) for c in chosen] == sorted(int(c.id) for c in chosen)
    assert sample(cases, None, 0) == cases


def test_the_same_assistant_as_on_the_screen_is_asked(sample_assistant):
    cases = [
        Case(
            "1",
            "answerable",
            "Who designed the harbour bridge?",
            (("harbour-bridge-closure.md", 15),),
            ("Hedda Krogh",),
        ),
        Case("2", "unanswerable", "Which orchestra played in Vienna in 1803?"),
    ]
    first, second = run(sample_assistant, cases)
    assert (first.rank, first.refused, first.holds_answer(1), first.cited_gold_first) == (
        1,
        False,
        True,
        True,
    )
    assert second.refused
    assert first.milliseconds == pytest.approx(first.milliseconds)


# Floors over the sample suite, a little under what was measured (see the README); raise them freely.
FLOORS = {
    "recall@1": 55,
    "recall@5": 80,
    "first citation is a gold paragraph": 38,
    "unanswerable: refused": 50,
}


@pytest.mark.slow
def test_the_sample_suite_stays_above_its_floors(sample_assistant):
    from evals.cases import sample_cases

    found = named(run(sample_assistant, sample_cases()))
    low = {name: found[name].value for name, floor in FLOORS.items() if found[name].value < floor}
    assert not low
