"""Other ways in which the articles may write a question's words: joined or apart, as numbers, in initials."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.text.words import STOP_WORDS, stem, unique, words
from footnote.rag.english.lists import table
from footnote.rag.english.names import NAME_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.ingest.library.library import Library

SHORTEST_PART = 3  # letters of each part of a word that may be written apart
ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]{1,5}\b")
DEFINING = 5  # paragraphs with an acronym that are looked through for what it stands for
DIGITS = table("numbers", "cardinals")
IN_WORDS = {digits: word for word, digits in DIGITS.items()}
INITIAL = re.compile(r"[^\W\d_]", re.UNICODE)


def alternatives(question: str, library: Library) -> dict[str, list[str]]:
    """Return, for words of `question` that the library may write in another way, these other ways.

    A key is a word or more as the question has them; each of its values is one word or several in a
    row, and stands in the library.
    """
    said = words(question)
    content = [w for w in said if w.lower() not in STOP_WORDS]
    found: dict[str, list[str]] = {}
    for key, other in (
        *_known(library, [*_joined(said), *_numbers(content)]),
        *_apart(content, library),
        *_initials(question, library),
    ):
        found.setdefault(key, []).append(other)
    return found


def expression(question_words: Sequence[str], other: Mapping[str, Sequence[str]]) -> str:
    """Return the FTS5 expression that finds any of the words, or any other way to write them.

    >>> expression(["night", "healthcare"], {"healthcare": ["health care"]})
    '"night" OR "healthcare" OR "health care"'
    """
    phrases = [*question_words, *(phrase for ways in other.values() for phrase in ways)]
    return " OR ".join(f'"{phrase}"' for phrase in unique(phrases))


def _known(library: Library, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs whose second is a word of the library."""
    known = library.document_frequencies([stem(other) for _, other in pairs])
    return [(key, other) for key, other in pairs if known[stem(other)]]


def _joined(said: Sequence[str]) -> list[tuple[str, str]]:
    """Return neighbouring words and the two written as one: `data base`, `co-operation`, `COVID 19`."""
    return [
        (f"{one} {other}", (one + other).lower())
        for one, other in pairwise(said)
        if one.isalnum() and other.isalnum() and not {one.lower(), other.lower()} & STOP_WORDS
    ]


def _numbers(content: Sequence[str]) -> list[tuple[str, str]]:
    """Return small numbers in digits and in words, and large ones with and without commas."""
    found = []
    for word in content:
        lowered = word.lower()
        found += [(word, other) for other in (DIGITS.get(lowered), IN_WORDS.get(lowered)) if other]
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+", word):
            found.append((word, word.replace(",", "")))
    return found


def _apart(content: Sequence[str], library: Library) -> Iterator[tuple[str, str]]:
    """Yield each word that the library does not know and knows as two in a row: `healthcare`, `1400`."""
    known = library.document_frequencies([stem(w) for w in content])
    for word in content:
        if known[stem(word)]:
            continue
        if re.fullmatch(r"\d{4,9}", word):
            yield word, f"{int(word):,}".replace(",", " ")
            continue
        cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1) if word.isalpha() else range(0)
        parts = [(word[:cut], word[cut:]) for cut in cuts]
        there = library.document_frequencies([stem(part) for pair in parts for part in pair])
        for one, other in parts:
            phrase = f"{one} {other}"
            if there[stem(one)] and there[stem(other)] and library.match(f'"{phrase}"', 1):
                yield word, phrase


def _initials(question: str, library: Library) -> Iterator[tuple[str, str]]:
    """Yield each acronym with what the library says it stands for, and each such name with its acronym."""
    for acronym in unique(ACRONYM.findall(question)):
        for name in stands_for(acronym, library):
            yield acronym, name
    for match in NAME_RUN.finditer(question):
        run = words(match[0])
        while run and run[0].lower() in STOP_WORDS:  # the question's first word
            del run[0]
        acronym = "".join(w[0] for w in run if w[0].isupper())
        if len(acronym) > 1 and _same(" ".join(run), stands_for(acronym, library)):
            yield " ".join(run), acronym


def stands_for(acronym: str, library: Library) -> list[str]:
    """Return the names that a paragraph introduces as `Name of Something (NOS)`."""
    hits = library.match(f'"{acronym}"', DEFINING)
    texts = [record.text for record in library.fetch([key for key, _ in hits]).values()]
    return unique(name for text in texts for name in _introduced(acronym, text))


def _introduced(acronym: str, text: str) -> Iterator[str]:
    """Yield the words before `(acronym)` that begin with its letters.

    >>> list(_introduced("WHO", "He joined the World Health Organization (WHO)."))
    ['World Health Organization']
    """
    for match in re.finditer(rf"\(\s*{re.escape(acronym)}\s*\)", text):
        before = words(text[max(0, match.start() - 120) : match.start()])
        for length in range(len(acronym), min(len(before), len(acronym) + 3) + 1):
            name = before[-length:]
            initials = [w[0].lower() for w in name if w.lower() not in STOP_WORDS]
            if "".join(initials) == acronym.lower() and name[0].lower() not in STOP_WORDS:
                yield " ".join(name)
                break


def _same(name: str, names: Sequence[str]) -> bool:
    return [stem(w) for w in words(name)] in [[stem(w) for w in words(n)] for n in names]
