import pytest

from footnote.ingest.text.words import content_stems, content_words, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia’s 1,400 shells", ["Russia’s", "1,400", "shells"]),
        ("at 12:30 for 3.5m", ["at", "12:30", "for", "3.5m"]),
        ("", []),
        ("… — !", []),
        ("北京 wächst", ["北京", "wächst"]),
    ],
)
def test_words_keep_numbers_and_possessives_whole(text, expected):
    assert words(text) == expected


def test_a_possessive_has_the_stem_of_its_noun():
    assert stem("Lankov’s") == stem("Lankov") == "lankov"


def test_stop_words_are_no_content():
    assert content_words("When did the ferry leave for the island?") == ["ferry", "leave", "island"]


def test_each_content_word_counts_once_whatever_its_case():
    assert content_words("Ferry after ferry") == ["Ferry"]


def test_stems_agree_with_the_porter_stemmer_of_the_index():
    assert content_stems("negotiations relational hopping") == ["negoti", "relat", "hop"]
