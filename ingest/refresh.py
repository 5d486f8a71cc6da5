"""What came from links and feeds, read again: what changed is updated, what is new in a feed is added.

Each page is asked for with what its server said last time, so that an unchanged one is not sent. A
page that can no longer be read leaves its article as it is. What a person removed stays removed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from footnote.ingest.article import Rejected, Visit
from footnote.ingest.library.record import FeedRecord
from footnote.ingest.pipeline import Outcome, Progress
from footnote.ingest.sources import LINK
from footnote.ingest.web.addresses import UnreadableLink
from footnote.ingest.web.links import MOST, SUFFIXES, Wish, feed_visit, parse_feed, read_feed, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.article import Read
    from footnote.ingest.handover.writer import Writer
    from footnote.ingest.library.library import Library
    from footnote.ingest.web.fetch import Fetcher


def refresh(writer: Writer, fetcher: Fetcher) -> Iterator[Outcome | Progress]:
    """Read every link and feed of the library again, and yield an `Outcome` a link, with progress.

    An unchanged page is an outcome too; a feed is one only when it could not be read. Whoever stops
    keeps what was yielded.

    Raises:
        LibraryUnwritable: If the disk is full; what was stored before is safe.
        EncoderError: If the encoder cannot be loaded.
    """
    library = writer.library
    visits = library.visits()
    links = sorted(s for s in library.sources() if LINK.match(s) and _was_page(visits.get(s)))
    followed = _followed(library, visits)
    done = 0
    for link in links:
        yield from _outcomes(_again(link, visits.get(link, Visit()), writer, fetcher), writer)
        done += 1
        yield Progress(done, len(links) + len(followed), 0, link)
    for feed in followed:
        yield from _read_feed(feed, writer, fetcher)
        done += 1
        yield Progress(done, len(links) + len(followed), 0, feed.url)


def _was_page(visit: Visit | None) -> bool:
    """Tell whether a link itself was read, not only what a feed held of it."""
    return visit is None or bool(visit.at)


def _followed(library: Library, visits: dict[str, Visit]) -> list[FeedRecord]:
    """Return the feeds to read: those noted, and those that only their articles speak of."""
    noted = {feed.url: feed for feed in library.feeds()}
    # A feed whose first reading was broken off was not noted; what it named says where it was.
    spoken_of = {v.feed for s, v in visits.items() if v.feed and s in library.sources()}
    found = noted | {url: FeedRecord(url, "", MOST, Visit()) for url in spoken_of - noted.keys()}
    return [found[url] for url in sorted(found)]


def _outcomes(found: Read | Outcome, writer: Writer) -> Iterator[Outcome | Progress]:
    if isinstance(found, Outcome):
        yield found
    else:
        yield from (event for event in writer.ingest([found]) if isinstance(event, Outcome))


def _again(link: str, visit: Visit, writer: Writer, fetcher: Fetcher) -> Read | Outcome:
    """Read one link again: the article, why there is none, or that it has not changed."""
    try:
        fetched = fetcher.fetch(link, visit)
        if fetched is None:
            writer.note_visit(link, replace(visit, at=_now()))
            return _unchanged(link, writer.library)
        if fetched.kind not in SUFFIXES:
            raise UnreadableLink(f"{link} was not read: it has become a feed.")
        found = read_page(fetched, link, fetcher.rules)
    except UnreadableLink as error:
        return Rejected(link, f"{error} {_kept(visit)}")
    return Rejected(link, f"{found.reason} {_kept(visit)}") if isinstance(found, Rejected) else found


def _kept(visit: Visit) -> str:
    read = f" as it was read on {visit.at[:10]}" if visit.at else ""
    return f"The article is kept{read}."


def _unchanged(link: str, library: Library) -> Outcome:
    record = library.find_by_source(link)
    if record is None:  # removed by another thread meanwhile
        return Outcome(link, "unchanged")
    return Outcome(link, "unchanged", record.article_id, record.title, record.paragraphs)


def _read_feed(feed: FeedRecord, writer: Writer, fetcher: Fetcher) -> Iterator[Outcome | Progress]:
    """Add what is new in a feed."""
    try:
        fetched = fetcher.fetch(feed.url, feed.visit)
        if fetched is None:
            writer.note_feed(replace(feed, visit=replace(feed.visit, at=_now())))
            return
        found = parse_feed(fetched, feed.url, fetcher)
    except UnreadableLink as error:
        message = str(error)
        reason = message if "was not read: " in message else f"{feed.url} was not read: {message}."
        yield Outcome(feed.url, "rejected", reason=reason)
        return
    failed = False
    known = writer.library.visits().keys() | writer.library.sources().keys()
    articles = read_feed(found, feed.url, fetcher, Wish(feed.since, feed.most), known=known)
    for article in articles:
        for event in _outcomes(article, writer):
            failed = failed or (isinstance(event, Outcome) and event.status == "rejected")
            yield event
    writer.note_feed(replace(feed, visit=feed_visit(fetched.visit, failed=failed)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
