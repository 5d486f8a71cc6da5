from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import httpx
import pytest

from footnote.ingest.encoder.encoder import encoder_named
from footnote.ingest.encoder.packaged import packaged_model
from footnote.ingest.encoder.sentence_transformers import SentenceTransformerEncoder, load_cross_encoder
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


@pytest.mark.parametrize(
    "load", [load_cross_encoder, lambda name: SentenceTransformerEncoder(name).encode(["x"])]
)
def test_a_name_is_looked_for_here_and_then_asked_of_a_hub_once(monkeypatch, load):
    asked, given = [], []

    def model(name, **where):
        given.append((name, where))
        raise OSError("no such files")

    def head(address, **_):
        asked.append(address)
        raise httpx.ConnectError("no network")

    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    monkeypatch.setattr("sentence_transformers.CrossEncoder", model)
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", model)
    monkeypatch.setattr(httpx, "head", head)
    with pytest.raises(EncoderError, match=r"not on this computer, and https://hub\.example does not answer"):
        load("nobody/no-such-model")
    assert asked == ["https://hub.example"]
    assert given == [("nobody/no-such-model", {"device": "cpu", "local_files_only": True})]


def test_a_model_that_was_fetched_before_asks_nobody(monkeypatch):
    monkeypatch.setattr(httpx, "head", None)
    monkeypatch.setattr("sentence_transformers.CrossEncoder", lambda name, **where: (name, where))
    found = load_cross_encoder("somebody/model")
    assert found == ("somebody/model", {"device": "cpu", "local_files_only": True})


@pytest.mark.parametrize("name", ["/no/such/folder", "./none", "a/b/c", "~/model"])
def test_what_can_only_be_a_folder_is_looked_for_nowhere_else(monkeypatch, name):
    monkeypatch.setattr(httpx, "head", None)
    with pytest.raises(EncoderError, match="there is no such folder"):
        load_cross_encoder(name)


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
