"""Which words stand nowhere: said only after a search for all their forms, in texts, titles and facts.

To deny a word that is there is worse than to keep silent of one that is not. A word counts as there in any
of the forms that it has in any language that Footnote knows, as the beginning of another, joined or parted
as the articles may write it, and, unless it is somebody's name, where one letter is different: “colour”.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from footnote.ingest.text.words import (
    POSSESSIVE,
    SNOWBALL,
    UNSPACED,
    content_words,
    folded,
    stem,
    unique,
    word_stem,
    words,
)
from footnote.rag.english.dates import readable_date
from footnote.rag.english.lists import groups
from footnote.rag.find.rewording import alternatives
from footnote.rag.find.spelling import spelt_nearly

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from footnote.ingest.library.library import ArticleRecord, Library

# Scripts that separate words by blanks: only there can the index say that a word is in no article.
ALPHABETIC = re.compile(r"[\u0030-\u024f\u0370-\u052f'’.,:-]+")
OPENING = 4  # letters from which a word may be the beginning of another: “grant” of “grants”
IRREGULAR = groups("irregular_forms")


def sought(question: str) -> list[str]:
    """Return what a question looks for, in whole words as they are typed, each once.

    What is written without blanks between the words is left out: no reader would know its parts.

    >>> sought("Where is Haverleigh’s KR-7 e-mail, and the ferry?")
    ['Haverleigh', 'KR-7', 'e-mail', 'ferry']
    """
    content = set(content_words(question))
    found = [POSSESSIVE.sub("", _bare(piece)) for piece in question.split() if content & set(words(piece))]
    return unique(piece for piece in found if piece and not UNSPACED.search(piece))


def _bare(piece: str) -> str:
    """Return a piece between two blanks without the marks around it."""
    return re.sub(r"^\W+|\W+$", "", piece)


def absent(said: Sequence[str], library: Library, allowed: Collection[str] | None = None) -> list[str]:
    """Return the words of `said` that stand in no article, of those `allowed`, and in no fact about one."""
    other = alternatives(" ".join(said), library)
    records = [a for a in library.articles() if allowed is None or a.article_id in allowed]
    facts = frozenset().union(*map(_fact_stems, records))

    in_texts = library.document_frequencies([stem(w) for w in said]) if allowed is None else {}

    def there(word: str) -> bool:
        if in_texts.get(stem(word)) or not facts.isdisjoint(stem(w) for w in words(word)):
            return True
        ways = [way for key, found in other.items() if word in key.split() for way in found]
        ways += spelt_nearly(word, library) if word[0].islower() else []
        return bool(library.match(_any_form(word, ways), 1, allowed))

    return [word for word in said if ALPHABETIC.fullmatch(word) and not there(word)]


@lru_cache(maxsize=20_000)  # articles of a library, asked for at every refusal
def _fact_stems(article: ArticleRecord) -> frozenset[str]:
    """Return the stems of what is known about an article beside its text."""
    files = (PurePath(source).name for source in article.sources)
    date = f"{article.date} {readable_date(article.date)}"
    told = (article.title, article.author, date, article.date[:4], urlsplit(article.url).netloc, *files)
    return frozenset(stem(w) for w in words(" ".join(told)))


def _any_form(word: str, other: Sequence[str]) -> str:
    """Return the FTS5 expression that finds a word in any of its forms, in any language."""
    phrases = [f'"{form}"' for form in unique([*_forms(word), *other])]
    return " OR ".join(f"{p}*" if len(p) > OPENING + 1 and p[1:-1].isalpha() else p for p in phrases)


def _forms(word: str) -> Iterator[str]:
    yield from (word, folded(word), word.replace("-", ""))
    yield from (form for forms in IRREGULAR if word.lower() in forms for form in forms)
    yield from (f"{word[:cut]} {word[cut:]}" for cut in range(2, len(word) - 2) if word.isalpha())
    if word.isalpha():
        yield from (word_stem(word, language) for language in SNOWBALL)
