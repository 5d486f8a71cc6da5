"""A web server on this computer that misbehaves on demand.

    with HostileServer({"/a": page("<p>Hello</p>"), "/slow": drip_body(...)}) as server:
        Fetcher(allow=[server.address], pause=0).fetch(server.url("/a"))

A route is a function of the request and the connection: it may send anything, or nothing.
"""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Route = Callable[["Request", socket.socket], None]

HOST = "127.0.0.1"

# Made for these tests: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
# -subj /CN=site.test -addext subjectAltName=DNS:site.test,DNS:*.site.test`. Nothing trusts it.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPGdxX7QdmpbPoGRm
Vxw7OxuwAl6Q4mD/o5R+MKX+D5GhRANCAATTpwfVDlc02PlgG2Iuk9AfEvN0AQvY
PZlT5+2YyPQekmnIN0gD1xfCfRPMRS9/BQbLW5eAHEUt8S7OwwfKlEDr
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBozCCAUigAwIBAgIUHk4OOVNcHE1VmjfRnaGhktcofRcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJc2l0ZS50ZXN0MCAXDTI2MTEyNDAzMjUzNFoYDzIxMjYxMDMx
MDMyNTM0WjAUMRIwEAYDVQQDDAlzaXRlLnRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATTpwfVDlc02PlgG2Iuk9AfEvN0AQvYPZlT5+2YyPQekmnIN0gD1xfC
fRPMRS9/BQbLW5eAHEUt8S7OwwfKlEDro3YwdDAdBgNVHQ4EFgQUbx8sw3m3+Ro0
eLk00hg/+ifj3nwwHwYDVR0jBBgwFoAUbx8sw3m3+Ro0eLk00hg/+ifj3nwwDwYD
VR0TAQH/BAUwAwEB/zAhBgNVHREEGjAYgglzaXRlLnRlc3SCCyouc2l0ZS50ZXN0
MAoGCCqGSM49BAMCA0kAMEYCIQDimQ/CzRlwbn8KeQ+vSIabZBLF/Q5/UN4cXX0j
BSl/WAIhAOdxM+In6xNKJadMrBFDFR+1WqE725GfMHymRgNPTp1i
-----END CERTIFICATE-----
"""


@dataclass(frozen=True)
class Request:
    """A request as it came: path with query, and headers in lower case."""

    path: str
    headers: dict[str, str]


class HostileServer:
    """Serves `routes` (path → route) on a free port; what is not there is a 404.

    `requests` lists what was asked for, robots.txt left out.
    """

    def __init__(self, routes: dict[str, Route] | None = None, *, secure: bool = False) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        self.stop = threading.Event()
        self._server = _Server((HOST, 0), self, _context() if secure else None)
        self.secure = secure
        self.port = self._server.server_address[1]
        self.address = (HOST, self.port)

    def url(self, path: str = "/", host: str = HOST) -> str:
        return f"http{'s' if self.secure else ''}://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [r.path for r in self.requests]

    def answer(self, connection: socket.socket) -> None:
        request = _read_request(connection)
        if request is None:
            return
        if request.path != "/robots.txt":
            self.requests.append(request)
        route = self.routes.get(request.path) or self.routes.get(request.path.partition("?")[0])
        (route or page("Not here", status=404))(request, connection)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: HostileServer, tls: ssl.SSLContext | None) -> None:
        super().__init__(address, _Handler)
        self.owner = owner
        self.tls = tls

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server: _Server = self.server  # type: ignore[assignment]
        self.request.settimeout(30)
        with contextlib.suppress(OSError):
            connection = self.request
            if server.tls is not None:
                connection = server.tls.wrap_socket(connection, server_side=True)
            try:
                server.owner.answer(connection)
            finally:
                connection.close()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder, "certificate.pem")
        path.write_text(CERTIFICATE)
        context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """Return what a client needs to believe these servers."""
    return ssl.create_default_context(cadata=CERTIFICATE[CERTIFICATE.index("-----BEGIN CERT") :])


def _read_request(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    first, *lines = data.decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if ":" in line)}
    return Request(first.split(" ")[1], headers)


# ------------------------------------------------------------------------------------------ routes


def head(status: int = 200, **headers: str) -> bytes:
    """Return the first lines of an answer; `content_type="…"` is the header `content-type`."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def page(
    body: str | bytes, status: int = 200, content_type: str = "text/html; charset=utf-8", **headers: str
) -> Route:
    """Answer with `body`, as an honest server does."""
    data = body.encode() if isinstance(body, str) else body
    given = {"content_type": content_type} if content_type else {}
    return raw(head(status, **given, content_length=str(len(data)), connection="close", **headers) + data)


def cached(body: str, etag: str = "", modified: str = "", content_type: str = "text/html") -> Route:
    """Answer with `body`, or 304 when the request says that it has it."""
    full = page(
        body,
        content_type=content_type,
        **({"etag": etag} if etag else {}),
        **({"last_modified": modified} if modified else {}),
    )

    def route(request: Request, connection: socket.socket) -> None:
        had = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
        same = (etag and had[0] == etag) or (modified and not etag and had[1] == modified)
        (raw(head(304, etag=etag)) if same else full)(request, connection)

    return route


def redirect(to: str, status: int = 302) -> Route:
    """Lead on to `to`."""
    return raw(head(status, location=to, content_length="0"))


def raw(data: bytes) -> Route:
    """Send `data` as it is and hang up."""

    def route(_: Request, connection: socket.socket) -> None:
        connection.sendall(data)

    return route


def drip(start: bytes, part: bytes, every: float = 0.02, times: int = 100_000) -> Route:
    """Send `start` at once, then `part` again and again."""

    def route(_: Request, connection: socket.socket) -> None:
        connection.sendall(start)
        for _number in range(times):
            connection.sendall(part)
            if every:
                time.sleep(every)

    return route


def hang(start: bytes = b"", seconds: float = 30.0) -> Route:
    """Send `start` and then nothing."""

    def route(_: Request, connection: socket.socket) -> None:
        connection.sendall(start)
        connection.settimeout(seconds)
        connection.recv(1)  # until the client hangs up

    return route


def bomb(megabytes: int = 200) -> bytes:
    """Return gzip data that unpacks to so many megabytes of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
