"""Spans and vectors as the record's file holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footnote.ingest.text.sentences import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Return spans as little-endian 32-bit pairs."""
    return np.asarray(spans, dtype="<i4").reshape(-1, 2).tobytes()


def unpack_spans(blob: bytes) -> tuple[Span, ...]:
    """Undo `pack_spans`."""
    return tuple(Span(int(s), int(e)) for s, e in np.frombuffer(blob, dtype="<i4").reshape(-1, 2))


def unpack_sentence_vectors(blob: bytes, dimension: int) -> NDArray[np.float32]:
    """Return float16 rows as float32, made unit length again after the rounding."""
    vectors = np.frombuffer(blob, dtype="<f2").reshape(-1, dimension).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return vectors
