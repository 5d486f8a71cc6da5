"""Sentences to show, each checked against what it rests on, with numbered citations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from footnote.rag.types import Citation, CitedSentence, Passage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from footnote.rag.check.support import SupportChecker


class Place(NamedTuple):
    """Characters of a paragraph."""

    passage: Passage
    start: int
    end: int


class Unit(NamedTuple):
    """A sentence as it is shown, and the places that it rests on, one at least.

    `asked` is shown in front and claims nothing: the question that it answers.
    """

    text: str
    places: tuple[Place, ...]
    asked: str = ""


def cited(
    units: Iterable[Unit], check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """Return the sentences with their verdicts, and the citations, numbered as they come."""
    sentences: list[CitedSentence] = []
    citations: list[Citation] = []
    for text, places, asked in units:
        own = [Citation.of(p.passage, n, p.start, p.end) for n, p in enumerate(places, len(citations) + 1)]
        support = check(text, [p.passage.evidence for p in places])
        sentences.append(CitedSentence(asked + text, tuple(c.number for c in own), support))
        citations += own
    return tuple(sentences), tuple(citations)
