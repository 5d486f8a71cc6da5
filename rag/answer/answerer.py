"""The seam between the assistant and a language model: what one is asked for, and what it hands back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Citation, CitedSentence, Parts, Turn


class OnProgress(Protocol):
    """Is told how far a long summary is."""

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` requests to the model are answered."""


class Meter:
    """Counts the tokens of one question or summary over all its requests, against a cap.

    With `seconds` all its requests together end by then; a summary has none, because each of its
    parts has a deadline of its own. `estimated` is true when a server did not count and Footnote did.
    """

    def __init__(self, cap: int, seconds: float | None = None) -> None:
        self.cap = cap
        self._seconds = seconds
        self._until: float | None = None  # from the first request on: loading a library takes no part of it
        self.prompt = self.completion = self.calls = 0
        self.estimated = self.cached = False
        self.laps: dict[str, float] = {}

    @property
    def left(self) -> int:
        """Tokens that may still be used."""
        return max(0, self.cap - self.prompt - self.completion)

    def seconds_left(self, most: float) -> float:
        """Return how long a request may take, at most `most` seconds."""
        if self._seconds is None:
            return most
        if self._until is None:
            self._until = time.monotonic() + self._seconds
        return max(0.0, min(most, self._until - time.monotonic()))

    def add(self, prompt: int, completion: int, *, estimated: bool) -> None:
        """Count one request."""
        self.prompt += prompt
        self.completion += completion
        self.calls += 1
        self.estimated = self.estimated or estimated

    def as_json(self) -> dict[str, int]:
        """Return the form of the JSON contract; empty when no model was asked."""
        if not self.calls and not self.cached:
            return {}
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "calls": self.calls,
            "estimated": int(self.estimated),
            "cached": int(self.cached),
        }


@dataclass(frozen=True, slots=True)
class Written:
    """What was written so far: whole sentences, each checked and cited.

    `declined` says that the model found no answer in the articles. `complete` is false while it
    grows and when the end never came; `notices` then say why.
    """

    sentences: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    complete: bool = True
    notices: tuple[str, ...] = ()
    declined: bool = False


class Answerer(Protocol):
    """Writes an answer from retrieved paragraphs; `rag.model.generative.ModelWriter` is the real one."""

    @property
    def name(self) -> str:
        """What the reply names as its author."""

    @property
    def small(self) -> bool:
        """Whether it is less often right than the offline answerer where that is sure."""

    def stand_alone(self, question: str, history: Sequence[Turn], fallback: str, meter: Meter) -> str:
        """Return the question so that it can be understood alone; `fallback` when that fails."""

    def answer(
        self, question: str, found: Retrieved, meter: Meter, ranked: Sequence[Candidate] = ()
    ) -> Iterator[Written]:
        """Yield growing answers. `ranked` are the sentences that answer by themselves, the best first.

        Raises:
            ModelError: If not one sentence that can be shown came.
        """

    def traced(self, config: Mapping[str, Any]) -> Answerer:
        """Return the same answerer, reporting to the callbacks of a LangChain config."""

    def warm(self) -> None:
        """Load what the first question would wait for; nothing is sent, nothing raised."""

    def close(self) -> None:
        """Close its connections."""


class Summariser(Protocol):
    """Writes one paragraph on whole articles; `footnote.rag.model.generative.ModelWriter` is the real one."""

    @property
    def name(self) -> str:
        """What the summary names as its author."""

    @property
    def small(self) -> bool:
        """Whether it summarises the sentences that tell most, not whole articles."""

    def summarise(
        self,
        articles: Sequence[Sequence[Parts]],
        words: int,
        meter: Meter,
        progress: OnProgress | None = None,
        main: Sequence[Citation] = (),
    ) -> Written:
        """Return one paragraph, each sentence cited to the original paragraphs.

        `progress` is told how many of how many requests are done. `main` are the articles' own sentences
        that tell most, for a small one.

        Raises:
            ModelError: If no sentence that can be shown came.
        """
