"""A worker: takes one job after the other, and those of workers that were killed.

What it does with an article is safe from a kill at any moment, and done twice is done once: an article is
known by its content. So a job whose worker gives no sign of life is simply done again from its beginning.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import FootnoteError, LibraryError, NotAllowed
from footnote.ingest.handover.writer import LocalWriter
from footnote.ingest.jobs import items
from footnote.ingest.jobs.items import Job, read_items
from footnote.ingest.jobs.queue import HEARTBEAT, RESULT, STALLED, TASK, Queue, connected
from footnote.ingest.library.library import open_library, reindex
from footnote.ingest.library.plan import storable
from footnote.ingest.library.seen import seen_by
from footnote.ingest.pipeline import Outcome, Progress
from footnote.ingest.refresh import refresh
from footnote.ingest.web.fetch import Fetcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from procrastinate import App, JobContext

    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.library import Library
    from footnote.ingest.library.record import FeedRecord
    from footnote.ingest.library.stores import Stores

    Evaluate = Callable[[Job, "Making"], bytes]

log = logging.getLogger("footnote.library")

MOST_TRIES = 5  # of a job that fails
MOST_KILLS = 20  # of workers that ended over one; a job that kills its worker must not kill them all for ever
FIRST_WAIT = 2  # seconds until the second try; each further wait is twice as long
NOTED_EVERY = 0.5  # seconds
LOOK = 2.0  # seconds between looks for jobs whose workers are gone
AWAY = 2.0  # seconds until a PostgreSQL that is away is tried again
KEPT = 7 * 24  # hours that what is done is remembered
TIDY = 3600.0  # seconds between looks for what is over that; each sorts all jobs
SORRY = "Something went wrong that should not have. The details are in the log of the worker."


@dataclass(slots=True)
class Noting:
    """Notes how far a job is, not too often."""

    queue: Queue
    job: int
    _noted: float = -NOTED_EVERY

    def note(self, progress: Progress) -> None:
        """Note it, if the last time was long enough ago."""
        if time.monotonic() - self._noted >= NOTED_EVERY:
            self.queue.note(self.job, progress=progress)
            self._noted = time.monotonic()


@dataclass(frozen=True, slots=True)
class Making:
    """A job that makes something: parts that earlier tries kept, and where more of them and progress go."""

    queue: Queue
    job: int
    parts: Mapping[str, bytes]
    noting: Noting

    def keep(self, name: str, content: bytes) -> None:
        """Keep a part, so that the next try, of whatever worker, need not make it again."""
        self.queue.keep(self.job, name, content)

    def note(self, progress: Progress) -> None:
        """Note how far it is."""
        self.noting.note(progress)


class Worker:
    """Does jobs over one library on servers; `after` is told what became of each source.

    `evaluate` returns the report on an evaluation; without it such jobs fail, and others are done.
    """

    def __init__(
        self,
        home: Path,
        stores: Stores,
        encoder: Encoder,
        *,
        after: Callable[[int, Outcome], None] = lambda _job, _outcome: None,
        evaluate: Evaluate | None = None,
    ) -> None:
        self.home, self.stores, self.encoder = home, stores, encoder
        self._after, self._evaluate = after, evaluate
        self._library: Library | None = None
        self._queue = Queue(stores.record)
        self.place = self._queue.place

    def run(self, *, once: bool = False) -> None:
        """Do jobs until the process is told to end, the one that was begun too; `once`: while there are any.

        PostgreSQL may go away and come back meanwhile.
        """
        try:
            self._opened()  # a worker with another encoder must not fail what others could do
            while True:
                try:
                    asyncio.run(self._run(once=once))
                except FootnoteError:
                    raise
                except Exception as error:  # noqa: BLE001 - the queue's library promises no kind of error
                    log.warning("the jobs could not be reached (%s); trying again", error)
                    self._close_library()
                    time.sleep(AWAY)
                else:
                    return
        finally:
            self._close_library()
            self._queue.close()

    async def _run(self, *, once: bool) -> None:
        app = connected(self.stores.record)
        app.task(name=TASK, pass_context=True, retry=_again())(self._do)
        async with app.open_async():
            saving = asyncio.create_task(_save(app, self._queue))
            try:
                if once:
                    await _saved(app, self._queue)
                await app.run_worker_async(
                    concurrency=1,
                    wait=not once,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                )
            finally:
                saving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await saving

    def _do(self, context: JobContext, told: str) -> None:
        number = context.job.id
        assert number is not None
        job = Job(json.loads(told), self._queue.files(number))
        noting = Noting(self._queue, number)
        try:
            if job.told["do"] == items.EVALUATE:
                self._make(number, job, noting)
            else:
                self._change(number, job, noting)
            self._queue.forget_files(number)
        except Exception as error:
            self._close_library()
            if not isinstance(error, FootnoteError):
                log.exception("a job failed")
            with contextlib.suppress(FootnoteError):
                self._queue.note(number, reason=str(error) if isinstance(error, FootnoteError) else SORRY)
            raise

    def _change(self, number: int, job: Job, noting: Noting) -> None:
        last, known = self._queue.told(number)
        for event in self._events(job):
            if isinstance(event, Progress):
                noting.note(event)
            elif event.status != "unchanged" or storable(event.source) not in known:
                last += 1
                self._queue.tell(number, last, event)
                self._after(number, event)

    def _make(self, number: int, job: Job, noting: Noting) -> None:
        if self._evaluate is None:
            raise LibraryError("This worker does not evaluate.")
        parts = self._queue.parts(number)
        if RESULT not in parts:  # else its worker ended between the last word and the full stop
            self._queue.keep(number, RESULT, self._evaluate(job, Making(self._queue, number, parts, noting)))

    def _events(self, job: Job) -> Iterator[Outcome | Progress]:
        match job.told["do"]:
            case items.ADD:
                yield from self._add(job)
            case items.REFRESH:
                yield from refresh(LocalWriter(self._opened(), self.encoder), Fetcher())
            case items.REINDEX:
                yield from self._reindex()
            case other:
                raise LibraryError(f"This worker does not know the job “{other}”; it may be too old.")

    def _add(self, job: Job) -> Iterator[Outcome | Progress]:
        feeds: list[FeedRecord] = []
        whole = self._opened()
        library = seen_by(whole, job.account) if job.account else whole
        yield from LocalWriter(library, self.encoder).ingest(read_items(job, feeds.append))
        for feed in feeds:  # only now is all that they named stored
            whole.note_feed(feed)

    def _reindex(self) -> Iterator[Progress]:
        self._close_library()
        reindex(self.home, self.encoder, stores=self.stores)
        yield Progress(1, 1, 0, "")

    def _opened(self) -> Library:
        if self._library is None:
            self._library = open_library(
                self.home, self.encoder.name, self.encoder.dimension, stores=self.stores
            )
        return self._library

    def _close_library(self) -> None:
        if self._library is not None:
            with contextlib.suppress(FootnoteError):
                self._library.close()
            self._library = None


def _again() -> Any:
    from procrastinate import RetryStrategy

    class Again(RetryStrategy):
        """Try again what failed, but not what may not be done."""

        def get_retry_decision(self, *, exception: BaseException, job: Any) -> Any:
            if isinstance(exception, NotAllowed):
                return None
            return super().get_retry_decision(exception=exception, job=job)

    return Again(max_attempts=MOST_TRIES - 1, exponential_wait=FIRST_WAIT)


async def _save(app: App, queue: Queue) -> None:
    """Put jobs in line again whose workers are gone, and forget what is long done, until cancelled."""
    tidy = 0.0
    while True:
        await asyncio.sleep(LOOK)
        with contextlib.suppress(Exception):  # also where another worker was faster
            await _saved(app, queue)
            if time.monotonic() >= tidy:
                await app.job_manager.delete_old_jobs(KEPT)
                tidy = time.monotonic() + TIDY


async def _saved(app: App, queue: Queue) -> None:
    from procrastinate.exceptions import ConnectorException
    from procrastinate.jobs import Status

    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        assert job.id is not None
        with contextlib.suppress(ConnectorException):  # another worker was faster
            if job.attempts < MOST_KILLS:
                await app.job_manager.retry_job(job)
            else:
                await asyncio.to_thread(
                    queue.note, job.id, reason=f"{MOST_KILLS} workers ended over it without a word."
                )
                await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=False)
