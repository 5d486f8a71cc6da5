"""`footnote worker` and `jobs`, and the commands that leave their work to workers."""

from __future__ import annotations

import json
import re
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.errors import LibraryError
from footnote.ingest.jobs.worker import Noting
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


def waiting(monkeypatch, sleep) -> None:
    """Have who waits for jobs, and nobody else, sleep so."""
    monkeypatch.setattr(
        "footnote.ingest.jobs.writer.time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    )


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Ctrl-C as soon as all is in line."""

    def pressed(_seconds: float) -> None:
        raise KeyboardInterrupt

    waiting(monkeypatch, pressed)


def test_what_is_left_to_workers_is_done_though_whoever_asked_is_gone(footnote, tmp_path, impatient) -> None:
    (tmp_path / "bridge.md").write_text(STORY.format("bridge"))
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing else")
    status, _, err = footnote("ingest", str(tmp_path))
    assert status == 130
    assert "No worker runs" in err
    assert "All is in line; 1 job is not done yet." in err
    (tmp_path / "bridge.md").unlink()
    assert re.search(r"waiting\t.*bridge\.md", footnote("jobs")[1])
    status, out, _ = footnote("worker", "--once", "--json")
    told = {row["source"].rpartition("/")[2]: row["status"] for row in map(json.loads, out.splitlines())}
    assert told == {"bridge.md": "added", "bad.pdf": "rejected"}
    assert "closes on Monday" in footnote("ask", "When does the bridge close?")[1]
    status, out, _ = footnote("jobs")
    rejected, counts = out.splitlines()
    assert (status, counts) == (0, "0 failed, 0 running, 0 waiting, 1 done; 0 workers.")
    assert re.fullmatch(r"\d+\tnot used\t.*bad\.pdf.*", rejected)
    assert json.loads(footnote("jobs", "--json")[1])["rejected"] == [rejected.split("\t")[2]]


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


ROWS = [
    {"id": "open", "question": "When does the bridge close?", "answers": ["Monday"], "answerable": True},
    {"id": "shut", "question": "Who walked on the moon?", "answerable": False},
]


@pytest.fixture
def questions(tmp_path: Path, footnote, impatient) -> str:
    """Questions on a library that holds the bridge; who asks for anything presses Ctrl-C at once."""
    story = tmp_path / "bridge.md"
    story.write_text(STORY.format("bridge"))
    footnote("ingest", str(story))
    assert footnote("worker", "--once")[0] == 0
    asked = tmp_path / "asked.jsonl"
    asked.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return str(asked)


def timeless(report: dict) -> dict:
    """What must be the same wherever it was measured."""
    (section,) = report["sections"]
    rows = [{**row, "reply": {**row["reply"], "timings_ms": 0}, "values": 0} for row in section["rows"]]
    figures = {f["key"]: f["value"] for f in section["figures"] if "latency" not in f["key"]}
    return {"versions": report["versions"], "rows": rows, "figures": figures}


def test_an_evaluation_that_is_left_to_a_worker_gives_the_report_that_it_gives_here(
    footnote, questions, tmp_path
) -> None:
    status, _, err = footnote("evaluate", "--library", questions, "--job")
    assert status == 130
    number = re.search(r"footnote jobs --report (\d+)", err)[1]
    status, _, err = footnote("jobs", "--report", number)
    assert (status, "it is waiting" in err) == (1, True)
    assert re.search(rf"{number}\twaiting\tevaluation of asked", footnote("jobs")[1])
    (tmp_path / "asked.jsonl").rename(tmp_path / "elsewhere.jsonl")
    footnote("worker", "--once")
    status, out, _ = footnote("jobs", "--report", number)
    assert status == 0
    status, here, _ = footnote("evaluate", "--library", str(tmp_path / "elsewhere.jsonl"), "--json")
    left, done = timeless(json.loads(out)), timeless(json.loads(here))
    assert left == done
    assert [row["id"] for row in left["rows"]] == ["open", "shut"]
    assert left["figures"]["correct"] == 1.0


def test_whoever_waits_for_an_evaluation_sees_its_progress_and_its_report(
    footnote, questions, monkeypatch, tmp_path
) -> None:
    """With a worker that begins when it is first looked for."""
    done = []

    def wait(_seconds: float) -> None:
        if not done:
            done.append(footnote("worker", "--once"))

    waiting(monkeypatch, wait)
    status, out, _ = footnote(
        "evaluate", "--library", questions, "--job", "--json", "--out", str(tmp_path / "out"),
        "--fail-under", "correct=0.5",
    )  # fmt: skip
    assert status == 0
    report = json.loads(out)
    assert report["complete"]
    assert json.loads((tmp_path / "out/report.json").read_text()) == report


def test_an_evaluation_goes_on_where_the_last_try_ended(footnote, questions, monkeypatch) -> None:
    monkeypatch.setattr("footnote.ingest.jobs.worker.FIRST_WAIT", 0)
    number = re.search(r"--report (\d+)", footnote("evaluate", "--library", questions, "--job")[2])[1]
    asked, away, ask, note = [], [], Assistant.ask, Noting.note

    def counted(self, question, **how):
        asked.append(question)
        return ask(self, question, **how)

    def away_once(self, progress):
        if not away:
            away.append(progress)
            raise LibraryError("PostgreSQL went away.")
        note(self, progress)

    monkeypatch.setattr(Assistant, "ask", counted)
    monkeypatch.setattr(Noting, "note", away_once)
    footnote("worker", "--once")
    assert asked == [row["question"] for row in ROWS], "none is asked twice"
    report = json.loads(footnote("jobs", "--report", number)[1])
    assert (report["complete"], report["sections"][0]["facts"]["resumed"]) == (True, 1)


def test_an_evaluation_that_fails_is_kept_with_its_reason(footnote, questions, monkeypatch) -> None:
    monkeypatch.setattr("footnote.ingest.jobs.worker.FIRST_WAIT", 0)
    number = re.search(r"--report (\d+)", footnote("evaluate", "--library", questions, "--job")[2])[1]
    with monkeypatch.context() as broken:
        broken.setattr("footnote.evals.job.run_suite", lambda *_, **__: 1 / 0)
        footnote("worker", "--once")
    status, out, _ = footnote("jobs")
    assert (status, bool(re.search(r"failed\tevaluation of asked\tSomething went wrong", out))) == (1, True)
    status, _, err = footnote("jobs", "--report", number)
    assert (status, "it is failed. Something went wrong" in err) == (1, True)
    footnote("jobs", "--retry")
    footnote("worker", "--once")
    assert footnote("jobs", "--report", number)[0] == 0


def test_what_does_not_travel_is_refused(footnote, questions, monkeypatch) -> None:
    for given in (
        ["--job"],
        [questions, "--job"],
        ["--library", "--job", "--home", "x"],
        ["--library", "--job", "--articles", questions],
        ["--library", "--job", "--model", "local:/a/path"],
    ):
        assert footnote("evaluate", *given)[0] == 2, given
    monkeypatch.delenv("FOOTNOTE_WORKERS")
    status, _, err = footnote("evaluate", "--library", questions, "--job")
    assert (status, "FOOTNOTE_WORKERS=yes" in err) == (1, True)


def test_workers_need_a_record_on_servers(tmp_path, capsys, monkeypatch) -> None:
    for given in (["worker"], ["jobs"]):
        assert cli.run(["--home", str(tmp_path), *given]) == 1
        assert "FOOTNOTE_RECORD" in capsys.readouterr().err
    monkeypatch.setenv("FOOTNOTE_WORKERS", "yes")
    assert cli.run(["--home", str(tmp_path), "ingest", "--samples"]) == 1
    assert "workers needs a library on servers" in capsys.readouterr().err
