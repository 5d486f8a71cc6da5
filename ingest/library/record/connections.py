"""Connections to the record's file, and SQLite's errors as sentences."""

from __future__ import annotations

import queue
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from footnote.ingest.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryUnwritable
from footnote.ingest.library.private import create_private
from footnote.ingest.library.record.schema import add_later_tables, create_schema
from footnote.ingest.library.record.seeing import views
from footnote.ingest.library.record.words import Fts5Words, SeenWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_SECONDS = 30.0
MOST_CHECKED = 500_000_000  # bytes of a record whose pages are looked at when it is opened to be changed
RESERVE_NAME, RESERVE = "reserve", 1_000_000  # bytes kept, so that an article can be removed from a full disk


class SqliteConnection(sqlite3.Connection):
    """A connection to the SQLite file."""

    words = Fts5Words()

    def insert(self, statement: str, values: Sequence[Any], /) -> int:
        """Insert one row, and return the number that it was given."""
        row = self.execute(statement, values).lastrowid
        assert row is not None
        return row

    def has_tables(self) -> bool:
        """Tell whether the file holds anything yet."""
        return self.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


C = TypeVar("C", bound=SqliteConnection)


class SeeingConnection(SqliteConnection):
    """A connection that sees what one account may see."""

    words = SeenWords()

    def prepare(self) -> None:
        """Put a view before each table."""
        self.execute("CREATE TEMP TABLE seeing (name TEXT NOT NULL)")
        self.execute(SeenWords.needs)
        for statement in views("main", "(SELECT name FROM temp.seeing)"):
            self.execute(statement)

    def see_as(self, account: str) -> None:
        """See what this account may see; with an empty name nothing."""
        self.execute("DELETE FROM temp.seeing")
        if account:
            self.execute("INSERT INTO temp.seeing VALUES (?)", (account,))


class SqliteRecord:
    """Connections to the SQLite file: one that writes, and a pool of those that read.

    `mode` is `write`, `read` (another process may write), `frozen` (nobody writes: a read-only
    folder), or `empty` (there is no library: an empty one in memory).
    """

    def __init__(self, path: Path, mode: str) -> None:
        self.path = path
        self.home = path.parent
        self.name, self.place = str(path), str(path.parent)
        self.mode = mode
        self.turn = threading.RLock()  # of this process: a lock on the folder keeps others out
        self._idle: queue.LifoQueue[SqliteConnection] = queue.LifoQueue()
        self._seeing: queue.LifoQueue[SeeingConnection] = queue.LifoQueue()
        self._all: list[SqliteConnection] = []
        self._closed = False
        self._turn = threading.RLock()
        self._writer: SqliteConnection | None = None
        self._watching = threading.Lock()
        self._watcher: SqliteConnection | None = None
        if mode == "write":
            try:
                with explained(path):
                    create_private(path)  # the files that SQLite puts beside it get the same mode
                    self._writer = self._open_writer()
                    self._check(self._writer)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[SqliteConnection]:
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
    def transaction(self) -> Iterator[SqliteConnection]:
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

    @contextmanager
    def snapshot(self) -> Iterator[SqliteConnection]:
        """Lend a connection that sees the record as it is now, whatever is written meanwhile."""
        connection = self.connection()
        with explained(self.path):
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def reading_as(self, account: str, *, at_once: bool = False) -> Iterator[SeeingConnection]:
        """Lend a connection that sees what an account may see; `at_once`: as it is now."""
        with explained(self.path):
            try:
                connection = self._seeing.get_nowait()
            except queue.Empty:
                connection = self._connected(SeeingConnection)
                connection.prepare()
            connection.see_as(account)
            try:
                if at_once:
                    connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                connection.see_as("")
                self._seeing.put(connection)

    def lock_rows(self) -> None:
        """Do nothing: SQLite has no accounts."""

    def version(self) -> object:
        """Return what is another once anything was committed, by whatever process."""
        with self._watching, explained(self.path):
            self._watcher = self._watcher or self._connect()  # SQLite counts the commits of others only
            return self._watcher.execute("PRAGMA data_version").fetchone()[0]

    def connection(self) -> SqliteConnection:
        """Return a connection of the caller's own, closed with the others."""
        with explained(self.path):
            return self._connect()

    def damaged(self, reason: str) -> LibraryDamaged:
        """Return the error that names the damaged record and the way out."""
        return damaged(self.path, reason)

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        with self._turn:
            self._closed = True
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _check(self, writer: sqlite3.Connection) -> None:
        """Look at every page before anything is added to a record that is damaged.

        Raises:
            LibraryDamaged: If one is not as it should be.
        """
        if self.path.stat().st_size > MOST_CHECKED:
            return
        (found,) = writer.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damaged(self.path, str(found).strip().replace("\n", " ")[:200])

    def _open_writer(self) -> SqliteConnection:
        """Open the connection that writes; on a disk that is full to the last byte, without a log.

        There an article can still be removed: its pages become free, and a change is undone from memory.
        A kill within the milliseconds of a commit would damage the record, as it never does with the log.
        """
        try:
            connection = self._connect()
            connection.execute("PRAGMA journal_mode = WAL")
            self._keep_reserve()
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
            self._leave_log()
            connection = self._connect()
            connection.execute("PRAGMA cache_spill = OFF")  # nothing reaches the file before the commit
            connection.execute("PRAGMA journal_mode = MEMORY")
        return connection

    def _leave_log(self) -> None:
        for connection in self._all:
            connection.close()
        self._all.clear()
        alone = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            alone.execute("PRAGMA locking_mode = EXCLUSIVE")  # so that it needs no memory shared by a file
            alone.execute("PRAGMA journal_mode = MEMORY")
        finally:
            alone.close()

    def _keep_reserve(self) -> None:
        """Keep some room that `make_room` gives back when the disk is full."""
        path = self.path.with_name(RESERVE_NAME)
        with suppress(OSError):
            if not path.exists() or path.stat().st_size < RESERVE:
                create_private(path)
                path.write_bytes(bytes(RESERVE))

    def make_room(self) -> bool:
        """Give back what was kept for a full disk, and tell whether there was any."""
        path = self.path.with_name(RESERVE_NAME)
        try:
            path.unlink()
        except OSError:
            return False
        return True

    def _connect(self) -> SqliteConnection:
        return self._connected(SqliteConnection)

    def _connected(self, kind: type[C]) -> C:
        if self._closed:
            raise LibraryError(f"The library {self.path.parent} has been closed.")
        options = {"write": "rwc", "read": "ro", "frozen": "ro&immutable=1"}
        name = (
            ":memory:"
            if self.mode == "empty"
            else f"{self.path.absolute().as_uri()}?mode={options[self.mode]}"
        )
        connection: C = sqlite3.connect(
            name,
            uri=self.mode != "empty",
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=kind,
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


def _is_full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_IOERR"))


def _explanation(path: Path, error: sqlite3.Error) -> LibraryError | None:
    name = getattr(error, "sqlite_errorname", "")
    if _is_full(error):
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
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return LibraryError(f"The library {path.parent} has been closed.")
    return None


def damaged(path: Path, reason: str) -> LibraryDamaged:
    """Return the error that names the damaged record and the way out."""
    return LibraryDamaged(
        f"{path} is damaged ({reason}). Restore it from a backup, or move the folder "
        f"{path.parent} away and add your articles again with `footnote ingest`."
    )
