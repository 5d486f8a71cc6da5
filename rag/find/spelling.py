"""Misspelt words of a question: for those that the library does not know, the nearest that it does."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from footnote.ingest.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.library import Library

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
    """Stems that a misspelt word may stand for."""

    def __init__(self, stems: Sequence[str]) -> None:
        self._stems = [s for s in stems if len(s) >= SHORTEST - 1 and s.isalpha()]

    def nearest(self, wanted: str) -> list[str]:
        """Return the stems nearest to `wanted` within its edits; [] when none is, or too many are.

        An edit inserts, drops or changes a letter, or swaps it with the next (Damerau-Levenshtein distance,
        optimal string alignment).
        """
        most = 2 if len(wanted) >= TWO_EDITS_FROM else 1
        distances = cdist([wanted], self._stems, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0]
        near = [(int(distances[row]), self._stems[row]) for row in np.flatnonzero(distances <= most)]
        near = [(far, s) for far, s in near if far < 2 or s[0] == wanted[0]]  # Anderson is not Henderson
        least = min((distance for distance, _ in near), default=most + 1)
        tied = [s for distance, s in near if distance == least]
        best = [s for s in tied if s[0] == wanted[0]] or tied
        return best if len(best) <= MOST_NEIGHBOURS else []


@lru_cache(maxsize=2)  # libraries
def _indexed(stems: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(stems)
