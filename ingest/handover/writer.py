"""What changes a library: this process itself, or the server that holds it (`ingest.handover.handover`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from footnote.ingest.pipeline import ingest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from footnote.ingest.article import Article, Rejected, Visit
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.accounts import AccountChange
    from footnote.ingest.library.collections import Arrangement
    from footnote.ingest.library.library import Library
    from footnote.ingest.library.record import FeedRecord
    from footnote.ingest.pipeline import Outcome, Progress


class Writer(Protocol):
    """Changes a library; `library` is there to look things up in."""

    @property
    def library(self) -> Library:
        """The library as it is now, perhaps open for reading only."""

    def ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        """Bring the library up to `articles`, as `footnote.ingest.pipeline.ingest` does."""

    def remove(self, article_id: str) -> None:
        """Remove an article with all its sources."""

    def remove_source(self, source: str) -> None:
        """Forget a source; its article goes with the last one."""

    def note_visit(self, source: str, visit: Visit) -> None:
        """Note how a link was read that had not changed."""

    def note_feed(self, feed: FeedRecord) -> None:
        """Follow a feed from now on, or note that it was read."""

    def arrange(self, wish: Arrangement) -> None:
        """Make, rename or delete a collection; put articles into one or under a tag, or take them out."""

    def change_account(self, wish: AccountChange) -> None:
        """Add an account, change or remove it."""


@dataclass(frozen=True, slots=True)
class DirectWriter:
    """Changes what is quick to change in a library that this process holds."""

    library: Library

    def remove(self, article_id: str) -> None:
        """Remove an article with all its sources."""
        self.library.remove(article_id)

    def remove_source(self, source: str) -> None:
        """Forget a source; its article goes with the last one."""
        self.library.remove_source(source)

    def note_visit(self, source: str, visit: Visit) -> None:
        """Note how a link was read that had not changed."""
        self.library.note_visit(source, visit)

    def note_feed(self, feed: FeedRecord) -> None:
        """Follow a feed from now on, or note that it was read."""
        self.library.note_feed(feed)

    def arrange(self, wish: Arrangement) -> None:
        """Make, rename or delete a collection; put articles into one or under a tag, or take them out."""
        self.library.arrange(wish)

    def change_account(self, wish: AccountChange) -> None:
        """Add an account, change or remove it."""
        self.library.change_account(wish)


@dataclass(frozen=True, slots=True)
class LocalWriter(DirectWriter):
    """Changes a library that this process holds."""

    encoder: Encoder

    def ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        """Bring the library up to `articles`."""
        return ingest(articles, self.library, self.encoder)
