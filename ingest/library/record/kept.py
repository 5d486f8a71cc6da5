"""What was asked of the record, kept until anything in it is written."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from footnote.ingest.library.record.reading import document_frequencies

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from footnote.ingest.library.record.seam import Connection, Record

T = TypeVar("T")
MOST_TERMS = 50_000  # whose frequencies are kept: some megabytes


class Kept:
    """Answers to queries that every question asks again.

    A commit by whoever it is, of this process or another, makes the record's version differ; all is then
    asked anew. The record is asked for its version outside of the lock: who waits for an answer over a
    network keeps nobody else waiting. Safe to use from several threads.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._turn = threading.Lock()
        self._version: object = None
        self._found: dict[Callable[[Connection], Any], Any] = {}
        self._frequencies: dict[str, int] = {}
        self._looked = threading.local()

    @contextmanager
    def steadily(self) -> Iterator[None]:
        """Look once, for all that this thread asks inside, whether anything was written."""
        before = getattr(self._looked, "once", False)
        if not before:
            self._forget()
            self._looked.once = True
        try:
            yield
        finally:
            self._looked.once = before

    def of(self, query: Callable[[Connection], T]) -> T:
        """Return what `query` gives; who is given a list must leave it as it is."""
        self._forget()
        with self._turn:
            if query not in self._found:
                with self._record.reading() as db:
                    self._found[query] = query(db)
            return cast("T", self._found[query])

    def document_frequencies(self, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs each stem occurs; 0 for those that do not."""
        self._forget()
        with self._turn:
            missing = {t for t in terms if t not in self._frequencies}
            if missing:
                if len(self._frequencies) > MOST_TERMS:
                    self._frequencies.clear()
                    missing = set(terms)
                with self._record.reading() as db:
                    self._frequencies |= document_frequencies(db, missing)
            return {t: self._frequencies[t] for t in terms}

    def _forget(self) -> None:
        """Forget what may be out of date."""
        if getattr(self._looked, "once", False):
            return
        version = self._record.version()
        with self._turn:
            if version != self._version:
                self._found.clear()
                self._frequencies.clear()
                self._version = version
