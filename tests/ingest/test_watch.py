"""A followed folder and its library agree, whatever happens in the folder."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from footnote.ingest.article import Rejected
from footnote.ingest.errors import SourceNotFound
from footnote.ingest.handover.writer import LocalWriter
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome, Progress
from footnote.ingest.sources import read_sources
from footnote.ingest.watch import Changes, Folder, Removed, apply, changes, known_files

TIDE = "The tide came in at noon. Nobody had expected it.\n\nBy two the square was dry again.\n"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def library(tmp_path, fake_encoder):
    with open_library(tmp_path / "library", fake_encoder.name, fake_encoder.dimension) as library:
        yield library


class Following:
    """A folder that is followed with a clock of its own."""

    def __init__(self, root: Path, library, encoder) -> None:
        self.library = library
        self.encoder = encoder
        self.clock = Clock()
        self.root = root
        self.start()

    def start(self) -> None:
        self.folder = Folder(self.root, known_files(self.library, self.root), clock=self.clock)

    def step(self) -> list[tuple[str, str]]:
        """Look twice with a pause between, and return what was done as (name, status)."""
        done: list[tuple[str, str]] = []
        for _ in range(2):
            found = self.folder.look()
            events = apply(found, LocalWriter(self.library, self.encoder))
            told = [e.as_json() for e in events if isinstance(e, (Outcome, Removed))]
            done += [(os.path.relpath(t["source"], self.root), t["status"]) for t in told]
            self.folder.done(found)
            self.clock.now += 2
        return done

    def names(self) -> set[str]:
        return {os.path.relpath(s, self.root) for s in self.library.sources()}


@pytest.fixture
def following(root, library, fake_encoder) -> Following:
    return Following(root, library, fake_encoder)


def write(path: Path, text: str = TIDE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_appears_is_added_and_what_goes_is_removed(root, following):
    path = write(root / "deep" / "a.txt")
    assert following.step() == [("deep/a.txt", "added")]
    assert following.step() == []
    path.unlink()
    assert following.step() == [("deep/a.txt", "removed")]
    assert following.library.articles() == []


def test_what_changes_is_a_new_version(root, following):
    path = write(root / "a.txt")
    following.step()
    write(path, TIDE.replace("noon", "one"))
    assert following.step() == [("a.txt", "updated")]
    (record,) = following.library.articles()
    assert record.version == 2


def test_a_renamed_file_is_the_same_article(root, following):
    path = write(root / "a.txt")
    following.step()
    (before,) = following.library.articles()
    path.rename(root / "b.txt")
    found = following.folder.look()
    following.clock.now += 2
    found = following.folder.look()
    events = [
        e
        for e in apply(found, LocalWriter(following.library, following.encoder))
        if not isinstance(e, Progress)
    ]
    assert [e.as_json()["status"] for e in events] == ["duplicate", "removed"]
    assert (events[1].source, events[1].now) == (str(root / "a.txt"), str(root / "b.txt"))
    (after,) = following.library.articles()
    assert (after.article_id, after.added) == (before.article_id, before.added)


def test_a_renamed_folder_takes_its_articles_along(root, following):
    write(root / "old" / "a.txt")
    write(root / "old" / "b.txt", TIDE + "\nThe end.")
    following.step()
    (root / "old").rename(root / "new")
    following.step()
    assert following.names() == {"new/a.txt", "new/b.txt"}


def test_a_file_is_not_read_before_it_keeps_still(root, following):
    path = write(root / "a.txt", "Half a sen")
    assert following.folder.look() == Changes(settling=True)
    following.clock.now += 0.9
    write(path, "Half a sentence, and then")
    assert following.folder.look() == Changes(settling=True)
    following.clock.now += 0.9
    assert following.folder.look() == Changes(settling=True)
    following.clock.now += 0.2
    assert list(following.folder.look().ready) == [path]


def test_what_was_there_for_long_is_read_at_once(root, library, fake_encoder):
    path = write(root / "a.txt")
    os.utime(path, (1e9, 1e9))
    write(root / "b.txt")
    found = Folder(root).look()
    assert (list(found.ready), found.settling) == ([path], True)


def test_a_file_that_is_replaced_does_not_count_as_gone(root, following):
    path = write(root / "a.txt")
    following.step()
    path.unlink()
    following.folder.look()
    following.clock.now += 0.5
    write(path)
    assert following.step() in ([], [("a.txt", "unchanged")])
    assert following.names() == {"a.txt"}


def test_what_changed_while_it_was_read_is_read_again(root, following):
    path = write(root / "a.txt")
    following.folder.look()
    following.clock.now += 2
    found = following.folder.look()
    write(path, TIDE + "\nMore of it.")
    following.folder.done(found)
    assert following.step() == [("a.txt", "added")]


def test_what_was_not_done_comes_again(root, following):
    write(root / "a.txt")
    following.folder.look()
    following.clock.now += 2
    assert following.folder.look().ready
    assert following.folder.look().ready


def test_a_restart_finds_what_happened_meanwhile(root, following):
    kept, changed, gone = (
        write(root / "kept.txt"),
        write(root / "changed.txt", "A. B."),
        write(root / "gone.txt", "C. D."),
    )
    following.step()
    gone.unlink()
    write(changed, "A. B. E.")
    write(root / "new.txt", "F. G.")
    for path in (kept, changed):
        os.utime(path, (1e9, 1e9))
    following.start()
    assert sorted(following.step()) == [
        ("changed.txt", "updated"), ("gone.txt", "removed"), ("kept.txt", "unchanged"), ("new.txt", "added"),
    ]  # fmt: skip


def test_an_emptied_folder_at_the_start_removes_nothing(root, following):
    path = write(root / "a.txt")
    following.step()
    path.unlink()
    following.start()
    assert following.folder.is_emptied
    assert following.step() == []
    assert following.names() == {"a.txt"}


def test_a_folder_that_goes_away_removes_nothing(root, following):
    write(root / "a.txt")
    following.step()
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(SourceNotFound, match=r"cannot be watched.*Nothing was removed"):
        following.step()
    root.mkdir()
    with pytest.raises(SourceNotFound, match="another folder"):
        following.step()
    assert following.names() == {"a.txt"}


@pytest.mark.parametrize("name", ["none", "a.txt"])
def test_what_is_no_folder_is_refused(root, name):
    write(root / "a.txt")
    with pytest.raises(SourceNotFound, match="cannot be watched"):
        Folder(root / name)


def test_articles_from_elsewhere_are_left_alone(root, following, fake_encoder):
    outside = write(root.parent / "articles too" / "x.txt", "X. Y.")
    found = Changes({outside: (0, 0, 0)})
    list(apply(found, LocalWriter(following.library, fake_encoder)))
    write(root / "a.txt")
    following.start()
    assert following.step() == [("a.txt", "added")]
    assert len(following.library.articles()) == 2


def test_rows_that_leave_a_corpus_leave_the_library(root, following):
    rows = [{"id": i, "text": f"Text {i}. It is short."} for i in "abc"]
    path = write(root / "c.jsonl", "\n".join(map(json.dumps, rows)))
    following.step()
    assert following.names() == {"c.jsonl#a", "c.jsonl#b", "c.jsonl#c"}
    write(path, json.dumps(rows[0]))
    assert ("c.jsonl#b", "removed") in following.step()
    assert following.names() == {"c.jsonl#a"}
    path.unlink()
    following.step()
    assert following.names() == set()


def test_a_file_that_becomes_unusable_leaves_its_article(root, following):
    path = write(root / "a.txt")
    following.step()
    write(path, "")
    assert following.step() == [("a.txt", "rejected")]
    assert following.names() == {"a.txt"}


def test_names_with_a_hash_are_names(root, following):
    first, second = write(root / "a#1.txt", "A. B."), write(root / "a", "no suffix")
    write(root / "a.txt", "C. D.")
    write(root / "a.txt#b.txt", "E. F.")
    following.step()
    assert following.names() == {"a#1.txt", "a.txt", "a.txt#b.txt"}
    second.unlink()
    (root / "a.txt").unlink()
    following.step()
    assert following.names() == {"a#1.txt", "a.txt#b.txt"}
    first.unlink()
    following.start()
    following.step()
    assert following.names() == {"a.txt#b.txt"}


@pytest.mark.parametrize(
    "name",
    [
        "-.txt",
        "~.txt",
        "*.txt",
        "[a].txt",
        "a b.txt",
        "a\nb.txt",
        "ä.txt",
        "a\u0308.txt",
        "'\";$(x).txt",
        "🦀.TXT",
        "%2e.txt",
    ],
)
def test_odd_names_are_followed(root, following, name):
    path = write(root / name)
    assert [s for _, s in following.step()] == ["added"]
    path.unlink()
    assert [s for _, s in following.step()] == ["removed"]


@pytest.mark.skipif(os.name == "nt", reason="names are not bytes there")
def test_a_name_that_is_no_text_is_followed(root, following):
    path = Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.txt"))
    try:
        write(path)
    except OSError:
        pytest.skip("the file system takes no such names")
    write(root / "b.txt", "A. B.")
    following.step()
    following.start()
    following.step()
    assert len(following.library.articles()) == 2
    path.unlink()
    following.step()
    assert following.names() == {"b.txt"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_what_is_no_file_is_passed_over(root, following, monkeypatch):
    import socket

    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(root)  # a socket's path must be short
        listening.bind("socket.txt")
        (root / "folder.txt").mkdir()
        (root / ".hidden.txt").write_text(TIDE)
        (root / "a.txt.part").write_text(TIDE)
        (root / "loop.txt").symlink_to(root / "loop.txt")
        (root / "nothing.txt").symlink_to(root / "none.txt")
        (root / "up").symlink_to(root)
        (root / "everything").symlink_to("/")
        assert following.step() == []
    assert following.folder.folders == {root, root / "folder.txt"}


def test_a_link_to_a_file_is_that_file_once(root, following):
    write(root / "c.txt")
    (root / "a.txt").symlink_to("c.txt")
    (root / "b.txt").symlink_to(write(root.parent / "outside.txt", "Never read."))
    assert following.step() == [("c.txt", "added")]
    (root / "a.txt").unlink()
    assert following.step() == []
    (root / "c.txt").unlink()
    assert following.step() == [("c.txt", "removed")]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_what_is_closed_to_us_is_kept(root, following):
    write(root / "deep" / "a.txt")
    path = write(root / "b.txt", "A. B.")
    following.step()
    (root / "deep").chmod(0)
    path.chmod(0)
    try:
        assert following.step() == [("b.txt", "rejected")]
        assert following.names() == {"deep/a.txt", "b.txt"}
    finally:
        (root / "deep").chmod(0o700)
        path.chmod(0o600)
    assert following.step() == [("b.txt", "unchanged")]


def test_a_folder_that_cannot_be_searched_is_not_empty(root, following, monkeypatch):
    write(root / "deep" / "a.txt")
    write(root / "b.txt", "A. B.")
    following.step()
    real = os.scandir

    def refusing(path):
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert following.step() == []
    assert following.names() == {"deep/a.txt", "b.txt"}


def test_a_folder_is_followed_as_it_happens(root, library, fake_encoder):
    """With the system's own events: add, change, rename a folder, remove; and an end when asked."""
    stop = threading.Event()
    folder = Folder(root, settle=0.1)
    names: list[set[str]] = []

    def follow() -> None:
        for found in changes(folder, stop):
            list(apply(found, LocalWriter(library, fake_encoder)))
            folder.done(found)
            names.append({os.path.relpath(s, root) for s in library.sources()})

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        write(root / "a.txt")
        wait_for(lambda: names and names[-1] == {"a.txt"})
        write(root / "new" / "deep" / "b.txt", "A. B.")
        wait_for(lambda: names[-1] == {"a.txt", "new/deep/b.txt"})
        (root / "new").rename(root / "newer")
        wait_for(lambda: names[-1] == {"a.txt", "newer/deep/b.txt"})
        shutil.rmtree(root / "newer")
        wait_for(lambda: names[-1] == {"a.txt"})
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def wait_for(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_once_ends_when_nothing_is_left_to_do(root, library, fake_encoder):
    write(root / "a.txt")
    folder = Folder(root, settle=0.1)
    for found in changes(folder, threading.Event(), once=True):
        list(apply(found, LocalWriter(library, fake_encoder)))
        folder.done(found)
    assert len(library.articles()) == 1


def test_a_link_out_of_the_folder_is_not_seen_and_not_read(tmp_path: Path):
    (tmp_path / "key.txt").write_text("The secret key is 4711.")
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "inside.txt").write_text("An owl lives here.")
    (watched / "outside.txt").symlink_to(tmp_path / "key.txt")
    found = Folder(watched, settle=0).look()
    assert [p.name for p in found.ready] == ["inside.txt"]
    # Exchanged after the look, before it is read: the folder is what counts then too.
    (watched / "inside.txt").unlink()
    (watched / "inside.txt").symlink_to(tmp_path / "key.txt")
    names = [str(p) for p in found.ready]
    (read,) = read_sources(names, within=found.root)
    assert isinstance(read, Rejected)
