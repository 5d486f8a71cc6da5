"""Words as retrieval sees them: tokens, stop words and stems.

Stems come from the Porter stemmer, as in the library's FTS5 table, so that a question and the
index agree on what a word is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD = re.compile(r"\w+(?:[.,:]\d+\w*)*(?:['’]\w+)?", re.UNICODE)
POSSESSIVE = re.compile(r"['’]s?$")

# Words that say how something is asked, not what about.
STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are aren't as at be because been
    before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each few for from further had hadn't has hasn't have haven't
    having he her here hers herself him himself his how i if in into is isn't it its itself just
    kind let's me might more most must mustn't my myself no nor not of off on once only or other
    ought our ours ourselves out over own please same shall shan't she should shouldn't so some
    such sort than that the their theirs them themselves then there these they this those through
    to too type under until up upon us very was wasn't we were weren't what what's when when's
    where where's which while who who's whom whose why why's will with won't would wouldn't you
    your yours yourself tell say said according article articles does happen happened many much
    long""".split()
)


@lru_cache(maxsize=1)
def _porter() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("porter")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the Porter stem of a word in lower case; its possessive ending is dropped first.

    >>> stem("Russia’s"), stem("meetings")
    ('russia', 'meet')
    """
    lowered = POSSESSIVE.sub("", word.lower())
    return str(_porter().stemWord(lowered)) if lowered.isascii() else lowered


def words(text: str) -> list[str]:
    """Return the words of `text` as written, numbers with their decimal point and thousands.

    >>> words("Russia’s 1,400 shells cost $3.5m.")
    ['Russia’s', '1,400', 'shells', 'cost', '3.5m']
    """
    return WORD.findall(text)


def stems(text: str) -> list[str]:
    """Return the stem of every word of `text`, stop words included, in order."""
    return [stem(w) for w in words(text)]


def content_words(text: str) -> list[str]:
    """Return the words of `text` that are not stop words, in order, each once."""
    found = {w.lower(): w for w in reversed(words(text)) if w.lower() not in STOP_WORDS}
    return list(reversed(found.values()))


def content_stems(text: str) -> list[str]:
    """Return the stems of the content words of `text`, in order, each once."""
    return unique(stem(w) for w in content_words(text))


def unique(items: Iterable[str]) -> list[str]:
    """Return the items in order, each once."""
    return list(dict.fromkeys(items))
