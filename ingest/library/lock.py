"""The operating system's lock on a library's folder: one process writes, and says who it is."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from typing import TYPE_CHECKING

import filelock

from footnote.ingest.errors import LibraryLocked, LibraryUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# What a library's folder holds that Footnote made.
OWN = (
    *("library.sqlite*", "conversations.*", "lock", "owner.*", "handover.json", "chroma*", "evaluation*"),
    *("answers*", "reserve", "dirty", "footnote.toml"),
)
READ_ALONE = "footnote.toml"  # never written where it leads to, so it may be a link


class FolderLock:
    """The operating system's lock on a library folder, and a note on who holds it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._note = home / "owner.json"
        # thread_local=False: a server may close the library in another thread than it opened it.
        self._lock = filelock.FileLock(home / "lock", timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise LibraryLocked(self._refusal()) from None
        with contextlib.suppress(OSError):  # on a full disk it must still be possible to remove articles
            self.announce("")
        make_private(home)

    def announce(self, url: str) -> None:
        """Write down who holds the lock; whole or not at all."""
        draft = self._note.with_suffix(".tmp")
        draft.write_text(json.dumps({"pid": os.getpid(), "url": url}), encoding="utf-8")
        draft.replace(self._note)

    def release(self) -> None:
        """Let the next writer in."""
        self._note.unlink(missing_ok=True)
        self._lock.release()

    def _refusal(self) -> str:
        try:
            owner = json.loads(self._note.read_text(encoding="utf-8"))
            pid, url = owner["pid"], owner["url"]
        except (OSError, ValueError, KeyError, TypeError):
            return f"Another process writes to the library {self._home}. Wait for it, or stop it."
        if url:
            return (
                f"The library {self._home} is in use by the server at {url} (process {pid}). "
                "Add and remove articles on that page, or stop it first."
            )
        return f"Process {pid} writes to the library {self._home}. Wait until it is done, or stop it."


def make_private(home: Path) -> None:
    """Take from others what they may do with the files of a library, also those of an earlier version.

    The folder itself stays as its owner made it, and what is not the library's own in it.
    """
    if os.name != "posix":
        return
    for one in _own(home):
        with contextlib.suppress(OSError):
            mode = one.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & 0o077:
                one.chmod(stat.S_IMODE(mode) & 0o700)


def _own(home: Path) -> Iterator[Path]:
    """Yield what is there of the library's own, folders with all that is in them; links lead nowhere."""
    for path in [p for name in OWN for p in home.glob(name)]:
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from path.rglob("*")


def _refuse_links(home: Path) -> None:
    """Keep a folder that came from somebody else from having files outside it written over.

    Raises:
        LibraryUnwritable: If something of the library's own is a link.
    """
    link = next((one for one in _own(home) if one.is_symlink() and one.name != READ_ALONE), None)
    if link is not None:
        raise LibraryUnwritable(
            f"{link} is a link, and nothing is written outside a library's folder. Put the file itself in "
            "its place, or remove the link."
        )


def lock_folder(home: Path) -> FolderLock:
    """Create the folder, for its owner alone, when it is missing, and lock it.

    Raises:
        LibraryLocked: If another process writes to it.
        LibraryUnwritable: If it cannot be written, or has links where files of the library belong.
    """
    with _explained(home):
        _make(home)
        _refuse_links(home)
        return FolderLock(home)


def make_folder(home: Path) -> None:
    """Create the folder, for its owner alone, when it is missing.

    Raises:
        LibraryUnwritable: If it cannot be made.
    """
    with _explained(home):
        _make(home)


def _make(home: Path) -> None:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)  # what a person reads is nobody else's business


@contextlib.contextmanager
def _explained(home: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise LibraryUnwritable(f"{home} is not a folder. Choose a folder with --home.") from None
    except OSError as error:
        raise LibraryUnwritable(
            f"The folder {home} cannot be written: {error.strerror or error}. "
            "Check its permissions, or choose another with --home."
        ) from error
