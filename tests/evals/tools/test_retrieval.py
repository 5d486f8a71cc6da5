import random

import numpy as np
import pytest

from footnote import Assistant, Settings
from footnote.evals.suite.cases import Case, Gold
from footnote.evals.suite.corpus import Corpus
from footnote.evals.tools import retrieval
from footnote.evals.tools.retrieval import (
    OURS,
    Asked,
    as_typed,
    fewer,
    measure,
    questions,
    systems,
    table,
    with_a_slip,
)
from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.types import Turn


@pytest.fixture
def assistant(tmp_path, fake_encoder):
    paragraphs = [("", "The ferry to Guadeloupe leaves at nine."), ("", "Coral grows on frames.")]
    article = make_article(paragraphs, title="Ferries", source="/f.txt")
    library = open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension)
    list(ingest([article], library, fake_encoder))
    with Assistant(Settings(home=tmp_path / "home"), library, fake_encoder) as opened:
        yield opened


def case(question, paragraph=1, **given):
    return Case("1", "answerable", question, (Gold("f.txt", paragraph),), **given)


def test_every_system_is_asked_the_same_questions(assistant):
    asked = questions([case("When does the ferry leave?")], Corpus(), assistant)
    found = [measure(name, search, asked) for name, search in systems(assistant).items()]
    assert [m.name for m in found] == ["BM25 alone", "dense alone", "Footnote"]
    assert all(m.columns["recall@1"].tolist() == [1.0] for m in found)


def test_a_follow_up_is_searched_for_as_it_stands_alone(assistant):
    history = (Turn("user", "Where does the ferry leave?"),)
    (asked,) = questions([case("And when?", history=history)], Corpus(), assistant)
    assert "ferry" in asked.question


def test_cases_without_gold_paragraphs_are_left_out(assistant):
    whole = Case("2", "answerable", "Which?", (Gold("f.txt", 0),))
    assert questions([whole, Case("3", "unanswerable", "Why?")], Corpus(), assistant) == []


def test_misses_are_counted_against_the_better_baseline(assistant):
    asked = [Asked(q, {("a", 1): 1}) for q in "abcd"]

    def right_on(*some):
        return lambda q: [("a", 1 if q in some else 2)]

    better, worse = measure("better", right_on("a", "b"), asked), measure("worse", right_on("a"), asked)
    ours = measure(OURS, right_on("a", "b", "c"), asked)
    assert fewer(ours, better).startswith("Misses at 1: 1 against 2 of better, 50.0% fewer")
    assert "against 2 of better" in table([worse, better, ours])


@pytest.mark.parametrize("seed", range(20))
def test_a_slip_changes_one_name_by_one_slip_and_keeps_its_first_letter(seed):
    question = "When did Guadeloupe join the union?"
    slipped = with_a_slip(question, random.Random(seed))
    words, others = question.split(), slipped.split()
    changed = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    assert len(changed) <= 1
    assert all(a == "Guadeloupe" and b[0] == "G" and abs(len(a) - len(b)) <= 1 for a, b in changed)


def test_a_question_without_a_name_gets_no_slip():
    assert with_a_slip("Where is the old mill?", random.Random(0)) == "Where is the old mill?"


def test_as_typed_does_not_mend(assistant, monkeypatch):
    monkeypatch.setattr(
        "footnote.rag.find.retrieve.neighbours", lambda words, *_: {w: ["ferri"] for w in words}
    )
    assert as_typed(assistant)("Guadelupe")  # searches, and asks for no neighbours of any word
    seen = []
    monkeypatch.setattr("footnote.rag.find.retrieve.neighbours", lambda words, *_: seen.extend(words) or {})
    as_typed(assistant)("Guadelupe")
    assert seen == []
    assistant.search("Guadelupe")
    assert seen == ["Guadelupe"]


def test_the_command_prints_the_table(assistant, tmp_path, monkeypatch, capsys):
    (tmp_path / "x_articles.jsonl").write_text(
        '{"article_id": "f.txt", "title": "T", "paragraphs": ["A b."]}\n'
    )
    (tmp_path / "x_questions.jsonl").write_text(
        '{"id": 1, "article_id": "f.txt", "question": "A b?", "gold_paragraphs": [0], "answerable": true}\n'
    )
    encoder = assistant.encoder

    def build(settings):
        library = open_library(settings.home, encoder.name, encoder.dimension)
        return Assistant(settings, library, encoder)

    monkeypatch.setattr(retrieval, "build", build)
    assert retrieval.main([str(tmp_path / "x_questions.jsonl")]) == 0
    printed = capsys.readouterr().out
    assert "1 questions, 1 paragraphs" in printed
    assert "BM25 alone" in printed
    assert "Misses at 1: 0 against 0" in printed


def test_a_file_that_is_not_there_is_one_sentence(tmp_path, capsys):
    assert retrieval.main([str(tmp_path / "nowhere.jsonl")]) == 1
    assert "no such file" in capsys.readouterr().err


def test_the_median_time_is_in_milliseconds():
    measured = measure("x", lambda _: [("a", 1)], [Asked("q", {("a", 1): 1})] * 3)
    assert 0 <= measured.milliseconds < 100
    assert np.all(measured.missed == 0)
