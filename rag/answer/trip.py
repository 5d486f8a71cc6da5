"""One question on its way to a reply: what is known of it, what it has found, and how long each step took."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footnote.rag.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footnote.rag.answer.answerer import Meter
    from footnote.rag.answer.candidates import Draft
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Filters, Reply, Understood


@dataclass(frozen=True, slots=True)
class Trip:
    """One question on its way: what was asked, what was found, what the offline answerer would say.

    `typed` is the question as understood, before misspelt words of it were put right. `pronoun` is the one
    that it hangs on, where nothing was said before that it could mean.
    """

    asked: str
    understood: Understood
    typed: Understood
    filters: Filters
    found: Retrieved
    draft: Draft
    clock: Clock
    meter: Meter
    pronoun: str = ""

    def timings(self) -> dict[str, float]:
        """Milliseconds of each step, those of a language model among them."""
        return {**self.meter.laps, **self.clock.total()}


class Finder:
    """Retrieves for the readings of one question, each once."""

    def __init__(self, search: Callable[[str], Retrieved]) -> None:
        self._search = search
        self._found: dict[str, Retrieved] = {}

    def find(self, question: str) -> Retrieved:
        """Return what is retrieved for a question."""
        if question not in self._found:
            self._found[question] = self._search(question)
        return self._found[question]

    def score(self, question: str) -> float:
        """Return the score of the best paragraph for a reading of the question."""
        passages = self.find(question).passages
        return passages[0].score if passages else 0.0


def growing(reply: Reply) -> Iterator[Reply]:
    """Yield an answer a sentence more each, the last whole; a refusal at once."""
    if isinstance(reply, Answer):
        for shown in range(1, len(reply.sentences)):
            part = reply.sentences[:shown]
            numbers = {n for s in part for n in s.citations}
            cited = tuple(c for c in reply.citations if c.number in numbers)
            short = reply.short_answer if reply.short_answer and reply.short_answer.sentence < shown else None
            yield replace(reply, sentences=part, citations=cited, complete=False, short_answer=short)
    yield reply


class Clock:
    """Milliseconds since the start and since the last lap."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Note the milliseconds since the last lap under a name; laps of one name add up."""
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + (now - self._last) * 1000, 2)
        self._last = now

    def total(self) -> dict[str, float]:
        """Return the laps, and `total` since the start."""
        return {**self.laps, "total": round((time.perf_counter() - self._start) * 1000, 2)}
