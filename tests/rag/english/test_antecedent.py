import pytest

from footnote.rag.english.antecedent import CONNECTIVE, leans, people_in_full, read_alone


@pytest.mark.parametrize(
    "sentence",
    [
        "He left early.",
        "But she stayed.",
        "This hurt the town.",
        "They voted.",
        "Its roof fell in.",
        "However, it failed.",
    ],
)
def test_a_sentence_that_opens_with_a_pronoun_leans(sentence):
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Kim left early.",
        "The bridge closed.",
        "It is believed that he left.",
        "It was clear that rain would come.",
    ],
)
def test_a_sentence_with_its_own_subject_stands_alone(sentence):
    assert not leans(sentence)


def test_a_speaker_is_put_in_brackets():
    before = ["Andrei Lankov, a North Korea expert at Kookmin University, opined, “He wants friends.”"]
    reading = read_alone("He also noted that talks could go on.", before)
    assert reading.text == "He [Andrei Lankov] also noted that talks could go on."
    assert not reading.leans


def test_a_surname_is_given_in_full_when_the_article_has_it():
    before = ["Mayor Ada Venn spoke first.", "Venn said the work would last."]
    assert read_alone("She blamed the salt.", before).inserted == "Ada Venn"


def test_a_possessive_keeps_its_ending():
    before = ["The chemist Ida Moor said so."]
    assert read_alone("Her method is slow.", before).text == "Her [Ida Moor’s] method is slow."


def test_a_place_is_never_taken_for_a_person():
    assert read_alone("He left.", ["The train reached North Korea from Lake Orrin."]).leans


def test_a_name_that_the_sentence_gives_itself_is_not_inserted():
    before = ["Andrei Lankov said little."]
    assert read_alone("He would not care, Lankov said.", before).text == "He would not care, Lankov said."


def test_without_anything_before_it_a_pronoun_still_leans():
    assert read_alone("She left.", []).leans


@pytest.mark.parametrize("opening", ["Yet", "When", "But", "Although", "After"])
def test_the_word_that_opens_a_sentence_is_no_part_of_a_name(opening):
    before = [f"{opening} Ada Venn said so, it rained."]
    assert read_alone("She left.", before).text == "She [Ada Venn] left."


def test_a_connective_goes_however_its_comma_is_set():
    assert CONNECTIVE.sub("", "However , the smoke went.") == "the smoke went."
    assert CONNECTIVE.sub("", "In other words, the smoke went.") == "the smoke went."


def test_a_name_does_not_begin_behind_a_hyphen():
    assert people_in_full("The pro-Beijing Dabney, the largest of the parties, won.") == []
