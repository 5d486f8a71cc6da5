"""Texts to unit vectors: what an encoder is, and the one that a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from footnote.ingest.encoder.packaged import PACKAGED, PackagedEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Encoder(Protocol):
    """Texts to vectors of unit length. `name`, `dimension` and `window` tell encoders apart."""

    @property
    def name(self) -> str:
        """What a person would call it; vectors of encoders with different names never mix."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    @property
    def window(self) -> int:
        """Most tokens of one text that are read; what follows them is ignored."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 `[len(texts), dimension]`, in the order of `texts`."""

    def count(self, text: str) -> int:
        """Return how many of the encoder's tokens `text` takes, special tokens included."""


def encoder_named(name: str) -> Encoder:
    """Return the packaged encoder, or the sentence-transformers model of that name or path."""
    if name in PACKAGED:
        return PackagedEncoder(name)
    from footnote.ingest.encoder.sentence_transformers import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name)
