import re

import pytest

from footnote.ingest.text.word_lists import ENGLISH, MONTHS, WEEKDAYS, WordLists, either, saying


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "colours.txt").write_text(
        "# Colours.\n\n[warm]\nred crimson\norange\n\n# of the sea\n[cold]\nblue navy\nred\n",
        encoding="utf-8",
    )
    return WordLists((tmp_path / "nowhere", tmp_path))


def test_a_line_is_a_group_and_comments_are_none(lists):
    assert lists.groups("colours") == (("red", "crimson"), ("orange",), ("blue", "navy"), ("red",))


def test_sections_are_read_alone_in_the_order_asked_for(lists):
    assert lists.in_order("colours", "cold", "warm") == ("blue", "navy", "red", "crimson", "orange")
    assert lists.firsts("colours", "warm") == ("red", "orange")


def test_the_first_word_of_a_line_is_what_the_others_stand_for(lists):
    assert lists.table("colours") == {"crimson": "red", "navy": "blue"}


@pytest.mark.parametrize(("name", "section"), [("sounds", ()), ("colours", ("loud",))])
def test_what_is_not_there_is_missed_at_once(lists, name, section):
    with pytest.raises(KeyError):
        lists.words(name, *section)


def test_of_two_words_that_begin_alike_the_longer_is_found():
    assert re.match(either({"nine", "nineteen"}), "nineteen")[0] == "nineteen"


def test_months_and_weekdays_stand_in_order():
    assert (MONTHS[0], MONTHS[11], len(MONTHS)) == ("january", "december", 12)
    assert (WEEKDAYS[0], WEEKDAYS[6], len(WEEKDAYS)) == ("monday", "sunday", 7)


def test_every_verb_of_saying_has_its_three_forms():
    assert {len(verb) for verb in ENGLISH.groups("verbs_of_saying")} == {3}
    assert saying("plain") < saying("plain", base=True)
