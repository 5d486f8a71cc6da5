"""Words as retrieval sees them: tokens, stop words and stems.

Stems are those of the library's FTS5 table, so that a question and the index agree on what a word is:
Porter's, and for other languages than English Snowball's before it (`footnote.ingest.text.languages`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import Stemmer

from footnote.ingest.text.languages import CHINESE_ASKING, language_of
from footnote.ingest.text.languages import STOP_WORDS as STOP_WORDS_OF
from footnote.ingest.text.word_lists import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Snowball's name of each language whose words are stemmed; English words are left to the index itself, which
# has the Porter stemmer.
SNOWBALL = {
    "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese", "nl": "dutch",
    "sv": "swedish", "ar": "arabic", "ru": "russian", "el": "greek", "hi": "hindi", "ca": "catalan",
    "cs": "czech", "da": "danish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "ga": "irish", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "lt": "lithuanian",
    "ne": "nepali", "no": "norwegian", "pl": "polish", "ro": "romanian", "sr": "serbian", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
# A word as it is searched for: numbers with their point and thousands, and a possessive ending.
WORD = re.compile(r"\w+(?:[.,:]\d+\w*)*(?:['’]\w+)?")
ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)
# Chinese and Japanese are written without blanks: what stands for a word is every pair of characters.
UNSPACED_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def words(text: str) -> list[str]:
    """Return the words of `text` as written; of Chinese and Japanese every two characters in a row.

    >>> words("Russia’s 1,400 shells cost $3.5m.")
    ['Russia’s', '1,400', 'shells', 'cost', '3.5m']
    >>> words("大桥关闭 2026")
    ['大桥', '桥关', '关闭', '2026']
    """
    found = WORD.findall(text)
    return [part for word in found for part in _parts(word)] if UNSPACED_RUN.search(text) else found


def _parts(word: str) -> Iterator[str]:
    """Yield a word, or the pairs of characters of its runs without blanks and what stands between them."""
    position = 0
    for run in UNSPACED_RUN.finditer(word):
        if run.start() > position:
            yield word[position : run.start()]
        yield from _pairs(run[0])
        position = run.end()
    if position < len(word):
        yield word[position:]


def _pairs(run: str) -> Iterator[str]:
    yield from (run[i : i + 2] for i in range(max(1, len(run) - 1)))


@lru_cache(maxsize=16)
def _snowball(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(SNOWBALL[language])


@lru_cache(maxsize=200_000)
def word_stem(word: str, language: str) -> str:
    """Return the Snowball stem of a word, in lower case, of a language that has one; else the word.

    >>> word_stem("Brücken", "de"), word_stem("l’école", "fr"), word_stem("大桥", "zh")
    ('bruck', 'écol', '大桥')
    """
    lowered = word.lower()
    if language not in SNOWBALL:
        return lowered
    if language == "fr":
        lowered = ELISION.sub("", lowered)
    return str(_snowball(language).stemWord(lowered))


def folded(word: str) -> str:
    """Return a word without accents, as SQLite's `unicode61` tokenizer has it.

    >>> folded("Brücke"), folded("Straße")
    ('Brucke', 'Straße')
    """
    if word.isascii():
        return word
    return "".join(base if (base := unicodedata.normalize("NFD", c)[0]).isascii() else c for c in word)


def index_text(text: str, language: str) -> str:
    r"""Return what the word index is given for `text`: in other languages than English the stems too.

    The words themselves stay, so that a name in a question of another language is found.

    >>> index_text("The bridges closed.", "en"), index_text("Die Brücken", "de"), index_text("大桥关闭", "zh")
    ('The bridges closed.', 'Die Brücken\ndie bruck', '大桥 桥关 关闭')
    """
    if language == "en":
        return text
    if language in ("zh", "ja"):
        return " ".join(words(text))
    return f"{text}\n{' '.join(word_stem(w, language) for w in words(text))}"


POSSESSIVE = re.compile(r"['’]s?$")

# Words that say how something is asked, not what about.
STOP_WORDS = ENGLISH.words("question_words")


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


def stems(text: str, language: str = "") -> list[str]:
    """Return the stem of every word of `text`, stop words included, in order, by the language it is in.

    `language`, where it is known, saves telling it: of a sentence it is that of its paragraph.
    """
    language = language or language_of(text)
    return [stem(w, language) for w in words(text)]


def content_words(text: str, language: str = "") -> list[str]:
    """Return the words of `text` that are not stop words of its language, in order, each once.

    `language` saves telling it, as in `stems`.

    >>> content_words("When does the ferry leave?"), content_words("Wann fährt die Fähre?")
    (['ferry', 'leave'], ['fährt', 'Fähre'])
    """
    language = language or language_of(text)
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


def content_stems(text: str, language: str = "") -> list[str]:
    """Return the stems of the content words of `text`, in order, each once; `language` as in `stems`."""
    language = language or language_of(text)
    return unique(stem(w, language) for w in content_words(text, language))


def unique(items: Iterable[str]) -> list[str]:
    """Return the items in order, each once."""
    return list(dict.fromkeys(items))
