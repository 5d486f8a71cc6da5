import pytest

from rag.followup import stand_alone
from rag.types import Turn

BRIDGE = [
    Turn("user", "Why was the harbour bridge closed?"),
    Turn("assistant", "Engineers found cracks in its steel [1]."),
]


def test_without_a_conversation_a_question_stays_as_it_is():
    assert stand_alone("And in winter?", []) == "And in winter?"


@pytest.mark.parametrize(
    "question", ["When does it reopen?", "And who pays for it?", "How long?", "What about the cost?"]
)
def test_a_leaning_question_gets_the_topic_of_the_one_before(question):
    assert "harbour bridge" in stand_alone(question, BRIDGE)


@pytest.mark.parametrize("question", ["How do divers grow coral?", "Who directs the Vell Observatory?"])
def test_a_new_topic_takes_nothing_along(question):
    assert stand_alone(question, BRIDGE) == question


def test_a_personal_pronoun_becomes_the_person_last_asked_about():
    history = [Turn("user", "Who is Andrei Lankov?"), Turn("assistant", "An expert [1].")]
    assert stand_alone("What did he say?", history) == "What did Andrei Lankov say?"
    assert stand_alone("What is his job?", history) == "What is Andrei Lankov’s job?"


def test_a_person_named_only_in_the_answer_is_found_there():
    history = [Turn("user", "Who leads the survey?"), Turn("assistant", "The survey is led by Ida Moor [1].")]
    assert "Ida Moor" in stand_alone("What does she recommend?", history)


def test_a_chain_of_leaning_questions_reaches_back_to_the_topic():
    history = [*BRIDGE, Turn("user", "And when?"), Turn("assistant", "In March [1].")]
    assert "bridge" in stand_alone("By whom?", history) or "bridge" in stand_alone("And by whom?", history)


def test_markers_of_an_answer_never_reach_the_question():
    assert "[" not in stand_alone("Why is that?", BRIDGE)
