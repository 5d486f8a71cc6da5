"""`footnote worker` and `jobs`: work that waits in PostgreSQL, and those who do it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands.run import DONE, PROBLEM, Json, Run, app, emit, encoder_of, say, worker_of

if TYPE_CHECKING:
    from footnote.ingest.jobs.queue import JobRecord, Queue
    from footnote.ingest.pipeline import Outcome

MOST_SOURCES = 3  # that are named of a job


@app.command(
    short_help="Read, encode and store what waits in PostgreSQL.",
    epilog="""\b
Examples:
  footnote worker
  footnote worker --once                  end when nothing waits
  footnote worker --ray auto              one for each free processor of a Ray cluster, until nothing waits
  footnote worker --ray ray://head:10001 --workers 4
""",
)
def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Work as tasks on a Ray cluster that runs, until nothing waits: auto, ray://HOST:10001 or "
            "HOST:6379.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="With --ray: at most so many tasks. Default: one for each free processor.",
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Take jobs until Ctrl-C: articles, links, feeds, refreshes, evaluations, as others ask for them.

    Any number of workers, on any computers, share the jobs of one FOOTNOTE_RECORD. Others leave their work to
    them where FOOTNOTE_WORKERS=yes is set. The job of a worker that was killed is taken up by another.
    """
    if workers is not None and ray is None:
        raise typer.BadParameter("--workers goes with --ray", context)
    session: Run = context.obj
    settings = session.settings()

    def after(job: int, outcome: "Outcome") -> None:
        if as_json:
            emit({"job": job, **outcome.as_json()})
        elif outcome.status == "rejected":
            say(f"Job {job}: {outcome.reason}")

    def told(message: str) -> None:
        if not as_json:
            say(message, prefix="")

    if ray is not None:
        from footnote.ui.commands.by_ray import Tasks, joined

        with joined(ray, settings) as (cluster, queue):
            Tasks(cluster, queue, settings, workers, after=after, say=told, complain=session.complain).run()
        return session.status
    found = worker_of(settings, encoder_of(settings), session.build, after)
    told(f"Working for {found.place}. Ctrl-C ends it after the job that it is at.")
    found.run(once=once)
    return DONE


@app.command(
    short_help="List what waits for workers, and what failed.",
    epilog="""\b
Examples:
  footnote jobs
  footnote jobs --retry        put what failed in line again
  footnote jobs --report 17    the report on an evaluation that is done
""",
)
def jobs(
    context: typer.Context,
    retry: Annotated[bool, typer.Option("--retry", help="Put what failed in line again.")] = False,
    report: Annotated[
        int | None, typer.Option(metavar="JOB", help="Print the report on an evaluation, in JSON.")
    ] = None,
    as_json: Json = False,
) -> int:
    """List jobs that failed, that run, that wait, and what could not be read. Status 1 when one failed."""
    from footnote.ingest.jobs.queue import Queue
    from footnote.ui.commands import terminal

    session: Run = context.obj
    with Queue(session.settings().record) as queue:
        if report is not None:
            emit(json.loads(_result(queue, report)))
            return DONE
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
        for reason in job.rejected:
            print(job.id, "not used", terminal.line(reason), sep="\t")
    told = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    print(f"{told}; {workers:,} {'worker' if workers == 1 else 'workers'}.")
    return PROBLEM if counts["failed"] else DONE


def _result(queue: "Queue", job: int) -> bytes:
    """Return the report on an evaluation.

    Raises:
        FootnoteError: If there is none, with what there is instead.
    """
    if (result := queue.result(job)) is not None:
        return result
    found = queue.evaluation(job)
    if found is None:
        raise FootnoteError(f"There is no evaluation {job}; those that are done are forgotten after a week.")
    far = f" {found.done:,} of {found.total:,} cases are done." if found.total else ""
    raise FootnoteError(f"There is no report on job {job}: it is {found.state}.{far} {found.reason}".rstrip())


def _show(job: "JobRecord") -> None:
    from footnote.ingest.jobs.items import EVALUATE
    from footnote.ui.commands.terminal import line

    more = len(job.sources) - MOST_SOURCES
    named = ", ".join(job.sources[:MOST_SOURCES]) + (f" and {more:,} more" if more > 0 else "")
    what = f"evaluation of {named}" if job.do == EVALUATE else named or job.do
    far = f"{job.done:,} of {job.total:,}" if job.state == "running" and job.total else ""
    print(job.id, job.state, line(what), line(job.reason or far), sep="\t")
