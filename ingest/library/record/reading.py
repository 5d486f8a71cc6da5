"""What is asked of the record: articles, paragraphs, words and vectors. Only what is `ready` is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.ingest.article import scan_of
from footnote.ingest.library.record.blobs import rows_of, unpack_sentence_vectors, unpack_spans
from footnote.ingest.library.record.seam import NAMES, NUMBERS, PAIRS
from footnote.ingest.library.record.values import ArticleRecord, ChunkVectors, Found, Key, ParagraphRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.library.record.seam import Connection
    from footnote.ingest.text.sentences import Span

_RECORD = """
    SELECT a.article_id, a.title, (SELECT json_group_array(source) FROM
               (SELECT source FROM sources WHERE article = a.id ORDER BY id) s) AS sources,
           a.author, a.date, a.url, a.language, a.paragraphs, a.version, a.added,
           (SELECT json_group_array(name) FROM
               (SELECT c.name FROM filed f JOIN collections c ON c.id = f.collection
                WHERE f.article = a.id ORDER BY c.key) n) AS collections,
           (SELECT json_group_array(name) FROM
               (SELECT name FROM tags WHERE article = a.id ORDER BY key) t) AS tags
    FROM articles a WHERE a.state = 'ready'
"""
_PARAGRAPH = """
    SELECT a.article_id, p.number, p.section, p.text, a.title,
           (SELECT source FROM sources WHERE article = a.id ORDER BY id LIMIT 1) AS source, a.date,
           coalesce((SELECT page FROM pages WHERE paragraph = p.id), 0) AS page,
           coalesce((SELECT time FROM times WHERE paragraph = p.id), '') AS time,
           coalesce((SELECT lines FROM scans WHERE paragraph = p.id), '[]') AS scan
"""
_KEYS = f"""
    FROM {PAIRS} k
    JOIN articles a ON a.article_id = k.name AND a.state = 'ready'
    JOIN paragraphs p ON p.article = a.id AND p.number = k.number
"""
_CHUNKS = """
    JOIN articles a ON a.article_id = k.name AND a.state = 'ready'
    JOIN chunks c ON c.article = a.id AND c.space = ? AND c.number = k.number
"""
_FOUND = "a.article_id, c.paragraph, a.id, c.number, c.vector"


def article_records(db: Connection, article_id: str | None = None) -> list[ArticleRecord]:
    """Return the ready articles sorted by title, or the one with `article_id`."""
    only = "" if article_id is None else " AND a.article_id = ?"
    rows = db.execute(_RECORD + only, () if article_id is None else (article_id,)).fetchall()
    found = [_record(row) for row in rows]
    return sorted(found, key=lambda a: (a.title.casefold(), a.article_id))


def _record(row: Sequence[Any]) -> ArticleRecord:
    known: list[Any] = [*row[:2], _names(row[2]), *row[3:10], _names(row[10]), _names(row[11])]
    return ArticleRecord(*known)


def _names(listed: str | None) -> tuple[str, ...]:
    return tuple(json.loads(listed or "[]"))  # PostgreSQL has no list of nothing


def all_sources(db: Connection) -> list[tuple[str, str]]:
    """Return every source of a ready article with the article's id."""
    return db.execute(
        "SELECT s.source, a.article_id FROM sources s JOIN articles a ON a.id = s.article"
        " WHERE a.state = 'ready'"
    ).fetchall()


def ids_by_prefix(db: Connection, prefix: str) -> list[str]:
    """Return the ids of the ready articles that begin with `prefix`."""
    rows = db.execute(
        "SELECT article_id FROM articles WHERE state = 'ready' AND article_id >= ? AND article_id < ?",
        (prefix, prefix + "\U0010ffff"),
    )
    return [row[0] for row in rows.fetchall()]


def paragraph_records(db: Connection, article_id: str) -> list[ParagraphRecord]:
    """Return the paragraphs of a ready article in order."""
    rows = db.execute(
        _PARAGRAPH + "FROM articles a JOIN paragraphs p ON p.article = a.id"
        " WHERE a.state = 'ready' AND a.article_id = ? ORDER BY p.number",
        (article_id,),
    )
    return [_paragraph(row) for row in rows.fetchall()]


def fetch(db: Connection, keys: Sequence[Key]) -> dict[Key, ParagraphRecord]:
    """Return the paragraphs under `keys`; those that are not there are left out."""
    rows = db.execute(_PARAGRAPH + _KEYS, (json.dumps(list(keys)),)).fetchall()
    return {(row[0], row[1]): _paragraph(row) for row in rows}


def there(db: Connection, keys: Sequence[Key]) -> set[Key]:
    """Return which of these paragraphs of ready articles are there."""
    rows = db.execute(f"SELECT a.article_id, p.number {_KEYS}", (json.dumps(list(keys)),)).fetchall()
    return {(row[0], row[1]) for row in rows}


def _paragraph(row: Sequence[Any]) -> ParagraphRecord:
    return ParagraphRecord(*(*row[:-1], scan_of(json.loads(row[-1]))))


def original(db: Connection, article_id: str) -> bytes:
    """Return the file that a ready article was read from; nothing when it was not kept."""
    found = db.execute(
        "SELECT o.data FROM originals o JOIN articles a ON a.id = o.article"
        " WHERE a.state = 'ready' AND a.article_id = ?",
        (article_id,),
    ).fetchone()
    return b"" if found is None else bytes(found[0])


def has_original(db: Connection, article_id: str) -> bool:
    """Tell whether the file that a ready article was read from is kept."""
    found = db.execute(
        "SELECT 1 FROM originals o JOIN articles a ON a.id = o.article"
        " WHERE a.state = 'ready' AND a.article_id = ?",
        (article_id,),
    ).fetchone()
    return found is not None


def originals(db: Connection) -> tuple[int, int]:
    """Return how many originals are kept, and how many bytes they take."""
    count, size = db.execute(
        "SELECT count(*), CAST(coalesce(sum(length(data)), 0) AS BIGINT) FROM originals"
    ).fetchone()
    return count, size


def sentence_vectors(
    db: Connection, keys: Sequence[Key], space: int, dimension: int
) -> dict[Key, tuple[tuple[Span, ...], NDArray[np.float32]]]:
    """Return the sentences of the paragraphs under `keys` with their unit vectors."""
    rows = db.execute(
        f"SELECT a.article_id, p.number, s.spans, s.vectors {_KEYS}"
        " JOIN sentences s ON s.paragraph = p.id AND s.space = ?",
        (json.dumps(list(keys)), space),
    ).fetchall()
    vectors = unpack_sentence_vectors([row[3] for row in rows], dimension)
    return {(row[0], row[1]): (unpack_spans(row[2]), own) for row, own in zip(rows, vectors, strict=True)}


def document_frequencies(db: Connection, terms: Collection[str]) -> dict[str, int]:
    """Return in how many paragraphs each stem occurs; 0 for those that do not."""
    return db.words.frequencies(db, terms)


def vocabulary(db: Connection) -> tuple[str, ...]:
    """Return every porter stem of the paragraphs and titles, in order."""
    return db.words.vocabulary(db)


def paragraph_count(db: Connection) -> int:
    """Return the number of paragraphs of ready articles."""
    return int(
        db.execute("SELECT coalesce(sum(paragraphs), 0) FROM articles WHERE state = 'ready'").fetchone()[0]
    )


def paragraphs_of_chunks(db: Connection, ids: Sequence[str], space: int) -> dict[str, Key]:
    """Return the paragraph of each chunk id of a ready article; others are left out."""
    wanted = [_split(name) for name in ids]
    rows = db.execute(
        f"SELECT a.article_id || ':' || c.number, a.article_id, c.paragraph FROM {PAIRS} k{_CHUNKS}",
        (json.dumps(wanted), space),
    ).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def found(db: Connection, ids: Sequence[str], space: int) -> list[Found]:
    """Return the chunks with these ids, of ready articles; others are left out."""
    rows = db.execute(
        f"SELECT {_FOUND} FROM {PAIRS} k{_CHUNKS}", (json.dumps([_split(name) for name in ids]), space)
    )
    return [Found(*row) for row in rows.fetchall()]


def found_in(db: Connection, rows: Sequence[int], space: int) -> list[Found]:
    """Return every chunk of the articles with these row numbers."""
    found = db.execute(
        f"SELECT {_FOUND} FROM {NUMBERS} k JOIN articles a ON a.id = k.number"
        " JOIN chunks c ON c.article = a.id AND c.space = ?",
        (json.dumps(list(rows)), space),
    )
    return [Found(*row) for row in found.fetchall()]


def found_waiting(db: Connection, space: int, most: int) -> list[Found]:
    """Return chunks, so many at most, of ready articles that the vector index does not hold yet."""
    rows = db.execute(
        f"SELECT {_FOUND} FROM articles a JOIN chunks c ON c.article = a.id AND c.space = ?"
        " WHERE a.indexed = 0 AND a.state = 'ready' LIMIT ?",
        (space, most),
    )
    return [Found(*row) for row in rows.fetchall()]


def chunk_vectors(db: Connection, rows: Sequence[int], space: int, dimension: int) -> ChunkVectors:
    """Return the chunks of the articles with these row numbers."""
    found = db.execute(
        f"""SELECT a.article_id || ':' || c.number, c.vector FROM {NUMBERS} k
           JOIN articles a ON a.id = k.number JOIN chunks c ON c.article = a.id AND c.space = ?""",
        (json.dumps(list(rows)), space),
    ).fetchall()
    vectors = rows_of(b"".join(row[1] for row in found), "<f4", dimension)
    return ChunkVectors([row[0] for row in found], vectors.astype(np.float32, copy=False))


def ready_rows(db: Connection, articles: Collection[str] | None = None) -> dict[int, int]:
    """Return row number → revision of the ready articles, or of those of `articles`."""
    if articles is None:
        return dict(db.execute("SELECT id, revision FROM articles WHERE state = 'ready'").fetchall())
    return dict(
        db.execute(
            f"SELECT a.id, a.revision FROM {NAMES} k JOIN articles a ON a.article_id = k.name"
            " WHERE a.state = 'ready'",
            (json.dumps(sorted(articles)),),
        ).fetchall()
    )


def chunk_sizes(db: Connection, rows: Sequence[int], space: int) -> dict[int, int]:
    """Return row number → number of chunks."""
    return dict(
        db.execute(
            f"""SELECT k.number, (SELECT count(*) FROM chunks WHERE article = k.number AND space = ?)
               FROM {NUMBERS} k""",
            (space, json.dumps(list(rows))),
        ).fetchall()
    )


def ready_ids(db: Connection) -> frozenset[str]:
    """Return the ids of the ready articles."""
    return frozenset(
        row[0] for row in db.execute("SELECT article_id FROM articles WHERE state = 'ready'").fetchall()
    )


def article_ids(db: Connection, rows: Sequence[int]) -> dict[int, str]:
    """Return row number → article id."""
    return dict(
        db.execute(
            f"SELECT a.id, a.article_id FROM {NUMBERS} k JOIN articles a ON a.id = k.number",
            (json.dumps(list(rows)),),
        ).fetchall()
    )


def chunk_spans(db: Connection, row: int, space: int) -> list[tuple[int, int, int, bytes]]:
    """Return paragraph, start, end and vector of each chunk of an article, in order."""
    return db.execute(
        'SELECT paragraph, start, "end", vector FROM chunks WHERE article = ? AND space = ? ORDER BY number',
        (row, space),
    ).fetchall()


def sentence_spans(db: Connection, row: int, space: int) -> list[tuple[tuple[Span, ...], bytes]]:
    """Return the sentences of each paragraph of an article with their packed vectors, in order."""
    rows = db.execute(
        "SELECT s.spans, s.vectors FROM paragraphs p JOIN sentences s ON s.paragraph = p.id AND s.space = ?"
        " WHERE p.article = ? ORDER BY p.number",
        (space, row),
    ).fetchall()
    return [(unpack_spans(spans), vectors) for spans, vectors in rows]


def source_fingerprints(db: Connection, row: int) -> list[tuple[str, str]]:
    """Return each source of an article with what it said when it was last read, the first first."""
    return db.execute(
        "SELECT source, fingerprint FROM sources WHERE article = ? ORDER BY id", (row,)
    ).fetchall()


def _split(chunk_id: str) -> tuple[str, int]:
    article, _, number = chunk_id.rpartition(":")
    return article, int(number)
