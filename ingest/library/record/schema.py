"""The tables of the record, and the statements that bring a file of an older form up to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footnote.ingest.library.record.seam import Connection

FILE_NAME = "library.sqlite"
SCHEMA_VERSION = 9
STEMMED_FROM = 5  # the form from which words are stemmed by the language that their article is taken for now
# Grows when footnote.ingest.encoder.chunk cuts differently, so that vectors are made anew. Not for a mend of
# the sentence splitter: a chunk is stored with its span, so old and new lie side by side, and the last mend
# moved the sentences of 33 of 31,302 real paragraphs, the chunks of one.
CHUNKING_VERSION = 1

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
# When a paragraph begins in a recording, for those of a transcript.
TIMES = """CREATE TABLE times (
        paragraph INTEGER PRIMARY KEY REFERENCES paragraphs (id) ON DELETE CASCADE, time TEXT NOT NULL)"""
# Where the lines of a paragraph stand on the picture that it was read from by OCR, as JSON (`article.Scan`).
SCANS = """CREATE TABLE scans (
        paragraph INTEGER PRIMARY KEY REFERENCES paragraphs (id) ON DELETE CASCADE, lines TEXT NOT NULL)"""
# The file that an article was read from, where its pages can be shown as pictures. In no export.
ORIGINALS = """CREATE TABLE originals (
        article INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE, data BLOB NOT NULL)"""
# What an article said before its source changed: the text without vectors, packed, for `footnote diff`.
VERSIONS = """CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
        article_id TEXT NOT NULL, version INTEGER NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL,
        added TEXT NOT NULL, text BLOB NOT NULL)"""
VERSIONS_OF = "CREATE INDEX versions_of ON versions (source)"
# Where texts that share much of their wording meet (footnote.ingest.library.duplicates).
SKETCHES = """CREATE TABLE sketches (
        band INTEGER NOT NULL, value INTEGER NOT NULL,
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        PRIMARY KEY (band, value, article)) WITHOUT ROWID"""
SKETCHES_OF = "CREATE INDEX sketches_of ON sketches (article)"
# An article is in any number of collections and has any number of tags; `key` is the name without case.
# The columns of a primary key come first: SQLite 3.40's quick_check takes a table without rowids that has
# another between them for damaged.
COLLECTIONS = """CREATE TABLE collections (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE)"""
FILED = """CREATE TABLE filed (
        collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        PRIMARY KEY (collection, article)) WITHOUT ROWID"""
FILED_OF = "CREATE INDEX filed_of ON filed (article)"
TAGS = """CREATE TABLE tags (
        article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        key TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (article, key)) WITHOUT ROWID"""
TAGS_OF = "CREATE INDEX tags_of ON tags (key)"
# Who may see what. Without accounts there is one person, who may see everything.
ACCOUNTS = """CREATE TABLE accounts (
        name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, made TEXT NOT NULL
        ) WITHOUT ROWID"""
ACCOUNT_GROUPS = """CREATE TABLE account_groups (
        account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE, name TEXT NOT NULL,
        PRIMARY KEY (account, name)) WITHOUT ROWID"""
COLLECTION_GROUPS = """CREATE TABLE collection_groups (
        collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE, name TEXT NOT NULL,
        PRIMARY KEY (collection, name)) WITHOUT ROWID"""
AUDIT = """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, account TEXT NOT NULL, act TEXT NOT NULL,
        what TEXT NOT NULL)"""
# What turns a file of one form into the next. A file of an older form is read as it is, and brought
# up to this one when it is next opened for writing.
MIGRATIONS: dict[int, tuple[str, ...]] = {
    2: (VISITS, FEEDS),
    3: (PAGES, VERSIONS, VERSIONS_OF, SKETCHES, SKETCHES_OF),
    # Articles in other languages than English, then in those that only form 5 tells: their words are indexed
    # anew (`migration.py`).
    4: (),
    5: (),
    6: (TIMES,),
    7: (SCANS,),
    8: (ORIGINALS,),
    9: (COLLECTIONS, FILED, FILED_OF, TAGS, TAGS_OF, ACCOUNTS, ACCOUNT_GROUPS, COLLECTION_GROUPS, AUDIT),
}
# Tables that are read while answering. Where a file of an older form lacks them, a reader, who changes
# nothing in it, has empty ones of its own in memory.
LATER_TABLES = {
    "pages": "paragraph, page",
    "times": "paragraph, time",
    "scans": "paragraph, lines",
    "originals": "article, data",
    "collections": "id, name, key",
    "filed": "collection, article",
    "tags": "article, name, key",
    "accounts": "name, role, password, made",
    "account_groups": "account, name",
    "collection_groups": "collection, name",
    "audit": "id, at, account, act, what",
    "versions": "id, source, article_id, version, title, date, added, text",
}

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
        start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (article, space, number))""",
    """CREATE TABLE sentences (
        paragraph INTEGER NOT NULL REFERENCES paragraphs (id) ON DELETE CASCADE,
        space INTEGER NOT NULL, spans BLOB NOT NULL, vectors BLOB NOT NULL,
        PRIMARY KEY (paragraph, space))""",
    # Chunk ids that the vector index still holds though their article is gone.
    "CREATE TABLE forgotten (chunk TEXT PRIMARY KEY) WITHOUT ROWID",
    VISITS,
    FEEDS,
    *MIGRATIONS[3],
    TIMES,
    SCANS,
    ORIGINALS,
    *MIGRATIONS[9],
)


def create_schema(db: Connection) -> None:
    """Create every table; the caller holds a transaction where that matters."""
    for statement in (*SCHEMA, *db.words.tables):
        db.execute(statement)
    set_meta(db, schema=SCHEMA_VERSION, space=1, generation=0)


def add_later_tables(db: Connection) -> None:
    """Give a reader of a file of an older form empty tables in memory for those that it lacks."""
    there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
    for name, columns in LATER_TABLES.items():
        if there and name not in there:
            db.execute(f"CREATE TEMP TABLE {name} ({columns})")


def read_meta(db: Connection) -> dict[str, str]:
    """Return encoder, dimension, chunking, schema, space, generation and the like."""
    return dict(db.execute("SELECT key, value FROM meta").fetchall())


def set_meta(db: Connection, **values: object) -> None:
    """Write values under their keys, as text."""
    db.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [(k, str(v)) for k, v in values.items()],
    )
