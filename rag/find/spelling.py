"""Misspelt words of a question: for those that the library does not know, the nearest that it does."""

from __future__ import annotations

from functools import lru_cache
from string import ascii_lowercase
from typing import TYPE_CHECKING

import numpy as np

from footnote.ingest.text.words import stem, unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.library import Library

# With one slip in a word of 200 questions of squad2_dev, recall@1 and @5 as typed and with this tolerance: a
# name 86.5 and 96.5 → 88.5 and 98.0, another word 82.5 and 94.5 → 84.5 and 97.0 (spelt rightly 88.5 and 98.5,
# 87.0 and 98.0). With any letter of a name forgiven, and two of long words: 88.5 and 97.5, 85.0 and 98.0; but
# then 227 of 2,000 names of other articles were taken for a word of these, now 11. Of 400 ordinary words with
# a slip (squad2_dev, covidqa_dev) the nearest stems told what is meant of 323 and 319, and 8 and 12 wrongly;
# the ordinary words that are one edit away tell it of 384 and 384, and 2 and 0 wrongly.
SHORTEST = 5  # letters; shorter words have neighbours by chance
MOST_NEIGHBOURS = 3  # equally near words are all searched for, unless there are more


def neighbours(question_words: Sequence[str], library: Library, encoder: Encoder) -> dict[str, list[str]]:
    """Return the library's stems nearest to each word that neither it nor the encoder knows.

    A word that the encoder's vocabulary holds whole is an ordinary word, spelt rightly, that the
    library happens not to use. A capitalised word may be somebody's name, and another letter makes
    another name of it: only a slip of the hand (`is_slip`) is put right in one. A word with too many
    neighbours is left alone, as is one with none.
    """
    long = [w for w in question_words if len(w) >= SHORTEST and w.isalpha()]
    known = library.document_frequencies([stem(w) for w in long])
    unknown = [w for w in long if not known[stem(w)] and not is_ordinary(w, encoder)]
    if not unknown:
        return {}
    vocabulary = _indexed(library.vocabulary())  # words of titles too
    found = {word: _meant(word, vocabulary, encoder) for word in unknown if stem(word) not in vocabulary}
    return {word: near for word, near in found.items() if near}


def _meant(word: str, vocabulary: Vocabulary, encoder: Encoder) -> list[str]:
    """Return the stems that a word may stand for: of ordinary words one edit from it, else the nearest."""
    if word[0].isupper():
        return vocabulary.nearest(stem(word), named=True)
    ordinary = unique(stem(w) for w in edits(word) if is_ordinary(w, encoder))
    if not ordinary:
        return vocabulary.nearest(stem(word))
    rightly = stem(word) in ordinary  # a form of such a word: “droughts”
    there = [] if rightly else [s for s in ordinary if s in vocabulary]
    return there if len(there) <= MOST_NEIGHBOURS else []


def edits(word: str) -> list[str]:
    """Return the words one edit from a word that begin with its letter (Norvig 2007).

    >>> "heron" in edits("hern"), "heron" in edits("heorn"), "crane" in edits("brane")
    (True, True, False)
    """
    cuts = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
    dropped = [a + b[1:] for a, b in cuts if b]
    swapped = [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    changed = [a + c + b[1:] for a, b in cuts if b for c in ascii_lowercase]
    added = [a + c + b for a, b in cuts for c in ascii_lowercase]
    return [*dropped, *swapped, *added, *changed]


def spelt_nearly(word: str, library: Library) -> list[str]:
    """Return the library's stems of words spelt as `word`, or with one letter more, less or other."""
    return _indexed(library.vocabulary()).near(stem(word)) if len(word) >= SHORTEST else []


def is_ordinary(word: str, encoder: Encoder) -> bool:
    """Tell whether the encoder reads `word` as one token: a word that is common, and so spelt rightly."""
    return encoder.count(word) <= encoder.count("") + 1


class Vocabulary:
    """Stems that a misspelt word may stand for."""

    def __init__(self, stems: Sequence[str]) -> None:
        self._stems = [s for s in stems if len(s) >= SHORTEST - 1 and s.isalpha()]
        self._known = frozenset(self._stems)

    def __contains__(self, stem: str) -> bool:
        return stem in self._known

    def near(self, wanted: str) -> list[str]:
        """Return the stems that are one edit from `wanted`, or none."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import cdist

        distances = cdist([wanted], self._stems, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)[0]
        return [self._stems[row] for row in np.flatnonzero(distances <= 1)]

    def nearest(self, wanted: str, *, named: bool = False) -> list[str]:
        """Return the stems one edit from `wanted`; [] when there is none, or there are too many.

        An edit inserts, drops or changes a letter, or swaps it with the next (Damerau-Levenshtein distance,
        optimal string alignment); of what is `named` so only `is_slip` counts. Of several those with the
        same first letter are meant.
        """
        near = self.near(wanted)
        near = [s for s in near if not named or is_slip(wanted, s)]
        best = [s for s in near if s[0] == wanted[0]] or near
        return best if len(best) <= MOST_NEIGHBOURS else []


def is_slip(typed: str, meant: str) -> bool:
    """Tell whether `typed` is `meant` with two letters swapped, or one of them doubled or not doubled.

    >>> is_slip("cairo", "ciaro"), is_slip("vadass", "vadas"), is_slip("wessel", "vessel")
    (True, True, False)
    """
    short, long = sorted((typed, meant), key=len)
    if len(short) == len(long):
        return sorted(short) == sorted(long)
    return any(long[i] == long[i + 1] and long[:i] + long[i + 1 :] == short for i in range(len(short)))


@lru_cache(maxsize=8)  # libraries, and what accounts see of them
def _indexed(stems: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(stems)
