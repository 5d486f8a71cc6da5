from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from footnote.ingest.encoder.encoder import encoder_named
from footnote.ingest.encoder.packaged import packaged_model
from footnote.ingest.encoder.sentence_transformers import SentenceTransformerEncoder
from footnote.ingest.errors import EncoderError
from tests.contracts.encoder import EncoderContract


@pytest.fixture(scope="module")
def own():
    return encoder_named(str(packaged_model()))


class TestSentenceTransformerEncoder(EncoderContract):
    @pytest.fixture
    def made(self, own):
        return own


def test_a_model_that_is_not_there_says_what_to_set(tmp_path):
    with pytest.raises(EncoderError, match="FOOTNOTE_ENCODER"):
        SentenceTransformerEncoder(str(tmp_path / "none")).encode(["x"])


def test_the_window_and_dimension_are_those_of_the_model(own):
    assert isinstance(own, SentenceTransformerEncoder)
    model = own._model()
    assert model.max_seq_length == own.window
    assert model.get_embedding_dimension() == own.dimension


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
