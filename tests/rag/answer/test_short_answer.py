"""The short answer inside a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.rag.answer.question import analyse
from footnote.rag.answer.short_answer import short_answer


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (
            "When did the bridge close?",
            "In 1931 it opened; the bridge closed on 3 March 2026.",
            "3 March 2026",
        ),
        ("How many jars were forged?", "In 2024 nine jars were forged in one of 40 sheds.", "nine"),
        ("What did the repair cost in euros?", "The repair cost four million euros.", None),
        ("How much did the repair cost?", "The repair of 2024 cost 4.2 million euros.", "4.2 million euros"),
        ("How much does the repair cost?", "The bridge reopens on 14 June, at 22:40.", None),
        ("How much did the repair cost?", "The repair cost $3m on the 2nd floor in 2024.", "$3m"),
        ("Who designed the tower?", "The tower was designed by Hedda Krogh.", "Hedda Krogh"),
        ("Why did it close?", "It closed because of cracks.", None),
    ],
)
def test_the_thing_of_the_right_kind_is_pointed_at(
    question: str, sentence: str, expected: str | None
) -> None:
    span = short_answer(analyse(question), sentence)
    assert (span and sentence[span.start : span.end]) == expected


def test_what_the_question_says_itself_is_no_answer() -> None:
    assert short_answer(analyse("When in 2024 did it close?"), "In 2024 it closed.") is None


def test_of_two_people_none_is_pointed_at() -> None:
    assert short_answer(analyse("Who wrote the report?"), "Ada Poe and Ben Roe met after the report.") is None


@given(st.text(max_size=80), st.text(max_size=200))
def test_a_short_answer_lies_inside_the_sentence(question: str, sentence: str) -> None:
    span = short_answer(analyse(question), sentence)
    assert span is None or 0 <= span.start < span.end <= len(sentence)
