"""What was asked of the record, kept until anything in it is written."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast

from footnote.ingest.library.record.connections import explained
from footnote.ingest.library.record.reading import document_frequencies

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection

    from footnote.ingest.library.record.connections import Record

T = TypeVar("T")
MOST_TERMS = 50_000  # whose frequencies are kept: some megabytes


class Kept:
    """Answers to queries that every question asks again, from one connection that nobody else has.

    A commit by any other connection, of this process or another, makes SQLite's `data_version` differ; all is
    then asked anew. Safe to use from several threads.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._turn = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._version = -1
        self._found: dict[Callable[[sqlite3.Connection], Any], Any] = {}
        self._frequencies: dict[str, int] = {}

    def of(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `query` gives; who is given a list must leave it as it is."""
        with self._turn, explained(self._record.path):
            db = self._current()
            if query not in self._found:
                self._found[query] = query(db)
            return cast("T", self._found[query])

    def document_frequencies(self, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs each stem occurs; 0 for those that do not."""
        with self._turn, explained(self._record.path):
            db = self._current()
            missing = {t for t in terms if t not in self._frequencies}
            if missing:
                if len(self._frequencies) > MOST_TERMS:
                    self._frequencies.clear()
                    missing = set(terms)
                self._frequencies |= document_frequencies(db, missing)
            return {t: self._frequencies[t] for t in terms}

    def _current(self) -> sqlite3.Connection:
        """Return the connection, having forgotten what may be out of date; the caller holds `_turn`."""
        db = self._db = self._db or self._record.connection()
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._found.clear()
            self._frequencies.clear()
            self._version = version
        return db
