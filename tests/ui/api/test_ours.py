"""`/api`: the JSON contracts of the command over HTTP, on a real library."""

from __future__ import annotations

import html
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from footnote import Assistant, Settings
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome
from footnote.rag.review import check_text
from footnote.ui.page.page import Page
from tests.ui.api.conftest import beside, doors, running

QUESTION = "Who designed the harbour bridge?"


@pytest.fixture
def client(served):
    with httpx.Client(base_url=f"{served.url}/api", timeout=120) as found:
        yield found


def timeless(value):
    return {**value, "timings_ms": 0}


def test_ask_gives_what_the_assistant_says(client, served):
    found = client.post("/ask", json={"question": QUESTION}).json()
    assert timeless(found) == timeless(json.loads(json.dumps(served.assistant.ask(QUESTION).as_json())))


def test_a_conversation_is_heard(client):
    history = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "Hedda Krogh designed the harbour bridge [1]."},
    ]
    found = client.post("/ask", json={"question": "When did it open?", "history": history}).json()
    assert "1931" in found["answer"]


def test_a_stream_grows_line_by_line_to_the_whole(client):
    body = {"question": "How do heat pumps work in the valley?", "stream": True}
    with client.stream("POST", "/ask", json=body) as sent:
        lines = [json.loads(line) for line in sent.iter_lines()]
    counts = [len(line["sentences"]) for line in lines]
    assert counts == sorted(set(counts))
    assert len(counts) > 1
    assert [line["complete"] for line in lines] == [False] * (len(lines) - 1) + [True]


def test_search_summarise_and_check_say_what_the_assistant_says(client, served):
    found = client.post("/search", json={"query": "heat pumps", "k": 3}).json()
    assert found == {"passages": [p.as_json() for p in served.assistant.search("heat pumps", k=3)]}
    summary = client.post("/summarise", json={"articles": ["ferry-network.md"], "words": 60}).json()
    assert timeless(summary) == timeless(served.assistant.summarise(["ferry-network.md"], words=60).as_json())
    draft = "The harbour bridge was designed by Hedda Krogh. The ferry was designed by Olaf Berg."
    checked = client.post("/check", json={"text": draft}).json()
    assert checked == check_text(draft, served.assistant).as_json()
    verdicts = [s["support"]["verdict"] for s in checked["sentences"]]
    assert verdicts[0] == "supported"
    assert verdicts[1] != "supported"


def test_a_text_is_summarised_without_becoming_an_article(client):
    before = client.get("/articles").json()["total"]
    text = "The mill was built in 1820. It burned down in 1901. A farmer rebuilt it with his own hands."
    assert client.post("/summarise", json={"text": text}).json()["summary"]
    assert client.get("/articles").json()["total"] == before


def test_a_text_becomes_an_article_that_answers_and_goes_again(client):
    text = "The lighthouse of Tarn was painted green in 2019 by Olga Winther.\n\nIts keeper is called Aske."
    sent = client.post("/articles", json={"text": text, "title": "Tarn"}, params={"wait": 60})
    assert sent.status_code == 200, sent.text
    job = sent.json()
    assert (job["state"], job["outcomes"][0]["status"]) == ("done", "added")
    article = job["outcomes"][0]["article_id"]
    assert client.get(f"/jobs/{job['id']}").json() == job
    assert (
        "Olga Winther"
        in client.post("/ask", json={"question": "Who painted the lighthouse?"}).json()["answer"]
    )
    held = client.get(f"/articles/{article}").json()
    assert (held["title"], len(held["paragraphs"])) == ("Tarn", 2)
    assert client.get("/articles", params={"title": "tarn"}).json()["total"] == 1
    assert client.delete(f"/articles/{article}").json()["removed"]["article_id"] == article
    assert client.get(f"/articles/{article}").status_code == 404


def test_files_are_added_each_with_its_outcome(client):
    files = [
        ("file", ("boats.md", b"# Boats\n\nThe blue boat of Mika Lund sails at seven.\n", "text/markdown")),
        ("file", ("../../etc/odd.bin", b"\x00\x01\x02", "application/octet-stream")),
    ]
    job = client.post("/articles", files=files, params={"wait": 60}).json()
    assert job["sources"] == ["boats.md", "odd.bin"]
    assert [o["status"] for o in job["outcomes"]] == ["added", "rejected"]
    client.delete("/articles/boats.md")


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/ask", {"question": QUESTION, "articels": []}, 400, "“articels” is not known here."),
        ("/ask", {"question": None}, 400, "“question” must be a text."),
        ("/ask", {}, 400, "“question” is missing."),
        ("/ask", [], 400, ""),
        ("/ask", {"question": ""}, 400, "The question is empty"),
        ("/ask", {"question": QUESTION, "since": "yesterday"}, 400, "yesterday"),
        ("/ask", {"question": QUESTION, "articles": ["nothing.md"]}, 404, "nothing.md"),
        (
            "/ask",
            {"question": QUESTION, "history": [{"role": "system", "content": "x"}]},
            400,
            "history.0.role",
        ),
        ("/search", {"query": "x", "k": 0}, 400, "“k” must be at least 1."),
        ("/search", {"query": "x", "k": 10_000}, 400, "“k” must be at most 1000."),
        ("/summarise", {}, 400, "one of the two"),
        ("/summarise", {"articles": ["ferry-network.md"], "text": "x"}, 400, "one of the two"),
        ("/summarise", {"text": "x" * 500_000}, 400, "at most 400,000"),
        ("/check", {"text": ""}, 400, "no sentence"),
        ("/check", {"text": "x", "against": "a", "articles": []}, 400, "not both"),
        ("/articles", {"text": "x", "links": ["https://example.org"]}, 400, "one of the two"),
        ("/articles", {"links": ["/etc/passwd"]}, 400, "does not begin with"),
        ("/articles", {"links": ["file:///etc/passwd"]}, 400, "does not begin with"),
        ("/nothing", {}, 404, "nothing under this address"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_form(client, path, body, status, words):
    sent = client.post(path, json=body)
    assert sent.status_code == status, sent.text
    error = sent.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert words in error["message"]
    assert "nput should" not in error["message"]


@pytest.mark.parametrize("body", ["{", "", '{"question": "' + "x" * 20, "\xff"])
def test_what_is_not_json_is_told(client, body):
    sent = client.post("/ask", content=body.encode("latin-1"), headers={"Content-Type": "application/json"})
    assert sent.status_code == 400
    assert sent.json()["error"]["message"]


def test_half_a_surrogate_pair_where_a_number_belongs_is_told(client):
    body = json.dumps({"query": "x", "k": "\ud800"})
    sent = client.post("/search", content=body, headers={"Content-Type": "application/json"})
    assert (sent.status_code, sent.json()["error"]["message"]) == (
        400,
        "“k” holds half a character, which no word has.",
    )


def test_a_link_to_this_computer_is_not_read(client, served):
    job = client.post("/articles", json={"links": [f"{served.url}/healthz"]}, params={"wait": 60}).json()
    assert [o["status"] for o in job["outcomes"]] == ["rejected"]


def test_a_body_without_a_length_is_counted_while_it_is_read(client):
    def endless():
        for _ in range(40):
            yield b" " * 65_536

    got = client.post("/ask", content=endless(), headers={"Content-Type": "application/json"})
    assert got.status_code == 413
    assert "larger than 1 MB" in got.json()["error"]["message"]


def test_the_reference_lists_every_route_and_needs_nothing_from_elsewhere(client):
    schema = client.get("/openapi.json").json()
    page = html.unescape(client.get("/docs").text)
    for path, methods in schema["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page
    assert "/v1/chat/completions" in schema["paths"]
    assert "<script" not in page
    assert "http://" not in page.replace("http:// or https://", "")


def test_articles_are_arranged_and_asked_by_collection_and_tag(client):
    def arrange(act, name, **given):
        return client.post("/collections", json={"act": act, "name": name, **given})

    assert arrange("create", "Quays").json()["collections"] == [{"collection": "Quays", "articles": 0}]
    told = arrange("file", "quays", articles=["ferry-network.md"]).json()
    assert told == {"collections": [{"collection": "Quays", "articles": 1}], "tags": []}
    assert arrange("tag", "boats", articles=["ferry-network.md"]).json()["tags"] == [
        {"tag": "boats", "articles": 1}
    ]
    listed = client.get("/articles", params={"collection": "Quays", "tag": "boats"}).json()
    assert [a["collections"] for a in listed["articles"]] == [["Quays"]]
    within = {"collections": ["Quays"]}
    found = client.post("/search", json={"query": "heat pumps", **within}).json()["passages"]
    assert {p["article_id"] for p in found} == {listed["articles"][0]["article_id"]}
    told = client.post("/ask", json={"question": QUESTION, **within}).json()
    assert "1 of 16 articles, those in “Quays”" in told["answer"]
    checked = client.post("/check", json={"text": "Hedda Krogh designed it.", "tags": ["boats"]}).json()
    assert all(c["article_id"] == listed["articles"][0]["article_id"] for c in checked["citations"])
    assert arrange("delete", "Quays").json()["collections"] == []
    assert arrange("untag", "boats", articles=["ferry-network.md"]).json()["tags"] == []
    assert client.get("/articles").json()["total"] == 16
    assert client.post("/search", json={"query": "x", **within}).status_code == 404
    assert arrange("explode", "Quays").status_code in (400, 422)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/collections", {"act": "create", "name": ""}),
        ("/collections", {"act": "create", "name": "x" * 81}),
        ("/collections", {"act": "create", "name": "Taken"}),
        ("/collections", {"act": "rename", "name": "Taken", "to": " "}),
        ("/collections", {"act": "tag", "name": "", "articles": ["ferry-network.md"]}),
        ("/articles", {"text": "x", "collections": [""]}),
        ("/articles", {"text": "x", "tags": ["x" * 81]}),
    ],
)
def test_a_name_that_can_be_none_is_its_senders_fault(client, path, body):
    client.post("/collections", json={"act": "create", "name": "Taken"})
    try:
        sent = client.post(path, json=body)
    finally:
        client.post("/collections", json={"act": "delete", "name": "Taken"})
    assert (sent.status_code, sent.json()["error"]["code"]) == (400, "unusable_name"), sent.text


def test_who_waits_for_a_job_holds_nobody_up(sample_assistant, tmp_path):
    release = threading.Event()

    def store(articles):
        release.wait(60)
        yield from (Outcome(a.source, "added", "id", a.source, 1) for a in articles)

    page = Page(sample_assistant, uploads=tmp_path, store=store)
    with running(beside(page)) as url, httpx.Client(base_url=f"{url}/api", timeout=60) as client:
        job = client.post("/articles", json={"text": "The mill turns."}).json()
        assert job["state"] in ("waiting", "running")
        began = time.monotonic()
        with ThreadPoolExecutor(60) as pool:
            looks = [pool.submit(client.get, f"/jobs/{job['id']}", params={"wait": 2}) for _ in range(60)]
            assert {look.result().json()["state"] for look in looks} == {"running"}
        assert time.monotonic() - began < 10, "they waited one after the other"
        release.set()
        done = client.get(f"/jobs/{job['id']}", params={"wait": 30}).json()
    assert [o["status"] for o in done["outcomes"]] == ["added"]


def test_an_article_goes_while_others_are_being_added(tmp_path, fake_encoder):
    class Slow(type(fake_encoder)):
        def encode(self, texts):
            if any("mill" in text for text in texts):
                began.set()
                release.wait(60)
            return super().encode(texts)

    began, release, encoder = threading.Event(), threading.Event(), Slow()
    settings = Settings(home=tmp_path / "home", api_rate=0)
    with (
        open_library(settings.home, encoder.name, encoder.dimension) as library,
        running(doors(Assistant(settings, library, encoder), tmp_path)) as url,
        httpx.Client(base_url=f"{url}/api", timeout=20) as client,
    ):
        boat = {"text": "The blue boat sails at seven.", "title": "Boat"}
        (stored,) = client.post("/articles", json=boat, params={"wait": 20}).json()["outcomes"]
        job = client.post("/articles", json={"text": "The mill turns again."}).json()
        try:
            assert began.wait(20)
            assert client.delete(f"/articles/{stored['article_id']}").status_code == 200
            assert client.post("/collections", json={"act": "create", "name": "Quays"}).status_code == 200
        finally:
            release.set()
        assert client.get(f"/jobs/{job['id']}", params={"wait": 20}).json()["state"] == "done"


def test_what_is_added_is_put_where_it_says(client):
    text = {"text": "The keeper of Tarn is called Aske.", "title": "Tarn", "collections": ["Isles"]}
    job = client.post("/articles", json={**text, "tags": ["north"]}, params={"wait": 60}).json()
    article = job["outcomes"][0]["article_id"]
    try:
        told = client.get(f"/articles/{article}").json()
        assert (told["collections"], told["tags"]) == (["Isles"], ["north"])
        sent = client.post(
            "/articles",
            files=[("file", ("tarn.txt", b"The keeper of Tarn is called Aske."))],
            data={"collection": ["Isles", "Lights"]},
            params={"wait": 60},
        )
        assert sent.status_code == 200, sent.text
        assert client.get(f"/articles/{article}").json()["collections"] == ["Isles", "Lights"]
    finally:
        client.delete(f"/articles/{article}")
        for name in ("Isles", "Lights"):
            client.post("/collections", json={"act": "delete", "name": name})
