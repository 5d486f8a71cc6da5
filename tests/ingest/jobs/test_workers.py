"""kill -9 of workers in the middle of jobs: another takes them up, nothing is lost, nothing is there by half."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footnote.ingest.article import content_id
from footnote.ingest.jobs.items import Job, jobs_of
from footnote.ingest.jobs.queue import Queue
from footnote.ingest.library.library import open_library
from tests.ingest.killed_writer import DigestEncoder, article
from tests.ingest.test_kill import Acknowledged, check_index, check_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.library.stores import Stores

ROOT = Path(__file__).parents[3]
KILLS = 6
ARTICLES = 120


class Workers:
    """Workers in processes of their own."""

    def __init__(self, home: Path, stores: Stores) -> None:
        self._given = [str(home), stores.record, ",".join(stores.index)]
        self.running: list[subprocess.Popen] = []

    def start(self) -> subprocess.Popen:
        script = Path(__file__).with_name("killed_worker.py")
        begun = subprocess.Popen(
            [sys.executable, str(script), *self._given], stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )  # fmt: skip
        assert begun.stdout.readline() == "ready\n"
        self.running.append(begun)
        return begun

    def kill(self, worker: subprocess.Popen) -> None:
        worker.kill()
        worker.wait()
        worker.stdout.close()
        self.running.remove(worker)


@pytest.fixture
def stores(servers) -> Stores:
    return servers.new_library()


@pytest.fixture
def workers(tmp_path: Path, stores) -> Iterator[Workers]:
    found = Workers(tmp_path / "workers", stores)
    yield found
    for worker in list(found.running):
        found.kill(worker)


def until(what, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@pytest.mark.slow
def test_kills_of_workers_lose_no_job_and_leave_nothing_by_half(
    servers, stores, workers, tmp_path: Path
) -> None:
    """PostgreSQL and a Chroma server are killed too."""
    given = [article(number) for number in range(ARTICLES)]
    wanted = {a.source: a.id for a in given}
    with Queue(stores.record) as queue:
        numbers = [queue.put(job) for job in jobs_of(given) if isinstance(job, Job)]
        begun = [workers.start(), workers.start()]
        for kill in range(KILLS):
            time.sleep(random.uniform(0.1, 0.8))
            if kill in (2, 4):
                server = {2: servers.shards[0], 4: servers.postgres}[kill]
                server.kill()
                time.sleep(0.3)
                server.start()
            workers.kill(begun.pop(0))
            begun.append(workers.start())
        until(lambda: not _left(queue))
        assert queue.counts() == {"failed": 0, "running": 0, "waiting": 0, "done": len(numbers)}
        told = {o.source: o for news in queue.news(dict.fromkeys(numbers, 0)) for o in news.outcomes}
        assert {source: o.article_id for source, o in told.items()} == wanted
    for worker in begun:
        workers.kill(worker)
    with open_library(tmp_path / "own", "digest", DigestEncoder.dimension, stores=stores) as library:
        check_record(library, Acknowledged(articles=dict(wanted)))
        check_index(library)


def test_the_job_of_a_killed_worker_is_taken_up_by_another(stores, workers, tmp_path: Path) -> None:
    given = [article(number) for number in (17, 18, 22)]
    with Queue(stores.record) as queue:
        first = workers.start()
        (job,) = [queue.put(job) for job in jobs_of(given) if isinstance(job, Job)]
        until(lambda: queue.news({job: 0})[0].state == "running")
        workers.kill(first)
        assert queue.news({job: 0})[0].state == "running", "it was done before the kill"
        workers.start()
        until(lambda: queue.news({job: 0})[0].state == "done")
        assert queue.all()[0].tries == 2
    with open_library(tmp_path / "own", "digest", DigestEncoder.dimension, stores=stores) as library:
        found = {a.source: a.article_id for a in library.articles()}
        texts = [[p.text for p in library.paragraphs(i)] for i in found.values()]
    assert found == {a.source: a.id for a in given}
    assert all(content_id(t) in found.values() for t in texts)


def test_a_worker_that_is_asked_to_end_finishes_its_job(stores, workers) -> None:
    given = [article(number) for number in (17, 18, 22)]
    with Queue(stores.record) as queue:
        worker = workers.start()
        (job,) = [queue.put(job) for job in jobs_of(given) if isinstance(job, Job)]
        until(lambda: queue.news({job: 0})[0].state == "running")
        worker.terminate()
        assert worker.wait(30) == 0
        assert queue.news({job: 0})[0].state == "done"


def _left(queue: Queue) -> int:
    with contextlib.suppress(Exception):  # PostgreSQL is just coming back
        counts = queue.counts()
        return counts["running"] + counts["waiting"]
    return 1
