"""Readers ask and articles come while each process is killed; a part of the index is made anew; readers at once.

python -m tests.scale --kills 30
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx
import numpy as np

from footnote.ingest.article import make_article
from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.errors import FootnoteError
from footnote.ingest.jobs.items import Job, jobs_of
from footnote.ingest.jobs.queue import Queue
from footnote.ingest.library.library import open_library
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources
from tests.ingest.test_kill import Acknowledged, check_index, check_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footnote.ingest.article import Article
    from tests.scale.system import System

STARTS, MIDDLES, ENDS = ("bal", "cor", "den", "fal", "gor", "hul", "mar", "nor", "pel", "tor"), "aeiou", (
    "bek", "dran", "gest", "lund", "mok", "nisk", "rand", "sten", "tov", "wick",
)  # fmt: skip
NAMES = ["".join(parts).capitalize() for parts in itertools.product(STARTS, MIDDLES, ENDS)]
READERS, ARTICLES_AT_ONCE = 3, 4
MOST_WAITING = 8  # jobs: on a busy computer more would come than two workers do
NOWHERE = "Who painted the Quixotic Zeppelin?"
DENIAL = "none of them"  # in a refusal: it was looked for everywhere
ASKED_OF = 12  # articles, by readers at once
READS = 5.0  # seconds that a reader reads, on average
MARKED = ("did not answer", "was not searched", "wait")


def about(number: int) -> Article:
    """Return an article about something that no other is about."""
    name, tons, year = (
        NAMES[number % len(NAMES)] + f"{number // len(NAMES) or ''}",
        10 + number,
        1900 + number % 99,
    )
    texts = [
        ("", f"The {name} crane lifts {tons} tons. It was built in {year} and stands at the north quay."),
        (
            "",
            f"Four people work at the {name} crane in each shift. They look after its engine and its chains.",
        ),
    ]
    return make_article(texts, title=f"The {name} crane", source=f"/cranes/{number}.txt")


def question(number: int) -> str:
    """Return a question that only that article answers."""
    name = NAMES[number % len(NAMES)] + f"{number // len(NAMES) or ''}"
    return f"How many tons does the {name} crane lift?"


@dataclass
class Seen:
    """What readers and whoever adds articles saw."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # without a word on what is away
    stored: list[int] = field(default_factory=list)  # articles that were told to be stored
    jobs: dict[int, list[int]] = field(default_factory=dict)
    longest: float = 0.0
    in_doubt: int = 0  # answers about what no article says, while a part of the index was dead
    denied: list[dict[str, Any]] = field(default_factory=list)  # those of them that call it absent


class Load:
    """Readers who ask about what is stored, and somebody who adds articles, until it is left."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.seen = Seen()
        self._stop = threading.Event()
        self._next = 0
        self._threads = [
            threading.Thread(target=self._add),
            threading.Thread(target=self._ask_of_nothing),
            *(threading.Thread(target=self._ask, args=(n,)) for n in range(READERS)),
        ]
        self._away: object | None = None  # one for each time that a part of the index is dead

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _add(self) -> None:
        while not self._stop.wait(1.0):
            numbers = list(range(self._next, self._next + ARTICLES_AT_ONCE))
            (job,) = [j for j in jobs_of(map(about, numbers)) if isinstance(j, Job)]
            with contextlib.suppress(FootnoteError), Queue(self._system.stores.record) as queue:
                if queue.counts()["waiting"] <= MOST_WAITING:
                    self.seen.jobs[queue.put(job)] = numbers
                    self._next += ARTICLES_AT_ONCE
                self._look(queue)

    def _look(self, queue: Queue) -> None:
        known = set(self.seen.stored)
        for news in queue.news(dict.fromkeys(self.seen.jobs, 0)):
            sources = {o.source for o in news.outcomes if o.status in ("added", "updated", "unchanged")}
            for number in self.seen.jobs[news.job]:
                if number not in known and about(number).source in sources:
                    self.seen.stored.append(number)

    def _ask(self, reader: int) -> None:
        chance = random.Random(reader)
        while not self._stop.wait(0.2):
            if not self.seen.stored:
                continue
            number = chance.choice(self.seen.stored)
            began = time.monotonic()
            try:
                with self._system.client(reader) as client:
                    response = client.post("/api/ask", json={"question": question(number)})
            except httpx.HTTPError:
                self.seen.counts["error"] += 1
                continue
            self.seen.longest = max(self.seen.longest, time.monotonic() - began)
            self._judge(number, response)

    @contextlib.contextmanager
    def a_part_away(self) -> Iterator[None]:
        """Hold that nothing is called absent which is asked inside."""
        self._away = object()
        try:
            yield
        finally:
            self._away = None

    def _ask_of_nothing(self) -> None:
        """Ask, while a part of the index is dead, about what no article says: it is not known to be absent."""
        with self._system.client(READERS) as client:
            while not self._stop.wait(0.05):
                if (away := self._away) is None:
                    continue
                with contextlib.suppress(httpx.HTTPError):
                    response = client.post("/api/ask", json={"question": NOWHERE})
                    if response.status_code == 200 and away is self._away:
                        self.seen.in_doubt += 1
                        self._judge_of_nothing(response.json())

    def _judge_of_nothing(self, reply: dict[str, Any]) -> None:
        if not _is_marked(reply) or DENIAL in json.dumps(reply):
            self.seen.denied.append(reply)

    def _judge(self, number: int, response: httpx.Response) -> None:
        if response.status_code != 200:
            self.seen.counts[f"status {response.status_code}"] += 1
            return
        reply = response.json()
        if not reply["refused"]:
            right = about(number).id in {c["article_id"] for c in reply["citations"]}
            self.seen.counts["answered" if right else "answered by another article"] += 1
        elif _is_marked(reply):
            self.seen.counts["refused, and told that a part is away"] += 1
        else:
            self.seen.refused.append((number, reply))

    def settle(self, seconds: float = 300.0) -> int:
        """Wait until no job is left, none of them for longer than that, and return how many failed."""
        with Queue(self._system.stores.record) as queue:
            failed = _emptied(queue, seconds)
            self._look(queue)
            return failed

    def wrongly_refused(self) -> list[tuple[int, dict[str, Any]]]:
        """Return refusals without a word on what was away, to what is answered now that all is there."""
        with self._system.client(0) as client:
            return [
                (number, reply)
                for number, reply in self.seen.refused
                if not client.post("/api/ask", json={"question": question(number)}).json()["refused"]
            ]


def _emptied(queue: Queue, seconds: float = 300.0) -> int:
    """Wait until no job is left, none of them for longer than that, and return how many failed."""
    until, before = time.monotonic() + seconds, 0
    while (counts := queue.counts())["waiting"] + counts["running"]:
        if counts["done"] > before:
            until, before = time.monotonic() + seconds, counts["done"]
        assert time.monotonic() < until, f"jobs are left: {counts}"
        time.sleep(0.5)
    return counts["failed"]


def _is_marked(reply: dict[str, Any]) -> bool:
    """Tell whether a reply says that a part of the library is away."""
    return any(mark in notice for notice in reply.get("notices", ()) for mark in MARKED)


def kills(system: System, times: int) -> tuple[bool, str]:
    """Kill each process so often under load; nothing is lost, by half, or called absent."""
    chance = random.Random(22)
    with _library(system) as library:
        before = {a.source: a.article_id for a in library.articles()}
    with Load(system) as load:
        _until(lambda: len(load.seen.stored) > 8)
        for _ in range(times):
            for one in _processes(system, load, chance):
                time.sleep(chance.uniform(0.5, 2.0))
                one()
    killed = len(list(_processes(system, load, chance)))
    failed = load.settle()
    for server in system.servers:
        server.wait()
    wrong = load.wrongly_refused()
    seen, wanted = load.seen, {n for numbers in load.seen.jobs.values() for n in numbers}
    with _library(system) as library:
        said = Acknowledged(articles=before | {about(n).source: about(n).id for n in wanted})
        check_record(library, said)
        check_index(library)
    held = not failed and not wrong and not seen.denied and set(seen.stored) == wanted
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(seen.counts.items()))
    return held, (
        f"{times} kills of each of {killed} processes: {len(wanted):,} articles asked for, "
        f"{len(wanted) - len(set(seen.stored) & wanted)} lost, 0 by half, {failed} jobs given up; {len(wrong)} "
        f"called absent that is there; {len(seen.denied)} of {seen.in_doubt:,} answers about what no article says "
        f"called it absent while a part was dead; {told}; longest {seen.longest:.1f} s"
    )


def _processes(system: System, load: Load, chance: random.Random) -> Iterator[Callable[[], None]]:
    """Yield an act that kills each process and brings it back."""

    def again(one: Any, pause: float = 0.5) -> Callable[[], None]:
        def act() -> None:
            one.kill()
            time.sleep(pause)
            one.start()

        return act

    def part(shard: Any) -> Callable[[], None]:
        def act() -> None:
            answers = load.seen.in_doubt
            shard.kill()
            with load.a_part_away():
                _until(lambda: load.seen.in_doubt > answers)
            shard.start()

        return act

    yield from map(part, system.below.shards)
    yield again(system.below.postgres)
    yield lambda: system.below.postgres.kill_backend(chance)
    yield from (again(worker) for worker in system.workers)
    yield from (again(server) for server in system.servers)
    if system.proxy is not None:
        yield again(system.proxy)


def rebuilt(system: System) -> tuple[bool, str]:
    """Throw the files of a part of the index away; it is filled from the record while readers are answered."""
    shard = system.below.shards[0]
    with Load(system) as load:
        _until(lambda: len(load.seen.stored) > 8)
        shard.empty()
        began = time.monotonic()
        with _library(system) as library:
            _until(lambda: _caught_up(library))
        seconds = time.monotonic() - began
        answered = load.seen.counts["answered"]
    load.settle()
    wrong = load.wrongly_refused()
    with _library(system) as library:
        check_index(library)
    return not wrong and answered > 0, (
        f"a part of the index lost its files and was whole again after {seconds:.1f} s; {answered:,} questions were "
        f"answered meanwhile, {len(wrong)} called absent what is there"
    )


def _caught_up(library: Any) -> bool:
    with contextlib.suppress(FootnoteError):
        library.catch_up()
        return all(part.held is not None and part.held == part.due for part in library.parts())
    return False


def fill(system: System, number: int = ASKED_OF) -> None:
    """Have the workers store the sample articles, and articles that questions are asked of."""
    jobs = [*jobs_of(map(about, range(number))), *jobs_of(read_sources([str(sample_folder())]))]
    with Queue(system.stores.record) as queue:
        for job in jobs:
            if isinstance(job, Job):
                queue.put(job)
        _emptied(queue)


def at_once(system: System, readers: int, asked: int = 5) -> tuple[bool, str]:
    """Ask by one reader, then by many who read between their questions, then by many who do not.

    The last are bound by the processors: a question takes some 35 ms of one, so that n of them, each asked when
    the one before is answered, wait n / cores as long. They are told of and not held to the bound.
    """
    one = _times(system, 1, 40)
    reading = _times(system, readers, asked, pause=READS)
    pressing = _times(system, readers, asked)
    p95 = [float(np.percentile(times, 95)) for times in (one, reading, pressing)]
    return p95[1] <= 2 * p95[0], (
        f"19 in 20 replies come within {1000 * p95[0]:.0f} ms to one reader, {1000 * p95[1]:.0f} ms to {readers} who "
        f"read for {READS:.0f} s between questions, {1000 * p95[2]:.0f} ms to {readers} who do not (medians "
        f"{', '.join(f'{1000 * float(np.median(times)):.0f}' for times in (one, reading, pressing))} ms)"
    )


def _times(system: System, readers: int, asked: int, *, pause: float = 0.0) -> list[float]:
    times: list[float] = []

    def ask(reader: int) -> None:
        chance = random.Random(reader)
        with system.client(reader) as client:
            for n in range(asked):
                time.sleep(chance.uniform(0, 2 * pause))
                began = time.monotonic()
                client.post(
                    "/api/ask", json={"question": question((7 * reader + n) % ASKED_OF)}
                ).raise_for_status()
                times.append(time.monotonic() - began)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == readers * asked, "a reader got no reply"
    return times


def _library(system: System) -> Any:
    encoder = PackagedEncoder()
    return open_library(system.folder / "own", encoder.name, encoder.dimension, stores=system.stores)


def _until(what: Callable[[], bool], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)
