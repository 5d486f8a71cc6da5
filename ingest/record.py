"""The library of record: one SQLite file. All SQL is here; nothing here knows of Chroma.

An article is `pending` while its parts are being put in place, `ready` when it may be seen, and
`deleting` from the moment nobody may see it any more. Every reader joins with `ready`.
"""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ingest.article import Article, Visit
from ingest.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryUnwritable
from ingest.sentences import Span
from ingest.terms import index_text, language_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ingest.encoded import Encoded

Key = tuple[str, int]

FILE_NAME = "library.sqlite"
SCHEMA_VERSION = 4
STEMMED_FROM = 4  # the form from which words are stemmed by their article's language
CHUNKING_VERSION = 1  # grows when ingest.chunk cuts differently, so that vectors are made anew
BUSY_SECONDS = 30.0

# What the web was asked for. A visit outlives its article: a feed never brings back what was removed.
VISITS = """CREATE TABLE visits (
        source TEXT PRIMARY KEY,
        etag TEXT NOT NULL, modified TEXT NOT NULL, at TEXT NOT NULL, feed TEXT NOT NULL) WITHOUT ROWID"""
FEEDS = """CREATE TABLE feeds (
        url TEXT PRIMARY KEY, since TEXT NOT NULL, most INTEGER NOT NULL,
        etag TEXT NOT NULL, modified TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID"""
# The page a paragraph begins on, for those that have one.
PAGES = """CREATE TABLE pages (
        paragraph INTEGER PRIMARY KEY REFERENCES paragraphs (id) ON DELETE CASCADE, page INTEGER NOT NULL)"""
# What an article said before its source changed: the text without vectors, packed, for `footnote diff`.
VERSIONS = """CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
        article_id TEXT NOT NULL, version INTEGER NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL,
        added TEXT NOT NULL, text BLOB NOT NULL)"""
VERSIONS_OF = "CREATE INDEX versions_of ON versions (source)"
# Where texts that share much of their wording meet (ingest.duplicates).
SKETCHES = """CREATE TABLE sketches (
        band INTEGER NOT NULL, value INTEGER NOT NULL,
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        PRIMARY KEY (band, value, article)) WITHOUT ROWID"""
SKETCHES_OF = "CREATE INDEX sketches_of ON sketches (article)"
# What turns a file of one form into the next. A file of an older form is read as it is, and brought
# up to this one when it is next opened for writing.
MIGRATIONS: dict[int, tuple[str, ...]] = {
    2: (VISITS, FEEDS),
    3: (PAGES, VERSIONS, VERSIONS_OF, SKETCHES, SKETCHES_OF),
    4: (),  # articles in other languages than English: their words are indexed anew (`_index_words`)
}
# Tables that are read while answering. Where a file of an older form lacks them, a reader, who changes
# nothing in it, has empty ones of its own in memory.
LATER_TABLES = {
    "pages": "paragraph, page",
    "versions": "id, source, article_id, version, title, date, added, text",
}
LANGUAGE_TOLD_BY = 5  # first paragraphs
MOST_VERSIONS = 10  # kept of a source; the oldest go

# AUTOINCREMENT: a number is never used twice, so a cache that knows a row by number is never wrong.
SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE articles (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'deleting')),
        version INTEGER NOT NULL,
        revision INTEGER NOT NULL,          -- grows when the article is written again in place
        indexed INTEGER NOT NULL,           -- whether the vector index holds its chunks
        source_to_be TEXT NOT NULL,         -- of a pending article
        fingerprint TEXT NOT NULL,          -- digest of all that its source says, text and metadata
        title TEXT NOT NULL, author TEXT NOT NULL, date TEXT NOT NULL, url TEXT NOT NULL,
        language TEXT NOT NULL, added TEXT NOT NULL, paragraphs INTEGER NOT NULL)""",
    "CREATE INDEX articles_waiting ON articles (id) WHERE indexed = 0",
    "CREATE INDEX articles_unfinished ON articles (id) WHERE state != 'ready'",
    """CREATE TABLE sources (
        id INTEGER PRIMARY KEY AUTOINCREMENT,   -- the first of an article's is where it came from
        source TEXT NOT NULL UNIQUE,
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL)""",
    "CREATE INDEX sources_of ON sources (article)",
    """CREATE TABLE paragraphs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        number INTEGER NOT NULL, section TEXT NOT NULL, text TEXT NOT NULL,
        UNIQUE (article, number))""",
    # `space` tells the vectors of one encoder from those of the next while a library changes over.
    """CREATE TABLE chunks (
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        space INTEGER NOT NULL, number INTEGER NOT NULL, paragraph INTEGER NOT NULL,
        start INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (article, space, number))""",
    """CREATE TABLE sentences (
        paragraph INTEGER NOT NULL REFERENCES paragraphs (id) ON DELETE CASCADE,
        space INTEGER NOT NULL, spans BLOB NOT NULL, vectors BLOB NOT NULL,
        PRIMARY KEY (paragraph, space))""",
    # Chunk ids that the vector index still holds though their article is gone.
    "CREATE TABLE forgotten (chunk TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'porter unicode61')",
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, 'col')",
    VISITS,
    FEEDS,
    *MIGRATIONS[3],
)


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article of the library, without its text."""

    article_id: str
    title: str
    sources: tuple[str, ...]
    author: str
    date: str
    url: str
    language: str
    paragraphs: int
    version: int
    added: str

    @property
    def source(self) -> str:
        """Where it first came from."""
        return self.sources[0]

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "sources": list(self.sources),
            "author": self.author,
            "date": self.date,
            "url": self.url,
            "language": self.language,
            "paragraphs": self.paragraphs,
            "version": self.version,
            "added": self.added,
        }


@dataclass(frozen=True, slots=True)
class ParagraphRecord:
    """A paragraph with what a reader needs to know about its article."""

    article_id: str
    number: int
    section: str
    text: str
    title: str
    source: str
    date: str
    page: int = 0  # where it begins; 0 when the format has no pages


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """What a source said before it changed; `paragraphs` are (section, text)."""

    source: str
    article_id: str
    version: int
    title: str
    date: str
    added: str
    paragraphs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed or sitemap that is followed, with what was asked of it and how it was last read."""

    url: str
    since: str  # only what is dated from this day on; empty: everything
    most: int  # the newest that are read at once
    visit: Visit


class ChunkVectors(NamedTuple):
    """Chunks with their vectors, `[len(ids), dimension]`."""

    ids: list[str]
    vectors: NDArray[np.float32]


# ---------------------------------------------------------------------------------- connections


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
            with explained(path):
                self._writer = self._connect()
                self._writer.execute("PRAGMA journal_mode = WAL")

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
            _add_later_tables(connection)
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


def create_schema(db: sqlite3.Connection) -> None:
    """Create every table; the caller holds a transaction where that matters."""
    for statement in SCHEMA:
        db.execute(statement)
    set_meta(db, schema=SCHEMA_VERSION, space=1, generation=0)


def migrate(db: sqlite3.Connection, schema: int) -> None:
    """Bring a file of an older form up to this one; the caller holds a transaction."""
    for form in range(schema + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[form]:
            db.execute(statement)
    if schema < STEMMED_FROM:
        for row in ready_rows(db):
            _index_words_anew(db, row)
    set_meta(db, schema=SCHEMA_VERSION)


def _add_later_tables(db: sqlite3.Connection) -> None:
    there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
    for name, columns in LATER_TABLES.items():
        if there and name not in there:
            db.execute(f"CREATE TEMP TABLE {name} ({columns})")


def has_tables(db: sqlite3.Connection) -> bool:
    """Tell whether the file holds anything yet."""
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def read_meta(db: sqlite3.Connection) -> dict[str, str]:
    """Return encoder, dimension, chunking, schema, space, generation and the like."""
    return dict(db.execute("SELECT key, value FROM meta").fetchall())


def set_meta(db: sqlite3.Connection, **values: object) -> None:
    """Write values under their keys, as text."""
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", [(k, str(v)) for k, v in values.items()])


# -------------------------------------------------------------------------------------- reading

_RECORD = """
    SELECT a.article_id, a.title, (SELECT json_group_array(source) FROM
               (SELECT source FROM sources WHERE article = a.id ORDER BY id)) AS sources,
           a.author, a.date, a.url, a.language, a.paragraphs, a.version, a.added
    FROM articles a WHERE a.state = 'ready'
"""
_PARAGRAPH = """
    SELECT a.article_id, p.number, p.section, p.text, a.title,
           (SELECT source FROM sources WHERE article = a.id ORDER BY id LIMIT 1) AS source, a.date,
           coalesce((SELECT page FROM pages WHERE paragraph = p.id), 0) AS page
"""
# Any number of keys in one variable: SQLite allows only so many variables in a statement.
_KEYS = """
    FROM json_each(?) k
    JOIN articles a ON a.article_id = json_extract(k.value, '$[0]') AND a.state = 'ready'
    JOIN paragraphs p ON p.article = a.id AND p.number = json_extract(k.value, '$[1]')
"""


def article_records(db: sqlite3.Connection, article_id: str | None = None) -> list[ArticleRecord]:
    """Return the ready articles sorted by title, or the one with `article_id`."""
    only = "" if article_id is None else " AND a.article_id = ?"
    rows = db.execute(_RECORD + only, () if article_id is None else (article_id,)).fetchall()
    found = [ArticleRecord(row[0], row[1], tuple(json.loads(row[2])), *row[3:]) for row in rows]
    return sorted(found, key=lambda a: (a.title.casefold(), a.article_id))


def all_sources(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return every source of a ready article with the article's id."""
    return db.execute(
        "SELECT s.source, a.article_id FROM sources s JOIN articles a ON a.id = s.article"
        " WHERE a.state = 'ready'"
    ).fetchall()


def ids_by_prefix(db: sqlite3.Connection, prefix: str) -> list[str]:
    """Return the ids of the ready articles that begin with `prefix`."""
    rows = db.execute(
        "SELECT article_id FROM articles WHERE state = 'ready' AND article_id >= ? AND article_id < ?",
        (prefix, prefix + "\U0010ffff"),
    )
    return [row[0] for row in rows.fetchall()]


def paragraph_records(db: sqlite3.Connection, article_id: str) -> list[ParagraphRecord]:
    """Return the paragraphs of a ready article in order."""
    rows = db.execute(
        _PARAGRAPH + "FROM articles a JOIN paragraphs p ON p.article = a.id"
        " WHERE a.state = 'ready' AND a.article_id = ? ORDER BY p.number",
        (article_id,),
    )
    return [ParagraphRecord(*row) for row in rows.fetchall()]


def fetch(db: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, ParagraphRecord]:
    """Return the paragraphs under `keys`; those that are not there are left out."""
    rows = db.execute(_PARAGRAPH + _KEYS, (json.dumps(list(keys)),)).fetchall()
    return {(row[0], row[1]): ParagraphRecord(*row) for row in rows}


def sentence_vectors(
    db: sqlite3.Connection, keys: Sequence[Key], space: int, dimension: int
) -> dict[Key, tuple[tuple[Span, ...], NDArray[np.float32]]]:
    """Return the sentences of the paragraphs under `keys` with their unit vectors."""
    rows = db.execute(
        f"SELECT a.article_id, p.number, s.spans, s.vectors {_KEYS}"
        " JOIN sentences s ON s.paragraph = p.id AND s.space = ?",
        (json.dumps(list(keys)), space),
    ).fetchall()
    return {
        (row[0], row[1]): (unpack_spans(row[2]), unpack_sentence_vectors(row[3], dimension)) for row in rows
    }


def match(
    db: sqlite3.Connection, expression: str, k: int, articles: Collection[str] | None
) -> list[tuple[Key, float]]:
    """Return the best `k` paragraphs by BM25 for an FTS5 expression.

    Raises:
        ValueError: If `expression` is not one.
    """
    chosen = None if articles is None else json.dumps(sorted(articles))
    try:
        rows = db.execute(
            """SELECT a.article_id, p.number, bm25(words) AS score FROM words
               JOIN paragraphs p ON p.id = words.rowid JOIN articles a ON a.id = p.article
               WHERE words MATCH ?1 AND a.state = 'ready'
                 AND (?2 IS NULL OR a.article_id IN (SELECT value FROM json_each(?2)))
               ORDER BY score LIMIT ?3""",
            (expression, chosen, k),
        ).fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") != "SQLITE_ERROR":
            raise
        raise ValueError(f"“{expression}” is not an FTS5 expression: {error}") from error
    return [((row[0], row[1]), -row[2]) for row in rows]


def document_frequencies(db: sqlite3.Connection, terms: Collection[str]) -> dict[str, int]:
    """Return in how many paragraphs each stem occurs; 0 for those that do not."""
    rows = db.execute(
        "SELECT term, doc FROM vocabulary WHERE col = 'body' AND term IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(terms))),),
    ).fetchall()
    return dict.fromkeys(terms, 0) | dict(rows)


def vocabulary(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return every porter stem of the paragraphs and titles, in order."""
    return tuple(row[0] for row in db.execute("SELECT DISTINCT term FROM vocabulary").fetchall())


def state(db: sqlite3.Connection) -> tuple[int, ...]:
    """Return numbers that differ when any article was added, changed or removed in between."""
    return tuple(db.execute("SELECT count(*), total(id), total(revision) FROM articles").fetchone())


def paragraph_count(db: sqlite3.Connection) -> int:
    """Return the number of paragraphs of ready articles."""
    return int(db.execute("SELECT total(paragraphs) FROM articles WHERE state = 'ready'").fetchone()[0])


def paragraphs_of_chunks(db: sqlite3.Connection, ids: Sequence[str], space: int) -> dict[str, Key]:
    """Return the paragraph of each chunk id of a ready article; others are left out."""
    wanted = [[*_split(name), name] for name in ids]
    rows = db.execute(
        """SELECT json_extract(k.value, '$[2]'), a.article_id, c.paragraph FROM json_each(?) k
           JOIN articles a ON a.article_id = json_extract(k.value, '$[0]') AND a.state = 'ready'
           JOIN chunks c ON c.article = a.id AND c.space = ?
                        AND c.number = json_extract(k.value, '$[1]')""",
        (json.dumps(wanted), space),
    ).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def chunk_vectors(db: sqlite3.Connection, rows: Sequence[int], space: int, dimension: int) -> ChunkVectors:
    """Return the chunks of the articles with these row numbers."""
    found = db.execute(
        """SELECT a.article_id || ':' || c.number, c.vector FROM json_each(?) k
           JOIN articles a ON a.id = k.value JOIN chunks c ON c.article = a.id AND c.space = ?""",
        (json.dumps(list(rows)), space),
    ).fetchall()
    vectors = np.frombuffer(b"".join(row[1] for row in found), dtype="<f4").reshape(-1, dimension)
    return ChunkVectors([row[0] for row in found], vectors.astype(np.float32, copy=False))


def ready_rows(db: sqlite3.Connection, articles: Collection[str] | None = None) -> dict[int, int]:
    """Return row number → revision of the ready articles, or of those of `articles`."""
    if articles is None:
        return dict(db.execute("SELECT id, revision FROM articles WHERE state = 'ready'").fetchall())
    return dict(
        db.execute(
            "SELECT a.id, a.revision FROM json_each(?) k JOIN articles a ON a.article_id = k.value"
            " WHERE a.state = 'ready'",
            (json.dumps(sorted(articles)),),
        ).fetchall()
    )


def chunk_sizes(db: sqlite3.Connection, rows: Sequence[int], space: int) -> dict[int, int]:
    """Return row number → number of chunks."""
    return dict(
        db.execute(
            """SELECT k.value, (SELECT count(*) FROM chunks WHERE article = k.value AND space = ?)
               FROM json_each(?) k""",
            (space, json.dumps(list(rows))),
        ).fetchall()
    )


def article_ids(db: sqlite3.Connection, rows: Sequence[int]) -> dict[int, str]:
    """Return row number → article id."""
    return dict(
        db.execute(
            "SELECT a.id, a.article_id FROM json_each(?) k JOIN articles a ON a.id = k.value",
            (json.dumps(list(rows)),),
        ).fetchall()
    )


def chunk_spans(db: sqlite3.Connection, row: int, space: int) -> list[tuple[int, int, int, bytes]]:
    """Return paragraph, start, end and vector of each chunk of an article, in order."""
    return db.execute(
        "SELECT paragraph, start, end, vector FROM chunks WHERE article = ? AND space = ? ORDER BY number",
        (row, space),
    ).fetchall()


def sentence_spans(db: sqlite3.Connection, row: int, space: int) -> list[tuple[tuple[Span, ...], bytes]]:
    """Return the sentences of each paragraph of an article with their packed vectors, in order."""
    rows = db.execute(
        "SELECT s.spans, s.vectors FROM paragraphs p JOIN sentences s ON s.paragraph = p.id AND s.space = ?"
        " WHERE p.article = ? ORDER BY p.number",
        (space, row),
    ).fetchall()
    return [(unpack_spans(spans), vectors) for spans, vectors in rows]


def source_fingerprints(db: sqlite3.Connection, row: int) -> list[tuple[str, str]]:
    """Return each source of an article with what it said when it was last read, the first first."""
    return db.execute(
        "SELECT source, fingerprint FROM sources WHERE article = ? ORDER BY id", (row,)
    ).fetchall()


# ------------------------------------------------------------------------------ the index's work


def is_waiting(db: sqlite3.Connection) -> bool:
    """Tell whether a ready article is not in the vector index yet."""
    return (
        db.execute("SELECT 1 FROM articles WHERE indexed = 0 AND state = 'ready' LIMIT 1").fetchone()
        is not None
    )


def waiting_rows(db: sqlite3.Connection, limit: int) -> list[int]:
    """Return the row numbers of the first `limit` articles that the vector index does not hold."""
    rows = db.execute(
        "SELECT id FROM articles WHERE indexed = 0 AND state != 'deleting' ORDER BY id LIMIT ?", (limit,)
    )
    return [row[0] for row in rows.fetchall()]


def waiting_chunks(db: sqlite3.Connection, space: int) -> int:
    """Return how many chunks the vector index does not hold yet."""
    return int(
        db.execute(
            "SELECT count(*) FROM articles a JOIN chunks c ON c.article = a.id AND c.space = ?"
            " WHERE a.indexed = 0",
            (space,),
        ).fetchone()[0]
    )


def indexed_chunks(db: sqlite3.Connection, space: int) -> int:
    """Return how many vectors the index must hold."""
    return int(
        db.execute(
            "SELECT count(*) FROM chunks c JOIN articles a ON a.id = c.article"
            " WHERE a.indexed = 1 AND c.space = ?",
            (space,),
        ).fetchone()[0]
    )


def forgotten(db: sqlite3.Connection) -> list[str]:
    """Return the chunk ids that the vector index must drop."""
    return [row[0] for row in db.execute("SELECT chunk FROM forgotten").fetchall()]


def remember(db: sqlite3.Connection, chunks: Sequence[str]) -> None:
    """Note that the vector index has dropped these chunk ids."""
    db.execute(
        "DELETE FROM forgotten WHERE chunk IN (SELECT value FROM json_each(?))", (json.dumps(list(chunks)),)
    )


def forget_index(db: sqlite3.Connection) -> int:
    """Note that no index holds anything, and return the number of the next generation."""
    db.execute("UPDATE articles SET indexed = 0 WHERE indexed = 1")
    db.execute("DELETE FROM forgotten")
    generation = int(read_meta(db)["generation"]) + 1
    set_meta(db, generation=generation, index_files="", index_content="")
    return generation


def mark_indexed(db: sqlite3.Connection, rows: Sequence[int]) -> None:
    """Note that the vector index holds these articles."""
    db.execute(
        "UPDATE articles SET indexed = 1 WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(rows)),),
    )


# -------------------------------------------------------------------------------------- writing


class Stored(NamedTuple):
    """What the record knows about an article in any state."""

    row: int
    state: str
    version: int
    fingerprint: str


def stored(db: sqlite3.Connection, article_id: str) -> Stored | None:
    """Return the article under `article_id` in whatever state."""
    row = db.execute(
        "SELECT id, state, version, fingerprint FROM articles WHERE article_id = ?", (article_id,)
    ).fetchone()
    return None if row is None else Stored(*row)


class Pointer(NamedTuple):
    """Where a source points, and what it said when it was last read."""

    row: int
    article_id: str
    version: int
    fingerprint: str
    first: bool  # whether the article's metadata is this source's


def pointer(db: sqlite3.Connection, source: str) -> Pointer | None:
    """Return where `source` points."""
    row = db.execute(
        """SELECT a.id, a.article_id, a.version, s.fingerprint,
                  s.id = (SELECT min(id) FROM sources WHERE article = a.id)
           FROM sources s JOIN articles a ON a.id = s.article WHERE s.source = ?""",
        (source,),
    ).fetchone()
    return None if row is None else Pointer(row[0], row[1], row[2], row[3], bool(row[4]))


def insert_pending(
    db: sqlite3.Connection,
    encoded: Encoded,
    source: str,
    fingerprint: str,
    version: int,
    space: int,
    sketch: Sequence[int] = (),
) -> int:
    """Store an article with everything that belongs to it, unseen, and return its row number."""
    article = encoded.cut.article
    row = db.execute(
        """INSERT INTO articles (article_id, state, version, revision, indexed, source_to_be, fingerprint,
                                 title, author, date, url, language, added, paragraphs)
           VALUES (?, 'pending', ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, '', ?)""",
        (
            article.id,
            version,
            source,
            fingerprint,
            article.title,
            article.author,
            article.date,
            article.url,
            article.language,
            len(article.paragraphs),
        ),
    ).lastrowid
    assert row is not None
    insert_text(db, row, encoded)
    insert_vectors(db, row, encoded, space)
    insert_sketch(db, row, sketch)
    return row


def insert_text(db: sqlite3.Connection, row: int, encoded: Encoded) -> None:
    """Store the paragraphs and their words."""
    article = encoded.cut.article
    for p in article.paragraphs:
        text = article.text[p.start : p.end]
        number = db.execute(
            "INSERT INTO paragraphs (article, number, section, text) VALUES (?, ?, ?, ?)",
            (row, p.number, p.section, text),
        ).lastrowid
        if p.page:
            db.execute("INSERT INTO pages VALUES (?, ?)", (number, p.page))
    _index_words(db, row, article.title)


def _index_words(db: sqlite3.Connection, row: int, title: str) -> None:
    """Give the word index the paragraphs of an article, prepared for the language that they are in."""
    language = _language(db, row)
    for number, section, text in _paragraphs(db, row):
        body = f"{section}\n{text}" if section else text
        db.execute(
            "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
            (number, index_text(title, language), index_text(body, language)),
        )


def _index_words_anew(db: sqlite3.Connection, row: int) -> None:
    """Index the words of an article again that an older version indexed as if it were in English."""
    if _language(db, row) != "en":
        (title,) = db.execute("SELECT title FROM articles WHERE id = ?", (row,)).fetchone()
        db.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM paragraphs WHERE article = ?)", (row,))
        _index_words(db, row, title)


def _language(db: sqlite3.Connection, row: int) -> str:
    """Return the language of an article by its first paragraphs; what a page declares is often wrong."""
    return language_of("\n".join(text for _, _, text in _paragraphs(db, row, LANGUAGE_TOLD_BY)))


def _paragraphs(db: sqlite3.Connection, row: int, most: int = -1) -> list[tuple[int, str, str]]:
    return db.execute(
        "SELECT id, section, text FROM paragraphs WHERE article = ? ORDER BY number LIMIT ?", (row, most)
    ).fetchall()


def insert_vectors(db: sqlite3.Connection, row: int, encoded: Encoded, space: int) -> None:
    """Store the chunks and sentences of an article whose paragraphs are stored."""
    db.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (row, space, c.number, c.paragraph, c.start, c.end, v.astype("<f4").tobytes())
            for c, v in zip(encoded.cut.chunks, encoded.chunk_vectors, strict=True)
        ),
    )
    numbers = db.execute("SELECT id FROM paragraphs WHERE article = ? ORDER BY number", (row,)).fetchall()
    position = 0
    for (number,), spans in zip(numbers, encoded.cut.sentences, strict=True):
        vectors = encoded.sentence_vectors[position : position + len(spans)]
        position += len(spans)
        db.execute(
            "INSERT INTO sentences VALUES (?, ?, ?, ?)",
            (number, space, pack_spans(spans), vectors.astype("<f2").tobytes()),
        )


def make_ready(db: sqlite3.Connection, row: int, added: str) -> int | None:
    """Show a pending article and point its source at it.

    Returns:
        The row of the article that lost its last source by that, now `deleting`.
    """
    source, fingerprint = db.execute(
        "SELECT source_to_be, fingerprint FROM articles WHERE id = ?", (row,)
    ).fetchone()
    db.execute("UPDATE articles SET state = 'ready', added = ?, source_to_be = '' WHERE id = ?", (added, row))
    return point(db, source, row, fingerprint)


def point(db: sqlite3.Connection, source: str, row: int, fingerprint: str) -> int | None:
    """Point `source` at an article.

    Returns:
        The row of the article that lost its last source by that, now `deleting`.
    """
    before = pointer(db, source)
    if before is not None and before.row != row:
        keep_version(db, source, before.row)
    db.execute("DELETE FROM sources WHERE source = ?", (source,))
    db.execute(
        "INSERT INTO sources (source, article, fingerprint) VALUES (?, ?, ?)", (source, row, fingerprint)
    )
    return None if before is None else abandon(db, before.row)


def abandon(db: sqlite3.Connection, row: int) -> int | None:
    """Note that a source left an article: it is `deleting` when that was its last.

    Returns:
        Its row if it is now `deleting`.
    """
    if db.execute("SELECT 1 FROM sources WHERE article = ?", (row,)).fetchone() is None:
        db.execute("UPDATE articles SET state = 'deleting' WHERE id = ?", (row,))
        return row
    # What the article is called may have come from the source that left: the others say it anew
    # when they are next read.
    db.execute("UPDATE sources SET fingerprint = '' WHERE article = ?", (row,))
    return None


def remove_source(db: sqlite3.Connection, source: str) -> None:
    """Delete one source, and what it said before."""
    db.execute("DELETE FROM versions WHERE source = ?", (source,))
    db.execute("DELETE FROM sources WHERE source = ?", (source,))


def remove_sources(db: sqlite3.Connection, row: int) -> None:
    """Delete all sources of an article, and what they said before."""
    db.execute("DELETE FROM versions WHERE source IN (SELECT source FROM sources WHERE article = ?)", (row,))
    db.execute("DELETE FROM sources WHERE article = ?", (row,))


def update_metadata(db: sqlite3.Connection, row: int, article: Article, fingerprint: str) -> None:
    """Write title, author, date, URL and language anew."""
    db.execute(
        "UPDATE articles SET title = ?, author = ?, date = ?, url = ?, language = ?, fingerprint = ?,"
        " paragraphs = ? WHERE id = ?",
        (
            article.title,
            article.author,
            article.date,
            article.url,
            article.language,
            fingerprint,
            len(article.paragraphs),
            row,
        ),
    )
    pages = [(p.page, row, p.number) for p in article.paragraphs if p.page]
    db.executemany(
        "INSERT OR REPLACE INTO pages (page, paragraph)"
        " SELECT ?, id FROM paragraphs WHERE article = ? AND number = ?",
        pages,
    )


def note_fingerprint(db: sqlite3.Connection, source: str, fingerprint: str) -> None:
    """Note what a source said when it was last read."""
    db.execute("UPDATE sources SET fingerprint = ? WHERE source = ?", (fingerprint, source))


def same_text(db: sqlite3.Connection, row: int, article: Article) -> bool:
    """Tell whether title, sections and paragraphs are stored just so: vectors then need no change."""
    (title,) = db.execute("SELECT title FROM articles WHERE id = ?", (row,)).fetchone()
    rows = db.execute("SELECT section, text FROM paragraphs WHERE article = ? ORDER BY number", (row,))
    return bool(
        title == article.title
        and rows.fetchall() == [(p.section, article.text[p.start : p.end]) for p in article.paragraphs]
    )


def unfinished(db: sqlite3.Connection, state: str) -> list[int]:
    """Return the rows of the articles that are `pending` or `deleting`."""
    rows = db.execute("SELECT id FROM articles WHERE state = ? AND state != 'ready' ORDER BY id", (state,))
    return [row[0] for row in rows.fetchall()]


def rewrite(db: sqlite3.Connection, row: int, encoded: Encoded, space: int) -> None:
    """Replace text and vectors of a ready article, whose title or sections changed."""
    _delete_parts(db, row)
    insert_text(db, row, encoded)
    insert_vectors(db, row, encoded, space)
    db.execute("UPDATE articles SET revision = revision + 1, indexed = 0 WHERE id = ?", (row,))


def delete_article(db: sqlite3.Connection, row: int) -> None:
    """Delete all rows of an article; the vector index is told through `forgotten`."""
    _delete_parts(db, row)
    db.execute("DELETE FROM articles WHERE id = ?", (row,))


def _delete_parts(db: sqlite3.Connection, row: int) -> None:
    db.execute(
        "INSERT OR IGNORE INTO forgotten SELECT a.article_id || ':' || c.number FROM articles a"
        " JOIN chunks c ON c.article = a.id WHERE a.id = ? AND a.indexed = 1",
        (row,),
    )
    db.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM paragraphs WHERE article = ?)", (row,))
    db.execute("DELETE FROM chunks WHERE article = ?", (row,))
    db.execute("DELETE FROM paragraphs WHERE article = ?", (row,))


# ------------------------------------------------------------------- earlier versions, and copies


def keep_version(db: sqlite3.Connection, source: str, row: int) -> None:
    """Keep the text of an article that `source` is about to leave; the oldest of many goes."""
    texts = db.execute(
        "SELECT section, text FROM paragraphs WHERE article = ? ORDER BY number", (row,)
    ).fetchall()
    db.execute(
        "INSERT INTO versions (source, article_id, version, title, date, added, text)"
        " SELECT ?, article_id, version, title, date, added, ? FROM articles WHERE id = ?",
        (source, zlib.compress(json.dumps(texts).encode()), row),
    )
    db.execute(
        "DELETE FROM versions WHERE source = ? AND id NOT IN"
        " (SELECT id FROM versions WHERE source = ? ORDER BY id DESC LIMIT ?)",
        (source, source, MOST_VERSIONS),
    )


def restore_history(
    db: sqlite3.Connection,
    row: int,
    version: int,
    added: str,
    sources: Sequence[tuple[str, str]],
    earlier: Sequence[VersionRecord],
) -> None:
    """Write what a restored article was: its version, its other sources, and what they said before."""
    db.execute("UPDATE articles SET version = ?, added = ? WHERE id = ?", (version, added, row))
    own = {source for source, _ in source_fingerprints(db, row)}
    for source, fingerprint in sources:
        if pointer(db, source) is None:
            point(db, source, row, fingerprint)
            own.add(source)
    for kept in earlier:
        if kept.source in own:
            db.execute(
                "INSERT INTO versions (source, article_id, version, title, date, added, text)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (kept.source, kept.article_id, kept.version, kept.title, kept.date, kept.added,
                 zlib.compress(json.dumps(kept.paragraphs).encode())),
            )  # fmt: skip


def versions(db: sqlite3.Connection, article_id: str) -> list[VersionRecord]:
    """Return what the sources of a ready article said before, the latest first."""
    rows = db.execute(
        "SELECT v.text, v.source, v.article_id, v.version, v.title, v.date, v.added FROM articles a"
        " JOIN sources s ON s.article = a.id JOIN versions v ON v.source = s.source"
        " WHERE a.article_id = ? AND a.state = 'ready' ORDER BY v.id DESC",
        (article_id,),
    )
    return [
        VersionRecord(source, key, version, title, date, added, _unpack_text(text))
        for text, source, key, version, title, date, added in rows.fetchall()
    ]


def insert_sketch(db: sqlite3.Connection, row: int, sketch: Sequence[int]) -> None:
    """Store where an article meets others that share much of its wording."""
    db.executemany(
        "INSERT OR IGNORE INTO sketches VALUES (?, ?, ?)",
        [(band, value, row) for band, value in enumerate(sketch)],
    )


def meeting(db: sqlite3.Connection, sketch: Sequence[int], most: int) -> list[str]:
    """Return the ids of the ready articles that share a band with `sketch`, those with most first."""
    rows = db.execute(
        """SELECT a.article_id FROM json_each(?) k
           JOIN sketches s ON s.band = k.key AND s.value = k.value
           JOIN articles a ON a.id = s.article AND a.state = 'ready'
           GROUP BY a.id ORDER BY count(*) DESC, a.id LIMIT ?""",
        (json.dumps(list(sketch)), most),
    )
    return [row[0] for row in rows.fetchall()]


def rows_without_sketch(db: sqlite3.Connection) -> list[int]:
    """Return the articles that an older version stored, which made no sketches."""
    rows = db.execute(
        "SELECT id FROM articles a WHERE state = 'ready'"
        " AND NOT EXISTS (SELECT 1 FROM sketches WHERE article = a.id) ORDER BY id"
    )
    return [row[0] for row in rows.fetchall()]


# ------------------------------------------------------------------------------ links and feeds


def visits(db: sqlite3.Connection) -> dict[str, Visit]:
    """Return how every link was last read, those of removed articles included."""
    rows = db.execute("SELECT source, etag, modified, at, feed FROM visits ORDER BY source")
    return {row[0]: Visit(*row[1:]) for row in rows.fetchall()}


def note_visit(db: sqlite3.Connection, source: str, visit: Visit) -> None:
    """Note how a link was read."""
    db.execute(
        "INSERT OR REPLACE INTO visits (source, etag, modified, at, feed) VALUES (?, ?, ?, ?, ?)",
        (source, visit.etag, visit.modified, visit.at, visit.feed),
    )


def feeds(db: sqlite3.Connection) -> list[FeedRecord]:
    """Return the feeds that are followed, sorted by URL."""
    rows = db.execute("SELECT url, since, most, etag, modified, at FROM feeds ORDER BY url")
    return [FeedRecord(row[0], row[1], row[2], Visit(*row[3:])) for row in rows.fetchall()]


def note_feed(db: sqlite3.Connection, feed: FeedRecord) -> None:
    """Note that a feed is followed, and how it was read."""
    visit = feed.visit
    db.execute(
        "INSERT OR REPLACE INTO feeds (url, since, most, etag, modified, at) VALUES (?, ?, ?, ?, ?, ?)",
        (feed.url, feed.since, feed.most, visit.etag, visit.modified, visit.at),
    )


def forget_feed(db: sqlite3.Connection, url: str) -> bool:
    """Stop following a feed; tell whether it was followed. Its articles stay."""
    return db.execute("DELETE FROM feeds WHERE url = ?", (url,)).rowcount > 0


# --------------------------------------------------------------------- changing the encoder


def begin_space(db: sqlite3.Connection, described: str) -> int:
    """Return the number of the vector space that `described` names: a new one, or the one that an
    interrupted change to the same encoder has begun.
    """
    meta = read_meta(db)
    if meta.get("next_encoder") == described:
        return int(meta["next_space"])
    delete_other_spaces(db, int(meta["space"]))
    space = max(int(meta["space"]), int(meta.get("next_space", 0))) + 1
    set_meta(db, next_encoder=described, next_space=space)
    return space


def rows_without(db: sqlite3.Connection, space: int) -> list[int]:
    """Return the ready articles that have no vectors in `space` yet."""
    rows = db.execute(
        "SELECT id FROM articles a WHERE state = 'ready' AND NOT EXISTS"
        " (SELECT 1 FROM sentences s JOIN paragraphs p ON p.id = s.paragraph"
        "  WHERE p.article = a.id AND s.space = ?) ORDER BY id",
        (space,),
    )
    return [row[0] for row in rows.fetchall()]


def change_space(db: sqlite3.Connection, space: int, values: dict[str, str]) -> None:
    """Make `space` the one that readers see, and delete all others."""
    delete_other_spaces(db, space)
    set_meta(db, **values, space=space, next_encoder="")
    db.execute("UPDATE articles SET revision = revision + 1")


def delete_other_spaces(db: sqlite3.Connection, space: int) -> None:
    """Delete the vectors of every other space."""
    db.execute("DELETE FROM chunks WHERE space != ?", (space,))
    db.execute("DELETE FROM sentences WHERE space != ?", (space,))


# ---------------------------------------------------------------------------------------- blobs


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Return spans as little-endian 32-bit pairs."""
    return np.asarray(spans, dtype="<i4").reshape(-1, 2).tobytes()


def unpack_spans(blob: bytes) -> tuple[Span, ...]:
    """Undo `pack_spans`."""
    return tuple(Span(int(s), int(e)) for s, e in np.frombuffer(blob, dtype="<i4").reshape(-1, 2))


def unpack_sentence_vectors(blob: bytes, dimension: int) -> NDArray[np.float32]:
    """Return float16 rows as float32, made unit length again after the rounding."""
    vectors = np.frombuffer(blob, dtype="<f2").reshape(-1, dimension).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return vectors


def _unpack_text(blob: bytes) -> tuple[tuple[str, str], ...]:
    return tuple((section, text) for section, text in json.loads(zlib.decompress(blob)))


def _split(chunk_id: str) -> tuple[str, int]:
    article, _, number = chunk_id.rpartition(":")
    return article, int(number)
