"""Words as retrieval sees them: tokens, stop words and stems.

Stems are those of the library's FTS5 table, so that a question and the index agree on what a word is:
Porter's, and for other languages than English Snowball's before it (`ingest.terms`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import Stemmer

from ingest.terms import CHINESE_ASKING, ELISION, WORD, folded, language_of, word_stem, words
from ingest.terms import STOP_WORDS as STOP_WORDS_OF

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WORD", "words"]

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
def stem(word: str, language: str = "en") -> str:
    """Return the stem of a word in lower case as the index has it; a possessive ending is dropped first.

    >>> stem("Russia’s"), stem("meetings"), stem("Brücken", "de")
    ('russia', 'meet', 'bruck')
    """
    lowered = POSSESSIVE.sub("", word.lower()) if language == "en" else word_stem(word, language)
    lowered = folded(lowered)
    return str(_porter().stemWord(lowered)) if lowered.isascii() else lowered


# Written without blanks between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
CHARACTERS_A_WORD = 1.6  # of Chinese prose; one home for what counts as a word where no blank tells


def word_count(text: str) -> int:
    """Return how many words a reader would count; where no blanks part them, by the number of characters.

    >>> word_count("Russia’s 1,400 shells were – spent ."), word_count("市政府关闭了大桥。")
    (5, 5)
    """
    spaced = UNSPACED.sub(" ", text).split()
    return sum(any(c.isalnum() for c in w) for w in spaced) + round(
        len(UNSPACED.findall(text)) / CHARACTERS_A_WORD
    )


def stems(text: str) -> list[str]:
    """Return the stem of every word of `text`, stop words included, in order, by the language it is in."""
    language = language_of(text)
    return [stem(w, language) for w in words(text)]


def content_words(text: str) -> list[str]:
    """Return the words of `text` that are not stop words of its language, in order, each once.

    >>> content_words("When does the ferry leave?"), content_words("Wann fährt die Fähre?")
    (['ferry', 'leave'], ['fährt', 'Fähre'])
    """
    language = language_of(text)
    listed = STOP_WORDS if language == "en" else STOP_WORDS_OF.get(language, frozenset())
    if language == "zh":
        text = CHINESE_ASKING.sub(" ", text)
    found = {w.lower(): w for w in reversed(words(text)) if not _is_stop_word(w.lower(), listed)}
    return list(reversed(found.values()))


def _is_stop_word(word: str, listed: frozenset[str]) -> bool:
    """Tell whether a word is listed, also after a French article that has lost its vowel (`qu’il`)."""
    return word in listed or (listed is STOP_WORDS_OF["fr"] and ELISION.sub("", word) in listed)


def search_words(text: str) -> list[str]:
    """Return what to search for: the content words, and in other languages than English their stems.

    >>> search_words("Wann wird die Brücke repariert?")
    ['Brücke', 'repariert', 'bruck']
    """
    content, language = content_words(text) or words(text), language_of(text)
    return content if language == "en" else unique([*content, *(word_stem(w, language) for w in content)])


def content_stems(text: str) -> list[str]:
    """Return the stems of the content words of `text`, in order, each once."""
    language = language_of(text)
    return unique(stem(w, language) for w in content_words(text))


def unique(items: Iterable[str]) -> list[str]:
    """Return the items in order, each once."""
    return list(dict.fromkeys(items))
