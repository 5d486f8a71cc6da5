"""The chat model as judge, and the choice among the judges."""

import re

import pytest

from footnote import Settings
from footnote.ingest.errors import EncoderError
from footnote.ingest.library.library import open_library
from footnote.prompts import Messages
from footnote.rag.assistant import Assistant
from footnote.rag.check.support import check_support
from footnote.rag.errors import ModelError, SettingsError
from footnote.rag.model.judge import ChatJudge, chosen_judge
from footnote.rag.types import Verdict
from tests.contracts.support import SupportContract

EVIDENCE = ["The ferry sails at nine."]


class TestChatJudge(SupportContract):
    @pytest.fixture
    def check(self):
        def chat(asked: Messages) -> str:
            source, claim = re.findall(r"(?s)<<(?:source|statement) \w+>>\n(.*?)\n<<end", asked.user)
            return (
                "SUPPORTED\nIt says so." if claim.strip() and claim in source else "UNSUPPORTED\nIt does not."
            )

        return ChatJudge(chat)


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


def test_the_judge_of_an_assistant_is_closed_with_it(tmp_path, fake_encoder):
    ended = []
    library = open_library(tmp_path / "home", fake_encoder.name, fake_encoder.dimension)
    judge = ChatJudge(lambda _: "supported", lambda: ended.append(True))
    with Assistant(Settings(home=tmp_path / "home"), library, fake_encoder, check=judge):
        assert not ended
    assert ended == [True]
