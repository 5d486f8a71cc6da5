"""The `footnote` command: what it prints, where, and with which exit status."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from footnote import Assistant
from footnote.ingest.errors import LibraryLocked
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote.ui import cli
from footnote.ui.commands import run as command

BRIDGE = """---
title: The bridge closes
author: Ada Poe
date: 2026-03-02
---

The harbour bridge closes on Monday for eleven weeks. Engineers found cracks in two of its bearings.

## Ferries

Ferries will carry people on foot meanwhile. They leave every ten minutes from the north quay.

The repair costs four million euros. The town pays a third of it.
"""
HONEY = """The honey of the valley is sold under a seal. A laboratory found syrup in nine jars of forty.

The seal was forged in a shed. Its owner denies it.
"""
QUESTION = "When does the harbour bridge close?"


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(row) for row in self.out.splitlines()]

    @property
    def object(self) -> Any:
        (found,) = self.objects
        return found


@dataclass
class Footnote:
    """Runs the command in this process over a real library with a cheap encoder."""

    home: Path
    encoder: Any
    capsys: pytest.CaptureFixture[str]
    opened: list[bool] = field(default_factory=list)
    served: list[Any] = field(default_factory=list)

    def build(self, settings: Any, *, read_only: bool = False) -> Assistant:
        self.opened.append(read_only)
        library = open_library(settings.home, self.encoder.name, self.encoder.dimension, read_only=read_only)
        return Assistant(settings, library, self.encoder)

    def serve(self, settings: Any, *, assistant: Any, open_browser: bool) -> None:
        self.served.append((settings, len(assistant.library.articles()), open_browser))

    def __call__(self, *argv: str, build: Callable[..., Any] | None = None) -> Ran:
        self.capsys.readouterr()
        status = cli.run(["--home", str(self.home), *argv], build=build or self.build, serve=self.serve)
        out, err = self.capsys.readouterr()
        return Ran(status, out, err)


@pytest.fixture
def footnote(
    tmp_path: Path, fake_encoder: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Footnote:
    for name in list(os.environ):
        if name.startswith("FOOTNOTE_") or name in {"FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    (tmp_path / "honey.txt").write_text(HONEY, encoding="utf-8")
    return Footnote(tmp_path / "library", fake_encoder, capsys)


@pytest.fixture
def filled(footnote: Footnote) -> Footnote:
    encoder = footnote.encoder
    with open_library(footnote.home, encoder.name, encoder.dimension) as library:
        for _ in ingest(read_sources(["bridge.md", "honey.txt"]), library, encoder):
            pass
    return footnote


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], None]:
    def give(data: str | bytes) -> None:
        data = data.encode() if isinstance(data, str) else data
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False))

    return give


def one_line(text: str) -> bool:
    return text.startswith("footnote: ") and text.count("\n") == 1 and "Traceback" not in text


def nothing_answers(*_: Any, **__: Any) -> Any:
    raise AssertionError("no library was needed")


# ------------------------------------------------------------------------------ help and usage


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from footnote.ui.cli import run; run(['--help']); heavy = {'torch', 'gradio', 'chromadb', 'langchain',"
        " 'langchain_core', 'sentence_transformers', 'transformers', 'numpy', 'rag', 'trafilatura', 'tiktoken',"
        " 'fastapi', 'sqlite3', 'scipy', 'sklearn'} & set(sys.modules); sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ask questions about your articles" in done.stdout


COMMANDS = (
    "ingest ask search summarise check articles show diff remove refresh watch export import reindex "
    "collections evaluate model doctor serve worker jobs keys accounts mcp"
).split()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_examples(footnote: Footnote, command: str) -> None:
    ran = footnote(command, "--help", build=nothing_answers)
    assert ran.status == 0
    assert "Example" in ran.out
    assert f"footnote {command}" in ran.out.partition("Example")[2]


def test_the_help_lists_every_command(footnote: Footnote) -> None:
    listed = footnote("--help").out.partition("Commands:")[2].partition("Examples:")[0]
    assert [row.split()[0] for row in listed.splitlines() if row.strip()] == COMMANDS


def test_the_version_is_that_of_the_package(footnote: Footnote) -> None:
    from importlib.metadata import version

    assert footnote("--version").out == f"footnote {version('footnote')}\n"


def test_no_command_prints_the_help_and_is_wrong_usage(footnote: Footnote) -> None:
    assert cli.run([]) == 2
    assert footnote.capsys.readouterr().err.startswith("Usage: footnote")


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"],
        ["ask"],
        ["ask", "A?", "--batch", "x.jsonl"],
        ["ask", "A?", "--nonsense"],
        ["ask", "A?", "--since", "yesterday"],
        ["ask", "A?", "--since", "2026-02-30"],
        ["ask", "A?", "--until", "2026-5"],
        ["search"],
        ["search", "x", "-k", "0"],
        ["summarise"],
        ["summarise", "x", "--all"],
        ["summarise", "x", "--words", "5"],
        ["ingest"],
        ["show"],
        ["remove", "--yes"],
        ["serve", "--port", "99999"],
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(footnote: Footnote, argv: list[str]) -> None:
    ran = footnote(*argv, build=nothing_answers)
    assert ran.status == 2
    assert ran.out == ""
    assert one_line(ran.err)
    assert "--help`" in ran.err


# ------------------------------------------------------------------------------ ask


@pytest.mark.parametrize("words", [("ask", QUESTION), ("summarise", "bridge.md")])
@pytest.mark.parametrize(
    ("given", "used"), [("openai:heron", "openai:heron"), ("none", ""), (None, "openai:owl")]
)
def test_the_language_model_that_a_command_names_goes_before_the_one_that_is_set(
    filled: Footnote, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], given: str | None, used: str
) -> None:
    monkeypatch.setenv("FOOTNOTE_MODEL", "openai:owl")
    models = []

    def build(settings: Any, *, read_only: bool) -> Assistant:
        models.append(settings.model)
        return filled.build(settings, read_only=read_only)

    assert filled(*words, *(["--model", given] if given else []), build=build).status == 0
    assert models == [used]


def test_an_answer_as_json_is_one_object_that_holds_to_the_contract(filled: Footnote) -> None:
    ran = filled("ask", QUESTION, "--json")
    assert ran.status == 0
    assert list(ran.object) == [
        "question", "standalone_question", "refused", "answerer", "answer", "short_answer", "yes_no", "confidence", "sentences", "citations", "complete",
        "notices", "closest", "timings_ms",
    ]  # fmt: skip
    assert ran.object["question"] == QUESTION
    for citation in ran.object["citations"] + ran.object["closest"]:
        start, end = citation["quote_start"], citation["quote_end"]
        assert citation["quote"] == citation["paragraph_text"][start:end]


def test_an_answer_for_a_person_has_footnotes_and_no_colours_in_a_pipe(filled: Footnote) -> None:
    ran = filled("ask", QUESTION)
    assert ran.status == 0
    assert "[1] The bridge closes · paragraph 1" in ran.out
    assert "\x1b" not in ran.out
    assert ran.err == ""


def test_a_refusal_is_done(filled: Footnote) -> None:
    ran = filled("ask", "Who painted the ceiling of the opera in 1787?", "--json")
    assert ran.status == 0
    assert ran.object["refused"] is True


def test_asking_opens_the_library_for_reading_only(filled: Footnote) -> None:
    filled("ask", QUESTION)
    filled("search", "bridge")
    filled("articles")
    filled("show", "bridge.md")
    filled("summarise", "bridge.md")
    assert filled.opened == [True] * 5


def test_asking_creates_nothing(footnote: Footnote) -> None:
    ran = footnote("ask", QUESTION)
    assert (ran.status, ran.out) == (1, "")
    assert one_line(ran.err)
    assert not footnote.home.exists()
    footnote.home.mkdir()
    ran = footnote("ask", QUESTION)
    assert ran.status == 0
    assert ran.out == "No articles yet. Add some with `footnote ingest PATH`.\n"
    assert list(footnote.home.iterdir()) == []


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_is_wrong_usage(filled: Footnote, question: str) -> None:
    ran = filled("ask", question, "--json")
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err)


def test_a_question_of_10_000_characters_is_refused_in_one_sentence(filled: Footnote) -> None:
    ran = filled("ask", "why " * 2500, "--json")
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err)
    assert len(ran.err) < 300


def test_only_the_chosen_articles_answer(filled: Footnote) -> None:
    ran = filled("search", "bridge honey", "--article", "honey.txt", "--json")
    assert {p["title"] for p in ran.object["passages"]} != set()
    assert {Path(p["source"]).name for p in ran.object["passages"]} == {"honey.txt"}


def test_articles_outside_the_dates_do_not_answer(filled: Footnote) -> None:
    assert filled("search", "bridge", "--since", "2026-03", "--json").object["passages"]
    assert filled("search", "bridge", "--since", "2027", "--json").object["passages"] == []


def test_an_unknown_article_is_one_sentence_and_status_1(filled: Footnote) -> None:
    for argv in (["ask", "A?", "--article", "x"], ["show", "x"], ["summarise", "x"]):
        ran = filled(*argv, "--json")
        assert (ran.status, ran.out) == (1, "")
        assert one_line(ran.err)
        assert "“x”" in ran.err


def test_the_conversation_makes_a_follow_up_stand_alone(filled: Footnote, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "On Monday [1]."}]
    (tmp_path / "history.json").write_text(json.dumps(turns))
    ran = filled("ask", "And what does it cost?", "--history", "history.json", "--json")
    assert ran.object["question"] == "And what does it cost?"
    assert "bridge" in ran.object["standalone_question"]


def test_a_history_that_cannot_be_read_is_named(filled: Footnote) -> None:
    for name in ("missing.json", "bridge.md"):
        ran = filled("ask", "A?", "--history", name, "--json")
        assert (ran.status, ran.out) == (1, "")
        assert one_line(ran.err)
        assert name in ran.err


# ------------------------------------------------------------------------------ batches


def test_a_batch_is_answered_in_order(filled: Footnote, tmp_path: Path) -> None:
    rows = [{"id": "b", "question": QUESTION}, {"id": 1, "question": "Who forged the seal?"}]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ran = filled("ask", "--batch", "q.jsonl", "--json")
    assert ran.status == 0
    assert [(o["id"], o["question"]) for o in ran.objects] == [(r["id"], r["question"]) for r in rows]


def test_a_bad_row_is_named_and_the_rest_is_answered(filled: Footnote, stdin: Callable) -> None:
    stdin(
        '{"id": 1, "question": "Who?"}\n\nnonsense\n{"id": 3, "question": " "}\n{"id": 4, "question": "Why?"}\n'
    )
    ran = filled("ask", "--batch", "-", "--json")
    assert ran.status == 1
    assert [o["id"] for o in ran.objects] == [1, None, 3, 4]
    assert ["error" in o for o in ran.objects] == [False, True, True, False]
    complaints = ran.err.splitlines()
    assert complaints[0].startswith("footnote: standard input, line 3: it is not JSON")
    assert complaints[1].startswith("footnote: standard input, line 4: The question is empty")


def test_a_row_may_name_articles_by_reference(filled: Footnote, stdin: Callable) -> None:
    stdin(
        '{"id": 1, "question": "bridge honey", "articles": ["honey.txt"]}\n{"id": 2, "question": "x", "articles": ["?"]}'
    )
    ran = filled("search", "--batch", "-", "-k", "3", "--json")
    assert {Path(p["source"]).name for p in ran.objects[0]["passages"]} == {"honey.txt"}
    assert ran.objects[1]["id"] == 2
    assert "“?”" in ran.objects[1]["error"]
    assert ran.status == 1


def test_a_row_whose_articles_are_none_finds_nothing(filled: Footnote, stdin: Callable) -> None:
    stdin('{"id": 1, "question": "bridge", "articles": []}')
    assert filled("search", "--batch", "-", "--json").object == {"id": 1, "passages": []}


def test_a_batch_that_is_not_there_is_named(filled: Footnote) -> None:
    ran = filled("ask", "--batch", "nowhere.jsonl", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "footnote: “nowhere.jsonl”: no such file.\n"


# ------------------------------------------------------------------------------ search, summarise


def test_search_prints_as_many_paragraphs_as_were_asked_for(filled: Footnote) -> None:
    passages = filled("search", "harbour bridge", "-k", "2", "--json").object["passages"]
    assert len(passages) == 2
    assert list(passages[0]) == ["article_id", "title", "source", "paragraph", "text", "score"]
    assert passages[0]["score"] >= passages[1]["score"]


def test_search_for_a_person_ranks_paragraphs(filled: Footnote) -> None:
    assert filled("search", "harbour bridge", "-k", "1").out.startswith("1. The bridge closes · paragraph 1")


def test_a_summary_of_one_article(filled: Footnote) -> None:
    found = filled("summarise", "bridge.md", "--json").object
    assert found["title"] == "The bridge closes"
    assert found["summary"]
    assert all(s["citations"] for s in found["sentences"])


def test_a_summary_of_several_articles_covers_each(filled: Footnote) -> None:
    found = filled("summarise", "bridge.md", "honey.txt", "--json").object
    assert len(found["article_ids"]) == 2
    assert {c["article_id"] for c in found["citations"]} == set(found["article_ids"])


def test_all_summaries_are_one_object_a_line(filled: Footnote) -> None:
    assert sorted(o["title"] for o in filled("summarise", "--all", "--json").objects) == [
        "Honey",
        "The bridge closes",
    ]
    assert "The bridge closes\n" in filled("summarise", "--all").out


def test_a_text_is_summarised_without_being_added(filled: Footnote, stdin: Callable) -> None:
    stdin("The mill turns again. Its owner mended the wheel over the winter. Visitors come on Sundays.\r\n")
    found = filled("summarise", "--text", "-", "--json").object
    assert found["article_ids"] == []
    assert "mill" in found["summary"]
    assert len(filled("articles", "--json").objects) == 2


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02\x03" * 100])
def test_a_text_that_is_none_is_one_sentence(filled: Footnote, stdin: Callable, data: bytes) -> None:
    stdin(data)
    ran = filled("summarise", "--text", "-", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert one_line(ran.err)


# ------------------------------------------------------------------------------ ingest and the library


def test_ingesting_tells_what_became_of_each_source(footnote: Footnote) -> None:
    ran = footnote("ingest", "bridge.md", "honey.txt", "--json")
    assert ran.status == 0
    assert [(o["status"], o["paragraphs"]) for o in ran.objects] == [("added", 3), ("added", 2)]
    again = footnote("ingest", "bridge.md", "honey.txt")
    assert again.out == "2 unchanged.\n"
    assert again.err == ""


def test_a_source_that_cannot_be_read_is_named_and_the_rest_is_added(footnote: Footnote) -> None:
    ran = footnote("ingest", "nowhere.txt", "bridge.md")
    assert ran.status == 1
    assert ran.out == "1 added, 1 rejected.\n"
    assert one_line(ran.err)
    assert "nowhere.txt" in ran.err


def test_rejections_are_objects_too(footnote: Footnote) -> None:
    ran = footnote("ingest", "nowhere.txt", "--json")
    assert ran.status == 1
    assert ran.object["status"] == "rejected"
    assert ran.object["reason"]


def test_standard_input_is_an_article(footnote: Footnote, stdin: Callable) -> None:
    stdin("A letter came. It was long.\n")
    assert footnote("ingest", "-", "--title", "The letter", "--json").object["title"] == "The letter"


def test_the_samples_can_be_added(
    footnote: Footnote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "bridge.md").rename(tmp_path / "samples" / "bridge.md")
    monkeypatch.setattr("footnote.ingest.samples.sample_folder", lambda: tmp_path / "samples")
    assert footnote("ingest", "--samples").out == "1 added.\n"


def test_articles_are_listed(filled: Footnote) -> None:
    records = filled("articles", "--json").objects
    assert [r["title"] for r in records] == ["Honey", "The bridge closes"]
    assert (records[1]["author"], records[1]["date"], records[1]["paragraphs"]) == (
        "Ada Poe",
        "2026-03-02",
        3,
    )
    rows = filled("articles").out.splitlines()
    assert [row.split("\t")[:2] for row in rows] == [[r["article_id"], r["title"]] for r in records]


def test_an_empty_library_says_what_to_do(footnote: Footnote) -> None:
    footnote.home.mkdir()
    for argv in (["articles"], ["search", "x"], ["summarise", "--all"]):
        assert footnote(*argv).out == "No articles yet. Add some with `footnote ingest PATH`.\n"
    assert footnote("articles", "--json").out == ""


def test_an_article_is_shown_with_its_paragraphs(filled: Footnote) -> None:
    found = filled("show", "bridge.md", "--json").object
    assert found["paragraphs"] == [p for p in BRIDGE.strip().split("\n\n")[1:] if not p.startswith("##")]
    shown = filled("show", "bridge.md").out
    assert shown.startswith("The bridge closes\nAda Poe · 2026-03-02 · ")
    assert "\nFerries\n" in shown
    assert "\n  2 Ferries will carry" in shown


def test_nothing_is_removed_without_asking(filled: Footnote, stdin: Callable) -> None:
    stdin("y\n")
    assert filled("remove", "bridge.md").status == 2
    assert len(filled("articles", "--json").objects) == 2


@pytest.mark.parametrize(("answer", "left"), [("y\n", 1), ("n\n", 2), ("\n", 2), ("", 2)])
def test_a_person_is_asked_before_an_article_is_removed(
    filled: Footnote, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: answer))
    ran = filled("remove", "bridge.md")
    assert ran.status == 0
    assert "The bridge closes" in ran.err
    assert len(filled("articles", "--json").objects) == left


def test_the_articles_that_are_there_are_removed(filled: Footnote) -> None:
    ran = filled("remove", "nowhere", "bridge.md", "--yes")
    assert ran.status == 1
    assert one_line(ran.err)
    assert ran.out.startswith("Removed “The bridge closes”")
    assert [r["title"] for r in filled("articles", "--json").objects] == ["Honey"]


def test_reindexing_makes_the_vectors_of_another_encoder(
    filled: Footnote, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.encoder.name = "other"
    assert "footnote reindex" in filled("articles").err
    monkeypatch.setattr("footnote.ui.commands.library.encoder_of", lambda settings: filled.encoder)
    assert filled("reindex").status == 0
    assert len(filled("articles", "--json").objects) == 2


def test_the_doctor_says_where_each_setting_comes_from(
    filled: Footnote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "5")
    (filled.home / "footnote.toml").write_text("port = 9000\n")
    found = filled("doctor", "--json").object
    settings = found["settings"]
    assert settings["home"] == {"value": str(filled.home), "origin": "--home"}
    assert settings["passages"] == {"value": 5, "origin": "FOOTNOTE_PASSAGES"}
    assert settings["port"]["origin"].endswith("footnote.toml")
    assert settings["host"]["origin"] == "default"
    assert found["well"] is True
    assert {"name": "library", "well": True, "found": "2 articles, 5 paragraphs"} in found["checks"]
    assert {"name": "lock", "well": True, "found": "free"} in found["checks"]


def test_the_doctor_names_who_writes(filled: Footnote) -> None:
    with filled.build(SimpleNamespace(home=filled.home)):
        shown = filled("doctor").out
    assert f"held by process {os.getpid()}" in shown


def test_the_doctor_reports_what_is_wrong(filled: Footnote) -> None:
    filled.encoder.name = "other"
    ran = filled("doctor")
    assert ran.status == 1
    assert "wrong  library" in ran.out


def test_a_setting_that_cannot_be_used_is_one_sentence(
    filled: Footnote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_PORT", "eighty")
    ran = filled("ask", "A?", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert one_line(ran.err)
    assert "FOOTNOTE_PORT" in ran.err


def test_serving_passes_on_what_was_given(filled: Footnote) -> None:
    assert filled("serve", "--port", "9001", "--host", "::1", "--open").status == 0
    ((settings, articles, open_browser),) = filled.served
    assert (settings.port, settings.host, articles, open_browser) == (9001, "::1", 2, True)
    assert filled.opened == [False]


def test_serving_adds_the_samples_to_an_empty_library_only(
    footnote: Footnote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "bridge.md").rename(tmp_path / "samples" / "bridge.md")
    monkeypatch.setattr("footnote.ingest.samples.sample_folder", lambda: tmp_path / "samples")
    footnote("serve")
    footnote("serve", "--samples")
    (tmp_path / "honey.txt").rename(tmp_path / "samples" / "honey.txt")
    footnote("serve", "--samples")
    assert [articles for _, articles, _ in footnote.served] == [0, 1, 1]


# ------------------------------------------------------------------------------ when things go wrong


def test_ctrl_c_ends_quietly_and_what_was_added_stays(footnote: Footnote) -> None:
    class Stopping:
        name, dimension, window = footnote.encoder.name, footnote.encoder.dimension, footnote.encoder.window
        count = footnote.encoder.count
        calls = 0

        def encode(self, texts: Any) -> Any:
            self.calls += 1
            if self.calls > 2:
                raise KeyboardInterrupt
            return footnote.encoder.encode(texts)

    plain, footnote.encoder = footnote.encoder, Stopping()
    rows = [{"id": n, "title": f"T{n}", "paragraphs": [f"Paragraph {n}. " * 300]} for n in range(200)]
    Path("many.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ran = footnote("ingest", "many.jsonl")
    assert ran.status == 130
    assert ran.err.endswith("Stopped.\n")
    assert "Traceback" not in ran.err
    footnote.encoder = plain
    assert footnote("ingest", "honey.txt").status == 0


def test_a_second_writer_is_refused_in_one_sentence(filled: Footnote) -> None:
    with filled.build(SimpleNamespace(home=filled.home)):
        ran = filled("ingest", "bridge.md", "--json")
        assert (ran.status, ran.out) == (1, "")
        assert one_line(ran.err)
        assert filled("ask", QUESTION, "--json").status == 0


def test_an_error_prints_nothing_on_standard_output(footnote: Footnote) -> None:
    def locked(*_: Any, **__: Any) -> Any:
        raise LibraryLocked("Process 7 writes to it.\nWait \x1b[31mfor it.")

    footnote.home.mkdir()
    ran = footnote("articles", "--json", build=locked)
    assert (ran.status, ran.out, ran.err) == (1, "", "footnote: Process 7 writes to it. Wait for it.\n")


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("unexpected")


def test_a_bug_is_one_sentence_and_a_log(filled: Footnote) -> None:
    ran = filled("ask", "A?", "--json", build=broken)
    assert (ran.status, ran.out) == (1, "")
    assert one_line(ran.err)
    log = filled.home / "footnote.log"
    assert str(log) in ran.err
    assert "RuntimeError: unexpected" in log.read_text()


def test_a_bug_shows_its_traceback_when_asked_to(filled: Footnote) -> None:
    assert "Traceback" in filled("--debug", "articles", build=broken).err


def test_the_log_is_elsewhere_when_there_is_no_library(
    footnote: Footnote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert str(tmp_path / "footnote.log") in footnote("ingest", "x.md", build=broken).err
    assert not footnote.home.exists()


def test_a_reader_that_goes_away_ends_the_command_quietly(
    filled: Footnote, monkeypatch: pytest.MonkeyPatch
) -> None:
    for argv in (["articles", "--json"], ["articles"]):
        read, write = os.pipe()
        os.close(read)
        pipe = os.fdopen(write, "w", closefd=False)
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdout", pipe)
            status = cli.run(["--home", str(filled.home), *argv], build=filled.build)
        os.close(write)
        with contextlib.suppress(OSError):
            pipe.close()
        assert status == 141
    assert filled.capsys.readouterr().err == ""


def test_json_is_utf8_whatever_the_terminal_speaks(filled: Footnote, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("odd.txt").write_text(
        "Žofie owns a café on the quay of the old harbour. She said «yes» to 東京.", encoding="utf-8"
    )
    filled("ingest", "odd.txt", "--title", "Odd \x9b title")
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stdout)
    assert cli.run(["--home", str(filled.home), "show", "odd.txt", "--json"], build=filled.build) == 0
    printed = stdout.buffer.getvalue()
    assert "Žofie owns a café on the quay of the old harbour. She said «yes» to 東京.".encode() in printed
    assert b"\x9b title" not in printed
    assert json.loads(printed)["title"] == "Odd title"


def test_a_file_name_that_is_not_utf8_is_printed_as_valid_json(footnote: Footnote) -> None:
    ran = footnote("ingest", "caf\udce9.txt", "--json")
    assert ran.status == 1
    assert ran.object["status"] == "rejected"


def test_the_shell_completes_articles(filled: Footnote, monkeypatch: pytest.MonkeyPatch) -> None:
    records = filled("articles", "--json").objects
    session = command.Run
    monkeypatch.setattr(command, "Run", lambda home=None: session(build=filled.build, home=home))
    root = SimpleNamespace(params={"home": filled.home})
    context = SimpleNamespace(find_root=lambda: root)
    start = records[0]["article_id"][:5]
    assert command.complete_article(context, start) == [(records[0]["article_id"], "Honey")]


def test_completion_is_silent_when_the_library_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Run", broken)
    assert command.complete_article(SimpleNamespace(find_root=lambda: SimpleNamespace(params={})), "") == []


def test_a_citation_of_a_pdf_names_the_page_and_others_do_not(footnote: Footnote) -> None:
    from fpdf import FPDF

    paper = FPDF()
    paper.set_font("Helvetica", size=12)
    for text in (
        "The harbour has been busy since spring. Ships come from the north and leave on the same day.",
        "The harbour bridge closes on Monday for eleven weeks. Engineers found cracks in two of its bearings.",
    ):
        paper.add_page()
        paper.multi_cell(0, 8, text)
    Path("bridge.pdf").write_bytes(bytes(paper.output()))
    assert footnote("ingest", "bridge.pdf", "honey.txt").status == 0
    reply = footnote("ask", QUESTION, "--json").object
    assert {c["page"] for c in reply["citations"]} == {2}
    assert "paragraph 2, page 2" in footnote("ask", QUESTION).out
    found = footnote("search", "seal forged bridge", "--json").object["passages"]
    assert {p["title"]: p.get("page", 0) for p in found}["Honey"] == 0
    assert {p.get("page", 0) for p in found} == {0, 1, 2}


def test_a_citation_of_a_transcript_tells_the_time_and_others_do_not(footnote: Footnote) -> None:
    Path("bridge.vtt").write_text(
        "WEBVTT\n\n00:04.000 --> 00:09.000\n<v Mara Lindt>The harbour has been busy since spring.\n\n"
        "12:34.500 --> 12:40.000\n<v Otto Brand>The harbour bridge closes on Monday\n\n"
        "12:40.000 --> 12:45.000\n<v Otto Brand>for eleven weeks.\n"
    )
    assert footnote("ingest", "bridge.vtt", "honey.txt").status == 0
    reply = footnote("ask", QUESTION, "--json").object
    assert {c["time"] for c in reply["citations"]} == {"12:34"}
    assert "paragraph 2, at 12:34" in footnote("ask", QUESTION).out
    found = footnote("search", "seal forged bridge", "--json").object["passages"]
    assert {p.get("time", "") for p in found} == {"", "0:04", "12:34"}
