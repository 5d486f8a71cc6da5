"""What small models read: of the best paragraphs, the sentence that answers and what stands round it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from footnote.ingest.encoder.tokens import count_tokens
from footnote.ingest.text.sentences import sentences as split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.ingest.library.record import Key
    from footnote.ingest.text.sentences import Span
    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.model.sources import Source
    from footnote.rag.types import Citation

# The answers to 31 of 40 questions stand in such excerpts, of 252 tokens together (median); to 30 in the
# three best paragraphs, whole, of 558. Two excerpts hold 29, six 33 (376 tokens); of 50 tokens each 29.
MOST, ROOM = 4, 80  # excerpts; tokens of each


def excerpts(offered: Sequence[Source], ranked: Sequence[Candidate]) -> list[Source]:
    """Return excerpts of the sources that hold the best sentences, in the order of these.

    `ranked` are sentences, the best first; one that is kept from the model has no excerpt. A sentence made
    of an excerpt is checked against all that may be read of its paragraph.
    """
    return list(islice(_made(offered, ((c.place[:2], c.text) for c in ranked)), MOST))


def points(offered: Sequence[Source], cited: Sequence[Citation], room: int) -> list[Source]:
    """Return excerpts of the sources that hold what is cited, in the order of the sources, of `room` tokens.

    What is cited first goes first into the room.
    """
    taken: list[Source] = []
    for excerpt in _made(offered, (((c.article_id, c.paragraph), c.quote) for c in cited)):
        room -= count_tokens(excerpt.shown)
        if room < 0:
            break
        taken.append(excerpt)
    order = {_place(source): n for n, source in enumerate(offered)}
    return sorted(taken, key=lambda excerpt: order[_place(excerpt)])


def _made(offered: Sequence[Source], wanted: Iterable[tuple[Key, str]]) -> Iterator[Source]:
    """Yield an excerpt for each paragraph that a wanted sentence stands in, once."""
    sources = {_place(source): source for source in offered}
    for place, sentence in wanted:
        if place in sources and (shown := _around(sources[place].shown, sentence)):
            source = sources.pop(place)
            yield replace(source, shown=shown, whole=source.shown)


def _place(source: Source) -> Key:
    return source.passage.article_id, source.passage.paragraph


def _around(text: str, sentence: str) -> str:
    """Return a sentence of a text with as many whole ones before and after it as there is room for."""
    start = text.find(sentence)
    spans = split(text)
    first = next((i for i, s in enumerate(spans) if s.start <= start < s.end), None)
    if start < 0 or first is None:
        return ""
    last, room = first, ROOM - _size(text, spans[first])
    grown = True
    while grown:
        grown = False
        for near in (first - 1, last + 1):
            if 0 <= near < len(spans) and _size(text, spans[near]) <= room:
                room -= _size(text, spans[near])
                first, last, grown = min(first, near), max(last, near), True
    return text[spans[first].start : spans[last].end]


def _size(text: str, span: Span) -> int:
    return count_tokens(text[span.start : span.end])
