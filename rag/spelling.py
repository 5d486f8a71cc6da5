"""Misspelt words of a question: for those that the library does not know, the nearest that it does."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rag.words import stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.encode import Encoder
    from ingest.library import Library

SHORTEST = 5  # letters; shorter words have neighbours by chance
TWO_EDITS_FROM = 8  # letters from which two edits are forgiven
MOST_NEIGHBOURS = 3  # equally near words are all searched for, unless there are more


def neighbours(question_words: Sequence[str], library: Library, encoder: Encoder) -> dict[str, list[str]]:
    """Return the library's stems nearest to each word that neither it nor the encoder knows.

    A word that the encoder's vocabulary holds whole is an ordinary word, spelt rightly, that the
    library happens not to use. Of the stems at the least edit distance those with the same first
    letter come first; a word with too many of them is left alone, as is one with none.
    """
    long = [w for w in question_words if len(w) >= SHORTEST and w.isalpha()]
    known = library.document_frequencies([stem(w) for w in long])
    unknown = [w for w in long if not known[stem(w)] and not is_ordinary(w, encoder)]
    if not unknown:
        return {}
    vocabulary = _indexed(library.vocabulary())
    found = {word: vocabulary.nearest(stem(word)) for word in unknown}
    return {word: near for word, near in found.items() if near}


def is_ordinary(word: str, encoder: Encoder) -> bool:
    """Tell whether the encoder reads `word` as one token: a word that is common, and so spelt rightly."""
    return encoder.count(word) <= encoder.count("") + 1


class Vocabulary:
    """Stems with the set of letters of each, as bits, so that most are ruled out at once."""

    def __init__(self, stems: Sequence[str]) -> None:
        self._stems = [s for s in stems if len(s) >= SHORTEST - 1 and s.isalpha()]
        self._letters = np.array([_letters(s) for s in self._stems], dtype=np.uint32)
        self._lengths = np.array([len(s) for s in self._stems], dtype=np.int16)

    def nearest(self, wanted: str) -> list[str]:
        """Return the stems nearest to `wanted` within its edits; [] when none is, or too many are."""
        most = 2 if len(wanted) >= TWO_EDITS_FROM else 1
        differing = np.bitwise_count(self._letters ^ np.uint32(_letters(wanted)))
        # An edit changes the length by one at most, and the set of letters by two.
        rows = np.flatnonzero((np.abs(self._lengths - len(wanted)) <= most) & (differing <= 2 * most))
        near = [(edits(wanted, self._stems[row], most), self._stems[row]) for row in rows]
        near = [(far, s) for far, s in near if far < 2 or s[0] == wanted[0]]  # Anderson is not Henderson
        least = min((distance for distance, _ in near), default=most + 1)
        if least > most:
            return []
        tied = [s for distance, s in near if distance == least]
        best = [s for s in tied if s[0] == wanted[0]] or tied
        return best if len(best) <= MOST_NEIGHBOURS else []


@lru_cache(maxsize=2)  # libraries
def _indexed(stems: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(stems)


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 32)
    return bits


def edits(one: str, other: str, most: int) -> int:
    """Return how many letters to insert, drop, change or swap with the next make `one` of `other`.

    Damerau-Levenshtein distance, optimal string alignment; more than `most` is given as `most + 1`.

    >>> edits("guadelupe", "guadeloupe", 2), edits("recieve", "receive", 2), edits("abc", "xyz", 2)
    (1, 1, 3)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                least = min(least, older[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
