"""`footnote evaluate --job`: the suites are run by workers over the library on servers."""

from typing import TYPE_CHECKING

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands.run import say, say_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.evals.job import How
    from footnote.evals.report.report import Report
    from footnote.evals.suite.cases import Suite
    from footnote.ingest.jobs.queue import Queue

REST = "Workers do the rest. `footnote jobs --report {}` prints the report once it is there."
GONE = "Job {} was taken out of the line, or is long forgotten: there is no report on it."
# What goes with --job: what says what is asked and how, and what becomes of the report.
ALONG = (
    "suites", "responses", "library", "limit", "seed", "article_scope", "threads", "model", "threshold",
    "supported_from", "out", "export", "fail_under", "by", "floors_of", "pin", "lower",
)  # fmt: skip


def run_by_workers(address: str, suites: "Sequence[Suite]", how: "How") -> "list[Report]":
    """Put a job for each suite in line, and return the reports when workers have made them.

    Raises:
        LibraryError: If one failed.
    """
    from footnote.evals.job import job_of
    from footnote.ingest.jobs.queue import Queue

    with Queue(address) as queue:
        say_workers(queue, aloud=False)
        numbers = [queue.put(job_of(suite, how)) for suite in suites]
        reports = []
        try:
            for number, suite in zip(numbers, suites, strict=True):
                reports.append(_report(queue, number, suite, how))
        except KeyboardInterrupt:
            for number in numbers[len(reports) :]:
                say(REST.format(number), prefix="")
            raise
    return reports


def _report(queue: "Queue", number: int, suite: "Suite", how: "How") -> "Report":
    from footnote.evals.job import job_of, report_of
    from footnote.ingest.jobs.writer import followed
    from footnote.ui.commands import terminal

    total = len(suite.cases)
    with terminal.progress_bar(terminal.messages(), "cases") as bar:
        task = bar.add_task(suite.name, total=total, known=f"{total:,}", units=0)
        for event in followed(queue, number, job_of(suite, how)):
            bar.update(task, completed=event.done, units=event.done)
    result = queue.result(number)
    if result is None:
        raise FootnoteError(GONE.format(number))
    return report_of(result)
