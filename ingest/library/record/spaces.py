"""Vectors of one encoder beside those of the next, while a library changes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.library.record.schema import read_meta, set_meta

if TYPE_CHECKING:
    from footnote.ingest.library.record.seam import Connection


def begin_space(db: Connection, described: str) -> int:
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


def rows_without(db: Connection, space: int) -> list[int]:
    """Return the ready articles that have no vectors in `space` yet."""
    rows = db.execute(
        "SELECT id FROM articles a WHERE state = 'ready' AND NOT EXISTS"
        " (SELECT 1 FROM sentences s JOIN paragraphs p ON p.id = s.paragraph"
        "  WHERE p.article = a.id AND s.space = ?) ORDER BY id",
        (space,),
    )
    return [row[0] for row in rows.fetchall()]


def change_space(db: Connection, space: int, values: dict[str, str]) -> None:
    """Make `space` the one that readers see, and delete all others."""
    delete_other_spaces(db, space)
    set_meta(db, **values, space=space, next_encoder="")
    db.execute("UPDATE articles SET revision = revision + 1")


def delete_other_spaces(db: Connection, space: int) -> None:
    """Delete the vectors of every other space."""
    db.execute("DELETE FROM chunks WHERE space != ?", (space,))
    db.execute("DELETE FROM sentences WHERE space != ?", (space,))
