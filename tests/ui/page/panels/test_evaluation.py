from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from footnote.evals.metrics.rows import Row
from footnote.evals.report.report import Report, Section
from footnote.evals.suite.cases import Suite
from footnote.ui.html.evaluation import FigureRow as Shown
from footnote.ui.html.evaluation import Reports, dialog
from footnote.ui.page.page import Page
from footnote.ui.page.panels.evaluation import MOST_REPORTS, EvaluationPanel, EvaluationRun, SuiteChoice
from footnote.ui.state.session import Session

EARLIER, LATER = "20260101-000000", "20260102-000000"


def a_report(*right: float) -> Report:
    """A report on as many questions, each answered rightly (1) or not (0)."""
    rows = [
        Row(
            str(n),
            "answerable",
            {"question": f"Which {n}?", "gold": [["a", 1]]},
            {"refused": False, "confidence": 0.9},
            values={"in_two": value, "right": value},
        )
        for n, value in enumerate(right)
    ]
    return Report(
        "2026-01-01T00:00:00Z",
        {"model": "none: extractive"},
        (Section.of(Suite("samples", tuple(rows), "d"), rows),),
    )


@pytest.fixture
def panel(assistant, tmp_path) -> EvaluationPanel:
    assistant.library.read_only = False
    assistant.library.home = tmp_path
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return Page(assistant, uploads=uploads).evaluation


def keep(panel: EvaluationPanel, name: str, report: Report) -> None:
    panel.folder.mkdir(parents=True, exist_ok=True)
    (panel.folder / f"{name}.json").write_text(json.dumps(report.as_json()))
    (panel.folder / f"{name}.html").write_text("<p>the report</p>")


def run(panel: EvaluationPanel, *wish):
    return panel.run(Session(), *wish)


def test_a_run_tells_how_far_it_is_and_its_report_is_kept(panel, monkeypatch):
    seen = threading.Event()

    def report(run: EvaluationRun, *_: object) -> Report:
        run.total, run.done = 4, 2
        seen.wait(10)
        return a_report(1, 0)

    monkeypatch.setattr(panel, "_report", report)
    steps = run(panel)
    assert "2 of 4 cases done" in next(steps)["evaluation"]
    seen.set()
    last = list(steps)[-1]["evaluation"]
    assert "samples: 2 of 2 cases. Answered by the articles’ own sentences." in last
    assert "<iframe" in last
    name = panel._names()[0]
    assert "samples" in panel.report(name, "html")


def test_a_run_can_be_stopped_by_whoever_watches(panel, monkeypatch):
    monkeypatch.setattr(panel, "_report", lambda run, *_: run.stop.wait(10) and a_report(1))
    steps = run(panel)
    threading.Timer(0.1, panel.cancel).start()
    assert "Run the evaluation" in list(steps)[-1]["evaluation"]


def test_a_failure_is_one_polite_sentence_and_earlier_reports_stay(panel, monkeypatch, caplog):
    keep(panel, EARLIER, a_report(1))

    def broken(*_: object) -> Report:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(panel, "_report", broken)
    last = list(run(panel))[-1]["evaluation"]
    assert "Something went wrong" in last
    assert "secret" not in last
    assert "secret detail" in caplog.text
    assert EARLIER in last


def test_a_report_is_compared_with_the_one_before_with_the_interval_and_a_verdict(panel):
    keep(panel, EARLIER, a_report(*[0] * 20))
    keep(panel, LATER, a_report(*[1] * 20))
    shown = panel.open()["evaluation"]
    assert f'<option value="{EARLIER}" selected>1 January 2026' in shown
    assert "better: +100.0 (+100.0 to +100.0), n=20" in shown
    assert "Change" not in panel.open(LATER, "")["evaluation"]
    assert "compared with" not in panel.open(EARLIER)["evaluation"]


def test_reports_without_a_common_case_say_so_and_the_figures_stay(panel):
    keep(panel, EARLIER, a_report(1))
    later = a_report(1)
    other = Section.of(Suite("other", (), "d"), later.sections[0].rows)
    keep(panel, LATER, Report("2026", {}, (other,)))
    shown = panel.open()["evaluation"]
    assert "no case in common" in shown
    assert "<table>" in shown


def test_a_few_cases_of_the_built_in_suite_can_be_drawn():
    assert len(SuiteChoice("quick", None).load().cases) == 60
    assert len(SuiteChoice("whatever", None).load().cases) > 200


def test_questions_of_ones_own_are_put_to_the_library_and_the_file_leaves(panel, assistant, monkeypatch):
    file = panel.desk.uploads / "mine.jsonl"
    file.write_text('{"id": 1, "question": "When is bread baked?", "answers": ["Tuesdays"]}\n')
    asked = []

    def run_suite(assistant, suite, **_: object) -> Report:
        asked.append((assistant.library, [c.question for c in suite.cases]))
        return a_report(1)

    monkeypatch.setattr("footnote.evals.run.run_suite", run_suite)
    list(run(panel, "own", str(file)))
    assert asked == [(assistant.library, ["When is bread baked?"])]
    assert not file.exists()


@pytest.mark.parametrize("path", [None, "", "/etc/passwd", __file__, 5])
def test_a_file_that_was_not_uploaded_is_not_read(panel, path):
    last = list(run(panel, "own", path))[-1]["evaluation"]
    assert "Choose a .jsonl or .json file" in last
    assert Path(__file__).exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "20260101-000000/..", "x", "20260101-0000000"])
@pytest.mark.parametrize("form", ["html", "json", "toml"])
def test_only_reports_are_read_from_the_folder(panel, name, form):
    assert panel.report(name, form) is None


def test_the_oldest_reports_leave(panel):
    panel.folder.mkdir(parents=True)
    for n in range(MOST_REPORTS + 5):
        for form in ("json", "html"):
            (panel.folder / f"202501{n // 24 + 1:02}-{n % 24:02}0000.{form}").write_text("{}")
    panel._keep(a_report(1))
    assert len(panel._names()) == MOST_REPORTS
    assert len(list(panel.folder.iterdir())) == 2 * MOST_REPORTS
    assert panel._names()[0].startswith(time.strftime("%Y", time.gmtime()))


def test_two_reports_of_one_second_are_both_kept(panel):
    panel._keep(a_report(1))
    panel._keep(a_report(1))
    assert len(panel._names()) == 2


def test_a_library_that_is_read_only_says_why_nothing_runs(assistant, tmp_path):
    panel = Page(assistant, uploads=tmp_path).evaluation
    assert "read only" in list(run(panel))[-1]["evaluation"]
    assert panel.report("20260101-000000", "html") is None


def test_hostile_words_in_a_report_are_shown_and_do_nothing():
    hostile = Shown("<b>", "${x}", "<i>", "<i>", "<i>", "<u>")
    html = dialog(Reports([LATER, EARLIER], LATER, EARLIER), [hostile], None, "<script>", "<style>")
    for tag in ("<script>", "<b>", "<i>", "<u>", "<style>", "${"):
        assert tag not in html
