"""Questions worth asking, drawn from the articles themselves, for a reader who meets them first.

Names of people and years are what a question can safely be built on without a language model:
“Who is Ilse Marand?”, “What happened in 1987?”. A question is offered only when the assistant answers it.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.types import Answer
from ui.conversation_html import Example
from ui.render import beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ingest.library import ArticleRecord, Library
    from rag.types import Reply
    from ui.session import Exchange

# Questions that show what can be asked, for articles that come with Footnote; by title.
QUESTIONS = {
    "The woman who listens to honey": "What share of the jars were adulterated?",
    "Forty years to mend a river": "What did Edvin Harl see on the Ambel in 1985?",
}
# Two capitalised words before or after a word that people go with; the first of a sentence is no sign.
PERSON = re.compile(
    r"(?<=[a-z,;:] )([A-Z][a-zé’-]{2,} [A-Z][a-zé’-]{2,})(?=(?:,? (?:said|says|who)|, (?:a|an|the|\d\d),? ))|"
    r"(?:says|said|by|asked) ([A-Z][a-zé’-]{2,} [A-Z][a-zé’-]{2,})"
)
# Last words of bodies and places, which are no “who”.
BODIES = frozenset(
    "Academy Agency Assembly Association Authority Bank Board Bridge Bureau Centre Church City College "
    "Commission Committee Company Council Court Department Foundation Group Harbour Hospital Hotel "
    "House Institute Island Lake League Library Ministry Mountain Museum Observatory Office Orchestra "
    "Parliament Park Party Quay River School Service Society Square Station Street Theatre Trust Union "
    "University Valley".split()
)
YEAR = re.compile(r"\b(?:[Ii]n|[Ss]ince) (1[89]\d\d|20\d\d)\b")
OUTSIDE = "What is the capital of Atlantis?"
LOOKED_AT = 12  # articles that are read for questions: about a second with the packaged encoder
TRIED = 3  # questions an article
MOST_NEXT = 3
LONGEST = 90


def drawn(texts: Sequence[str]) -> list[str]:
    """Return questions on the people and years that a text names, the most named first.

    >>> drawn(["In spring, the baker Ruth Hallan said it was late. The oven was built in 1961."])
    ['Who is Ruth Hallan?', 'What happened in 1961?']
    """
    whole = "\n".join(texts)
    named = (a or b for a, b in PERSON.findall(whole))
    people = Counter(n for n in named if n.split()[-1] not in BODIES)
    years = Counter(YEAR.findall(whole))
    return [f"Who is {p}?" for p, _ in people.most_common(3)] + [
        f"What happened in {y}?" for y, _ in years.most_common(2)
    ]


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
