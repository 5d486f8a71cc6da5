import pytest

from footnote.rag.answer.yes_no import decide, plainly
from footnote.rag.check.support import check_support
from footnote.rag.types import Citation


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("Did the council close the bridge?", "The council closed the bridge on Monday.", "yes"),
        ("Is the harbour bridge closed?", "The harbour bridge is closed to cars.", "yes"),
        ("Did the first Meridian leave in April?", "The first Meridian left in April.", "yes"),
        ("And was nobody hurt?", "Nobody was hurt, and the city says so.", "yes"),
        ("Did the council close the bridge?", "The council did not close the bridge.", "no"),
        ("Can dogs travel on the ferry?", "Dogs cannot travel on the ferry.", "no"),
        ("Is a bleached coral dead?", "A bleached coral isn’t dead, but it is starving.", "no"),
        ("Has Second Ore made a profit?", "Second Ore has never made a profit.", "no"),
    ],
)
def test_yes_or_no_is_claimed_where_a_sentence_says_just_that(question, sentence, expected):
    assert decide(question, sentence, check_support) == expected


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who closed the bridge?", "The council closed the bridge."),
        ("Is it the bridge or the tunnel?", "It is the bridge."),
        ("Was the bridge opened in 1932?", "The bridge was opened in 1931."),
        ("Did the council close the bridge?", "The council may close the bridge."),
        ("Did the council close the bridge?", "Did the council close the bridge?"),
        ("Does the ferry carry cars?", "The ferry is new."),
        (
            "Were the Manchus nomadic?",
            "The Manchus are sometimes mistaken for a nomadic people, which they were not.",
        ),
        ("Do all vessels run on batteries?", "Six of the vessels run on batteries."),
        ("Was anybody hurt in Sundhaven?", "Nobody was hurt, and the city says so."),
    ],
)
def test_nothing_is_claimed_where_it_is_not_plain(question, sentence):
    assert decide(question, sentence, check_support) is None


def cited(*sentences):
    return [Citation(n, "a", "T", "t.txt", 1, s, 0, len(s)) for n, s in enumerate(sentences, start=1)]


def test_sentences_that_contradict_each_other_claim_nothing():
    yes, no = "The council closed the bridge.", "The council did not close the bridge."
    question = "Did the council close the bridge?"
    assert plainly(question, cited(yes, "It rained."), check_support) == "yes"
    assert plainly(question, cited("It rained.", no), check_support) == "no"
    assert plainly(question, cited(yes, no), check_support) is None
    assert plainly(question, cited("It rained.", "It rained.", yes), check_support) is None
