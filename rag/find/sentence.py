"""A sentence of a retrieved paragraph: made once, its words and stems looked up once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from footnote.ingest.text.words import content_stems, stem, stems, words

if TYPE_CHECKING:
    from footnote.ingest.text.sentences import Span


@dataclass(frozen=True, eq=False)
class Sentence:
    """`paragraph.text[span.start:span.end]`, with its cosine to the question.

    >>> from footnote.ingest.text.sentences import Span
    >>> Sentence("The bridges closed.", Span(0, 19), 0.5).stems
    ('the', 'bridg', 'close')
    """

    text: str
    span: Span
    cosine: float
    language: str = ""  # its paragraph's; empty: its own

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words as written, in order."""
        return tuple(words(self.text))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stem of every word, stop words too, in order."""
        return tuple(stems(self.text, self.language))

    def stems_in(self, language: str) -> tuple[str, ...]:
        """Return its stems as those of a language, be it in that or not."""
        return self.stems if language == self.language else tuple(stem(w, language) for w in self.words)

    @cached_property
    def stem_set(self) -> frozenset[str]:
        """Its stems, each once."""
        return frozenset(self.stems)

    @cached_property
    def content(self) -> frozenset[str]:
        """The stems of its content words."""
        return frozenset(content_stems(self.text, self.language))
