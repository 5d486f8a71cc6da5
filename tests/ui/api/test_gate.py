"""Who comes in, how often, with how much; and what is noted of it."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from starlette.exceptions import HTTPException

from footnote.rag.settings import Settings
from footnote.ui.api.gate import MEBI, Rate, _Bounded
from footnote.ui.api.keys import Keys
from footnote.ui.api.watch import JsonLines
from tests.ui.api.conftest import calling

ASK = {"question": "When was the lighthouse built?"}
OUTSIDE = ("192.0.2.7", 4711)


@pytest.fixture
def at(assistant, tmp_path, fake_encoder):
    """Return the stand-in for the assistant with a folder for keys."""
    assistant.encoder = fake_encoder
    assistant.settings = Settings(home=tmp_path / "home", api_rate=0)
    assistant.library.home = tmp_path / "home"
    (tmp_path / "home").mkdir()
    return assistant


def key_of(assistant, scope="read"):
    return {"Authorization": f"Bearer {Keys(assistant.settings.home).add(scope, scope)[1]}"}


def test_on_this_computer_every_program_comes_in_while_there_is_no_key(at, tmp_path):
    with calling(at, tmp_path) as client:
        assert client.post("/api/ask", json=ASK).status_code == 200
        assert client.get("/v1/models/footnote", headers={"Authorization": "Bearer none"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/api/jobs", "/api/nothing", "/mcp"])
@pytest.mark.parametrize(
    "how",
    [
        {"password": "hush"},
        {"exposed": True},
        {"client": OUTSIDE},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"X-Forwarded-Proto": "https"}},
        {"headers": {"Via": "1.1 proxy"}},
        {"key": True},
    ],
    ids=["password", "exposed", "outside", "proxy", "proxy-of-tls", "proxy-by-name", "keys"],
)
def test_elsewhere_a_key_is_needed(at, tmp_path, path, how):
    how = dict(how)
    headers = how.pop("headers", {})
    wrong = {"Authorization": "Bearer fn_wrong", **headers}
    if how.pop("key", False):
        key_of(at, "write")
    with calling(at, tmp_path, **how) as client:
        for sent in (headers, wrong):
            refused = client.get(path, headers=sent)
            assert refused.status_code == 401
            assert refused.json()["error"]["code"] == "invalid_api_key"
        assert client.get(path, headers={**key_of(at), **headers}).status_code in (200, 404, 405, 501)


def test_a_key_for_reading_changes_nothing(at, tmp_path):
    with calling(at, tmp_path, password="hush") as client:
        read, write = key_of(at), key_of(at, "write")
        refused = client.post("/api/articles", json={"text": "x"}, headers=read)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "read_only_key"
        assert client.delete("/api/jobs/x", headers=read).status_code == 403
        assert client.delete("/api/articles/x", headers=read).status_code == 403
        assert client.delete("/api/jobs/x", headers=write).status_code == 404


def test_a_key_that_is_removed_opens_nothing_from_the_next_request_on(at, tmp_path):
    with calling(at, tmp_path, password="hush") as client:
        headers = key_of(at)
        assert client.get("/v1/models/footnote", headers=headers).status_code == 200
        Keys(at.settings.home).remove("read")
        assert client.get("/v1/models/footnote", headers=headers).status_code == 401


def test_when_the_keys_cannot_be_read_nobody_comes_in(at, tmp_path):
    (at.settings.home / "keys.json").write_text("{")
    with calling(at, tmp_path) as client:
        assert client.get("/api/articles").status_code == 503


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://[::1"},
        {"Origin": "127.0.0.1:7860"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_is_not_let_in_without_a_key(at, tmp_path, headers):
    with calling(at, tmp_path) as client:
        refused = client.post("/api/articles", files={"file": ("a.txt", b"words")}, headers=headers)
        assert refused.status_code == 403
        assert client.post("/api/ask", json=ASK, headers=headers).status_code == 403
        assert client.get("/api/articles", headers=headers).status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_a_page_of_this_site_is_let_in(at, tmp_path):
    own = {"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    with calling(at, tmp_path) as client:
        assert client.post("/api/ask", json=ASK, headers=own).status_code == 200


def test_too_many_requests_are_told_when_to_come_again(at, tmp_path):
    at.settings = Settings(home=at.settings.home, api_rate=6)
    with calling(at, tmp_path) as client:
        statuses = [client.get("/v1/models/footnote").status_code for _ in range(4)]
        refused = client.get("/v1/models/footnote")
    assert statuses[:2] == [200, 200]
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 10


def test_keys_that_are_none_are_slowed_down_and_a_key_is_not(at, tmp_path):
    at.settings = Settings(home=at.settings.home, api_rate=6)
    with calling(at, tmp_path, password="hush") as client:
        wrong = [client.get("/v1/models/footnote", headers={"X-API-Key": f"fn_{n}"}) for n in range(4)]
        assert [reply.status_code for reply in wrong] == [401, 401, 429, 429]
        assert client.get("/v1/models/footnote", headers=key_of(at)).status_code == 200


def test_a_body_that_the_guard_gave_up_is_no_bug(at, tmp_path, caplog):
    def endless():
        for _ in range(60):
            yield bytes(1 << 20)

    with calling(at, tmp_path) as client:
        told = client.post("/api/articles", content=endless(), headers={"Content-Type": "application/json"})
    assert told.status_code == 413
    assert "a request failed" not in caplog.text


def test_a_bucket_fills_evenly():
    now = [0.0]
    rate = Rate(60, now=lambda: now[0])
    assert [rate.wait("a") for _ in range(20)] == [0.0] * 20
    assert rate.wait("a") == 1.0
    assert rate.wait("b") == 0.0
    now[0] = 1.0
    assert rate.wait("a") == 0.0
    assert rate.wait("a") == 1.0


def test_every_answer_has_the_id_of_its_request(at, tmp_path):
    with calling(at, tmp_path) as client:
        given = client.get("/v1/models/footnote", headers={"X-Request-ID": "trace-1"})
        forged = client.get("/v1/models/footnote", headers={"X-Request-ID": "x" * 200})
    assert given.headers["x-request-id"] == "trace-1"
    assert len(forged.headers["x-request-id"]) == 16


def test_figures_and_log_tell_of_requests_and_hold_no_word_of_them(at, tmp_path, caplog):
    words = "zanzibar lighthouse questions"
    with calling(at, tmp_path) as client, caplog.at_level(logging.INFO, logger="footnote"):
        client.post("/api/ask", json={"question": words})
        client.get(f"/api/articles/{words}")
        at.fail = RuntimeError(words)
        assert client.post("/api/ask", json={"question": words}).status_code == 500
        figures = client.get("/metrics").text
    assert 'footnote_http_requests_total{method="POST",route="/api/ask",status="200"} 1.0' in figures
    assert 'status="500"' in figures
    assert 'footnote_replies_total{answerer="fake",kind="answer"} 1.0' in figures
    lines = [JsonLines().format(record) for record in caplog.records]
    asked = [json.loads(line) for line in lines]
    assert {"/api/ask", "/api/articles/{article:path}"} <= {a.get("route") for a in asked}
    assert all(a["request_id"] for a in asked if a["message"] == "request")
    assert any(a.get("error") == "RuntimeError" for a in asked)
    for word in words.split():
        assert word not in figures
        assert not any(word in line for line in lines)


def test_a_bug_gives_nothing_away(at, tmp_path, caplog):
    at.fail = RuntimeError("secret words")
    with calling(at, tmp_path) as client:
        told = client.post("/api/ask", json=ASK)
    assert told.status_code == 500
    assert "secret" not in told.text
    assert told.headers["x-request-id"] in told.json()["error"]["message"]
    assert "secret words" in caplog.text  # in the log of whoever runs it, with its traceback


def test_a_stream_that_fails_after_it_began_ends_with_the_error(at, tmp_path):
    def breaks(question, **_):
        yield at.ask(question)
        raise RuntimeError("hush")

    at.stream = breaks
    with calling(at, tmp_path) as client:
        lines = client.post("/api/ask", json={**ASK, "stream": True}).text.splitlines()
        said = {
            "model": "footnote",
            "stream": True,
            "messages": [{"role": "user", "content": ASK["question"]}],
        }
        events = client.post("/v1/chat/completions", json=said).text
    assert json.loads(lines[-1])["error"]["code"] == "internal_error"
    assert '"code":"internal_error"' in events
    assert events.endswith("data: [DONE]\n\n")
    assert "hush" not in events


def test_a_request_that_takes_too_long_is_told_so(at, tmp_path):
    import threading

    at.settings = Settings(home=at.settings.home, api_seconds=0.2)
    at.hold = threading.Event()
    with calling(at, tmp_path) as client:
        told = client.post("/api/ask", json=ASK)
        at.hold.set()
    assert told.status_code == 504
    assert told.json()["error"]["code"] == "timeout"


def test_a_body_is_counted_while_it_is_read():
    asked = []

    async def receive():
        asked.append(1)
        return {"type": "http.request", "body": b"x" * 400_000, "more_body": True}

    async def read():
        bounded = _Bounded(receive, MEBI)
        while True:
            await bounded()

    with pytest.raises(HTTPException, match="larger than 1 MB"):
        asyncio.run(read())
    assert len(asked) == 3
