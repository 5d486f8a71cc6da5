"""Footnote for LangChain's users, and LangChain for Footnote: real LangChain, a server of ours."""

import subprocess
import sys
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from footnote.prompts import Messages
from footnote.rag.answer.answerer import Meter
from footnote.rag.errors import ModelError
from footnote.rag.model.chat import NO_KEY, Chat, Limits, connect, split_name
from footnote.rag.model.faults import Server
from footnote.rag.model.generative import writer
from footnote.rag.settings import WITHHELD, Settings
from tests.misbehaving_server import ModelServer, says

GOOD = "The city closed the bridge on Monday [1]. Ferries run every ten minutes [2]."
LIMITS = Limits(1, 1, 1, 3, 0, 500)
ASKED = Messages("Be brief.", "What happened?")


def chat(model):
    return Chat(Server("fake:model", "fake", "FAKE_KEY"), model, LIMITS)


class Scripted(BaseChatModel):
    """A chat model of another provider: its own name for the end, content in blocks, usage."""

    reason: dict[str, Any] = {"stop_reason": "end_turn"}
    parts: list[Any] = ["It ", [{"type": "text", "text": "closed"}], "."]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(
            generations=[ChatGeneration(message=AIMessage("It closed.", response_metadata=self.reason))]
        )

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for part in self.parts:
            yield ChatGenerationChunk(message=AIMessageChunk(content=part))
        usage = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
        yield ChatGenerationChunk(
            message=AIMessageChunk(content="", response_metadata=self.reason, usage_metadata=usage)
        )


class NoStream(Scripted):
    """A model that cannot stream."""

    _stream = BaseChatModel._stream


@pytest.mark.parametrize("model", [Scripted(), NoStream()])
@pytest.mark.parametrize(("reason", "ended"), [({"stop_reason": "end_turn"}, "stop"), ({"finish_reason": "STOP"}, "stop"),
                                               ({"done_reason": "length"}, "length"), ({"finish_reason": "MAX_TOKENS"}, "length"),
                                               ({"finish_reason": "SAFETY"}, "safety"), ({}, "")])  # fmt: skip
def test_any_providers_words_for_the_end_are_understood(model, reason, ended):
    meter = Meter(1000)
    assert chat(model.model_copy(update={"reason": reason})).complete(ASKED, meter) == ("It closed.", ended)


def test_usage_of_any_provider_is_counted():
    meter = Meter(1000)
    chat(Scripted()).complete(ASKED, meter)
    assert (meter.prompt, meter.completion, meter.estimated, meter.left) == (7, 3, False, 990)


def test_a_fake_of_langchains_own_is_asked_in_the_same_way():
    model = GenericFakeChatModel(messages=iter([AIMessage("It closed in 1951.")]))
    text, ended = chat(model).complete(ASKED, Meter(1000))
    assert text == "It closed in 1951."
    assert ended == ""  # it says no reason to end, so its answer counts as cut short


def test_an_error_nobody_thought_of_is_one_sentence():
    class Exploding(Scripted):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            raise RuntimeError("sk-secret at /home/user")
            yield

    with pytest.raises(ModelError) as caught:
        chat(Exploding()).complete(ASKED, Meter(1000))
    assert str(caught.value) == "The model at fake failed. Ask again later."


@pytest.mark.parametrize(
    ("model", "base_url", "expected"),
    [
        ("openai:gpt-4.1-mini", "", ("openai", "gpt-4.1-mini")),
        ("ollama:llama3.2:3b", "", ("ollama", "llama3.2:3b")),
        ("llama3.2:3b", "http://127.0.0.1:11434/v1", ("openai", "llama3.2:3b")),
        ("openai:my:model", "http://127.0.0.1:8080/v1", ("openai", "my:model")),
        ("gpt-4.1-mini", "", ("", "gpt-4.1-mini")),
    ],
)
def test_names_of_models_may_hold_colons(tmp_path, model, base_url, expected):
    assert split_name(Settings(home=tmp_path, model=model, base_url=base_url)) == expected


def test_a_known_model_says_its_window(tmp_path):
    model = connect(Settings(home=tmp_path, model="openai:gpt-4o-mini", api_key="x"))
    assert model.window == 128_000
    model.close()


def test_langchain_is_loaded_only_when_a_model_is_asked():
    code = (
        "import sys, footnote.rag.assistant, footnote.rag.model.generative, footnote.rag.model.chat;"
        "from footnote import Settings;"
        "from footnote.rag.model.generative import writer; writer(Settings(home='x', model='openai:x'), None);"
        "print([m for m in sys.modules if m.startswith(('langchain', 'openai', 'httpx'))])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


def test_a_writer_connects_once(tmp_path):
    made = []

    def connect_once(settings):
        made.append(settings)
        return chat(Scripted())

    model = writer(Settings(home=tmp_path, model="fake:model"), None, connect_once)
    model.warm()
    model.warm()
    assert len(made) == 1
    model.close()


def test_a_server_of_ones_own_needs_no_key_and_openai_does(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ModelServer(says(GOOD)) as server:
        own = connect(Settings(home=tmp_path, model="openai:test", base_url=server.url))
        assert own.complete(ASKED, Meter(1000))[0] == GOOD
        own.close()
    assert server.exchanges[0].headers["authorization"] == f"Bearer {NO_KEY}"
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        connect(Settings(home=tmp_path, model="openai:test"))


def test_a_server_that_gets_no_key_gets_none_of_the_environments_headers_either(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway-Key: hush\nAuthorization: Bearer shush")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    for key, told in ((WITHHELD, False), ("sk-given", True)):
        with ModelServer(says(GOOD)) as server:
            chosen = Settings(home=tmp_path, model="openai:test", base_url=server.url, api_key=key)
            chat = connect(chosen)
            assert chat.complete(ASKED, Meter(1000))[0] == GOOD
            chat.close()
        headers = str(dict(server.exchanges[0].headers))
        assert all((word in headers) is told for word in ("hush", "org-mine"))


def test_a_provider_whose_client_would_send_more_is_not_asked_where_a_folder_says(tmp_path):
    chosen = Settings(home=tmp_path, model="anthropic:x", base_url="http://127.0.0.1:1", api_key=WITHHELD)
    with pytest.raises(ModelError, match="set FOOTNOTE_BASE_URL"):
        connect(chosen)
