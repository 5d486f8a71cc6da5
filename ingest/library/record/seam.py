"""What a record is to the rest of the library, whichever database holds it, and the SQL that both share.

A statement is written once, with `?` for each value, in the SQL that SQLite and PostgreSQL have in common.
Where lists go in, they go in as JSON in one value, since SQLite allows only so many values in a statement:
`PAIRS`, `NAMES` and `NUMBERS` are tables made of it. `postgres.py` says them in its own words, and so the
types of the columns. What is asked of words has two answers that share nothing: `Words`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from footnote.ingest.errors import LibraryDamaged
    from footnote.ingest.library.record.values import Key

# [[name, number], …] as rows of `name` and `number`
PAIRS = (
    "(SELECT json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS number FROM json_each(?))"
)
NAMES = "(SELECT value AS name FROM json_each(?))"  # ["name", …]
NUMBERS = "(SELECT key AS place, value AS number FROM json_each(?))"  # [number, …], places from 0


class Rows(Protocol):
    """What a statement found, and how many rows it changed."""

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""


class Words(Protocol):
    """The index of words: stems of titles and bodies, BM25 over them as SQLite's FTS5 has it."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the statements that make what it needs."""

    def add(self, db: Any, row: int, title: str) -> None:
        """Index the stored paragraphs of an article, prepared for the language that they are in."""

    def remove(self, db: Any, row: int) -> None:
        """Forget the words of an article whose paragraphs are still there."""

    def match(
        self, db: Any, expression: str, k: int, articles: Collection[str] | None
    ) -> list[tuple[Key, float]]:
        """Return the best `k` ready paragraphs by BM25 for an FTS5 expression.

        Raises:
            ValueError: If `expression` is not one.
        """

    def frequencies(self, db: Any, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs each stem occurs, titles left aside; 0 for those that do not."""

    def vocabulary(self, db: Any) -> tuple[str, ...]:
        """Return every stem of the paragraphs and titles, in order."""


class Connection(Protocol):
    """A connection to the record."""

    @property
    def words(self) -> Words:
        """Return the index of words."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """Run a statement."""

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> Any:
        """Run a statement with each of many values."""

    def insert(self, statement: str, values: Sequence[Any], /) -> int:
        """Insert one row, and return the number that it was given."""

    def has_tables(self) -> bool:
        """Tell whether there is anything yet."""


class Record(Protocol):
    """The library of record: what exists and what it says. It outlives every index over it."""

    home: Path  # the folder of what is this computer's alone
    name: str  # what messages call it
    place: str  # what messages call the library that it is the record of
    mode: str  # "write", or how it is read

    @property
    def turn(self) -> AbstractContextManager[Any]:
        """Who is inside is the only one that changes articles; may be entered again by the same thread."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection; each statement sees the last committed state."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Write all that is done inside, or none of it when it raises. One at a time."""

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Lend a connection that sees the record as it is now, whatever is written meanwhile."""

    def reading_as(self, account: str, *, at_once: bool = False) -> AbstractContextManager[Connection]:
        """Lend a connection that sees what an account may see; `at_once`: as it is now, whatever is written
        meanwhile.
        """

    def version(self) -> object:
        """Return what is another once anything was committed, by whatever process."""

    def lock_rows(self) -> None:
        """Have the database itself refuse connections of an account what it may not see, where it can."""

    def make_room(self) -> bool:
        """Give back what was kept for a full disk, and tell whether there was any."""

    def damaged(self, reason: str) -> LibraryDamaged:
        """Return the error that names the damaged record and the way out."""

    def close(self) -> None:
        """Close every connection."""
