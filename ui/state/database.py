"""Where what readers do is kept: a file of this computer, or tables in PostgreSQL that servers share.

Statements are written once, with `?` for values, in the SQL that both have in common; what PostgreSQL says
otherwise `ingest.library.record.postgres` translates.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from footnote.ingest.errors import LibraryError, LibraryUnwritable
from footnote.ingest.library.private import create_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from footnote.ingest.library.record.postgres import PostgresConnection, PostgresRecord


class Database(Protocol):
    """A database. Safe to use from several threads."""

    def do(self, sql: str, *given: object) -> int:
        """Run a statement, and return how many rows it changed."""

    def all(self, sql: str, *given: object) -> list[Any]:
        """Return the rows that a query finds."""

    def together(self) -> AbstractContextManager[None]:
        """What this thread does inside is done as a whole or not at all; may be entered again."""

    def make(self, name: str, schema: Sequence[str], version: int) -> None:
        """Make the tables that are not there yet; `name` is what they hold.

        Raises:
            sqlite3.DatabaseError, LibraryError: If they are of a later version.
        """

    def wipe(self) -> None:
        """See to it that what was deleted is not left beside the tables, where that is ours to do."""

    def close(self) -> None:
        """Let go of it."""


class SqliteDatabase:
    """One file; `path=None` keeps all in memory. What is deleted is overwritten (`secure_delete`).

    Its errors are sentences (`LibraryError`), as where the disk is full.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._name = "what readers do" if path is None else str(path)
        if path is not None:
            create_private(path)
            with contextlib.suppress(OSError):  # one of a version that left it readable for others
                path.chmod(0o600)
        self._db = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None, timeout=10
        )
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost the last exchange, no more

    def do(self, sql: str, *given: object) -> int:
        """Run a statement, and return how many rows it changed."""
        with self._lock, self._explained():
            return self._db.execute(sql, given).rowcount

    def all(self, sql: str, *given: object) -> list[Any]:
        """Return the rows that a query finds."""
        with self._lock, self._explained():
            return self._db.execute(sql, given).fetchall()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What this thread does inside is done as a whole or not at all; may be entered again."""
        with self._lock, self._explained():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def make(self, name: str, schema: Sequence[str], version: int) -> None:  # noqa: ARG002 - the file's own
        """Make the tables that are not there yet."""
        if int(self.all("PRAGMA user_version")[0][0]) > version:
            raise sqlite3.DatabaseError("it was written by a newer version of Footnote")
        for statement in schema:
            self.do(statement)
        self.do(f"PRAGMA user_version={version}")

    def wipe(self) -> None:
        """Empty the log beside the file."""
        with self._lock, self._explained():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            told = f"{self._name} could not be written ({error}). Free some space on its disk, and try again."
            raise LibraryUnwritable(told) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


class ServerDatabase:
    """Tables beside the library's in PostgreSQL, for all servers over it.

    Its errors are sentences (`LibraryError`); a connection that was lost is made again.
    """

    def __init__(self, address: str) -> None:
        self._record = _record(address)
        self._mine = threading.local()

    def do(self, sql: str, *given: object) -> int:
        """Run a statement, and return how many rows it changed."""
        with self._connection() as db:
            return db.execute(sql, given).rowcount

    def all(self, sql: str, *given: object) -> list[Any]:
        """Return the rows that a query finds."""
        if self._inside is not None:
            return self._inside.execute(sql, given).fetchall()
        with self._record.reading() as db:
            return db.execute(sql, given).fetchall()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What this thread does inside is done as a whole or not at all; may be entered again."""
        with self._connection():
            yield

    def make(self, name: str, schema: Sequence[str], version: int) -> None:
        """Make the tables that are not there yet; servers that start at once take turns."""
        with self._record.turn, self.together():
            self.do(
                "CREATE TABLE IF NOT EXISTS kept_versions (name TEXT PRIMARY KEY, version INTEGER NOT NULL)"
            )
            known = self.all("SELECT version FROM kept_versions WHERE name = ?", name)
            if known and known[0][0] > version:
                raise LibraryError(
                    f"The {name} in {self._record.name} were written by a newer version of Footnote. "
                    "Upgrade this one."
                )
            for statement in schema:
                self.do(statement)
            self.do(
                "INSERT INTO kept_versions VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                *(name, version),
            )

    def wipe(self) -> None:
        """Leave to PostgreSQL what is its own."""

    def close(self) -> None:
        """Close the connections."""
        self._record.close()

    @property
    def _inside(self) -> PostgresConnection | None:
        found: PostgresConnection | None = getattr(self._mine, "db", None)
        return found

    @contextlib.contextmanager
    def _connection(self) -> Iterator[PostgresConnection]:
        """Lend the connection of this thread's transaction, one that is begun here if there is none."""
        if self._inside is not None:
            yield self._inside
            return
        with self._record.transaction() as db:
            self._mine.db = db
            try:
                yield db
            finally:
                self._mine.db = None


def _record(address: str) -> PostgresRecord:
    from footnote.ingest.library.record.postgres import PostgresRecord

    return PostgresRecord(address, Path(), "write")
