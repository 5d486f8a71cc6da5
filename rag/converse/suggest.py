"""Questions worth asking, drawn from the articles themselves, for a reader who meets them first.

Names of people and years are what a question can safely be built on without a language model:
“Who is Ilse Marand?”, “What happened in 1987?”. A question is offered only when the articles answer it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from footnote.ingest.text.word_lists import either, saying
from footnote.rag.english import dates
from footnote.rag.english.lists import words
from footnote.rag.english.names import NAME, NOT_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.ingest.library.library import ArticleRecord, Library

_SAYING = either(saying("plain"))
_TITLE = either([title.capitalize() for title in words("people", "titles")])
_TWO = rf"(?!{_TITLE}\b){NAME.pattern} {NAME.pattern}"
# Two capitalised words before or after a word that people go with; the first of a sentence is no sign.
PERSON = re.compile(
    rf"(?<=[a-z,;:] )({_TWO})(?=(?:,? (?:{_SAYING}|who)|, (?:a|an|the|\d\d),? ))"
    rf"|(?:{_SAYING}|by|asked) (?:{_TITLE} )?({_TWO})"
)
YEAR = re.compile(rf"\b(?:[Ii]n|[Ss]ince) ({dates.YEAR})\b")
LOOKED_AT = 8  # articles that are read for examples: a few tens of milliseconds each
TRIED = 2  # questions an article


def drawn(texts: Sequence[str]) -> list[str]:
    """Return questions on the people and years that a text names, the most named first.

    >>> drawn(["In spring, the baker Ruth Hallan said it was late. The oven was built in 1961."])
    ['Who is Ruth Hallan?', 'What happened in 1961?']
    >>> drawn(["It would persuade North Korea, the minister said."])
    []
    """
    whole = "\n".join(texts)
    named = (a or b for a, b in PERSON.findall(whole))
    people = Counter(n for n in named if not NOT_PEOPLE.search(n))
    years = Counter(YEAR.findall(whole))
    return [f"Who is {p}?" for p, _ in people.most_common(3)] + [
        f"What happened in {y}?" for y, _ in years.most_common(2)
    ]


def examples(
    articles: Sequence[ArticleRecord], library: Library, answers: Callable[[str, str], bool], *, most: int = 2
) -> tuple[str, ...]:
    """Return up to `most` questions, one an article; `answers` takes a question and an article's id."""
    chosen: list[str] = []
    for article in articles[:LOOKED_AT]:
        if len(chosen) == most:
            break
        drafts = drawn([p.text for p in library.paragraphs_left(article.article_id)])[:TRIED]
        chosen += [q for q in drafts if answers(q, article.article_id)][:1]
    return tuple(dict.fromkeys(chosen))
