"""One writer: a second one is refused in a sentence, while readers go on."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.errors import LibraryLocked, LibraryUnwritable
from footnote.ingest.library.library import open_library
from footnote.ingest.library.lock import lock_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from footnote.ingest.library.library import open_library
from footnote.ingest.library.lock import lock_folder
with open_library(Path(sys.argv[1]), "hashing", 64) as library:
    if len(sys.argv) > 2:
        library.announce(sys.argv[2])
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path, fake_encoder) -> Path:
    given = make_article([("", "The crane lifts beams.")], title="Crane", source="crane.txt")
    with open_library(tmp_path / "library", "hashing", 64) as library:
        library.store(encode_article(given, fake_encoder))
    return tmp_path / "library"


@pytest.fixture
def hold(home: Path) -> Iterator:
    """Open the library for writing in another process."""
    started: list[subprocess.Popen[str]] = []

    def holding(*url: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(home), *url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "open\n"
        return process

    yield holding
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_writer_is_refused_and_told_who_writes(home: Path, hold) -> None:
    holder = hold()
    with pytest.raises(LibraryLocked) as caught:
        open_library(home, "hashing", 64)
    assert str(holder.pid) in str(caught.value)
    assert str(home) in str(caught.value)
    assert "http" not in str(caught.value)


def test_a_second_writer_is_told_where_the_server_is(home: Path, hold) -> None:
    holder = hold("http://127.0.0.1:7860")
    with pytest.raises(LibraryLocked, match=r"http://127\.0\.0\.1:7860") as caught:
        open_library(home, "hashing", 64)
    assert str(holder.pid) in str(caught.value)


def test_readers_work_while_another_process_writes(home: Path, hold, fake_encoder) -> None:
    hold()
    with open_library(home, "hashing", 64, read_only=True) as reader:
        assert [a.title for a in reader.articles()] == ["Crane"]
        assert reader.nearest(fake_encoder.encode(["crane"])[0], 1)


def test_the_lock_goes_with_the_writer_when_it_ends(home: Path, hold) -> None:
    holder = hold()
    holder.communicate(input="")
    open_library(home, "hashing", 64).close()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_the_lock_goes_with_the_writer_when_it_is_killed(home: Path, hold) -> None:
    holder = hold("http://127.0.0.1:7860")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with open_library(home, "hashing", 64), pytest.raises(LibraryLocked) as caught:
        open_library(home, "hashing", 64)
    assert "7860" not in str(caught.value)  # the note of the dead server is gone
    assert str(os.getpid()) in str(caught.value)


def test_a_note_that_cannot_be_read_still_makes_a_sentence(home: Path, hold) -> None:
    hold()
    for content in ("", "{", "[]", '{"pid": 1}', "\ufffd"):
        (home / "owner.json").write_text(content, encoding="utf-8")
        with pytest.raises(LibraryLocked, match="Another process writes"):
            open_library(home, "hashing", 64)


def test_a_library_may_be_closed_in_another_thread_than_it_was_opened_in(home: Path) -> None:
    library = open_library(home, "hashing", 64)
    thread = threading.Thread(target=library.close)
    thread.start()
    thread.join()
    open_library(home, "hashing", 64).close()


@pytest.mark.skipif(os.name != "posix", reason="modes are those of Unix")
def test_a_library_is_private_and_the_folder_of_an_old_one_is_left_as_it_is(
    tmp_path: Path, fake_encoder
) -> None:
    old = tmp_path / "shared"
    old.mkdir(mode=0o755)
    (old / "library.sqlite").touch(mode=0o644)
    for home, folder, file in ((tmp_path / "a" / "new", 0o700, 0o600), (old, 0o755, 0o600)):
        with open_library(home, fake_encoder.name, fake_encoder.dimension):
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.glob("library.sqlite*")}
            assert set(modes.values()) == {file}
            assert len(modes) == 3
        assert stat.S_IMODE(home.stat().st_mode) == folder


@pytest.mark.skipif(os.name != "posix", reason="the system has no such modes")
def test_files_in_a_folder_that_existed_become_private(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "chroma" / "deep").mkdir(parents=True)
    for name in (
        "library.sqlite",
        "library.sqlite-wal",
        "chroma/deep/data.bin",
        "footnote.toml",
        "letter.txt",
    ):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o644)
    lock_folder(tmp_path).release()
    open_to_others = [p.name for p in tmp_path.rglob("*") if p.stat().st_mode & 0o077 and p.name != "lock"]
    assert open_to_others == ["letter.txt"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.name != "posix", reason="making links takes rights elsewhere")
@pytest.mark.parametrize(
    "name",
    [
        *("owner.json", "owner.tmp", "reserve", "dirty", "lock", "handover.json", "library.sqlite-wal"),
        *("conversations.sqlite", "chroma.9", "chroma.1/deep", "evaluations", "answers"),
    ],
)
def test_a_folder_with_links_where_its_own_files_belong_is_not_written(
    home: Path, tmp_path: Path, name: str, fake_encoder
):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).unlink(missing_ok=True)
    (home / name).symlink_to(victim)
    with pytest.raises(LibraryUnwritable, match="is a link"):
        open_library(home, "hashing", 64)
    assert victim.read_text() == "mine"
    assert (home / name).is_symlink()


def test_settings_that_are_a_link_are_read(home: Path, tmp_path: Path):
    (tmp_path / "mounted.toml").write_text("passages = 5")
    (home / "footnote.toml").symlink_to(tmp_path / "mounted.toml")
    open_library(home, "hashing", 64).close()
