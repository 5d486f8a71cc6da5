"""Collections, which an article is in any number of, and tags, which are any words put to one.

Both go by their `key`, the name without case, so that “Board” and “board” are one. They belong to an
article, and follow its source to the next version of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from footnote.ingest.library.record.seam import NAMES
from footnote.ingest.library.record.values import CollectionRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footnote.ingest.library.record.seam import Connection


def key_of(name: str) -> str:
    """Return what a name of a collection or a tag goes by.

    >>> key_of("Board"), key_of("STRASSE") == key_of("straße")
    ('board', True)
    """
    return name.casefold()


def collections(db: Connection) -> list[CollectionRecord]:
    """Return every collection with the number of its ready articles, sorted by name."""
    rows = db.execute(
        "SELECT c.name, (SELECT count(*) FROM filed f JOIN articles a ON a.id = f.article"
        " WHERE f.collection = c.id AND a.state = 'ready') FROM collections c ORDER BY c.key"
    ).fetchall()
    return [CollectionRecord(name, count) for name, count in rows]


def tags(db: Connection) -> dict[str, int]:
    """Return every tag with the number of ready articles that have it, sorted by name."""
    rows = db.execute(
        "SELECT min(t.name), count(*) FROM tags t JOIN articles a ON a.id = t.article"
        " WHERE a.state = 'ready' GROUP BY t.key ORDER BY t.key"
    ).fetchall()
    return dict(rows)


def collection(db: Connection, name: str) -> int | None:
    """Return the row of a collection."""
    row = db.execute("SELECT id FROM collections WHERE key = ?", (key_of(name),)).fetchone()
    return None if row is None else int(row[0])


def add_collection(db: Connection, name: str) -> int:
    """Make a collection, unless there is one of that name, and return its row."""
    there = collection(db, name)
    if there is not None:
        return there
    return db.insert("INSERT INTO collections (name, key) VALUES (?, ?)", (name, key_of(name)))


def rename_collection(db: Connection, row: int, name: str) -> None:
    """Give a collection another name."""
    db.execute("UPDATE collections SET name = ?, key = ? WHERE id = ?", (name, key_of(name), row))


def delete_collection(db: Connection, row: int) -> None:
    """Delete a collection. Its articles stay."""
    db.execute("DELETE FROM filed WHERE collection = ?", (row,))
    db.execute("DELETE FROM collections WHERE id = ?", (row,))


def file_articles(db: Connection, rows: Iterable[int], into: int) -> None:
    """Put articles into a collection."""
    db.executemany(
        "INSERT INTO filed (collection, article) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(into, row) for row in rows],
    )


def unfile_articles(db: Connection, rows: Iterable[int], out_of: int) -> None:
    """Take articles out of a collection."""
    db.executemany("DELETE FROM filed WHERE collection = ? AND article = ?", [(out_of, row) for row in rows])


def tag_articles(db: Connection, rows: Iterable[int], name: str) -> None:
    """Put a tag to articles; one that is there already keeps how it is written."""
    db.executemany(
        "INSERT INTO tags (article, name, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(row, name, key_of(name)) for row in rows],
    )


def untag_articles(db: Connection, rows: Iterable[int], name: str) -> None:
    """Take a tag from articles."""
    db.executemany("DELETE FROM tags WHERE article = ? AND key = ?", [(row, key_of(name)) for row in rows])


def carry_over(db: Connection, before: int, after: int) -> None:
    """Put an article into the collections and under the tags of the one that its source said before."""
    db.execute(
        "INSERT INTO filed (collection, article) SELECT collection, ? FROM filed WHERE article = ?"
        " ON CONFLICT DO NOTHING",
        (after, before),
    )
    db.execute(
        "INSERT INTO tags (article, name, key) SELECT ?, name, key FROM tags WHERE article = ?"
        " ON CONFLICT DO NOTHING",
        (after, before),
    )


def articles_filed(db: Connection, names: Sequence[str]) -> set[str]:
    """Return the ids of the ready articles that are in any of these collections."""
    return _ids(db, "filed x JOIN collections c ON c.id = x.collection JOIN", "c.key", names)


def articles_tagged(db: Connection, names: Sequence[str]) -> set[str]:
    """Return the ids of the ready articles that have any of these tags."""
    return _ids(db, "tags x JOIN", "x.key", names)


def _ids(db: Connection, joined: str, column: str, names: Sequence[str]) -> set[str]:
    rows = db.execute(
        f"SELECT a.article_id FROM {joined} {NAMES} k ON k.name = {column}"
        " JOIN articles a ON a.id = x.article WHERE a.state = 'ready'",
        (json.dumps([key_of(name) for name in names]),),
    )
    return {row[0] for row in rows.fetchall()}
