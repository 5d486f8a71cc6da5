"""One ranking: the paragraphs that the search shows are those that `ask` reads, in the same order."""

from dataclasses import replace

import numpy as np
import pytest

from footnote.ingest.text.sentences import sentences
from footnote.rag.answer import rank as ranking
from footnote.rag.answer.question import analyse
from footnote.rag.answer.rank import confidence, rank
from footnote.rag.answer.reader import Reading
from footnote.rag.find.retrieve import Retrieved, sentences_of
from footnote.rag.types import Passage, Refusal
from tests.fakes import PointingReader
from tests.rag.answer.made import candidate

QUESTION = analyse("Who built it?")
UNKNOWN = ["What is the budget of the opera in Sundhaven?", "Who sold the harbour bridge to the army?"]


def retrieved(*texts):
    passages = tuple(
        Passage("a", "The bridge", "/b.txt", "", n, "", text, 1 - n / 20)
        for n, text in enumerate(texts, start=1)
    )
    split = {
        ("a", p.paragraph): sentences_of(p.text, sentences(p.text), np.zeros(1, np.float32)) for p in passages
    }
    return Retrieved(np.zeros(3, np.float32), passages, split, {}, QUESTION.text)


def order(found):
    return [p.text for p in found.passages]


def test_paragraphs_that_answer_go_first_and_scores_still_fall():
    found = rank(QUESTION, retrieved("One.", "Two.", "Ada did."), PointingReader("Ada"))
    assert order(found) == ["Ada did.", "One.", "Two."]
    assert [p.score for p in found.passages] == sorted((p.score for p in found.passages), reverse=True)


def test_where_nothing_answers_the_order_stays():
    assert order(rank(QUESTION, retrieved("One.", "Two.", "Three."), PointingReader("Ada"))) == [
        "One.",
        "Two.",
        "Three.",
    ]
    assert order(rank(QUESTION, retrieved(), PointingReader("Ada"))) == []


def test_what_is_no_question_and_what_was_reranked_keeps_its_order():
    found = retrieved("One.", "Two.", "Ada did.")
    assert order(rank(analyse("bridge Ada"), found, PointingReader("Ada")))[0] == "One."
    assert order(rank(QUESTION, replace(found, reranked=True), PointingReader("Ada")))[0] == "One."


@pytest.mark.parametrize("question", UNKNOWN)
def test_the_paragraphs_beside_a_refusal_are_the_first_of_the_search(sample_assistant, question):
    reply = sample_assistant.ask(question)
    assert isinstance(reply, Refusal)
    found = sample_assistant.search(reply.understood)
    shown = [(c.article_id, c.paragraph) for c in reply.closest]
    assert shown == [(p.article_id, p.paragraph) for p in found[: len(shown)]]


def test_a_search_for_fewer_shows_the_first_of_a_search_for_more(sample_assistant):
    many = sample_assistant.search("Who designed the harbour bridge?", k=12)
    assert len(many) == 12
    few = sample_assistant.search("Who designed the harbour bridge?", k=3)
    assert [(p.article_id, p.paragraph) for p in few] == [(p.article_id, p.paragraph) for p in many[:3]]


def test_how_sure_an_answer_is_the_judge_says_too(monkeypatch):
    passage = Passage("a", "The bridge", "/b.txt", "", 1, "", "Ada Venn built the bridge.", 1.0)
    read = candidate(passage, reading=Reading(2.0, 2.0, 0, 8), says=2.0)
    sure = {}
    for odds in (-4.0, 0.0, 4.0):
        monkeypatch.setattr(ranking, "judged", lambda *_, odds=odds: odds)
        sure[odds] = confidence(read, "Who built the bridge?")
    assert sure[-4.0] + 0.2 < sure[0.0] < sure[4.0] - 0.2


def test_the_judge_reads_an_answer_under_the_question_that_it_stands_under(monkeypatch):
    heard = []

    def told(_, texts):
        heard.extend(texts)
        return np.log([[0.2, 0.6, 0.2]])

    monkeypatch.setattr(ranking, "shipped_judge", lambda: told)
    passage = Passage("a", "Tools", "/t.html", "", 1, "Do you lend saws?", "Up to two.", 1.0)
    confidence(candidate(passage, reading=Reading(2.0, 2.0, 0, 9), says=2.0), "How many saws may I borrow?")
    assert heard == ["Do you lend saws? Up to two."]
