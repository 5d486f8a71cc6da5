"""What the words of a paragraph say for it: the question's words near each other, and in the same order."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, combinations, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import STOP_WORDS, stem, words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

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


class WordsAsked:
    """The words of a question, and what each pair of them weighs: worked out once for all paragraphs.

    `weights` are those of the question's content stems; two of them weigh as much as their sum, or
    their product where any two are compared, so that rare terms decide.
    """

    def __init__(self, question: str, weights: Mapping[str, float]) -> None:
        self.language = language_of(question)
        self._weights = weights
        asked = [stem(w, self.language) for w in words(question)]
        self._neighbours = self._summed([t for t in asked if t in weights])
        self._any_two = [(a, b, weights[a] * weights[b]) for a, b in combinations(weights, 2)]
        self._in_a_row = self._summed(asked)

    def _summed(self, order: Sequence[str]) -> list[_Pair]:
        return [(a, b, self._weights.get(a, 0.0) + self._weights.get(b, 0.0)) for a, b in pairwise(order)]

    def evidence(self, sentences: Iterable[Sequence[str]]) -> WordEvidence:
        """Return what the stems of a paragraph, sentence by sentence, say for it."""
        said = list(chain.from_iterable(sentences))
        places: dict[str, list[int]] = defaultdict(list)
        for place, term in enumerate(t for t in said if t not in STOP_STEMS):
            if term in self._weights:
                places[term].append(place)
        there = set(pairwise(said))
        return WordEvidence(
            _share(self._neighbours, lambda a, b: _beside(places[a], places[b]), places),
            _share(self._any_two, lambda a, b: _near(places[a], places[b]), places),
            _share(self._in_a_row, lambda a, b: float((a, b) in there)),
        )


_Pair = tuple[str, str, float]


def _beside(one: Sequence[int], other: Sequence[int]) -> float:
    gaps = [b - a for a, b in product(one, other)]
    if any(0 < gap <= NEAR for gap in gaps):
        return 1.0
    return 0.5 if any(0 < abs(gap) <= APART for gap in gaps) else 0.0


def _near(one: Sequence[int], other: Sequence[int]) -> float:
    least = min(abs(b - a) for a, b in product(one, other))
    return next((worth for most, worth in TOGETHER if least <= most), 0.0)


def _share(
    pairs: Sequence[_Pair], kept: Callable[[str, str], float], places: Collection[str] | None = None
) -> float:
    """Return the weighted mean of what is kept of pairs; of those without a place nothing is.

    It is 0 when nothing weighs.
    """
    total = held = 0.0
    for one, other, weight in pairs:
        total += weight
        if weight and (places is None or (one in places and other in places)):
            held += weight * kept(one, other)
    return held / total if total else 0.0


STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS)
