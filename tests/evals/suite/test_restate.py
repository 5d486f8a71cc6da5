import pytest

from footnote.evals.suite.restate import FORMS, letter_dropped, name_of


@pytest.mark.parametrize("form", FORMS.values())
def test_a_form_is_the_same_every_time(form):
    asked = "Who paid for the U.S. survey of the harbour?"
    assert form(asked) == form(asked) != asked


def test_one_letter_inside_a_long_word_is_left_out_and_nothing_else():
    asked = "Who paid for the harbour?"
    said = letter_dropped(asked)
    assert len(said) == len(asked) - 1
    assert said.startswith("Who paid for the h")
    assert not letter_dropped("Who ate it?")


@pytest.mark.parametrize("asked", ["Who did she lead?", "Who are they?", "What is it?"])
def test_only_who_did_something_has_a_name_to_ask_for(asked):
    assert not name_of(asked)
