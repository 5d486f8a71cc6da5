import json

import pytest

from footnote.evals.report import gate as gates
from footnote.evals.report.report import Report, Section
from footnote.evals.run import run_suite
from footnote.evals.suite.cases import Suite
from footnote.evals.suite.data import sample_suite
from footnote.ingest.errors import UnreadableSource


@pytest.fixture
def report(make_row):
    """Return a report on the samples with `right` of ten cases right."""

    def report(right, digest="d", cases=10):
        rows = [make_row(str(n), in_two=n < right, milliseconds=5) for n in range(10)]
        return Report("2026", {}, (Section.of(Suite("samples", tuple(range(cases)), digest), rows),))

    return report


@pytest.fixture
def path(tmp_path, report):
    gates.pin(report(6), tmp_path / "gate.json")
    return tmp_path / "gate.json"


def floor(path):
    return json.loads(path.read_text())["floors"]["correct"]


def test_a_floor_lies_two_cases_under_what_was_measured(path):
    assert floor(path) == pytest.approx(0.4)


def test_a_figure_at_its_floor_passes_and_one_below_does_not(path, report):
    pinned = gates.read_gate(path)
    assert gates.failures(pinned, report(4)) == []
    (said,) = gates.failures(pinned, report(3))
    assert "correct is 0.3000, below its floor of 0.4000" in said


def test_floors_rise_freely(path, report):
    _, changed = gates.pin(report(9), path)
    assert floor(path) == pytest.approx(0.7)
    assert changed == ["correct: 0.4000 → 0.7000"]


def test_a_floor_does_not_fall_because_a_run_was_a_little_worse(path, report):
    gates.pin(report(5), path)
    assert floor(path) == pytest.approx(0.4)


def test_a_floor_falls_only_when_that_is_asked_for(path, report):
    with pytest.raises(gates.GateFailed, match="--lower"):
        gates.pin(report(2), path)
    assert floor(path) == pytest.approx(0.4)
    gates.pin(report(2), path, lower=True)
    assert floor(path) == 0.0


def test_other_data_need_new_floors(path, report):
    (said,) = gates.failures(gates.read_gate(path), report(9, digest="other"))
    assert "data changed" in said
    gates.pin(report(2, digest="other"), path)
    assert floor(path) == 0.0
    assert gates.failures(gates.read_gate(path), report(2, digest="other")) == []


def test_a_part_of_the_suite_neither_passes_nor_pins(path, report):
    assert gates.failures(gates.read_gate(path), report(9, cases=20))
    with pytest.raises(gates.GateFailed, match="whole suite"):
        gates.pin(report(9, cases=20), path)


def test_a_figure_that_is_gone_fails(path, make_row):
    rows = [make_row("1", milliseconds=5)]
    empty = Report("2026", {}, (Section.of(Suite("samples", (1,), "d"), rows),))
    assert "could not be measured" in gates.failures(gates.read_gate(path), empty)[0]


def test_a_broken_gate_says_how_to_mend_it(tmp_path):
    path = tmp_path / "gate.json"
    path.write_text("[]")
    with pytest.raises(UnreadableSource, match="--pin"):
        gates.read_gate(path)


@pytest.mark.slow
def test_the_samples_stay_above_their_pinned_floors(sample_assistant):
    pinned = gates.read_gate()
    assert pinned is not None
    assert gates.failures(pinned, run_suite(sample_assistant, sample_suite())) == []


def test_a_pinned_file_keeps_the_order_of_its_floors(make_row, tmp_path):
    rows = [make_row(str(n), in_two=1, right=1, unanswerable=0, success__1=1) for n in range(10)]
    report = Report("2026", {}, (Section.of(Suite("samples", tuple(rows), "d"), rows),))
    order = ["right", "success@1", "correct"]
    path = tmp_path / "gate.json"
    path.write_text(json.dumps({"suite": "samples", "digest": "d", "floors": dict.fromkeys(order, 0.1)}))
    gates.pin(report, path)
    assert list(json.loads(path.read_text())["floors"]) == order


def test_what_was_installed_is_not_written_to(report, tmp_path, monkeypatch):
    installed = tmp_path / "site-packages" / "footnote" / "gate.json"
    installed.parent.mkdir(parents=True)
    monkeypatch.setattr(gates, "gate_path", lambda: installed)
    with pytest.raises(gates.GateFailed, match="--floors FILE"):
        gates.pin(report(9))
    assert not installed.exists()
    gates.pin(report(9), tmp_path / "own.json")
    assert (tmp_path / "own.json").exists()
