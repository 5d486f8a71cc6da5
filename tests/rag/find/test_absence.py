import pytest

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.absence import absent, sought


@pytest.fixture
def library(tmp_path, fake_encoder):
    articles = [
        make_article(
            [("", "Bees along the river sold their colour. A co-operative began it.")],
            title="Honey from Ebbe",
            source="/shelf/hives.txt",
            author="Roisin Keane",
            date="2023-01-02",
        ),
        make_article(
            [("", "Die Brücken über den Fluss wurden gestern wieder geöffnet, sagte die Richterin Tully.")],
            title="Brücken offen",
            source="/shelf/fluss.txt",
        ),
    ]
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest(articles, opened, fake_encoder))
        yield opened


@pytest.mark.parametrize(
    "word",
    [
        "honey", "Ebbe", "Keane", "2023", "January", "hives",  # titles and facts
        "sell", "begun", "bee", "color", "cooperative", "colourful",  # forms and spellings
        "Brücke", "brucke", "Tully", "öffnen",  # in another language
    ],
)  # fmt: skip
def test_what_stands_anywhere_in_any_form_is_not_denied(library, word):
    assert absent([word], library) == []


def test_what_stands_nowhere_is_named(library):
    assert absent(["Atlantis", "river", "zeppelin"], library) == ["Atlantis", "zeppelin"]


def test_a_name_is_denied_though_another_word_looks_like_it(library):
    assert absent(["Revir", "Keanu"], library) == ["Revir", "Keanu"]


def test_only_what_the_filters_let_through_counts(library):
    german = library.resolve("fluss.txt")
    assert absent(["honey", "Tully"], library, {german}) == ["honey"]


def test_only_words_between_blanks_can_be_said_to_be_missing(library):
    assert absent(sought("Where is 桥梁 Zorblax?"), library) == ["Zorblax"]
