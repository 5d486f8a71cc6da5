"""Stronger judges, by choice: a cross-encoder for natural language inference, or a chat model.

Both are `SupportChecker`s and so stand in one table with the embedded checker. Neither is needed for
anything: the embedded checker of `footnote.rag.check.support` works without a download, a key or a network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from footnote.ingest.text.sentences import sentences as split
from footnote.rag.check.alignment import narrow, prepare, tokens
from footnote.rag.check.support import INSERTED
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

SUPPORTED_FROM, PARTIAL_FROM = 0.5, 0.25  # probability of entailment
PREMISE_WORDS = (
    250  # fits the 512 tokens of usual cross-encoders beside a claim; longer sources are cut in windows
)


class PairModel(Protocol):
    """What is used of a sentence-transformers `CrossEncoder`: scores for pairs of texts."""

    def predict(self, pairs: Sequence[tuple[str, str]], **options: Any) -> Any:
        """Return an array of logits or scores, `[n]` or `[n, labels]`."""


@dataclass(frozen=True, slots=True)
class CrossEncoderJudge:
    """Entailment by a cross-encoder: the probability that some window of the evidence entails the sentence.

    `labels` maps the model's label numbers to names; the one that begins with "entail" (or "support",
    "consistent") counts. A model with a single output is read as the probability itself, after a sigmoid
    where it lies outside 0..1 (MiniCheck and HHEM are of this kind).
    """

    model: PairModel
    labels: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls, name: str, load: Callable[[str], Any]) -> CrossEncoderJudge:
        """Return the judge for a model by name or path; `load` is
        `ingest.encoder.sentence_transformers.load_cross_encoder`.

        Raises:
            EncoderError: If the model cannot be loaded.
        """
        model = load(name)
        config = getattr(model, "config", None)
        labels = getattr(config, "id2label", None) or {}
        return cls(model, {int(k): str(v) for k, v in labels.items()})

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the verdict on `sentence` given the cited texts."""
        claim = INSERTED.sub(r" \1", sentence)
        premises = [window for text in evidence for window in windows(text, claim)]
        if not premises or not claim.strip():
            return Support(Verdict.UNSUPPORTED, 0.0, "There is no cited paragraph to hold it against.")
        scores = self._entailment(np.asarray(self.model.predict([(p, claim) for p in premises])))
        score = float(scores.max())
        return Support(_verdict(score), score, f"The model finds it entailed with probability {score:.2f}.")

    def _entailment(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        if raw.ndim == 1 or raw.shape[1] == 1:
            flat = np.asarray(raw, dtype=np.float64).reshape(-1)
            inside = bool(((flat >= 0) & (flat <= 1)).all())
            return flat if inside else 1 / (1 + np.exp(-flat))
        exponent = np.exp(raw - raw.max(axis=1, keepdims=True))
        shares = exponent / exponent.sum(axis=1, keepdims=True)
        return np.asarray(shares[:, self._label(raw.shape[1])], dtype=np.float64)

    def _label(self, count: int) -> int:
        wanted = ("entail", "support", "consistent")
        named = [n for n, name in self.labels.items() if name.lower().startswith(wanted)]
        if named:
            return named[0]
        return 1 if count in (2, 3) else count - 1  # contradiction, entailment, neutral: the usual order


def windows(text: str, claim: str) -> list[str]:
    """Cut a text into windows of whole sentences; of a long one, only the sentences near the claim."""
    whole = prepare(text)
    near = narrow(whole, {t.key for t in tokens(claim) if t.content})
    kept = set(near.sentence.tolist())
    found: list[str] = []
    size = 0
    for number, span in enumerate(split(text)):
        if near is not whole and number not in kept:
            continue
        piece = text[span.start : span.end]
        length = len(piece.split())
        if found and size + length <= PREMISE_WORDS:
            found[-1] += " " + piece
            size += length
        else:
            found.append(piece)
            size = length
    return found


def _verdict(score: float) -> Verdict:
    if score >= SUPPORTED_FROM:
        return Verdict.SUPPORTED
    return Verdict.PARTIAL if score >= PARTIAL_FROM else Verdict.UNSUPPORTED
