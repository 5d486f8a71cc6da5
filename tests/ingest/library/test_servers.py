"""A library on PostgreSQL and Chroma servers: what it has beside what every library does (test_library.py)."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footnote.ingest.archive import export, restore
from footnote.ingest.article import Article, make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryUnwritable
from footnote.ingest.library import shards
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.library.record import postgres_words
from footnote.ingest.library.stores import FOLDER, Stores
from tests.older import tables_since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import ChromaShard

DIMENSION = 64


def article(name: str, paragraphs: int = 3) -> Article:
    texts = [
        ("", f"The {name} has a part called {name}{n}. Its weight is {n} tons.") for n in range(paragraphs)
    ]
    return make_article(texts, title=f"About {name}", source=f"/news/{name}.txt")


@pytest.fixture(autouse=True)
def _ask_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "RESTS", 0.0)


@pytest.fixture
def at(tmp_path: Path, fake_encoder):
    """Open a library at some place, or the folder of one."""

    def opening(stores: Stores, *, read_only: bool = False) -> Library:
        home = tmp_path / ("folder" if stores == FOLDER else "servers")
        return open_library(home, fake_encoder.name, DIMENSION, read_only=read_only, stores=stores)

    return opening


@pytest.fixture
def filled(servers, at, fake_encoder) -> Stores:
    """Twelve articles on two servers, each of which holds some."""
    stores = servers.new_library()
    with at(stores) as library:
        for n in range(12):
            library.store(encode_article(article(f"n{n}x"), fake_encoder))
        held = [part.held for part in library.parts()]
        assert sum(held) == 36
        assert all(held)
    return stores


@contextlib.contextmanager
def without(shard: ChromaShard) -> Iterator[None]:
    """End a Chroma server for a while."""
    shard.kill()
    try:
        yield
    finally:
        shard.start()


def question(encoder, text: str):
    return encoder.encode([text])[0]


# ----------------------------------------------------------------------- a part that is not there


def test_a_dead_part_is_told_of_and_the_others_answer(servers, at, filled, fake_encoder) -> None:
    with at(filled, read_only=True) as library:
        whole = library.nearest(question(fake_encoder, "n3x1"), 36)
        assert whole.whole
        assert len(whole) == 36
        lost = {key for key, _ in whole}
        for shard in servers.shards:
            with without(shard):
                found = library.nearest(question(fake_encoder, "n3x1"), 36)
                assert (found.silent, found.parts, found.whole) == (1, 2, False)
                assert 0 < len(found) < 36
                lost -= {key for key, _ in found}
                assert len(library.match('"weight"', 99)) == 36  # words lie in the record
        assert not lost
        assert library.nearest(question(fake_encoder, "n3x1"), 36) == whole


def test_what_is_added_while_a_part_is_dead_is_there_at_once_and_reaches_it_later(
    servers, at, filled, fake_encoder
) -> None:
    more = [article(f"late{n}") for n in range(6)]
    with at(filled) as library:
        with without(servers.shards[0]):
            for one in more:
                assert library.store(encode_article(one, fake_encoder)) == "added"
            library.remove(article("n3x").id)
            found = library.nearest(question(fake_encoder, "late1"), 99)
            assert {one.id for one in more} <= {key[0] for key, _ in found}
            with pytest.raises(LibraryError, match="did not answer"):
                library.catch_up()
        library.catch_up()
        assert sum(part.held for part in library.parts()) == 3 * 17
        found = library.nearest(question(fake_encoder, "late1"), 99)
        assert found.whole
        assert len(found) == 3 * 17


def test_articles_that_wait_in_numbers_are_told_of(servers, at, fake_encoder, monkeypatch) -> None:
    monkeypatch.setattr(shards, "FEW", 5)
    with at(servers.new_library()) as library, without(servers.shards[0]), without(servers.shards[1]):
        for n in range(4):
            library.store(encode_article(article(f"n{n}x"), fake_encoder))
        assert library.nearest(question(fake_encoder, "n1x"), 3).waiting


def test_a_part_that_lost_everything_is_not_taken_for_an_empty_one_and_is_filled_again(
    servers, at, filled, fake_encoder
) -> None:
    with at(filled) as library:
        index = library._index
        for shard in index.shards:
            shard.opened(index._collection(shard, index._meta()), "", create=False).drop()
            shard.closed()
        found = library.nearest(question(fake_encoder, "n3x1"), 36)
        assert found.silent == 2
        library.catch_up()
        assert library.nearest(question(fake_encoder, "n3x1"), 36).whole
        assert sum(part.held for part in library.parts()) == 36


def test_a_part_that_lost_its_files_is_made_anew_while_readers_are_answered(
    servers, at, filled, fake_encoder
) -> None:
    """Whoever asks meanwhile finds it, or is told that not all was asked."""
    wrong, asked, stop = [], [0], threading.Event()

    def ask(library: Library) -> None:
        while not stop.is_set():
            for n in range(12):
                found = library.nearest(question(fake_encoder, f"n{n}x1"), 36)
                asked[0] += 1
                if found.whole and len({key for key, _ in found}) < 36:
                    wrong.append(n)

    with at(filled, read_only=True) as reading, at(filled) as writing:
        threads = [threading.Thread(target=ask, args=(reading,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            servers.shards[0].empty()
            before = asked[0]
            writing.catch_up()
            until = time.monotonic() + 30
            while not all(part.held == part.due for part in writing.parts()) or asked[0] < before + 24:
                assert time.monotonic() < until
                time.sleep(0.1)
                writing.catch_up()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        assert reading.nearest(question(fake_encoder, "n3x1"), 36).whole
    assert asked[0] > before


def test_a_part_that_hangs_is_waited_for_no_longer_than_it_may_take(
    servers, at, filled, fake_encoder
) -> None:
    import signal
    import time

    shard = servers.shards[0]
    with at(filled, read_only=True) as library, pytest.MonkeyPatch.context() as patched:
        patched.setattr("footnote.ingest.library.vectors.ANSWERED_IN", 0.7)
        assert library.nearest(question(fake_encoder, "n3x1"), 36).whole
        shard.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert library.nearest(question(fake_encoder, "n3x1"), 36).silent == 1
            assert time.monotonic() - began < 5
        finally:
            shard.process.send_signal(signal.SIGCONT)


def test_a_server_that_is_tampered_with_can_hide_and_never_show(at, filled, fake_encoder) -> None:
    """It invents ids, keeps what was removed, names others' articles and lies about what is near."""
    with at(filled) as library:
        kept = library.nearest(question(fake_encoder, "n3x1"), 3)
        gone = article("n5x")
        index = library._index
        shard = index.shards[index._place(gone.id)]
        collection = shard.opened(index._collection(shard, index._meta()), "", create=False)
        library.remove(gone.id)
        forged = [
            f"{gone.id}:1",
            "nobody:7",
            f"{article('n3x').id}:999999999",
            "no number",
            "x:1e9",
            ":",
            "é:1",
        ]
        collection.upsert(forged, np.tile(question(fake_encoder, "n3x1"), (len(forged), 1)))
        assert library.nearest(question(fake_encoder, "n3x1"), 3) == kept
        assert gone.id not in {key[0] for key, _ in library.nearest(question(fake_encoder, "n3x1"), 99)}
        assert gone.id not in {
            key[0] for key, _ in library.nearest(question(fake_encoder, "n5x1"), 99, [gone.id])
        }
        # A vector that was changed puts its paragraph nowhere that its own does not.
        other = article("n7x")
        shard = index.shards[index._place(other.id)]
        collection = shard.opened(index._collection(shard, index._meta()), "", create=False)
        collection.upsert([f"{other.id}:1"], question(fake_encoder, "n3x1")[None])
        assert library.nearest(question(fake_encoder, "n3x1"), 3) == kept


def test_another_number_of_servers_is_another_index_built_from_the_record(at, filled, fake_encoder) -> None:
    with at(replace(filled, index=filled.index[:1])) as library:
        library.catch_up()
        assert [part.held for part in library.parts()] == [36]
        assert len(library.nearest(question(fake_encoder, "n3x1"), 99)) == 36


# ------------------------------------------------------------------------------ many that write


def test_two_writers_take_turns_and_nothing_is_stored_twice_or_lost(servers, at, fake_encoder) -> None:
    stores = servers.new_library()
    given = [article(f"n{n}x") for n in range(12)]
    statuses: list[str] = []
    at(stores).close()

    def write() -> None:
        with at(stores) as library:
            statuses.extend(library.store(encode_article(one, fake_encoder)) for one in given)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count("added"), statuses.count("unchanged")) == (12, 24)
    with at(stores) as library:
        library.catch_up()
        assert sum(part.held for part in library.parts()) == library.paragraph_count() == 36
        assert library.document_frequencies(["weight"]) == {"weight": 36}


def test_a_writer_whose_connection_is_cut_goes_on_and_its_turn_is_given_back(
    servers, at, filled, fake_encoder
) -> None:
    ended = "SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
    with at(filled) as library, at(filled) as other:
        servers.postgres.run(ended)
        assert len(library.articles()) == 12
        assert library.store(encode_article(article("after"), fake_encoder)) == "added"
        with library._turn:
            servers.postgres.run(ended)
            with pytest.raises(LibraryError, match="could not be reached"):
                library.store(encode_article(article("lost"), fake_encoder))
        assert other.store(encode_article(article("lost"), fake_encoder)) == "added"
        assert library.store(encode_article(article("more"), fake_encoder)) == "added"


def test_a_server_that_ends_a_connection_as_soon_as_it_is_made_is_said_to_be_away(
    servers, at, filled, monkeypatch
) -> None:
    """Seen where PostgreSQL was killed again and again under load."""
    ended = "SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
    monkeypatch.setattr(
        "footnote.ingest.library.record.postgres.set_json_loads", lambda *_: servers.postgres.run(ended)
    )
    with pytest.raises(LibraryError, match="could not be reached"):
        at(filled)


def test_who_waits_too_long_for_a_turn_is_told_so(servers, at, filled, fake_encoder, monkeypatch) -> None:
    monkeypatch.setattr("footnote.ingest.library.record.postgres.TURN_IN", 1)
    with at(filled) as library, at(filled) as other, library._turn:
        failed: list[Exception] = []

        def write() -> None:
            try:
                other.remove(article("n3x").id)
            except LibraryLocked as error:
                failed.append(error)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert "Another process" in str(failed[0])


# --------------------------------------------------------------------------- what cannot be opened


def test_what_is_wrong_with_an_address_is_said_without_the_password(at, servers) -> None:
    shard = servers.shards[0].address
    for address, said in (
        ("postgresql://me:hush@127.0.0.1:1/none", "could not be reached"),
        (servers.postgres.address().replace("/postgres?", "/nothing?"), "does not exist"),
        ("postgresql://me:hush@[bad", "no address"),
    ):
        for read_only in (False, True):
            with pytest.raises(LibraryError, match=said) as caught:
                at(Stores(address, (shard,)), read_only=read_only)
            assert "hush" not in str(caught.value)


def test_a_schema_of_something_else_is_left_alone(at, servers) -> None:
    stores = servers.new_library()
    schema = stores.record.rpartition("%3D")[2]
    servers.postgres.run(f"CREATE TABLE {schema}.articles (name TEXT)")
    with pytest.raises(LibraryDamaged, match="its own"):
        at(stores)
    servers.postgres.run(f"CREATE TABLE {schema}.meta (key TEXT, value TEXT)")
    with pytest.raises(LibraryDamaged, match="not a library"):
        at(stores)


def test_a_record_of_an_older_form_is_brought_up_by_who_writes_and_not_by_who_reads(
    at, servers, filled, fake_encoder
) -> None:
    schema = filled.record.rpartition("%3D")[2]
    for table in tables_since(8):
        servers.postgres.run(f"DROP TABLE {schema}.{table}")
    servers.postgres.run(f"UPDATE {schema}.meta SET value = '7' WHERE key = 'schema'")
    with pytest.raises(LibraryError, match="older version"):
        at(filled, read_only=True)
    at(filled).close()
    with at(filled, read_only=True) as library:
        assert library.originals() == (0, 0)


def test_a_user_who_may_only_read_reads(at, servers, filled, fake_encoder) -> None:
    schema = filled.record.rpartition("%3D")[2]
    for statement in (
        "DROP ROLE IF EXISTS looker",
        "CREATE ROLE looker LOGIN",
        f"GRANT USAGE ON SCHEMA {schema} TO looker",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO looker",
    ):
        servers.postgres.run(statement)
    stores = replace(filled, record=filled.record.replace("footnote@", "looker@"))
    try:
        with at(stores, read_only=True) as library:
            assert library.nearest(question(fake_encoder, "n3x1"), 3).whole
            assert len(library.match('"weight"', 99)) == 36
        with pytest.raises(LibraryUnwritable, match="permission denied"), at(stores) as library:
            library.remove(article("n3x").id)
    finally:
        servers.postgres.run("DROP OWNED BY looker; DROP ROLE looker")


# ------------------------------------------------------------------------- the same as in a folder

WORDS = (
    "crane cranes lifting lifts Brücke Straße naïve don't KR-7 1,400 ship a the ωmega 大桥 l’école _ x_y e-mail % "
    "it's big bigger running runner café CAFÉ été ﬁ İstanbul 😀 a\u0301b 'quoted' back\\slash"
).split()
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
PHRASES = st.tuples(
    st.lists(st.sampled_from([*WORDS, ""]), min_size=1, max_size=3).map(" ".join),
    st.sampled_from(["", "", "*"]),
).map(lambda both: f'"{both[0]}"{both[1]}')
EXPRESSIONS = st.tuples(
    PHRASES, st.lists(st.tuples(st.sampled_from([" OR ", " OR ", " AND ", " "]), PHRASES), max_size=4)
).map(lambda both: both[0] + "".join(joint + phrase for joint, phrase in both[1]))


@pytest.fixture(scope="module")
def twins(servers, tmp_path_factory):
    """The same articles, some removed and some changed, in a folder and on servers."""
    import random

    from tests.conftest import HashingEncoder

    chance, encoder = random.Random(7), HashingEncoder()
    home = tmp_path_factory.mktemp("twins")
    with (
        open_library(home / "a", encoder.name, DIMENSION) as folder,
        open_library(home / "b", encoder.name, DIMENSION, stores=servers.new_library()) as shared,
    ):
        for n in range(40):
            texts = [
                (
                    chance.choice(["", " ".join(chance.choices(WORDS, k=2))]),
                    " ".join(chance.choices(WORDS, k=chance.choice([1, 4, 9, 40]))),
                )
                for _ in range(chance.randint(1, 5))
            ]
            made = make_article(texts, title=" ".join(chance.choices(WORDS, k=3)), source=f"/{n % 30}.txt")
            for library in (folder, shared):
                library.store(encode_article(made, encoder))
                if n % 9 == 8:
                    library.remove_source(f"/{(n - 4) % 30}.txt")
        yield folder, shared


def test_the_words_of_twins_are_the_same(twins) -> None:
    folder, shared = twins
    assert folder.articles() == [
        replace(a, added=b.added) for a, b in zip(shared.articles(), folder.articles(), strict=True)
    ]
    assert folder.vocabulary() == shared.vocabulary()
    assert folder.document_frequencies(folder.vocabulary()) == shared.document_frequencies(
        folder.vocabulary()
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EXPRESSIONS, st.sampled_from([1, 3, 100]), st.booleans(), st.sampled_from([1, 5, 2000]))
def test_any_expression_finds_the_same_paragraphs_with_the_same_scores_to_the_last_bit(
    twins, expression: str, k: int, some: bool, at_once: int
) -> None:
    folder, shared = twins
    only = [a.article_id for a in folder.articles()[::2]] if some else None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgres_words, "AT_ONCE", at_once)
        assert shared.match(expression, k, only) == folder.match(expression, k, only)


@pytest.mark.parametrize("wrong", ['"unbalanced', "OR", "a OR", "AND b", '"a" AND', "a AND AND b", "*", "-"])
def test_what_is_no_expression_is_refused_in_the_same_words(twins, wrong: str) -> None:
    said = []
    for library in twins:
        with pytest.raises(ValueError, match="not an FTS5 expression") as caught:
            library.match(wrong, 3)
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("more", ["a NOT b", "NEAR(a b)", "title:a", "(a)", "^a"])
def test_an_expression_of_a_kind_that_is_never_asked_is_refused(twins, more: str) -> None:
    with pytest.raises(ValueError, match="more than"):
        twins[1].match(more, 3)


def members(path: Path) -> dict[str, bytes]:
    """Return what an export holds, but for the moment at which it was made."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held["manifest.json"])
    held["manifest.json"] = json.dumps({**manifest, "made": ""}).encode()
    return held


def test_a_library_moves_from_a_folder_to_servers_and_back_to_the_byte(
    servers, tmp_path, sample_home, encoder
) -> None:
    stores = servers.new_library()
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    with open_library(sample_home, encoder.name, encoder.dimension, read_only=True) as library:
        export(library, first)
    with open_library(tmp_path / "b", encoder.name, encoder.dimension, stores=stores) as library:
        assert {outcome.status for outcome in restore(library, first, encoder)} == {"added"}
        export(library, second)
    with open_library(tmp_path / "c", encoder.name, encoder.dimension) as library:
        list(restore(library, second, encoder))
        export(library, third)
    assert members(first) == members(second) == members(third)
