"""The sentences that may answer, with what speaks for each, and the draft made of the best."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.sentences import lead_in_of

if TYPE_CHECKING:
    from footnote.ingest.text.sentences import Span
    from footnote.rag.answer.cited import Place
    from footnote.rag.answer.reader import Reading
    from footnote.rag.find.sentence import Sentence
    from footnote.rag.types import Citation, CitedSentence, Passage, ShortAnswer


class Signs(NamedTuple):
    """What speaks for a sentence, or how much each of these weighs."""

    cosine: float = 0.0  # of the sentence and the question
    coverage: float = 0.0  # share of the question's terms in it, weighed by their rarity in the library
    rare: float = 0.0  # the same, weighed by their rarity among the candidates
    context: float = 0.0  # share of terms in the sentence, the one before and the title
    names: float = 0.0  # share of the question's names in the paragraph and its title
    kind: float = 0.0  # holds a person, time, place, number or reason when one is asked for
    uncounted: float = 0.0  # holds no number where one is asked for
    leans: float = 0.0  # points back at what is not shown
    behind: float = 0.0  # the paragraph's retrieval score, less that of the best paragraph
    margin: float = 0.0  # the reader's log-odds of an answer in it; see footnote.rag.answer.reader
    says: float = 0.0  # the reader's log-odds that it and the sentences round it answer
    judged: float = 0.0  # the judge's log-odds that it says of the question what the reader points at

    def weighed(self, weights: Signs) -> float:
        """Return the weighted sum."""
        return float(sum(map(operator.mul, self, weights)))


class Candidate(NamedTuple):
    """A sentence of a retrieved paragraph with what speaks for it."""

    passage: Passage
    sentence: Sentence
    before: tuple[str, ...]  # the sentences before it, nearest last
    above: str  # the paragraph before its own, where these may stand too
    around: frozenset[str]  # stems of its title and section
    signs: Signs
    reading: Reading | None = None
    score: float = 0.0

    @property
    def text(self) -> str:
        """The sentence as it stands in the paragraph."""
        return self.sentence.text

    @property
    def span(self) -> Span:
        """Where it stands in the paragraph."""
        return self.sentence.span

    @property
    def stems(self) -> frozenset[str]:
        """The stems of its words."""
        return self.sentence.stem_set

    @property
    def lead_in(self) -> str:
        """Which of the sentences before introduces the list that it is an item of; "" where none does."""
        place = lead_in_of((*self.before, self.text), len(self.before))
        return "" if place is None else self.before[place]

    @property
    def place(self) -> tuple[str, int, int]:
        """The article, the paragraph and where in it the sentence begins."""
        return self.passage.article_id, self.passage.paragraph, self.span.start


@dataclass(frozen=True, slots=True)
class Draft:
    """Cited sentences, the confidence 0..1 that they answer; all candidates and passages, the best first.

    `told` says how a table was read for it, where one was; `row` is the row of a table that is likeliest to
    answer, where none does surely.
    """

    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    confidence: float
    short_answer: ShortAnswer | None = None
    ranked: tuple[Candidate, ...] = ()
    passages: tuple[Passage, ...] = ()
    told: str = ""
    row: Place | None = None
