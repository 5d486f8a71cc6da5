"""Footnote as a model: real clients of others ask it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest

QUESTION = "Who designed the harbour bridge?"


@pytest.fixture
def client(served):
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0) as found:
        yield found


def ask(client, question=QUESTION, **more):
    messages = [{"role": "user", "content": question}]
    return client.chat.completions.create(**{"model": "footnote", "messages": messages, **more})


def test_the_openai_client_gets_an_answer_with_markers_and_what_they_stand_for(client, served):
    completion = ask(client)
    content, told = completion.choices[0].message.content, completion.model_extra["footnote"]
    assert "Hedda Krogh" in content
    assert "[1]" in content
    assert completion.choices[0].finish_reason == "stop"
    assert told["short_answer"]["text"] == "Hedda Krogh"
    assert 0 < told["confidence"] <= 1
    for sentence in told["sentences"]:
        assert sentence["support"]["verdict"] == "supported"
        shown = content[sentence["start"] : sentence["end"]]
        assert all(f"[{n}]" in shown for n in sentence["citations"])
        assert shown.startswith(sentence["text"][:-1])
    for citation in told["citations"]:
        quoted = citation["paragraph_text"][citation["quote_start"] : citation["quote_end"]]
        assert quoted == citation["quote"]
    assert told["answer"] == served.assistant.ask(QUESTION).text


def test_a_stream_says_the_same_and_ends_with_what_the_markers_stand_for(client):
    whole = ask(client, "How do heat pumps work in the valley?")
    pieces = list(
        ask(
            client,
            "How do heat pumps work in the valley?",
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    said = [p.choices[0].delta.content for p in pieces if p.choices and p.choices[0].delta.content]
    assert "".join(said) == whole.choices[0].message.content
    assert len(said) == len(whole.model_extra["footnote"]["sentences"]) > 1
    last = next(p for p in pieces if p.choices and p.choices[0].finish_reason)
    mine, theirs = last.model_extra["footnote"], whole.model_extra["footnote"]
    assert {**mine, "timings_ms": 0} == {**theirs, "timings_ms": 0}
    assert pieces[-1].usage == whole.usage


def test_with_sources_each_footnote_stands_under_the_answer_and_is_no_part_of_what_was_said(client):
    completion = ask(client, model="footnote-sources")
    content = completion.choices[0].message.content
    assert (
        "\n\nSources:\n[1] City closes harbour bridge after cracks are found, paragraph 15: “Opened"
        in content
    )
    said = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": content},
        {"role": "user", "content": "When did she open it?"},
    ]
    told = ask(client, messages=said).model_extra["footnote"]
    assert "1931" in told["answer"]


def test_a_refusal_is_an_answer(client):
    told = ask(client, "Who won the chess olympiad of 1984?").model_extra["footnote"]
    assert told["refused"]
    assert told["citations"] == []
    assert told["closest"]


def test_the_articles_that_may_answer_can_be_named(client):
    chosen = {"footnote": {"articles": ["ferry-network.md"]}}
    assert ask(client, extra_body=chosen).model_extra["footnote"]["refused"]
    with pytest.raises(openai.NotFoundError, match=r"No article goes by “nothing\.md”"):
        ask(client, extra_body={"footnote": {"articles": ["nothing.md"]}})


def test_a_system_message_is_not_followed_and_that_is_said(client):
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    notices = ask(client, messages=said, temperature=0.2).model_extra["footnote"]["notices"]
    assert any("was not used" in n for n in notices)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError, "There is no model “gpt-5” here"),
        ({"messages": [{"role": "assistant", "content": "Hm."}]}, openai.BadRequestError, "last message"),
        ({"messages": []}, openai.BadRequestError, "messages"),
        ({"messages": [{"role": "user", "content": "  "}]}, openai.BadRequestError, "The question is empty"),
        ({"n": 2}, openai.BadRequestError, "“n”"),
        ({"store": True}, openai.BadRequestError, "“store”"),
        ({"response_format": {"type": "json_object"}}, openai.BadRequestError, "answers in text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            openai.BadRequestError,
            "reads text only",
        ),
        ({"messages": [{"role": "user", "content": "a" * 5000}]}, openai.BadRequestError, "at most 4,000"),
        ({"extra_body": {"footnote": {"article": ["x"]}}}, openai.BadRequestError, "footnote.article"),
        ({"extra_body": {"footnote": {"since": "yesterday"}}}, openai.BadRequestError, "yesterday"),
    ],
)
def test_what_cannot_be_used_is_an_error_of_openais_form(client, given, error, words):
    with pytest.raises(error, match=words):
        ask(client, **given)


def test_a_stream_that_cannot_begin_is_an_error_with_a_status(client):
    with pytest.raises(openai.BadRequestError, match="The question is empty"):
        ask(client, " ", stream=True)


def test_half_a_surrogate_pair_is_answered(served):
    body = (
        '{"model": "footnote", "messages": [{"role": "user", "content": "\\ud800 Who designed the bridge?"}]}'
    )
    kind = {"Content-Type": "application/json"}
    sent = httpx.post(f"{served.url}/v1/chat/completions", content=body, headers=kind, timeout=60)
    assert sent.status_code == 200
    assert sent.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("text", ["\ud800", "the bridge \udfff"])
def test_a_vector_of_half_a_surrogate_pair_is_returned(served, text):
    body = json.dumps({"model": "all-MiniLM-L6-v2", "input": [text]})
    kind = {"Content-Type": "application/json"}
    sent = httpx.post(f"{served.url}/v1/embeddings", content=body, headers=kind, timeout=60)
    assert len(sent.json()["data"][0]["embedding"]) == 384


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "GET", "PUT"])
@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/api", "/api/articles/a%0Ab", "/metrics/x"])
def test_what_no_door_takes_is_an_error_of_openais_form_too(served, method, path):
    sent = httpx.request(method, served.url + path)
    assert sent.status_code == 404, sent.text
    assert set(sent.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [("GET", "/api/ask", "POST"), ("PUT", "/api/articles", "GET, POST"), ("DELETE", "/v1/models", "GET")],
)
def test_a_method_that_an_address_does_not_take_is_told_what_it_takes(served, method, path, taken):
    sent = httpx.request(method, served.url + path)
    assert (sent.status_code, sent.headers["Allow"]) == (405, taken)
    assert sent.json()["error"]["code"] == "method_not_allowed"


def test_the_models_are_listed(client):
    assert [m.id for m in client.models.list()] == ["footnote", "footnote-sources", "all-MiniLM-L6-v2"]
    assert client.models.retrieve("footnote").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-5")


def test_vectors_are_those_that_search_uses(client, encoder):
    texts = ["heat pumps", "the harbour bridge"]
    found = client.embeddings.create(model="all-MiniLM-L6-v2", input=texts)
    listed = client.embeddings.create(model="all-MiniLM-L6-v2", input=texts, encoding_format="float")
    expected = encoder.encode(texts)
    for form in (found, listed):
        assert np.allclose([d.embedding for d in form.data], expected, atol=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        {"input": []},
        {"input": ""},
        {"input": [1, 2]},
        {"input": "word " * 400},
        {"input": "x", "dimensions": 8},
    ],
)
def test_vectors_that_would_be_something_else_are_refused(client, given):
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="all-MiniLM-L6-v2", **given)


def test_langchain_openai_asks_and_streams(served):
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    model = ChatOpenAI(model="footnote", base_url=f"{served.url}/v1", api_key="none", max_retries=0)
    answer = model.invoke([("system", "Be kind."), ("human", QUESTION)])
    assert "Hedda Krogh" in answer.content
    assert answer.usage_metadata["output_tokens"] > 5
    assert "".join(p.content for p in model.stream(QUESTION)) == answer.content
    vectors = OpenAIEmbeddings(
        model="all-MiniLM-L6-v2",
        base_url=f"{served.url}/v1",
        api_key="none",
        check_embedding_ctx_length=False,
    )
    assert np.allclose(vectors.embed_query("bees"), served.assistant.encoder.encode(["bees"])[0], atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_llm_asks(served, tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    from llm.default_plugins.openai_models import Chat

    model = Chat("footnote", model_name="footnote", api_base=f"{served.url}/v1")
    for stream in (False, True):
        assert "Hedda Krogh" in model.prompt(QUESTION, stream=stream, key="none").text()


def test_the_example_of_the_page_runs(served, capsys):
    text = (Path(__file__).parents[3] / "docs" / "programs.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    exec(compile(code.replace("http://127.0.0.1:7860", served.url), "programs.md", "exec"), {})
    said = capsys.readouterr().out
    assert "[1]" in said
    assert "Hedda Krogh" in said
