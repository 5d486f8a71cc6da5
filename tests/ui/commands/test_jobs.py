"""`footnote worker` and `jobs`, and the commands that leave their work to workers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.library.library import open_library
from footnote.rag.assistant import Assistant
from footnote.ui import cli
from tests.conftest import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORY = "# {0}\n\nThe {0} closes on Monday. Engineers found cracks in its deck."


@pytest.fixture
def stores(servers, monkeypatch):
    found = servers.new_library()
    monkeypatch.setenv("FOOTNOTE_RECORD", found.record)
    monkeypatch.setenv("FOOTNOTE_INDEX", ",".join(found.index))
    monkeypatch.setenv("FOOTNOTE_WORKERS", "yes")
    return found


@pytest.fixture
def footnote(stores, tmp_path: Path, capsys, monkeypatch) -> Callable[..., tuple[int, str, str]]:
    encoder = HashingEncoder()
    monkeypatch.setattr("footnote.ui.commands.jobs.encoder_of", lambda _settings: encoder)

    def build(settings, *, read_only: bool = False) -> Assistant:
        library = open_library(
            settings.home, encoder.name, encoder.dimension, read_only=read_only, stores=settings.stores
        )
        return Assistant(settings, library, encoder)

    def run(*argv: str) -> tuple[int, str, str]:
        status = cli.run(["--home", str(tmp_path / "home"), *argv], build=build)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Ctrl-C as soon as all is in line."""

    def pressed(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("footnote.ingest.jobs.writer.time.sleep", pressed)


def test_what_is_left_to_workers_is_done_though_whoever_asked_is_gone(footnote, tmp_path, impatient) -> None:
    (tmp_path / "bridge.md").write_text(STORY.format("bridge"))
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing else")
    status, _, err = footnote("ingest", str(tmp_path))
    assert status == 130
    assert "No worker runs" in err
    assert "footnote jobs" in err
    (tmp_path / "bridge.md").unlink()
    assert re.search(r"waiting\t.*bridge\.md", footnote("jobs")[1])
    status, out, _ = footnote("worker", "--once", "--json")
    told = {row["source"].rpartition("/")[2]: row["status"] for row in map(json.loads, out.splitlines())}
    assert told == {"bridge.md": "added", "bad.pdf": "rejected"}
    assert "closes on Monday" in footnote("ask", "When does the bridge close?")[1]
    status, out, _ = footnote("jobs")
    assert (status, out) == (0, "0 failed, 0 running, 0 waiting, 1 done; 0 workers.\n")


def test_what_failed_is_shown_with_its_reason_and_put_in_line_again(
    footnote, tmp_path, impatient, monkeypatch
) -> None:
    monkeypatch.setattr("footnote.ingest.jobs.worker.FIRST_WAIT", 0)
    (tmp_path / "bridge.md").write_text(STORY.format("bridge"))
    footnote("ingest", str(tmp_path / "bridge.md"))
    with monkeypatch.context() as broken:
        broken.setattr("footnote.ingest.jobs.worker.read_items", lambda *_: 1 / 0)
        footnote("worker", "--once")
    status, out, _ = footnote("jobs")
    assert status == 1
    assert re.search(r"failed\t.*bridge\.md\tSomething went wrong", out)
    status, out, _ = footnote("jobs", "--retry")
    assert (status, out.splitlines()[0]) == (0, "1 in line again.")
    footnote("worker", "--once")
    assert "1 done" in footnote("jobs")[1]


def test_workers_need_a_record_on_servers(tmp_path, capsys, monkeypatch) -> None:
    for given in (["worker"], ["jobs"]):
        assert cli.run(["--home", str(tmp_path), *given]) == 1
        assert "FOOTNOTE_RECORD" in capsys.readouterr().err
    monkeypatch.setenv("FOOTNOTE_WORKERS", "yes")
    assert cli.run(["--home", str(tmp_path), "ingest", "--samples"]) == 1
    assert "workers needs a library on servers" in capsys.readouterr().err
