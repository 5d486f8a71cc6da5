"""Choosing a language model on the page: the files and servers are real, and so is what is kept."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from footnote import Settings
from footnote.ingest.library.library import open_library
from footnote.rag.assistant import Assistant
from footnote.rag.model import chosen
from footnote.ui.page.page import Page
from footnote.ui.page.panels.settings import may_choose
from footnote.ui.state.conversations import Conversations
from footnote.ui.state.session import Session
from tests.conftest import HashingEncoder
from tests.misbehaving_server import ModelServer, says
from tests.rag.model.test_local import gguf

KEY = "sk-hosted-0123456789"


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(chosen, "SERVERS", ())
    for name in ("MODEL", "BASE_URL", "API_KEY", "HOME"):
        monkeypatch.delenv(f"FOOTNOTE_{name}", raising=False)
    encoder = HashingEncoder()
    with open_library(tmp_path / "library", encoder.name, encoder.dimension) as library:
        settings = Settings(home=tmp_path / "library", api_key=KEY)
        made = Page(
            Assistant(settings, library, encoder), uploads=tmp_path, conversations=Conversations(None)
        )
        yield made
        made.close()


@pytest.fixture
def listing(monkeypatch):
    """A server on loopback that lists what it is told to, as LM Studio does."""
    answer = {
        "looks": 0,
        "body": b'{"data": [{"id": "qwen3-4b"}, {"id": ""}, {"name": "x"}, {"id": "a\\u001bb"}]}',
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer["looks"] += 1
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer["url"] = f"http://127.0.0.1:{server.server_port}/v1"
    monkeypatch.setattr(chosen, "SERVERS", (("LM Studio", answer["url"]),))
    yield answer
    server.shutdown()
    server.server_close()


def dialog(page):
    return page.settings.open(Session())["settings"]


def test_a_file_of_the_library_is_offered_chosen_and_switched_off(page, tmp_path):
    gguf(tmp_path / "library" / "models" / "small-q4.gguf")
    assert "Use small-q4" in dialog(page)
    shown = page.settings.use_model(Session(), "local:small-q4")["settings"]
    assert "in use" in shown
    assert page.assistant.settings.model == "local:small-q4"
    assert page.assistant.answerer.name == "local:small-q4"
    assert Settings.load(tmp_path / "library", {}).model == "local:small-q4"
    page.settings.use_model(Session(), "")
    assert page.assistant.answerer is None
    assert Settings.load(tmp_path / "library", {}).model == ""


def test_a_server_on_this_computer_is_offered_and_gets_no_key_of_another(page, listing, tmp_path):
    assert "Use qwen3-4b" in dialog(page)
    page.settings.use_model(Session(), f"openai:qwen3-4b {listing['url']}")
    used = page.assistant.settings
    assert (used.model, used.base_url, used.api_key) == ("openai:qwen3-4b", listing["url"], "")


def test_choosing_a_model_looks_for_models_once(page, listing):
    for key in ("", f"openai:qwen3-4b {listing['url']}", "openai:none"):
        listing["looks"] = 0
        page.settings.use_model(Session(), key)
        assert listing["looks"] == 1, key


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"data": 1}', b'{"data": [1]}', b"{" + b" " * 2_000_000]
)
def test_a_server_that_lists_nothing_usable_offers_nothing(page, listing, body):
    listing["body"] = body
    assert "None is found on this computer" in dialog(page)


@pytest.mark.parametrize(
    "key", [None, 7, "local:/etc/passwd", "openai:gpt-4.1", "local:small-q4 http://evil"]
)
def test_what_is_not_offered_is_not_chosen(page, tmp_path, key):
    gguf(tmp_path / "library" / "models" / "small-q4.gguf")
    assert "there no more" in page.settings.use_model(Session(), key)["settings"]
    assert page.assistant.settings.model == ""
    assert not (tmp_path / "library" / "footnote.toml").exists()


def test_a_key_is_never_shown(page, monkeypatch):
    assert KEY not in dialog(page)
    assert KEY not in page.settings.test_model(Session())["settings"]


def test_a_model_can_be_tested(page, monkeypatch):
    with ModelServer(says("Heron, one, two, three.")) as server:
        monkeypatch.setattr(chosen, "SERVERS", (("LM Studio", server.url),))
        page.desk.assistant = chosen_model(page.assistant, server.url)
        shown = page.settings.test_model(Session())["settings"]
    assert "It answered in" in shown
    page.settings.use_model(Session(), "")


def chosen_model(assistant, url):
    from dataclasses import replace

    from footnote.rag.assistant import with_model

    return with_model(assistant, replace(assistant.settings, model="openai:test", base_url=url))


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.168.1.4"}, False),
        ({"host": "0.0.0.0", "password": "four words for it"}, True),
        ({"root_path": "/notes"}, False),  # behind a proxy that others reach
        ({"names": "notes.example", "open_to_all": True}, False),
        ({"proxies": "10.0.0.0/8", "open_to_all": True}, False),
        ({"names": "notes.example", "password": "four words for it"}, True),
    ],
)
def test_who_is_not_alone_with_the_computer_does_not_choose_for_all(tmp_path, given, may):
    assert may_choose(Settings(home=tmp_path, **given)) is may
