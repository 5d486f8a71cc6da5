"""The journal of a run: finished cases, written as they come, so that a stopped run goes on."""

from __future__ import annotations

import json
import threading
from typing import IO, TYPE_CHECKING, Protocol, Self

from footnote.evals.metrics.rows import Row
from footnote.ingest.errors import LibraryUnwritable

if TYPE_CHECKING:
    from pathlib import Path


class Finished(Protocol):
    """Where the finished rows of a run are kept, each under the digest of its case."""

    finished: dict[str, Row]

    def add(self, digest: str, row: Row) -> None:
        """Keep a finished row."""


class Journal:
    """Finished rows of one run in a file of JSON Lines, each under the digest of its case.

    The file's name holds the digest of all that the replies depend on, so a run with other settings
    or other code finds another journal. A line that a crash cut short is passed over.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"{key}.jsonl"
        self.finished: dict[str, Row] = {}
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                self._read()
            self._file: IO[str] = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise LibraryUnwritable(
                f"The finished cases cannot be kept in “{folder}”: {error.strerror or error}. "
                "Choose another folder with --home."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, digest: str, row: Row) -> None:
        """Keep a finished row; it is on its way to the disk when this returns."""
        line = json.dumps({"case": digest, "row": row.as_json()}, ensure_ascii=True)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
            self.finished[digest] = row

    def discard(self) -> None:
        """Remove the file: the run is complete."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _read(self) -> None:
        whole = 0
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                entry = json.loads(line)
                self.finished[entry["case"]] = Row.from_json(entry["row"])
            except (ValueError, KeyError, TypeError):
                break
            whole += len(line)
        # What follows a torn line would hang on to it.
        with self.path.open("r+b") as file:
            file.truncate(whole)
