import numpy as np
import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.sentence_transformers import load_cross_encoder
from footnote.ingest.errors import EncoderError
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.rerank import CrossEncoderReranker, chosen_reranker
from footnote.rag.find.retrieve import retrieve
from tests.contracts.reranker import RerankerContract
from tests.fakes import PairScores


class TestCrossEncoderReranker(RerankerContract):
    @pytest.fixture
    def reranker(self, tiny_ranker):
        return chosen_reranker(tiny_ranker, load_cross_encoder)


def test_nothing_to_read_needs_no_model():
    assert len(CrossEncoderReranker(None)("q", [])) == 0


@pytest.fixture
def library(tmp_path, fake_encoder):
    texts = ["The ferry leaves at nine.", "The ferry sinks.", "A ferry is a ship."]
    article = make_article([("", t) for t in texts], title="Ferries", source="/f.txt")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


def test_the_paragraph_that_the_reranker_prefers_comes_first(library, fake_encoder):
    prefers = CrossEncoderReranker(PairScores(lambda _, text: 4.0 if "ship" in text else -4.0))
    found = retrieve("When does the ferry leave?", library, fake_encoder, k=3, reranker=prefers).passages
    assert found[0].paragraph == 3
    assert found[0].score == pytest.approx(1 / (1 + np.exp(-4.0)))
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert retrieve("When does the ferry leave?", library, fake_encoder, k=3).passages[0].paragraph == 1


def test_probabilities_stay_as_they_are_and_logits_become_some():
    assert CrossEncoderReranker(PairScores(lambda _, text: len(text)))("q", ["", "a"]).tolist() == [0.0, 1.0]
    assert CrossEncoderReranker(PairScores(lambda _, text: [0.0 if text else 3.0]))("q", ["", "a"])[1] == 0.5


def test_no_name_means_no_reranker_and_loads_nothing():
    assert chosen_reranker("", load=pytest.fail) is None


def test_a_model_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(EncoderError, match="cross-encoder"):
        chosen_reranker(str(tmp_path / "nowhere"))
