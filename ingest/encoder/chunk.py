"""Cut an article into what the encoder reads: a paragraph, or runs of its sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.article import Chunk
from footnote.ingest.text.sentences import Span, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.article import Article
    from footnote.ingest.encoder.encoder import Encoder

MOST_OF_PREFIX = 3  # title and section take at most a third of the window


def chunks(article: Article, encoder: Encoder, budget: int | None = None) -> tuple[Chunk, ...]:
    """Return the chunks of `article` in order, numbered from 1.

    A paragraph is one chunk unless its encoder text (title, section, paragraph) takes more than
    `budget` of the encoder's tokens, by default and at most its window; then it is cut at
    sentence ends, and a sentence that is itself too long between words. A paragraph without text
    gives none.
    """
    most = min(budget or encoder.window, encoder.window)
    found: list[Chunk] = []
    prefixes: dict[str, str] = {}
    for paragraph in article.paragraphs:
        if paragraph.section not in prefixes:
            prefixes[paragraph.section] = _prefix(article.title, paragraph.section, encoder, most)
        prefix = prefixes[paragraph.section]
        text = article.text[paragraph.start : paragraph.end]
        found += [
            Chunk(len(found) + i, paragraph.number, start, end, prefix + text[start:end])
            for i, (start, end) in enumerate(_cut(text, prefix, encoder, most), start=1)
        ]
    return tuple(found)


def _prefix(title: str, section: str, encoder: Encoder, most: int) -> str:
    """Return title and section on lines of their own, shortened when they would take too much."""
    for parts in ((title, section), (title,)):
        whole = "".join(f"{part}\n" for part in parts if part)
        if not whole or encoder.count(whole) <= most // MOST_OF_PREFIX:
            return whole
    end = _reach(title, 0, len(title), "", encoder, most // MOST_OF_PREFIX)
    return f"{title[:end]}\n" if end and encoder.count(title[:end]) <= most // MOST_OF_PREFIX else ""


def _cut(text: str, prefix: str, encoder: Encoder, most: int) -> list[Span]:
    """Return the spans of `text` that become chunks; all of it when it fits."""
    if not text.strip():
        return []
    if encoder.count(prefix + text) <= most:
        return [Span(0, len(text))]
    pieces = [piece for span in sentences(text) for piece in _fitting(text, span, prefix, encoder, most)]
    special = encoder.count("")
    sizes = [encoder.count(text[piece.start : piece.end]) - special for piece in pieces]
    room = max(1, most - encoder.count(prefix))
    return [span for run in _runs(pieces, sizes, room) for span in _checked(run, text, prefix, encoder, most)]


def _runs(pieces: list[Span], sizes: list[int], room: int) -> list[list[Span]]:
    """Group pieces into runs of about equal size: a last chunk of one short sentence finds little."""
    total = sum(sizes)
    aim = total / -(-total // room)
    runs: list[list[Span]] = [[]]
    taken = 0
    for piece, size in zip(pieces, sizes, strict=True):
        if taken and (taken >= aim or taken + size > room):
            runs.append([])
            taken = 0
        runs[-1].append(piece)
        taken += size
    return runs


def _checked(run: list[Span], text: str, prefix: str, encoder: Encoder, most: int) -> Iterator[Span]:
    """Yield `run` as one span, or in halves when its whole takes more than the sum of its parts."""
    whole = Span(run[0].start, run[-1].end)
    if len(run) == 1 or encoder.count(prefix + text[whole.start : whole.end]) <= most:
        yield whole
        return
    middle = len(run) // 2
    yield from _checked(run[:middle], text, prefix, encoder, most)
    yield from _checked(run[middle:], text, prefix, encoder, most)


def _fitting(text: str, span: Span, prefix: str, encoder: Encoder, most: int) -> Iterator[Span]:
    """Yield `span`, cut between words as often as it takes for each part to fit."""
    start = span.start
    while start < span.end:
        end = _reach(text, start, span.end, prefix, encoder, most)
        yield Span(start, end)
        start = end
        while start < span.end and text[start].isspace():
            start += 1


def _reach(text: str, start: int, end: int, prefix: str, encoder: Encoder, most: int) -> int:
    """Return how far from `start` a part may go: about as many words as fit, at least a character.

    Starts from a guess of ten characters a token and shrinks it by what was counted, so that the
    work stays in proportion to the text.
    """
    stop = min(end, start + most * 10)
    while stop - start > 1:
        stop = _back_to_word(text, start, stop, end)
        taken = encoder.count(prefix + text[start:stop])
        if taken <= most:
            return stop
        stop = start + max(1, int((stop - start) * min(0.9, most / taken)))
    return start + 1


def _back_to_word(text: str, start: int, stop: int, end: int) -> int:
    """Return the last word end at or before `stop`; `stop` itself inside one very long word."""
    if stop == end or text[stop].isspace():
        return stop
    cut = max(text.rfind(" ", start, stop), text.rfind("\n", start, stop))
    return cut if cut > start else stop
