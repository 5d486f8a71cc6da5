"""Changes to a library that workers make: put in line, and followed until they are done."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from footnote.ingest.errors import LibraryError
from footnote.ingest.handover.writer import DirectWriter, LocalWriter
from footnote.ingest.jobs import items
from footnote.ingest.jobs.items import Job, jobs_of
from footnote.ingest.pipeline import Outcome, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from footnote.ingest.article import Article, Read, Rejected
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.jobs.queue import News, Queue
    from footnote.ingest.library.library import Library
    from footnote.ingest.sources import Link, Raw

LOOK = 0.2  # seconds between looks at what has become of jobs
FAILED = "It was not added: {} `footnote jobs` shows what failed."


@contextmanager
def writer_over(library: Library, encoder: Encoder, queue: str) -> Iterator[LocalWriter | QueuedWriter]:
    """Lend what changes a library that is open to be changed.

    That is this process, or the workers who look into the queue of the record at the address `queue`.
    """
    if not queue:
        yield LocalWriter(library, encoder)
        return
    from footnote.ingest.jobs.queue import Queue

    with Queue(queue) as opened:
        yield QueuedWriter(library, opened)


def followed(queue: Queue, number: int, job: Job) -> Iterator[Progress]:
    """Yield how far a job in line is, until it is done, or somebody took it out of the line.

    Raises:
        LibraryError: If it failed.
    """
    following = _Following(queue)
    following.add(number, job)
    while following.left:
        for event in following.look():
            if isinstance(event, Progress):
                yield event
        time.sleep(LOOK)


@dataclass(frozen=True, slots=True)
class QueuedWriter(DirectWriter):
    """Changes a library through workers. `library` is open to be changed: what is quick is done here.

    `in_line` is told how many jobs wait or run as soon as all that was asked for is in line.
    """

    queue: Queue
    in_line: Callable[[int], None] = lambda _jobs: None

    def ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        """Have articles encoded and stored, and yield what became of each when it is, in no certain order."""
        return self._followed(jobs_of(articles))

    def ingest_sources(
        self,
        sources: Iterable[Raw | Link | Read],
        *,
        chapters: bool,
        since: str = "",
        limit: int | None = None,
        filed: Mapping[str, Sequence[str]] | None = None,
    ) -> Iterator[Outcome | Progress]:
        """Have files and links read too; `filed` as for `jobs_of`."""
        return self._followed(jobs_of(sources, chapters=chapters, since=since, limit=limit, filed=filed))

    def refresh(self) -> Iterator[Outcome | Progress]:
        """Have all links and feeds read again.

        Raises:
            LibraryError: If it failed.
        """
        return self._followed([Job({"do": items.REFRESH})])

    def reindex(self) -> Iterator[Outcome | Progress]:
        """Have the index built again.

        Raises:
            LibraryError: If it failed.
        """
        return self._followed([Job({"do": items.REINDEX})])

    def _followed(self, jobs: Iterable[Job | Outcome]) -> Iterator[Outcome | Progress]:
        """Put jobs in line as they come, and tell of all of them until the last is done.

        Whoever stops iterating keeps what is in line: workers do it all the same.
        """
        open_jobs = _Following(self.queue)
        for job in jobs:
            if isinstance(job, Outcome):
                yield open_jobs.count(job)
            else:
                asked = job.asked_by(self.library.account)
                open_jobs.add(self.queue.put(asked), asked)
            yield from open_jobs.look()
        if open_jobs.left:
            self.in_line(len(open_jobs.left))
        while open_jobs.left:
            time.sleep(LOOK)
            yield from open_jobs.look()


@dataclass(slots=True)
class _Following:
    """Jobs that are not done yet, with what was seen of them."""

    queue: Queue
    left: dict[int, Job] = field(default_factory=dict)
    _seen: dict[int, int] = field(default_factory=dict)
    _told: dict[int, set[str]] = field(default_factory=dict)
    _progress: dict[int, Progress] = field(default_factory=dict)
    _done: int = 0
    _paragraphs: int = 0
    _looked: float = 0.0

    def add(self, number: int, job: Job) -> None:
        self.left[number] = Job(job.told)  # its files are in the queue
        self._seen.setdefault(number, 0)

    def count(self, outcome: Outcome) -> Outcome:
        self._done += 1
        self._paragraphs += outcome.paragraphs if outcome.status in {"added", "updated"} else 0
        return outcome

    def look(self) -> Iterator[Outcome | Progress]:
        """Yield what is new, if it is time to look again."""
        if time.monotonic() - self._looked < LOOK or not self.left:
            return
        found = self.queue.news({number: self._seen[number] for number in self.left})
        for number in self.left.keys() - {news.job for news in found}:
            del self.left[number]  # somebody removed it
        for news in found:
            yield from self._one(news)
        yield self._whole()
        self._looked = time.monotonic()

    def _one(self, news: News) -> Iterator[Outcome]:
        self._seen[news.job] = news.seen
        for outcome in news.outcomes:
            self._told.setdefault(news.job, set()).add(outcome.source)
            yield self.count(outcome)
        if news.progress is not None:
            self._progress[news.job] = news.progress
        if news.state in ("done", "failed"):
            job = self.left.pop(news.job)
            self._progress.pop(news.job, None)
            if news.state == "failed":
                yield from self._failed(job, news)

    def _failed(self, job: Job, news: News) -> Iterator[Outcome]:
        if job.told["do"] != items.ADD:
            raise LibraryError(news.reason)
        for source in job.sources:
            if not any(told.startswith(source) for told in self._told.get(news.job, ())):
                yield self.count(Outcome(source, "rejected", reason=FAILED.format(news.reason)))

    def _whole(self) -> Progress:
        """Return how far all of it is: what is told of, and what is done of jobs that run."""
        running = list(self._progress.values())
        if len(running) == 1 and running[0].total:
            return replace(running[0], paragraphs=self._paragraphs)
        ahead = sum(p.ahead for p in running)
        encoded = sum(p.encoded for p in running)
        current = running[-1].current if running else ""
        return Progress(self._done, None, self._paragraphs, current, ahead, encoded)
