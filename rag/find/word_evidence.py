"""What the words of a paragraph say for it: the question's words near each other, and in the same order."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import STOP_WORDS, stem, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Content words from one to the next, within which neighbours in the question count whole, and half in
# any order.
NEAR, APART = 2, 4
# The same for any two words of the question, and what they count.
TOGETHER = ((3, 1.0), (6, 0.6), (12, 0.3))


class WordEvidence(NamedTuple):
    """Three shares, 0..1, each of the weight of the question's terms."""

    pairs: float  # terms next to each other in the question are near each other in the paragraph
    together: float  # so are any two terms
    phrases: float  # two words in a row, stop words too, are in a row there


def word_evidence(
    question: str, weights: Mapping[str, float], sentences: Iterable[Sequence[str]]
) -> WordEvidence:
    """Return what the words of a paragraph, sentence by sentence, say for it.

    `weights` are those of the question's content stems; two of them weigh as much as their sum, or
    their product where any two are compared, so that rare terms decide.
    """
    language = language_of(question)
    said = [stem(w, language) for sentence in sentences for w in sentence]
    places: dict[str, list[int]] = defaultdict(list)
    for place, term in enumerate(t for t in said if t not in STOP_STEMS):
        if term in weights:
            places[term].append(place)
    asked = [stem(w, language) for w in words(question)]
    return WordEvidence(
        _pairs([t for t in asked if t in weights], weights, places),
        _together(weights, places),
        _phrases(asked, weights, said),
    )


def _pairs(order: Sequence[str], weights: Mapping[str, float], places: Mapping[str, Sequence[int]]) -> float:
    def kept(one: str, other: str) -> float:
        if one not in places or other not in places:
            return 0.0
        gaps = [b - a for a, b in product(places[one], places[other])]
        if any(0 < gap <= NEAR for gap in gaps):
            return 1.0
        return 0.5 if any(0 < abs(gap) <= APART for gap in gaps) else 0.0

    return _share((weights.get(a, 0.0) + weights.get(b, 0.0), kept(a, b)) for a, b in pairwise(order))


def _together(weights: Mapping[str, float], places: Mapping[str, Sequence[int]]) -> float:
    def kept(one: str, other: str) -> float:
        if one not in places or other not in places:
            return 0.0
        least = min(abs(b - a) for a, b in product(places[one], places[other]))
        return next((worth for most, worth in TOGETHER if least <= most), 0.0)

    return _share((weights[a] * weights[b], kept(a, b)) for a, b in combinations(weights, 2))


def _phrases(asked: Sequence[str], weights: Mapping[str, float], said: Sequence[str]) -> float:
    there = set(pairwise(said))
    return _share(
        (weights.get(a, 0.0) + weights.get(b, 0.0), float((a, b) in there)) for a, b in pairwise(asked)
    )


def _share(weighed: Iterable[tuple[float, float]]) -> float:
    """Return the weighted mean of pairs of weight and value; 0 when nothing weighs."""
    total = held = 0.0
    for weight, value in weighed:
        total += weight
        held += weight * value
    return held / total if total else 0.0


STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS)
