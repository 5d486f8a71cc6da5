import pytest

from footnote.rag.model.aloud import ABOUT_ITSELF, without_sources


def said(text, *, marked=False, article=""):
    return without_sources(text, marked=marked, spoken_of=lambda phrase: phrase.lower() in article.lower())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Passage 1 states that the mill burnt.", (1,)),
        ("Source 2 says that the mill burnt.", (2,)),
        ("According to passage 3, the mill burnt.", (3,)),
        ("According to the provided passages, the mill burnt.", ()),
        ("The passages state that the mill burnt.", ()),
        ("Source 1: The mill burnt.", (1,)),
        ("Passages 1 and 2 state that the mill burnt.", (1, 2)),
        ("The mill burnt, according to source 1.", (1,)),
        ("The second passage says that the mill burnt.", (2,)),
        ("Answer: The mill burnt.", ()),
        ("The mill burnt, as stated in Passage 2.", (2,)),
        ("The mill burnt (according to document 4).", (4,)),
    ],
)
def test_a_source_named_in_words_is_a_citation_and_no_claim(text, numbers):
    assert said(text) == ("The mill burnt.", numbers)


@pytest.mark.parametrize(
    "text",
    [
        "states that the mill burnt.",
        "The passages and say that the mill burnt.",
        "Both and state that the mill burnt.",
        "In it says that the mill burnt.",
    ],
)
def test_the_hole_that_a_marker_leaves_is_closed(text):
    assert said(text, marked=True).text == "The mill burnt."


@pytest.mark.parametrize(
    "text",
    [
        "The report states that the mill burnt.",
        "According to the mayor, the mill burnt.",
        "The sources of the river are dry.",
        "The text of the law says nothing.",
        "It says that the mill burnt.",
    ],
)
def test_other_sentences_stay_as_they_are(text):
    assert said(text) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        "Sure!",
        "Here is the answer:",
        "Certainly, here's what I found:",
        "Answer",
        "Note: This answer is based on the passages.",
        "I hope this helps!",
        "Let me know if you need more.",
        "If you need more details, please let me know.",
    ],
)
def test_what_is_said_of_the_answer_is_told_from_what_is_said_of_the_world(text):
    assert ABOUT_ITSELF.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sure Start centres closed in 2011.",
        "Great Britain left: the vote was close.",
        "The answer came in May.",
        "Note that the mill burnt.",
        "Here is where the mill stood.",
        "If you want more grain, you must ask the miller.",
    ],
)
def test_a_sentence_about_the_world_is_not_taken_for_one_about_the_answer(text):
    assert not ABOUT_ITSELF.fullmatch(text)


def test_what_the_article_itself_calls_so_is_a_claim():
    text = "Article 5 states that an attack on one is an attack on all."
    assert said(text, article="It rests on Article 5 of the treaty.") == (text, ())
