"""Measure how good the answers are, from the page: run the built-in suite, read and compare reports."""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FootnoteError
from ui.desk import SORRY
from ui.render import escape, plural, readable_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evals.report import Report
    from ui.desk import Desk, Shown

log = logging.getLogger("footnote.ui")

NAME = re.compile(r"\d{8}-\d{6}")
MOST_REPORTS = 20  # kept; the oldest leave first
LOOK = 0.4  # seconds between looks at how far a run has come
READ_ONLY = "The library is open to be read only, so nothing can be measured here."


@dataclass(slots=True)
class Run:
    """One run, which every open page may watch and stop."""

    done: int = 0
    total: int = 0
    problem: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class EvaluationPanel:
    """The dialog of evaluations. One run at a time, whoever began it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._turn = threading.Lock()
        self._run: Run | None = None

    @property
    def folder(self) -> Path | None:
        """Where reports are kept; None when nothing can be."""
        library = self.desk.assistant.library
        return None if library.read_only else library.home / "evaluations" / "reports"

    def open(self, shown: object = None) -> Shown:
        """Show the dialog with a report, the newest when none is named."""
        names = self._names()
        name = shown if shown in names else (names[0] if names else "")
        return self.desk.opened("evaluation", self._html(str(name), names))

    def run(self) -> Iterator[Shown]:
        """Run the suite, or watch the run that is under way, until it ends."""
        if self.folder is None:
            yield {"evaluation": dialog("", [], [], None, READ_ONLY)}
            return
        with self._turn:
            if self._run is None or self._run.ended.is_set():
                self._run = Run()
                threading.Thread(target=self._measure, args=(self._run,), daemon=True).start()
            run = self._run
        told = -1
        while not run.ended.wait(LOOK):
            if run.done != told:
                told = run.done
                yield {"evaluation": self._html("", self._names())}
        yield {"evaluation": self._html((self._names() or [""])[0], self._names(), run.problem)}

    def cancel(self) -> Shown:
        """Stop the run; the report is on what is finished."""
        if self._run:
            self._run.stop.set()
        return {}

    def report(self, name: str, form: str) -> str | None:
        """Return a kept report as a file, or None."""
        if self.folder is None or not NAME.fullmatch(name) or form not in ("html", "json"):
            return None
        path = self.folder / f"{name}.{form}"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def _names(self) -> list[str]:
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted((p.stem for p in self.folder.glob("*.json") if NAME.fullmatch(p.stem)), reverse=True)

    def _html(self, name: str, names: Sequence[str], problem: str = "") -> str:
        run = self._run if self._run and not self._run.ended.is_set() else None
        before = next((n for n in names if n < name), "")
        rows = figures(self._read(name), self._read(before)) if name and not run else []
        return dialog(name, names, rows, run, problem)

    def _read(self, name: str) -> Report | None:
        from evals.report import read_report

        try:
            return read_report(self.folder / f"{name}.json") if name and self.folder else None
        except FootnoteError:
            return None

    def _measure(self, run: Run) -> None:
        try:
            self._keep(self._report(run))
        except FootnoteError as error:
            run.problem = str(error)
        except Exception:
            log.exception("the evaluation failed")
            run.problem = SORRY
        finally:
            run.ended.set()

    def _report(self, run: Run) -> Report:
        """Run the suite in a library of its own; encoder and models are those that answer."""
        from evals.corpus import fill
        from evals.data import SAMPLES, load_suite
        from evals.run import run_suite
        from ingest.library import open_library

        suite, assistant = load_suite(SAMPLES), self.desk.assistant
        run.total = len(suite.cases)
        folder = Path(tempfile.mkdtemp(prefix="footnote-evaluation-"))
        try:
            with open_library(folder, assistant.encoder.name, assistant.encoder.dimension) as library:
                own = replace(assistant, library=library, settings=replace(assistant.settings, home=folder))
                corpus = fill(own, suite)

                def progress(done: int, _total: int) -> None:
                    run.done = done

                return run_suite(own, suite, corpus=corpus, progress=progress, cancelled=run.stop.is_set)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, report: Report) -> None:
        from evals.page import report_html

        folder = self.folder
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        name = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        (folder / f"{name}.html").write_text(report_html(report), encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps(report.as_json()) + "\n", encoding="utf-8")
        for old in self._names()[MOST_REPORTS:]:
            for form in ("html", "json"):
                (folder / f"{old}.{form}").unlink(missing_ok=True)


Row = tuple[str, str, str, str, str]  # figure, value with unit, 95% interval, n, the earlier value


def figures(report: Report | None, earlier: Report | None) -> list[Row]:
    """Return the headline figures of a report beside those of an earlier one."""
    from evals.page import headline_figures, shown, unit_sign

    if report is None:
        return []
    before = {n: f for s in (earlier.sections if earlier else ()) for n, f, _ in headline_figures(s) if f}
    rows = []
    for section in report.sections:
        for name, figure, meaning in headline_figures(section):
            if figure is None:
                rows.append((name, meaning, "", "", ""))
                continue
            old, sign = before.get(name), unit_sign(figure)
            between = f"{shown(figure, figure.low)}–{shown(figure, figure.high)}{sign}"
            was = f"{shown(old, old.value)}{sign}" if old else ""
            counted = f"{figure.n:,} {figure.counts}"
            rows.append((name, f"{shown(figure, figure.value)}{sign}", between, counted, was))
    return rows


def dialog(name: str, names: Sequence[str], rows: Sequence[Row], run: Run | None, problem: str) -> str:
    """Render the dialog: what runs, the headline figures, and the report with its plots in a frame."""
    said = f'<p class="notice" role="alert">{escape(problem)}</p>' if problem else ""
    return (
        '<dialog class="panel-dialog evaluation" aria-labelledby="evaluation-title">'
        '<div class="evaluation-head">'
        '<h2 id="evaluation-title">Evaluation</h2>'
        '<button type="button" class="plain" data-close-dialog>Close</button></div>'
        '<p class="facts">The built-in questions and summaries are put to the answerer that answers you, '
        f"in a library of their own. Yours is not touched.</p>{said}"
        f'<div class="evaluation-bar">{_running(run)}{_chosen(name, names)}</div>'
        f"{_table(rows)}{_frame(name) if rows else ''}</dialog>"
    )


def _running(run: Run | None) -> str:
    if run is None:
        return '<p><button type="button" class="primary" data-act="evaluate">Run the evaluation</button></p>'
    words = f"{run.done:,} of {plural(run.total, 'case')} done" if run.done else "Adding the articles…"
    return (
        f'<p class="running"><progress max="{max(1, run.total)}" value="{run.done}" aria-label="Evaluation">'
        f'</progress><span role="status">{words}</span>'
        '<button type="button" class="plain" data-act="cancel-evaluation">Stop</button></p>'
    )


def _chosen(name: str, names: Sequence[str]) -> str:
    if not names:
        return '<p class="nothing">No report yet. A run takes about a minute without a language model.</p>'
    options = "".join(
        f'<option value="{n}"{" selected" if n == name else ""}>{_when(n)}</option>' for n in names
    )
    return f'<label class="report-choice">Report of <select data-report>{options}</select></label>'


def _when(name: str) -> str:
    day, clock = name.split("-")
    return f"{readable_date(f'{day[:4]}-{day[4:6]}-{day[6:]}')}, {clock[:2]}:{clock[2:4]} UTC"


def _table(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row">{escape(r[0])}</th>{"".join(f"<td>{escape(c)}</td>" for c in r[1:])}</tr>'
        for r in rows
    )
    return (
        '<table><thead><tr><th scope="col">Figure</th><th scope="col">Value</th>'
        '<th scope="col">95% interval</th><th scope="col">n</th><th scope="col">Run before</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _frame(name: str) -> str:
    return (
        f'<p class="downloads"><a href="evaluation/{name}.html" download>Download the report</a> '
        f'<a href="evaluation/{name}.json" download>Download its data</a></p>'
        f'<iframe src="evaluation/{name}.html" title="The report with its plots" loading="lazy"></iframe>'
    )
