import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from footnote.evals.tools import measure
from footnote.evals.tools.measure import BASELINES, SETS, Baseline, Measured, moved, read

ROOT = Path(__file__).parents[3]
MADE = {"commit": "abc", "footnote": "1", "code": "def", "date": "2026-01-01"}
BEFORE = Baseline("a_set", "0123", MADE, {"auc": Measured(0.8, 0.7, 0.9, 50)})
KEYS = re.compile(r"`([a-z0-9_]+)/([a-z0-9_@:]+)`")


def now(value: float, digest: str = "0123") -> Baseline:
    return replace(BEFORE, digest=digest, figures={"auc": Measured(value, value - 0.1, value + 0.1, 50)})


def test_what_was_written_is_read_again(tmp_path):
    BEFORE.write(tmp_path)
    assert read("a_set", tmp_path) == BEFORE
    assert read("another", tmp_path) is None


@pytest.mark.parametrize("value", [0.7, 0.85, 0.9])
def test_a_figure_within_its_interval_has_not_moved(value):
    assert moved(BEFORE, now(value)) == []


@pytest.mark.parametrize("value", [0.69, 0.91])
def test_a_figure_outside_its_interval_has_moved(value):
    assert moved(BEFORE, now(value)) == [
        f"a_set/auc: {value:.4f}, before 0.8000 (0.7000 to 0.9000) at abc.",
    ]


def test_figures_of_other_data_are_not_compared():
    (reason,) = moved(BEFORE, now(0.1, digest="4567"))
    assert "the data are others (0123, now 4567)" in reason


def test_a_figure_that_is_gone_is_told():
    assert moved(BEFORE, replace(BEFORE, figures={})) == ["a_set/auc could not be measured."]


CLAIMS = [
    {"source": "The ferry sails at nine.", "claim": "The ferry sails at nine.", "label": 1},
    {"source": "The ferry sails at nine.", "claim": "The moon is made of cheese.", "label": 0},
]


def test_the_command_measures_compares_and_keeps(tmp_path, monkeypatch, capsys):
    data, kept = tmp_path / "data", tmp_path / "baselines"
    data.mkdir()
    monkeypatch.setattr(measure, "read", lambda name: read(name, kept))
    monkeypatch.setattr(Baseline, "write", lambda self, write=Baseline.write: write(self, kept))
    assert measure.main([str(data)]) == 1
    assert "faith_q2 needs faith_q2.jsonl in" in capsys.readouterr().err
    (data / "faith_q2.jsonl").write_text("\n".join(map(json.dumps, CLAIMS)), encoding="utf-8")
    assert measure.main([str(data), "--check"]) == 1
    assert measure.main([str(data), "--write"]) == 0
    assert measure.main([str(data), "--check"]) == 0
    said = capsys.readouterr()
    assert "faith_q2/auc" in said.out
    turned = [{**claim, "label": 1 - claim["label"]} for claim in CLAIMS]
    (data / "faith_q2.jsonl").write_text("\n".join(map(json.dumps, turned)), encoding="utf-8")
    assert measure.main([str(data), "--check"]) == 1


def test_the_articles_asked_about_are_those_that_the_reader_did_not_learn_from():
    told = json.loads((ROOT / "rag" / "answer" / "reader.json").read_text(encoding="utf-8"))
    assert all(title in told["measured_on"] for title in measure.UNLEARNT)
    assert not any(title in " ".join(told["data"]) for title in measure.UNLEARNT)


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.name)
def test_every_set_has_been_measured_and_its_baseline_holds_no_text(one):
    baseline = read(one.name)
    assert baseline
    assert baseline.figures
    assert re.fullmatch(r"[0-9a-f]{16}", baseline.digest)
    assert set(baseline.made) == set(MADE)
    assert all(f.low <= f.value <= f.high and f.n > 0 for f in baseline.figures.values())
    text = (BASELINES / f"{one.name}.json").read_text(encoding="utf-8")
    assert all(len(word) <= 20 for word in re.findall(r'"([^"]*)"', text))


def test_a_comment_that_names_a_figure_names_one_that_is_measured():
    named = [
        (path.name, name, key)
        for room in ("rag", "ingest")
        for path in sorted((ROOT / room).rglob("*.py"))
        for name, key in KEYS.findall(path.read_text(encoding="utf-8"))
        if (BASELINES / f"{name}.json").exists() or name in {one.name for one in SETS}
    ]
    assert named
    for file, name, key in named:
        baseline = read(name)
        assert baseline
        assert key in baseline.figures, (file, f"{name}/{key}")
