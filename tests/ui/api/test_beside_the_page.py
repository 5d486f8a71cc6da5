"""The doors in the real server: its headers, its password, its hosts; and none of them reaches another computer."""

from __future__ import annotations

import asyncio
from copy import copy

import httpx
import pytest
from starlette.testclient import TestClient

from footnote.rag.settings import Settings
from footnote.ui.api.keys import Keys
from footnote.ui.page.page import Page
from footnote.ui.web.server import HEADERS
from tests.offline_guard import block_sockets
from tests.ui.api.conftest import HERE, beside

ASK = {"question": "When was the lighthouse built?"}


@pytest.fixture
def key(run_fake_home):
    """Return a way to make a key for the server of these tests: what a header needs to show it."""
    made = []

    def make(scope):
        keys = Keys(run_fake_home)
        kept, secret = keys.add(f"{scope} {len(made)}", scope)
        made.append((keys, kept.id))
        return {"Authorization": f"Bearer {secret}"}

    yield make
    for keys, kept in made:
        keys.remove(kept)


def test_a_key_stands_for_the_password_at_the_doors_and_nowhere_else(run_fake, key):
    with run_fake("password", "kept") as (_, url), httpx.Client(base_url=url, timeout=60) as client:
        refused = client.post("/api/ask", json=ASK)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "invalid_api_key"
        shown = key("write")
        answered = client.post("/api/ask", json=ASK, headers=shown)
        assert answered.status_code == 200
        assert {name: answered.headers[name] for name in HEADERS} == HEADERS
        for path in ("/", "/config", "/gradio_api/info", "/v1x/models", "/export/x.md"):
            assert client.get(path, headers=shown).status_code in (303, 401), path
        assert client.get("/api/docs").status_code == 401
        assert client.post("/login", data={"password": "honey & salt"}).status_code == 303
        assert client.get("/api/docs").status_code == 200
        assert client.post("/api/ask", json=ASK).status_code == 401  # a cookie is no key


def test_another_name_for_this_computer_is_not_answered_to(run_fake):
    with run_fake() as (_, url), httpx.Client(base_url=url, timeout=60) as client:
        assert client.post("/api/ask", json=ASK).status_code == 200
        for path in ("/api/ask", "/v1/chat/completions", "/mcp"):
            assert client.post(path, json=ASK, headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/healthz").json()["status"] == "ok"
        assert 'route="page",status="200"' in client.get("/metrics").text


@pytest.mark.parametrize(
    "told",
    [
        {"X-Forwarded-For": "192.0.2.7"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "for=192.0.2.7"},
        {"X-Real-IP": "192.0.2.7"},
        {"Via": "1.1 proxy"},
    ],
    ids=lambda told: next(iter(told)),
)
def test_what_a_proxy_hands_on_needs_a_key_though_no_setting_names_the_proxy(run_fake, key, told):
    with run_fake("kept") as (_, url), httpx.Client(base_url=url, timeout=60) as client:
        for path in ("/v1/models", "/api/articles", "/metrics", "/mcp"):
            refused = client.get(path, headers=told)
            assert refused.status_code == 401, path
            assert refused.json()["error"]["code"] == "invalid_api_key"
        assert client.post("/api/ask", json=ASK).status_code == 200
        assert client.post("/api/ask", json=ASK, headers={**told, **key("read")}).status_code == 200


def test_behind_a_path_of_a_proxy_a_key_is_needed(run_fake, run_proxy, key):
    with (
        run_fake("path", "kept") as (_, url),
        run_proxy(url) as (_, shown),
        httpx.Client(timeout=60) as client,
    ):
        assert client.post(f"{shown}/notes/api/ask", json=ASK).status_code == 401
        assert client.post(f"{shown}/notes/api/ask", json=ASK, headers=key("read")).status_code == 200


def test_no_door_reaches_another_computer(served, monkeypatch):
    attempts = block_sockets(monkeypatch)
    said = {
        "model": "footnote",
        "messages": [{"role": "user", "content": "Who designed the harbour bridge?"}],
    }
    sent = {
        "/v1/chat/completions": said,
        "/v1/embeddings": {"model": "all-MiniLM-L6-v2", "input": "bees"},
        "/api/ask": {"question": "Who designed the harbour bridge?"},
        "/api/search": {"query": "bees"},
        "/api/summarise": {"articles": ["ferry-network.md"]},
        "/api/check": {"text": "Hedda Krogh designed the harbour bridge."},
    }
    with httpx.Client(base_url=served.url, timeout=120) as client:
        for path, body in sent.items():
            assert client.post(path, json=body).status_code == 200, path
        for path in (
            "/v1/models",
            "/api/articles",
            "/api/jobs",
            "/api/docs",
            "/api/openapi.json",
            "/metrics",
        ):
            assert client.get(path).status_code == 200, path
    assert attempts == []


def test_every_door_asks_with_the_language_model_that_was_chosen_on_the_page(
    assistant, tmp_path, fake_encoder
):
    assistant.encoder = fake_encoder
    assistant.settings = Settings(home=tmp_path)
    assistant.library.home = tmp_path
    page, chosen = Page(assistant, uploads=tmp_path), copy(assistant)
    chosen.asked = []
    question = ASK["question"]
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": ASK},
    }
    sent = {
        "/api/ask": ASK,
        "/v1/chat/completions": {"model": "footnote", "messages": [{"role": "user", "content": question}]},
        "/mcp": call,
    }
    accepted = {"Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-06-18"}
    with TestClient(beside(page), base_url="http://127.0.0.1:7860", client=HERE) as client:
        page.desk.assistant = chosen
        for path, body in sent.items():
            assert client.post(path, json=body, headers=accepted).status_code == 200, path
    assert assistant.asked == []
    assert [asked for asked, *_ in chosen.asked] == [question] * 3


def test_no_tool_reaches_another_computer(sample_assistant, monkeypatch):
    mcp = pytest.importorskip("mcp")
    from footnote.ui.api.mcp import Reach, build_server
    from footnote.ui.api.service import Service

    attempts = block_sockets(monkeypatch)

    async def talk():
        async with mcp.Client(
            build_server(Reach(Service(lambda: sample_assistant), asyncio.to_thread))
        ) as client:
            return await client.call_tool("ask", {"question": "Who designed the harbour bridge?"})

    assert "Hedda Krogh" in asyncio.run(talk()).content[0].text
    assert attempts == []
