import numpy as np
import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.sentence_transformers import load_cross_encoder
from footnote.ingest.errors import EncoderError
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.rag.find.rerank import CrossEncoderReranker, chosen_reranker
from footnote.rag.find.retrieve import retrieve


class Scores:
    """A model that scores a pair by what its text says."""

    def __init__(self, of):
        self.of = of

    def predict(self, pairs, **_):
        return np.array([self.of(text) for _, text in pairs])


@pytest.fixture
def library(tmp_path, fake_encoder):
    texts = ["The ferry leaves at nine.", "The ferry sinks.", "A ferry is a ship."]
    article = make_article([("", t) for t in texts], title="Ferries", source="/f.txt")
    with open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension) as opened:
        list(ingest([article], opened, fake_encoder))
        yield opened


def test_the_paragraph_that_the_reranker_prefers_comes_first(library, fake_encoder):
    prefers = CrossEncoderReranker(Scores(lambda text: 4.0 if "ship" in text else -4.0))
    found = retrieve("When does the ferry leave?", library, fake_encoder, k=3, reranker=prefers).passages
    assert found[0].paragraph == 3
    assert found[0].score == pytest.approx(1 / (1 + np.exp(-4.0)))
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert retrieve("When does the ferry leave?", library, fake_encoder, k=3).passages[0].paragraph == 1


def test_probabilities_stay_as_they_are_and_logits_become_some():
    assert CrossEncoderReranker(Scores(len))("q", ["", "a"]).tolist() == [0.0, 1.0]
    assert CrossEncoderReranker(Scores(lambda t: [0.0 if t else 3.0]))("q", ["", "a"])[1] == 0.5


def test_nothing_to_read_needs_no_model():
    assert len(CrossEncoderReranker(None)("q", [])) == 0


def test_no_name_means_no_reranker_and_loads_nothing():
    assert chosen_reranker("", load=pytest.fail) is None


def test_a_model_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(EncoderError, match="cross-encoder"):
        chosen_reranker(str(tmp_path / "nowhere"))


def test_a_cross_encoder_is_loaded_from_a_folder_and_scores_pairs(tmp_path):
    tiny_cross_encoder(tmp_path)
    scores = chosen_reranker(str(tmp_path), load_cross_encoder)("when", ["the ferry leaves", "a ship"])
    assert scores.shape == (2,)
    assert ((scores > 0) & (scores < 1)).all()


def tiny_cross_encoder(folder):
    """Make a BERT of one small layer with random weights and a vocabulary of a few words."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "ferry", "leaves", "when", "a", "ship"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=32, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
