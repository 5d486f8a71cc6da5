import re

import numpy as np
import pytest

from footnote import Settings
from footnote.ingest.encoder.sentence_transformers import load_cross_encoder
from footnote.ingest.errors import EncoderError
from footnote.prompts import Messages
from footnote.rag.check.cross_encoder import PREMISE_WORDS, SUPPORTED_FROM, CrossEncoderJudge, windows
from footnote.rag.check.support import check_support
from footnote.rag.errors import ModelError, SettingsError
from footnote.rag.model.judge import ChatJudge, chosen_judge
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


class TestChatJudge(SupportContract):
    @pytest.fixture
    def check(self):
        def chat(asked: Messages) -> str:
            source, claim = re.findall(r"(?s)<<(?:source|statement) \w+>>\n(.*?)\n<<end", asked.user)
            return (
                "SUPPORTED\nIt says so." if claim.strip() and claim in source else "UNSUPPORTED\nIt does not."
            )

        return ChatJudge(chat)


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


def test_a_chat_model_judges_with_the_source_before_it():
    seen = []

    def chat(asked: Messages) -> str:
        seen.append(asked)
        return "PARTIAL\nThe hour is missing."

    found = ChatJudge(chat)("The ferry sails.", EVIDENCE)
    assert (found.verdict, found.score, found.reason) == (Verdict.PARTIAL, 0.5, "The hour is missing.")
    assert EVIDENCE[0] in seen[0].user


@pytest.mark.parametrize("reply", ["", "{}", "I think so.", "supportedly", "It is supported."])
def test_a_reply_that_cannot_be_read_is_no_support(reply):
    found = ChatJudge(lambda _: reply)("A.", EVIDENCE)
    assert (found.verdict, found.score) == (Verdict.UNSUPPORTED, 0.0)


def test_a_model_that_cannot_be_reached_is_no_support_and_says_why():
    def chat(_: Messages) -> str:
        raise ModelError("The model's server does not answer.")

    assert "does not answer" in ChatJudge(chat)("A.", EVIDENCE).reason


def test_the_setting_names_the_judge(tmp_path):
    assert chosen_judge(Settings(home=tmp_path)) is check_support
    with pytest.raises(SettingsError, match="FOOTNOTE_MODEL"):
        chosen_judge(Settings(home=tmp_path, judge="model"))
    with pytest.raises(EncoderError, match="no/such/judge"):
        chosen_judge(Settings(home=tmp_path, judge=str(tmp_path / "no/such/judge")))
