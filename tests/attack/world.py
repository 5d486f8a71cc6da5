"""What attacks are made on: real servers on loopback, a library, a shell; and what a request came to."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[2]
LONGEST_STREAM = 90.0  # seconds: what is sent so that a line stays open would hold a reader for ever
STARTING = 120.0  # seconds that a server may take until it says where it is
STORY = "The Owl Tower at Marram opened in 1955 and closed in 1999. Its keeper was Ada Brandt."


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status 0 when the connection ended without an answer."""

    status: int
    head: str = ""
    body: str = ""

    @property
    def refused(self) -> bool:
        return self.status == 0 or 400 <= self.status < 500 or self.status in (501, 503, 505)


@dataclass
class Server:
    """A `footnote serve` in a process of its own."""

    process: subprocess.Popen[str]
    address: str
    errors: Path
    noted: int = 0  # tracebacks that were looked at
    patience: float = 20  # seconds without a byte after which an answer is given up
    longest: float = LONGEST_STREAM  # seconds after which one is that still comes

    @property
    def host(self) -> str:
        return self.address.split("//")[1].rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def connect(self, timeout: float = 20) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def raw(self, head: str | bytes, body: Iterable[bytes] = (), timeout: float = 0) -> Reply:
        """Send just these bytes, and return the answer; sending ends when the server does not listen on."""
        with contextlib.suppress(OSError), self.connect(timeout or self.patience) as line:
            with contextlib.suppress(OSError):
                line.sendall(head.encode("latin-1") if isinstance(head, str) else head)
                for piece in body:
                    line.sendall(piece)
            return answer_on(line, self.longest)
        return Reply(0)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | str = b""
    ) -> Reply:
        """Send a request as a program would, with whatever headers it likes."""
        data = body.encode() if isinstance(body, str) else body
        told = {"Host": self.address.split("//")[1], "Connection": "close", **(headers or {})}
        if data or method in ("POST", "PUT", "PATCH"):
            told.setdefault("Content-Length", str(len(data)))
        head = "".join(f"{k}: {v}\r\n" for k, v in told.items())
        return self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n", [data] if data else [])

    def post(self, path: str, value: Any, headers: Mapping[str, str] | None = None) -> Reply:
        body = value if isinstance(value, (bytes, str)) else json.dumps(value)
        return self.ask("POST", path, {"Content-Type": "application/json", **(headers or {})}, body)

    def memory(self) -> int:
        """Return the memory of the process, in MB."""
        said = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii", errors="replace")
        return int(said.partition("VmRSS:")[2].split()[0]) // 1024

    def spent(self) -> float:
        """Return the seconds that the process has computed: beside others a clock says little."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace")
        return sum(map(int, told.rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")

    def handles(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def tracebacks(self) -> int:
        """Return how many there are that nobody has looked at, so that one fails the attack that made it."""
        now = self.errors.read_text(encoding="utf-8", errors="replace").count("Traceback")
        new, self.noted = now - self.noted, now
        return new

    def wait_until_ready(self) -> None:
        """Wait until the models are loaded, so that what follows is measured of them and not of their loading."""
        until = time.monotonic() + 2 * STARTING
        while '"ready":true' not in self.ask("GET", "/healthz").body:
            assert time.monotonic() < until, "the models do not load"
            time.sleep(0.2)

    def is_well(self) -> bool:
        return self.ask("GET", "/healthz").status == 200

    @cached_property
    def config(self) -> dict[str, Any]:
        return dict(json.loads(self.ask("GET", "/config").body))

    def act(self, part: str, name: str) -> dict[str, Any]:
        """Return what is posted to do an act, but for its data and its session."""
        part_id = next(c["id"] for c in self.config["components"] if c["props"].get("elem_id") == part)
        found = next(d for d in self.config["dependencies"] if [part_id, name] in d["targets"])
        return {"data": [None] * len(found["inputs"]), "fn_index": found["id"], "trigger_id": part_id}

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def answer_on(line: socket.socket, longest: float = LONGEST_STREAM) -> Reply:
    """Read one answer to its end; a stream that does not come to one, for so many seconds."""
    data, until = b"", time.monotonic() + longest
    with contextlib.suppress(OSError):
        while (piece := line.recv(65_536)) and len(data) < 4_000_000 and time.monotonic() < until:
            data += piece
    if not data.startswith(b"HTTP/"):
        return Reply(0, "", data.decode("utf-8", "replace"))
    head, _, body = data.partition(b"\r\n\r\n")
    return Reply(int(head.split()[1]), head.decode("latin-1").lower(), body.decode("utf-8", "replace"))


@dataclass
class World:
    """A folder of its own, the library in it, and servers that are started when an attack wants one."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="footnote-attack-")))
    servers: dict[str, Server] = field(default_factory=dict)

    def place(self, name: str) -> Path:
        """Return a new, empty folder."""
        path = self.folder / f"{name}-{time.monotonic_ns()}"
        path.mkdir()
        return path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_") and "API_KEY" not in k}
        return {**kept, "PYTHONUNBUFFERED": "1", **more}

    def run(
        self, *words: str | Path, home: Path | None = None, seconds: float = 180, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        at = self.library if home is None else home
        return self._done("-m", "footnote", "--home", at, *words, seconds=seconds, **environment)

    def python(self, code: str, *words: str | Path, seconds: float = 180) -> subprocess.CompletedProcess[str]:
        """Run code to its end in a process of its own, `words` in its `sys.argv`."""
        return self._done("-c", code, *words, seconds=seconds)

    def _done(
        self, *words: str | Path, seconds: float, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python to its end; where it comes to none, hold that against it, and tell where it stands."""
        told = [sys.executable, *map(str, words)]
        with subprocess.Popen(
            told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env=self.environment(PYTHONFAULTHANDLER="1", **environment),
        ) as process:  # fmt: skip
            try:
                out, errors = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)  # all its threads tell where they are
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=10)
                process.kill()
                stands = process.communicate()[1][-6_000:]
                raise AssertionError(f"{told[1:]} did not end in {seconds:.0f} s: {stands}") from None
        return subprocess.CompletedProcess(told, process.returncode, out, errors)

    @cached_property
    def library(self) -> Path:
        """A home with one article, and its export."""
        home = self.folder / "library"
        (self.folder / "owl.txt").write_text(STORY, encoding="utf-8")
        done = self.run("ingest", self.folder / "owl.txt", home=home)
        assert done.returncode == 0, done.stderr
        return home

    def server(self, name: str = "open", *options: str, **environment: str) -> Server:
        """Return the server of that name, started at first."""
        if name not in self.servers:
            home = self.folder / f"home-{name}"
            shutil.copytree(
                self.library, home, ignore=shutil.ignore_patterns("lock", "*.json"), dirs_exist_ok=True
            )
            errors = self.folder / f"{name}.log"
            with errors.open("w") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "footnote", "--home", str(home), "serve", "--port", "0", *options],
                    stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.folder, env=self.environment(**environment),
                )  # fmt: skip
            assert process.stdout is not None
            said = process.stdout.readline()
            assert "Footnote is at" in said, said + errors.read_text()
            self.servers[name] = Server(process, said.split()[-1], errors)
        return self.servers[name]

    @property
    def open(self) -> Server:
        return self.server("open")

    @property
    def locked(self) -> Server:
        return self.server("locked", FOOTNOTE_PASSWORD="right")

    def home_of(self, name: str) -> Path:
        return self.folder / f"home-{name}"

    def rest(self) -> None:
        """End the servers of an attack that is over: forty that idle are slow, and hold half a gigabyte each."""
        for name in self.servers.keys() - {"open", "locked"}:
            self.servers.pop(name).end()
            shutil.rmtree(self.home_of(name), ignore_errors=True)

    def close(self) -> None:
        for server in self.servers.values():
            server.end()
        shutil.rmtree(self.folder, ignore_errors=True)
