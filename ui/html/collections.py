"""The dialogs of collections: which there are, and which an article is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ingest.library.collections import LONGEST
from footnote.ui.html.templating import render
from footnote.ui.html.wording import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from footnote.ingest.library.library import ArticleRecord, CollectionRecord
    from footnote.ui.html.templating import Html


@dataclass(frozen=True, slots=True)
class Entry:
    """A collection in a dialog."""

    name: str
    facts: str
    chosen: bool


def collections(there: Sequence[CollectionRecord], asked: str, said: str = "") -> Html:
    """Render the dialog of all collections; `asked` is the one that questions are put to."""
    return render(
        "collections", "all", entries=_entries(there, {asked}), asked=asked, said=said, longest=LONGEST
    )


def filing(article: ArticleRecord, there: Sequence[CollectionRecord], tags: Collection[str]) -> Html:
    """Render the dialog of one article: its collections and its tags; `tags` are all that are known."""
    return render(
        "collections",
        "filing",
        id=article.article_id,
        title=article.title or article.source,
        entries=_entries(there, set(article.collections)),
        tags=", ".join(article.tags),
        known=", ".join(sorted(tags)),
        longest=LONGEST,
    )


def _entries(there: Sequence[CollectionRecord], chosen: Collection[str]) -> list[Entry]:
    return [Entry(one.name, plural(one.articles, "article"), one.name in chosen) for one in there]
