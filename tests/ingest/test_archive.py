"""A library in one file: complete, consistent while others write, and refused when it was forged."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from footnote.ingest import archive
from footnote.ingest.archive import bring_back, export, keep, restore, verify
from footnote.ingest.article import Visit, make_article
from footnote.ingest.errors import LibraryUnwritable, UnreadableSource
from footnote.ingest.library.library import Library, open_library
from footnote.ingest.library.record import FeedRecord
from footnote.ingest.pipeline import Outcome, ingest
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footnote.ingest.article import Article

ROOT = Path(__file__).parents[2]


class OtherEncoder(HashingEncoder):
    name = "other"
    dimension = 32


def article(name: str, count: int = 3, source: str = "") -> Article:
    texts = [
        ("Parts", f"The {name} has a part {name}{n}. It weighs {n} tons. “Yes,” she said.")
        for n in range(count)
    ]
    return make_article(
        texts, title=f"About {name}", source=source or f"/{name}.txt", author="Ana Cruz", date="2026-05",
        url=f"https://example.org/{name}", language="en", pages=range(1, count + 1), times=["0:07"],
        scans=[((0, 9, 1, 2, 3, 4, 5, 6, 7, 8),)],
    )  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Library]:
    def opening(
        name: str, encoder: type[HashingEncoder] = HashingEncoder, *, read_only: bool = False
    ) -> Library:
        return open_library(tmp_path / name, encoder.name, encoder.dimension, read_only=read_only)

    return opening


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library, which has versions, a copy, a visit and a feed, and its export."""
    folder = tmp_path_factory.mktemp("made")
    with (
        pytest.MonkeyPatch.context() as patched,
        open_library(folder / "first", HashingEncoder.name, HashingEncoder.dimension) as library,
    ):
        patched.setattr(archive, "BATCH", 4)  # so that there are several batches
        add(library, article("crane"), article("ship", 2), article("ship", 4), article("dock", 9))
        add(library, replace(article("crane"), source="/copy.txt"))
        add(
            library, replace(article("ship", 5), source="/ship.txt", visit=Visit('"e"', "", "2026-06-01", ""))
        )
        library.note_feed(FeedRecord("https://example.org/feed", "", 100, Visit("a", "b", "c", "")))
        export(library, folder / "library.zip")
    return folder


@pytest.fixture
def library(made: Path, tmp_path: Path, opened) -> Iterator[Library]:
    shutil.copytree(made / "first", tmp_path / "first")
    with opened("first") as library:
        yield library


@pytest.fixture
def exported(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made / "library.zip", tmp_path))


def add(library: Library, *articles: Article) -> None:
    for _ in ingest(articles, library, HashingEncoder()):
        pass


def state(library: Library) -> dict[str, Any]:
    """Return all that a library answers from."""
    found: dict[str, Any] = {"visits": library.visits(), "feeds": library.feeds()}
    for record in library.articles():
        paragraphs = library.paragraphs(record.article_id)
        vectors = library.sentence_vectors([(record.article_id, p.number) for p in paragraphs])
        found[record.article_id] = (
            record, paragraphs, library.versions(record.article_id),
            [(key, spans, np.round(rows, 3).tolist()) for key, (spans, rows) in sorted(vectors.items())],
        )  # fmt: skip
    return found


def run(path: Path, library: Library, encoder: Any = None) -> list[Outcome]:
    return list(restore(library, path, encoder or HashingEncoder()))


def test_a_library_comes_back_as_it_was(library: Library, exported: Path, opened) -> None:
    with opened("second") as second:
        assert {o.status for o in run(exported, second)} == {"added"}
        assert state(second) == state(library)
        query = HashingEncoder().encode(["The ship has a part ship1"])[0]
        assert second.nearest(query, 5) == library.nearest(query, 5)
        assert second.match("ship", 3) == library.match("ship", 3)


def test_an_article_that_was_removed_comes_back_as_it_was(library: Library) -> None:
    for record in library.articles():
        before, visits = state(library), library.visits()
        kept = keep(library, record.article_id)
        library.remove(record.article_id)
        assert state(library) != before
        assert bring_back(library, kept, HashingEncoder()).status == "added"
        assert state(library) == before
        assert library.visits() == visits


def test_the_file_that_an_article_was_read_from_comes_back_with_it(library: Library) -> None:
    scanned = replace(article("A scan of a deed"), original=b"%PDF-1.4 deed")
    add(library, scanned)
    kept = keep(library, scanned.id)
    library.remove(scanned.id)
    assert bring_back(library, kept, HashingEncoder()).status == "added"
    assert library.original(scanned.id) == b"%PDF-1.4 deed"


def test_an_article_whose_source_says_something_else_by_now_is_not_brought_back(library: Library) -> None:
    record = library.articles()[0]
    kept = keep(library, record.article_id)
    library.remove(record.article_id)
    add(library, article("Something else", source=record.source))
    now = state(library)
    outcome = bring_back(library, kept, HashingEncoder())
    assert outcome.article_id != record.article_id
    assert state(library) == now


def test_what_came_back_is_unchanged_when_its_sources_are_read_again(exported: Path, opened) -> None:
    with opened("second") as second:
        run(exported, second)
        steps = ingest(
            [article("crane"), replace(article("crane"), source="/copy.txt")], second, HashingEncoder()
        )
        assert [s.status for s in steps if isinstance(s, Outcome)] == ["unchanged", "unchanged"]


def test_importing_twice_adds_nothing(exported: Path, opened) -> None:
    with opened("second") as second:
        run(exported, second)
        before = state(second)
        assert {o.status for o in run(exported, second)} == {"unchanged"}
        assert state(second) == before


def test_an_import_that_was_stopped_goes_on_where_it_was(library: Library, exported: Path, opened) -> None:
    with opened("second") as second:
        steps = restore(second, exported, HashingEncoder())
        next(steps)
        steps.close()
        assert len(second.articles()) == 1
        run(exported, second)
        assert state(second) == state(library)


def test_what_a_library_has_already_is_left_alone(exported: Path, opened) -> None:
    with opened("second") as second:
        mine = article("mine", source="/ship.txt")
        add(second, mine, article("other"))
        outcomes = {o.source: o for o in run(exported, second)}
        assert outcomes["/ship.txt"].status == "unchanged"
        assert "kept" in outcomes["/ship.txt"].warnings[0]
        assert second.find_by_source("/ship.txt").article_id == mine.id
        assert len(second.articles()) == 4


def test_another_encoder_makes_its_own_vectors(exported: Path, opened) -> None:
    with opened("second", OtherEncoder) as second:
        run(exported, second, OtherEncoder())
        query = OtherEncoder().encode(["The crane has a part crane1"])[0]
        assert second.nearest(query, 1)[0][0][0] == article("crane").id


def test_vectors_are_not_made_anew_for_the_same_encoder(exported: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr(HashingEncoder, "encode", None)
    with opened("second") as second:
        assert {o.status for o in run(exported, second)} == {"added"}


def test_an_empty_library_is_exported_and_imported(opened, tmp_path: Path) -> None:
    with opened("empty") as empty:
        assert export(empty, tmp_path / "empty.zip").articles == 0
    with opened("absent", read_only=True) as absent:
        export(absent, tmp_path / "absent.zip")
    with opened("second") as second:
        assert run(tmp_path / "empty.zip", second) == run(tmp_path / "absent.zip", second) == []


def test_an_export_is_one_moment_while_another_process_writes(
    library: Library, opened, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            add(
                library,
                article("tide", 2, source=f"/{number % 5}.txt"),
                article(f"wave{number}", 2, source="/w.txt"),
            )
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with opened("first", read_only=True) as reader:
            for number in range(5):
                target = tmp_path / f"{number}.zip"
                manifest = export(reader, target)
                assert verify(target) == manifest
    finally:
        stop.set()
        writer.join()


def test_progress_is_told_up_to_the_end(library: Library, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    export(library, tmp_path / "a.zip", lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


# --------------------------------------------------------------------------- nothing half written


def test_what_goes_wrong_leaves_the_old_file_and_nothing_else(
    exported: Path, library: Library, monkeypatch
) -> None:
    before = exported.read_bytes()

    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive._Batch, "add", fails)
    with pytest.raises(KeyboardInterrupt):
        export(library, exported)
    assert exported.read_bytes() == before
    assert sorted(p.name for p in exported.parent.iterdir()) == ["first", "library.zip"]


def test_a_place_that_cannot_be_written_is_named(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryUnwritable, match="no-such"):
        export(library, tmp_path / "no-such" / "library.zip")


@pytest.mark.skipif(os.name == "nt", reason="the system has no such limit")
def test_a_full_disk_leaves_nothing(library: Library, tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path; from footnote.ingest.library.library import open_library\n"
        "from footnote.ingest.archive import export; from footnote.ingest.errors import LibraryUnwritable\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))\n"
        "library = open_library(Path(sys.argv[1]), 'hashing', 64, read_only=True)\n"
        "try: export(library, Path(sys.argv[2]))\n"
        "except LibraryUnwritable as error: print(error)\n"
    )
    target = tmp_path / "out" / "library.zip"
    target.parent.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", code, str(library.home), str(target)], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert "could not be written" in ran.stdout, ran.stderr
    assert list(target.parent.iterdir()) == []


def test_what_a_killed_export_left_is_cleared_by_the_next(library: Library, tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f".library.zip.{ended.pid}.part"
    ours = tmp_path / f".library.zip.{os.getppid()}.part"
    left.write_bytes(b"x")
    ours.write_bytes(b"x")
    export(library, tmp_path / "library.zip")
    assert not left.exists()
    assert ours.exists()


# --------------------------------------------------------------------------- forged and damaged


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Return a copy of an archive with its members changed."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    target = path.with_name("forged.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in members.items():
            new.writestr(name, data)
    return target


def line(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    """Return a change of the first article."""

    def changing(members: dict[str, bytes]) -> None:
        first, _, rest = members["batch-00000.jsonl"].partition(b"\n")
        said = json.loads(first)
        change(said)
        members["batch-00000.jsonl"] = json.dumps(said).encode() + b"\n" + rest

    return changing


def manifest(**values: object) -> Callable[[dict[str, bytes]], None]:
    def changing(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | values).encode()

    return changing


def patch(name: str, data: bytes | Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def changing(members: dict[str, bytes]) -> None:
        members[name] = data(members[name]) if callable(data) else data

    return changing


FORGERIES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "no manifest": lambda m: m.pop("manifest.json"),
    "no links": lambda m: m.pop("links.json"),
    "a member more": patch("evil.py", b"x"),
    "a member that climbs": patch("../evil.jsonl", b"x"),
    "an absolute member": patch("/tmp/evil.jsonl", b"x"),
    "a manifest of another kind": manifest(kind="other"),
    "a newer form": manifest(form=99),
    "more articles than there are": manifest(articles=9),
    "more paragraphs than there are": manifest(paragraphs=9),
    "a giant dimension": manifest(dimension=10**9),
    "a negative dimension": manifest(dimension=-1),
    "a dimension that is a text": manifest(dimension="64"),
    "a manifest that is a list": patch("manifest.json", b"[]"),
    "a manifest that is no JSON": patch("manifest.json", b"{"),
    "a manifest that is nested": patch("manifest.json", b"[" * 100_000),
    "links that are a list": patch("links.json", b"[]"),
    "a feed of a file": patch("links.json", b'{"feeds": [{"url": "file:///etc/passwd", "since": "", "most": 1, "visit": {"etag": "", "modified": "", "at": "", "feed": ""}}], "visits": {}}'),
    "another text": line(lambda a: a["paragraphs"][0].__setitem__(1, "Another text.")),
    "another id": line(lambda a: a.update(article_id="0" * 16)),
    "no sources": line(lambda a: a.update(sources=[])),
    "a source that is a number": line(lambda a: a.update(sources=[[3, ""]])),
    "a source with a NUL": line(lambda a: a["sources"][0].__setitem__(0, "a\x00b")),
    "no paragraphs": line(lambda a: a.update(paragraphs=[])),
    "a date that is none": line(lambda a: a.update(date="<script>")),
    "a version of nought": line(lambda a: a.update(version=0)),
    "a version that is true": line(lambda a: a.update(version=True)),
    "a time that is a number": line(lambda a: a["times"].__setitem__(0, 7)),
    "a scan less": line(lambda a: a["scans"].pop()),
    "a scan of words": line(lambda a: a["scans"].__setitem__(0, [["a"] * 10])),
    "a line of a scan less": line(lambda a: a["scans"].__setitem__(0, [[1] * 9])),
    "a time less": line(lambda a: a["times"].pop()),
    "a negative page": line(lambda a: a["paragraphs"][0].__setitem__(2, -3)),
    "a chunk of another paragraph": line(lambda a: a["chunks"][0].__setitem__(0, 99_999)),
    "a chunk that ends outside": line(lambda a: a["chunks"][0].__setitem__(2, 99_999)),
    "a chunk that ends before it starts": line(lambda a: a["chunks"][0].__setitem__(1, 10_000)),
    "a sentence outside": line(lambda a: a["sentences"][0].__setitem__(0, [0, 99_999])),
    "sentences missing": line(lambda a: a["sentences"].pop()),
    "a chunk less": line(lambda a: a["chunks"].pop()),
    "a line that is no article": lambda m: m.update({"batch-00000.jsonl": b"3\n"}),
    "an earlier version of nothing": lambda m: m.update({"batch-00000.jsonl": b'{"before": {}}\n'}),
    "vectors cut off": patch("batch-00000.chunks", lambda data: data[:-4]),
    "vectors to spare": patch("batch-00000.sentences", lambda data: data + b"1234"),
    "no vectors": lambda m: m.pop("batch-00000.chunks"),
    "vectors that are no numbers": patch("batch-00000.chunks", lambda data: struct.pack("<f", float("nan")) * (len(data) // 4)),
    "vectors that are too long": patch("batch-00000.chunks", lambda data: (np.frombuffer(data, "<f4") * 3).tobytes()),
}  # fmt: skip


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
def test_a_forged_archive_is_refused_and_nothing_is_stored(exported: Path, opened, forgery: str) -> None:
    forged = rewritten(exported, FORGERIES[forgery])
    # Opened to be read: an attempt to write would be another error.
    with (
        opened("second", read_only=True) as second,
        pytest.raises(UnreadableSource, match=r"forged\.zip.*Nothing was changed"),
    ):
        run(forged, second)


def test_a_line_without_end_is_refused(exported: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr(archive, "LONGEST_LINE", 1_000_000)
    forged = rewritten(exported, lambda m: m.update({"batch-00000.jsonl": b'{"a": "' + b"x" * 5_000_000}))
    with pytest.raises(UnreadableSource, match="a line"):
        verify(forged)


@pytest.mark.parametrize(
    "make",
    [
        lambda data: b"",
        lambda data: b"not a zip",
        lambda data: data[: len(data) // 2],
        lambda data: data[:5_000] + b"\x00" * 200 + data[5_200:],
        lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x03", 1),
    ],
    ids=["empty", "text", "half", "scribbled", "directory"],
)
def test_a_damaged_archive_is_refused(exported: Path, tmp_path: Path, make) -> None:
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(make(exported.read_bytes()))
    with pytest.raises(UnreadableSource, match=r"damaged\.zip"):
        verify(damaged)


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="no such file"):
        verify(tmp_path / "none.zip")
    with pytest.raises(UnreadableSource, match="could not be read"):
        verify(tmp_path)


def test_an_encrypted_archive_is_refused(exported: Path, tmp_path: Path) -> None:
    data = bytearray(exported.read_bytes())
    where = data.find(b"PK\x01\x02")
    data[where + 8] |= 1
    forged = tmp_path / "locked.zip"
    forged.write_bytes(data)
    with pytest.raises(UnreadableSource, match="no library"):
        verify(forged)


def test_what_unpacks_to_far_more_than_it_is_is_refused_before_it_is_read(exported: Path, opened) -> None:
    before = {"before": {"source": "s", "article_id": "a", "version": 1, "title": "t", "date": "", "added": "",
                         "paragraphs": [["", "x" * 60_000_000]]}}  # fmt: skip

    def change(members: dict[str, bytes]) -> None:
        first, end, rest = members["batch-00000.jsonl"].partition(b"\n")
        members["batch-00000.jsonl"] = first + end + 5 * (json.dumps(before).encode() + b"\n") + rest

    forged = packed(exported, change)
    with opened("new") as library, pytest.raises(UnreadableSource, match="would unpack to"):
        run(forged, library)


def test_of_earlier_versions_only_the_latest_that_fit_are_held(exported: Path, opened, monkeypatch) -> None:
    monkeypatch.setattr(archive, "MOST_EARLIER", 3_000)

    def change(members: dict[str, bytes]) -> None:
        first, end, rest = members["batch-00000.jsonl"].partition(b"\n")
        known = json.loads(first)
        lines = [
            json.dumps({"before": {"source": known["sources"][0][0], "article_id": "a", "version": 1, "date": "",
                                   "title": f"Version {n}", "added": "", "paragraphs": [["", "x" * 1000]]}})
            for n in range(50)
        ]  # fmt: skip
        members["batch-00000.jsonl"] = first + end + ("\n".join(lines) + "\n").encode() + rest

    with opened("new") as library:
        run(packed(exported, change), library)
        titles = {v.title for a in library.articles() for v in library.versions(a.article_id)}
    assert {t for t in titles if t.startswith("Version")} == {"Version 48", "Version 49"}


@pytest.mark.parametrize(
    "links",
    [
        {"visits": {}, "feeds": [{"url": f"http://10.0.0.1/{n}", "since": "", "most": 10,
                                  "visit": dict.fromkeys(("etag", "modified", "at", "feed"), "")}
                                 for n in range(3_000)]},
        {"visits": {}, "feeds": [{"url": "http://e/", "since": "", "most": 10**9,
                                  "visit": dict.fromkeys(("etag", "modified", "at", "feed"), "")}]},
        {"visits": {}, "feeds": [{"url": "http://e/" + "x" * 9_000, "since": "", "most": 1,
                                  "visit": dict.fromkeys(("etag", "modified", "at", "feed"), "")}]},
        {"visits": {"s" * 9_000: dict.fromkeys(("etag", "modified", "at", "feed"), "")}, "feeds": []},
        {"visits": {}, "feeds": [[]] * 2_000_000},
    ],
    ids=["many", "endless", "long", "long source", "lists"],
)  # fmt: skip
def test_links_beyond_what_anybody_has_are_refused(exported: Path, opened, links: dict[str, Any]) -> None:
    def change(members: dict[str, bytes]) -> None:
        members["links.json"] = json.dumps(links).encode()

    with opened("new") as library:
        with pytest.raises(UnreadableSource, match="not imported"):
            run(packed(exported, change), library)
        assert not library.feeds()
        assert not library.articles()


def packed(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Write the archive again with a change, packed as a forger packs."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    target = path.with_name("forged.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name, data in members.items():
            new.writestr(name, data)
    return target
