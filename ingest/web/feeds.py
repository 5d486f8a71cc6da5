"""RSS, Atom, JSON Feed and sitemaps to the links that they name. Nothing is fetched here.

Lenient with what feeds get wrong (undeclared prefixes, stray tags, cut ends), strict with what
could harm: no entity is expanded, no document type read, and what is compressed has a limit.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from footnote.ingest.text.dates import iso_date
from footnote.ingest.web.addresses import UnreadableLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

MOST_ENTRIES = 50_000  # the most that a sitemap may hold (sitemaps.org)
MOST_UNPACKED = 20_000_000  # bytes of a packed sitemap; 50,000 links take about 10 MB
ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
ROOTS = frozenset({"rss", "rdf", "feed", "urlset", "sitemapindex"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article. Only `url` is sure to be there; it may be relative.

    `date` is ISO 8601, `content` the article's text in HTML when the feed carries it.
    """

    url: str
    title: str = ""
    date: str = ""
    author: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """The articles that a feed names, newest first, or the sitemaps that a site's index names."""

    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[Entry, ...] = ()
    is_sitemap: bool = False

    def since(self, date: str, most: int) -> tuple[Entry, ...]:
        """Return the newest `most` entries from `date` on; those without a date may be as new."""
        return tuple(e for e in self.entries if is_since(e.date, date))[:most]


def is_since(date: str, since: str) -> bool:
    """Tell whether `date` may be on or after `since`; each may be a year, a month or a day.

    >>> is_since("2026-05-31", "2026"), is_since("2026-05", "2026-05-31"), is_since("2025", "2026-01-01")
    (True, True, False)
    """
    return not date or date >= since[: len(date)]


def parse(data: bytes, kind: str) -> Feed | None:
    """Read a feed or sitemap; None when `data` is another kind of XML or JSON.

    Raises:
        UnreadableLink: If it is harmful or broken beyond use.
    """
    if kind == "json":
        return _parse_json(data)
    root = _root(_unpacked(data) if kind == "gzip" else data)
    name = _name(root)
    if name not in ROOTS:
        return None
    if name == "sitemapindex":
        return Feed(sitemaps=_sorted(_sitemap_entries(root, "sitemap")), is_sitemap=True)
    if name == "urlset":
        return Feed(_sorted(_sitemap_entries(root, "url")), is_sitemap=True)
    entries = _atom_entries(root) if name == "feed" else _rss_entries(root)
    return Feed(_sorted(entries))


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        found = unpacker.decompress(data, MOST_UNPACKED)
    except zlib.error:
        raise UnreadableLink("its compression is damaged") from None
    if unpacker.unconsumed_tail:
        raise UnreadableLink(f"it unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
    return found


def _root(data: bytes) -> _Element:
    from lxml import etree  # type: ignore[import-untyped]

    if ENTITY.search(data):
        raise UnreadableLink("it declares XML entities, which no feed needs")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise UnreadableLink("its XML is broken") from None
    if root is None:
        raise UnreadableLink("its XML is broken")
    return root


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries once each, newest first; those without a date last, as they came."""
    found: dict[str, Entry] = {}
    for entry in islice(entries, MOST_ENTRIES):
        if entry.url:
            found.setdefault(entry.url, entry)
    return tuple(sorted(found.values(), key=lambda e: e.date, reverse=True))


def _date(written: str) -> str:
    """Return a feed's date as ISO 8601; feeds write them as e-mail does, or as ISO."""
    text = " ".join(written.split())
    if found := iso_date(text):
        return found
    try:
        return parsedate_to_datetime(text).strftime("%Y-%m-%d")
    except (ValueError, TypeError, OverflowError):
        return ""


# ---------------------------------------------------------------------------------------------- XML


def _name(element: _Element) -> str:
    """Return the name of an element in lower case without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _children(element: _Element) -> dict[str, list[_Element]]:
    found: dict[str, list[_Element]] = {}
    for child in element:
        found.setdefault(_name(child), []).append(child)
    return found


def _text(elements: list[_Element] | None) -> str:
    """Return the text of the first element that has any."""
    texts = ("".join(e.itertext()).strip() for e in elements or ())
    return next((t for t in texts if t), "")


def _plain(text: str) -> str:
    """Return a title without the markup that some feeds put into it."""
    return " ".join(html.unescape(re.sub(r"<[^<>]{1,300}>", "", text)).split())


def _rss_entries(root: _Element) -> Iterator[Entry]:
    for item in root.iter():
        if _name(item) == "item":
            parts = _children(item)
            yield Entry(
                _rss_link(parts),
                _plain(_text(parts.get("title"))),
                _date(_text(parts.get("pubdate")) or _text(parts.get("date"))),
                _plain(_text(parts.get("creator")) or _text(parts.get("author"))),
                _text(parts.get("encoded")),
            )


def _rss_link(parts: dict[str, list[_Element]]) -> str:
    if link := _text(parts.get("link")):
        return link
    for guid in parts.get("guid", ()):
        if guid.get("isPermaLink", "true").lower() != "false" and _text([guid]).startswith("http"):
            return _text([guid])
    return _atom_link(parts)


def _atom_entries(root: _Element) -> Iterator[Entry]:
    for entry in root.iter():
        if _name(entry) == "entry":
            parts = _children(entry)
            authors = [_text(_children(a).get("name")) for a in parts.get("author", ())]
            yield Entry(
                _atom_link(parts),
                _plain(_text(parts.get("title"))),
                _date(
                    _text(parts.get("published")) or _text(parts.get("updated")) or _text(parts.get("issued"))
                ),
                _plain(", ".join(a for a in authors if a)),
                _atom_content(parts.get("content", [])),
            )


def _atom_link(parts: dict[str, list[_Element]]) -> str:
    links = [e for e in parts.get("link", ()) if e.get("href")]
    links = [e for e in links if e.get("rel", "alternate") == "alternate"] or links[:0]
    pages = [e for e in links if "html" in e.get("type", "html")] or links
    return str(pages[0].get("href")).strip() if pages else ""


def _atom_content(elements: list[_Element]) -> str:
    for element in elements:
        if len(element):  # XHTML as it is
            from lxml import etree

            return "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
        if "html" in element.get("type", ""):
            return _text([element])
    return ""


def _sitemap_entries(root: _Element, name: str) -> Iterator[Entry]:
    for element in root:
        if _name(element) == name:
            parts = _children(element)
            news = _children(parts["news"][0]) if "news" in parts else {}
            date = _text(news.get("publication_date")) or _text(parts.get("lastmod"))
            yield Entry(_text(parts.get("loc")), _plain(_text(news.get("title"))), _date(date))


# --------------------------------------------------------------------------------------------- JSON


def _parse_json(data: bytes) -> Feed | None:
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnreadableLink("its JSON is broken") from None
    if not isinstance(found, dict) or "jsonfeed.org/version/" not in _string(found.get("version")):
        return None
    items = found.get("items")
    return Feed(
        _sorted(_json_entry(i) for i in items if isinstance(i, dict)) if isinstance(items, list) else ()
    )


def _json_entry(item: dict[str, Any]) -> Entry:
    name = _string(item.get("id"))
    authors = item.get("authors") or [item.get("author")]
    names = (
        [_string(a.get("name")) for a in authors if isinstance(a, dict)] if isinstance(authors, list) else []
    )
    text = _string(item.get("content_text"))
    return Entry(
        _string(item.get("url"))
        or _string(item.get("external_url"))
        or (name if name.startswith("http") else ""),
        _plain(_string(item.get("title"))),
        _date(_string(item.get("date_published")) or _string(item.get("date_modified"))),
        ", ".join(n for n in names if n),
        _string(item.get("content_html")) or _paragraphs(text),
    )


def _paragraphs(text: str) -> str:
    parts = (html.escape(p) for p in re.split(r"\n\s*\n", text) if p.strip())
    return "".join(f"<p>{p}</p>" for p in parts)


def _string(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
