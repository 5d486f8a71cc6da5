"""What is asked of the record at every question is asked of SQLite once, and again after any write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.library import record as sql
from footnote.ingest.library.library import open_library
from footnote.ingest.library.record import kept as module


@pytest.fixture
def store(fake_encoder):
    def storing(library, name):
        article = make_article([("", f"The {name} is red.")], title=f"On {name}", source=f"/{name}.txt")
        return library.store(encode_article(article, fake_encoder))

    return storing


@pytest.fixture
def library(tmp_path, fake_encoder):
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension) as opened:
        yield opened


def counted(record):
    """Return what counts the queries that get through to SQLite."""
    asked = []

    def query(db):
        asked.append(1)
        return sql.paragraph_count(db)

    return query, asked


def test_a_query_is_made_once_until_something_is_written(library, store):
    query, asked = counted(library)
    kept = sql.Kept(library._record)
    assert [kept.of(query) for _ in range(5)] == [0] * 5
    assert len(asked) == 1
    store(library, "barn")
    assert [kept.of(query) for _ in range(5)] == [1] * 5
    assert len(asked) == 2


def test_what_another_process_wrote_is_seen(tmp_path, fake_encoder, library, store):
    store(library, "barn")
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension, read_only=True) as reader:
        assert ([a.title for a in reader.articles()], reader.paragraph_count()) == (["On barn"], 1)
        assert reader.document_frequencies(["red", "blue"]) == {"red": 1, "blue": 0}
        store(library, "mill")
        assert ([a.title for a in reader.articles()], reader.paragraph_count()) == (["On barn", "On mill"], 2)
        assert reader.document_frequencies(["red", "blue"]) == {"red": 2, "blue": 0}
        assert "mill" in reader.vocabulary()
        library.remove(library.articles()[0].article_id)
        assert [a.title for a in reader.articles()] == ["On mill"]


def test_whoever_changes_the_list_of_articles_changes_only_their_own(library, store):
    store(library, "barn")
    library.articles().clear()
    assert len(library.articles()) == 1


def test_frequencies_are_right_when_more_terms_were_asked_for_than_are_kept(library, store, monkeypatch):
    monkeypatch.setattr(module, "MOST_TERMS", 2)
    store(library, "barn")
    for _ in range(3):
        for terms in (["red", "blue", "barn"], ["green", "red"], [], ["barn"]):
            assert library.document_frequencies(terms) == {t: int(t in ("red", "barn")) for t in terms}


def test_several_threads_ask_at_once_while_articles_come(library, store):
    with ThreadPoolExecutor(4) as pool:
        answers = [
            pool.submit(lambda: (len(library.articles()), library.paragraph_count())) for _ in range(40)
        ]
        for name in ("barn", "mill", "pier"):
            store(library, name)
        for answer in answers:
            assert answer.result()[0] <= 3
    assert (len(library.articles()), library.paragraph_count()) == (3, 3)


def test_the_record_is_looked_at_once_for_all_that_a_question_asks(library, store, monkeypatch):
    store(library, "barn")
    looked = []
    version = library._record.version
    monkeypatch.setattr(library._record, "version", lambda: looked.append(1) or version())
    with library.steadily():
        with library.steadily():
            library.articles()
        library.document_frequencies(["red"])
        assert library.paragraph_count() == 1
    assert len(looked) == 1
    store(library, "mill")
    assert library.paragraph_count() == 2


def test_who_waits_to_hear_of_writes_keeps_nobody_waiting(library, monkeypatch):
    kept, version = sql.Kept(library._record), library._record.version
    asked, answered = Event(), Event()

    def slow():
        asked.set()
        assert answered.wait(30)
        return version()

    monkeypatch.setattr(library._record, "version", slow)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(kept.of, sql.paragraph_count)
        assert asked.wait(30)
        monkeypatch.setattr(library._record, "version", version)
        assert kept.of(sql.paragraph_count) == 0
        answered.set()
        assert waiting.result() == 0
