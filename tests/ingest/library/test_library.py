"""The library: what goes in comes out, for every reader, after every kind of ending."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footnote.ingest.article import Article, Visit, make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.errors import (
    EncoderMismatch,
    LibraryDamaged,
    LibraryError,
    LibraryUnwritable,
    UnknownArticle,
)
from footnote.ingest.library import index as index_module
from footnote.ingest.library import record as sql
from footnote.ingest.library import shards
from footnote.ingest.library.library import FeedRecord, Library, open_library, reindex
from footnote.ingest.library.stores import FOLDER, Stores
from footnote.ingest.text.sentences import sentences
from footnote.ingest.text.words import index_text, word_stem
from tests.older import tables_since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def article(name: str, paragraphs: int = 3, source: str = "", title: str = "", **given: str) -> Article:
    texts = [
        ("Section" if n > 1 else "", f"The {name} has a part called {name}{n}. Its weight is {n} tons.")
        for n in range(1, paragraphs + 1)
    ]
    return make_article(texts, title=title or f"About {name}", source=source or f"/news/{name}.txt", **given)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a library with blanks"


@pytest.fixture(params=["folder", "servers"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Where the library lies: each test is for both pairs, unless it is of what one alone has."""
    return FOLDER if request.param == "folder" else request.getfixturevalue("servers").new_library()


in_a_folder = pytest.mark.parametrize("stores", ["folder"], indirect=True)


@pytest.fixture
def opened(home: Path, stores: Stores, fake_encoder):
    """Open the library as often as a test likes."""

    def opening(*, read_only: bool = False) -> Library:
        return open_library(
            home, fake_encoder.name, fake_encoder.dimension, read_only=read_only, stores=stores
        )

    return opening


def held(library: Library) -> int:
    """Return how many vectors the index holds."""
    if parts := library.parts():
        return sum(part.held for part in parts)
    return library._index._chroma.count()


@pytest.fixture
def library(opened) -> Iterator[Library]:
    with opened() as library:
        yield library


@pytest.fixture
def add(fake_encoder):
    def adding(library: Library, *articles: Article) -> list[str]:
        return [library.store(encode_article(a, fake_encoder)) for a in articles]

    return adding


def question(encoder, text: str):
    return encoder.encode([text])[0]


# ----------------------------------------------------------------------------- reading


def test_an_article_comes_out_as_it_went_in(library: Library, add) -> None:
    given = article(
        "crane", 4, author="Ann Lee", date="2026-05-31", url="https://a.example/crane", language="en"
    )
    assert add(library, given) == ["added"]
    found = library.article(given.id)
    assert (found.title, found.author, found.date, found.url, found.language) == (
        "About crane",
        "Ann Lee",
        "2026-05-31",
        "https://a.example/crane",
        "en",
    )
    assert (found.sources, found.source, found.paragraphs, found.version) == (
        ("/news/crane.txt",),
        "/news/crane.txt",
        4,
        1,
    )
    assert found.added.endswith("+00:00")
    paragraphs = library.paragraphs(given.id)
    assert [p.text for p in paragraphs] == [given.paragraph_text(n) for n in range(1, 5)]
    assert [(p.number, p.section) for p in paragraphs] == [
        (1, ""),
        (2, "Section"),
        (3, "Section"),
        (4, "Section"),
    ]
    assert library.fetch([(given.id, 2), (given.id, 99), ("nobody", 1)]) == {(given.id, 2): paragraphs[1]}
    assert library.paragraph_count() == 4


def test_the_json_form_of_an_article_holds_the_contract(library: Library, add) -> None:
    given = article("crane")
    add(library, given)
    form = json.loads(json.dumps(library.articles()[0].as_json()))
    assert {"article_id", "title", "sources", "author", "date", "paragraphs", "version"} <= form.keys()
    assert form["paragraphs"] == 3
    assert form["sources"] == ["/news/crane.txt"]


def test_articles_are_sorted_by_title_whatever_the_case(library: Library, add) -> None:
    add(library, *(article(n, title=t) for n, t in [("x", "beta"), ("y", "Alpha"), ("z", "Gamma")]))
    assert [a.title for a in library.articles()] == ["Alpha", "beta", "Gamma"]


def test_an_article_goes_by_id_prefix_source_part_and_file_name(library: Library, add) -> None:
    plain, row = article("crane"), article("bridge", source="/data/rows.jsonl#row-7")
    windows = article("ship", source="C:\\news\\ship.txt")
    add(library, plain, row, windows)
    for reference in (plain.id, plain.id[:6], "/news/crane.txt", "crane.txt", "  crane.txt "):
        assert library.resolve(reference) == plain.id
    assert library.resolve("row-7") == row.id
    assert library.resolve("ship.txt") == windows.id
    for wrong in (
        "",
        "   ",
        plain.id[:3],
        "rane.txt",
        "nothing",
        "%",
        "rows.jsonl",
        "caf\udce9",
        "a\0b",
        "\0",
    ):
        with pytest.raises(UnknownArticle):
            library.resolve(wrong)


def test_a_reference_that_fits_two_articles_names_both(library: Library, add) -> None:
    a, b = article("a", source="/one/x.txt"), article("b", source="/two/x.txt")
    add(library, a, b)
    with pytest.raises(UnknownArticle, match=a.id) as caught:
        library.resolve("x.txt")
    assert b.id in str(caught.value)


def test_an_unknown_article_is_named_in_the_error(library: Library) -> None:
    for call in (library.article, library.paragraphs, library.remove, library.remove_source):
        with pytest.raises(UnknownArticle, match=r"“ghost”.*footnote articles"):
            call("ghost")
    assert library.find_by_source("ghost") is None


def test_a_paragraph_without_text_keeps_its_number_and_is_never_found(
    library: Library, add, fake_encoder
) -> None:
    given = make_article(
        [("", "One crane stands."), ("", ""), ("", "Two ships wait.")], title="T", source="s"
    )
    add(library, given)
    assert [(p.number, p.text) for p in library.paragraphs(given.id)][1] == (2, "")
    keys = {key for key, _ in library.nearest(question(fake_encoder, "two ships"), 10)}
    assert keys == {(given.id, 1), (given.id, 3)}
    assert library.sentence_vectors([(given.id, 2)])[given.id, 2][1].shape == (0, fake_encoder.dimension)


def test_sentences_come_with_their_spans_and_unit_vectors(library: Library, add, fake_encoder) -> None:
    given = article("crane")
    add(library, given)
    found = library.sentence_vectors([(given.id, 1), (given.id, 3), (given.id, 4)])
    assert found.keys() == {(given.id, 1), (given.id, 3)}
    for (_, number), (spans, vectors) in found.items():
        text = given.paragraph_text(number)
        assert list(spans) == sentences(text)
        exact = fake_encoder.encode([text[s:e] for s, e in spans])
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
        assert np.allclose(vectors, exact, atol=1e-3)


# ------------------------------------------------------------------------------ searching


def test_words_are_found_in_any_form_in_body_section_and_title(library: Library, add) -> None:
    given = make_article(
        [("Harbour works", "Engineers inspected the bridges."), ("", "Nothing else.")],
        title="Ferry",
        source="s",
    )
    add(library, given, article("other"))
    assert [key for key, _ in library.match('"bridge"', 5)] == [(given.id, 1)]
    assert [key for key, _ in library.match('"harbour"', 5)] == [(given.id, 1)]
    assert {key for key, _ in library.match('"ferries"', 5)} == {(given.id, 1), (given.id, 2)}
    assert library.match('"absent"', 5) == []
    assert library.match("", 5) == []


def test_bm25_is_positive_and_descends(library: Library, add) -> None:
    add(library, *(article(f"n{i}") for i in range(20)), article("crane"))
    found = library.match('"crane" OR "weight"', 30)
    scores = [score for _, score in found]
    assert len(found) == 30
    assert all(score > 0 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert found[0][0][0] == article("crane").id


def test_a_broken_fts_expression_is_a_value_error(library: Library, add) -> None:
    add(library, article("crane"))
    with pytest.raises(ValueError, match="FTS5"):
        library.match('"unbalanced', 5)


def test_document_frequencies_count_paragraphs_by_stem(library: Library, add) -> None:
    add(library, article("crane", 3), article("ship", 2))
    found = library.document_frequencies(["weight", "crane", "section", "about", "absent"])
    assert found == {"weight": 5, "crane": 3, "section": 3, "about": 0, "absent": 0}


def test_the_version_and_the_vocabulary_change_with_what_any_process_writes(
    library: Library, opened, add
) -> None:
    with opened(read_only=True) as reader:  # of a library that is empty yet
        assert reader.vocabulary() == ()
    add(library, article("crane"))
    with opened(read_only=True) as reader:
        before = reader._record.version()
        assert "crane" in reader.vocabulary()
        assert reader._record.version() == before
        add(library, article("zeppelin"))
        assert reader._record.version() != before
        assert "zeppelin" in reader.vocabulary()
        assert "zeppelin" in library.vocabulary()


def test_a_thousand_keys_and_terms_fit_in_one_call(library: Library, add, fake_encoder) -> None:
    given = article("crane", 40)
    add(library, given)
    keys = [(given.id, n) for n in range(1, 41)] + [(f"ghost{n}", n) for n in range(40_000)]
    assert len(library.fetch(keys)) == 40
    assert len(library.sentence_vectors(keys)) == 40
    assert library.document_frequencies([f"w{n}" for n in range(40_000)] + ["weight"])["weight"] == 40
    many = [given.id, *(f"ghost{n}" for n in range(40_000))]
    assert len(library.match('"weight"', 5, many)) == 5
    assert len(library.nearest(question(fake_encoder, "crane7"), 5, many)) == 5


@pytest.mark.parametrize("read_only", [False, True], ids=["writer", "reader"])
def test_the_nearest_paragraph_is_found_and_filters_hold(
    library: Library, opened, add, fake_encoder, read_only
) -> None:
    given = [article(name, 5) for name in ("crane", "ship", "bridge")]
    add(library, *given)
    query = question(fake_encoder, "About ship\nSection\n" + given[1].paragraph_text(4))
    with opened(read_only=True) as reader:
        asked = reader if read_only else library
        best, score = asked.nearest(query, 3)[0]
        assert best == (given[1].id, 4)
        assert score == pytest.approx(1.0, abs=1e-5)
        only = asked.nearest(query, 50, [given[0].id, given[2].id])
        assert len(only) == 10
        assert {key[0] for key, _ in only} == {given[0].id, given[2].id}
        assert asked.nearest(query, 5, []) == []
        assert asked.nearest(query, 5, ["ghost"]) == []
        assert asked.nearest(query, 0) == []


@in_a_folder
def test_a_writer_answers_unfiltered_questions_from_chroma(
    library: Library, add, fake_encoder, monkeypatch
) -> None:
    given = article("crane")
    add(library, given)
    monkeypatch.setattr(library._index, "_exact", None)  # any use of it would raise
    assert library.nearest(question(fake_encoder, "crane1"), 3)[0][0][0] == given.id
    assert library._index._chroma.count() == 3


def test_a_large_filter_is_searched_exactly_too(library: Library, add, fake_encoder, monkeypatch) -> None:
    monkeypatch.setattr(index_module, "FEW", 4)
    monkeypatch.setattr(shards, "FEW", 4)
    given = [article(name, 5) for name in ("crane", "ship", "bridge")]
    add(library, *given)
    query = question(fake_encoder, "bridge5 ship5")
    wide = library.nearest(query, 50, [a.id for a in given[:2]])
    assert {key[0] for key, _ in wide} == {given[0].id, given[1].id}
    assert len(wide) == 10


def test_a_paragraph_of_many_chunks_counts_once(library: Library, add, fake_encoder) -> None:
    long = " ".join(f"The crane lifts beam number {n} over the harbour wall today." for n in range(200))
    given = make_article([("", long), ("", "The crane lifts beams.")], title="T", source="s")
    add(library, given)
    found = library.nearest(question(fake_encoder, "crane lifts beam number"), 10)
    assert sorted(key for key, _ in found) == [(given.id, 1), (given.id, 2)]
    assert len(encode_article(given, fake_encoder).cut.chunks) > 3


def test_a_question_vector_must_be_finite_and_of_the_right_length(library: Library) -> None:
    for wrong in (np.full(64, np.nan), np.zeros(3), np.full(64, np.inf)):
        with pytest.raises(ValueError, match="finite vector of length 64"):
            library.nearest(wrong, 3)
    assert library.nearest(np.zeros(64), 3) == []


# --------------------------------------------------------------------------- versions, removal


def test_a_changed_source_becomes_a_new_version_and_the_old_one_goes(
    library: Library, add, fake_encoder
) -> None:
    old, new = article("crane"), replace(article("crane", 5), source="/news/crane.txt")
    assert add(library, old, new) == ["added", "updated"]
    assert [(a.article_id, a.version) for a in library.articles()] == [(new.id, 2)]
    with pytest.raises(UnknownArticle):
        library.article(old.id)
    assert {key[0] for key, _ in library.match('"crane"', 50)} == {new.id}
    assert {key[0] for key, _ in library.nearest(question(fake_encoder, "crane1"), 50)} == {new.id}
    assert add(library, old) == ["updated"]
    assert library.article(old.id).version == 3


def test_the_same_text_under_another_source_is_one_article_with_two(library: Library, add) -> None:
    given = article("crane")
    assert add(library, given, replace(given, source="/copy.txt")) == ["added", "duplicate"]
    assert library.articles()[0].sources == ("/news/crane.txt", "/copy.txt")
    assert library.find_by_source("/copy.txt") == library.article(given.id)
    assert library.resolve("/copy.txt") == given.id


def test_a_source_that_moves_on_leaves_the_article_to_its_other_source(library: Library, add) -> None:
    given = article("crane")
    add(library, given, replace(given, source="/copy.txt"))
    other = article("ship", source="/news/crane.txt")
    assert add(library, other) == ["updated"]
    assert library.article(given.id).sources == ("/copy.txt",)
    assert library.article(other.id).version == 2
    assert add(library, replace(other, source="/copy.txt")) == ["updated"]
    assert [a.article_id for a in library.articles()] == [other.id]


def test_changed_metadata_is_updated_in_place(library: Library, add) -> None:
    given = article("crane", date="2026-01-01")
    changed = replace(given, date="2026-02-02", author="Ann Lee", url="https://a.example")
    assert add(library, given, changed, changed) == ["added", "updated", "unchanged"]
    found = library.article(given.id)
    assert (found.date, found.author, found.url, found.version) == (
        "2026-02-02",
        "Ann Lee",
        "https://a.example",
        1,
    )


@pytest.mark.parametrize("indexed", [False, True])
def test_a_changed_title_is_found_by_its_words_and_by_its_vectors(
    library: Library, add, fake_encoder, indexed
) -> None:
    given = article("crane")
    add(library, given)
    if indexed:
        library.catch_up()
    changed = replace(given, title="Zeppelin hangar")
    assert add(library, changed, changed) == ["updated", "unchanged"]
    assert library.article(given.id).title == "Zeppelin hangar"
    assert len(library.match('"zeppelin"', 5)) == 3
    assert library.match('"about"', 5) == []
    exact = question(fake_encoder, "Zeppelin hangar\n" + given.paragraph_text(1))
    assert library.nearest(exact, 1)[0][1] == pytest.approx(1.0, abs=1e-5)
    assert held(library) == 3


def test_two_sources_that_name_an_article_differently_do_not_take_turns(library: Library, add) -> None:
    first = article("crane", title="First")
    second = replace(first, title="Second", source="/copy.txt")
    assert add(library, first, second) == ["added", "duplicate"]
    assert add(library, second, first, second, first) == ["unchanged"] * 4
    assert library.articles()[0].title == "First"
    library.remove_source(first.source)
    assert add(library, second, second) == ["updated", "unchanged"]
    assert library.articles()[0].title == "Second"


def test_a_removed_article_is_gone_with_all_its_sources(library: Library, add, fake_encoder) -> None:
    given, other = article("crane"), article("ship")
    add(library, given, replace(given, source="/copy.txt"), other)
    library.catch_up()
    library.remove(given.id)
    assert [a.article_id for a in library.articles()] == [other.id]
    assert library.find_by_source("/copy.txt") is None
    assert library.match('"crane"', 5) == []
    assert {key[0] for key, _ in library.nearest(question(fake_encoder, "crane1"), 9)} == {other.id}
    assert library.document_frequencies(["crane"]) == {"crane": 0}
    library.catch_up()
    assert held(library) == 3
    assert add(library, given) == ["added"]


def test_a_removed_source_takes_its_article_only_when_it_was_the_last(library: Library, add) -> None:
    given = article("crane")
    add(library, given, replace(given, source="/copy.txt"))
    library.remove_source("/news/crane.txt")
    assert library.article(given.id).sources == ("/copy.txt",)
    library.remove_source("/copy.txt")
    assert library.articles() == []


def test_a_source_that_is_no_unicode_is_one_source_all_the_same(library: Library, add) -> None:
    given = article("crane", source="/news/caf\udce9.txt")
    assert add(library, given, given) == ["added", "unchanged"]
    assert library.find_by_source("/news/caf\udce9.txt").article_id == given.id


@in_a_folder
def test_removing_does_not_wait_for_chroma_and_no_answer_shows_what_is_removed(
    library: Library, fake_encoder, add, monkeypatch
) -> None:
    kept, gone = article("crane", 5), article("ship", 150)
    add(library, kept, gone)
    vector = question(fake_encoder, "ship7")
    assert library.nearest(vector, 5)[0][0][0] == gone.id
    monkeypatch.setattr(type(library._index._chroma), "delete", lambda *_: pytest.fail("it waits"))
    library.remove(gone.id)
    assert {key[0] for key, _ in library.nearest(vector, 5)} == {kept.id}
    assert library._index._chroma is not None
    monkeypatch.undo()
    library.catch_up()
    assert library._index._chroma.count() == 5


@in_a_folder
def test_an_article_removed_and_added_again_while_chroma_is_closed_is_right_in_it(
    opened, add, fake_encoder
) -> None:
    given = article("crane", 6)
    with opened() as library:
        add(library, given)
        library.catch_up()
    with opened() as library:  # Chroma stays closed here
        library.remove(given.id)
        add(library, replace(given, title="New title"))
        assert library._index._chroma is None
    with opened() as library:
        exact = question(fake_encoder, "New title\n" + given.paragraph_text(1))
        assert library.nearest(exact, 1)[0][1] == pytest.approx(1.0, abs=1e-5)
        assert library._index._chroma.count() == 6


# ------------------------------------------------------------------------ reading beside a writer


def test_a_reader_sees_what_a_writer_adds_and_removes_meanwhile(
    library: Library, opened, add, fake_encoder
) -> None:
    crane, ship = article("crane"), article("ship")
    add(library, crane)
    with opened(read_only=True) as reader:
        query = question(fake_encoder, "crane1 ship1")
        assert {key[0] for key, _ in reader.nearest(query, 9)} == {crane.id}
        add(library, ship, replace(crane, title="Zeppelin"))
        assert {key[0] for key, _ in reader.nearest(query, 9)} == {crane.id, ship.id}
        exact = question(fake_encoder, "Zeppelin\n" + crane.paragraph_text(1))
        assert reader.nearest(exact, 1)[0][1] == pytest.approx(1.0, abs=1e-5)
        library.remove(crane.id)
        assert {key[0] for key, _ in reader.nearest(query, 9)} == {ship.id}
        assert [a.article_id for a in reader.articles()] == [ship.id]


def test_a_reader_cannot_write(opened, library: Library, add) -> None:
    given = article("crane")
    with opened(read_only=True) as reader:
        for call in (lambda: add(reader, given), lambda: reader.remove("x"), lambda: reader.announce("u")):
            with pytest.raises(LibraryUnwritable, match="read only"):
                call()


def test_an_absent_library_reads_as_an_empty_one_and_nothing_is_created(
    opened, home: Path, fake_encoder
) -> None:
    with opened(read_only=True) as reader:
        assert reader.articles() == []
        assert reader.paragraph_count() == 0
        assert reader.nearest(question(fake_encoder, "crane"), 5) == []
        assert reader.match('"crane"', 5) == []
        assert reader.document_frequencies(["crane"]) == {"crane": 0}
        with pytest.raises(UnknownArticle):
            reader.resolve("crane.txt")
    assert not home.exists()
    home.mkdir()
    with opened(read_only=True) as reader:
        assert reader.articles() == []
    assert list(home.iterdir()) == []


def all_done(*work) -> None:
    """Do all pieces of work at once, in threads, and raise what one of them raised."""
    with ThreadPoolExecutor(len(work)) as pool:
        for future in [pool.submit(piece) for piece in work]:
            future.result(timeout=60)


def test_threads_ask_while_others_add_and_remove(library: Library, add, fake_encoder) -> None:
    base = [article(f"base{n}") for n in range(5)]
    add(library, *base)

    def ask() -> None:
        for _ in range(40):
            keys = [key for key, _ in library.nearest(question(fake_encoder, "base3 weight"), 10)]
            assert {a.id for a in base} & {key[0] for key in keys}
            kept = {key for key in keys if key[0] in {a.id for a in base}}  # others may go in between
            assert kept <= library.sentence_vectors(keys).keys() & library.fetch(keys).keys()
            assert len(library.match('"weight"', 10)) == 10
            assert len(library.articles()) >= 5

    def write(name: str) -> None:
        for n in range(8):
            add(library, article(f"{name}{n}"))
            if n % 2:
                library.remove(article(f"{name}{n}").id)

    all_done(ask, ask, ask, partial(write, "x"), partial(write, "y"))
    assert len(library.articles()) == 5 + 2 * 4
    library.catch_up()
    assert held(library) == library.paragraph_count()


def test_two_threads_that_add_the_same_article_add_it_once(library: Library, add) -> None:
    given = article("crane", 30)
    statuses: list[str] = []
    copies = [replace(given, source=f"/{n}.txt") for n in range(4)]
    all_done(*(lambda copy=copy: statuses.extend(add(library, copy)) for copy in copies))
    assert statuses.count("added") == 1
    assert len(library.articles()) == 1
    assert statuses.count("duplicate") == 3
    assert len(library.articles()[0].sources) == 4


# ---------------------------------------------------------------------------- opening again


@in_a_folder
def test_a_closed_library_opens_again_with_the_same_generation(opened, home: Path, add, fake_encoder) -> None:
    given = article("crane")
    with opened() as library:
        add(library, given)
        library.catch_up()
    assert not (home / "dirty").exists()
    folders = sorted(home.glob("chroma.*"))
    with opened() as library:
        assert library.nearest(question(fake_encoder, "crane1"), 1)[0][0][0] == given.id
        assert sorted(home.glob("chroma.*")) == folders
    library.close()  # twice does nothing


@in_a_folder
def test_one_article_is_added_without_opening_chroma(opened, home: Path, add) -> None:
    with opened() as library:
        add(library, article("crane"))
        assert library._index._chroma is None
    assert not list(home.glob("chroma.*"))


@in_a_folder
def test_many_articles_are_added_to_chroma_on_the_way(library: Library, add, fake_encoder) -> None:
    add(library, article("crane", 700), article("ship", 1300), article("bridge", 5))
    assert (
        library._index._chroma.count() == 2000
    )  # the last few wait until there are more, or a question comes
    assert library.nearest(question(fake_encoder, "bridge1"), 1)
    assert library._index._chroma.count() == 2005


def spoil_dirty(home: Path) -> None:
    (home / "dirty").touch()
    for path in home.glob("chroma.*/*/*.bin"):
        path.write_bytes(os.urandom(path.stat().st_size))


def spoil_folder(home: Path) -> None:
    for folder in home.glob("chroma.*"):
        shutil.rmtree(folder)


def spoil_vectors(home: Path) -> None:
    """Delete Chroma's HNSW files: its count stays right, and its answers are silently wrong."""
    for path in home.glob("chroma.*/*/"):
        shutil.rmtree(path)


def spoil_database(home: Path) -> None:
    for path in home.glob("chroma.*/chroma.sqlite3"):
        path.write_bytes(b"")


def spoil_scribble(home: Path) -> None:
    for path in home.glob("chroma.*/*/*.bin"):
        path.write_bytes(os.urandom(path.stat().st_size))


@in_a_folder
@pytest.mark.parametrize(
    "spoil",
    [spoil_dirty, spoil_folder, spoil_vectors, spoil_database, spoil_scribble],
    ids=lambda f: f.__name__,
)
def test_a_spoilt_index_is_built_anew_from_the_record(opened, home: Path, add, fake_encoder, spoil) -> None:
    given = article("crane", 60)
    with opened() as library:
        add(library, given)
        library.catch_up()
    before = [p.name for p in home.glob("chroma.*")]
    spoil(home)
    with opened() as library:
        library.catch_up()
        after = [p.name for p in home.glob("chroma.*")]
        assert len(after) == 1
        assert after != before
        for n in (2, 31, 60):
            exact = question(fake_encoder, "About crane\nSection\n" + given.paragraph_text(n))
            assert library.nearest(exact, 1)[0][1] == pytest.approx(1.0, abs=1e-5)
        assert library._index._chroma.count() == 60


@in_a_folder
def test_a_dirty_mark_alone_begins_a_new_generation(opened, home: Path, add) -> None:
    with opened() as library:
        add(library, article("crane"))
        library.catch_up()
    (home / "dirty").touch()
    with opened() as library:
        assert not (home / "dirty").exists()
        library.catch_up()
        assert (home / "dirty").exists()
        assert [p.name for p in home.glob("chroma.*")] == ["chroma.1"]
        assert library._index._chroma.count() == 3


@in_a_folder
def test_a_clean_count_that_differs_means_one_rebuild(opened, home: Path, add) -> None:
    with opened() as library:
        add(library, article("crane"))
        library.catch_up()
        library._index._chroma.delete([f"{article('crane').id}:1"])  # behind the library's back
    with opened() as library:
        library.catch_up()
        assert library._index._chroma.count() == 3
        assert [p.name for p in home.glob("chroma.*")] == ["chroma.1"]


@in_a_folder
def test_an_index_that_never_agrees_is_a_loud_failure_and_questions_are_still_answered(
    library: Library, add, fake_encoder, monkeypatch
) -> None:
    given = article("crane")
    add(library, given)
    monkeypatch.setattr("footnote.ingest.library.vectors.ChromaIndex.count", lambda self: 10**6)
    with pytest.raises(LibraryDamaged, match="footnote reindex"):
        library.catch_up()
    assert library.nearest(question(fake_encoder, "crane1"), 1)[0][0][0] == given.id


@in_a_folder
@pytest.mark.parametrize("method", ["nearest", "upsert", "__init__"])
def test_a_chroma_that_fails_leaves_the_answers_to_the_exact_search(
    opened, home: Path, add, fake_encoder, monkeypatch, method
) -> None:
    crane, ship = article("crane"), article("ship")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("Error in compaction")

    with opened() as library:
        add(library, crane)
        if method != "__init__":
            library.catch_up()
        with monkeypatch.context() as patched:
            patched.setattr(f"footnote.ingest.library.vectors.ChromaIndex.{method}", fails)
            assert add(library, ship) == ["added"]
            keys = [key for key, _ in library.nearest(question(fake_encoder, "crane1 ship1"), 9)]
        assert {key[0] for key in keys} == {crane.id, ship.id}
        assert add(library, article("bridge")) == ["added"]
    assert (home / "dirty").exists()
    with opened() as library:
        library.catch_up()
        assert library._index._chroma.count() == 9


@in_a_folder
def test_a_long_rebuild_happens_while_the_exact_search_answers(
    opened, home: Path, add, fake_encoder, monkeypatch
) -> None:
    monkeypatch.setattr(index_module, "INLINE", 5)
    given = article("crane", 40)
    with opened() as library:
        add(library, given)
        exact = question(fake_encoder, "About crane\nSection\n" + given.paragraph_text(9))
        assert library.nearest(exact, 1)[0][0] == (given.id, 9)
        builder = library._index._builder
        builder.join(timeout=60)
        assert library._index._chroma.count() == 40
        assert library.nearest(exact, 1)[0][0] == (given.id, 9)


@in_a_folder
def test_without_room_for_chroma_everything_else_works(
    opened, home: Path, add, fake_encoder, monkeypatch
) -> None:
    monkeypatch.setattr(index_module, "ROOM", 1 << 60)
    monkeypatch.setattr(index_module, "OPEN_AT", 1)
    given = article("crane")
    with opened() as library:
        assert add(library, given) == ["added"]
        assert library.nearest(question(fake_encoder, "crane1"), 1)[0][0][0] == given.id
    assert not list(home.glob("chroma.*"))


def stop(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["keep_up", "make_ready", "delete_article"])
def test_an_end_between_two_steps_is_finished_at_the_next_opening(
    opened, add, fake_encoder, monkeypatch, step
) -> None:
    """As Ctrl-C or an error at each step of replacing an article would leave it."""
    old, new = article("crane"), article("crane", 5)
    with opened() as library:
        add(library, old)
        with monkeypatch.context() as patched:
            if step == "keep_up":
                patched.setattr(type(library._index), step, stop)
            else:
                patched.setattr(f"footnote.ingest.library.record.{step}", stop)
            with pytest.raises(KeyboardInterrupt):
                add(library, new)
        seen = [a.article_id for a in library.articles()]
        assert seen == [new.id if step == "delete_article" else old.id]
        assert len(library.match('"weight"', 99)) == library.paragraph_count()
    with opened() as library:
        assert [(a.article_id, a.version) for a in library.articles()] == [(new.id, 2)]
        assert {key[0] for key, _ in library.match('"weight"', 99)} == {new.id}
        assert len(library.nearest(question(fake_encoder, "crane1"), 99)) == 5


def test_an_article_left_pending_by_an_error_can_be_stored_again_at_once(
    library: Library, add, monkeypatch
) -> None:
    given = article("crane")
    with monkeypatch.context() as patched:
        patched.setattr("footnote.ingest.library.record.make_ready", stop)
        with pytest.raises(KeyboardInterrupt):
            add(library, given)
    assert library.articles() == []
    assert add(library, given) == ["added"]
    assert library.paragraph_count() == 3


# --------------------------------------------------------------------------- what cannot be opened


def test_a_home_that_is_a_file_is_refused_in_a_sentence(tmp_path: Path, fake_encoder) -> None:
    (tmp_path / "file").write_text("x")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(LibraryUnwritable, match="folder"):
            open_library(home, "hashing", 64)
    with pytest.raises(LibraryUnwritable, match="not a folder"):
        open_library(tmp_path / "file", "hashing", 64, read_only=True)


@in_a_folder
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "content", [b"not a database" * 500, b"SQLite format 3\x00" + b"\xff" * 8000], ids=["text", "garbage"]
)
def test_a_record_that_is_no_database_is_named_with_what_to_do(
    home: Path, opened, content, read_only
) -> None:
    home.mkdir()
    (home / "library.sqlite").write_bytes(content)
    with pytest.raises(LibraryDamaged, match=r"library\.sqlite.*footnote ingest"):
        opened(read_only=read_only)


def read_all(library: Library) -> None:
    with library:
        for found in library.articles():
            library.paragraphs(found.article_id)


@in_a_folder
@pytest.mark.parametrize("read_only", [False, True])
def test_a_record_that_lost_pages_is_damaged_and_not_quietly_empty(
    opened, home: Path, add, read_only
) -> None:
    with opened() as library:
        add(library, article("crane", 300))
        library.catch_up()
    path = home / "library.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + os.urandom(len(content) - 8192))
    with pytest.raises(LibraryDamaged):
        read_all(opened(read_only=read_only))
    path.write_bytes(b"")
    with pytest.raises(LibraryDamaged, match="empty"):
        opened(read_only=read_only)


@in_a_folder
@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_record_is_left_closed(opened, home: Path, monkeypatch, read_only) -> None:
    home.mkdir()
    (home / "library.sqlite").write_bytes(b"no database" * 100)
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: made.append(connect(*a, **k)) or made[-1])
    with pytest.raises(LibraryDamaged):
        opened(read_only=read_only)
    assert made
    for connection in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


@in_a_folder
@pytest.mark.parametrize("read_only", [False, True])
def test_another_database_under_the_same_name_is_not_touched(opened, home: Path, read_only) -> None:
    home.mkdir()
    with sqlite3.connect(home / "library.sqlite") as db:
        db.execute("CREATE TABLE recipes (name)")
    db.close()
    with pytest.raises(LibraryDamaged, match="not a library"):
        opened(read_only=read_only)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_library_of_a_newer_version_asks_for_an_upgrade(opened, home: Path, read_only) -> None:
    with opened() as library, library._record.transaction() as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(LibraryError, match=r"newer version.*Upgrade"):
        opened(read_only=read_only)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(("name", "dimension"), [("another", 64), ("hashing", 32)])
def test_vectors_of_another_encoder_are_refused(
    opened, home: Path, stores, add, name, dimension, read_only
) -> None:
    with opened() as library:
        add(library, article("crane"))
    with pytest.raises(EncoderMismatch, match="footnote reindex"):
        open_library(home, name, dimension, read_only=read_only, stores=stores)


def test_an_empty_library_takes_any_encoder(opened, home: Path, stores) -> None:
    opened().close()
    open_library(home, "another", 32, stores=stores).close()
    open_library(home, "another", 32, read_only=True, stores=stores).close()


def test_a_failed_opening_lets_go_of_the_lock(opened, home: Path, stores, add) -> None:
    with opened() as library:
        add(library, article("crane"))
    with pytest.raises(EncoderMismatch):
        open_library(home, "another", 64, stores=stores)
    opened().close()


@pytest.fixture
def frozen(home: Path, opened, add) -> Iterator[Path]:
    """A folder with one article that cannot be written, not even by root."""
    with opened() as library:
        add(library, article("crane"))
        library.catch_up()
    if os.geteuid() == 0 and _mounts(home):
        yield home
        subprocess.run(["umount", home], check=True)
        return
    home.chmod(0o555)
    yield home
    home.chmod(0o755)


def _mounts(home: Path) -> bool:
    if subprocess.run(["mount", "--bind", home, home], check=False, capture_output=True).returncode:
        return False
    subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)
    return True


def _is_writable(home: Path) -> bool:
    try:
        (home / "probe").touch()
    except OSError:
        return False
    (home / "probe").unlink()
    return True


@in_a_folder
def test_a_read_only_folder_can_be_read_and_not_written(frozen: Path, opened, fake_encoder) -> None:
    if _is_writable(frozen):  # root in a container that may not mount: no folder resists
        pytest.skip("this user can write everywhere")
    with opened(read_only=True) as reader:
        assert [a.title for a in reader.articles()] == ["About crane"]
        assert reader.nearest(question(fake_encoder, "crane1"), 1)
        assert reader.match('"crane"', 1)
    with pytest.raises(LibraryUnwritable, match="cannot be written"):
        opened()


# ------------------------------------------------------------------------------------- reindex


class Renamed:
    """Another encoder: other name, other dimension, other vectors."""

    def __init__(self, inner) -> None:
        self.inner = inner
        self.name, self.dimension, self.window = "another", 32, 40
        self.encoded = 0

    def encode(self, texts):
        self.encoded += len(texts)
        rows = self.inner.encode([t[::-1] for t in texts])[:, :32] + 1e-3
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def count(self, text: str) -> int:
        return self.inner.count(text)


@in_a_folder
def test_reindexing_with_the_same_encoder_encodes_nothing_and_begins_a_generation(
    opened, home: Path, stores, add, fake_encoder, monkeypatch
) -> None:
    with opened() as library:
        add(library, article("crane"))
        library.catch_up()
    monkeypatch.setattr(type(fake_encoder), "encode", None)
    reindex(home, fake_encoder, stores=stores)
    assert [p.name for p in home.glob("chroma.*")] == ["chroma.1"]
    with opened() as library:
        library.catch_up()
        assert library._index._chroma.count() == 3


def test_reindexing_with_another_encoder_makes_all_vectors_anew(
    opened, home: Path, stores, add, fake_encoder
) -> None:
    given = [article("crane", 4), article("ship", 3)]
    with opened() as library:
        add(library, *given)
        library.catch_up()
    other = Renamed(fake_encoder)
    told: list[tuple[int, int]] = []
    reindex(home, other, lambda done, total: told.append((done, total)), stores=stores)
    assert told == [(0, 2), (1, 2), (2, 2)]
    with pytest.raises(EncoderMismatch):
        opened()
    with open_library(home, other.name, other.dimension, stores=stores) as library:
        exact = other.encode(["About ship\nSection\n" + given[1].paragraph_text(2)])[0]
        assert library.nearest(exact, 1)[0] == ((given[1].id, 2), pytest.approx(1.0, abs=1e-5))
        assert library.nearest(exact, 1, [given[1].id])[0][1] == pytest.approx(1.0, abs=1e-5)
        spans, vectors = library.sentence_vectors([(given[0].id, 1)])[given[0].id, 1]
        text = given[0].paragraph_text(1)
        assert np.allclose(vectors, other.encode([text[s:e] for s, e in spans]), atol=1e-3)
        assert held(library) == 7


def test_an_interrupted_change_of_encoder_shows_the_old_vectors_and_goes_on_where_it_stopped(
    opened, home: Path, stores, add, fake_encoder
) -> None:
    given = [article("crane"), article("ship"), article("bridge")]
    with opened() as library:
        add(library, *given)
    other = Renamed(fake_encoder)

    def stop_at_the_last(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(home, other, stop_at_the_last, stores=stores)
    with opened() as library:
        exact = question(fake_encoder, "About crane\n" + given[0].paragraph_text(1))
        assert library.nearest(exact, 1)[0] == ((given[0].id, 1), pytest.approx(1.0, abs=1e-5))
        assert len(library.nearest(exact, 99)) == 9
        assert len(library.sentence_vectors([(given[0].id, 1)])[given[0].id, 1][1][0]) == 64
    other.encoded = 0
    reindex(home, other, stores=stores)
    assert other.encoded == len(set(encode_article(given[2], other).cut.texts))  # only the last article's
    with open_library(home, other.name, other.dimension, stores=stores) as library:
        assert len(library.nearest(other.encode(["crane"])[0], 99)) == 9


def test_a_reader_that_is_open_during_a_change_of_encoder_does_not_mix_vectors(
    opened, home: Path, stores, add, fake_encoder
) -> None:
    with opened() as library:
        add(library, article("crane"))
    with opened(read_only=True) as reader:
        assert reader.nearest(question(fake_encoder, "crane1"), 1)
        reindex(home, Renamed(fake_encoder), stores=stores)
        with pytest.raises(EncoderMismatch, match="anew"):
            reader.nearest(question(fake_encoder, "crane1"), 1)
        with pytest.raises(EncoderMismatch, match="anew"):
            reader.nearest(question(fake_encoder, "crane1"), 1, [article("crane").id])


@in_a_folder
def test_no_file_of_the_process_can_grow_without_end_while_chroma_is_open(library: Library, add) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    add(library, article("crane"))
    library.catch_up()
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert soft != resource.RLIM_INFINITY
    assert soft <= 8 << 30
    library.close()
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before


# -------------------------------------------------------------------------------- links and feeds

LINK = "https://example.org/crane"
VISIT = Visit(
    '"a1"', "Sun, 31 May 2026 08:00:00 GMT", "2026-06-01T00:00:00+00:00", "https://example.org/feed"
)


def test_how_a_link_was_read_is_noted_with_its_article(opened, add) -> None:
    with opened() as library:
        add(library, replace(article("crane", source=LINK), visit=VISIT), article("dock"))
    with opened(read_only=True) as library:
        assert library.visits() == {LINK: VISIT}
        assert set(library.sources()) == {LINK, "/news/dock.txt"}


@pytest.mark.parametrize("change", ["nothing", "metadata", "text", "sections"])
def test_every_later_reading_of_a_link_is_noted(library: Library, add, fake_encoder, change) -> None:
    first = replace(article("crane", source=LINK), visit=VISIT)
    later = {
        "nothing": first,
        "metadata": replace(first, author="Ana Cruz"),
        "text": article("crane", 4, source=LINK),
        "sections": replace(first, title="Another title"),
    }[change]
    later = replace(later, visit=replace(VISIT, etag='"b2"'))
    add(library, first, later)
    assert library.visits()[LINK].etag == '"b2"'


def test_a_visit_outlives_its_article_and_can_be_noted_alone(library: Library, add) -> None:
    add(library, replace(article("crane", source=LINK), visit=VISIT))
    library.remove_source(LINK)
    assert (library.visits(), library.sources()) == ({LINK: VISIT}, {})
    library.note_visit(LINK, replace(VISIT, at="2026-07-01"))
    assert library.visits()[LINK].at == "2026-07-01"


def test_feeds_are_followed_until_they_are_forgotten(opened) -> None:
    feed = FeedRecord("https://example.org/feed", "2026-01-01", 200, Visit('"f"', "", "2026-06-01"))
    with opened() as library:
        library.note_feed(replace(feed, since=""))
        library.note_feed(feed)
    with opened() as library:
        assert library.feeds() == [feed]
        assert library.forget_feed(feed.url)
        assert not library.forget_feed(feed.url)
        assert library.feeds() == []


@pytest.fixture
def old_home(home: Path, opened, add) -> Path:
    """A library as version 0.1.0 wrote it: form 1, which knew of no links."""
    with opened() as library:
        add(library, article("crane"))
    with sqlite3.connect(home / "library.sqlite") as db:
        for table in tables_since(2):
            db.execute(f"DROP TABLE {table}")
        db.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    db.close()
    return home


@in_a_folder
def test_a_library_of_the_first_form_is_read_as_it_is(old_home: Path, opened) -> None:
    before = (old_home / "library.sqlite").read_bytes()
    with opened(read_only=True) as library:
        (found,) = library.articles()
        assert (found.title, library.versions(found.article_id)) == ("About crane", [])
        assert [p.page for p in library.paragraphs(found.article_id)] == [0, 0, 0]
    assert (old_home / "library.sqlite").read_bytes() == before


@in_a_folder
def test_a_library_of_the_first_form_is_brought_up_to_date_when_it_is_written(
    old_home: Path, opened, add
) -> None:
    with opened() as library:
        add(library, replace(article("dock", source=LINK), visit=VISIT))
    with opened() as library:
        assert library.visits() == {LINK: VISIT}
        assert [a.title for a in library.articles()] == ["About crane", "About dock"]


GERMAN = [("", "Die alten Brücken werden im Mai gesperrt."), ("", "Die Fähre fährt nach der Sperrung.")]
CHINESE = [("", "市政府关闭了港口大桥。"), ("", "渡轮每十分钟一班。")]


def test_words_are_found_in_any_form_in_other_languages(library: Library, add) -> None:
    german, chinese = (
        make_article(texts, title="T", source=f"/{n}.txt") for n, texts in enumerate((GERMAN, CHINESE))
    )
    add(library, german)
    add(library, chinese)
    assert [key for key, _ in library.match('"bruck"', 5)] == [(german.id, 1)]  # the stem of Brücke, Brücken
    assert [key for key, _ in library.match('"Brücken"', 5)] == [(german.id, 1)]
    assert [key for key, _ in library.match('"大桥"', 5)] == [(chinese.id, 1)]
    assert library.document_frequencies(["bruck", "大桥", "渡轮"]) == {"bruck": 1, "大桥": 1, "渡轮": 1}


@in_a_folder
def test_words_that_an_older_version_indexed_are_indexed_anew(home: Path, opened, add) -> None:
    german = make_article(GERMAN, title="T", source="/g.txt")
    with opened() as library:
        add(library, german)
        add(library, article("crane"))
    with sqlite3.connect(home / "library.sqlite") as db:
        db.execute("UPDATE words SET body = (SELECT text FROM paragraphs WHERE id = words.rowid)")
        for table in tables_since(6):
            db.execute(f"DROP TABLE {table}")
        db.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
    db.close()
    with opened(read_only=True) as library:
        assert not library.match('"bruck"', 5)
    with opened() as library:
        assert [key for key, _ in library.match('"bruck"', 5)] == [(german.id, 1)]
        assert library.match('"crane"', 5)


DANISH = [("", "De gamle broer bliver lukket i maj."), ("", "Færgerne sejler efter lukningen.")]


@in_a_folder
def test_words_of_a_language_that_an_older_version_took_for_another_are_indexed_anew(
    home: Path, opened, add
) -> None:
    danish = make_article(DANISH, title="T", source="/d.txt")
    with opened() as library:
        add(library, danish)
        add(library, article("crane"))
    with sqlite3.connect(home / "library.sqlite") as db:
        rows = db.execute("SELECT id, text FROM paragraphs").fetchall()
        db.executemany(  # Danish was Swedish, and something else was not English
            "UPDATE words SET body = ? WHERE rowid = ?",
            [(index_text(text, "sv"), number) for number, text in rows],
        )
        for table in tables_since(6):
            db.execute(f"DROP TABLE {table}")
        db.execute("UPDATE meta SET value = '4' WHERE key = 'schema'")
    db.close()
    stem = word_stem("færgerne", "da")
    with opened(read_only=True) as library:
        assert not library.match(f'"{stem}"', 5)
        assert library.match('"færgerne"', 5)
    with opened() as library:
        assert [key for key, _ in library.match(f'"{stem}"', 5)] == [(danish.id, 2)]
        assert library.match('"crane"', 5)
    with sqlite3.connect(home / "library.sqlite") as db:  # and English is English again
        assert (
            db.execute("SELECT body FROM words WHERE body LIKE 'The crane has%'").fetchone()[0].count("\n")
            == 0
        )
    db.close()


# ------------------------------------------------------------------- pages and earlier versions


def test_a_paragraph_keeps_the_page_it_begins_on(library: Library, add) -> None:
    paged = make_article([("", "One crane."), ("", "Two cranes.")], title="T", source="/a.pdf", pages=[1, 7])
    add(library, paged)
    assert [p.page for p in library.paragraphs(paged.id)] == [1, 7]
    assert library.fetch([(paged.id, 2)])[paged.id, 2].page == 7


def test_a_paragraph_keeps_the_time_it_begins_at_and_takes_a_new_one(library: Library, add) -> None:
    texts = [("", "One crane."), ("", "Two cranes.")]
    for times in (["0:00", "1:02:03"], ["0:04", "1:02:07"]):
        timed = make_article(texts, title="T", source="/a.srt", times=times)
        add(library, timed)
        assert [p.time for p in library.paragraphs(timed.id)] == times


def test_a_paragraph_keeps_where_its_lines_stand_on_a_picture_and_takes_new_places(
    library: Library, add
) -> None:
    texts = [("", "One crane."), ("", "Two cranes.")]
    for top in (100, 130):
        scan = ((0, 10, 5, top, 90, top, 90, top + 9, 5, top + 9),)
        scanned = make_article(texts, title="T", source="/a.png", scans=[scan])
        add(library, scanned)
        assert [p.scan for p in library.paragraphs(scanned.id)] == [scan, ()]


def test_pages_that_become_known_are_stored_without_encoding(library: Library, add) -> None:
    texts = [("", "One crane."), ("", "Two cranes.")]
    add(library, make_article(texts, title="T", source="/a.pdf"))
    paged = make_article(texts, title="T", source="/a.pdf", pages=[3, 4])
    assert not library.needs_vectors(paged)
    assert library.settle(paged) == "updated"
    assert [p.page for p in library.paragraphs(paged.id)] == [3, 4]
    assert library.settle(paged) == "unchanged"


@pytest.mark.parametrize(
    ("place", "known"), [("pages", [3, 4]), ("times", ["0:01", "0:02"]), ("scans", [((0, 1, 1, 9, 9),)] * 2)]
)
def test_a_place_that_is_known_no_more_is_forgotten(library: Library, add, place: str, known: list) -> None:
    texts = [("", "One crane."), ("", "Two cranes.")]
    add(library, make_article(texts, title="T", source="/a", **{place: known}))
    bare = make_article(texts, title="T", source="/a")
    assert library.settle(bare) == "updated"
    assert [getattr(p, place.removesuffix("s")) for p in library.paragraphs(bare.id)] == [
        type(known[0])()
    ] * 2


def test_what_a_source_said_before_is_kept_up_to_a_number_and_goes_with_it(library: Library, add) -> None:
    forms = [article(f"crane{n}", source="/crane.txt") for n in range(sql.MOST_VERSIONS + 3)]
    add(library, *forms)
    found = library.versions(forms[-1].id)
    assert [v.article_id for v in found] == [a.id for a in forms[-2:1:-1]]
    assert len(found) == sql.MOST_VERSIONS
    assert found[0].paragraphs == tuple(
        (p.section, forms[-2].paragraph_text(p.number)) for p in forms[-2].paragraphs
    )
    assert found[0].version == len(forms) - 1
    library.remove(forms[-1].id)
    add(library, forms[0])
    assert library.versions(forms[0].id) == []


def test_the_versions_of_an_unknown_article_are_refused(library: Library) -> None:
    with pytest.raises(UnknownArticle):
        library.versions("0" * 16)


def test_an_original_is_kept_with_its_article_and_leaves_with_it(tmp_path, fake_encoder):
    article = replace(
        make_article([("", "A heron stood in the reeds.")], title="T", source="/a.pdf", pages=[1]),
        original=b"%PDF-1.4 heron",
    )
    with open_library(tmp_path, fake_encoder.name, fake_encoder.dimension) as library:
        library.store(encode_article(replace(article, original=b""), fake_encoder))
        assert not library.has_original(article.id)
        assert library.settle(article) == "unchanged"  # read once more, by a version that keeps it
        assert library.original(article.id) == b"%PDF-1.4 heron"
        assert library.originals() == (1, 14)
        library.remove(article.id)
        assert library.originals() == (0, 0)
        assert library.original(article.id) == b""
