import pytest

from rag.question import Kind, analyse, has_answer_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who paid for the bridge?", Kind.PERSON),
        ("When does the line reopen?", Kind.TIME),
        ("In what year was it built?", Kind.TIME),
        ("Where is the laboratory?", Kind.PLACE),
        ("How many boats are there?", Kind.COUNT),
        ("What is the total cost of the work?", Kind.NUMBER),
        ("Why did the city close it?", Kind.REASON),
        ("Is the bridge open?", Kind.YES_NO),
        ("What does the mayor propose?", Kind.OTHER),
    ],
)
def test_a_question_tells_what_kind_of_answer_it_wants(question, kind):
    assert analyse(question).kind is kind


def test_names_and_numbers_are_told_from_other_terms():
    asked = analyse("Did Shoigu promise 40 trains in 2023?")
    assert asked.names == {"shoigu", "40", "2023"}
    assert "train" in asked.terms


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("When did it open?", "It opened in May 1932.", True),
        ("When did it open?", "It opened with a speech.", False),
        ("How many boats sail?", "Eleven boats sail each day.", True),
        ("How many boats sail?", "The boats sail each day.", False),
        ("How many of the 12 boats sail?", "Of 12 boats only some sail.", False),
        ("Why did it close?", "It closed because the deck had cracked.", True),
        ("Where was it found?", "Divers found it in Lake Orrin.", True),
    ],
)
def test_a_sentence_must_hold_the_kind_that_is_asked_for(question, sentence, expected):
    assert has_answer_kind(analyse(question), sentence) is expected
