"""The shelf, the list of articles beside the conversation: which of them it shows, and in what order.

They are found by words and filtered by origin and year. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from footnote.ingest.library.library import ArticleRecord

PAGE = 100  # rows shown at first, and more each time: 100 rows are 60 kB
LONGEST_WORDS = 200
ORDERS = {"title": "By title", "added": "Recently added", "new": "Newest first", "old": "Oldest first"}
FILES, PASTED, UNDATED = "Files", "Pasted texts", "none"


@dataclass(frozen=True, slots=True)
class View:
    """What a reader wants to see of the library.

    All `words` stand in the title, the author or the origin, or in a paragraph; `source` is an origin,
    `date` a year or `none` for what has no date, `collection` and `tag` are names; empty means any. At most
    `most` rows are shown.
    """

    words: str = ""
    order: str = "title"
    source: str = ""
    date: str = ""
    most: int = PAGE
    collection: str = ""
    tag: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> View:
        """Return the view in what a browser sent; what is no text or not offered counts as not wished for.

        >>> View.of({"words": "river", "order": "by magic", "date": 1985})
        View(words='river', order='title', source='', date='', most=100, collection='', tag='')
        """
        names = ("words", "order", "source", "date", "collection", "tag")
        given = {n: v for n in names if isinstance(v := sent.get(n), str)}
        order = given.get("order", "")
        return cls(
            given.get("words", "")[:LONGEST_WORDS],
            order if order in ORDERS else "title",
            given.get("source", "")[:300],
            given.get("date", "")[:4],
            collection=given.get("collection", "")[:LONGEST_WORDS],
            tag=given.get("tag", "")[:LONGEST_WORDS],
        )

    @property
    def only_a_collection(self) -> bool:
        """Whether a collection is all that is looked for."""
        return bool(self.collection) and not (self.words or self.source or self.date or self.tag)


def origin(article: ArticleRecord) -> str:
    """Say where an article is from, for the filter: a web site, files, or pasted texts."""
    name = host(article.url) or host(article.source)
    return name.removeprefix("www.") or (PASTED if article.source.startswith("pasted text") else FILES)


def fitting(
    articles: Sequence[ArticleRecord], view: View, holding: Collection[str] = ()
) -> list[ArticleRecord]:
    """Return the articles that fit, in the order wished for; undated ones come last.

    `holding` are the ids of those with a paragraph that holds the words.
    """
    found = [
        a for a in articles if _is_from(a, view) and (a.article_id in holding or is_named(a, view.words))
    ]
    found.sort(key=_by_title)
    if view.order == "added":
        found.sort(key=lambda a: a.added, reverse=True)
    elif view.order == "new":
        found.sort(key=lambda a: a.date or "0", reverse=True)
    elif view.order == "old":
        found.sort(key=lambda a: a.date or "9")
    return found


def _is_from(article: ArticleRecord, view: View) -> bool:
    if view.source and origin(article) != view.source:
        return False
    if view.collection and view.collection not in article.collections:
        return False
    if view.tag and view.tag not in article.tags:
        return False
    return not view.date or (article.date[:4] or UNDATED) == view.date


def is_named(article: ArticleRecord, words: str) -> bool:
    """Tell whether all words stand in the title, the author or the origin."""
    held = _folded(f"{article.title} {article.author} {origin(article)}")
    return all(word in held for word in _folded(words).split())


def _by_title(article: ArticleRecord) -> tuple[str, str]:
    """Order titles as a reader looks for them: without case, accents, quotation marks."""
    return re.sub(r"^\W+", "", _folded(article.title or article.source)), article.article_id


def _folded(text: str) -> str:
    whole = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in whole if not unicodedata.combining(c))


def host(url: str) -> str:
    """Return the host of a web address, and nothing for what is none.

    >>> host("https://example.org/a"), host("javascript:alert(1)"), host("notes.txt")
    ('example.org', '', '')
    """
    try:
        address = urlsplit(url)
        return (address.hostname or "") if address.scheme in ("http", "https") else ""
    except ValueError:
        return ""
