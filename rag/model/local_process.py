"""The process that holds a model of one's own: llama.cpp's server on loopback, and who uses it.

`python -m footnote.rag.model.local_process` is started by `rag.model.local`, which writes one line of JSON
on its standard input and reads one on its standard output. Each user keeps a connection to its control port
open; the operating system ends those of a user that dies. The process ends with its last user.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import sys
import threading
from typing import Any

HERE = "127.0.0.1"
ALONE = 60.0  # seconds that it waits for its first user
GREETING = 5.0  # seconds within which a user must say the secret
LONGEST_LINE = 4096
SECRET_BYTES = 24
# Text of earlier prompts that llama.cpp keeps beside its window; its own default is 8 GiB.
CACHE_MIB = 256


def proof(secret: str) -> str:
    """Return what only a process that knows the secret can say: another program may have got its port."""
    return hmac.new(secret.encode(), b"footnote", "sha256").hexdigest()


def main() -> int:
    """Say where the control port is, load the model, and serve until the last user has left."""
    wish = json.loads(sys.stdin.readline(LONGEST_LINE * 4))
    control = socket.create_server((HERE, 0))
    secret = secrets.token_hex(SECRET_BYTES)
    print(json.dumps({"control": control.getsockname()[1], "secret": secret}), flush=True)
    _be_quiet()
    users = Users(secret)
    threading.Thread(target=users.welcome, args=(control,), daemon=True).start()
    threading.Timer(ALONE, users.leave_alone).start()
    server, told = _load(wish)
    users.tell(told)
    users.gone.wait()
    os._exit(0 if server is not None else 1)  # llama.cpp's own threads would wait for requests under way


def _be_quiet() -> None:
    """Send what llama.cpp logs nowhere: the terminal is its user's."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _load(wish: dict[str, Any]) -> tuple[object, dict[str, str]]:
    """Return the running server, and what its users are told."""
    import xllamacpp

    key = secrets.token_hex(SECRET_BYTES)
    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = wish["path"], {wish["name"]}
    params.hostnames, params.port, params.api_keys = [HERE], 0, [key]
    params.n_ctx, params.n_parallel, params.cache_ram_mib = wish["window"], 1, CACHE_MIB
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = wish["threads"]
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # a thread that spins takes from others
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.offline, params.cors_origins, params.verbosity = True, "", -1
    try:
        server = xllamacpp.Server(params)
    except Exception as error:  # noqa: BLE001 - it promises no kind of error
        return None, {"error": type(error).__name__}
    return server, {"url": f"{server.listening_address}/v1", "key": key}


class Users:
    """Those who use the process, each by a connection of its own."""

    def __init__(self, secret: str) -> None:
        self.gone = threading.Event()  # the last has left
        self._secret = secret.encode()
        self._told: bytes | None = None
        self._waiting: list[socket.socket] = []
        self._count, self._lock = 0, threading.Lock()

    def welcome(self, control: socket.socket) -> None:
        """Take users as they come."""
        while True:
            user, _ = control.accept()
            threading.Thread(target=self._serve, args=(user,), daemon=True).start()

    def leave_alone(self) -> None:
        """End if nobody ever came."""
        with self._lock:
            if not self._count:
                self._end()

    def tell(self, told: dict[str, str]) -> None:
        """Tell all users, and those to come, how it went."""
        with self._lock:
            self._told = json.dumps(told).encode() + b"\n"
            for user in self._waiting:
                _send(user, self._told)
            self._waiting.clear()

    def _serve(self, user: socket.socket) -> None:
        with user:
            if not self._knows(user):
                return
            _send(user, f"{proof(self._secret.decode())}\n".encode())
            with self._lock:
                self._count += 1
                if self._told is None:
                    self._waiting.append(user)
                else:
                    _send(user, self._told)
            with contextlib.suppress(OSError):
                user.settimeout(None)
                while user.recv(LONGEST_LINE):
                    pass
            with self._lock:
                self._count -= 1
                if not self._count:
                    self._end()

    def _knows(self, user: socket.socket) -> bool:
        user.settimeout(GREETING)
        try:
            with user.makefile("rb") as said:
                return hmac.compare_digest(said.readline(LONGEST_LINE).strip(), self._secret)
        except OSError:
            return False

    def _end(self) -> None:
        if self._told is None:
            os._exit(0)  # still loading, which nothing interrupts
        self.gone.set()


def _send(user: socket.socket, told: bytes) -> None:
    with contextlib.suppress(OSError):  # it has left; its own thread will notice
        user.sendall(told)


if __name__ == "__main__":
    raise SystemExit(main())
