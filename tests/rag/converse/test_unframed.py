import pytest

from footnote.rag.converse.unframed import unframed


@pytest.mark.parametrize(
    "asked",
    [
        "Can you tell me who built the mill?",
        "could you please tell me who built the mill?",
        "According to the article, who built the mill?",
        "Who built the mill, according to this text?",
        "I’d like to know who built the mill?",
        "Tell me, please, who built the mill?",
        "Do you know who built the mill?",
    ],
)
def test_what_surrounds_a_question_is_left_out(asked):
    assert unframed(asked) == "Who built the mill?"


@pytest.mark.parametrize(
    "asked",
    [
        "According to Venn, who built the mill?",
        "Who built the mill according to the survey?",
        "Can you tell me about the mill?",
        "Tell me more.",
        "Can you swim in the mill pond?",
        "Who told the mayor who built the mill?",
        "Do you know the mill?",
    ],
)
def test_words_that_ask_are_kept(asked):
    assert unframed(asked) == asked


@pytest.mark.parametrize(("asked", "read"), [("who built it", "who built it?"), ("The mill", "The mill")])
def test_a_question_gets_the_mark_that_was_not_typed(asked, read):
    assert unframed(asked) == read
