"""What a question costs, in counts of work and not in time: what is done once stays done once."""

from __future__ import annotations

from collections import Counter

import pytest

from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.rag.answer import reader as reading
from footnote.rag.answer.rank import READ_FIRST, READ_WINDOWS
from footnote.rag.check.judge import Judge
from footnote.rag.types import Answer, Refusal

PLAIN = "How much does the telescope cost?"
UNKNOWN = "Which team won the 1998 football world cup final in Paris?"
TWO_ARTICLES = "When will the harbour bridge reopen?"  # of which the newer goes first
# Statements of the plain question are 7: words (twice: its own, and those that it may be misspelt for), the
# paragraphs of the nearest chunks, the vectors of their sentences, the paragraphs themselves and those before
# them, and the state of the vector index. A refusal looks only for words that stand nowhere.
MOST_STATEMENTS, MOST_OF_REFUSAL = 8, 8


@pytest.fixture
def work(sample_assistant, monkeypatch) -> Counter[str]:
    """Count what is encoded, read, judged and asked of SQLite from here on."""
    sample_assistant.ask(UNKNOWN)  # what is loaded once is loaded
    done: Counter[str] = Counter()
    encode, windows, judge = PackagedEncoder.encode, reading._Model._readings, Judge.__call__

    def counted_encode(self, texts):
        done["texts"] += len(texts)
        done["encodings"] += 1
        return encode(self, texts)

    def counted_windows(self, window):
        done["windows"] += 1
        return windows(self, window)

    def counted_judge(self, claim, evidence):
        done["judged"] += len(evidence)
        return judge(self, claim, evidence)

    monkeypatch.setattr(PackagedEncoder, "encode", counted_encode)
    monkeypatch.setattr(reading._Model, "_readings", counted_windows)
    monkeypatch.setattr(Judge, "__call__", counted_judge)
    for connection in sample_assistant.library._record._all:
        connection.set_trace_callback(lambda statement: _count(statement, done))
    yield done
    for connection in sample_assistant.library._record._all:
        connection.set_trace_callback(None)


def _count(statement: str, done: Counter[str]) -> None:
    if not statement.startswith("--"):  # what the word index asks of its own tables
        kind = "versions" if "data_version" in statement else "statements"
        done[kind] += 1


def test_a_question_is_encoded_once(sample_assistant, work):
    sample_assistant.ask(PLAIN)
    assert (work["texts"], work["encodings"]) == (1, 1)


def test_a_sentence_that_stands_in_its_article_is_judged_once_for_whether_it_answers(sample_assistant, work):
    assert isinstance(sample_assistant.ask(PLAIN), Answer)
    assert work["judged"] == 1


def test_the_reader_stops_when_it_has_found_the_answer(sample_assistant, work):
    assert isinstance(sample_assistant.ask(PLAIN), Answer)
    assert work["windows"] == READ_FIRST


def test_the_reader_reads_on_where_it_found_no_answer(sample_assistant, work):
    assert isinstance(sample_assistant.ask(UNKNOWN), Refusal)
    assert READ_FIRST < work["windows"] <= READ_WINDOWS


def test_all_is_read_where_a_newer_article_may_answer_too(sample_assistant, work):
    assert isinstance(sample_assistant.ask(TWO_ARTICLES), Answer)
    assert READ_FIRST < work["windows"] <= READ_WINDOWS


def test_few_statements_are_asked_of_the_record(sample_assistant, work):
    sample_assistant.ask(PLAIN)
    assert work["statements"] <= MOST_STATEMENTS


def test_a_refusal_asks_no_statement_for_each_article(sample_assistant, work):
    sample_assistant.ask(UNKNOWN)
    assert work["statements"] <= MOST_OF_REFUSAL
