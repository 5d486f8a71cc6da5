import pytest

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.rewording import alternatives, stands_for


@pytest.fixture
def library(tmp_path, fake_encoder):
    paragraphs = [
        ("", "The Harbour Safety Board (HSB) met about the health care of 1,400 sailors."),
        ("", "A database of twelve cooperating crews is kept."),
        ("", "They call it the (HSB) as well."),
    ]
    article = make_article(paragraphs, title="Board", source="/b.txt")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which healthcare is there?", {"healthcare": ["health care"]}),
        ("Which data base is kept?", {"data base": ["database"]}),
        ("Is there co-operation?", {"co operation": ["cooperation"]}),
        ("Are there 12 crews?", {"12": ["twelve"]}),
        ("Why 1400 sailors?", {"1400": ["1 400"]}),
        ("What is the HSB?", {"HSB": ["Harbour Safety Board"]}),
        ("Which Harbour Safety Board met?", {"Harbour Safety Board": ["HSB"]}),
        ("Which crews met?", {}),
    ],
)
def test_another_way_to_write_a_word_is_found(library, question, expected):
    assert alternatives(question, library) == expected


def test_brackets_after_other_words_define_nothing(library):
    assert stands_for("HSB", library) == ["Harbour Safety Board"]


def test_words_that_happen_to_stand_together_are_not_joined(library):
    assert alternatives("crews kept", library) == {}
