"""Links to articles: a page is one article, a feed or sitemap as many as it names."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from footnote.ingest.article import Article, Rejected, Visit
from footnote.ingest.documents import read_bytes
from footnote.ingest.library.record import FeedRecord
from footnote.ingest.web import feeds
from footnote.ingest.web.addresses import Link, Rules, UnreadableLink, shown
from footnote.ingest.web.feeds import Entry, Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from footnote.ingest.article import Read
    from footnote.ingest.web.fetch import Fetched, Fetcher

MOST = 100  # articles of a feed that are read unless more are asked for; at one a second, two minutes
MOST_SITEMAPS = 20  # of a site's index that are looked into, the newest first
# What readers are called by is a file name; these are the kinds of a link that hold an article.
KINDS = "html txt md pdf docx odt xlsx epub csv srt vtt ttml".split()
SUFFIXES = {kind: f".{kind}" for kind in KINDS}
# The same site, whatever its pages are served for.
SERVICE = re.compile(r"^(?:www\d?|amp|m|mobile)\.")
FEED_TAG = re.compile(r"<link\b[^<>]{0,1000}>", re.IGNORECASE)
FEED_TYPE = re.compile(r"""type\s*=\s*["']?application/(?:rss\+xml|atom\+xml|feed\+json)""", re.IGNORECASE)
HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a feed: what is dated from `since` on, at most the `most` newest."""

    since: str = ""
    most: int = MOST


def read_link(
    url: str,
    fetcher: Fetcher,
    wish: Wish | None = None,
    *,
    title: str = "",
    on_feed: Callable[[FeedRecord], None] | None = None,
) -> Iterator[Read]:
    """Yield the article of a page, or the articles of all pages that a feed or sitemap names.

    Each has its link as `source`, in the one form that `Rules.link` gives it. `on_feed` is told of a
    feed once all of its articles were yielded.
    """
    try:
        source = str(fetcher.rules.link(url))
        fetched = fetcher.fetch(url)
        assert fetched is not None, "nothing was said of an earlier visit"
        if fetched.kind in SUFFIXES:
            yield read_page(fetched, source, fetcher.rules, title=title)
            return
        feed = parse_feed(fetched, source, fetcher)
    except UnreadableLink as error:
        yield Rejected(shown(url.strip()), _sentence(url, error))
        return
    asked = wish or Wish()
    failed = False
    for found in read_feed(feed, source, fetcher, asked):
        failed = failed or isinstance(found, Rejected)
        yield found
    if on_feed is not None:
        on_feed(FeedRecord(source, asked.since, asked.most, feed_visit(fetched.visit, failed=failed)))


def feed_visit(visit: Visit, *, failed: bool) -> Visit:
    """Return what to say when a feed is next asked for: what failed is tried again, changed or not."""
    return Visit(at=visit.at) if failed else visit


def _sentence(url: str, error: UnreadableLink) -> str:
    message = str(error)
    return message if "was not read: " in message else f"{shown(url.strip())} was not read: {message}."


# --------------------------------------------------------------------------------------------- pages


def read_page(fetched: Fetched, source: str, rules: Rules, *, title: str = "") -> Read:
    """Return the article that a link held, or why there is none."""
    name = _name(fetched)
    found = read_bytes(fetched.data, name, source=source)[0]
    if isinstance(found, Rejected):
        reason = found.reason.replace(f"“{name}”", source)
        return Rejected(source, reason + _hint(fetched, rules))
    url = found.url if _same_site(found.url, fetched.url) else fetched.url
    return replace(found, url=url, visit=fetched.visit, title=title.strip() or found.title)


def _name(fetched: Fetched) -> str:
    """Return a file name for a link: readers tell formats by it, and make a title of it if need be."""
    stem = PurePosixPath(unquote(urlsplit(fetched.url).path)).stem
    return (re.sub(r"[^\w .-]+", " ", stem).strip() or urlsplit(fetched.url).netloc) + SUFFIXES[fetched.kind]


def _same_site(claimed: str, url: str) -> bool:
    """Tell whether the link that a page claims to have is on the site that it was read from.

    A citation shows this link, so that no page may borrow the name of another site.
    """
    try:
        parts = urlsplit(claimed)
        theirs, ours = _site(parts.hostname or ""), _site(urlsplit(url).hostname or "")
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not theirs:
        return False
    return theirs == ours or theirs.endswith("." + ours) or ours.endswith("." + theirs)


def _site(host: str) -> str:
    return SERVICE.sub("", host.lower())


def _hint(fetched: Fetched, rules: Rules) -> str:
    """Return a sentence with the feed that a page names, for a page that is no article."""
    if fetched.kind != "html":
        return ""
    start = fetched.data[:200_000].decode("utf-8", "replace")
    tags = (tag for tag in FEED_TAG.findall(start) if FEED_TYPE.search(tag))
    hrefs = (HREF.search(tag) for tag in tags)
    found = next((html.unescape(m[1] or m[2] or m[3] or "") for m in hrefs if m), "")
    try:
        link = rules.link(found, base=rules.link(fetched.url)) if found else None
    except UnreadableLink:
        return ""
    return f" The site has a feed that can be given instead: {link}" if link else ""


# --------------------------------------------------------------------------------------------- feeds


def parse_feed(fetched: Fetched, source: str, fetcher: Fetcher) -> Feed:
    """Return the feed that a link held; for the index of a site, what its newest sitemaps name.

    Raises:
        UnreadableLink: If it is none.
    """
    feed = feeds.parse(fetched.data, fetched.kind)
    if feed is None:
        kind = {"json": "JSON", "gzip": "a packed file"}.get(fetched.kind, "XML")
        raise UnreadableLink(f"it is {kind}, but neither a feed nor a sitemap")
    if feed.sitemaps:
        feed = _joined(feed, fetcher, fetcher.rules.link(source))
    if not feed.entries:
        raise UnreadableLink("the feed names no article")
    return feed


def _joined(index: Feed, fetcher: Fetcher, base: Link) -> Feed:
    """Return what the newest sitemaps of an index name, as one. An index in an index is passed over."""
    entries: list[Entry] = []
    for sitemap in index.sitemaps[:MOST_SITEMAPS]:
        try:
            fetched = fetcher.fetch(str(fetcher.rules.link(sitemap.url, base)))
            found = feeds.parse(fetched.data, fetched.kind) if fetched else None
        except UnreadableLink:
            continue
        entries += found.entries if found else ()
    return Feed(tuple(sorted(entries, key=lambda e: e.date, reverse=True)), is_sitemap=True)


def read_feed(
    feed: Feed, source: str, fetcher: Fetcher, wish: Wish, *, known: Collection[str] = ()
) -> Iterator[Read]:
    """Yield the articles that a feed names and that are wished for; `known` links are passed over."""
    base = fetcher.rules.link(source)
    wished = [e for e in feed.entries if feeds.is_since(e.date, wish.since)]
    left_out = max(0, len(wished) - wish.most)
    for entry in wished[: wish.most]:
        try:
            link = fetcher.rules.link(entry.url, base)
        except UnreadableLink as error:
            yield Rejected(shown(entry.url), _sentence(entry.url, error))
            continue
        if str(link) in known or (feed.is_sitemap and not _same_site(str(link), source)):
            continue
        found = _read_entry(entry, str(link), source, fetcher)
        if isinstance(found, Article) and not feeds.is_since(found.date, wish.since):
            continue
        if isinstance(found, Article) and left_out:
            found = replace(found, warnings=(*found.warnings, _left_out(source, left_out, wish.most)))
            left_out = 0
        yield found


def _left_out(source: str, count: int, most: int) -> str:
    return f"{source} names {count:,} more; the {most:,} newest are read (--limit reads more)."


def _read_entry(entry: Entry, link: str, source: str, fetcher: Fetcher) -> Read:
    """Return the article of an entry: its page, or the text in the feed when the page has none."""
    try:
        fetched = fetcher.fetch(link)
        assert fetched is not None, "nothing was said of an earlier visit"
        if fetched.kind not in SUFFIXES:
            raise UnreadableLink("it is a feed that another feed names")
        found = read_page(fetched, link, fetcher.rules)
    except UnreadableLink as error:
        found = Rejected(link, _sentence(link, error))
    if isinstance(found, Rejected) and entry.content:
        found = _read_content(entry, link, found)
    if isinstance(found, Rejected):
        return found
    visit = replace(found.visit or Visit(), feed=source)
    return replace(found, visit=visit, date=found.date or entry.date, author=found.author or entry.author)


def _read_content(entry: Entry, link: str, rejected: Rejected) -> Read:
    """Return the article that a feed itself carries; `rejected` when it carries only a teaser."""
    page = f"<html><body><article><h1>{html.escape(entry.title)}</h1>{entry.content}</article></body></html>"
    found = read_bytes(page.encode("utf-8", "replace"), "entry.html", source=link)[0]
    if isinstance(found, Rejected):
        return rejected
    warning = "The text is the feed's own, because the page could not be read."
    return replace(found, title=entry.title or found.title, url=link, warnings=(*found.warnings, warning))
