"""A model file of one's own, served on loopback by a process of its own that its users share.

Who comes first starts the process and notes in a private file how to reach it; who comes later joins it. All
keep a connection to it, by which it knows when the last of them has left, and then it ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from footnote.ingest.library.private import write_private
from footnote.ingest.limits import processors
from footnote.rag.errors import ModelSetupError
from footnote.rag.model.gguf import facts_of
from footnote.rag.model.local_process import GREETING, HERE, LONGEST_LINE, proof
from footnote.rag.model.shelf import located

if TYPE_CHECKING:
    from footnote.rag.model.gguf import Facts
    from footnote.rag.settings import Settings

PROVIDER = "local"
ENGINE = "xllamacpp"
LOADING = 300.0  # seconds; a cold disk gives 50 MB a second
STARTING = 60.0  # seconds until the new process says where it listens
MOST_THREADS = 8
ONE_EACH = 4  # processors up to which each gets a thread; of more, half are usually the second of a pair
SECRETS = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)  # in the names of variables
GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Lease:
    """A user's hold on the process: while the connection is open, the model is served at `url`."""

    url: str
    key: str
    connection: socket.socket

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        try:
            self.connection.setblocking(False)
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """Let go; the process ends with its last user."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


def name_of(model: str) -> str | None:
    """Return what `local:` names, None when a model is another provider's."""
    provider, colon, name = model.partition(":")
    return name if colon and provider == PROVIDER else None


def file_size(settings: Settings) -> int | None:
    """Return the bytes of the file that the settings name; None when they name none that is there."""
    name = name_of(settings.model)
    try:
        return None if name is None else facts_of(located(name, settings.home)).size
    except ModelSetupError:
        return None


def serve(settings: Settings) -> Lease:
    """Return a hold on the process that serves the model of the settings, started where none runs.

    Raises:
        ModelSetupError: If the engine or the file is missing, the file is none, or memory is short.
    """
    if settings.base_url:
        raise ModelSetupError(
            "local: serves a model itself. Take away FOOTNOTE_BASE_URL, or name another provider."
        )
    path = located(name_of(settings.model) or "", settings.home)
    facts = facts_of(path)
    if importlib.util.find_spec(ENGINE) is None:
        raise ModelSetupError("A model file needs llama.cpp. Install it: pip install 'footnote[local]'.")
    window = min(settings.model_window, facts.window or settings.model_window)
    state = _state(path, window, settings.home)
    try:
        state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(f"{state}.lock", timeout=STARTING, mode=0o600):
            connection = _joined(state) or _started(path, facts, window, state)
    except Timeout:
        raise ModelSetupError(
            f"Another process has been starting the model for too long. Remove {state}.lock."
        ) from None
    except OSError as error:
        raise ModelSetupError(f"{state.parent} cannot be written: {error.strerror}.") from None
    return _ready(connection, path, facts, window)


def _state(path: Path, window: int, home: Path) -> Path:
    """Return the file that says how to reach the process of a model with such a window."""
    about = path.stat()
    told = f"{path}|{about.st_size}|{about.st_mtime_ns}|{window}"
    return (
        home / f"local-model-{hashlib.sha256(told.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.json"
    )


def _joined(state: Path) -> socket.socket | None:
    """Return a connection to the process that a file tells of; None when it is no more."""
    try:
        told = json.loads(state.read_text(encoding="utf-8"))
        return _connection(int(told["control"]), str(told["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _connection(port: int, secret: str) -> socket.socket:
    """Return a connection to the process that knows the secret.

    Raises:
        OSError: If there is none, or another program has its port now.
    """
    connection = socket.create_connection((HERE, port), timeout=GREETING)
    try:
        connection.sendall(f"{secret}\n".encode())
        wanted = f"{proof(secret)}\n".encode()
        if not hmac.compare_digest(_line(connection, len(wanted)), wanted):
            raise ConnectionRefusedError
    except OSError:
        connection.close()
        raise
    return connection


def _line(connection: socket.socket, most: int) -> bytes:
    """Read a line of at most so many bytes, and nothing behind it."""
    read = b""
    while len(read) < most and not read.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            break
        read += piece
    return read


def _started(path: Path, facts: Facts, window: int, state: Path) -> socket.socket:
    """Start the process, note how to reach it, and return a connection to it."""
    _has_memory(facts, window)
    wish = {"path": str(path), "name": facts.name, "window": window, "threads": threads()}
    process = subprocess.Popen(
        [sys.executable, "-m", "footnote.rag.model.local_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={n: v for n, v in os.environ.items() if not SECRETS.search(n)},
        **_apart(),
    )
    threading.Thread(target=process.wait, daemon=True).start()  # the system keeps what nobody waits for
    try:
        told = _told(process, json.dumps(wish))
        connection = _connection(int(told["control"]), str(told["secret"]))
    except (OSError, ValueError, KeyError):
        process.kill()
        raise ModelSetupError(
            "The process for the model did not start. `footnote doctor --model` may say more."
        ) from None
    write_private(state, json.dumps(told))
    return connection


def _told(process: subprocess.Popen[bytes], wish: str) -> dict[str, Any]:
    """Hand the process its wish and return what it says; closes both pipes."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin as given, process.stdout as said:
        given.write(f"{wish}\n".encode())
        given.flush()
        return dict(json.loads(said.readline(LONGEST_LINE)))


def _ready(connection: socket.socket, path: Path, facts: Facts, window: int) -> Lease:
    """Wait until the model is loaded."""
    connection.settimeout(LOADING)
    try:
        told = json.loads(_line(connection, LONGEST_LINE) or b"{}")
    except (OSError, ValueError):
        told = {}
    if "url" in told:
        return Lease(told["url"], told["key"], connection)
    connection.close()
    if "error" in told:
        raise ModelSetupError(
            f"llama.cpp could not load {path}. It may be damaged, no language model, or newer than the "
            f"installed {ENGINE}: pip install --upgrade {ENGINE}."
        )
    _has_memory(facts, window)
    raise ModelSetupError(
        f"The process that loads {path.name} ended or took too long. Is there enough memory?"
    )


def threads() -> int:
    """Return how many threads a model may take."""
    there = processors()
    return there if there <= ONE_EACH else min(MOST_THREADS, max(ONE_EACH, there // 2))


def _apart() -> dict[str, Any]:
    """Return what keeps Ctrl-C at the terminal from ending a process that others use."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _has_memory(facts: Facts, window: int) -> None:
    free = free_memory()
    if free is not None and facts.memory(window) > free:
        raise ModelSetupError(
            f"{facts.name} needs about {facts.memory(window) / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free. Close other programs, lower FOOTNOTE_MODEL_WINDOW, or choose a "
            "smaller model."
        )


def free_memory() -> int | None:
    """Return the bytes of memory that are free, within what a container may take; None where nobody says."""
    found = [n for n in (_of_system(), _of_group()) if n is not None]
    return min(found, default=None)


def _of_system() -> int | None:
    """Return what Linux says is free; on macOS what the computer has; None elsewhere."""
    try:
        return _figures(Path("/proc/meminfo"))["MemAvailable:"] * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _figures(path: Path) -> dict[str, int]:
    """Return the figures of a file of the system's, a name and a number a line."""
    with path.open(encoding="ascii") as file:
        return {name: int(value) for name, value, *_ in map(str.split, file)}


def _of_group() -> int | None:
    try:
        most = int((GROUP / "memory.max").read_text(encoding="ascii"))
        used = int((GROUP / "memory.current").read_text(encoding="ascii"))
        kept = _figures(GROUP / "memory.stat")["file"]  # of files that were read: given up when it is needed
    except (OSError, ValueError, KeyError):  # no group, or “max”
        return None
    return max(0, most - used + kept)
