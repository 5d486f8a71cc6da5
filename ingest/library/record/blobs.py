"""Spans and vectors as the record's file holds them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.ingest.text.sentences import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class BlobDamaged(sqlite3.DatabaseError):
    """A value that cannot be what was stored; told as SQLite tells of a damaged page."""

    sqlite_errorname = "SQLITE_CORRUPT"


def rows_of(blob: bytes, kind: str, width: int) -> NDArray[Any]:
    """Return the numbers in `blob`, so many to a row.

    Raises:
        BlobDamaged: If they fill no whole rows.
    """
    row = np.dtype(kind).itemsize * width
    if len(blob) % row:
        raise BlobDamaged(f"a value of {len(blob):,} bytes holds no rows of {row:,}")
    return np.frombuffer(blob, dtype=kind).reshape(-1, width)


def pack_spans(spans: Sequence[Span]) -> bytes:
    """Return spans as little-endian 32-bit pairs."""
    return np.asarray(spans, dtype="<i4").reshape(-1, 2).tobytes()


def unpack_spans(blob: bytes) -> tuple[Span, ...]:
    """Undo `pack_spans`."""
    return tuple(map(Span._make, rows_of(blob, "<i4", 2).tolist()))


def unpack_sentence_vectors(blobs: Sequence[bytes], dimension: int) -> list[NDArray[np.float32]]:
    """Return the float16 rows of each blob as float32, made unit length again after the rounding."""
    if not blobs:
        return []
    rows = [rows_of(blob, "<f2", dimension) for blob in blobs]
    vectors = np.concatenate(rows).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.split(vectors, np.cumsum([len(own) for own in rows[:-1]]))
