"""A PostgreSQL and Chroma servers of the tests' own, on this computer, in a folder that goes away with them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from footnote.ingest.library.stores import Stores

if TYPE_CHECKING:
    import random

LONGEST_START = 60.0  # seconds
_BACKENDS = """SELECT pid FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid != pg_backend_pid() ORDER BY pid"""


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest first; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("postgres")
    return Path(program).resolve().parent if program else None


class Postgres:
    """A server behind a socket of its own, under a user who is not root: it refuses that one."""

    def __init__(self, bin_folder: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footnote-pg-"))
        self._bin = bin_folder
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = next(u for u in pwd.getpwall() if u.pw_name in ("postgres", "nobody"))
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        made = [str(bin_folder / "initdb"), "-D", str(self.folder / "data"), "-U", "footnote", "-A", "trust"]
        self._run([*made, "-E", "UTF8", "--locale=C", "--no-sync"])
        self.start()
        self._schemas = count(1)

    def start(self) -> None:
        """Start it, and wait until it answers.

        After a kill it refuses to start while a process that serves a connection has not yet noticed.
        """
        self.process = self._started()
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                self.run("SELECT 1")
                return
            time.sleep(0.05)
            if self.process.poll() is not None:
                self.process = self._started()
        raise TimeoutError("PostgreSQL did not start")

    def _started(self) -> subprocess.Popen[bytes]:
        # Nothing is written through to the disk: what is tried here is an end of processes, not of power.
        return subprocess.Popen(
            [
                *(str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)),
                *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"),
            ],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as,
        )  # fmt: skip

    def run(self, statement: str) -> list[Any]:
        """Run a statement as the one who owns it all."""
        import psycopg

        with psycopg.connect(self.address(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def address(self, schema: str = "public") -> str:
        """Return the address of a schema."""
        return f"postgresql://footnote@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def new_schema(self) -> str:
        """Make a schema for one library, and return its address."""
        name = f"library{next(self._schemas)}"
        self.run(f"CREATE SCHEMA {name}")
        return self.address(name)

    def kill(self) -> None:
        """End it as a power cut would, with all that serve its connections."""
        serving = _children(self.process.pid)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for pid in serving:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_backend(self, chance: random.Random) -> None:
        """End one of those that serve connections: the server then ends them all, and recovers by itself."""
        serving = [pid for (pid,) in self.run(_BACKENDS)]
        if serving:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(serving), signal.SIGKILL)

    def stop(self) -> None:
        """End it, and remove what it kept."""
        self.process.send_signal(signal.SIGINT)  # its fast shutdown
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._as)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    if listed.exists():
        return [int(child) for child in listed.read_text().split()]
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


class ChromaShard:
    """`chroma run` on a port of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footnote-chroma-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = Path(sys.executable).parent / "chroma"
        self.process = subprocess.Popen(
            [program, "run", "--host", "127.0.0.1", "--port", str(self.port), "--path", self.folder],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.address}/api/v2/heartbeat", timeout=1).close()
                return
            time.sleep(0.05)
        raise TimeoutError("chroma did not start")

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it, and remove what it kept."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def empty(self) -> None:
        """Throw away all that it holds, as the loss of a disk would."""
        self.kill()
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.start()


class Servers:
    """What a library on servers needs."""

    def __init__(self, postgres: Postgres, shards: list[ChromaShard]) -> None:
        self.postgres = postgres
        self.shards = shards

    def new_library(self) -> Stores:
        """Return where a new library can be made."""
        return Stores(self.postgres.new_schema(), tuple(shard.address for shard in self.shards))

    def stop(self) -> None:
        """End them all."""
        for one in (*self.shards, self.postgres):
            one.stop()


def started(parts: int = 2) -> Servers:
    """Start a PostgreSQL and `parts` Chroma servers; skip the test where there is no PostgreSQL, not in CI.

    The short test under another Python goes without psycopg, and so without servers, in CI too.
    """
    pytest.importorskip("psycopg")
    found = programs()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is missing, and CI must not go without the tests on servers.")
        pytest.skip("PostgreSQL is missing: install it (Debian: apt-get install postgresql).")
    return Servers(Postgres(found), [ChromaShard() for _ in range(parts)])
