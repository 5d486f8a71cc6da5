"""Traces: the spans of a request belong together, and none of them holds a word of what was asked or said."""

from __future__ import annotations

import json

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from footnote import Settings
from footnote.rag.errors import SettingsError
from footnote.ui.api import traces
from footnote.ui.api.traces import NO_TRACES, Tracer
from tests.ui.api.conftest import HERE, doors

QUESTION = "Who designed the harbour bridge?"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def kept(monkeypatch):
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(traces, "sending", lambda address: SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def client(kept, sample_assistant, tmp_path):
    from dataclasses import replace

    settings = replace(sample_assistant.settings, traces="http://127.0.0.1:4317")
    with TestClient(doors(replace(sample_assistant, settings=settings), tmp_path), client=HERE) as client:
        yield client


def test_a_request_and_its_reply_are_spans_of_one_trace(client, kept):
    reply = client.post("/api/ask", json={"question": QUESTION}, headers={"traceparent": PARENT})
    assert reply.status_code == 200
    answer, request = kept.get_finished_spans()
    assert (answer.name, request.name) == ("answer", "POST /api/ask")
    assert answer.parent.span_id == request.context.span_id
    assert format(request.context.trace_id, "032x") in PARENT
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["footnote.request_id"] == reply.headers["x-request-id"]
    assert answer.attributes["footnote.reply"] == "answer"
    assert answer.attributes["footnote.citations"] == len(reply.json()["citations"])


def test_a_stream_has_its_span_too(client, kept):
    body = {"model": "footnote", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    client.post("/v1/chat/completions", json=body)
    assert [span.name for span in kept.get_finished_spans()] == ["answer", "POST /v1/chat/completions"]


def test_no_span_holds_a_word_of_what_was_asked_or_said(client, kept):
    client.post("/api/ask", json={"question": QUESTION})
    client.post("/api/search", json={"query": "zanzibarish bridge"})
    client.post("/api/check", json={"text": "The bridge was designed by Hedda Krogh."})
    client.post("/api/ask", json={"question": "", "zanzibarish": 1})
    client.post("/api/ask", json={"question": QUESTION, "articles": ["zanzibarish"]})
    client.request("ZANZIBARISH", "/api/zanzibarish")
    told = json.dumps([json.loads(span.to_json()) for span in kept.get_finished_spans()]).lower()
    assert told.count("post /api/ask") == 3
    for word in ("bridge", "krogh", "harbour", "zanzibarish"):
        assert word not in told


def test_a_models_request_is_a_span_with_its_tokens_and_without_its_words(kept):
    from langchain_core.language_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    usage = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
    tracer = Tracer.to("http://127.0.0.1:4317")
    model = GenericFakeChatModel(messages=iter([AIMessage("Goats.", usage_metadata=usage)]))
    with tracer.span("answer"):
        config = tracer.config()
    model.invoke("What grazes?", config)
    with pytest.raises(StopIteration):
        model.invoke("What grazes?", config)
    answer, good, bad = kept.get_finished_spans()
    assert good.parent.span_id == bad.parent.span_id == answer.context.span_id
    assert (good.attributes["gen_ai.usage.input_tokens"], good.attributes["gen_ai.usage.output_tokens"]) == (
        7,
        3,
    )
    assert bad.attributes["error.type"]
    assert not {"Goats", "grazes"} & set(
        json.dumps([good.to_json(), bad.to_json()]).replace(".", " ").split()
    )


def test_without_the_setting_nothing_is_made_and_nothing_imported():
    with NO_TRACES.request({}) as told:
        told.tell("x", a__b=1)
    assert NO_TRACES.config() == {}
    assert Tracer.to("") == NO_TRACES


def test_what_is_no_address_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="traces must be an address"):
        Settings(home=tmp_path, traces="localhost:4317")


def test_where_it_is_not_installed_the_reason_is_given(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"pip install 'footnote\[traces\]'"):
        Tracer.to("http://127.0.0.1:4317")
