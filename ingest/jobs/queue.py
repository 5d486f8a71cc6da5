"""The queue of jobs in PostgreSQL, by procrastinate.

A job is put there with its files in one transaction, so that it is there as a whole or not there. What
becomes of it is told in tables beside procrastinate's, where whoever waits for it reads it.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from footnote.ingest.errors import LibraryError
from footnote.ingest.handover import wire
from footnote.ingest.jobs.items import EVALUATE, Job
from footnote.ingest.library.plan import storable
from footnote.ingest.pipeline import Outcome, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from procrastinate import App

    from footnote.ingest.library.record.postgres import PostgresConnection, PostgresRecord

TASK = "footnote"
CHANGES, EVALUATIONS = "default", "evaluations"  # the lines; workers take from both
HEARTBEAT = 5.0  # seconds between a worker's signs of life
STALLED = 20.0  # seconds without one until its job is given to another
MISSING = "Jobs for workers need the extra: pip install 'footnote[postgres]'"
State = Literal["waiting", "running", "done", "failed"]
STATES: dict[str, State] = {"todo": "waiting", "doing": "running", "succeeded": "done"}  # all others: failed

TABLES = """
CREATE TABLE job_files (job BIGINT REFERENCES procrastinate_jobs ON DELETE CASCADE,
  number BIGINT, content BYTEA NOT NULL, PRIMARY KEY (job, number));
CREATE TABLE job_outcomes (job BIGINT REFERENCES procrastinate_jobs ON DELETE CASCADE,
  number BIGINT, source TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (job, number));
CREATE TABLE job_states (job BIGINT PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
  progress TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE job_schema (step TEXT PRIMARY KEY);
"""
# What was added to them since; a step is done once, under its name.
STEPS = {
    "footnote_01_parts": """
CREATE TABLE job_parts (job BIGINT REFERENCES procrastinate_jobs ON DELETE CASCADE,
  name TEXT, content BYTEA NOT NULL, PRIMARY KEY (job, name));
""",
}
# As `json.dumps` writes it; within a text the quotation marks would have a backslash before them.
REJECTED = """strpos(o.told, '"status": "rejected"') > 0"""
RESULT = ""  # the name of the part that is the whole of it
RECORDED = (
    "SELECT j.id, CAST(j.status AS TEXT), j.attempts, j.args, coalesce(s.reason, ''),"
    " coalesce(s.progress, ''),"
    " coalesce((SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id), now()),"
    f" ARRAY(SELECT o.told FROM job_outcomes o WHERE o.job = j.id AND {REJECTED} ORDER BY o.number)"
    " FROM procrastinate_jobs j LEFT JOIN job_states s ON s.job = j.id"
)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it stands; `reason` says why it failed, or why its last try did.

    `made` is when it was put in line, in UTC; `done` of `total` are its sources or cases, None where that
    is not known. `rejected` says of each source that could not be used why, a sentence each.
    """

    id: int
    state: State
    tries: int
    do: str
    sources: tuple[str, ...]
    reason: str
    made: str
    done: int | None = None
    total: int | None = None
    rejected: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {**asdict(self), "sources": list(self.sources), "rejected": list(self.rejected)}


@dataclass(frozen=True, slots=True)
class News:
    """What has become of a job since it was last looked at; outcomes end with number `seen`."""

    job: int
    state: State
    outcomes: tuple[Outcome, ...]
    seen: int
    progress: Progress | None
    reason: str


class Queue:
    """The jobs of one library on servers. A context manager; safe to use from several threads."""

    def __init__(self, address: str) -> None:
        self._record = _record(address)
        self.place = self._record.place
        try:
            self._app = _app()
            self._prepare()
        except BaseException:
            self._record.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections; the jobs stay."""
        self._record.close()

    # ------------------------------------------------------------------ those who want something done

    def put(self, job: Job) -> int:
        """Put a job in line and return its number: that of an equal one, while it waits there already.

        Of equal jobs one is done at a time; the second finds that the first has done it.
        """
        with self._record.transaction() as db:
            asked = "SELECT id FROM procrastinate_jobs WHERE lock = ? AND status = 'todo' ORDER BY id LIMIT 1"
            if (row := db.execute(asked, (job.digest,)).fetchone()) is not None:
                return int(row[0])
            number = self._defer(db, job)
            rows = [(number, place, content) for place, content in enumerate(job.files)]
            db.executemany("INSERT INTO job_files VALUES (?, ?, ?)", rows)
        return number

    def _defer(self, db: PostgresConnection, job: Job) -> int:
        from procrastinate.exceptions import ConnectorException

        line = EVALUATIONS if job.told["do"] == EVALUATE else CHANGES
        task = self._app.configure_task(TASK, lock=job.digest, connection=db.raw, queue=line)
        try:
            # As a text: a name may hold what PostgreSQL's JSON does not, bytes that are no characters.
            return int(task.defer(told=json.dumps(job.told)))
        except ConnectorException as error:
            raise error.__cause__ or error from None  # the record knows what to say of it

    def news(self, seen: dict[int, int]) -> list[News]:
        """Return what has become of jobs; of each the number of the last outcome that was seen is given."""
        with self._record.snapshot() as db:
            states = db.execute(
                "SELECT j.id, CAST(j.status AS TEXT), coalesce(s.progress, ''), coalesce(s.reason, '')"
                " FROM procrastinate_jobs j LEFT JOIN job_states s ON s.job = j.id WHERE j.id = ANY(?)",
                (list(seen),),
            ).fetchall()
            told = db.execute(
                "SELECT o.job, o.number, o.told FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]))"
                " AS asked (job, seen) JOIN job_outcomes o ON o.job = asked.job AND o.number > asked.seen"
                " ORDER BY o.job, o.number",
                (list(seen), list(seen.values())),
            ).fetchall()
        return [
            _news(job, status, progress, reason, seen[job], [row for row in told if row[0] == job])
            for job, status, progress, reason in states
        ]

    def workers(self) -> int:
        """Return how many workers gave a sign of life lately."""
        with self._record.reading() as db:
            row = db.execute(
                "SELECT count(*) FROM procrastinate_workers"
                " WHERE last_heartbeat > now() - make_interval(secs => ?)",
                (STALLED,),
            ).fetchone()
        return int(row[0]) if row else 0

    def all(self, most: int = 100) -> list[JobRecord]:
        """Return jobs, of each kind the newest first: those that failed, that run, that wait, and that are
        done; of these first those of which a source could not be used.
        """
        with self._record.reading() as db:
            rows = db.execute(
                f"{RECORDED} ORDER BY j.status IN ('failed', 'aborted', 'cancelled') DESC,"
                " j.status = 'doing' DESC, j.status = 'todo' DESC,"
                f" EXISTS (SELECT FROM job_outcomes o WHERE o.job = j.id AND {REJECTED}) DESC,"
                " j.id DESC LIMIT ?",
                (most,),
            ).fetchall()
        return [_recorded(*row) for row in rows]

    def evaluations(self, most: int = 100) -> list[JobRecord]:
        """Return the evaluations, the newest first."""
        with self._record.reading() as db:
            asked = f"{RECORDED} WHERE j.queue_name = ? ORDER BY j.id DESC LIMIT ?"
            return [_recorded(*row) for row in db.execute(asked, (EVALUATIONS, most)).fetchall()]

    def evaluation(self, job: int) -> JobRecord | None:
        """Return the evaluation of this number, None when there is none, or no longer."""
        with self._record.reading() as db:
            asked = f"{RECORDED} WHERE j.queue_name = ? AND j.id = ?"
            row = db.execute(asked, (EVALUATIONS, job)).fetchone()
        return None if row is None else _recorded(*row)

    def result(self, job: int) -> bytes | None:
        """Return what came of a job that makes something, None when it is not done, or long forgotten."""
        return self.parts(job, RESULT).get(RESULT)

    def withdraw(self, job: int) -> bool:
        """Take a job out of the line if it still waits, and tell whether it did."""
        with self._record.transaction() as db:
            asked = "DELETE FROM procrastinate_jobs WHERE id = ? AND status = 'todo'"
            return db.execute(asked, (job,)).rowcount > 0

    def counts(self) -> dict[State, int]:
        """Return how many jobs there are of each state."""
        with self._record.reading() as db:
            asked = "SELECT CAST(status AS TEXT), count(*) FROM procrastinate_jobs GROUP BY status"
            rows = db.execute(asked).fetchall()
        found: dict[State, int] = dict.fromkeys(("failed", "running", "waiting", "done"), 0)
        for status, count in rows:
            found[_state(status)] += count
        return found

    def unfinished(self) -> tuple[int, int]:
        """Return how many jobs could be taken now, and how many are not finished: those too that run, or wait
        for their next try.
        """
        with self._record.reading() as db:
            row = db.execute(
                "SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),"
                " count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def retry(self) -> int:
        """Put the jobs that failed in line again, and return how many."""
        with self._record.transaction() as db:
            return db.execute(
                "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL"
                " WHERE status = 'failed'"
            ).rowcount

    # ------------------------------------------------------------------------------- those who do it

    def files(self, job: int) -> tuple[bytes, ...]:
        """Return the files of a job in order."""
        with self._record.reading() as db:
            asked = "SELECT content FROM job_files WHERE job = ? ORDER BY number"
            return tuple(bytes(row[0]) for row in db.execute(asked, (job,)).fetchall())

    def told(self, job: int) -> tuple[int, set[str]]:
        """Return the number of a job's last outcome, and the sources (`storable`) that were told of."""
        with self._record.reading() as db:
            rows = db.execute("SELECT number, source FROM job_outcomes WHERE job = ?", (job,)).fetchall()
        return max((number for number, _ in rows), default=0), {source for _, source in rows}

    def tell(self, job: int, number: int, outcome: Outcome) -> None:
        """Tell what became of a source. Told by two who took the same job, the first is heard."""
        with self._record.transaction() as db:
            db.execute(
                "INSERT INTO job_outcomes VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (job, number, storable(outcome.source), json.dumps(asdict(outcome))),
            )

    def note(self, job: int, *, progress: Progress | None = None, reason: str = "") -> None:
        """Note how far a job is, or why its last try failed."""
        told = "" if progress is None else json.dumps(asdict(progress))
        with self._record.transaction() as db:
            db.execute(
                "INSERT INTO job_states VALUES (?, ?, ?) ON CONFLICT (job) DO UPDATE"
                " SET progress = excluded.progress, reason = excluded.reason",
                (job, told, reason),
            )

    def parts(self, job: int, name: str | None = None) -> dict[str, bytes]:
        """Return what is kept of a job that makes something, by name: all of it, or one part."""
        with self._record.reading() as db:
            asked = "SELECT name, content FROM job_parts WHERE job = ? AND (? OR name = ?)"
            rows = db.execute(asked, (job, name is None, name or "")).fetchall()
        return {str(found): bytes(content) for found, content in rows}

    def keep(self, job: int, name: str, content: bytes) -> None:
        """Keep a part of what a job makes. Kept by two who took the same job, the first counts."""
        with self._record.transaction() as db:
            asked = "INSERT INTO job_parts VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            db.execute(asked, (job, name, content))
            if name == RESULT:  # the parts are in it
                db.execute("DELETE FROM job_parts WHERE job = ? AND name <> ?", (job, RESULT))

    def forget_files(self, job: int) -> None:
        """Remove the files of a job that is done."""
        with self._record.transaction() as db:
            db.execute("DELETE FROM job_files WHERE job = ?", (job,))

    # ------------------------------------------------------------------------------------ its tables

    def _prepare(self) -> None:
        """Make the tables, or bring procrastinate's up to the version that is installed."""
        with self._record.reading() as db:
            if _has(db) and not set(_steps()) - _taken(db):
                return
        with self._record.turn, self._record.transaction() as db:
            fresh = not _has(db)
            if fresh:
                _run(db, (resources.files("procrastinate.sql") / "schema.sql").read_text("utf-8"))
                _run(db, TABLES)
            taken = _taken(db)
            new = [step for step in _steps() if step not in taken]
            for step in new:
                if step in STEPS:
                    _run(db, STEPS[step])
                elif not fresh:
                    _run(db, (resources.files("procrastinate.sql") / "migrations" / step).read_text("utf-8"))
            db.executemany("INSERT INTO job_schema VALUES (?)", [(step,) for step in new])


def _state(status: str) -> State:
    return STATES.get(status, "failed")


def _news(job: int, status: str, progress: str, reason: str, seen: int, told: Sequence[Any]) -> News:
    outcomes = [wire.unpack_event({"outcome": json.loads(outcome)}) for _, _, outcome in told]
    event = wire.unpack_event({"progress": json.loads(progress)}) if progress else None
    return News(
        job,
        _state(status),
        tuple(o for o in outcomes if isinstance(o, Outcome)),
        told[-1][1] if told else seen,
        event if isinstance(event, Progress) else None,
        reason,
    )


def _recorded(
    job: int,
    status: str,
    tries: int,
    args: Any,
    reason: str,
    progress: str,
    made: datetime,
    rejected: Sequence[str],
) -> JobRecord:
    told = json.loads(json.loads(args)["told"])
    far = json.loads(progress) if progress else {}
    return JobRecord(
        int(job),
        _state(status),
        int(tries),
        str(told["do"]),
        tuple(Job(told).sources),
        reason,
        made.astimezone(UTC).isoformat(timespec="seconds"),
        far.get("done"),
        far.get("total"),
        tuple(str(json.loads(outcome)["reason"]) for outcome in rejected),
    )


def _steps() -> list[str]:
    folder = resources.files("procrastinate.sql") / "migrations"
    theirs = sorted(one.name for one in folder.iterdir() if re.fullmatch(r"[\d.]+_.*\.sql", one.name))
    return [*theirs, *STEPS]


def _has(db: PostgresConnection) -> bool:
    row = db.execute("SELECT to_regclass('job_schema') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _taken(db: PostgresConnection) -> set[str]:
    return {row[0] for row in db.execute("SELECT step FROM job_schema").fetchall()}


def _run(db: PostgresConnection, script: str) -> None:
    db.raw.execute(script.encode())  # as it stands: several statements, and none of ours


def _record(address: str) -> PostgresRecord:
    if not address:
        raise LibraryError("Jobs for workers need a library on servers: set FOOTNOTE_RECORD.")
    try:
        from footnote.ingest.library.record.postgres import PostgresRecord
    except ImportError as error:
        raise LibraryError(f"{MISSING} ({error}).") from error
    return PostgresRecord(address, Path(), "write")


def _app(address: str = "") -> App:
    try:
        import procrastinate
    except ImportError as error:
        raise LibraryError(f"{MISSING} ({error}).") from error
    if address:
        return procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=address, min_size=1, max_size=4)
        )
    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector())  # never opened


def connected(address: str) -> App:
    """Return procrastinate's application for a worker, to be opened."""
    return _app(address)
