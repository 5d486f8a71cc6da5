"""Connections to the record's file, and SQLite's errors as sentences."""

from __future__ import annotations

import queue
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from footnote.ingest.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryUnwritable
from footnote.ingest.library.lock import create_private
from footnote.ingest.library.record.schema import add_later_tables, create_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 30.0


class Record:
    """Connections to the SQLite file: one that writes, and a pool of those that read.

    `mode` is `write`, `read` (another process may write), `frozen` (nobody writes: a read-only
    folder), or `empty` (there is no library: an empty one in memory).
    """

    def __init__(self, path: Path, mode: str) -> None:
        self.path = path
        self.mode = mode
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._all: list[sqlite3.Connection] = []
        self._closed = False
        self._turn = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        if mode == "write":
            try:
                with explained(path):
                    create_private(path)  # the files that SQLite puts beside it get the same mode
                    self._writer = self._connect()
                    self._writer.execute("PRAGMA journal_mode = WAL")
            except BaseException:
                self.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; each statement sees the last committed state."""
        with explained(self.path):
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                connection = self._connect()
            try:
                yield connection
            finally:
                self._idle.put(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all that is done inside, or none of it when it raises. One at a time."""
        assert self._writer is not None, "a read-only library does not write"
        with self._turn, explained(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def connection(self) -> sqlite3.Connection:
        """Return a connection of the caller's own, closed with the others."""
        with explained(self.path):
            return self._connect()

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        with self._turn:
            self._closed = True
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise LibraryError(f"The library {self.path.parent} has been closed.")
        options = {"write": "rwc", "read": "ro", "frozen": "ro&immutable=1"}
        name = (
            ":memory:"
            if self.mode == "empty"
            else f"{self.path.absolute().as_uri()}?mode={options[self.mode]}"
        )
        connection = sqlite3.connect(
            name,
            uri=self.mode != "empty",
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        self._all.append(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if self.mode == "empty":
            create_schema(connection)
        elif self.mode != "write":
            add_later_tables(connection)
        return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences that name the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if (sentence := _explanation(path, error)) is None:
            raise
        raise sentence from error


def _explanation(path: Path, error: sqlite3.Error) -> LibraryError | None:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return LibraryUnwritable(
            f"{path.parent} could not be written ({error}): the disk seems to be full. "
            "What was stored before is safe. Free some space and run the command again."
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return LibraryUnwritable(
            f"{path} could not be opened for writing ({error}). "
            "Check the folder's permissions, or choose another with --home."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT")):
        return damaged(path, str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LibraryLocked(f"{path} is in use by another program. Close it and try again.")
    return None


def damaged(path: Path, reason: str) -> LibraryDamaged:
    """Return the error that names the damaged record and the way out."""
    return LibraryDamaged(
        f"{path} is damaged ({reason}). Restore it from a backup, or move the folder "
        f"{path.parent} away and add your articles again with `footnote ingest`."
    )
