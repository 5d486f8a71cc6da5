"""Questions for a reader who meets the articles first, kept ready for every page: see `rag.suggest`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.suggest import QUESTIONS, drawn
from rag.types import Answer, Remark
from ui.conversation_html import Example
from ui.render import beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ingest.library import ArticleRecord, Library
    from rag.types import Reply
    from ui.session import Exchange

OUTSIDE = "What is the capital of Atlantis?"
LOOKED_AT = 12  # articles that are read for questions: about a second with the packaged encoder
TRIED = 3  # questions an article
MOST_NEXT = 3
LONGEST = 90


@dataclass(slots=True)
class Suggestions:
    """Questions known to be answered, by article; filled in the background, read by every page."""

    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def look(self, library: Library, ask: Callable[[str, str], Reply], *, most: int = LOOKED_AT) -> None:
        """Draw questions from articles that were not looked at; `ask` takes it and an id."""
        for article in library.articles():
            with self._turn:
                full, seen = len(self._known) >= most, article.article_id in self._known
            if full:
                return
            if not seen:
                self._keep(article.article_id, self._try(library, ask, article.article_id))

    def _try(self, library: Library, ask: Callable[[str, str], Reply], article: str) -> tuple[str, ...]:
        texts = [p.text for p in library.paragraphs(article)]
        return tuple(q for q in drawn(texts)[:TRIED] if isinstance(ask(q, article), Answer))

    def _keep(self, article: str, questions: tuple[str, ...]) -> None:
        with self._turn:
            self._known[article] = questions

    def of(self, article: str) -> tuple[str, ...]:
        """Return what can be asked of an article; nothing when it was not looked at."""
        with self._turn:
            return self._known.get(article, ())

    def after(self, exchanges: Sequence[Exchange], library: Library) -> tuple[str, ...]:
        """Return questions to go on with: on the articles that the last reply cites, not asked before."""
        cited = list(dict.fromkeys(c.article_id for c in exchanges[-1].citations))
        if isinstance(exchanges[-1].reply, Remark):  # a greeting: begin anywhere
            cited = [a.article_id for a in library.articles()]
        held = {a.article_id for a in library.articles()} if cited else set()
        asked = {e.question for e in exchanges}
        return tuple(q for q in self._each(a for a in cited if a in held) if q not in asked)[:MOST_NEXT]

    def _each(self, articles: Iterator[str]) -> Iterator[str]:
        for article in articles:
            yield from self.of(article)


def examples(articles: Sequence[ArticleRecord], known: Suggestions) -> tuple[Example, ...]:
    """Return three first acts that show what the page can do; none without articles."""
    if not articles:
        return ()
    about, question = next(
        ((a, QUESTIONS[a.title]) for a in articles if a.title in QUESTIONS), None
    ) or _first(articles, known)
    other = next((a for a in articles if a is not about), about)
    title = beginning(other.title, LONGEST)
    return (
        Example("Ask for a fact and read where it stands", question, "ask", question),
        Example("Read an article in one paragraph", f"Summary of “{title}”", "summary", other.article_id),
        Example("See what happens when the articles do not say", OUTSIDE, "ask", OUTSIDE),
    )


def _first(articles: Sequence[ArticleRecord], known: Suggestions) -> tuple[ArticleRecord, str]:
    for article in articles:
        if questions := known.of(article.article_id):
            return article, questions[0]
    return articles[0], f"What is said about {beginning(articles[0].title, LONGEST)}?"
