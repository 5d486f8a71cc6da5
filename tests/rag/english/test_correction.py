import pytest

from footnote.rag.english.correction import asks_of_correction, withdraws


@pytest.mark.parametrize(
    "note",
    [
        "Correction, 4 May: The pier is 90 metres long, not 60.",
        "*Clarification: Ms Dorn is no longer on the board.*",
        "A previous version of this report gave the wrong street.",
        "This story was corrected on Friday: the fair lasts two days.",
    ],
)
def test_a_note_on_what_the_article_said_before_withdraws_it(note):
    assert withdraws(note)


@pytest.mark.parametrize(
    "sentence",
    [
        "The firm published a correction to its accounts.",
        "An earlier version of the engine ran on peat.",
        "The law was amended in 1962.",
    ],
)
def test_what_others_correct_is_news(sentence):
    assert not withdraws(sentence)


def test_who_asks_what_was_wrong_may_be_told():
    assert asks_of_correction("What did the paper correct?")
    assert not asks_of_correction("How long is the pier?")
