import random

import numpy as np
import pytest
import torch

from footnote.evals.tools.reader_examples import Example, written
from footnote.evals.tools.train_reader import (
    LONGEST,
    WIDTH,
    Coder,
    Corpus,
    Embedder,
    Network,
    TokenRow,
    batches,
    of_like_length,
    packaged_weights,
    padded,
    repeated_words,
    stacked,
    train,
)
from footnote.rag.answer.reader import WEIGHTS
from tests.evals.tools.test_reader_examples import ARTICLES, QUESTIONS, WRITTEN

EXAMPLE = Example("How many cracks?", "Bridge", "Engineers found 14 cracks in it.", 16, 18)


class Always(random.Random):
    def random(self):
        return 0.0


@pytest.fixture(scope="module")
def coder():
    return Coder()


def test_a_row_marks_the_answers_tokens(coder):
    row = coder.row(EXAMPLE)
    said = coder.tokenizer.decode(row.ids[row.start : row.end + 1])
    assert said == "14"
    assert row.second < row.body <= row.start


def test_an_answer_beyond_the_window_gives_no_row(coder):
    words = "far away " * 200
    assert coder.row(Example("Who?", "", words + "Ada", len(words), len(words) + 3)) is None
    assert len(coder.row(Example("Who?", "", words, 0, 0)).ids) == LONGEST


def test_only_plain_words_that_the_window_repeats_are_hidden(coder):
    example = Example("How many cracks did Hedda find?", "", "Hedda saw 14 cracks.", 10, 12)
    hidden = repeated_words(example, Always())
    assert [example.question[a:b] for a, b in hidden] == ["cracks"]
    assert "[MASK]" in coder.tokenizer.decode(coder.row(example, hidden).ids, skip_special_tokens=False)


def test_the_layers_and_embeddings_are_those_of_the_packaged_encoder(coder):
    from sentence_transformers import SentenceTransformer

    from footnote.ingest.encoder.packaged import packaged_model

    tables, layers = packaged_weights()
    network = Network().eval()
    network.load_state_dict(layers, strict=False)
    ids, _, mask, _ = stacked([coder.row(EXAMPLE)])
    hidden = Embedder(tables)(ids, torch.zeros_like(ids))
    with torch.no_grad():
        for layer in network.layers:
            hidden = layer(hidden, (1.0 - mask)[:, None, None, :] * -1e4)
        theirs = SentenceTransformer(str(packaged_model()), device="cpu", local_files_only=True)[0].model
        expected = theirs(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    assert torch.allclose(hidden, expected, atol=1e-4)


def test_batches_hold_every_row_once_and_no_more_tokens_than_are_given():
    rows = [TokenRow([1] * length, 2, 3, 0, 0) for length in range(4, 40)]
    found = of_like_length(rows, 100, random.Random(1))
    assert sorted(len(row.ids) for batch in found for row in batch) == list(range(4, 40))
    assert max(len(batch) * max(len(row.ids) for row in batch) for batch in found) <= 100


def test_shorter_rows_are_padded_and_masked():
    ids, types, mask = padded([TokenRow([5, 6, 7], 2, 2, 0, 0), TokenRow([8, 9], 1, 1, 0, 0)])
    assert ids.tolist() == [[5, 6, 7], [8, 9, 0]]
    assert types.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("footnote.evals.tools.train_reader.SHUFFLED", 32)
    monkeypatch.setattr("footnote.evals.tools.train_reader.BATCH_TOKENS", 512)


@pytest.mark.usefixtures("quick")
def test_a_short_training_runs_and_changes_the_layers():
    network, seen = train(Corpus(ARTICLES, QUESTIONS, ARTICLES, WRITTEN), 3.0, seed=1)
    assert seen > 0
    _, layers = packaged_weights()
    name = "layers.5.output.weight"
    assert not torch.equal(network.state_dict()[name], layers[name])


@pytest.mark.usefixtures("quick")
def test_a_share_of_the_examples_is_what_people_wrote():
    corpus = Corpus(ARTICLES, QUESTIONS, ARTICLES, [WRITTEN[1]])
    rows = [row for _, batch in zip(range(80), batches(corpus, 0.3, 1), strict=False) for row in batch]
    asked = Coder().row(next(iter(written(ARTICLES, [WRITTEN[1]]))))
    assert 0.2 < sum(row == asked for row in rows) / len(rows) < 0.4
    none = [row for _, batch in zip(range(80), batches(corpus, 0.0, 1), strict=False) for row in batch]
    assert asked not in none


def test_the_shipped_file_takes_the_input_that_is_trained_on():
    import onnxruntime

    session = onnxruntime.InferenceSession(str(WEIGHTS), providers=["CPUExecutionProvider"])
    start, end, says = session.run(None, {"hidden": np.zeros((2, 9, WIDTH), np.float32)})
    assert start.shape == end.shape == (2, 9)
    assert says.shape == (2,)
