"""How articles and their sources come into the record and leave it; the caller holds a transaction."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.library.record.blobs import pack_spans
from footnote.ingest.library.record.collections import carry_over
from footnote.ingest.library.record.history import insert_sketch, keep_version
from footnote.ingest.library.record.reading import source_fingerprints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.article import Article, Paragraph
    from footnote.ingest.encoder.encoded import Encoded
    from footnote.ingest.library.record.seam import Connection
    from footnote.ingest.library.record.values import VersionRecord


class Stored(NamedTuple):
    """What the record knows about an article in any state."""

    row: int
    state: str
    version: int
    fingerprint: str


def stored(db: Connection, article_id: str) -> Stored | None:
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


def pointer(db: Connection, source: str) -> Pointer | None:
    """Return where `source` points."""
    row = db.execute(
        """SELECT a.id, a.article_id, a.version, s.fingerprint,
                  s.id = (SELECT min(id) FROM sources WHERE article = a.id)
           FROM sources s JOIN articles a ON a.id = s.article WHERE s.source = ?""",
        (source,),
    ).fetchone()
    return None if row is None else Pointer(row[0], row[1], row[2], row[3], bool(row[4]))


def insert_pending(
    db: Connection,
    encoded: Encoded,
    source: str,
    fingerprint: str,
    version: int,
    space: int,
    sketch: Sequence[int] = (),
) -> int:
    """Store an article with everything that belongs to it, unseen, and return its row number."""
    article = encoded.cut.article
    row = db.insert(
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
    )
    insert_text(db, row, encoded)
    keep_original(db, row, article)
    insert_vectors(db, row, encoded, space)
    insert_sketch(db, row, sketch)
    return row


def insert_text(db: Connection, row: int, encoded: Encoded) -> None:
    """Store the paragraphs and their words."""
    article = encoded.cut.article
    for p in article.paragraphs:
        text = article.text[p.start : p.end]
        number = db.insert(
            "INSERT INTO paragraphs (article, number, section, text) VALUES (?, ?, ?, ?)",
            (row, p.number, p.section, text),
        )
        _place(db, number, p)
    db.words.add(db, row, article.title)


def _place(db: Connection, number: int, paragraph: Paragraph) -> None:
    """Store where a paragraph stands in what it was read from, as far as that is known."""
    scan = json.dumps(paragraph.scan) if paragraph.scan else ""
    for table, place in (("pages", paragraph.page), ("times", paragraph.time), ("scans", scan)):
        if place:
            db.execute(f"INSERT INTO {table} VALUES (?, ?)", (number, place))


def keep_original(db: Connection, row: int, article: Article) -> None:
    """Keep the file that an article was read from, unless there is one."""
    if article.original:
        db.execute("INSERT INTO originals VALUES (?, ?) ON CONFLICT DO NOTHING", (row, article.original))


def insert_vectors(db: Connection, row: int, encoded: Encoded, space: int) -> None:
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


def make_ready(db: Connection, row: int, added: str) -> int | None:
    """Show a pending article and point its source at it.

    Returns:
        The row of the article that lost its last source by that, now `deleting`.
    """
    source, fingerprint = db.execute(
        "SELECT source_to_be, fingerprint FROM articles WHERE id = ?", (row,)
    ).fetchone()
    db.execute("UPDATE articles SET state = 'ready', added = ?, source_to_be = '' WHERE id = ?", (added, row))
    return point(db, source, row, fingerprint)


def point(db: Connection, source: str, row: int, fingerprint: str) -> int | None:
    """Point `source` at an article.

    Returns:
        The row of the article that lost its last source by that, now `deleting`.
    """
    before = pointer(db, source)
    if before is not None and before.row != row:
        keep_version(db, source, before.row)
        carry_over(db, before.row, row)
    db.execute("DELETE FROM sources WHERE source = ?", (source,))
    db.execute(
        "INSERT INTO sources (source, article, fingerprint) VALUES (?, ?, ?)", (source, row, fingerprint)
    )
    return None if before is None else abandon(db, before.row)


def abandon(db: Connection, row: int) -> int | None:
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


def remove_source(db: Connection, source: str) -> None:
    """Delete one source, and what it said before."""
    db.execute("DELETE FROM versions WHERE source = ?", (source,))
    db.execute("DELETE FROM sources WHERE source = ?", (source,))


def remove_sources(db: Connection, row: int) -> None:
    """Delete all sources of an article, and what they said before."""
    db.execute("DELETE FROM versions WHERE source IN (SELECT source FROM sources WHERE article = ?)", (row,))
    db.execute("DELETE FROM sources WHERE article = ?", (row,))


def update_metadata(db: Connection, row: int, article: Article, fingerprint: str) -> None:
    """Write title, author, date, URL and language anew, where its words stand, and the file they are of."""
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
    numbers = dict(db.execute("SELECT number, id FROM paragraphs WHERE article = ?", (row,)).fetchall())
    for table in ("pages", "times", "scans"):
        db.executemany(f"DELETE FROM {table} WHERE paragraph = ?", [(n,) for n in numbers.values()])
    for p in article.paragraphs:
        if p.number in numbers:
            _place(db, numbers[p.number], p)
    db.execute("DELETE FROM originals WHERE article = ?", (row,))
    keep_original(db, row, article)


def note_fingerprint(db: Connection, source: str, fingerprint: str) -> None:
    """Note what a source said when it was last read."""
    db.execute("UPDATE sources SET fingerprint = ? WHERE source = ?", (fingerprint, source))


def same_text(db: Connection, row: int, article: Article) -> bool:
    """Tell whether title, sections and paragraphs are stored just so: vectors then need no change."""
    (title,) = db.execute("SELECT title FROM articles WHERE id = ?", (row,)).fetchone()
    rows = db.execute("SELECT section, text FROM paragraphs WHERE article = ? ORDER BY number", (row,))
    return bool(
        title == article.title
        and rows.fetchall() == [(p.section, article.text[p.start : p.end]) for p in article.paragraphs]
    )


def unfinished(db: Connection, state: str) -> list[int]:
    """Return the rows of the articles that are `pending` or `deleting`."""
    rows = db.execute("SELECT id FROM articles WHERE state = ? AND state != 'ready' ORDER BY id", (state,))
    return [row[0] for row in rows.fetchall()]


def rewrite(db: Connection, row: int, encoded: Encoded, space: int) -> None:
    """Replace text and vectors of a ready article, whose title or sections changed."""
    _delete_parts(db, row)
    insert_text(db, row, encoded)
    insert_vectors(db, row, encoded, space)
    db.execute("UPDATE articles SET revision = revision + 1, indexed = 0 WHERE id = ?", (row,))


def delete_article(db: Connection, row: int) -> None:
    """Delete all rows of an article; the vector index is told through `forgotten`."""
    _delete_parts(db, row)
    db.execute("DELETE FROM articles WHERE id = ?", (row,))


def _delete_parts(db: Connection, row: int) -> None:
    db.execute(
        "INSERT INTO forgotten SELECT a.article_id || ':' || c.number FROM articles a"
        " JOIN chunks c ON c.article = a.id WHERE a.id = ? AND a.indexed = 1 ON CONFLICT DO NOTHING",
        (row,),
    )
    db.words.remove(db, row)
    db.execute("DELETE FROM chunks WHERE article = ?", (row,))
    db.execute("DELETE FROM paragraphs WHERE article = ?", (row,))


def restore_history(
    db: Connection,
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
