"""Two servers over one record: a conversation goes on at the other, and one that is killed loses nothing."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.errors import LibraryError
from footnote.ingest.handover.writer import LocalWriter
from footnote.ingest.jobs.queue import Queue
from footnote.ingest.jobs.worker import Worker
from footnote.ingest.jobs.writer import QueuedWriter, writer_over
from footnote.ingest.library.library import open_library
from footnote.rag.assistant import Assistant
from footnote.rag.settings import Settings
from footnote.ui.api.keys import Keys
from footnote.ui.commands import mcp as tools
from footnote.ui.commands.run import Run
from footnote.ui.page.page import Page
from footnote.ui.state.conversations import open_conversations
from footnote.ui.state.database import ServerDatabase
from footnote.ui.state.session import Session
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from footnote.ingest.library.stores import Stores

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from footnote.ingest.library.library import open_library
from footnote import Assistant
from tests.conftest import HashingEncoder
from footnote.ui import cli

def build(settings, *, read_only=False):
    encoder = HashingEncoder()
    library = open_library(
        settings.home, encoder.name, encoder.dimension, read_only=read_only, stores=settings.stores
    )
    return Assistant(settings, library, encoder)

sys.exit(cli.run(["--home", sys.argv[1], "serve", "--port", "0"], build=build))
"""
READER = "a-reader-of-both-servers"
PASSWORD = "open sesame"


@pytest.fixture
def stores(servers, tmp_path: Path, monkeypatch) -> Stores:
    found = servers.new_library()
    encoder = HashingEncoder()
    with open_library(tmp_path / "own", encoder.name, encoder.dimension, stores=found) as library:
        text = "The harbour bridge closes on Monday. Engineers found cracks in its deck."
        made = make_article([("", text)], title="Bridge", source="/bridge.txt")
        library.store(encode_article(made, encoder))
    monkeypatch.setenv("FOOTNOTE_RECORD", found.record)
    monkeypatch.setenv("FOOTNOTE_INDEX", ",".join(found.index))
    monkeypatch.setenv("FOOTNOTE_PASSWORD", PASSWORD)
    return found


@pytest.fixture
def two(stores, run_program, tmp_path: Path) -> Iterator[list[tuple[subprocess.Popen, str]]]:
    """Two servers, each with a folder of its own."""
    with contextlib.ExitStack() as stack, contextlib.chdir(ROOT):
        yield [stack.enter_context(run_program(PROGRAM, str(tmp_path / name))) for name in ("a", "b")]


def act(client: httpx.Client, part: str, name: str, **data: object) -> str:
    """Send an act as the page does, and return all that it showed."""
    config = client.get("/config").json()
    target = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == part)
    found = next(d for d in config["dependencies"] if [target, name] in d["targets"])
    body = {
        "data": [None] * len(found["inputs"]),
        "event_data": data,
        "fn_index": found["id"],
        "session_hash": "one-open-page",
        "trigger_id": target,
    }
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "one-open-page"}) as events:
        return "".join(events.iter_lines())


def browser(address: str, cookies: httpx.Cookies | None = None) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=60, cookies=cookies)
    if cookies is None:
        client.cookies.set("footnote_reader", READER, domain="127.0.0.1")
    return client


@pytest.mark.slow
def test_a_conversation_goes_on_at_the_other_server_when_the_first_is_killed(
    two, stores, tmp_path: Path
) -> None:
    (first, here), (_, there) = two
    kept = open_conversations(tmp_path, stores.record)
    with browser(here) as client:
        assert client.get("/config").status_code == 401
        assert client.post("/login", data={"password": PASSWORD}).status_code == 303
        assert "closes on Monday" in act(client, "composer", "ask", question="When does the bridge close?")
        (conversation,) = kept.of(READER)
        act(client, "composer", "feedback", number=1, value="up")
        cookies = client.cookies
        first.kill()
        first.wait()
    with browser(there, cookies) as client:
        # The page that was open at the first sends its next act to the second, as a proxy has it.
        shown = act(client, "composer", "ask", question="What was found in its deck?", at=conversation.id)
        assert "When does the bridge close?" in shown, "what was said before is not shown"
        assert "cracks" in shown
        exported = client.get(f"/export/{conversation.id}.md").text
        assert "When does the bridge close?" in exported
        assert "What was found in its deck?" in exported
        assert [e.number for e in kept.exchanges(READER, conversation.id)] == [1, 2]
        assert [e.feedback for _, e in kept.feedback()] == ["up"]
    kept.close()


@pytest.mark.slow
def test_who_logs_out_or_loses_a_key_is_out_at_every_server(two, stores, tmp_path: Path) -> None:
    (_, here), (_, there) = two
    with contextlib.closing(ServerDatabase(stores.record)) as database:
        keys = Keys(tmp_path, shared=database)
        _, secret = keys.add("notebook", "read")
        shown = {"Authorization": f"Bearer {secret}"}
        assert [httpx.get(f"{a}/api/articles", headers=shown).status_code for a in (here, there)] == [
            200,
            200,
        ]
        keys.remove("notebook")
        assert [httpx.get(f"{a}/api/articles", headers=shown).status_code for a in (here, there)] == [
            401,
            401,
        ]
    with browser(here) as client:
        client.post("/login", data={"password": PASSWORD})
        cookies = httpx.Cookies(client.cookies)
        with browser(there, cookies) as other:
            assert other.get("/config").status_code == 200
            assert client.post("/logout").status_code == 303
            assert other.get("/config").status_code == 401


@pytest.mark.slow
def test_articles_that_one_server_stores_are_answered_from_by_the_other(two, stores, tmp_path: Path) -> None:
    (_, here), (_, there) = two
    with contextlib.closing(ServerDatabase(stores.record)) as database:
        _, secret = Keys(tmp_path, shared=database).add("importer", "write")
    shown = {"Authorization": f"Bearer {secret}"}
    given = {"text": "The mill turns again since May. Its wheel was mended in the winter.", "title": "Mill"}
    job = httpx.post(f"{here}/api/articles", headers=shown, json=given).json()
    until = time.monotonic() + 60
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
        job = httpx.get(f"{here}/api/jobs/{job['id']}", headers=shown).json()
    assert [o["status"] for o in job["outcomes"]] == ["added"]
    asked = {"question": "Since when does the mill turn again?"}
    assert "since May" in httpx.post(f"{there}/api/ask", headers=shown, json=asked, timeout=60).text
    assert os.listdir(tmp_path / "b")  # noqa: PTH208 - a folder of its own, without conversations or keys
    assert not [p.name for name in "ab" for p in (tmp_path / name).glob("conversations*")]
    assert not [p.name for name in "ab" for p in (tmp_path / name).glob("keys*")]


def test_whoever_adds_leaves_it_to_workers_where_the_setting_says_so(
    stores, tmp_path: Path, monkeypatch
) -> None:
    encoder = HashingEncoder()
    with open_library(tmp_path / "own", encoder.name, encoder.dimension, stores=stores) as library:
        for wish, kind in (("no", LocalWriter), ("yes", QueuedWriter)):
            monkeypatch.setenv("FOOTNOTE_WORKERS", wish)
            settings = Settings.load(tmp_path / "own")
            assistant = Assistant(settings, library, encoder)
            with Run().changing_with(assistant) as writer:
                assert isinstance(writer, kind)
        page = Page(assistant, uploads=tmp_path)
        with contextlib.closing(page), page.desk.storing:  # somebody encodes here: workers wait for nobody
            done = threading.Event()
            threading.Thread(target=lambda: (list(page.desk.store([])), done.set()), daemon=True).start()
            assert done.wait(30)


def test_a_tool_adds_nothing_while_no_worker_runs(stores, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FOOTNOTE_WORKERS", "yes")
    encoder = HashingEncoder()
    with (
        open_library(tmp_path / "own", encoder.name, encoder.dimension, stores=stores) as library,
        writer_over(library, encoder, stores.record) as writer,
        pytest.raises(LibraryError, match="no worker runs"),
    ):
        tools._added(writer, "The mill turns again.", "Mill")


def test_what_is_added_on_the_page_is_stored_by_workers(stores, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FOOTNOTE_WORKERS", "yes")
    encoder, settings = HashingEncoder(), Settings.load(tmp_path / "own")
    with (
        open_library(settings.home, encoder.name, encoder.dimension, stores=stores) as library,
        Queue(stores.record) as queue,
        contextlib.closing(Page(Assistant(settings, library, encoder), uploads=tmp_path)) as page,
    ):
        page.ready.set()
        steps = page.library.paste(Session(), "The mill turns again since May. Its wheel was mended.", "Mill")
        told = [str(next(steps))]
        thread = threading.Thread(target=lambda: told.extend(map(str, steps)), daemon=True)
        thread.start()
        until = time.monotonic() + 60
        while not queue.counts()["waiting"]:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert [a.title for a in library.articles()] == ["Bridge"], "the server stored it itself"
        Worker(tmp_path / "worker", stores, encoder).run(once=True)
        thread.join(60)
        assert {a.title for a in library.articles()} == {"Bridge", "Mill"}
    assert "Storing" in "".join(told)
    assert "Added “Mill”" in told[-1]
