"""What sources said before they changed, and where texts that share their wording meet."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from footnote.ingest.library.record.seam import NUMBERS
from footnote.ingest.library.record.values import VersionRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.library.record.seam import Connection

MOST_VERSIONS = 10  # kept of a source; the oldest go


def keep_version(db: Connection, source: str, row: int) -> None:
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


def versions(db: Connection, article_id: str) -> list[VersionRecord]:
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


def insert_sketch(db: Connection, row: int, sketch: Sequence[int]) -> None:
    """Store where an article meets others that share much of its wording."""
    db.executemany(
        "INSERT INTO sketches VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(band, value, row) for band, value in enumerate(sketch)],
    )


def meeting(db: Connection, sketch: Sequence[int], most: int) -> list[str]:
    """Return the ids of the ready articles that share a band with `sketch`, those with most first."""
    rows = db.execute(
        f"""SELECT a.article_id FROM {NUMBERS} k
           JOIN sketches s ON s.band = k.place AND s.value = k.number
           JOIN articles a ON a.id = s.article AND a.state = 'ready'
           GROUP BY a.id, a.article_id ORDER BY count(*) DESC, a.id LIMIT ?""",
        (json.dumps(list(sketch)), most),
    )
    return [row[0] for row in rows.fetchall()]


def rows_without_sketch(db: Connection) -> list[int]:
    """Return the articles that an older version stored, which made no sketches."""
    rows = db.execute(
        "SELECT id FROM articles a WHERE state = 'ready'"
        " AND NOT EXISTS (SELECT 1 FROM sketches WHERE article = a.id) ORDER BY id"
    )
    return [row[0] for row in rows.fetchall()]


def _unpack_text(blob: bytes) -> tuple[tuple[str, str], ...]:
    return tuple((section, text) for section, text in json.loads(zlib.decompress(blob)))
