"""A second look at the best paragraphs, by choice: a cross-encoder reads each beside the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from footnote.ingest.encoder.sentence_transformers import load_cross_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RERANKED = 20  # paragraphs read: a small cross-encoder takes some 10 ms for each on two cores


class Reranker(Protocol):
    """How well each text answers the question."""

    def __call__(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return a number 0..1 for each of `texts`, in order; higher is better."""


class PairModel(Protocol):
    """What is used of a sentence-transformers `CrossEncoder`."""

    def predict(self, pairs: Sequence[tuple[str, str]], **options: Any) -> Any:
        """Return a logit or a probability for each pair, `[n]` or `[n, 1]`."""


@dataclass(frozen=True, slots=True)
class CrossEncoderReranker:
    """A cross-encoder with one output, as those trained on MS MARCO; logits become probabilities."""

    model: PairModel

    def __call__(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that each text is relevant to the question."""
        if not texts:
            return np.zeros(0)
        raw = self.model.predict([(question, text) for text in texts], show_progress_bar=False)
        scores = np.asarray(raw, dtype=np.float64).reshape(len(texts), -1)[:, -1]
        inside = bool(((scores >= 0) & (scores <= 1)).all())
        return scores if inside else 1 / (1 + np.exp(-scores))


def chosen_reranker(name: str, load: Callable[[str], Any] = load_cross_encoder) -> Reranker | None:
    """Return the cross-encoder `name` (a name or a path) as a reranker; None when none is named.

    Raises:
        EncoderError: If it cannot be loaded.
    """
    return CrossEncoderReranker(load(name)) if name else None
