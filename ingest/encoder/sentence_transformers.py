"""The one home of sentence-transformers: encoders and cross-encoders of one's own, by name or path."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from footnote.ingest.encoder.packaged import DEFAULT_ENCODER
from footnote.ingest.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

# Encoding is 1.5 times faster with 8 texts at a time than with 32 on two cores: shorter padding.
BATCH_SIZE = 8


# Texts after which freed memory is given back to the system. Tensors of many lengths leave the heap full of
# holes: without this, 250 long paragraphs took 140 MB more, and a process that encoded thousands 1.1 GB.
MANY = 32
HUB = "https://huggingface.co"  # where a model is fetched from that is not here; HF_ENDPOINT names another
HUB_SECONDS = 10.0
OF_HUB = re.compile(r"[\w-][\w.-]*(?:/[\w.-]+)?")  # what may be a name there, and no path

T = TypeVar("T")


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by name or path; loaded when it is first needed."""

    def __init__(self, model: str) -> None:
        self.name = model
        self._loaded: SentenceTransformer | None = None
        self._counter: Any = None
        self._loading = threading.Lock()  # two threads that need the model load it once

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return int(self._model().get_embedding_dimension() or 0)

    @property
    def window(self) -> int:
        """Most tokens of one text that the model reads."""
        return int(self._model().max_seq_length or 512)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 `[len(texts), dimension]`, in the order of `texts`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model().encode(
            list(texts),
            batch_size=BATCH_SIZE,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        if len(texts) >= MANY:
            _give_memory_back()
        return np.asarray(vectors, dtype=np.float32)

    def count(self, text: str) -> int:
        """Return how many of the model's tokens `text` takes, special tokens included."""
        self._model()
        return len(self._counter(text, truncation=False, verbose=False)["input_ids"])

    def _model(self) -> SentenceTransformer:
        with self._loading:
            if self._loaded is None:
                loaded = _load(self.name)
                # A tokenizer's settings are its own state, so counting, which cuts nothing off, has
                # one to itself: with one for both, a text that was encoded meanwhile failed.
                self._counter = copy.deepcopy(loaded.tokenizer)
                self._loaded = loaded
            return self._loaded


def _give_memory_back() -> None:
    """Return freed memory to the system, where the C library can (glibc; 5 ms)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _load(name: str) -> SentenceTransformer:
    def load(**where: Any) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer  # takes seconds

        return SentenceTransformer(name, device="cpu", **where)

    try:
        return _found(name, load)
    except Exception as error:
        raise EncoderError(
            f"The encoder “{name}” could not be loaded: {_reason(error)}. "
            "Set FOOTNOTE_ENCODER to a sentence-transformers model by name or path, "
            f"or leave it out to use the packaged {DEFAULT_ENCODER}."
        ) from error


def load_cross_encoder(name: str) -> Any:
    """Return the sentence-transformers CrossEncoder `name` (a name or a path).

    Raises:
        EncoderError: If it cannot be loaded.
    """

    def load(**where: Any) -> Any:
        from sentence_transformers import CrossEncoder

        return CrossEncoder(name, device="cpu", **where)

    try:
        return _found(name, load)
    except Exception as error:
        raise EncoderError(f"The cross-encoder “{name}” could not be loaded: {_reason(error)}.") from error


def _found(name: str, load: Callable[..., T]) -> T:
    """Return a model from this computer; one that is not here, from the hub, if that answers at all.

    Asked without a network, the hub's own client tries each file six times: two minutes to say so.

    Raises:
        EncoderError: If it is not here and the hub does not answer.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if Path(name).is_dir():
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # nothing is downloaded
        return load(local_files_only=True)
    if not OF_HUB.fullmatch(name):
        raise EncoderError("there is no such folder")
    with contextlib.suppress(Exception):  # why it is not here is of no use; what the hub says is
        return load(local_files_only=True)
    hub = os.environ.get("HF_ENDPOINT") or HUB
    if not _answers(hub):
        raise EncoderError(f"it is not on this computer, and {hub} does not answer")
    return load()


def _answers(address: str) -> bool:
    import httpx

    try:
        httpx.head(address, timeout=HUB_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return True


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")
