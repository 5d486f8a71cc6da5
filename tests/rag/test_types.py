import pytest

from footnote.rag.types import Answer, Citation, CitedSentence, Filters, Refusal, Summary, Support, Verdict

YES = Support(Verdict.SUPPORTED, 1.0, "word for word")
CITATION = Citation(1, "a1", "Title", "t.txt", 3, "One. Two words. Three.", 5, 15)


def test_a_quote_is_a_span_of_its_paragraph():
    shown = CITATION.as_json()
    assert (
        shown["quote"] == "Two words." == shown["paragraph_text"][shown["quote_start"] : shown["quote_end"]]
    )


@pytest.mark.parametrize(("start", "end"), [(5, 5), (-1, 3), (0, 99), (9, 4)])
def test_a_quote_outside_its_paragraph_does_not_build(start, end):
    with pytest.raises(ValueError, match="quotes"):
        Citation(1, "a", "T", "s", 1, "short text", start, end)


def test_an_answer_without_a_citation_does_not_build():
    with pytest.raises(ValueError, match="citation"):
        Answer("q", "q", (CitedSentence("No.", (), YES),), (), "extractive")


def test_a_marker_without_its_footnote_does_not_build():
    with pytest.raises(ValueError, match="same numbers"):
        Answer("q", "q", (CitedSentence("Yes.", (1, 2), YES),), (CITATION,), "extractive")


def test_a_summary_cites_every_sentence():
    with pytest.raises(ValueError, match="every sentence"):
        Summary(
            ("a1",), "T", (CitedSentence("A.", (1,), YES), CitedSentence("B.", (), YES)), (CITATION,), "x"
        )


@pytest.mark.parametrize(
    ("text", "marked"),
    [("So it was.", "So it was [1]."), ("He said “no.”", "He said “no.” [1]"), ("And then", "And then [1]"), ("Until 5 p.m.", "Until 5 p.m. [1]")],
)  # fmt: skip
def test_a_marker_stands_before_the_final_stop(text, marked):
    assert CitedSentence(text, (1,), YES).marked == marked


def test_an_answer_has_the_form_of_the_contract():
    shown = Answer("q?", "q?", (CitedSentence("Two words.", (1,), YES),), (CITATION,), "extractive").as_json()
    assert list(shown) == [
        "question", "standalone_question", "refused", "answerer", "answer", "short_answer", "yes_no", "confidence", "sentences", "citations",
        "complete", "notices", "closest", "timings_ms",
    ]  # fmt: skip
    assert shown["answer"] == "Two words [1]."
    assert shown["sentences"][0]["support"]["verdict"] == "supported"


def test_a_refusal_cites_nothing_and_shows_the_closest():
    shown = Refusal("q?", "q?", "No.", (CITATION,), "extractive").as_json()
    assert (shown["refused"], shown["citations"], len(shown["closest"])) == (True, [], 1)


def test_filters_without_a_choice_let_everything_through():
    assert not Filters()
    assert Filters(articles=())
    assert Filters(since="2026")
