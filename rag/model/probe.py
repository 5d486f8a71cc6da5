"""One small request that shows what a language model's server can do, for `footnote doctor --model`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.prompts import load
from footnote.rag.answer.answerer import Meter

if TYPE_CHECKING:
    from footnote.rag.model.chat import Chat

WORDS = (
    "amber birch cedar delta ember fjord grove heron ivory jolly kelp lilac maple north ochre pearl".split()
)
STREAMED_FROM = 3  # pieces with words in them: fewer is one answer in one go
SOME = 10_000  # tokens that the meter lets through; the answer takes about 40


@dataclass(frozen=True, slots=True)
class Probe:
    """What a model did with one request. `window` is None where LangChain does not know the model."""

    text: str
    ended: str
    pieces: int
    obeyed: bool
    seconds: float
    first_words: float
    tokens: int
    counted: bool
    window: int | None

    @property
    def streams(self) -> bool:
        """Whether the answer came in pieces."""
        return self.pieces >= STREAMED_FROM

    @property
    def whole(self) -> bool:
        """Whether the server said that the answer ended; without, every answer counts as cut short."""
        return self.ended == "stop"


def probe(chat: Chat) -> Probe:
    """Ask the model one small thing.

    Raises:
        ModelError: If it gives no answer; the message says why.
    """
    word = secrets.choice(WORDS)
    meter = Meter(SOME)
    pieces = list(chat.stream(load("probe").fill(word=word), meter))
    text = "".join(p.text for p in pieces)
    return Probe(
        text=text,
        ended=pieces[-1].ended if pieces else "",
        pieces=sum(bool(p.text.strip()) for p in pieces),
        obeyed=word in text.lower(),
        seconds=meter.laps["model"] / 1000,
        first_words=meter.laps.get("first_words", 0.0) / 1000,
        tokens=meter.prompt + meter.completion,
        counted=not meter.estimated,
        window=chat.window,
    )
