"""An article with the vectors of its chunks and of its sentences: all that the library stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footnote.ingest.encoder.chunk import chunks
from footnote.ingest.text.sentences import Span, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.article import Article, Chunk
    from footnote.ingest.encoder.encoder import Encoder

BATCH = 256  # texts that small articles are put together for: enough to sort by length
# Characters encoded in one go: progress is seen every second or two. At its end the encoder's threads wait
# for each other: over 500 paragraphs two are at work for 96.6% of the time, with 64 texts in one go for
# 91.9%, counted in tokens.
STEP = 48_000
OVERHEAD = 20  # characters that one text more costs as much as: those between words, padding, calls
UNIT_TOLERANCE = 1e-2  # encoders round; what is further off is not a unit vector


@dataclass(frozen=True, slots=True)
class Cut:
    """An article cut into what is encoded: its chunks, and the sentences of each paragraph."""

    article: Article
    chunks: tuple[Chunk, ...]
    sentences: tuple[tuple[Span, ...], ...]  # one entry a paragraph, in order

    @property
    def texts(self) -> list[str]:
        """Every text to encode: chunks first, then sentences in order."""
        found = [chunk.encoder_text for chunk in self.chunks]
        for paragraph, spans in zip(self.article.paragraphs, self.sentences, strict=True):
            text = self.article.text[paragraph.start : paragraph.end]
            found += [text[start:end] for start, end in spans]
        return found


@dataclass(frozen=True, slots=True)
class Encoded:
    """A cut article with a unit vector a chunk and a unit vector a sentence, in order."""

    cut: Cut
    chunk_vectors: NDArray[np.float32]
    sentence_vectors: NDArray[np.float32]


def cut(article: Article, encoder: Encoder) -> Cut:
    """Cut `article` for `encoder`; nothing is encoded yet."""
    spans = (tuple(sentences(article.text[p.start : p.end])) for p in article.paragraphs)
    return Cut(article, chunks(article, encoder), tuple(spans))


def encode_texts(
    texts: Sequence[str], encoder: Encoder
) -> Iterator[tuple[float, NDArray[np.float32] | None]]:
    """Encode `texts` in batches sorted by length: less padding, and so less work.

    Yields `(share of the work done, None)` after each batch, at last `(1.0, vectors)` in the order of
    `texts`. A text that occurs twice is encoded once.

    Raises:
        ValueError: If the encoder returns anything but unit vectors of its dimension (or zeros,
            for a text that says nothing to it).
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    rows = {text: row for row, text in enumerate(distinct)}
    vectors = np.zeros((len(distinct), encoder.dimension), dtype=np.float32)
    work = sum(len(text) + OVERHEAD for text in distinct)
    done = 0
    for batch in _steps(distinct):
        encoded = _checked(encoder.encode(batch), len(batch), encoder)
        vectors[rows[batch[0]] : rows[batch[0]] + len(batch)] = encoded
        done += sum(len(text) + OVERHEAD for text in batch)
        yield done / work, None
    yield 1.0, vectors[[rows[text] for text in texts]]


def _steps(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield runs of at most `BATCH` texts and `STEP` characters, or of one text."""
    start = size = 0
    for place, text in enumerate(texts):
        size += len(text)
        if place > start and (size > STEP or place - start == BATCH):
            yield texts[start:place]
            start, size = place, len(text)
    if texts:
        yield texts[start:]


def joined(cut_article: Cut, vectors: NDArray[np.float32]) -> Encoded:
    """Put the vectors of `cut_article.texts` where they belong."""
    count = len(cut_article.chunks)
    return Encoded(cut_article, vectors[:count], vectors[count:])


def encode_article(article: Article, encoder: Encoder) -> Encoded:
    """Cut and encode one article.

    Raises:
        ValueError: See `encode_texts`.
    """
    pieces = cut(article, encoder)
    *_, (_, vectors) = encode_texts(pieces.texts, encoder)
    assert vectors is not None
    return joined(pieces, vectors)


def _checked(vectors: NDArray[np.float32], count: int, encoder: Encoder) -> NDArray[np.float32]:
    if vectors.shape != (count, encoder.dimension):
        raise ValueError(
            f"the encoder “{encoder.name}” returned an array of shape {vectors.shape}, "
            f"not {(count, encoder.dimension)}"
        )
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.all((np.abs(lengths - 1.0) < UNIT_TOLERANCE) | (lengths == 0.0)):  # also false for NaN
        raise ValueError(f"the encoder “{encoder.name}” returned a vector that is not of unit length")
    return vectors
