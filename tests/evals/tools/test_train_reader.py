import random
from itertools import islice

import numpy as np
import pytest
import torch

from footnote.evals.tools.reader_examples import Example, written
from footnote.evals.tools.reader_questions import Asked, stories
from footnote.evals.tools.train_reader import (
    LONGEST,
    WIDTH,
    Coder,
    Corpus,
    Embedder,
    Network,
    TokenRow,
    of_like_length,
    packaged_weights,
    padded,
    plain_rows,
    repeated_words,
    rows_to_learn,
    shipped_weights,
    stacked,
    train,
)
from footnote.ingest.encoder.packaged import session
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
    asked = Coder().row(next(iter(written(ARTICLES, [WRITTEN[1]]))))
    rows = list(islice(rows_to_learn(corpus, 0.3, 1), 2000))
    assert 0.2 < sum(row == asked for row in rows) / len(rows) < 0.4
    assert asked not in islice(rows_to_learn(corpus, 0.0, 1), 2000)


def test_about_half_of_what_is_learnt_further_is_asked_plainly(monkeypatch):
    name = next(iter(stories()))
    asked = [Asked(name, "And how come?", 0, 0, 0)]
    monkeypatch.setattr("footnote.evals.tools.train_reader.questions", lambda _: asked)
    coder = Coder()
    plain = coder.tokenizer.encode("And how come?", add_special_tokens=False).ids
    rows = list(islice(plain_rows(Corpus(ARTICLES, QUESTIONS), 1), 2000))
    share = sum(row.ids[1 : row.second - 1] == plain for row in rows) / len(rows)
    assert 0.45 < share < 0.65


def test_a_shipped_reader_is_gone_on_from_as_it_is(coder):
    pytest.importorskip("onnx")
    network = Network()
    network.load_state_dict(shipped_weights(WEIGHTS))
    ids, types, mask, _ = stacked([coder.row(EXAMPLE)])
    hidden = Embedder(packaged_weights()[0])(ids, types)
    with torch.no_grad():
        ours = network.eval()(hidden, mask)
    theirs = session(WEIGHTS).run(None, {"hidden": hidden.numpy()})
    for own, other in zip(ours, theirs, strict=True):
        assert np.abs(own.numpy() - other).mean() < 0.5  # what it runs with is rounded, too


def test_the_shipped_file_takes_the_input_that_is_trained_on():
    import onnxruntime

    session = onnxruntime.InferenceSession(str(WEIGHTS), providers=["CPUExecutionProvider"])
    start, end, says = session.run(None, {"hidden": np.zeros((2, 9, WIDTH), np.float32)})
    assert start.shape == end.shape == (2, 9)
    assert says.shape == (2,)
