import pytest

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import folded, index_text, word_stem, words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("12:30", "en"),
        ("Kim Jong Un", "en"),
        ("Who paid for the bridge?", "en"),
        ("Die Hard star Bruce Willis", "en"),
        ("A spike in M&S's share price", "en"),
        ("Welche Straße?", "de"),
        ("¿Quién?", "es"),
        ("où est-il ?", "fr"),
        ("Quando apre il museo?", "it"),
        ("Wat kost een kaartje en wie betaalt het?", "nl"),
        ("橋はいつ閉まりますか", "ja"),
        ("NATO 在北京开会", "zh"),
        ("Кто заплатил за мост?", "ru"),
    ],
)
def test_the_language_of_a_few_words(text, language):
    assert language_of(text) == language


def test_forms_of_a_word_have_one_stem():
    assert word_stem("Brücken", "de") == word_stem("Brücke", "de")
    assert word_stem("pêcheurs", "fr") == word_stem("pêcheur", "fr")
    assert word_stem("barcos", "es") == word_stem("barco", "es")
    assert word_stem("المزارعون", "ar") == word_stem("مزارعون", "ar")


def test_folding_is_that_of_the_index_and_leaves_other_scripts_alone():
    assert [folded(w) for w in ("école", "niño", "Müller", "أحمد", "大桥", "ß")] == [
        "ecole", "nino", "Muller", "أحمد", "大桥", "ß",
    ]  # fmt: skip


def test_chinese_is_cut_into_pairs_beside_words_with_blanks():
    assert words("GPT4模型发布 in 2026") == ["GPT4", "模型", "型发", "发布", "in", "2026"]
    assert words("桥") == ["桥"]


def test_english_is_indexed_as_it_stands():
    assert index_text("The bridges of Zürich", "en") == "The bridges of Zürich"
