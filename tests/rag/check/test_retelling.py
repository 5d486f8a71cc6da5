import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.rag.check.retelling import figures, retold


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("1,300 metres", "1.3 kilometres"),
        ("0.8 miles", "1.3 km"),
        ("half an hour", "30 minutes"),
        ("a fortnight", "two weeks"),
        ("eighteen months", "a year and a half"),
        ("80 per cent", "four out of five"),
        ("six in ten", "60%"),
        ("a third", "33 per cent"),
        ("half", "50 per cent"),
        ("nearly 60,000", "some 58,000"),
        ("more than half", "54 per cent"),
        ("just over 400", "412"),
        ("almost six in ten", "57 per cent"),
    ],
)
def test_a_figure_in_another_form_is_told_as_the_evidence_has_it(said, held):
    assert retold(f"It was {said} of it.", f"They say {held} of them.") == f"It was {held} of it."


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("1.3 miles", "1.3 kilometres"),
        ("1,400 metres", "1.3 kilometres"),
        ("more than 60,000", "some 58,000"),
        ("fewer than 60%", "more than 60%"),
        ("70 per cent", "four out of five"),
        ("about 6.8%", "6.5%"),
        ("two fifths", "half"),
        ("a month", "two weeks"),
    ],
)
def test_a_figure_that_says_something_else_stays(said, held):
    assert retold(f"It was {said} of it.", f"They say {held} of them.") == f"It was {said} of it."


def test_quoted_figures_stay_as_they_were_said():
    assert retold("“Nearly 60,000,” she said.", "Some 58,000 live here.") == "“Nearly 60,000,” she said."


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_can_be_retold(sentence, evidence):
    assert isinstance(retold(sentence, evidence), str)
    assert retold(sentence, sentence) == sentence
    for figure in figures(sentence):
        assert 0 <= figure.start <= figure.bare < figure.end <= len(sentence)
