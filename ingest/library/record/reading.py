"""What is asked of the record: articles, paragraphs, words and vectors. Only what is `ready` is seen."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.ingest.article import scan_of
from footnote.ingest.library.record.blobs import rows_of, unpack_sentence_vectors, unpack_spans
from footnote.ingest.library.record.values import ArticleRecord, ChunkVectors, Key, ParagraphRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.text.sentences import Span

_RECORD = """
    SELECT a.article_id, a.title, (SELECT json_group_array(source) FROM
               (SELECT source FROM sources WHERE article = a.id ORDER BY id)) AS sources,
           a.author, a.date, a.url, a.language, a.paragraphs, a.version, a.added
    FROM articles a WHERE a.state = 'ready'
"""
_PARAGRAPH = """
    SELECT a.article_id, p.number, p.section, p.text, a.title,
           (SELECT source FROM sources WHERE article = a.id ORDER BY id LIMIT 1) AS source, a.date,
           coalesce((SELECT page FROM pages WHERE paragraph = p.id), 0) AS page,
           coalesce((SELECT time FROM times WHERE paragraph = p.id), '') AS time,
           coalesce((SELECT lines FROM scans WHERE paragraph = p.id), '[]') AS scan
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
    return [_paragraph(row) for row in rows.fetchall()]


def fetch(db: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, ParagraphRecord]:
    """Return the paragraphs under `keys`; those that are not there are left out."""
    rows = db.execute(_PARAGRAPH + _KEYS, (json.dumps(list(keys)),)).fetchall()
    return {(row[0], row[1]): _paragraph(row) for row in rows}


def _paragraph(row: Sequence[Any]) -> ParagraphRecord:
    return ParagraphRecord(*(*row[:-1], scan_of(json.loads(row[-1]))))


def original(db: sqlite3.Connection, article_id: str) -> bytes:
    """Return the file that a ready article was read from; nothing when it was not kept."""
    found = db.execute(
        "SELECT o.data FROM originals o JOIN articles a ON a.id = o.article"
        " WHERE a.state = 'ready' AND a.article_id = ?",
        (article_id,),
    ).fetchone()
    return b"" if found is None else bytes(found[0])


def has_original(db: sqlite3.Connection, article_id: str) -> bool:
    """Tell whether the file that a ready article was read from is kept."""
    found = db.execute(
        "SELECT 1 FROM originals o JOIN articles a ON a.id = o.article"
        " WHERE a.state = 'ready' AND a.article_id = ?",
        (article_id,),
    ).fetchone()
    return found is not None


def originals(db: sqlite3.Connection) -> tuple[int, int]:
    """Return how many originals are kept, and how many bytes they take."""
    count, size = db.execute("SELECT count(*), coalesce(sum(length(data)), 0) FROM originals").fetchone()
    return count, size


def sentence_vectors(
    db: sqlite3.Connection, keys: Sequence[Key], space: int, dimension: int
) -> dict[Key, tuple[tuple[Span, ...], NDArray[np.float32]]]:
    """Return the sentences of the paragraphs under `keys` with their unit vectors."""
    rows = db.execute(
        f"SELECT a.article_id, p.number, s.spans, s.vectors {_KEYS}"
        " JOIN sentences s ON s.paragraph = p.id AND s.space = ?",
        (json.dumps(list(keys)), space),
    ).fetchall()
    vectors = unpack_sentence_vectors([row[3] for row in rows], dimension)
    return {(row[0], row[1]): (unpack_spans(row[2]), own) for row, own in zip(rows, vectors, strict=True)}


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
    vectors = rows_of(b"".join(row[1] for row in found), "<f4", dimension)
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


def _split(chunk_id: str) -> tuple[str, int]:
    article, _, number = chunk_id.rpartition(":")
    return article, int(number)
