import numpy as np
import pytest

from footnote.ingest.encoder.sentence_transformers import load_cross_encoder
from footnote.rag.check.cross_encoder import PREMISE_WORDS, SUPPORTED_FROM, CrossEncoderJudge, windows
from footnote.rag.types import Verdict
from tests.contracts.support import SupportContract
from tests.fakes import PairScores

EVIDENCE = ["The ferry sails at nine."]


def shared(premise, claim):
    """Return the share of the claim's words that the premise holds."""
    words = claim.lower().split()
    return sum(w in premise.lower().split() for w in words) / len(words) if words else 0.0


class TestCrossEncoderJudge(SupportContract):
    supported_from = SUPPORTED_FROM

    @pytest.fixture
    def check(self):
        return CrossEncoderJudge(PairScores(shared))


def fixed(*row):
    """A cross-encoder that returns the same row for every pair."""
    return PairScores(lambda *_: row if len(row) > 1 else row[0])


def test_the_share_of_the_label_named_entailment_is_the_score():
    judge = CrossEncoderJudge(fixed(0.0, 0.0, 5.0), {0: "contradiction", 1: "neutral", 2: "ENTAILMENT"})
    found = judge("The ferry sails at nine.", EVIDENCE)
    assert found.verdict is Verdict.SUPPORTED
    assert found.score == pytest.approx(np.exp(5) / (2 + np.exp(5)))


def test_without_names_the_usual_order_of_labels_is_taken():
    assert CrossEncoderJudge(fixed(0.0, 9.0, 0.0))("A.", EVIDENCE).verdict is Verdict.SUPPORTED
    assert CrossEncoderJudge(fixed(9.0, 0.0, 0.0))("A.", EVIDENCE).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(("raw", "score"), [(0.9, 0.9), (2.0, 1 / (1 + np.exp(-2.0)))])
def test_a_single_output_is_a_probability_or_a_logit(raw, score):
    assert CrossEncoderJudge(fixed(raw))("A.", EVIDENCE).score == pytest.approx(score)


def test_an_insertion_is_part_of_the_claim():
    model = fixed(0.9)
    CrossEncoderJudge(model)("She [Ada Venn] left.", EVIDENCE)
    assert model.pairs[0][1] == "She Ada Venn left."


def test_a_long_source_is_cut_into_windows_that_fit():
    source = " ".join(f"Clerk {n} filed a form about the drains of the town." for n in range(300))
    found = windows(source, "Clerk 7 filed a form.")
    assert found
    assert all(len(w.split()) <= PREMISE_WORDS for w in found)


def test_a_tiny_cross_encoder_made_here_is_a_judge(tiny_cross_encoder):
    judge = CrossEncoderJudge.load(tiny_cross_encoder, load_cross_encoder)
    found = judge("The ferry sails at nine.", EVIDENCE)
    assert judge.labels[1] == "entailment"
    assert 0.0 < found.score < 1.0
    assert found == judge("The ferry sails at nine.", EVIDENCE)
