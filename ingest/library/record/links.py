"""How links were last read, and which feeds are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.article import Visit
from footnote.ingest.library.record.values import FeedRecord

if TYPE_CHECKING:
    from footnote.ingest.library.record.seam import Connection


def visits(db: Connection) -> dict[str, Visit]:
    """Return how every link was last read, those of removed articles included."""
    rows = db.execute("SELECT source, etag, modified, at, feed FROM visits ORDER BY source")
    return {row[0]: Visit(*row[1:]) for row in rows.fetchall()}


def note_visit(db: Connection, source: str, visit: Visit) -> None:
    """Note how a link was read."""
    db.execute(
        "INSERT INTO visits (source, etag, modified, at, feed) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (source) DO UPDATE SET etag = excluded.etag, modified = excluded.modified,"
        " at = excluded.at, feed = excluded.feed",
        (source, visit.etag, visit.modified, visit.at, visit.feed),
    )


def feeds(db: Connection) -> list[FeedRecord]:
    """Return the feeds that are followed, sorted by URL."""
    rows = db.execute("SELECT url, since, most, etag, modified, at FROM feeds ORDER BY url")
    return [FeedRecord(row[0], row[1], row[2], Visit(*row[3:])) for row in rows.fetchall()]


def note_feed(db: Connection, feed: FeedRecord) -> None:
    """Note that a feed is followed, and how it was read."""
    visit = feed.visit
    db.execute(
        "INSERT INTO feeds (url, since, most, etag, modified, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (url) DO UPDATE SET since = excluded.since, most = excluded.most,"
        " etag = excluded.etag, modified = excluded.modified, at = excluded.at",
        (feed.url, feed.since, feed.most, visit.etag, visit.modified, visit.at),
    )


def forget_feed(db: Connection, url: str) -> bool:
    """Stop following a feed; tell whether it was followed. Its articles stay."""
    return db.execute("DELETE FROM feeds WHERE url = ?", (url,)).rowcount > 0
