"""`footnote check`: verdicts, citations and exit status."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from footnote import Assistant
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote.ui.cli import run

MILL = """The mill by the weir grinds again from Friday. Two brothers, Ivo and Per Lund, repaired its wheel.

The repair cost 52,000 euros. The parish paid half of it.
"""
TRUE, FALSE = "The repair cost 52,000 euros.", "The repair cost 25,000 euros."


@pytest.fixture
def check(tmp_path: Path, fake_encoder, capfd: pytest.CaptureFixture[str]):
    (tmp_path / "mill.txt").write_text(MILL, encoding="utf-8")
    home = tmp_path / "library"
    with open_library(home, fake_encoder.name, fake_encoder.dimension) as library:
        assert list(ingest(read_sources([str(tmp_path / "mill.txt")]), library, fake_encoder))

    def build(settings, *, read_only: bool = False) -> Assistant:
        library = open_library(settings.home, fake_encoder.name, fake_encoder.dimension, read_only=read_only)
        return Assistant(settings, library, fake_encoder)

    def check(*argv: str):
        capfd.readouterr()
        status = run(["--home", str(home), "check", *argv], build=build)
        out, err = capfd.readouterr()
        return SimpleNamespace(
            status=status, out=out, err=err, rows=lambda: [json.loads(r) for r in out.splitlines()]
        )

    return check


def test_a_text_is_checked_against_the_library(check) -> None:
    found = check(f"{TRUE} {FALSE}", "--json")
    (row,) = found.rows()
    assert found.status == 0
    assert [s["support"]["verdict"] for s in row["sentences"]] == ["supported", "unsupported"]
    assert set(row) == {"text", "sentences", "citations"}
    (cited,) = row["citations"]
    assert cited["quote"] == cited["paragraph_text"][cited["quote_start"] : cited["quote_end"]] == TRUE
    assert cited["paragraph"] == 2


def test_a_person_sees_signs_and_words_and_not_colours_alone(check) -> None:
    found = check(f"{TRUE} {FALSE}")
    assert "✓" in found.out
    assert "✗" in found.out
    assert "contradicted: The paragraph says “52,000 euros”" in found.out
    assert "2 sentences: 1 supported, 1 contradicted." in found.out
    assert "\x1b" not in found.out


@pytest.mark.parametrize(("text", "status"), [(TRUE, 0), (FALSE, 1)])
def test_strict_ends_with_one_when_a_sentence_is_not_supported(check, text, status) -> None:
    assert check(text, "--strict").status == status


def test_a_file_is_checked_against_another_file_that_is_not_added(check, tmp_path: Path) -> None:
    (tmp_path / "draft.md").write_text(f"# A draft\n\n{TRUE}\n", encoding="utf-8")
    (tmp_path / "tower.txt").write_text("The tower leans. Its bell is cracked.", encoding="utf-8")
    own = check(str(tmp_path / "draft.md"), "--against", str(tmp_path / "mill.txt"), "--json").rows()[0]
    other = check(str(tmp_path / "draft.md"), "--against", str(tmp_path / "tower.txt"), "--json").rows()[0]
    assert own["sentences"][0]["support"]["verdict"] == "supported"
    assert other["sentences"][0]["support"]["verdict"] == "unsupported"
    assert "tower" not in json.dumps(check(TRUE, "--json").rows())


def test_an_article_of_the_library_is_named_by_its_file_name(check) -> None:
    assert check(TRUE, "--against", "mill.txt", "--strict").status == 0


def test_an_unknown_article_is_said_to_be_unknown(check) -> None:
    found = check(TRUE, "--against", "nowhere.txt")
    assert found.status == 1
    assert "nowhere.txt" in found.err


def test_standard_input_is_a_text(check, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TRUE.encode())))
    assert check("-", "--json").rows()[0]["sentences"][0]["text"] == TRUE


def test_a_batch_prints_a_verdict_a_row_and_names_bad_rows(check, tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": 1, "claim": TRUE, "source": MILL}),
        "nonsense",
        json.dumps({"id": "b", "claim": FALSE}),
        "",
        json.dumps({"id": 3, "claim": FALSE, "source": [MILL]}),
    ]
    (tmp_path / "claims.jsonl").write_text("\n".join(rows), encoding="utf-8")
    found = check("--batch", str(tmp_path / "claims.jsonl"), "--json")
    one, bad, worse, last = found.rows()
    assert found.status == 1
    assert one["id"] == 1
    assert set(one["support"]) == {"verdict", "score", "reason", "relation"}
    assert (one["support"]["verdict"], last["support"]["verdict"]) == ("supported", "unsupported")
    assert "not JSON" in bad["error"]
    assert (worse["id"], worse["error"]) == ("b", 'it has no "source" that is a text')
    assert "line 2" in found.err
    assert "line 3" in found.err


@pytest.mark.parametrize("argv", [(), (TRUE, "--batch", "x"), (TRUE, "--against", "a", "--article", "b")])
def test_wrong_usage_ends_with_two(check, argv) -> None:
    assert check(*argv).status == 2


def test_an_empty_text_is_refused_in_a_sentence(check) -> None:
    found = check("  ", "--json")
    assert found.status == 2
    assert "no sentence" in found.err
    assert found.out == ""


def test_a_hostile_text_cannot_steer_the_terminal(check) -> None:
    assert "\x1b" not in check("The \x1b[31mrepair\x1b[0m cost 52,000 euros.").out


def test_a_file_that_is_not_there_is_no_text_to_check(check) -> None:
    found = check("draft-of-mine.md")
    assert found.status == 1
    assert "There is no file “draft-of-mine.md”." in found.err


def test_a_judge_that_cannot_be_reached_is_no_verdict_and_status_one(check, monkeypatch, tmp_path):
    for name, value in (("MODEL", "openai:local"), ("BASE_URL", "http://127.0.0.1:9/v1"), ("API_KEY", "k"),
                        ("JUDGE", "model")):  # fmt: skip
        monkeypatch.setenv(f"FOOTNOTE_{name}", value)
    claims = tmp_path / "claims.jsonl"
    claims.write_text(json.dumps({"id": 1, "claim": FALSE, "source": MILL}))
    found = check("--batch", str(claims))
    assert found.status == 1
    assert "could not be reached" in found.rows()[0]["error"]


def test_a_question_that_stands_alone_in_a_file_is_not_lost(check, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text(f"{TRUE}\n\nWill the mill grind?\n\n{FALSE}\n", encoding="utf-8")
    said = json.loads(check(str(draft), "--json").out)["sentences"]
    assert [s["text"] for s in said] == [TRUE, "Will the mill grind?", FALSE]
    assert said[1]["support"]["verdict"] == "none"
