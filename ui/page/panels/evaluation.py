"""Measure how good the answers are, from the page: run a suite, read and compare reports."""

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

from footnote.ingest.errors import UnreadableSource
from footnote.rag.errors import FootnoteError
from footnote.ui.html.evaluation import SUITES, Reports, Running, dialog, rows
from footnote.ui.html.wording import plural
from footnote.ui.page.desk import SORRY
from footnote.ui.state.choices import suited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.evals.report.compare import Comparison
    from footnote.evals.report.report import Report
    from footnote.evals.suite.cases import Suite
    from footnote.evals.suite.corpus import Corpus
    from footnote.rag.assistant import Assistant
    from footnote.ui.html.templating import Html
    from footnote.ui.page.desk import Desk, Shown
    from footnote.ui.state.session import Session

log = logging.getLogger("footnote.ui")

NAME = re.compile(r"\d{8}-\d{6}")
MOST_REPORTS = 20  # kept; the oldest leave first
LOOK = 0.4  # seconds between looks at how far a run has come
READ_ONLY = "The library is open to be read only, so nothing can be measured here."


@dataclass(slots=True)
class EvaluationRun:
    """One run, which every open page may watch and stop."""

    done: int = 0
    total: int = 0
    problem: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class SuiteChoice:
    """What is to be run: one of the suites offered, and the file for one's own."""

    suite: str
    file: Path | None

    def load(self) -> Suite:
        """Return the suite.

        Raises:
            FootnoteError: If a file is wanted and none came, or it holds no case.
        """
        from footnote.evals.suite.data import SAMPLES, load_suite

        if self.suite != "own":
            _, most = SUITES.get(self.suite, SUITES["samples"])
            return load_suite(SAMPLES).sample(most)
        if self.file is None or self.file.suffix.lower() not in (".jsonl", ".json"):
            raise UnreadableSource("Choose a .jsonl or .json file with questions first.")
        return load_suite(self.file, library=True)


class EvaluationPanel:
    """The dialog of evaluations. One run at a time, whoever began it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._comparisons: dict[tuple[str, str], Comparison | None] = {}
        self._lock = threading.Lock()
        self._run: EvaluationRun | None = None

    @property
    def folder(self) -> Path | None:
        """Where reports are kept; None when nothing can be."""
        library = self.desk.assistant.library
        return None if library.read_only else library.home / "evaluations" / "reports"

    def open(self, shown: object = None, against: object = None) -> Shown:
        """Show the dialog with a report, the newest when none is named, compared with one before it.

        `against` is the name of that one, empty for none; otherwise it is the latest before it.
        """
        return self.desk.show_dialog("evaluation", self._html(self._reports(shown, against)))

    def run(self, session: Session, suite: object = "", file: object = None) -> Iterator[Shown]:
        """Run a suite, or watch the run that is under way, until it ends."""
        if self.folder is None:
            yield {"evaluation": dialog(Reports(), [], None, READ_ONLY)}
            return
        with self._lock:
            if self._run is None or self._run.ended.is_set():
                self._run = EvaluationRun()
                wish = SuiteChoice(suite if isinstance(suite, str) else "", self.desk.uploaded(file))
                assistant = suited(self.desk.assistant, session.choices)
                threading.Thread(target=self._measure, args=(self._run, wish, assistant), daemon=True).start()
            run = self._run
        told = -1
        while not run.ended.wait(LOOK):
            if run.done != told:
                told = run.done
                yield {"evaluation": self._html(Reports())}
        yield {"evaluation": self._html(self._reports(), run.problem)}

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

    def _reports(self, shown: object = None, against: object = None) -> Reports:
        names = self._names()
        name = str(shown) if shown in names else (names[0] if names else "")
        earlier = [n for n in names if n < name]
        chosen = str(against) if against == "" or against in earlier else (earlier[0] if earlier else "")
        return Reports(names, name, chosen)

    def _names(self) -> list[str]:
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted((p.stem for p in self.folder.glob("*.json") if NAME.fullmatch(p.stem)), reverse=True)

    def _html(self, reports: Reports, problem: str = "") -> Html:
        run = self._run if self._run and not self._run.ended.is_set() else None
        if run:
            return dialog(reports, [], Running(run.done, run.total), problem)
        report = self._read(reports.shown)
        if report is None:
            return dialog(reports, [], None, problem)
        try:
            comparison = self._compared(reports)
        except FootnoteError as error:
            comparison, problem = None, problem or str(error)
        return dialog(reports, rows(report, comparison), None, problem, _about(report))

    def _compared(self, reports: Reports) -> Comparison | None:
        """Return the comparison, which takes about a second to make; it is made once."""
        from footnote.evals.report.compare import compare

        key = (reports.against, reports.shown)
        if reports.against and key not in self._comparisons:
            before, after = self._read(reports.against), self._read(reports.shown)
            self._comparisons[key] = compare(before, after) if before and after else None
        return self._comparisons.get(key)

    def _read(self, name: str) -> Report | None:
        from footnote.evals.report.report import read_report

        try:
            return read_report(self.folder / f"{name}.json") if name and self.folder else None
        except FootnoteError:
            return None

    def _measure(self, run: EvaluationRun, wish: SuiteChoice, assistant: Assistant) -> None:
        try:
            self._keep(self._report(run, wish, assistant))
        except FootnoteError as error:
            run.problem = str(error)
        except Exception:
            log.exception("the evaluation failed")
            run.problem = SORRY
        finally:
            if wish.file:
                wish.file.unlink(missing_ok=True)
            run.ended.set()

    def _report(self, run: EvaluationRun, wish: SuiteChoice, assistant: Assistant) -> Report:
        """Run the suite; articles that it brings are put in a library of their own."""
        suite = wish.load()
        run.total = len(suite.cases)
        if next(suite.articles(), None) is None:
            return _asked(run, suite, assistant, None)
        from footnote.evals.suite.corpus import fill
        from footnote.ingest.library.library import open_library

        folder = Path(tempfile.mkdtemp(prefix="footnote-evaluation-"))
        try:
            with open_library(folder, assistant.encoder.name, assistant.encoder.dimension) as library:
                own = replace(assistant, library=library, settings=assistant.settings.in_folder(folder))
                return _asked(run, suite, own, fill(own, suite))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, report: Report) -> None:
        from footnote.evals.report.page import report_html

        folder = self.folder
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        names = self._names()
        while (name := time.strftime("%Y%m%d-%H%M%S", time.gmtime())) in names:  # a second ago, or less
            time.sleep(0.1)
        (folder / f"{name}.html").write_text(report_html(report), encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps(report.as_json()) + "\n", encoding="utf-8")
        for old in self._names()[MOST_REPORTS:]:
            for form in ("html", "json"):
                (folder / f"{old}.{form}").unlink(missing_ok=True)


def _asked(run: EvaluationRun, suite: Suite, assistant: Assistant, corpus: Corpus | None) -> Report:
    from footnote.evals.run import run_suite

    def progress(done: int, _total: int) -> None:
        run.done = done

    return run_suite(assistant, suite, corpus=corpus, progress=progress, cancelled=run.stop.is_set)


def _about(report: Report) -> str:
    """Say what a report is on: the suite, how many of its cases, and what answered."""
    suites = "; ".join(
        f"{s.suite}: {len(s.rows):,} of {plural(s.cases, 'case')}{'' if s.complete else ', stopped early'}"
        for s in report.sections
    )
    model = str(report.versions.get("model", "none"))
    by = "the articles’ own sentences" if model.startswith("none") else model
    return f"{suites}. Answered by {by}."
