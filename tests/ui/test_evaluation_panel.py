from __future__ import annotations

import threading

import pytest

from ui import evaluation_panel
from ui.evaluation_panel import MOST_REPORTS, EvaluationPanel, Run, dialog
from ui.page import Page


class Kept:
    """A report that writes itself, in the place of a real one."""

    def as_json(self) -> dict:
        return {"sections": []}


@pytest.fixture
def panel(assistant, tmp_path, monkeypatch) -> EvaluationPanel:
    assistant.library.read_only = False
    assistant.library.home = tmp_path
    monkeypatch.setattr("evals.page.report_html", lambda report: "<p>the report</p>")
    monkeypatch.setattr(
        evaluation_panel,
        "figures",
        lambda report, earlier: [("Faithfulness", "99%", "98–100%", "10 cases", "")],
    )
    return Page(assistant, uploads=tmp_path).evaluation


def test_a_run_tells_how_far_it_is_and_its_report_is_kept(panel, monkeypatch):
    seen = threading.Event()

    def report(run: Run) -> Kept:
        run.total, run.done = 4, 2
        seen.wait(10)
        return Kept()

    monkeypatch.setattr(panel, "_report", report)
    steps = panel.run()
    assert "2 of 4 cases done" in next(steps)["evaluation"]
    seen.set()
    last = list(steps)[-1]["evaluation"]
    assert "Faithfulness" in last
    name = panel._names()[0]
    assert panel.report(name, "html") == "<p>the report</p>"


def test_a_run_can_be_stopped_by_whoever_watches(panel, monkeypatch):
    monkeypatch.setattr(panel, "_report", lambda run: run.stop.wait(10) and Kept())
    steps = panel.run()
    threading.Timer(0.1, panel.cancel).start()
    assert "Run the evaluation" in list(steps)[-1]["evaluation"]


def test_a_failure_is_one_polite_sentence(panel, monkeypatch, caplog):
    def broken(run: Run) -> Kept:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(panel, "_report", broken)
    last = list(panel.run())[-1]["evaluation"]
    assert "Something went wrong" in last
    assert "secret" not in last
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "20260101-000000/..", "x", "20260101-0000000"])
@pytest.mark.parametrize("form", ["html", "json", "toml"])
def test_only_reports_are_read_from_the_folder(panel, name, form):
    assert panel.report(name, form) is None


def test_the_oldest_reports_leave(panel):
    panel.folder.mkdir(parents=True)
    for n in range(MOST_REPORTS + 5):
        for form in ("json", "html"):
            (panel.folder / f"202601{n // 24 + 1:02}-{n % 24:02}0000.{form}").write_text("{}")
    panel._keep(Kept())
    assert len(panel._names()) == MOST_REPORTS
    assert len(list(panel.folder.iterdir())) == 2 * MOST_REPORTS


def test_a_library_that_is_read_only_says_why_nothing_runs(assistant, tmp_path):
    panel = Page(assistant, uploads=tmp_path).evaluation
    assert "read only" in list(panel.run())[-1]["evaluation"]
    assert panel.report("20260101-000000", "html") is None


def test_hostile_words_in_a_report_are_shown_and_do_nothing():
    html = dialog("20260101-000000", ["20260101-000000"], [("<b>", "${x}", "", "", "")], None, "<script>")
    assert "<script>" not in html
    assert "<b>" not in html
