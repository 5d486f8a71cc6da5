"""What the vector index does not hold yet, and what it still holds though its article is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from footnote.ingest.library.record.schema import read_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


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
