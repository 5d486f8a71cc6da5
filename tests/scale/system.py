"""All processes of a large installation on this computer: each can be killed and comes back."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from footnote.ui.api.keys import Keys
from footnote.ui.state.database import ServerDatabase
from tests.servers import started

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LONGEST_START = 300.0  # seconds, on a computer that does much else
WORKER = """
import sys
from footnote.ingest.jobs import queue, worker
from footnote.ui import cli
queue.HEARTBEAT = worker.HEARTBEAT = 1.0
queue.STALLED = worker.STALLED = 5.0
worker.LOOK = 1.0
sys.exit(cli.run(["--home", sys.argv[1], "worker"]))
"""


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Process:
    """A process of ours that can be killed and started again."""

    def __init__(self, command: list[str], environment: dict[str, str], health: str = "") -> None:
        self._command, self._environment, self._health = command, environment, health
        self.start()

    def start(self, *, wait: bool = True) -> None:
        """Start it; `wait` until it answers."""
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if wait and self._health:
            self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self._health, timeout=2).json().get("ready"):
                    return
            assert self._process.poll() is None, f"{self._command} ended by itself"
            time.sleep(0.2)
        raise TimeoutError(f"{self._health} did not answer")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()


class System:
    """PostgreSQL, Chroma servers, workers, servers and, where nginx is, a proxy before them."""

    def __init__(self, *, parts: int = 2, workers: int = 2, servers: int = 2) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footnote-system-"))
        self.below = started(parts)
        self.stores = self.below.new_library()
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "FOOTNOTE_RECORD": self.stores.record,
            "FOOTNOTE_INDEX": ",".join(self.stores.index),
            "FOOTNOTE_WORKERS": "yes",
            "FOOTNOTE_API_RATE": "0",
            "FOOTNOTE_PASSWORD": "scale",
        }
        with contextlib.closing(ServerDatabase(self.stores.record)) as database:
            self.key = Keys(self.folder, shared=database).add("scale", "write")[1]
        self.workers = [
            Process([sys.executable, "-c", WORKER, str(self.folder / f"w{n}")], self.environment)
            for n in range(workers)
        ]
        self.ports = [free_port() for _ in range(servers)]
        self.servers = [self._server(n, port) for n, port in enumerate(self.ports)]
        self.proxy: Process | None = None
        self.addresses = [f"http://127.0.0.1:{port}" for port in self.ports]
        if shutil.which("nginx"):
            self._start_proxy()

    def _server(self, number: int, port: int) -> Process:
        home = str(self.folder / f"s{number}")
        command = [sys.executable, "-m", "footnote", "--home", home, "serve", "--port", str(port)]
        return Process(command, self.environment, f"http://127.0.0.1:{port}/healthz")

    def _start_proxy(self) -> None:
        """Start nginx with the file of docs/deploy, at ports of our own and without its stickiness for one key."""
        given = (ROOT / "docs/deploy/many.conf").read_text(encoding="utf-8")
        port = free_port()
        given = re.sub(r"listen 8080", f"listen 127.0.0.1:{port}", given)
        for known, ours in zip((7861, 7862), self.ports, strict=True):
            given = given.replace(f"127.0.0.1:{known}", f"127.0.0.1:{ours}")
        given = given.replace(
            "$http_authorization$remote_addr", "$http_x_reader"
        )  # many readers here, one key
        temporary = "".join(
            f"{name}_temp_path {self.folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {self.folder}/nginx.pid; error_log stderr crit;"
            f"{'user root;' if os.geteuid() == 0 else ''}"
            f"events {{}} http {{ access_log off; {temporary} {given} }}",
            encoding="utf-8",
        )
        command = ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self.proxy = Process(command, self.environment, f"http://127.0.0.1:{port}/healthz")
        self.addresses = [f"http://127.0.0.1:{port}"]

    @contextlib.contextmanager
    def client(self, reader: int) -> Iterator[httpx.Client]:
        """Lend a client of one reader."""
        shown = {"Authorization": f"Bearer {self.key}", "X-Reader": str(reader)}
        address = self.addresses[reader % len(self.addresses)]
        with httpx.Client(base_url=address, headers=shown, timeout=60) as client:
            yield client

    def stop(self) -> None:
        """End them all."""
        for one in (*self.workers, *self.servers, *([self.proxy] if self.proxy else ())):
            with contextlib.suppress(OSError):
                one.kill()
        self.below.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
