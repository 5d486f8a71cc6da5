"""Ingest: one outcome a source, in order, whatever one of them holds."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footnote.ingest.article import MOST_KEPT, Article, Rejected, make_article
from footnote.ingest.encoder.encoded import BATCH, cut, encode_article, encode_texts
from footnote.ingest.errors import EncoderError, LibraryUnwritable
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.pipeline import Outcome, Progress, ingest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def article(name: str, paragraphs: int = 3, source: str = "") -> Article:
    texts = [
        ("", f"The {name} has a part called {name}{n}. Its weight is {n} tons.") for n in range(paragraphs)
    ]
    return make_article(texts, title=f"About {name}", source=source or f"/news/{name}.txt")


@pytest.fixture
def library(tmp_path: Path, fake_encoder) -> Iterator[Library]:
    with open_library(tmp_path / "library", fake_encoder.name, fake_encoder.dimension) as library:
        yield library


@pytest.fixture
def run(library: Library, fake_encoder):
    def running(*given: Article | Rejected) -> list[Outcome]:
        return [step for step in ingest(given, library, fake_encoder) if isinstance(step, Outcome)]

    return running


def test_each_source_has_one_outcome_in_the_order_given(run) -> None:
    known = article("known")
    run(known)
    given = [
        article("new"),
        Rejected("/bad.pdf", "It is encrypted."),
        known,
        replace(known, source="/copy.txt"),
        replace(article("changed"), source="/news/new.txt"),
    ]
    outcomes = run(*given)
    assert [(o.source, o.status) for o in outcomes] == [
        ("/news/new.txt", "added"),
        ("/bad.pdf", "rejected"),
        ("/news/known.txt", "unchanged"),
        ("/copy.txt", "duplicate"),
        ("/news/new.txt", "updated"),
    ]
    assert outcomes[1].reason == "It is encrypted."
    assert outcomes[0].article_id == given[0].id
    assert (outcomes[0].title, outcomes[0].paragraphs) == ("About new", 3)


def test_an_outcome_has_the_json_form_of_the_contract(run) -> None:
    outcome = run(replace(article("crane"), warnings=("Half of it was unreadable.",)))[0]
    assert json.loads(json.dumps(outcome.as_json())) == {
        "source": "/news/crane.txt",
        "status": "added",
        "article_id": article("crane").id,
        "title": "About crane",
        "paragraphs": 3,
        "warnings": ["Half of it was unreadable."],
        "reason": "",
    }


def test_ingesting_again_changes_nothing_and_encodes_nothing(
    run, library: Library, fake_encoder, monkeypatch
) -> None:
    given = [article(f"n{i}") for i in range(5)]
    run(*given)
    before = library.articles()
    monkeypatch.setattr(type(fake_encoder), "encode", None)
    assert {o.status for o in run(*given)} == {"unchanged"}
    assert library.articles() == before


def test_a_source_that_comes_twice_in_one_run_ends_as_it_came_last(run, library: Library) -> None:
    first, second = article("crane"), replace(article("ship"), source="/news/crane.txt")
    assert [o.status for o in run(first, second, first, first)] == [
        "added",
        "updated",
        "updated",
        "unchanged",
    ]
    assert [(a.article_id, a.version) for a in library.articles()] == [(first.id, 3)]


def test_the_same_text_twice_in_one_run_is_encoded_once(
    run, library: Library, fake_encoder, monkeypatch
) -> None:
    seen: list[str] = []
    encode = type(fake_encoder).encode
    monkeypatch.setattr(
        type(fake_encoder), "encode", lambda self, texts: seen.extend(texts) or encode(self, texts)
    )
    given = article("crane")
    assert [o.status for o in run(given, replace(given, source="/copy.txt"))] == ["added", "duplicate"]
    assert len(seen) == len(set(seen))


def test_an_article_that_the_encoder_cannot_take_is_rejected_and_the_rest_goes_on(
    run, library: Library, fake_encoder, monkeypatch
) -> None:
    encode = type(fake_encoder).encode

    def fails(self, texts):
        if any("poison" in text for text in texts):
            raise RuntimeError("the tokenizer gave up")
        return encode(self, texts)

    monkeypatch.setattr(type(fake_encoder), "encode", fails)
    outcomes = run(article("crane"), article("poison"), article("ship"))
    assert [o.status for o in outcomes] == ["added", "rejected", "added"]
    assert "the tokenizer gave up" in outcomes[1].reason
    assert len(library.articles()) == 2


@pytest.mark.parametrize("fault", ["nan", "shape", "length"])
def test_vectors_that_are_no_unit_vectors_never_reach_the_library(
    run, library: Library, fake_encoder, monkeypatch, fault
) -> None:
    encode = type(fake_encoder).encode

    def wrong(self, texts):
        rows = encode(self, texts)
        return {"nan": rows * np.nan, "shape": rows[:, :-1], "length": rows * 3}[fault]

    monkeypatch.setattr(type(fake_encoder), "encode", wrong)
    assert [o.status for o in run(article("crane"))] == ["rejected"]
    assert library.articles() == []


def test_an_article_that_cannot_be_cut_is_rejected(run, fake_encoder, monkeypatch) -> None:
    def fails(self, text):
        raise ValueError("no tokens")

    monkeypatch.setattr(type(fake_encoder), "count", fails)
    outcome = run(article("crane"))[0]
    assert outcome.status == "rejected"
    assert "no tokens" in outcome.reason


def test_an_encoder_that_cannot_be_loaded_stops_the_run(run, fake_encoder, monkeypatch) -> None:
    def fails(self, texts):
        raise EncoderError("The encoder could not be loaded.")

    monkeypatch.setattr(type(fake_encoder), "encode", fails)
    with pytest.raises(EncoderError):
        run(article("crane"))


def test_progress_counts_sources_and_paragraphs_up_to_the_total(library: Library, fake_encoder) -> None:
    given = [article("crane", 4), Rejected("x", "y"), article("ship", 2), article("crane", 4)]
    steps = [step for step in ingest(given, library, fake_encoder) if isinstance(step, Progress)]
    assert [(p.done, p.total, p.paragraphs) for p in steps[-4:]] == [
        (1, 4, 4),
        (2, 4, 4),
        (3, 4, 6),
        (4, 4, 6),
    ]
    unknown = [s for s in ingest(iter(given), library, fake_encoder) if isinstance(s, Progress)]
    assert unknown[-1].total is None


def test_a_long_article_shows_progress_while_it_is_encoded(library: Library, fake_encoder) -> None:
    steps = list(ingest([article("crane", 4 * BATCH)], library, fake_encoder))
    before = steps[: next(i for i, s in enumerate(steps) if isinstance(s, Outcome))]
    assert len(before) > 4
    assert all(isinstance(s, Progress) and s.done == 0 and s.current == "/news/crane.txt" for s in before)
    ahead = [s.ahead for s in before if isinstance(s, Progress)]
    assert ahead == sorted(ahead)
    assert 0.0 < ahead[0] < 0.2
    assert ahead[-1] > 0.8
    assert all(isinstance(s, Progress) and s.encoded == int(s.ahead * 4 * BATCH) for s in before)


def test_outcomes_appear_while_later_sources_are_still_unread(library: Library, fake_encoder) -> None:
    read: list[int] = []

    def sources() -> Iterator[Article]:
        for n in range(200):
            read.append(n)
            yield article(f"n{n}", 10)

    steps = ingest(sources(), library, fake_encoder)
    next(step for step in steps if isinstance(step, Outcome))
    assert len(read) <= 20
    assert len(library.articles()) == 1
    steps.close()
    assert len(library.articles()) == 1


def test_large_files_are_stored_before_many_of_them_are_held(library: Library, fake_encoder) -> None:
    taken = []

    def scans():
        for name in ("crane", "heron", "stork", "ibis"):
            taken.append(name)
            yield replace(article(name), original=bytes(MOST_KEPT // 2 + 1))

    steps = ingest(scans(), library, fake_encoder)
    assert isinstance(next(steps), Outcome)
    assert taken == ["crane", "heron"]


def test_nothing_to_ingest_yields_nothing(library: Library, fake_encoder) -> None:
    assert list(ingest([], library, fake_encoder)) == []


def test_texts_are_encoded_in_order_of_length_and_come_back_in_theirs(fake_encoder, monkeypatch) -> None:
    lengths: list[list[int]] = []
    encode = type(fake_encoder).encode
    monkeypatch.setattr(
        type(fake_encoder), "encode", lambda self, t: lengths.append([len(x) for x in t]) or encode(self, t)
    )
    texts = [f"w{n} " * (1 + n * 7 % 50) for n in range(600)] + ["w1"]
    *_, (share, vectors) = encode_texts(texts, fake_encoder)
    flat = [length for batch in lengths for length in batch]
    assert share == 1.0
    assert flat == sorted(flat)
    assert max(map(len, lengths)) <= BATCH
    assert np.array_equal(vectors, encode(fake_encoder, texts))


def test_each_vector_belongs_to_its_chunk_or_sentence(fake_encoder) -> None:
    given = article("crane", 5)
    encoded = encode_article(given, fake_encoder)
    chunks = fake_encoder.encode([c.encoder_text for c in encoded.cut.chunks])
    assert np.array_equal(encoded.chunk_vectors, chunks)
    spans = [given.paragraph_text(n)[s:e] for n in range(1, 6) for s, e in encoded.cut.sentences[n - 1]]
    assert np.array_equal(encoded.sentence_vectors, fake_encoder.encode(spans))
    assert cut(given, fake_encoder).texts[5:] == spans


FULL_DISK = """
import hashlib, sys
import numpy as np
from pathlib import Path
from footnote.ingest.article import make_article
from footnote.ingest.errors import LibraryUnwritable
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome, ingest

class Flat:
    name, dimension, window = "flat", 32, 256
    def encode(self, texts):
        return np.full((len(texts), 32), 32 ** -0.5, dtype=np.float32)
    def count(self, text):
        return len(text.split())

def articles():
    for n in range(100_000):
        text = hashlib.sha512(str(n).encode()).hexdigest()
        yield make_article([("", f"{text} {n} {p}.") for p in range(40)], title=f"T{n}", source=f"{n}")

limit = int(sys.argv[2])
if limit:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
with open_library(Path(sys.argv[1]), "flat", 32) as library:
    try:
        for step in ingest(articles(), library, Flat()):
            if isinstance(step, Outcome):
                print(step.status, step.article_id, flush=True)
    except LibraryUnwritable as error:
        print("refused", error, flush=True)
"""


def fill(home: Path, limit: int) -> subprocess.CompletedProcess[str]:
    """Ingest in a process of its own until the disk is full, or a file is `limit` bytes long."""
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(home), str(limit)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(params=["limit", "tmpfs"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A folder with room for a few megabytes, and the largest file that is allowed there (0: any)."""
    folder = tmp_path / "small"
    folder.mkdir()
    if request.param == "limit":
        pytest.importorskip("resource")
        yield folder, 3 << 20
        return
    mounted = os.name == "posix" and os.geteuid() == 0
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]
    if not mounted or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder, 0
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_one_sentence_and_loses_nothing(small_disk: tuple[Path, int]) -> None:
    folder, limit = small_disk
    home = folder / "library"
    done = fill(home, limit)
    *stored, last = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert last.startswith("refused ")
    assert "disk seems to be full" in last
    assert str(home) in last
    added = {line.split()[1] for line in stored}
    assert len(added) > 5
    with open_library(home, "flat", 32, read_only=True) as reader:
        assert {a.article_id for a in reader.articles()} >= added
        assert all(len(reader.paragraphs(article_id)) == 40 for article_id in added)


def test_a_library_on_a_full_disk_is_whole_when_there_is_room_again(tmp_path: Path, fake_encoder) -> None:
    pytest.importorskip("resource")
    home = tmp_path / "library"
    done = fill(home, 3 << 20)
    added = {line.split()[1] for line in done.stdout.splitlines()[:-1]}
    with open_library(home, "flat", 32) as library:
        library.catch_up()
        found = {a.article_id for a in library.articles()}
        assert added <= found
        assert len(found - added) <= 1
        assert library._index._chroma.count() == 40 * len(found)
        for article_id in found - added:
            library.remove(article_id)
        assert {a.article_id for a in library.articles()} == added


class Flat:
    """Every text is the same to it."""

    name, dimension, window = "flat", 32, 256

    def encode(self, texts):
        return np.full((len(texts), 32), 32**-0.5, dtype=np.float32)

    def count(self, text):
        return len(text.split())


def some_articles(count: int) -> Iterator[Article]:
    for n in range(count):
        texts = [("", f"Crane {n} lifts beam {p} of {n * p}.") for p in range(40)]
        yield make_article(texts, title=f"T{n}", source=f"{n}")


def on_a_small_disk(small_disk: tuple[Path, int]) -> Path:
    folder, limit = small_disk
    if limit:
        pytest.skip("a limit on files is no full disk")
    with open_library(folder / "library", "flat", 32) as library:
        for _ in ingest(some_articles(6), library, Flat()):
            pass
    return folder


def filled(folder: Path) -> None:
    with contextlib.suppress(OSError), (folder / "fill").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65_536))
    with contextlib.suppress(OSError), (folder / "rest").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


def test_an_article_can_be_removed_from_a_disk_that_is_full_to_the_last_byte(small_disk) -> None:
    folder = on_a_small_disk(small_disk)
    (folder / "library" / "reserve").unlink()
    shutil.rmtree(folder / "library" / "chroma", ignore_errors=True)
    filled(folder)
    with open_library(folder / "library", "flat", 32) as library:
        first, *others = library.articles()
        library.remove(first.article_id)
        assert library.articles() == others
    (folder / "fill").unlink()
    with open_library(folder / "library", "flat", 32) as library:
        assert library.articles() == others


def test_an_article_can_be_removed_when_the_disk_fills_while_the_library_is_open(small_disk) -> None:
    folder = on_a_small_disk(small_disk)
    with open_library(folder / "library", "flat", 32) as library:
        first, second, *others = library.articles()
        library.remove(first.article_id)
        filled(folder)
        library.remove(second.article_id)
        assert library.articles() == others


def test_a_full_disk_stops_the_run_rather_than_rejecting_every_article(
    run, library: Library, monkeypatch
) -> None:
    def full(*_: object) -> None:
        raise LibraryUnwritable("The disk seems to be full.")

    monkeypatch.setattr(type(library), "store", full)
    with pytest.raises(LibraryUnwritable):
        run(article("crane"), article("ship"))
