"""Doubles of the model-sized parts: ordinary classes that keep the contracts in tests/contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.ingest.text.sentences import sentences as split
from footnote.rag.answer.answerer import Written
from footnote.rag.answer.reader import Reading
from footnote.rag.errors import ModelError
from footnote.rag.find.retrieve import passage_of
from footnote.rag.types import Citation, CitedSentence, Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.text.sentences import Span
    from footnote.rag.answer.answerer import Meter, OnProgress
    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.answer.reader import Likely
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Parts, Passage, Turn


class PointingReader:
    """Finds the answer in the sentence with a given word, as sure as it is told to be.

    A passage is one window. `asked` is the question of the last call.
    """

    def __init__(self, word: str, answer: str = "", margin: float = 6.0) -> None:
        self.word, self.answer, self.margin = word, answer or word, margin
        self.asked = ""

    def read(
        self,
        question: str,
        passages: Sequence[Passage],
        sentences: Sequence[Sequence[Likely]],
        most: int,
        least: int | None = None,
    ) -> list[list[Reading | None]]:
        self.asked = question
        hopes = [max((one.score for one in own), default=-np.inf) for own in sentences]
        found: list[list[Reading | None]] = [[None] * len(own) for own in sentences]
        best, least = -np.inf, most if least is None else least
        for place, n in enumerate(sorted(range(len(hopes)), key=lambda n: -hopes[n])[:most]):
            if place >= least and hopes[n] <= best:
                break
            found[n] = [self._reading(passages[n].text, one.span) for one in sentences[n]]
            best = max(
                (one.score + r.margin for one, r in zip(sentences[n], found[n], strict=True) if r),
                default=best,
            )
        return found

    def _reading(self, text: str, span: Span) -> Reading:
        if self.word not in text[span.start : span.end]:
            return Reading(-8.0, -4.0, span.start, span.end)
        start = text.index(self.answer, span.start)
        return Reading(self.margin, self.margin, start, start + len(self.answer))


class PairScores:
    """A cross-encoder that gives a pair what a function gives it, and keeps the pairs."""

    def __init__(self, score: Callable[[str, str], Any]) -> None:
        self.score = score
        self.pairs: list[tuple[str, str]] = []

    def predict(self, pairs: Sequence[tuple[str, str]], **_: Any) -> NDArray[np.float64]:
        self.pairs += pairs
        return np.array([self.score(one, other) for one, other in pairs])


class QuotingModel:
    """An answerer and summariser that quotes the first sentence of each paragraph it is given."""

    name = "quoting"
    small = False

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.closed = 0

    def stand_alone(self, question: str, history: Sequence[Turn], fallback: str, meter: Meter) -> str:
        return fallback

    def answer(
        self, question: str, found: Retrieved, meter: Meter, ranked: Sequence[Candidate] = ()
    ) -> Iterator[Written]:
        if self.problem or not found.passages:
            raise ModelError(self.problem or "Nothing to quote.")
        meter.add(len(found.passages), len(found.passages), estimated=True)
        whole = _quoted(found.passages)
        for n in range(1, len(whole.sentences)):
            yield Written(whole.sentences[:n], whole.citations[:n], complete=False)
        yield whole

    def summarise(
        self,
        articles: Sequence[Sequence[Parts]],
        words: int,
        meter: Meter,
        progress: OnProgress | None = None,
        main: Sequence[Citation] = (),
    ) -> Written:
        passages = [passage_of(p) for parts in articles for p, _, _ in parts]
        if self.problem or not passages:
            raise ModelError(self.problem or "Nothing to quote.")
        meter.add(len(passages), words, estimated=True)
        if progress is not None:
            progress(1, 1)
        return _quoted(passages)

    def traced(self, config: Mapping[str, Any]) -> QuotingModel:
        return self

    def warm(self) -> None: ...

    def close(self) -> None:
        self.closed += 1


def _quoted(passages: Sequence[Passage]) -> Written:
    citations = [
        Citation.of(passage, number, *split(passage.text)[0])
        for number, passage in enumerate(passages, start=1)
    ]
    held = Support(Verdict.SUPPORTED, 1.0, "It is a quotation.")
    return Written(tuple(CitedSentence(c.quote, (c.number,), held) for c in citations), tuple(citations))
