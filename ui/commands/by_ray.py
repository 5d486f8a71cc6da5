"""`footnote worker --ray`: workers as tasks of a Ray cluster, and the one home of Ray.

What there is to do is in PostgreSQL alone. A task is a worker that ends when nothing waits; Ray says where it
runs, and begins it again when its node dies. Nothing is asked of Ray when a question is answered.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from footnote.ingest.errors import FootnoteError, LibraryError
from footnote.ui.commands.run import encoder_of, worker_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footnote.ingest.jobs.queue import Queue
    from footnote.ingest.pipeline import Outcome
    from footnote.rag.settings import Settings

MISSING = "Workers on a Ray cluster need the extra: pip install 'footnote[ray]'"
NO_ADDRESS = "“{}” is no address of a Ray cluster, as auto, ray://HOST:10001 or HOST:6379."
NONE_HERE = (
    "No Ray cluster runs on this computer. `ray start --head` starts one; ray://HOST:10001 names another."
)
NOT_JOINED = (
    "The Ray cluster at {} could not be joined: {}. It must have the Ray and the Python that are here;"
    " one that asks for a token needs RAY_AUTH_MODE=token and RAY_AUTH_TOKEN."
)
GONE = (
    "The Ray cluster at {} is gone: {}. What is not done waits in PostgreSQL, for this command"
    " again or `footnote worker`."
)
CLIENT_PORT = 10001  # of ray://
PATIENCE = 5.0  # seconds until an address that does not answer is given up; Ray itself takes two minutes
TRIES = 3  # to join one that answers, a second apart; Ray's own 20 do not mend a wrong token
LOOK = 1.0  # seconds between looks at what is left
# Seconds between tasks that look whether the worker of a job is gone, while no task runs. It is put in line
# again after queue.STALLED.
AGAIN = 5.0
OWN = ("home", "password", "oidc_secret")  # settings that no worker needs


@contextlib.contextmanager
def joined(address: str, settings: Settings) -> Iterator[tuple[Any, Queue]]:
    """Lend Ray, joined to the cluster at `address`, and the queue of the library on servers.

    Raises:
        FootnoteError: If one is not there, or cannot be reached.
    """
    from footnote.ingest.jobs.queue import Queue

    with Queue(settings.record) as queue:
        ray = _ray()
        _check(address)
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except Exception as error:  # Ray promises no kind of error
            ray.shutdown()
            raise FootnoteError(_why(address, error)) from error
        try:
            with _ending():
                yield ray, queue
        except Exception as error:
            if not _is_of_ray(error):
                raise
            raise FootnoteError(GONE.format(address, _first_line(error).split(". ")[0])) from error
        finally:
            ray.shutdown()


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C; Ray, once joined, would end the process at once."""

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, pressed)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _is_of_ray(error: Exception) -> bool:
    """Tell whether Ray, or what it calls, raised it: of a cluster that is gone any kind of error tells."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals.get("__name__", "").split(".")[0] in ("ray", "grpc")


def _ray() -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", str(TRIES))
    try:
        import ray
    except ImportError as error:
        raise FootnoteError(f"{MISSING} ({error}).") from error
    return ray


def _check(address: str) -> None:
    """Look whether something listens there; Ray would begin a cluster for some words, and wait for long."""
    if address == "auto":
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port or (CLIENT_PORT if parts.scheme == "ray" else None)
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme not in ("", "ray"):
        raise FootnoteError(NO_ADDRESS.format(address))
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError as error:
        reason = error.strerror or error
        raise FootnoteError(f"No Ray cluster answers at {host}, port {port}: {reason}.") from error


def _why(address: str, error: Exception) -> str:
    if address == "auto" and "any running Ray instance" in str(error):
        return NONE_HERE
    return NOT_JOINED.format(address, _first_line(error))


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


class Tasks:
    """At most `most` tasks at a time, begun as long as jobs wait; None: one for each free processor.

    `after` is told what became of each source, `complain` why a task could not work.
    """

    def __init__(
        self,
        ray: Any,
        queue: Queue,
        settings: Settings,
        most: int | None = None,
        *,
        after: Callable[[int, Outcome], None],
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        self._ray, self._queue = ray, queue
        self._most = most or max(1, int(ray.available_resources().get("CPU", 0)))
        self._after, self._say, self._complain = after, say, complain
        self._relay = ray.remote(_relay()).options(num_cpus=0, max_restarts=-1).remote()
        self._task = ray.remote(_task()).options(name="footnote worker", num_cpus=1, max_retries=-1)
        self._given = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name not in OWN}
        self._running: list[Any] = []
        self._looked, self._away = time.monotonic(), False
        self._sources: Counter[str] = Counter()
        self._tasks: Counter[str] = Counter()
        self._complained: set[str] = set()

    def run(self) -> None:
        """Have all done that waits. Ctrl-C ends each task after the job that it is at."""
        tasks = _number(self._most, "task")
        self._say(
            f"Working for {self._queue.place} on Ray, in {tasks} at most. Ctrl-C ends each after its job."
        )
        try:
            self._work()
        except KeyboardInterrupt:
            self._say("Each task ends after its job. Ctrl-C again leaves the jobs to other workers.")
            for task in self._running:
                self._ray.cancel(task, force=False)
            while self._running:
                self._look()
            raise
        finally:
            self._hear()
        for node, sources in (+self._sources).most_common():
            self._say(f"{node}: {_number(sources, 'source')}, in {_number(self._tasks[node], 'task')}.")

    def _work(self) -> None:
        while self._most:
            found = self._unfinished()
            if found is not None:
                ready, left = found
                if not left and not self._running:
                    self._say("Nothing waits.")
                    return
                self._begin(self._wanted(ready, left))
            if self._running:
                self._look()
            else:
                time.sleep(LOOK)

    def _unfinished(self) -> tuple[int, int] | None:
        """Return how many jobs could be taken and how many are left; None while PostgreSQL is away."""
        try:
            found = self._queue.unfinished()
        except LibraryError as error:
            if not self._away:
                self._say(f"{error} Trying again until it answers.")
            self._away = True
            return None
        self._away = False
        return found

    def _wanted(self, ready: int, left: int) -> int:
        """Return how many tasks to begin: those that run may have taken a job each already."""
        if ready:
            return min(self._most, left) - len(self._running)
        return int(not self._running and time.monotonic() - self._looked > AGAIN)

    def _begin(self, number: int) -> None:
        version = metadata.version("footnote")
        self._running += [self._task.remote(version, self._given, self._relay) for _ in range(number)]

    def _look(self) -> None:
        """Wait a moment, or until a task has ended."""
        self._looked = time.monotonic()
        ended, self._running = self._ray.wait(self._running, timeout=LOOK)
        self._hear()
        for task in ended:
            self._end(task)

    def _end(self, task: Any) -> None:
        try:
            node, sources, problem = self._ray.get(task)
        except self._ray.exceptions.TaskCancelledError:
            return
        except self._ray.exceptions.LocalRayletDiedError:
            raise  # it is not the task
        except self._ray.exceptions.RayError as error:
            problem = f"A task on Ray failed: {_first_line(getattr(error, 'cause', None) or error)}."
        else:
            self._sources[node] += sources
            self._tasks[node] += sources > 0
        if problem and self._unfinished() is not None:  # while PostgreSQL is away no node can work
            self._most -= 1  # or it would be begun for ever
            if problem not in self._complained:
                self._complained.add(problem)
                self._complain(problem)

    def _hear(self) -> None:
        """Tell what tasks have told of since the last time; of a relay that is gone, nothing."""
        from footnote.ingest.handover import wire
        from footnote.ingest.pipeline import Outcome

        with contextlib.suppress(self._ray.exceptions.RayError):
            for job, told in self._ray.get(self._relay.take.remote()):
                event = wire.unpack_event(told)
                if isinstance(event, Outcome):
                    self._after(job, event)


# The two that follow are sent to the nodes as they stand, not by their names: so they say what is not there.
def _relay() -> type:
    class Relay:
        """Keeps what tasks tell of until it is asked for."""

        def __init__(self) -> None:
            self.kept: list[tuple[int, dict[str, Any]]] = []

        def tell(self, job: int, told: dict[str, Any]) -> None:
            """Keep what became of a source of `job`, as `wire` packs it."""
            self.kept.append((job, told))

        def take(self) -> list[tuple[int, dict[str, Any]]]:
            """Return what is kept, and keep it no longer."""
            kept, self.kept = self.kept, []
            return kept

    return Relay


def _task() -> Callable[[str, dict[str, Any], Any], tuple[str, int, str]]:
    def task(version: str, given: dict[str, Any], relay: Any) -> tuple[str, int, str]:
        """Work on this node; return its name, how many sources were done, and why it could not."""
        from importlib import metadata

        import ray

        node = str(ray.util.get_node_ip_address())
        try:
            found = f"Footnote {metadata.version('footnote')}"
        except metadata.PackageNotFoundError:
            found = "no Footnote"
        install = "What is to be there: pip install 'footnote[ray,postgres]'."
        if found != f"Footnote {version}":
            return node, 0, f"The node {node} has {found}, and this is Footnote {version}. {install}"
        try:
            from footnote.ui.commands.by_ray import work
        except ImportError as error:
            return node, 0, f"The node {node} has no whole Footnote ({error}). {install}"
        return node, *work(node, given, relay)

    return task


def work(node: str, given: dict[str, Any], relay: Any) -> tuple[int, str]:
    """Work on a node until nothing waits; return how many sources were done, and why it could not."""
    from footnote.ingest.handover import wire
    from footnote.rag.settings import Settings

    done, last = 0, None

    def after(job: int, outcome: Outcome) -> None:
        nonlocal done, last
        done, last = done + 1, relay.tell.remote(job, wire.pack_event(outcome))

    with tempfile.TemporaryDirectory(prefix="footnote-") as home:
        try:
            settings = Settings(home=Path(home), **given)
            encoder = encoder_of(settings)
            encoder.encode(["."])  # what is not here is not missed only when a job is taken
            worker_of(settings, encoder, after=after).run(once=True)
        except FootnoteError as error:
            return done, f"The node {node} cannot work: {error}"
        finally:
            _arrived(last)
    return done, ""


def _arrived(last: Any) -> None:
    import ray

    if last is not None:
        with contextlib.suppress(ray.exceptions.RayError):  # a relay that is gone tells nobody
            ray.get(last)
