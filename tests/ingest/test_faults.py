"""Every fault that Chroma or SQLite was seen to have, done on purpose: what a person sees, and that nothing is lost.

| fault | here, or where else |
|---|---|
| the index's database truncated, overwritten, emptied, deleted | `test_whatever_happens_to_the_index…` |
| its vectors' files deleted, truncated, scribbled over, quietly or not | `test_whatever_happens_to_the_index…`, `test_vectors_that_rot_quietly…` |
| the record truncated, overwritten, emptied | `test_a_broken_record_is_named…`; test_library.py: `test_a_record_that…` |
| two processes write to one folder | test_lock.py; test_handover.py |
| a folder that cannot be written | test_library.py: `test_a_read_only_folder…` |
| a full disk | test_failpoints.py: `test_a_disk_that_is_full_at_any_page…`; test_pipeline.py: `test_a_full_disk…` |
| vectors of another size, or of another model of the same size | test_library.py: `test_vectors_of_another_encoder_are_refused` |
| the same id twice | `test_a_corpus_that_names_two_rows_alike…`; test_vectors.py: `test_upserting_an_id_again…` |
| empty texts, odd and enormous metadata | `test_rows_with_odd_values…`, `test_an_enormous_paragraph…` |
| NUL and lone surrogates | `test_what_follows_a_nul_is_found…`; test_library.py: `test_a_source_that_is_no_unicode…` |
| NaN and infinite vectors | test_pipeline.py: `test_vectors_that_are_no_unit_vectors…`; test_library.py: `test_a_question_vector…` |
| more rows than a statement has variables | `test_forty_thousand_keys…` |
| deleting what is not there | test_vectors.py: `test_deleting_unknown_ids…` |
| threads that write while others read | test_library.py: `test_threads_ask…`; test_handover.py: `test_several_hand_over…` |
| names that Chroma does not take | `test_any_encoder_has_a_collection…` |
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.errors import LibraryDamaged
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.library.vectors import collection_name
from footnote.ingest.pipeline import Outcome, ingest
from footnote.ingest.sources import read_sources
from tests.conftest import HashingEncoder
from tests.ingest.test_failpoints import article, put, visible
from tests.ingest.test_kill import check_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENCODER = HashingEncoder()
SEVENTH = "Crane\nPart\ncrane says 0 in part 7. It weighs 7 tons."


def opened(home: Path, *, read_only: bool = False) -> Library:
    return open_library(home, ENCODER.name, ENCODER.dimension, read_only=read_only)


def nearest(library: Library, text: str) -> list[str]:
    found = library.nearest(ENCODER.encode([text])[0], 3)
    return [p.text for p in library.fetch([key for key, _ in found]).values()]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with an index, closed cleanly. Copy it."""
    home = tmp_path_factory.mktemp("sound") / "library"
    with opened(home) as library:
        # More than a thousand, or Chroma keeps them in its database only.
        put(article("crane", size=700), article("ship", size=600))(library)
        library.catch_up()
    return home


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "library", copy_function=shutil.copy2)


# ------------------------------------------------------------------------------- the index


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scribble(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def scribble_pages(path: Path) -> None:
    """Overwrite the second half, page by page, so that the header stays."""
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half:] = os.urandom(len(data) - half)
    path.write_bytes(bytes(data))


def scribble_header(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(os.urandom(100) + data[100:])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def delete(path: Path) -> None:
    path.unlink()


DATABASE = "chroma.*/chroma.sqlite3"
VECTORS = "chroma.*/*/"
FILES = ("data_level0.bin", "link_lists.bin", "length.bin", "header.bin")


@pytest.mark.parametrize(
    ("pattern", "act"),
    [(DATABASE, act) for act in (truncate, scribble_pages, scribble_header, empty, delete)]
    + [("chroma.*/*", lambda folder: shutil.rmtree(folder) if folder.is_dir() else None)]
    + [(VECTORS + name, act) for name in FILES for act in (truncate, scribble, delete)],
)
def test_whatever_happens_to_the_index_the_answers_are_right_and_it_is_built_anew(
    home: Path, pattern: str, act: Callable[[Path], None]
) -> None:
    found = list(home.glob(pattern))
    assert found
    if not any(path.is_dir() or path.stat().st_size for path in found):
        pytest.skip("it is empty anyway")
    for path in found:
        act(path)
    with opened(home, read_only=True) as reader:
        before = visible(reader)
        assert nearest(reader, SEVENTH)[0] in SEVENTH
    with opened(home) as library:
        assert visible(library) == before
        assert nearest(library, SEVENTH)[0] in SEVENTH
        check_index(library)
    assert [p.name for p in home.glob("chroma.*")] == ["chroma.1"]


def test_vectors_that_rot_quietly_are_noticed_by_what_they_answer(home: Path) -> None:
    """The same sizes and times, and other bytes: neither Chroma nor the list of files sees it."""
    (path,) = home.glob("chroma.*/*/data_level0.bin")
    times = path.stat()
    scribble(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with opened(home) as library:
        assert nearest(library, SEVENTH)[0] in SEVENTH
        check_index(library)
    assert [p.name for p in home.glob("chroma.*")] == ["chroma.1"]


# ------------------------------------------------------------------------------ the record


def use(home: Path, *, read_only: bool) -> None:
    with opened(home, read_only=read_only) as library:
        visible(library)
        library.match("crane", 99)


@pytest.mark.parametrize("act", [truncate, scribble_pages, scribble_header, empty])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_broken_record_is_named_with_the_way_out_and_is_left_as_it_is(
    home: Path, act: Callable[[Path], None], read_only: bool
) -> None:
    path = home / "library.sqlite"
    act(path)
    left = path.read_bytes()
    with pytest.raises(LibraryDamaged, match="Restore it from a backup") as caught:
        use(home, read_only=read_only)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes()[: len(left) // 2] == left[: len(left) // 2]  # for who would rescue it
    assert list(home.glob("chroma.*"))


# ------------------------------------------------------------------------ what is put into it


@pytest.fixture
def library(tmp_path: Path):
    with opened(tmp_path / "library") as library:
        yield library


def corpus(folder: Path, *rows: object) -> str:
    path = folder / "corpus.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def outcomes(library: Library, source: str) -> list[Outcome]:
    events = ingest(read_sources([source]), library, ENCODER)
    return [event for event in events if isinstance(event, Outcome)]


def test_a_corpus_that_names_two_rows_alike_ends_with_the_later_one(library: Library, tmp_path: Path) -> None:
    rows = [{"id": "a", "title": "A", "text": f"The mill turned {n} times."} for n in ("seven", "nine")]
    assert [o.status for o in outcomes(library, corpus(tmp_path, *rows))] == ["added", "updated"]
    (found,) = library.articles()
    assert library.paragraphs(found.article_id)[0].text == "The mill turned nine times."


@pytest.mark.parametrize(
    "values",
    [
        {"id": ""},
        {"id": None},
        {"id": 10**40},
        {"id": -1.5},
        {"id": "a:b/../c#d"},
        {"id": "\x00\ud800"},
        {"title": None},
        {"title": ""},
        {"title": "\ud800\x00 \u202e"},
        {"title": ["x"]},
        {"title": "t" * 1_000_000},
        {"date": 10**30},
        {"date": None},
        {"date": "the day after"},
        {"author": {}},
        {"url": "javascript:alert(1)"},
        {"paragraphs": ["", "The mill turned."]},
        {"paragraphs": []},
        {"text": ""},
        {"text": 7},
    ],
    ids=lambda v: next(iter(v)),
)
def test_rows_with_odd_values_are_stored_or_refused_in_a_line_and_the_next_is_read(
    library: Library, tmp_path: Path, values: dict
) -> None:
    row = {"id": "odd", "title": "Odd", "text": "The mill turned nine times."} | values
    first, second = outcomes(library, corpus(tmp_path, row, {"id": "b", "text": "A bell rang twice today."}))
    assert second.status == "added"
    assert first.status in {"added", "rejected"}
    if first.status == "rejected":
        assert "\n" not in first.reason
        assert len(first.reason) < 500
        assert len(library.articles()) == 1
    else:
        record = library.article(first.article_id)
        json.dumps(record.as_json()).encode("utf-8")
        assert "\x00" not in record.title
        assert library.match("mill", 3)


def test_an_enormous_paragraph_is_stored_in_time_and_found(library: Library, tmp_path: Path) -> None:
    words = random.Random(5).choices([f"word{n}" for n in range(5_000)], k=120_000)
    text = " ".join(f"{w}." if n % 15 == 14 else w for n, w in enumerate(words)) + " The bell rang at noon."
    start = time.monotonic()
    (outcome,) = outcomes(library, corpus(tmp_path, {"id": "long", "paragraphs": [text]}))
    assert outcome.status == "added"
    assert time.monotonic() - start < 60
    assert library.match('"bell"', 3)
    assert nearest(library, "The bell rang at noon.")


def test_what_follows_a_nul_is_found_and_no_nul_is_shown(library: Library, tmp_path: Path) -> None:
    (outcome,) = outcomes(
        library, corpus(tmp_path, {"id": "n", "text": "Before it.\x00 The bell rang \ud800 at noon."})
    )
    assert library.match('"bell" AND "noon"', 3)
    (paragraph,) = library.paragraphs(outcome.article_id)
    assert "\x00" not in paragraph.text
    paragraph.text.encode("utf-8")


def test_forty_thousand_keys_are_looked_up_in_one_call(library: Library) -> None:
    put(article("crane"))(library)
    known = article("crane").id
    keys = [(known, n) for n in range(40_000)] + [("x" * 16, 1)]
    assert sorted(library.fetch(keys)) == [(known, 1), (known, 2), (known, 3)]
    assert len(library.sentence_vectors(keys)) == 3
    many = [known, *(f"{n:016x}" for n in range(40_000))]
    assert library.match("crane", 9, many)
    assert library.nearest(ENCODER.encode(["crane"])[0], 9, many)


@pytest.mark.parametrize("name", ["a", "models/é 東京\n" * 100, "", "../../x", "UPPER_case-.", "\ud800"])
def test_any_encoder_has_a_collection_that_chroma_takes(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]", collection_name(name, 384, 1))


def test_a_vector_of_the_wrong_size_is_told_as_damage(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        put(article("crane"))(library)
    shutil.rmtree(tmp_path / "chroma", ignore_errors=True)
    with contextlib.closing(sqlite3.connect(tmp_path / "library.sqlite")) as db:
        db.execute("UPDATE chunks SET vector = substr(vector, 1, 100) WHERE number = 1")
        db.commit()
    with opened(tmp_path, read_only=True) as library, pytest.raises(LibraryDamaged, match="is damaged"):
        nearest(library, SEVENTH)


def test_damaged_pages_are_told_before_anything_is_added(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        for n in range(30):
            put(article(f"crane{n}"))(library)
    path = tmp_path / "library.sqlite"
    whole = bytearray(path.read_bytes())
    rng = random.Random(0)
    for page in rng.sample(range(2, len(whole) // 4096), 12):
        whole[page * 4096 : (page + 1) * 4096] = rng.randbytes(4096)
    path.write_bytes(whole)
    with pytest.raises(LibraryDamaged, match="is damaged"):
        opened(tmp_path)
