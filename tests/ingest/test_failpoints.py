"""The end at every single step of writing: before each SQL statement, and on either side of each act of
the vector index, with the log whole, torn or scribbled over, and with the disk full at every page.

A library's folder is copied just before each step: that is what a kill, or a cut of the power, leaves.
Every copy must open, show the state before or after the act that was interrupted, and be whole.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from footnote.ingest.article import Visit, make_article
from footnote.ingest.errors import LibraryUnwritable
from footnote.ingest.library import index as index_module
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.library.record import FeedRecord
from footnote.ingest.library.record.words import Fts5Words
from footnote.ingest.library.vectors import ChromaIndex
from footnote.ingest.pipeline import ingest
from tests.conftest import HashingEncoder
from tests.ingest.test_kill import ORPHANS, ORPHANS_OF_WORDS, check_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footnote.ingest.article import Article

ENCODER = HashingEncoder()
VISIT = Visit('"1"', "", "2026-03-02T10:00:00+00:00", "")
State = tuple[Any, ...]


def article(name: str, revision: int = 0, source: str = "", size: int = 3) -> Article:
    texts = [("Part", f"{name} says {revision} in part {p}. It weighs {p} tons.") for p in range(size)]
    return make_article(texts, title=name.title(), source=source or f"{name}.txt")


def put(*given: Article) -> Callable[[Library], object]:
    return lambda library: list(ingest(given, library, ENCODER))


LINKED = replace(article("linked", source="https://example.org/a"), visit=VISIT)
# Everything that changes a library, each once.
ACTS: dict[str, Callable[[Library], object]] = {
    "a new article": put(article("crane")),
    "another": put(article("ship", size=2)),
    "one from a link": put(LINKED),
    "another source of an article": put(article("crane", source="copy.txt")),
    "a new version": put(article("ship", revision=1)),
    "another title": put(replace(article("crane"), title="The crane")),
    "another author": put(replace(article("crane"), title="The crane", author="Ada")),
    "a source that goes over to another article": put(article("ship", revision=1, source="copy.txt")),
    "a feed": lambda library: library.note_feed(FeedRecord("https://example.org/feed", "", 9, VISIT)),
    "a visit": lambda library: library.note_visit("https://example.org/a", replace(VISIT, etag='"2"')),
    "one source less": lambda library: library.remove_source("copy.txt"),
    "one article less": lambda library: library.remove(article("ship", revision=1).id),
    "the same article once more": put(article("ship", revision=1)),
}


def visible(library: Library) -> State:
    """Return all that a person can see of a library, but for the time of day."""
    shown = [
        (
            a.article_id,
            a.title,
            a.author,
            a.sources,
            a.version,
            tuple(p.text for p in library.paragraphs(a.article_id)),
        )
        for a in library.articles()
    ]
    earlier = [(a[0], v.title, v.version, v.paragraphs) for a in shown for v in library.versions(a[0])]
    return tuple(shown), tuple(earlier), tuple(library.feeds()), tuple(sorted(library.visits().items()))


def check_whole(library: Library) -> None:
    with library._record.transaction() as db:
        for name, orphans in (ORPHANS | ORPHANS_OF_WORDS[Fts5Words]).items():
            assert db.execute(orphans).fetchone() == (0,), name
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@dataclass
class Shot:
    """A copy of the folder while act number `act` was under way (the last one: when all were done)."""

    home: Path
    act: int
    before: str  # what was about to happen

    @property
    def log(self) -> Path:
        return self.home / "library.sqlite-wal"

    @property
    def logged(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0


@dataclass
class Camera:
    """Performs `ACTS` on a library and copies its folder before each step of writing."""

    folder: Path
    home: Path = field(init=False)
    shots: list[Shot] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    act: int = 0

    def __post_init__(self) -> None:
        self.home = self.folder / "library"

    def shoot(self, before: str) -> None:
        copy = self.folder / f"{len(self.shots):04}"
        shutil.copytree(self.home, copy, ignore=shutil.ignore_patterns("lock", "*-shm"))
        self.shots.append(Shot(copy, self.act, before))

    def perform(self, *, each_statement: bool = True) -> None:
        with opened(self.home) as library:
            self.states.append(visible(library))
            if each_statement:
                library._record._writer.set_trace_callback(self.shoot)
            for self.act, act in enumerate(ACTS.values()):
                act(library)
                self.states.append(visible(library))
            self.act = len(ACTS)
            self.shoot("the end")
            library._record._writer.set_trace_callback(None)


def opened(home: Path) -> Library:
    return open_library(home, ENCODER.name, ENCODER.dimension)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    camera = Camera(tmp_path_factory.mktemp("shots"))
    camera.perform()
    return camera


def check(shot: Shot, states: list[State]) -> None:
    """Open a copy and see that what was finished is there and what was not is there as a whole or not at all."""
    with opened(shot.home) as library:
        allowed = states[shot.act : shot.act + 2]
        if shot.act == list(ACTS).index("one from a link"):
            # Found pending, it is finished without how its link was read: it will be read once more.
            allowed.append((*allowed[-1][:3], ()))
        assert visible(library) in allowed, f"{shot.before} in act {shot.act}"
        check_whole(library)


@pytest.mark.slow
def test_an_end_before_any_statement_leaves_the_state_before_or_after(camera: Camera) -> None:
    assert len(camera.shots) > 200
    assert len({repr(s) for s in camera.states}) == len(ACTS) + 1, "every act changes what is seen"
    for shot in camera.shots:
        copy = replace(shot, home=shot.home.with_name(f"{shot.home.name}-kill"))
        shutil.copytree(shot.home, copy.home)
        check(copy, camera.states)
        shutil.rmtree(copy.home)


@pytest.mark.slow
def test_a_log_that_was_cut_while_it_was_written_leaves_the_state_before_or_after(camera: Camera) -> None:
    """What a COMMIT was just writing when the power went: any part of it, or something else in its place."""
    chance = random.Random(6)
    torn = 0
    for shot, later in zip(camera.shots, camera.shots[1:], strict=False):
        durable, written = shot.logged, later.logged
        if written <= durable:
            continue
        for kind in ("cut", "cut", "zeros", "noise", "holes", "holes"):
            copy = replace(shot, home=shot.home.with_name(f"{shot.home.name}-{kind}"))
            shutil.copytree(shot.home, copy.home)
            copy.log.write_bytes(spoilt(later.log.read_bytes(), durable, kind, chance))
            check(copy, camera.states)
            shutil.rmtree(copy.home)
            torn += 1
    assert torn > 60


def spoilt(log: bytes, durable: int, kind: str, chance: random.Random) -> bytes:
    """Return a log of which only the first `durable` bytes are sure to be on the disk."""
    place = chance.randrange(durable, len(log))
    if kind == "cut":
        return log[:place]
    if kind == "zeros":
        return log[:place] + bytes(len(log) - place)
    if kind == "noise":
        return log[:place] + chance.randbytes(len(log) - place)
    sectors = range(durable - durable % 512 + 512, len(log) - 512, 512)  # written in any order
    found = bytearray(log)
    for start in sectors:
        if chance.random() < 0.3:
            found[start : start + 512] = bytes(512)
    return bytes(found)


# ------------------------------------------------------------------------- the vector index


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """The same acts with Chroma open from the start, copied on either side of all that it does."""
    camera = Camera(tmp_path_factory.mktemp("indexed"))

    def around(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*given: Any) -> Any:
            camera.shoot(f"before {name}")
            result = work(*given)
            camera.shoot(f"after {name}")
            return result

        return doing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "OPEN_AT", 1)
        patch.setattr(index_module, "BEHIND", 1)
        patch.setattr(index_module, "LEFT_BEHIND", 1)
        for name in ("upsert", "delete", "close"):
            patch.setattr(ChromaIndex, name, around(name, getattr(ChromaIndex, name)))
        patch.setattr(index_module.sql, "mark_indexed", around("mark", index_module.sql.mark_indexed))
        patch.setattr(index_module, "mark", around("dirty", index_module.mark))
        camera.perform(each_statement=False)
    return camera


@pytest.mark.slow
def test_an_end_around_any_act_of_the_index_leaves_an_index_that_agrees(indexed: Camera) -> None:
    assert {"before upsert", "after delete", "after mark", "before close", "after close", "after dirty"} <= {
        shot.before for shot in indexed.shots
    }
    for shot in indexed.shots:
        check(shot, indexed.states)
        with opened(shot.home) as library:
            check_index(library)


@pytest.mark.skipif(os.name != "posix", reason="files are told apart by number")
def test_a_clean_end_leaves_nothing_of_the_index_to_a_cut_of_the_power(tmp_path: Path, monkeypatch) -> None:
    """Chroma's own files may lie in memory only when it closes. Were they lost then, with their sizes
    and times as they should be, nobody would see it at the next start.
    """
    monkeypatch.setattr(index_module, "OPEN_AT", 1)
    home, flushed, fsync = tmp_path / "library", set(), os.fsync

    def flush(handle: int) -> None:
        found = os.fstat(handle)
        flushed.add((found.st_ino, found.st_size))
        fsync(handle)

    with opened(home) as library:
        put(article("crane", size=40), article("ship", size=40))(library)
        assert library._index._chroma is not None
        monkeypatch.setattr(os, "fsync", flush)
    lost = 0
    for path in home.glob("chroma.*/**/*"):
        found = path.stat()
        if path.is_file() and found.st_size and (found.st_ino, found.st_size) not in flushed:
            path.write_bytes(bytes(found.st_size))
            os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
            lost += 1
    assert lost == 0
    with opened(home) as library:
        check_index(library)


# ------------------------------------------------------------------------------- a full disk


@pytest.mark.slow
@pytest.mark.parametrize(
    "act",
    [
        put(article("mill", size=60)),
        put(article("ship", revision=7, size=60)),
        put(replace(article("crane", size=30), title="The crane")),
        lambda library: library.remove(article("crane", size=30).id),
    ],
    ids=["a new article", "a new version", "another title", "one article less"],
)
def test_a_disk_that_is_full_at_any_page_leaves_the_state_before_and_the_act_can_be_done_again(
    tmp_path: Path, act: Callable[[Library], object], request: pytest.FixtureRequest
) -> None:
    base = tmp_path / "base"
    with opened(base) as library:
        put(article("crane", size=30), article("ship", size=30))(library)
        before = visible(library)
    refused = 0
    for room in range(0, 60, 2):
        home = tmp_path / str(room)
        shutil.copytree(base, home)
        with opened(home) as library:
            writer = library._record._writer
            (pages,) = writer.execute("PRAGMA page_count").fetchone()
            writer.execute(f"PRAGMA max_page_count = {pages + room}")
            try:
                act(library)
            except LibraryUnwritable as error:
                refused += "the disk seems to be full" in str(error)
            after = visible(library)
            writer.execute("PRAGMA max_page_count = 1000000")
            check_finished(library)
        with opened(home) as library:
            if visible(library) == before:
                act(library)
            done = visible(library)
            check_whole(library)
        assert after in (before, done)
        shutil.rmtree(home)
    assert refused < 30
    assert refused > 3 or "new" not in request.node.name


def check_finished(library: Library) -> None:
    with library._record.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
