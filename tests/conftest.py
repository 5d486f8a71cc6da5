"""What every test shares: encoders, a small library, and no network but loopback."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # as loading a local model sets it
os.environ["ANONYMIZED_TELEMETRY"] = "False"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

pytest.register_assert_rewrite("tests.contracts")

# An example may take as long as a busy machine makes it. In CI every run tries the same ones, so that a run
# that fails can be run again; elsewhere each run looks for new ones.
hypothesis.settings.register_profile("footnote", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("footnote")


class HashingEncoder:
    """Bags of hashed words: fast, deterministic, and texts that share words are near each other."""

    name = "hashing"
    dimension = 64
    window = 256

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            for word in text.lower().split()[: self.window - 2]:
                digest = hashlib.md5(word.strip(".,!?").encode(), usedforsecurity=False).digest()
                rows[i, digest[0] % self.dimension] += 1.0 if digest[1] % 2 else -1.0
            if not rows[i].any():  # no words, or they cancel out
                rows[i, 0] = 1.0
            rows[i] /= np.linalg.norm(rows[i])
        return rows

    def count(self, text: str) -> int:
        return len(text.split()) + 2


@pytest.fixture
def fake_encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture(scope="session")
def encoder():
    from footnote.ingest.encoder.packaged import PackagedEncoder

    return PackagedEncoder()


def cross_encoder(folder: Path, *labels: str) -> str:
    """Make a cross-encoder of one small layer with random weights, and return its folder."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sentence_transformers")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "ferry", "sails", "at", "nine", "."]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=64, num_labels=len(labels), id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a cross-encoder for inference."""
    return cross_encoder(tmp_path_factory.mktemp("judge"), "contradiction", "entailment", "neutral")


@pytest.fixture(scope="session")
def tiny_ranker(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a cross-encoder with one output, as those trained on MS MARCO."""
    return cross_encoder(tmp_path_factory.mktemp("ranker"), "relevant")


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, encoder) -> Path:
    """A library folder with all sample articles, encoded once a session. Open it read-only or copy it."""
    from footnote.ingest.library.library import open_library
    from footnote.ingest.pipeline import ingest
    from footnote.ingest.samples import sample_folder
    from footnote.ingest.sources import read_sources

    home = tmp_path_factory.mktemp("samples") / "library"
    with open_library(home, encoder.name, encoder.dimension) as library:
        for _ in ingest(read_sources([str(sample_folder())]), library, encoder):
            pass
    return home


@pytest.fixture(scope="session")
def sample_assistant(sample_home: Path, encoder) -> Iterator:
    from footnote import Assistant, Settings
    from footnote.ingest.library.library import open_library
    from footnote.rag.answer.reader import PackagedReader

    settings = Settings(home=sample_home)
    library = open_library(sample_home, encoder.name, encoder.dimension, read_only=True)
    with Assistant(settings, library, encoder, reader=PackagedReader()) as assistant:
        yield assistant


@pytest.fixture(scope="session")
def servers() -> Iterator[Any]:
    """A PostgreSQL and two Chroma servers for libraries on servers; each test makes one of its own."""
    from tests.servers import started

    servers = started()
    yield servers
    servers.stop()


def launched(playwright: Any) -> Any:
    """Return the Chromium of this computer, begun; None where it has none."""
    bundled = Path(playwright.chromium.executable_path)
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found and not bundled.exists():
        return None
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return playwright.chromium.launch(executable_path=found or str(bundled), args=arguments)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for the tests of one file: while it is open, nothing beside it can run an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launched(playwright)
        if browser is None:
            if os.environ.get("CI") == "true":
                pytest.fail("Chromium is missing, and CI must not go without the browser tests.")
            pytest.skip("Chromium is missing: install it, or run `playwright install chromium`.")
        yield browser
        browser.close()
