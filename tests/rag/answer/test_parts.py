import pytest

from footnote.rag.answer.parts import parts, together
from footnote.rag.types import Answer, Citation, CitedSentence, Refusal, Support, Verdict


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When does it open and what will it cost?", ("When does it open?", "What will it cost?")),
        ("When was it built? How high is it?", ("When was it built?", "How high is it?")),
        ("Who is Tully? And what did she decide?", ("Who is Tully?", "What did she decide?")),
        ("Who scored and who was sent off?", ("Who scored?", "Who was sent off?")),
        ("When was it sold, and for how much?", ("When was it sold?", "For how much was it sold?")),
        ("Did the fee go and why?", ("Did the fee go?", "Why did the fee go?")),
        ("Is it open, and is it free?", ("Is it open?", "Is it free?")),
    ],
)
def test_two_questions_are_parted(question, expected):
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who founded and led the party?",
        "What are the aims and methods of the union?",
        "Where and when did it begin?",
        "Which animals and what other group are kept there?",
        "Between what hour and what hour is it open?",
        "What did the minister say about who paid and when the money came?",
        "Among the smallest are the caiman and what?",
        "When does “Who Are You and What Do You Want” open?",
        "Who was Rosencrantz and Guildenstern’s friend?",
        "I like bees. Where are they kept?",
        "why",
        "",
    ],
)
def test_one_question_stays_whole(question):
    assert parts(question) == (question,)


def answer(text, paragraph, short=None):
    citation = Citation(1, "a", "A", "a.md", paragraph, text, 0, len(text))
    said = CitedSentence(text, (1,), Support(Verdict.SUPPORTED, 1.0, ""))
    return Answer("?", "?", (said,), (citation,), "extractive", short_answer=short)


def test_a_sentence_that_answers_both_parts_stands_once_and_numbers_go_on():
    joined = together(
        {"One?": answer("It is old.", 1), "Two?": answer("It is red.", 2), "Three?": answer("It is old.", 1)}
    )
    assert [(s.text, s.citations) for s in joined.sentences] == [("It is old.", (1,)), ("It is red.", (2,))]
    assert joined.notices == ()


def test_what_is_not_answered_is_named_and_nothing_comes_of_nothing():
    refused = Refusal("?", "?", "No.", (), "extractive")
    assert together({"One?": refused, "Two?": answer("It is red.", 2)}).notices == (
        "No answer was found to “One?”",
    )
    assert together({"One?": refused, "Two?": refused}) is None


def test_a_short_is_and_a_semicolon_part_two_questions_too():
    assert parts("Who runs the mill and what’s its name?") == ("Who runs the mill?", "What is its name?")
    assert parts("When did it open; who paid for it?") == ("When did it open?", "Who paid for it?")
