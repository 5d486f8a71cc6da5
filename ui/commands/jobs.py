"""`footnote worker` and `jobs`: work that waits in PostgreSQL, and those who do it."""

from typing import TYPE_CHECKING, Annotated

import typer

from footnote.ui.commands.run import DONE, PROBLEM, Json, Run, app, emit, encoder_of, say

if TYPE_CHECKING:
    from footnote.ingest.jobs.queue import JobRecord
    from footnote.ingest.pipeline import Outcome

MOST_SOURCES = 3  # that are named of a job


@app.command(
    short_help="Read, encode and store what waits in PostgreSQL.",
    epilog="""\b
Examples:
  footnote worker
  footnote worker --once    end when nothing waits
""",
)
def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
    as_json: Json = False,
) -> int:
    """Take jobs until Ctrl-C: articles, links, feeds, refreshes, as others ask for them.

    Any number of workers, on any computers, share the jobs of one FOOTNOTE_RECORD. Others leave their work to
    them where FOOTNOTE_WORKERS=yes is set. The job of a worker that was killed is taken up by another.
    """
    from footnote.ingest.jobs.worker import Worker

    session: Run = context.obj
    settings = session.settings()

    def after(job: int, outcome: "Outcome") -> None:
        if as_json:
            emit({"job": job, **outcome.as_json()})
        elif outcome.status == "rejected":
            say(f"Job {job}: {outcome.reason}")

    found = Worker(settings.home, settings.stores, encoder_of(settings), after=after)
    if not as_json:
        say(f"Working for {found.place}. Ctrl-C ends it after the job that it is at.", prefix="")
    found.run(once=once)
    return DONE


@app.command(
    short_help="List what waits for workers, and what failed.",
    epilog="""\b
Examples:
  footnote jobs
  footnote jobs --retry    put what failed in line again
""",
)
def jobs(
    context: typer.Context,
    retry: Annotated[bool, typer.Option("--retry", help="Put what failed in line again.")] = False,
    as_json: Json = False,
) -> int:
    """List jobs: those that failed, then those that run, wait and are done. Status 1 when one failed."""
    from footnote.ingest.jobs.queue import Queue

    session: Run = context.obj
    with Queue(session.settings().record) as queue:
        again = queue.retry() if retry else 0
        found, counts, workers = queue.all(), queue.counts(), queue.workers()
    if as_json:
        for job in found:
            emit(job.as_json())
        return PROBLEM if counts["failed"] else DONE
    if retry:
        print(f"{again:,} in line again.")
    for job in found:
        if job.state != "done":
            _show(job)
    told = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    print(f"{told}; {workers:,} {'worker' if workers == 1 else 'workers'}.")
    return PROBLEM if counts["failed"] else DONE


def _show(job: "JobRecord") -> None:
    from footnote.ui.commands.terminal import line

    more = len(job.sources) - MOST_SOURCES
    named = ", ".join(job.sources[:MOST_SOURCES]) + (f" and {more:,} more" if more > 0 else "")
    print(job.id, job.state, line(named or job.do), line(job.reason), sep="\t")
