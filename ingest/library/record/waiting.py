"""What the vector index does not hold yet, and what it still holds though its article is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from footnote.ingest.library.record.schema import read_meta, set_meta
from footnote.ingest.library.record.seam import NAMES, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.library.record.seam import Connection


def is_waiting(db: Connection) -> bool:
    """Tell whether a ready article is not in the vector index yet."""
    return (
        db.execute("SELECT 1 FROM articles WHERE indexed = 0 AND state = 'ready' LIMIT 1").fetchone()
        is not None
    )


def waiting_rows(db: Connection, limit: int) -> list[int]:
    """Return the row numbers of the first `limit` articles that the vector index does not hold."""
    rows = db.execute(
        "SELECT id FROM articles WHERE indexed = 0 AND state != 'deleting' ORDER BY id LIMIT ?", (limit,)
    )
    return [row[0] for row in rows.fetchall()]


def waiting_chunks(db: Connection, space: int) -> int:
    """Return how many chunks the vector index does not hold yet."""
    return int(
        db.execute(
            "SELECT count(*) FROM articles a JOIN chunks c ON c.article = a.id AND c.space = ?"
            " WHERE a.indexed = 0",
            (space,),
        ).fetchone()[0]
    )


def indexed_chunks(db: Connection, space: int) -> int:
    """Return how many vectors the index must hold."""
    return int(
        db.execute(
            "SELECT count(*) FROM chunks c JOIN articles a ON a.id = c.article"
            " WHERE a.indexed = 1 AND c.space = ?",
            (space,),
        ).fetchone()[0]
    )


def indexed_articles(db: Connection) -> list[tuple[int, str]]:
    """Return row number and id of every article that the vector index holds."""
    return db.execute("SELECT id, article_id FROM articles WHERE indexed = 1").fetchall()


def indexed_by_article(db: Connection, space: int) -> list[tuple[str, int]]:
    """Return each article that the vector index holds with the number of its chunks."""
    return db.execute(
        "SELECT a.article_id, count(*) FROM articles a JOIN chunks c ON c.article = a.id AND c.space = ?"
        " WHERE a.indexed = 1 GROUP BY a.article_id",
        (space,),
    ).fetchall()


def forget_rows(db: Connection, rows: Sequence[int]) -> None:
    """Note that the vector index holds these articles no more."""
    db.execute(
        f"UPDATE articles SET indexed = 0 WHERE id IN (SELECT number FROM {NUMBERS} k)",
        (json.dumps(list(rows)),),
    )


def forgotten(db: Connection) -> list[str]:
    """Return the chunk ids that the vector index must drop."""
    return [row[0] for row in db.execute("SELECT chunk FROM forgotten").fetchall()]


def remember(db: Connection, chunks: Sequence[str]) -> None:
    """Note that the vector index has dropped these chunk ids."""
    db.execute(
        f"DELETE FROM forgotten WHERE chunk IN (SELECT name FROM {NAMES} k)", (json.dumps(list(chunks)),)
    )


def forget_index(db: Connection) -> int:
    """Note that no index holds anything, and return the number of the next generation."""
    db.execute("UPDATE articles SET indexed = 0 WHERE indexed = 1")
    db.execute("DELETE FROM forgotten")
    generation = int(read_meta(db)["generation"]) + 1
    set_meta(db, generation=generation, index_files="", index_content="")
    return generation


def mark_indexed(db: Connection, rows: Sequence[int]) -> None:
    """Note that the vector index holds these articles."""
    db.execute(
        f"UPDATE articles SET indexed = 1 WHERE id IN (SELECT number FROM {NUMBERS} k)",
        (json.dumps(list(rows)),),
    )
