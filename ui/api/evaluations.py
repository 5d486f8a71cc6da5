"""Evaluations that programs leave to workers, seen at all servers over one record by who may evaluate."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.ui.api.faults import Fault
from footnote.ui.api.gate import ASKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from footnote.ingest.jobs.queue import JobRecord, Queue

MOST_ROWS = 10_000
MARK = "evaluation-"  # before the number of a job, in the ids that programs see
LOOK = 0.5  # seconds between looks at whether a job has ended
NO_WORKERS = "Evaluations are left to workers, and this server has none: set FOOTNOTE_WORKERS=yes."


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The evaluations in the queue of the record at the address `queue`; without one there are none.

    Who does not `sees_all` neither asks for one nor sees one: a report holds paragraphs of all articles.
    """

    queue: str
    sees_all: Callable[[str], bool] = lambda _account: True

    def ask(self, rows: Sequence[Mapping[str, Any]], name: str, **how: Any) -> dict[str, Any]:
        """Put an evaluation in line, and return it; `how` as for `footnote.evals.job.How`.

        Raises:
            Fault: If this account may not, there are no workers, or no row can be used.
        """
        from footnote.evals.job import How, job_of
        from footnote.evals.suite.cases import Suite, digest_of
        from footnote.evals.suite.jsonl import RowReader

        if not self.sees_all(ASKING.get()):
            raise Fault(403, "Only an admin may evaluate.", "not_allowed")
        if not self.queue:
            raise Fault(501, NO_WORKERS, "no_workers")
        reader = RowReader(name)
        reader.read(name, [json.dumps(row).encode() for row in rows])
        if not reader.cases:
            why = f" Row {reader.bad[0].line}: {reader.bad[0].reason}." if reader.bad else ""
            raise Fault(400, f"No row can be measured.{why}", "no_rows", param="rows")
        suite = Suite(name, tuple(reader.cases), digest_of(*rows), tuple(reader.bad))
        with self._opened() as queue:
            number = queue.put(job_of(suite, How(**how)).asked_by(ASKING.get()))
        return self.find(f"{MARK}{number}")

    def all(self) -> list[dict[str, Any]]:
        """Return the evaluations, the newest first."""
        if not self.queue or not self.sees_all(ASKING.get()):
            return []
        with self._opened() as queue:
            return [_told(found) for found in queue.evaluations()]

    def find(self, job: str) -> dict[str, Any]:
        """Return an evaluation.

        Raises:
            Fault: If there is none of this id, or no longer.
        """
        with self._opened() as queue:
            return _told(self._record(queue, job))

    def report(self, job: str) -> bytes:
        """Return the report on an evaluation, in the JSON of `footnote evaluate --json`.

        Raises:
            Fault: If there is no such evaluation, or it is not done.
        """
        with self._opened() as queue:
            found = self._record(queue, job)
            result = queue.result(found.id)
        if result is None:
            raise Fault(409, f"There is no report on “{job}”: it is {found.state}.", "job_not_done")
        return result

    def cancel(self, job: str) -> dict[str, Any]:
        """Take an evaluation that waits out of the line; one that runs is done to its end.

        Raises:
            Fault: If there is none of this id.
        """
        with self._opened() as queue:
            found = self._record(queue, job)
            withdrawn = queue.withdraw(found.id)
        return {**_told(found), "state": "cancelled"} if withdrawn else self.find(job)

    async def ended(self, job: str, seconds: float) -> dict[str, Any]:
        """Return an evaluation when it has ended, or after so long. No thread waits with it."""
        until = time.monotonic() + seconds
        while (found := await asyncio.to_thread(self.find, job))["state"] in ("waiting", "running"):
            if (left := until - time.monotonic()) <= 0:
                break
            await asyncio.sleep(min(LOOK, left))
        return found

    def _opened(self) -> Queue:
        from footnote.ingest.jobs.queue import Queue

        if not self.queue:
            raise Fault(404, "There is no such job: this server has no workers.", "job_not_found")
        return Queue(self.queue)

    def _record(self, queue: Queue, job: str) -> JobRecord:
        number = job.removeprefix(MARK)
        known = self.sees_all(ASKING.get()) and number.isascii() and number.isdigit() and len(number) < 19
        found = queue.evaluation(int(number)) if known else None
        if found is None:
            told = f"There is no job “{job}”; evaluations are remembered for a week after they are done."
            raise Fault(404, told, "job_not_found")
        return found


def _told(found: JobRecord) -> dict[str, Any]:
    """Return it in the contract of a job, with how many of its cases are done."""
    return {
        "id": f"{MARK}{found.id}",
        "made": found.made,
        "state": found.state,
        "sources": list(found.sources),
        "outcomes": [],
        "reason": found.reason,
        "done": found.done,
        "total": found.total,
    }
