"""Adding articles takes longer than a request should: it is a job; jobs are done one after the other."""

from __future__ import annotations

import asyncio
import logging
import queue
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from footnote.ingest.errors import FootnoteError
from footnote.ingest.pipeline import Outcome
from footnote.ui.api.faults import Fault
from footnote.ui.api.gate import ASKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.pipeline import Progress

    Store = Callable[[Iterable[Article | Rejected]], Iterator[Outcome | Progress]]

log = logging.getLogger("footnote.ui.api")

MOST_WAITING = 100
MOST_BYTES = 200 * 2**20  # of all that waits
KEPT = 500  # jobs that are done with
LOOK = 0.05  # seconds between looks at whether a job has ended
SORRY = "Something went wrong that should not have. The details are in the log of the server."

State = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(slots=True)
class Job:
    """Sources to add, and what became of each."""

    id: str
    made: str
    sources: Sequence[str]
    read: Callable[[], Iterator[Article | Rejected]]
    size: int
    store: Store
    account: str = ""
    state: State = "waiting"
    outcomes: list[Outcome] = field(default_factory=list)
    reason: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def as_json(self) -> dict[str, Any]:
        """Return the job; each outcome in the form of `footnote ingest --json`."""
        return {
            "id": self.id,
            "made": self.made,
            "state": self.state,
            "sources": list(self.sources),
            "outcomes": [o.as_json() for o in self.outcomes],
            "reason": self.reason,
        }


class Jobs:
    """The jobs of one server.

    `store_of` returns what brings articles into the library for who asks. Of accounts, each sees its own
    jobs, and who `sees_all` everyone's.
    """

    def __init__(
        self,
        store_of: Callable[[], Store],
        sees_all: Callable[[str], bool] = lambda _account: True,
    ) -> None:
        self.store_of, self.sees_all = store_of, sees_all
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._line: queue.Queue[Job] = queue.Queue()
        self._changing = threading.Lock()
        self._worker: threading.Thread | None = None

    def add(self, sources: Sequence[str], read: Callable[[], Iterator[Article | Rejected]], size: int) -> Job:
        """Put sources in line.

        Raises:
            Fault: If too much waits already.
        """
        made = datetime.now(UTC).isoformat(timespec="seconds")
        job = Job(secrets.token_hex(8), made, tuple(sources), read, size, self.store_of(), ASKING.get())
        with self._changing:
            waiting = [j for j in self._jobs.values() if not j.ended.is_set()]
            if len(waiting) >= MOST_WAITING or sum(j.size for j in waiting) + size > MOST_BYTES:
                told = f"{len(waiting):,} jobs wait already. Try again when some of them are done."
                raise Fault(429, told, "too_many_jobs", headers={"Retry-After": "10"})
            self._jobs[job.id] = job
            over = [j.id for j in self._jobs.values() if j.ended.is_set()][: max(0, len(self._jobs) - KEPT)]
            for old in over:
                del self._jobs[old]
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="footnote-jobs", daemon=True)
                self._worker.start()
        self._line.put(job)
        return job

    def all(self) -> list[Job]:
        """Return the jobs, the newest first."""
        with self._changing:
            return [job for job in list(self._jobs.values())[::-1] if self._is_mine(job)]

    def _is_mine(self, job: Job) -> bool:
        return job.account == ASKING.get() or self.sees_all(ASKING.get())

    def find(self, job: str) -> Job:
        """Return a job.

        Raises:
            Fault: If there is none of this id, or no longer.
        """
        with self._changing:
            found = self._jobs.get(job)
        if found is None or not self._is_mine(found):
            raise Fault(404, f"There is no job “{job}”; the last {KEPT} are remembered.", "job_not_found")
        return found

    def cancel(self, job: str) -> Job:
        """End a job that waits; one that runs is done to its end.

        Raises:
            Fault: If there is none of this id.
        """
        found = self.find(job)
        with self._changing:
            if found.state == "waiting":
                found.state = "cancelled"
                found.ended.set()
        return found

    async def ended(self, job: Job, seconds: float) -> bool:
        """Wait until a job has ended, for so long at most; tell whether it has. No thread waits with it."""
        until = time.monotonic() + seconds
        while not job.ended.is_set() and time.monotonic() < until:
            await asyncio.sleep(min(LOOK, max(0.0, until - time.monotonic())))
        return job.ended.is_set()

    def _work(self) -> None:
        while True:
            job = self._line.get()
            with self._changing:
                if job.state != "waiting":
                    continue
                job.state = "running"
            self._do(job)
            job.read = lambda: iter(())  # what was sent is needed no more
            job.size = 0
            job.ended.set()

    def _do(self, job: Job) -> None:
        try:
            for event in job.store(job.read()):
                if isinstance(event, Outcome):
                    job.outcomes.append(event)
            job.state = "done"
        except FootnoteError as error:
            job.reason, job.state = str(error), "failed"
        except Exception:
            log.exception("a job failed")
            job.reason, job.state = SORRY, "failed"
