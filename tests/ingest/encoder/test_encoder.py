from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from footnote.ingest.encoder.encoder import Encoder, encoder_named
from footnote.ingest.encoder.packaged import packaged_model
from footnote.ingest.encoder.sentence_transformers import SentenceTransformerEncoder
from footnote.ingest.errors import EncoderError

TEXTS = ["The tide came in at noon.", "x", "A bridge over the river was closed. " * 5]


@pytest.fixture(scope="module")
def own():
    return encoder_named(str(packaged_model()))


def test_a_model_that_is_not_there_says_what_to_set(tmp_path):
    with pytest.raises(EncoderError, match="FOOTNOTE_ENCODER"):
        SentenceTransformerEncoder(str(tmp_path / "none")).encode(["x"])


def test_the_window_and_dimension_are_those_of_the_model(own):
    assert isinstance(own, SentenceTransformerEncoder)
    assert isinstance(own, Encoder)
    model = own._model()
    assert model.max_seq_length == own.window
    assert model.get_embedding_dimension() == own.dimension


def test_vectors_are_rows_of_unit_length_in_the_order_of_the_texts(own):
    vectors = own.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), own.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert np.allclose(own.encode([text])[0], vector, atol=1e-5)
    assert own.encode([]).shape == (0, own.dimension)


def test_two_threads_that_need_the_model_load_it_once(monkeypatch):
    loads = []

    def slowly(name):
        loads.append(name)
        time.sleep(0.2)
        return SimpleNamespace(tokenizer=None)

    monkeypatch.setattr("footnote.ingest.encoder.sentence_transformers._load", slowly)
    encoder = SentenceTransformerEncoder("a model")
    threads = [threading.Thread(target=encoder._model) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [encoder.name]


def test_texts_are_counted_and_encoded_at_the_same_time(own):
    """An ingest counts while questions are encoded: with one tokenizer for both, one in five failed."""
    stop = threading.Event()
    failed: list[Exception] = []

    def count() -> None:
        while not stop.is_set():
            try:
                own.count("The bridge is closed for eleven weeks. " * 9)
            except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
                failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        texts = ["The tide turns. " * n for n in range(1, 9)]
        expected = own.encode(texts)
        for _ in range(10):
            assert np.allclose(own.encode(texts), expected, atol=1e-5)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed
