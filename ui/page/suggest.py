"""Questions for a reader who meets the articles first, kept ready for every page: see
`rag.converse.suggest`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footnote.rag.converse.suggest import drawn
from footnote.rag.types import Answer, Remark
from footnote.ui.html.conversation import FirstAct
from footnote.ui.html.wording import beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footnote.ingest.library.library import ArticleRecord, Library
    from footnote.rag.types import Reply
    from footnote.ui.state.session import Exchange

LOOKED_AT = 12  # articles that are read for questions: about a second with the packaged encoder
CITED = 2  # articles under an answer that are read for questions: a fifth of a second, after it is shown
MOST_KNOWN = 500  # articles whose questions are kept
TRIED = 3  # questions an article
MOST_NEXT = 3
# Of 49 answered drafts on the samples and six articles written to try it, four lie below: three of them say
# nothing of what was asked (“a keeper since 2008” of what happened in 2008).
SURE = 0.5
LONGEST = 90
FEW_PARAGRAPHS = 3  # fewer are read as quickly as their summary
MARKUP = set("<>{}[]|\\$`")


@dataclass(slots=True)
class Suggestions:
    """Questions known to be answered, by article; filled in the background, read by every page."""

    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, library: Library, ask: Callable[[str, str], Reply], articles: Sequence[str] = ()) -> bool:
        """Draw questions from articles that were not looked at; tell whether there are new ones.

        `articles` are ids, of which the first few count; without any, the library's first articles are
        meant. `ask` takes a question and an id.
        """
        held = [a.article_id for a in library.articles()]
        wished = [a for a in dict.fromkeys(articles) if a in held][:CITED] or held[:LOOKED_AT]
        found = False
        for article in wished:
            if not self.tried(article):
                questions = self._try(library, ask, article)
                self._keep(article, questions)
                found = found or bool(questions)
        return found

    def _try(self, library: Library, ask: Callable[[str, str], Reply], article: str) -> tuple[str, ...]:
        drafts = drawn([p.text for p in library.paragraphs_left(article)])[:TRIED]
        if found := tuple(q for q in drafts if _is_answered(ask(q, article), article)):
            return found
        title = next((a.title for a in library.articles() if a.article_id == article), "")
        return tuple(q for q in [_about(title)] if title and _is_answered(ask(q, article), article))

    def _keep(self, article: str, questions: tuple[str, ...]) -> None:
        with self._lock:
            self._known[article] = questions
            for oldest in list(self._known)[:-MOST_KNOWN]:
                del self._known[oldest]

    def tried(self, article: str) -> bool:
        """Tell whether an article was looked at."""
        with self._lock:
            return article in self._known

    def of(self, article: str) -> tuple[str, ...]:
        """Return what can be asked of an article; nothing when it was not looked at."""
        with self._lock:
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


def examples(articles: Sequence[ArticleRecord], known: Suggestions) -> tuple[FirstAct, ...]:
    """Return first acts that show what the page can do, all on this library; none without articles."""
    if not articles:
        return ()
    about, question = _first(articles, known)
    other = next((a for a in articles if a is not about and inviting(a)), about)
    title = beginning(other.title, LONGEST)
    further = _further(articles, known, about, question)
    return (
        *(
            [FirstAct("Ask for a fact and read where it stands", question, "ask", question)]
            if question
            else ()
        ),
        FirstAct("Read an article in one paragraph", f"Summary of “{title}”", "summary", other.article_id),
        *([FirstAct("Ask about something else", further, "ask", further)] if further else ()),
    )


def _further(
    articles: Sequence[ArticleRecord], known: Suggestions, about: ArticleRecord, question: str
) -> str:
    """Return a question on another article than the first, or another on it; nothing when there is none."""
    others = [q for a in articles if a is not about for q in known.of(a.article_id)[:1]]
    return next((q for q in (*others, *known.of(about.article_id)) if q != question), "")


def inviting(article: ArticleRecord) -> bool:
    """Tell whether its summary makes a good first example: some paragraphs, a title in plain words."""
    return article.paragraphs >= FEW_PARAGRAPHS and not MARKUP & set(article.title)


def _first(articles: Sequence[ArticleRecord], known: Suggestions) -> tuple[ArticleRecord, str]:
    for article in articles:
        if questions := known.of(article.article_id):
            return article, questions[0]
    new = next((a for a in articles if not known.tried(a.article_id)), None)
    return (articles[0], "") if new is None else (new, _about(new.title))


def _about(title: str) -> str:
    return f"What is said about {beginning(title, LONGEST)}?"


def _is_answered(reply: Reply, article: str) -> bool:
    """Tell whether a question is worth offering: answered, more surely than not, from this article."""
    return (
        isinstance(reply, Answer)
        and reply.confidence >= SURE
        and any(c.article_id == article for c in reply.citations)
    )
