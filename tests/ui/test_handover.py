"""`footnote ingest`, `remove`, `refresh` and `watch` while the server runs: it does the work."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from footnote import Assistant
from footnote.ingest.library.library import open_library
from footnote.ingest.web.fetch import Fetcher
from footnote.ui import cli
from tests.conftest import HashingEncoder
from tests.hostile_server import HostileServer, cached, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A command over the cheap encoder; slow to encode when the last argument says so.
PROGRAM = """
import sys, time
from footnote.ingest.library.library import open_library
from footnote import Assistant
from tests.conftest import HashingEncoder
from footnote.ui import cli

class Encoder(HashingEncoder):
    def encode(self, texts):
        time.sleep(float(sys.argv[2]) if len(texts) > 1 else 0)
        return super().encode(texts)

def build(settings, *, read_only=False):
    library = open_library(settings.home, Encoder.name, Encoder.dimension, read_only=read_only)
    return Assistant(settings, library, Encoder())

sys.exit(cli.run(["--home", sys.argv[1], *sys.argv[3:]], build=build))
"""
ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def serving(home: Path, run_program) -> Iterator[tuple[subprocess.Popen, str]]:
    """Serve the library in a process of its own, which encodes slowly."""
    with contextlib.chdir(ROOT), run_program(PROGRAM, str(home), "0.2", "serve", "--port", "0") as served:
        deadline = time.monotonic() + 20
        while not (home / "handover.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("handover") / "library"


@pytest.fixture(scope="module")
def server(home: Path, run_program) -> Iterator[tuple[subprocess.Popen, str]]:
    """One server for the tests that leave it running: it takes seconds to start."""
    with serving(home, run_program) as served:
        yield served


# What a server does with a library, without the page, which takes seconds to load.
HOLDER = """
import signal, sys, threading, time
from pathlib import Path
from footnote.ingest.handover.handover import Receiver
from footnote.ingest.library.library import open_library
from tests.conftest import HashingEncoder

class Encoder(HashingEncoder):
    def encode(self, texts):
        time.sleep(0.2)
        return super().encode(texts)

stop = threading.Event()
signal.signal(signal.SIGINT, lambda *_: stop.set())
address = "http://127.0.0.1:1"
with open_library(Path(sys.argv[1]), Encoder.name, Encoder.dimension) as library:
    with Receiver(library, Encoder(), address):
        print("Footnote is at", address, flush=True)
        stop.wait(200)
"""


@pytest.fixture
def own_server(run_program, tmp_path: Path) -> Iterator[tuple[subprocess.Popen, str]]:
    with contextlib.chdir(ROOT), run_program(HOLDER, str(tmp_path / "own")) as served:
        yield served


@pytest.fixture
def footnote(home: Path, capsys) -> Callable[..., tuple[int, str, str]]:
    def build(settings, *, read_only: bool = False) -> Assistant:
        encoder = HashingEncoder()
        library = open_library(settings.home, encoder.name, encoder.dimension, read_only=read_only)
        return Assistant(settings, library, encoder)

    def run(*argv: str, home: Path = home) -> tuple[int, str, str]:
        status = cli.run(["--home", str(home), *argv], build=build)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The harbour bridge closes on Monday. Engineers found cracks in it.")
    (folder / "honey.md").write_text(
        "# Honey\n\nThe honey of the valley is sold under a seal. It was forged."
    )
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 nothing else")
    return folder


def rows(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def titles(footnote) -> set[str]:
    return {r["title"] for r in rows(footnote("articles", "--json")[1])}


def test_the_server_stores_what_another_terminal_ingests(server, footnote, folder) -> None:
    status, out, err = footnote("ingest", str(folder), "--json")
    told = {Path(r["source"]).name: r["status"] for r in rows(out)}
    assert told == {"bridge.txt": "added", "honey.md": "added", "bad.pdf": "rejected"}
    assert status == 1
    assert err.count("\n") == 1
    assert "bad.pdf" in err
    assert titles(footnote) >= {"Bridge", "Honey"}
    assert footnote("ask", "When does the harbour bridge close?", "--json")[0] == 0
    status, out, err = footnote("ingest", str(folder / "honey.md"))
    assert (status, out) == (0, "1 unchanged.\n")
    assert err == f"The server at {server[1]} stores what is read here.\n"


def test_the_server_removes_what_another_terminal_names(server, footnote, folder) -> None:
    footnote("ingest", str(folder))
    status, out, err = footnote("remove", "honey.md", "nothing.md", "--yes")
    assert status == 1
    assert out.startswith("Removed “Honey” (")
    assert err == "footnote: No article goes by “nothing.md”. `footnote articles` lists them.\n"
    assert "Bridge" in titles(footnote)
    assert "Honey" not in titles(footnote)


def test_the_server_stores_what_refresh_and_watch_find(server, footnote, folder, monkeypatch) -> None:
    story = "<article><h1>{}</h1><p>Hundreds of people walked across the new bridge on Sunday morning.</p><p>The mayor cut the ribbon at noon and said that the town had waited long enough.</p></article>"
    with HostileServer({"/1": cached(story.format("One"), etag='"1"')}) as site:
        fetcher = Fetcher(allow=[site.address], pause=0)
        monkeypatch.setattr("footnote.ui.commands.links.make_fetcher", lambda: fetcher)
        assert footnote("ingest", site.url("/1"), "--json")[0] == 0
        assert [r["status"] for r in rows(footnote("refresh", "--json")[1])] == ["unchanged"]
        site.routes["/1"] = page(story.format("One").replace("Hundreds", "Thousands"))
        status, out, _ = footnote("refresh")
        assert (status, out.splitlines()[-1]) == (0, "1 updated.")
    (folder / "honey.md").write_text(
        "# Mill\n\nThe mill turns again since May. Its wheel was mended over the winter."
    )
    status, out, _ = footnote("watch", str(folder), "--once", "--json")
    assert {Path(r["source"]).name: r["status"] for r in rows(out)}["honey.md"] == "added"
    (folder / "honey.md").unlink()
    told = rows(footnote("watch", str(folder), "--once", "--json")[1])
    assert [Path(r["source"]).name for r in told if r["status"] == "removed"] == ["honey.md"]


def test_questions_on_the_page_are_answered_while_another_terminal_ingests(
    server, footnote, folder, tmp_path
) -> None:
    footnote("ingest", str(folder / "bridge.txt"))
    corpus = tmp_path / "many.jsonl"
    corpus.write_text(many(60, "page"))
    worker = threading.Thread(target=footnote, args=("ingest", str(corpus), "--json"))
    worker.start()
    answered = 0
    with httpx.Client(base_url=server[1], timeout=30) as client:
        assert client.get("/healthz").json()["status"] == "ok"
        while worker.is_alive():
            reply = asked(client, f"s{answered}")
            assert "closes on Monday" in reply
            answered += 1
    worker.join()
    assert answered >= 2
    assert len(rows(footnote("articles", "--json")[1])) > 60


def asked(client: httpx.Client, session: str) -> str:
    config = client.get("/config").json()
    part = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "composer")
    act = next(d for d in config["dependencies"] if [part, "ask"] in d["targets"])
    body = {
        "data": [None] * len(act["inputs"]),
        "event_data": {"question": "When does the harbour bridge close?"},
        "fn_index": act["id"],
        "session_hash": session,
        "trigger_id": part,
    }
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
        return "".join(events.iter_lines())


def sentences(seed: str) -> str:
    words = [f"w{n}" for n in range(3000)]
    return " ".join(f"{word}." for word in random.Random(seed).choices(words, k=40))


def many(count: int, name: str = "t") -> str:
    made = (
        {"id": n, "title": f"{name} {n}", "paragraphs": [sentences(f"{name} {n} {k}") for k in range(4)]}
        for n in range(count)
    )
    return "\n".join(map(json.dumps, made))


@pytest.fixture
def command() -> Iterator[Callable[..., subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def start(home: Path, *argv: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(home), "0", *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(OSError):
            process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
def test_ctrl_c_in_the_other_terminal_keeps_what_was_told_and_the_server_goes_on(
    server, home, footnote, command, tmp_path
) -> None:
    corpus = tmp_path / "many.jsonl"
    corpus.write_text(many(120))
    process = command(home, "ingest", str(corpus), "--json")
    first = [json.loads(process.stdout.readline()) for _ in range(3)]
    process.send_signal(signal.SIGINT)
    out, err = process.stdout.read(), process.stderr.read()  # communicate() would miss what is buffered
    process.wait(60)
    told = first + rows(out)
    assert process.returncode == 130
    assert err.endswith("Stopped.\n")
    assert f"{len(told)} articles finished; run the same command again" in err
    assert "Traceback" not in err
    known = {r["article_id"] for r in rows(footnote("articles", "--json")[1])}
    assert {r["article_id"] for r in told} <= known
    again = rows(footnote("ingest", str(corpus), "--json")[1])
    statuses = [r["status"] for r in again]
    assert statuses.count("unchanged") >= len(told)
    assert 0 < statuses.count("added") == 120 - statuses.count("unchanged")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_server_that_ends_in_the_middle_is_one_sentence_and_loses_nothing_that_was_told(
    own_server, footnote, command, tmp_path, number
) -> None:
    home, corpus = tmp_path / "own", tmp_path / "many.jsonl"
    corpus.write_text(many(120))
    process = command(home, "ingest", str(corpus), "--json")
    first = [json.loads(process.stdout.readline()) for _ in range(3)]
    own_server[0].send_signal(number)
    own_server[0].wait(60)
    out, err = process.stdout.read(), process.stderr.read()  # communicate() would miss what is buffered
    process.wait(60)
    assert process.returncode == 1
    assert err == (
        f"footnote: The server at {own_server[1]} ended before this was done. What was reported is stored; "
        "run the same command again for the rest.\n"
    )
    again = rows(footnote("ingest", str(corpus), "--json", home=home)[1])  # nobody holds the library now
    assert [r["status"] for r in again].count("unchanged") >= len(first + rows(out))
    assert len(rows(footnote("articles", "--json", home=home)[1])) == 120
