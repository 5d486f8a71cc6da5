"""Block every socket but loopback, so that a test that calls out fails at once and says where to."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest


class CalledOut(AssertionError):
    """Something tried to reach another computer."""


def block_sockets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Block connections and look-ups beyond this computer; return the list that attempts are added to.

    A library may swallow the error, so a test also asserts that the list stays empty.
    """
    attempts: list[str] = []

    def guarded(original: Callable[..., Any], address: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            host = address(*args, **kwargs)
            if not is_local(host):
                attempts.append(str(host))
                raise CalledOut(f"{original.__qualname__} was called for {host!r}")
            return original(*args, **kwargs)

        return call

    def of_socket(_socket: socket.socket, address: Any, *_: Any) -> Any:
        return address[0] if isinstance(address, tuple) else None  # a path: a socket of this computer

    def of_datagram(_socket: socket.socket, _data: Any, *rest: Any) -> Any:
        return of_socket(_socket, rest[-1])

    def of_name(host: Any = None, *_: Any, **__: Any) -> Any:
        return host

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect, of_socket))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex, of_socket))
    monkeypatch.setattr(socket.socket, "sendto", guarded(socket.socket.sendto, of_datagram))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        monkeypatch.setattr(socket, name, guarded(getattr(socket, name), of_name))
    return attempts


def is_local(host: Any) -> bool:
    """Tell whether `host` names this computer; None and the empty name do."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False
