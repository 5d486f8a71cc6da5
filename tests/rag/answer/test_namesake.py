import pytest

from footnote.rag.answer.namesake import namesake


@pytest.mark.parametrize(
    ("question", "sentence", "other"),
    [
        (
            "What did Fiona Murchison say?",
            "It goes on, said Duncan Murchison, the director.",
            "Duncan Murchison",
        ),
        ("What is the capital of North Korea?", "South Korea has a new capital.", "South Korea"),
        ("When was Ada Venn’s bridge built?", "Leo Venn’s bridge was built in 1931.", "Leo Venn"),
    ],
)
def test_another_of_the_name_is_told(question, sentence, other):
    assert namesake(question, sentence) == other


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What did Fiona Murchison say?", "Fiona Murchison was numb, said Duncan Murchison."),
        ("What did Fiona Murchison say?", "Murchison said so."),
        ("What did Fiona Murchison say?", "Minister Murchison said so."),
        ("When did Mongke Khan die?", "Möngke Khan died in 1259."),
        ("What does the US Constitution say?", "The United States Constitution says so."),
        ("What did the murchisons say?", "It goes on, said Duncan Murchison."),
    ],
)
def test_nobody_is_another_who_may_be_the_one_asked_about(question, sentence):
    assert namesake(question, sentence) == ""
