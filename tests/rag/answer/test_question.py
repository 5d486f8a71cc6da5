import pytest

from footnote.rag.answer.question import (
    AnswerKind,
    analyse,
    attributed_to,
    compared,
    has_answer_kind,
    wants_list,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who paid for the bridge?", AnswerKind.PERSON),
        ("When does the line reopen?", AnswerKind.TIME),
        ("In what year was it built?", AnswerKind.TIME),
        ("Where is the laboratory?", AnswerKind.PLACE),
        ("How many boats are there?", AnswerKind.COUNT),
        ("What is the total cost of the work?", AnswerKind.NUMBER),
        ("Why did the city close it?", AnswerKind.REASON),
        ("Is the bridge open?", AnswerKind.YES_NO),
        ("What does the mayor propose?", AnswerKind.OTHER),
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


@pytest.mark.parametrize(
    ("question", "thing", "count"),
    [
        ("Which towns does the line serve?", "towns", 0),
        ("What are the three main reasons?", "reasons", 3),
        ("Name the ships that were sunk.", "ships", 0),
        ("List all the members of the council", "members", 0),
        ("Who were the founders of the company?", "founders", 0),
        ("What towns did the flood reach?", "towns", 0),
        ("In which 4 countries are there offices?", "countries", 4),
    ],
)
def test_a_list_question_says_what_it_lists_and_how_many(question, thing, count):
    found = wants_list(question)
    assert (found.thing, found.count) == (thing, count)


@pytest.mark.parametrize(
    "question",
    [
        "Which town is it?",
        "What gives glass its shape?",
        "What is the news?",
        "Who is she?",
        "When were boats built?",
    ],
)
def test_a_question_for_one_thing_is_no_list(question):
    assert wants_list(question) is None


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Which opened earlier, the bridge or the tunnel?", ("the bridge", "the tunnel")),
        ("What is the difference between coral and stone?", ("coral", "stone")),
        ("How does the ferry compare with the train?", ("the ferry", "the train")),
        ("Is the bridge older than the tunnel?", ("the bridge", "the tunnel")),
        ("Did the bridge cost more than the tunnel?", ("the bridge cost", "the tunnel")),
        ("Can the bridge carry more than one train?", None),
        ("When does the bridge or the tunnel open?", None),
        ("Who leads it?", None),
    ],
)
def test_a_comparison_names_its_sides(question, sides):
    assert compared(question) == sides


@pytest.mark.parametrize(
    ("question", "speaker"),
    [
        ("According to the survey, how many homes have one?", "the survey"),
        ("How many homes have one, according to Ms Tessmer?", "Ms Tessmer"),
        ("What does the mayor say about the gutter?", "the mayor"),
        ("What is wrong with it in the mayor’s view?", "the mayor"),
        ("What did the mayor open?", ""),
        ("When did the city first expect to reopen it?", ""),
    ],
)
def test_a_question_may_ask_for_the_words_of_one_speaker(question, speaker):
    assert attributed_to(question) == speaker
