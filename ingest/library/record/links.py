"""How links were last read, and which feeds are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.article import Visit
from footnote.ingest.library.record.values import FeedRecord

if TYPE_CHECKING:
    import sqlite3


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
