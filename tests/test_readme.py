"""What the README says holds: its commands and its Python run, its help and tables are the real ones."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from footnote import Assistant, Settings
from footnote.ingest.library.library import open_library
from footnote.ui import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPENING_HOURS = """Opening hours of the town library

The library opens at ten on weekdays. On Sundays the library opens at noon and closes at five.

Books can be returned at any hour through the flap beside the door.
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    lines = [line.partition("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("footnote ")]


@pytest.fixture
def home(sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library with the samples, the one that commands find; and files to add."""
    copy = tmp_path / "library"
    shutil.copytree(sample_home, copy)
    monkeypatch.setenv("FOOTNOTE_HOME", str(copy))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-articles").mkdir()
    (tmp_path / "my-articles" / "opening-hours.txt").write_text(OPENING_HOURS, encoding="utf-8")
    row = {"id": 1, "question": "When does the library open on Sundays?"}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return copy


@pytest.fixture
def run(
    home: Path, encoder: Any, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[str]], tuple[int, str, str]]:
    """Run the command with the encoder that the session has loaded."""

    def build(settings: Settings, *, read_only: bool = False) -> Assistant:
        library = open_library(settings.home, encoder.name, encoder.dimension, read_only=read_only)
        return Assistant(settings, library, encoder)

    def run(argv: list[str]) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.run(argv, build=build)
        return (status, *capsys.readouterr())

    return run


def test_the_commands_run_in_their_order(run: Callable) -> None:
    assert len(commands()) >= 10
    for command in commands():
        status, out, err = run(shlex.split(command)[1:])
        assert (status, err) == (0, ""), command
        assert out.strip(), command


def test_the_question_about_ones_own_article_is_answered(run: Callable) -> None:
    run(["ingest", "my-articles/"])
    status, out, _ = run(["ask", "When does the library open on Sundays?"])
    assert status == 0
    assert "noon" in out.partition("[1]")[0]


def test_the_answer_that_is_shown_is_the_real_one(run: Callable) -> None:
    (shown,) = [block for block in blocks("text") if not block.startswith("$")]
    _, out, _ = run(["ask", "Who designed the harbour bridge?"])
    assert "Hedda Krogh" in out.partition("[1]")[0]
    head = next(line for line in shown.splitlines() if line.startswith("[1] "))
    assert head in out.splitlines()


def test_the_help_is_the_real_one(run: Callable) -> None:
    excerpts = [block for block in blocks("text") if block.startswith("$ footnote")]
    assert excerpts
    for excerpt in excerpts:
        command, _, shown = excerpt.partition("\n")
        assert run(shlex.split(command)[2:])[1].strip() == shown.strip()


def test_the_python_runs(
    home: Path, encoder: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("footnote.rag.assistant.encoder_named", lambda _name: encoder)
    (code,) = blocks("python")
    assert len(code.splitlines()) <= 12
    exec(compile(code, "README.md", "exec"), {})
    assert "Hedda Krogh" in capsys.readouterr().out


def test_the_settings_are_all_there_with_their_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", README, re.MULTILINE)
    told = {name: default.strip("`").replace("none", "") for name, default in rows}
    real = Settings(home=Path())
    assert told.pop("home") == "your data folder"
    assert told == {f.name: str(getattr(real, f.name)) for f in fields(Settings) if f.name != "home"}


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(
        re.findall(r"`?make ([a-z]+)", "\n".join(re.findall(r"`make [^`]*`|^make .*$", README, re.MULTILINE)))
    )
    assert {"chat", "test", "help"} <= named <= targets


def test_the_files_it_links_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
