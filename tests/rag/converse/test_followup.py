import pytest

from footnote.rag.converse.followup import pronoun, readings, understand
from footnote.rag.types import Turn, Understood

BRIDGE = [
    Turn("user", "Why was the harbour bridge closed?"),
    Turn("assistant", "Engineers found cracks in its steel [1]."),
]


def alone(question, history, score=None):
    """Return the question as it is searched for."""
    return str(understand(question, history, score))


def read_as(question, history):
    return tuple(str(reading) for reading in readings(question, history))


def test_without_a_conversation_a_question_stays_as_it_is():
    assert alone("And in winter?", []) == "And in winter?"


@pytest.mark.parametrize(
    "question", ["When does it reopen?", "And who pays for it?", "How long?", "What about the cost?"]
)
def test_a_leaning_question_gets_the_topic_of_the_one_before(question):
    assert "harbour bridge" in alone(question, BRIDGE)


@pytest.mark.parametrize("question", ["How do divers grow coral?", "Who directs the Vell Observatory?"])
def test_a_new_topic_takes_nothing_along(question):
    assert alone(question, BRIDGE) == question


def test_a_personal_pronoun_becomes_the_person_last_asked_about():
    history = [Turn("user", "Who is Andrei Lankov?"), Turn("assistant", "An expert [1].")]
    assert alone("What did he say?", history) == "What did Andrei Lankov say?"
    assert alone("What is his job?", history) == "What is Andrei Lankov’s job?"


def test_a_person_named_only_in_the_answer_is_found_there():
    history = [Turn("user", "Who leads the survey?"), Turn("assistant", "The survey is led by Ida Moor [1].")]
    assert "Ida Moor" in alone("What does she recommend?", history)


def test_a_chain_of_leaning_questions_reaches_back_to_the_topic():
    history = [*BRIDGE, Turn("user", "And when?"), Turn("assistant", "In March [1].")]
    assert "bridge" in alone("By whom?", history) or "bridge" in alone("And by whom?", history)


def test_markers_of_an_answer_never_reach_the_question():
    assert "[" not in alone("Why is that?", BRIDGE)


COST = [
    Turn("user", "How much copper does Second Ore get out of old boards?"),
    Turn("assistant", "98 per cent [1]."),
]


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("How many boats sailed in 2018?", "And in 2019?", "How many boats sailed in 2019?"),
        ("How many fish live in the Ambel now?", "And in 2000?", "How many fish live in the Ambel in 2000?"),
        ("When was the night train withdrawn?", "Why?", "Why was the night train withdrawn?"),
        ("When was the night train withdrawn?", "Why was that?", "Why was the night train withdrawn?"),
        ("Do people still burn wood?", "why", "Why do people still burn wood?"),
        ("Is the Singer on loan?", "Why not?", "Why isn’t the Singer on loan?"),
        ("Where does the ferry stop?", "And when?", "When does the ferry stop?"),
        ("How much does heating with oil cost?", "And with wood?", "How much does heating with wood cost?"),
        ("How many tickets did Nocturne sell?", "What about beds?", "How many beds did Nocturne sell?"),
        ("When did the minister speak?", "I meant the mayor", "When did the mayor speak?"),
        ("When did the minister speak?", "No, I meant the mayor.", "When did the mayor speak?"),
        ("When did the minister speak?", "not the minister but the mayor", "When did the mayor speak?"),
        ("Who paid for the tunnel?", "Sorry, I meant the bridge, not the tunnel", "Who paid for the bridge?"),
        ("When does the bridge open?", "I meant when do cars cross?", "When do cars cross?"),
    ],
)
def test_a_fragment_or_correction_takes_its_place_in_the_question_before(before, question, expected):
    assert expected in read_as(question, [Turn("user", before), Turn("assistant", "So it was [1].")])


def test_the_other_one_is_what_the_reply_named_and_the_question_did_not():
    history = [
        Turn("user", "Is the Lund ferry late?"),
        Turn("assistant", "No, but the Moss ferry is late [1]."),
    ]
    assert any("Moss" in r for r in read_as("What about the other one?", history))


def test_the_second_one_is_the_second_thing_that_was_named():
    history = [Turn("user", "Which boats are new?"), Turn("assistant", "The Alba and the Bree are new [1].")]
    assert any("Bree" in r for r in read_as("No, the second one", history))


def test_the_readings_hold_what_the_reply_named():
    history = [
        Turn("user", "Who voted against it?"),
        Turn("assistant", "All votes came from the Harbour List [1]."),
    ]
    assert any("Harbour List" in r for r in read_as("Who leads it?", history))


def test_the_reading_that_scores_best_is_taken():
    best = "How much tantalum does Second Ore get out of old boards?"
    assert alone("And tantalum?", COST, lambda q: float(q == best)) == best


def test_a_fragment_that_finds_more_alone_is_a_new_topic():
    assert alone("Flood barriers", COST, lambda q: float(q == "Flood barriers")) == "Flood barriers"


def test_a_question_with_a_pronoun_stays_only_when_it_finds_far_more_alone():
    scores = {"When does it reopen?": 0.8}
    assert alone("When does it reopen?", BRIDGE, lambda q: scores.get(q, 0.6)) != "When does it reopen?"
    assert alone("When does it reopen?", BRIDGE, lambda q: scores.get(q, 0.4)) == "When does it reopen?"


def test_a_bare_question_word_is_never_left_alone():
    assert alone("Why?", BRIDGE, lambda q: float(q == "Why?")) != "Why?"


@pytest.mark.parametrize("question", ["How much is the toll in the Hollen tunnel?", "Who is Ilse Marand?"])
def test_a_new_topic_is_read_in_one_way_only(question):
    assert read_as(question, BRIDGE) == (question,)


def test_a_place_is_not_taken_for_the_person():
    history = [
        Turn("user", "Who filmed the trout in the Ambel?"),
        Turn("assistant", "Tobias Renn filmed them [1]."),
    ]
    assert alone("What happened to him?", history) == "What happened to Tobias Renn?"


def test_a_long_conversation_is_looked_back_at_only_so_far():
    history = [Turn("user", "And then?"), Turn("assistant", "So [1].")] * 500
    assert read_as("And then?", history)


@pytest.mark.parametrize(
    "question",
    [
        "What punishment did Mr Amber get for his crime?",
        "Why does the cook at the observatory boil her potatoes for half an hour?",
        "Is it a bad sign if honey turns solid?",
        "How many grams of gold are in the confetti that used to be telephones?",
    ],
)
def test_a_pronoun_that_points_into_its_own_question_does_not_lean(question):
    assert read_as(question, BRIDGE) == (question,)


def test_the_topic_stands_apart_from_the_question():
    history = [Turn("user", "Who opposed the money for the bridge?"), Turn("assistant", "The Free List [1].")]
    found = understand("Who leads it?", history)
    assert found.question == "Who leads it?"
    assert found.topic
    assert str(found).endswith(")?")


def test_a_persons_own_brackets_stay_in_the_question():
    history = [Turn("user", "Who opposed the money for the bridge?"), Turn("assistant", "The Free List [1].")]
    question = "How many boats sailed in the regatta (1931)?"
    assert understand(question, history) == Understood(question)
    assert understand("And does it (the bridge) reopen?", history).question.count("(the bridge)") == 1


@pytest.mark.parametrize("question", ["What is Exeem?", "Who is Ferrold?", "Is Exeem closed?"])
def test_a_name_that_was_not_spoken_of_is_a_topic_of_its_own(question):
    history = [Turn("user", "Who opposed the money for the bridge?"), Turn("assistant", "The Free List [1].")]
    assert alone(question, history) == question
    assert alone("And Exeem?", history) != "And Exeem?"


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Who designed it?", "it"),
        ("Why did she resign?", "she"),
        ("What does this mean?", ""),
        ("What is this?", "this"),
        ("How many patients took part in this study?", ""),
        ("What are some of the other methods?", ""),
        ("How many cases were there of the fever?", ""),
    ],
)
def test_only_what_stands_for_a_thing_by_itself_is_asked_back_about(question, word):
    assert pronoun(question) == word


def test_each_of_the_people_named_may_be_meant():
    history = [
        Turn("user", "Who won the prize for costumes?"),
        Turn("assistant", "Earlier British designer Sandy Powell won it."),
    ]
    found = [r.question for r in readings("Whom did she beat?", history)]
    assert found == ["Whom did Earlier British beat?", "Whom did Sandy Powell beat?"]
    likely = understand("Whom did she beat?", history, lambda question: float("Sandy" in question))
    assert likely.question == "Whom did Sandy Powell beat?"
