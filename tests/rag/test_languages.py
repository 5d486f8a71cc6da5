"""Articles and questions in German, French, Spanish, Chinese and Arabic, with the packaged encoder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from footnote import Answer, Assistant, Settings
from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.text.languages import NAMES, language_of
from footnote.rag.answer.only_searched import of_answer, of_written
from footnote.rag.types import Citation, Filters, Passage, Refusal, Turn

ARTICLES = json.loads((Path(__file__).parent / "languages.json").read_text(encoding="utf-8"))
BY_LANGUAGE = {a["language"]: a for a in ARTICLES}
QUESTIONS = [(a["language"], question, gold) for a in ARTICLES for question, gold in a["questions"]]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory, encoder):
    """All five articles in one library, as somebody who reads several languages has them."""
    home = tmp_path_factory.mktemp("languages") / "library"
    with open_library(home, encoder.name, encoder.dimension) as library:
        articles = [
            make_article([("", p) for p in a["paragraphs"]], title=a["title"], source=f"{a['language']}.txt")
            for a in ARTICLES
        ]
        for _ in ingest(articles, library, encoder):
            pass
    library = open_library(home, encoder.name, encoder.dimension, read_only=True)
    with Assistant(Settings(home=home), library, encoder) as assistant:
        yield assistant


@pytest.mark.parametrize(("language", "question", "gold"), QUESTIONS)
def test_the_right_paragraph_is_found_first(assistant, language, question, gold):
    best = assistant.search(question, k=1)[0]
    assert (best.source, best.paragraph) == (f"{language}.txt", gold)


@pytest.mark.parametrize(("language", "question", "gold"), QUESTIONS)
def test_an_answer_cites_the_right_paragraph(assistant, language, question, gold):
    reply = assistant.ask(question)
    assert isinstance(reply, Answer), reply.text
    assert (reply.citations[0].source, reply.citations[0].paragraph) == (f"{language}.txt", gold)
    assert all(s.support.verdict == "supported" for s in reply.sentences)


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_an_article_is_summarised_in_whole_sentences(assistant, language):
    summary = assistant.summarise([f"{language}.txt"], words=40)
    assert 2 <= len(summary.sentences) <= 4
    assert summary.citations[0].paragraph == 1
    for sentence, citation in zip(summary.sentences, summary.citations, strict=True):
        assert sentence.text in citation.paragraph_text
        assert sentence.text[-1] in ".。!！”»“"
        assert sentence.support.verdict == "supported"


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_the_checker_tells_a_changed_number(assistant, language):
    paragraph = BY_LANGUAGE[language]["paragraphs"][1]
    assert assistant.check(paragraph, [paragraph]).verdict == "supported"
    assert assistant.check(f"{paragraph} 4711", [paragraph]).verdict != "supported"


@pytest.mark.parametrize(("language", "question", "gold"), QUESTIONS[::4])
def test_a_short_question_after_another_does_not_break(assistant, language, question, gold):
    history = [Turn("user", question), Turn("assistant", BY_LANGUAGE[language]["paragraphs"][gold - 1])]
    assert assistant.ask("?" if language != "ar" else "؟", history=history).standalone_question
    assert assistant.ask(question, history=history).standalone_question


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a["language"])
def test_the_language_of_articles_and_questions_is_told(article):
    assert language_of("\n".join(article["paragraphs"])) == article["language"]
    assert {language_of(q) for q, _ in article["questions"]} == {article["language"]}


@pytest.mark.parametrize(("language", "question", "gold"), QUESTIONS[::4])
def test_an_answer_says_once_that_its_article_was_not_read(assistant, language, question, gold):
    reply = assistant.ask(question)
    name = NAMES[language]
    assert [n for n in reply.notices if "but not read" in n] == [
        f"What is cited here is in {name}, which Footnote can search but not read: "
        "the answer may miss what matters."
    ]


def test_a_refusal_says_that_the_question_was_not_read(assistant):
    reply = assistant.ask("Kuka on Suomen presidentti?")
    assert isinstance(reply, Refusal), reply.text
    assert [n for n in reply.notices if "Finnish" in n] == [
        "The question is in Finnish, which Footnote can search but not read: the articles may say more."
    ]


def test_a_refusal_says_that_what_comes_closest_was_not_read(assistant):
    reply = assistant.ask("asdf qwer", filters=Filters(("ar.txt",)))
    assert reply.notices == (
        "What comes closest is in Arabic, which Footnote can search but not read: the articles may say more.",
    )


def test_languages_are_named_together_and_once():
    passages = [
        Passage("a", "T", "a.txt", "", n, "", text, 0.0)
        for n, text in enumerate(
            ["Lautta ei kulje tänään, koska tuuli on liian kova."] * 2 + ["Most zamknięty"], 1
        )
    ]
    cited = [Citation.of(p, n) for n, p in enumerate(passages, 1)]
    (notice,) = of_answer("When?", cited)
    assert notice.startswith("What is cited here is in Finnish and Polish, which")
    assert of_written(cited)[0].startswith("What is cited here is in Finnish and Polish, and is checked by")
    assert of_answer("When?", []) == of_written([]) == ()


def test_neither_an_import_nor_an_english_answer_loads_the_model_of_languages(sample_home):
    code = (
        "from pathlib import Path; from footnote import Settings, build; from footnote.ingest.text import languages\n"
        f"with build(Settings(home=Path({str(sample_home)!r})), read_only=True) as assistant:\n"
        "    assert assistant.ask('Who designed the harbour bridge?').citations\n"
        "print(languages._model.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "0"
