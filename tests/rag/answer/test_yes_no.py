import numpy as np
import pytest

from footnote.rag.answer.yes_no import decide, plainly
from footnote.rag.check.judge import shipped_judge
from footnote.rag.types import Citation

YES, NO = "The council has closed the bridge.", "The council did not close the bridge."
ASKED = "Did the council close the bridge?"


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (ASKED, YES, "yes"),
        ("Is the harbour bridge closed?", "The harbour bridge is closed.", "yes"),
        (ASKED, NO, "no"),
        ("Can dogs travel on the ferry?", "Dogs cannot travel on the ferry.", "no"),
        ("Will the fee be abolished?", "The fee will not be abolished, the minister said.", "no"),
        ("Has Second Ore made a profit?", "Second Ore has never made a profit.", "no"),
    ],
)
def test_yes_or_no_is_claimed_where_a_sentence_says_so(question, sentence, expected):
    assert decide(question, sentence, shipped_judge()) == expected


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who closed the bridge?", "The council closed the bridge."),
        ("Is it the bridge or the tunnel?", "It is the bridge."),
        ("Does the ferry carry cars?", "The ferry is new."),
        ("Wurde die Brücke gestern geschlossen?", "Die Brücke wurde gestern geschlossen."),
    ],
)
def test_nothing_is_claimed_where_it_is_not_asked_or_not_said(question, sentence):
    assert decide(question, sentence, shipped_judge()) is None


def cited(*sentences):
    return [Citation(n, "a", "T", "t.txt", 1, s, 0, len(s)) for n, s in enumerate(sentences, start=1)]


def test_sentences_that_contradict_each_other_claim_nothing():
    assert plainly(ASKED, cited(YES, "It rained.")) == "yes"
    assert plainly(ASKED, cited("It rained.", NO)) == "no"
    assert plainly(ASKED, cited(YES, NO)) is None
    assert plainly(ASKED, cited("It rained.", "It rained.", YES)) is None


def test_the_sentence_before_is_read_too():
    read = []

    def judge(claim, evidence):
        read.extend(evidence)
        return np.log(np.full((1, 3), 1 / 3))

    text = "Some say it was closed. Others doubt it. They are right."
    quoted = Citation(1, "a", "T", "t.txt", 1, text, text.index("They"), len(text))
    assert plainly(ASKED, [quoted], judge) is None
    assert set(read) == {"Others doubt it. They are right."}


def test_an_item_of_a_list_says_what_it_says_behind_what_introduces_it():
    asked, (_, item) = "Is theft of a passport covered?", cited("-", "theft of a passport")
    for said, expected in (("The following are not covered:", "no"), ("The following are covered:", "yes")):
        lead = Citation(1, "a", "T", "t.txt", 1, said, 0, len(said))
        assert plainly(asked, [lead, item]) == expected
        assert plainly(asked, [lead]) is None


def test_a_text_that_does_not_name_whom_the_question_names_says_neither():
    told = "The minister has visited the camp."
    assert plainly("Has the minister visited the camp?", cited(told)) == "yes"
    assert plainly("Has Ada Venn visited the camp?", cited(told)) is None
