"""Questions worth asking, drawn from the articles themselves, for a reader who meets them first.

Names of people and years are what a question can safely be built on without a language model:
“Who is Ilse Marand?”, “What happened in 1987?”. A question is offered only when the articles answer it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.ingest.library.library import ArticleRecord, Library

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
    "House Institute Island Lake League Library List Ministry Mountain Museum Observatory Office Orchestra "
    "Parliament Park Party Quay River School Service Society Square Station Street Theatre Trust Union "
    "University Valley".split()
)
# First words of places.
PLACES = frozenset(
    "Costa East Great Hong Las Los New North Puerto Saint San Saudi South Sri United West".split()
)
YEAR = re.compile(r"\b(?:[Ii]n|[Ss]ince) (1[89]\d\d|20\d\d)\b")
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
    people = Counter(n for n in named if n.split()[-1] not in BODIES and n.split()[0] not in PLACES)
    years = Counter(YEAR.findall(whole))
    return [f"Who is {p}?" for p, _ in people.most_common(3)] + [
        f"What happened in {y}?" for y, _ in years.most_common(2)
    ]


def examples(
    articles: Sequence[ArticleRecord], library: Library, answers: Callable[[str, str], bool], *, most: int = 2
) -> tuple[str, ...]:
    """Return up to `most` questions, one an article; `answers` takes a question and an article's id."""
    chosen: list[str] = []
    for article in sorted(articles, key=lambda a: a.title not in QUESTIONS)[:LOOKED_AT]:
        if len(chosen) == most:
            break
        known = QUESTIONS.get(article.title)
        drafts = [known] if known else drawn([p.text for p in library.paragraphs(article.article_id)])[:TRIED]
        chosen += [q for q in drafts if answers(q, article.article_id)][:1]
    return tuple(dict.fromkeys(chosen))
