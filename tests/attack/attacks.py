"""The attacks. Each returns what was seen, and fails (an `AssertionError`) when it got through.

`row` is the number of the fault that an earlier examination found; 0 stands for one that was thought of since.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests import hostile_files as hostile
from tests.attack.world import answer_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from tests.attack.world import Server, World

EVIL = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
JOIN = "/gradio_api/queue/join"
UPLOAD = "/gradio_api/upload"
GIGABYTE = 1_000_000_000
READER = "footnote_reader"


class Skipped(Exception):
    """This system cannot try it."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its name, the fault that it repeats, and how it is made."""

    name: str
    row: int
    make: Callable[[World], str]


ATTACKS: list[Attack] = []


def attack(name: str, row: int = 0) -> Callable[[Callable[[World], str]], Callable[[World], str]]:
    def note(make: Callable[[World], str]) -> Callable[[World], str]:
        ATTACKS.append(Attack(name, row, make))
        return make

    return note


def refused(server: Server, reply: Any, *allowed: int) -> str:
    """Hold that a request was refused, without a traceback, and that the server is well."""
    assert reply.refused or reply.status in allowed, f"{reply.status}: {reply.body[:200]}"
    assert not server.tracebacks(), server.errors.read_text()[-2000:]
    assert server.is_well()
    return str(reply.status or "closed")


def pieces(total: int, size: int = 1 << 20) -> Iterator[bytes]:
    for _ in range(total // size):
        yield bytes(size)


def chunked(total: int) -> Iterator[bytes]:
    for piece in pieces(total):
        yield b"%x\r\n" % len(piece) + piece + b"\r\n"
    yield b"0\r\n\r\n"


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
TOLD, CHUNKED = (f"Content-Length: {GIGABYTE}", pieces), ("Transfer-Encoding: chunked", chunked)


def flood(
    server: Server,
    start: str,
    most_mb: int,
    headers: Mapping[str, str],
    *ways: tuple[str, Callable[[int], Iterator[bytes]]],
) -> str:
    """Send a gigabyte in each of these ways; hold that it is refused, and how much of it is held at most."""
    before = server.memory()
    head = [f"{start} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    replies = [server.raw("\r\n".join([*head, length, "", ""]), body(GIGABYTE)) for length, body in ways]
    grown = server.memory() - before
    assert grown < most_mb, f"{grown} MB"
    return f"{' and '.join(refused(server, reply) for reply in replies)}, {grown:+} MB"


# ------------------------------------------------------------------------ from any web page


@attack("a gigabyte as text/plain from another site", 1)
def _foreign_gigabyte(world: World) -> str:
    return flood(world.open, f"POST {JOIN}", 60, EVIL, TOLD)


def _gigabyte(world: World, method: str, path: str) -> str:
    return flood(world.open, f"{method} {path}", 100, JSON, TOLD, CHUNKED)


for _method, _path in (
    *(("POST", p) for p in (JOIN, "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/component_server")),
    *(("POST", p) for p in ("/gradio_api/process_recording", "/login", "/logout", "/", "/no/such/thing")),
    *(("PUT", "/config"), ("PATCH", "/"), ("DELETE", "/export/x.md"), ("POST", "/gradio_api/run/load")),
):
    ATTACKS.append(
        Attack(
            f"a gigabyte, told and chunked: {_method} {_path}",
            1,
            partial(_gigabyte, method=_method, path=_path),
        )
    )


@attack("a gigabyte to the page that asks for the password", 1)
def _gigabyte_to_login(world: World) -> str:
    return flood(world.locked, "POST /login", 60, {}, CHUNKED)


@attack("thirty uploads from another site fill the disk", 2)
def _foreign_uploads(world: World) -> str:
    server = world.open
    form = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
        + bytes(2_000_000)
        + b"\r\n--x--\r\n"
    )
    told = {"Origin": "http://evil.example", "Content-Type": "multipart/form-data; boundary=x"}
    seen = {refused(server, server.ask("POST", UPLOAD, told, form)) for _ in range(30)}
    return " ".join(sorted(seen))


@attack("an upload that says it is larger than a browser may send in all", 2)
def _large_upload(world: World) -> str:
    told = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(600 * 2**20)}
    return refused(world.open, world.open.ask("POST", UPLOAD, told))


def _foreign(world: World, headers: dict[str, str], method: str = "POST", path: str = JOIN) -> str:
    return refused(world.open, world.open.ask(method, path, headers))


for _name, _headers, _method, _path in (
    ("another port of this computer", {"Origin": "http://127.0.0.1:1"}, "POST", JOIN),
    ("no origin that can be told (null)", {"Origin": "null"}, "POST", JOIN),
    ("an origin that ends in ours", {"Origin": "http://evil127.0.0.1"}, "POST", JOIN),
    ("an origin with a name before an @", {"Origin": "http://127.0.0.1@evil.example"}, "POST", JOIN),
    ("an origin that is no address", {"Origin": "http://[::1"}, "POST", JOIN),
    ("a page of the same site", {"Sec-Fetch-Site": "same-site"}, "POST", UPLOAD),
    ("another site's form", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, "POST", "/"),
    ("another site's picture", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "GET", "/config"),
    ("another site's log out", {"Origin": "http://evil.example"}, "POST", "/logout"),
    ("another site's stream", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, "GET",
     "/gradio_api/queue/data?session_hash=x"),
    ("another site deletes", {"Origin": "http://evil.example"}, "DELETE", "/"),
):  # fmt: skip
    ATTACKS.append(
        Attack(f"sent by {_name}", 0, partial(_foreign, headers=_headers, method=_method, path=_path))
    )


@attack("a web socket from another site")
def _web_socket(world: World) -> str:
    told = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n"
    reply = world.open.raw(
        f"GET /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n{told}\r\n",
        timeout=5,
    )
    return refused(world.open, reply)


# ------------------------------------------------------------------------ names


def _by_host(server: Server, host: str) -> str:
    reply = server.raw(f"GET /config HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert "footnote" not in reply.body.lower().replace("footnote_names", ""), reply.body[:100]
    return refused(server, reply)


@attack("the name of another site at ::1", 5)
def _host_six(world: World) -> str:
    if not socket.has_ipv6:
        raise Skipped("no IPv6")
    return _by_host(world.server("six", "--host", "::1"), "evil.example")


@attack("the name of another site at 127.0.0.2", 5)
def _host_two(world: World) -> str:
    if sys.platform != "linux":
        raise Skipped("only Linux has that address")
    return _by_host(world.server("two", "--host", "127.0.0.2"), "evil.example")


@attack("a page behind a proxy without a password", 5)
def _proxied_open(world: World) -> str:
    done = world.run("serve", "--port", "0", FOOTNOTE_ROOT_PATH="/notes", seconds=120)
    assert done.returncode != 0
    assert "FOOTNOTE_PASSWORD" in done.stderr
    return "will not start"


@attack("X-Forwarded-Host names another site", 5)
def _forwarded_host(world: World) -> str:
    server = world.server("path", FOOTNOTE_ROOT_PATH="/notes", FOOTNOTE_OPEN_TO_ALL="yes")
    told = _by_host(server, "evil.example")
    for name in ("X-Forwarded-Host", "X-Gradio-Server", "Forwarded"):
        reply = server.ask(
            "GET", "/config", {name: "http://evil2.example" if "Server" in name else "evil2.example"}
        )
        assert "evil2" not in reply.body
    return f"{told}, and not believed"


HOSTS = (
    *(
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "",
        "a b",
    ),
    *("evil.example:127.0.0.1", "[::1", "0x7f000001", "2130706433", "127.1", "[::ffff:7f00:1]"),
    *("localhost\x00.evil", "127.0.0.1#evil.example", "127.0.0.1, evil.example"),
)
ATTACKS += [Attack(f"Host: {h!r}", 0, lambda world, host=h: _by_host(world.open, host)) for h in HOSTS]


@attack("two Host headers")
def _two_hosts(world: World) -> str:
    return refused(
        world.open, world.open.raw("GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n")
    )


@attack("a whole address as the target of a request")
def _absolute(world: World) -> str:
    reply = world.open.raw(
        "GET http://evil.example/config HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    return refused(world.open, reply)


@attack("no Host at all, in HTTP/1.0")
def _no_host(world: World) -> str:
    return refused(world.open, world.open.raw("GET /config HTTP/1.0\r\n\r\n"))


# ------------------------------------------------------------------------ the password


@attack("300 passwords whose heads come before their bodies", 3)
def _held_passwords(world: World) -> str:
    server, held = world.locked, []
    for n in range(300):
        body = b"password=" + (b"right" if n == 299 else b"wrong%d" % n)
        line = server.connect()
        line.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            % len(body)
        )
        held.append((line, body))
    time.sleep(1)
    for line, body in held:
        with contextlib.suppress(OSError):
            line.sendall(body)
    statuses = [answer_on(line).status for line, _ in held]
    for line, _ in held:
        line.close()
    looked_at = sum(s in (403, 303) for s in statuses)
    assert looked_at <= 5, f"{looked_at} of 300 were looked at"
    return f"{looked_at} of 300 looked at"


def _login(server: Server, password: str, **headers: str) -> int:
    told = {**FORM, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return server.ask("POST", "/login", told, f"password={password}").status


def cookie_of(server: Server) -> str:
    """Log in with the right password, and return the cookie that says so."""
    told = server.ask("POST", "/login", FORM, "password=right").head
    return told.partition("set-cookie: ")[2].partition(";")[0]


@attack("a new address told for each password", 3)
def _forwarded_for(world: World) -> str:
    server = world.server("forwarded", FOOTNOTE_PASSWORD="right")
    seen = [
        _login(server, f"w{n}", X_Forwarded_For=f"203.0.113.{n}", X_Real_IP=f"203.0.113.{n}")
        for n in range(30)
    ]
    assert seen.count(429) >= 25, seen
    return f"{seen.count(403)} looked at, {seen.count(429)} put off"


@attack("ten thousand passwords side by side", 3)
def _many_passwords(world: World) -> str:
    server, begun = world.server("guessed", FOOTNOTE_PASSWORD="right"), time.monotonic()

    def guess(first: int) -> Counter[int]:
        line, seen = http.client.HTTPConnection(server.host, server.port, timeout=60), Counter[int]()
        for n in range(first, 10_000, 32):
            line.request("POST", "/login", f"password=w{n}", FORM)
            reply = line.getresponse()
            reply.read()
            seen[reply.status] += 1
        line.close()
        return seen

    with ThreadPoolExecutor(32) as pool:
        seen = sum(pool.map(guess, range(32)), Counter[int]())
    looked_at = seen[403] + seen[303]
    assert seen.total() == 10_000
    assert set(seen) <= {403, 429}, seen
    allowed, pause, left = 5, 10.0, time.monotonic() - begun
    while left >= pause:  # after the first five, one when each pause is over
        allowed, left, pause = allowed + 1, left - pause, 2 * pause
    assert looked_at <= allowed, f"{looked_at}, and {allowed} were allowed"
    return f"{looked_at} looked at, {seen[429]:,} put off"


@attack("a proxy that is named is believed, the one before it is not", 3)
def _named_proxy(world: World) -> str:
    server = world.server("proxied", FOOTNOTE_PASSWORD="right", FOOTNOTE_PROXIES="127.0.0.1")
    forged = [_login(server, "no", X_Forwarded_For=f"10.1.2.{n}, 203.0.113.9") for n in range(8)]
    other = _login(server, "no", X_Forwarded_For="203.0.113.10")
    assert forged[5:] == [429] * 3, forged
    assert other == 403
    return "the last hop counts"


KEYS = (
    *('"\\262.x"', "²", "9" * 400, "1" * 12 + "-" + "0" * 16 + "." + "0" * 64, '"', "a=b=c", "\\", "=;=;"),
    *("\x7f", "é" * 300),
)


def _cookie(world: World, key: str) -> str:
    return refused(world.locked, world.locked.ask("GET", "/config", {"Cookie": f"footnote_key={key}"}))


ATTACKS += [Attack(f"the cookie {k[:20]!r}", 13, partial(_cookie, key=k)) for k in KEYS]


@attack("ten thousand cookies in one header")
def _many_cookies(world: World) -> str:
    begun = time.monotonic()
    reply = world.locked.ask("GET", "/config", {"Cookie": "; ".join(f"c{n}=1" for n in range(5_000))})
    assert time.monotonic() - begun < 10
    return refused(world.locked, reply)


@attack("a visit that was ended is used again")
def _after_logout(world: World) -> str:
    server = world.server("left", FOOTNOTE_PASSWORD="right")
    cookie = cookie_of(server)
    assert server.ask("GET", "/config", {"Cookie": cookie}).status == 200
    assert server.ask("POST", "/logout", {"Cookie": cookie}).status == 303
    return refused(server, server.ask("GET", "/config", {"Cookie": cookie}))


for _path in ("/", "/config", "/export/x.md", JOIN, UPLOAD, "/assets/x.js", "/evaluation/x.html", "/healthz/../config",
              "//config", "/config%00", "/CONFIG", "/login/../config", "/static/../config", "/%63onfig"):  # fmt: skip

    def _closed(world: World, path: str = _path) -> str:
        seen = [world.locked.ask(method, path).status for method in ("GET", "POST")]
        assert all(s in (303, 400, 401, 404, 405, 422) for s in seen), seen
        assert "footnote-uploads" not in world.locked.ask("GET", path).body
        return " and ".join(map(str, seen))

    ATTACKS.append(Attack(f"without the password: {_path}", 0, _closed))


# ------------------------------------------------------------------------ malformed requests


for _method, _path, _body in (
    ("GET", "/pwa_icon/999", b""), ("POST", "/gradio_api/call/v2/load", b'{"data":[]}'),
    ("GET", "/monitoring/summary", b""), ("GET", "/gradio_api/profiling/traces", b""),
    ("GET", "/gradio_api/file=/etc/passwd", b""), ("GET", "/gradio_api/file=/proc/self/environ", b""),
    ("GET", "/file/etc/passwd", b""), ("GET", "/gradio_api/proxy=http://127.0.0.1:1/", b""),
    ("GET", "/static/..%2f..%2f..%2fetc%2fpasswd", b""), ("GET", "/assets/../../../../etc/passwd", b""),
    ("GET", "/assets/%2e%2e/%2e%2e/etc/passwd", b""), ("GET", "/svelte/..%5c..%5cx", b""),
    ("GET", "/assets/a%00b.js", b""), ("GET", "/assets/" + "a" * 3_000, b""), ("GET", "/%ff%fe", b""),
    ("GET", "/export/%00.md", b""), ("GET", "/evaluation/..%2f..%2fx.html", b""),
    ("POST", JOIN, b"\xff\xfe"), ("POST", JOIN, b"[" * 100_000), ("POST", JOIN, b"{}"), ("POST", JOIN, b"NaN"),
    ("POST", JOIN, b'{"data": [], "fn_index": 99999, "session_hash": "x"}'),
    ("POST", JOIN, b'{"data": [], "fn_index": -1, "session_hash": "x"}'),
    ("POST", JOIN, b'{"data": [], "fn_index": "0", "session_hash": {"a": 1}}'),
    ("POST", JOIN, b'{"data": [], "fn_index": 1e400, "session_hash": "x"}'),
    ("POST", JOIN, b'{"data": null, "fn_index": null, "session_hash": null}'),
    ("POST", JOIN, b'{"data": [' + b"1," * 100_000 + b'1], "fn_index": 99999, "session_hash": "x"}'),
    ("POST", "/gradio_api/cancel", b'{"session_hash": "x", "fn_index": 0, "event_id": [1]}'),
    ("POST", "/gradio_api/reset", b'{"event_id": 5}'),
    ("POST", UPLOAD, b"no form"), ("TRACE", "/", b""), ("PROPFIND", "/", b""), ("CONNECT", "127.0.0.1:1", b""),
):  # fmt: skip

    def _malformed(world: World, method: str = _method, path: str = _path, body: bytes = _body) -> str:
        reply = world.open.ask(method, path, {"Content-Type": "application/json"}, body)
        assert "root:" not in reply.body
        assert not (reply.status >= 400 and "public" in reply.head), "an error may be kept"
        return refused(world.open, reply)

    row = 13 if "pwa_icon" in _path or "v2" in _path else 0
    ATTACKS.append(
        Attack(f"malformed: {_method} {_path[:60]} {_body[:40]!r}".replace(" b''", ""), row, _malformed)
    )


@attack("errors below assets are kept for a year", 14)
def _cached(world: World) -> str:
    for server, path in (
        (world.open, "/assets/no.js"),
        (world.locked, "/assets/no.js"),
        (world.open, "/assets/../x"),
    ):
        reply = server.ask("GET", path)
        assert reply.refused
        assert "no-store" in reply.head, reply.head
        assert "immutable" not in reply.head
    return "no-store"


def _raw(world: World, head: bytes, *allowed: int) -> str:
    return refused(world.open, world.open.raw(head, timeout=8), *allowed)


for _name, _head, _allowed in (
    ("a length below nothing", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", ()),
    ("a length with a sign", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +5\r\n\r\nhello", ()),
    ("a length of 400 digits", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + b"9" * 400 + b"\r\n\r\n", ()),
    ("two lengths", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", ()),
    ("a length and chunks", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\nGET /config HTTP/1.1\r\nHost: evil.example\r\n\r\n", ()),
    ("a header of two megabytes", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n", ()),
    ("a header that begins another", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\rSet-Cookie: b\r\n\r\n", (200,)),
    ("bytes that are no request", bytes(range(256)) * 40, ()),
    ("a greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), ()),
):  # fmt: skip
    ATTACKS.append(Attack(_name, 0, lambda world, head=_head, allowed=_allowed: _raw(world, head, *allowed)))


@attack("bodies that drip")
def _dripping(world: World) -> str:
    head = f"POST {JOIN} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n["
    took = served_beside(world.open, [head] * 200)
    assert took < 30
    return f"served meanwhile in {took:.2f} s"


@attack("an upload named to lie elsewhere")
def _traversal(world: World) -> str:
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="../../../../tmp/footnote-was-here.txt"\r\n\r\nx\r\n--x--\r\n'
    reply = world.open.ask("POST", UPLOAD, {"Content-Type": "multipart/form-data; boundary=x"}, form)
    path = json.loads(reply.body)[0] if reply.status == 200 else ""
    assert ".." not in path
    assert not path or "footnote-uploads-" in path
    return str(reply.status)


@attack("a form of five thousand files")
def _many_parts(world: World) -> str:
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n'
    reply = world.open.ask(
        "POST", UPLOAD, {"Content-Type": "multipart/form-data; boundary=x"}, part * 5_000 + b"--x--\r\n"
    )
    return refused(world.open, reply)


@attack("uploads that are broken off leave files")
def _broken_off(world: World) -> str:
    server = world.open
    folders = set((world.folder.parent).glob("footnote-uploads-*"))

    def there() -> int:
        return sum(1 for folder in folders for p in folder.rglob("*") if p.is_file())

    before = there()
    for _ in range(10):
        line = server.connect()
        line.sendall(
            f"POST {UPLOAD} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            "Content-Length: 5000000\r\n\r\n".encode()
            + b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
            + bytes(400_000)
        )
        time.sleep(0.05)
        line.close()
    for _ in range(50):
        if there() <= before:
            break
        time.sleep(0.1)
    left = there() - before
    assert left <= 0, f"{left} files are left"
    return "none is left"


@attack("a thousand visits that ask nothing", 11)
def _visits(world: World) -> str:
    server = world.server("visited")
    wish = server.act("composer", "ask")

    def visit(n: int) -> None:
        body = {**wish, "session_hash": f"visit{n}", "event_data": {"question": ""}}
        server.post(JOIN, body, {"Cookie": f"{READER}={n:032}"})

    def visits(numbers: range) -> int:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(visit, numbers))
        time.sleep(3)
        return server.memory()

    before = visits(range(1_100))  # what is made once, and every place that is kept for a visit
    for first in range(1_100, 4_100, 1_000):  # what threads hold in reserve grows for a while, then no more
        after = visits(range(first, first + 1_000))
        each, before = (after - before) * 1024 / 1_000, after
        if each <= 20:
            break
    assert each <= 20, f"{each:.0f} kB each"
    return f"{each:.0f} kB each"


# ------------------------------------------------------------------------ files and folders


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Give a folder a disk of its own."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if (
        os.name != "posix"
        or os.geteuid()
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        raise Skipped("only root can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def served_beside(server: Server, sent: Iterable[str]) -> float:
    """Return the seconds that a server needs for its page while each of these waits on a line of its own."""
    held = []
    for head in sent:
        line = server.connect()
        line.sendall(head.encode())
        held.append(line)
    begun = time.monotonic()
    assert server.is_well()
    took = time.monotonic() - begun
    for line in held:
        line.close()
    return took


def commanded(
    world: World, *words: str | Path, home: Path | None = None, **environment: str
) -> tuple[int, str]:
    done = world.run(*words, home=home, **environment)
    assert "Traceback" not in done.stderr, done.stderr[-2_000:]
    return done.returncode, done.stdout + done.stderr


@attack("a folder with links to what lies outside", 4)
def _linked(world: World) -> str:
    folder, home = world.place("shared"), world.place("home")
    (world.folder / "key").write_text("The secret key is 4711.")
    (folder / "inside.txt").write_text("An owl lives here, in the tower of Marram.")
    (folder / "outside.txt").symlink_to(world.folder / "key")
    (folder / "passwd.md").symlink_to("/etc/passwd")
    (folder / "up").symlink_to("..")
    (folder / "loop.txt").symlink_to("loop.txt")
    for named in (folder, f"{folder}/*", f"{folder}/**/*.txt"):
        _, told = commanded(world, "ingest", named, "--json", home=home)
        assert "4711" not in told
    shown = commanded(world, "articles", "--json", home=home)[1]
    assert "inside.txt" in shown
    assert not any(word in shown for word in ("key", "passwd"))
    return "told, not followed"


@attack("the same in a folder that is watched", 4)
def _linked_watched(world: World) -> str:
    folder, home = world.place("watched"), world.place("home")
    (folder / "inside.txt").write_text("An owl lives here, in the tower of Marram.")
    (folder / "passwd.txt").symlink_to("/etc/passwd")
    for path in folder.iterdir():
        if not path.is_symlink():
            os.utime(path, (1, 1))
    code, told = commanded(world, "watch", folder, "--once", home=home)
    assert code == 0, told
    shown = commanded(world, "articles", "--json", home=home)[1]
    assert "inside.txt" in shown
    assert "passwd" not in shown
    return "not followed"


@attack("pipes, devices and folders under names of files")
def _odd_files(world: World) -> str:
    folder, home = world.place("odd"), world.place("home")
    os.mkfifo(folder / "pipe.txt")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "mem.txt").symlink_to("/proc/self/mem")
    (folder / "folder.txt").mkdir()
    (folder / "owl.txt").write_text("An owl lives here, in the tower of Marram.")
    code, told = commanded(world, "ingest", folder, home=home)
    assert "1 added" in told, told
    return f"status {code}, 1 added"


@attack("titles of 200,000 characters", 7)
def _long_titles(world: World) -> str:
    home, path = world.place("home"), world.folder / "long.jsonl"
    rows = [{"title": t, "author": t, "paragraphs": [f"The {t[:4]} bomb stood in the valley of Orm."]}
            for t in ("T" * 200_000, "word " * 40_000, "\u0301" * 200_000)]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    code, told = commanded(world, "ingest", path, home=home)
    shown = commanded(world, "articles", "--json", home=home)[1]
    articles = [json.loads(line) for line in shown.splitlines()]
    assert len(articles) == 3, told
    assert all(len(a["title"]) <= 500 and len(a["author"]) <= 500 for a in articles)
    return f"cut, status {code}"


def forged(world: World, *, versions: int = 0, feeds: int = 0, title: int = 0) -> Path:
    """Return an export with earlier versions of 20 MB, with feeds, or with a long title."""
    export = world.place("export") / "lib.zip"
    assert world.run("export", export).returncode == 0
    version = {"source": "s", "article_id": "a", "version": 1, "title": "t", "date": "", "added": "",
               "paragraphs": [["", "x" * 20_000_000]]}  # fmt: skip
    feed = {"since": "", "most": 10, "visit": dict.fromkeys(("etag", "modified", "at", "feed"), "")}
    target = export.with_name("forged.zip")
    with (
        zipfile.ZipFile(export) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            first, end, rest = (
                old.read(name).partition(b"\n") if name.endswith(".jsonl") else (old.read(name), b"", b"")
            )
            if title and end:
                first = json.dumps({**json.loads(first), "title": "T" * title}).encode()
            if feeds and name == "links.json":
                first = json.dumps(
                    {"visits": {}, "feeds": [{"url": f"http://10.0.0.1/{n}", **feed} for n in range(feeds)]}
                ).encode()
            with new.open(name, "w", force_zip64=True) as out:
                out.write(first + end)
                for _ in range(versions if end else 0):
                    out.write(json.dumps({"before": version}).encode() + b"\n")
                out.write(rest)
    return target


def _import(world: World, path: Path, most_mb: int) -> str:
    """Import in a process whose memory is looked at; return how it ended."""
    home = world.place("home")
    code = (
        "import re, sys; from pathlib import Path; from footnote.ui.cli import run\n"
        "status = run(sys.argv[1:])\n"
        # Not `ru_maxrss`: that begins with the memory of the process that started this one.
        "held = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())\n"
        "print('peak', int(held[1]) // 1024)\nsys.exit(status)"
    )
    begun = time.monotonic()
    done = world.python(code, "--home", home, "import", path, seconds=240)
    peak = int(done.stdout.rpartition("peak ")[2])
    assert "Traceback" not in done.stderr, done.stderr[-2_000:]
    assert peak < most_mb, f"{peak} MB"
    return f"status {done.returncode}, {peak} MB, {time.monotonic() - begun:.0f} s"


@attack("an export with forty earlier versions of 20 MB", 8)
def _version_bomb(world: World) -> str:
    told = _import(world, forged(world, versions=40), 900)
    assert told.startswith("status 1"), told
    return told


@attack("an export with 100,000 feeds", 8)
def _feeds(world: World) -> str:
    told = _import(world, forged(world, feeds=100_000), 900)
    assert told.startswith("status 1"), told
    return told


@attack("an export with a title of 20 MB", 8)
def _import_title(world: World) -> str:
    return _import(world, forged(world, title=20_000_000), 1_200)


@attack("native code in the confined reader", 9)
def _native(world: World) -> str:
    if sys.platform != "linux":
        raise Skipped("the kernel's filter is Linux's")
    place = world.place("native")
    (place / "a").write_text("A" * 64)
    (place / "b").write_text("keep")
    code = (
        "import ctypes, os, sys; from footnote.ingest.sandbox import confine; place = os.fsencode(sys.argv[1])\n"
        "parent = os.getppid(); confine(800_000_000); c = ctypes.CDLL(None); n = ctypes.c_long\n"
        "print([c.socket(2, 1, 0), c.open(place + b'/a', os.O_RDWR), c.truncate(place + b'/a', n(20)), "
        "c.rename(place + b'/a', place + b'/c'), c.unlink(place + b'/b'), c.link(place + b'/a', place + b'/d'), "
        "c.kill(parent, 0), c.open(b'/proc/%d/mem' % parent, os.O_RDWR), c.fork(), c.syscall(434, parent, 0), "
        "c.open(place + b'/new', os.O_CREAT | os.O_WRONLY, 0o600)])"
    )
    done = world.python(code, place)
    assert set(json.loads(done.stdout)) == {-1}, done.stdout + done.stderr
    assert sorted(p.name for p in place.iterdir()) == ["a", "b"]
    assert (place / "a").read_text() == "A" * 64
    return "11 of 11 acts refused"


@attack("text that is damaged is added without a word", 10)
def _damage(world: World) -> str:
    folder, home = world.place("damage"), world.place("home")
    story = "The lock at Marram was dug by hand in 1794, and keepers have lived beside it ever since."
    kinds = {
        "latin": f"{story} The café closed.".encode("latin-1"),
        "nul": story.encode().replace(b"dug", b"d\x00ug"),
        "override": f"{story} \u202eeta\u202c".encode(),
        "zero": story.replace("lived", "li\u200bved").encode(),
        "marks": (story + " e" + "\u0301" * 60).encode(),
        "surrogate": story.encode() + b" \xed\xa0\x80",
        "ansi": f"{story} \x1b[31mred\x1b[0m".encode(),
    }
    for name, data in kinds.items():
        (folder / f"{name}.txt").write_bytes(data)
    _, told = commanded(world, "ingest", folder, "--json", home=home)
    rows = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    rows = [r for row in rows for r in row.get("outcomes", [row])]
    silent = [
        r["source"].rpartition("/")[2] for r in rows if r.get("status") == "added" and not r.get("warnings")
    ]
    assert not silent, silent
    return f"{len(kinds)} kinds told"


@attack("a zip bomb, XML with entities, a nest of zips")
def _bombs(world: World) -> str:
    folder, home = world.place("bombs"), world.place("home")
    for name, data in {
        "a.docx": hostile.zip_bomb("word/document.xml"), "b.epub": hostile.nested_zip(), "c.docx": hostile.lying_zip(),
        "d.pdf": hostile.pdf_bomb(), "e.eml": hostile.nested_mail(), "f.docx": hostile.overlapping_zip(),
        "g.docx": hostile.linked_zip(),
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    code, told = commanded(world, "ingest", folder, home=home)
    assert code in (0, 1), told
    return told.strip().splitlines()[-1][:60]


@attack("rows that go by one id of a megabyte")
def _long_key(world: World) -> str:
    home, path = world.place("home"), world.folder / "keys.jsonl"
    path.write_text(json.dumps({"id": "k" * 1_000_000, "text": "An owl lives here, in the tower of Marram."}))
    _, told = commanded(world, "ingest", path, "--json", home=home)
    assert len(told) < 5_000
    return "it goes by its number"


@attack("renaming a PDF loses its pages", 6)
def _renamed(world: World) -> str:
    home, path = world.place("home"), world.folder / "owl.pdf"
    path.write_bytes(hostile.pdf("The Owl Tower opened in 1955 and closed in 1999."))
    commanded(world, "ingest", path, home=home)
    code = (
        "import sys; from pathlib import Path; from footnote.rag.settings import Settings; from footnote.rag.assistant import build; "
        "from footnote.ui.page.page import Page; from footnote.ui.state.session import Session\n"
        "with build(Settings.load(Path(sys.argv[1]))) as a:\n"
        "    page = Page(a, uploads=Path('.')); found = a.library.articles()[0].article_id\n"
        "    page.library.rename(Session(), found, 'New name'); page.close()\n"
        "    print([(x.title, p.page) for x in a.library.articles() for p in a.library.paragraphs(x.article_id)])"
    )
    done = world.python(code, home)
    assert "('New name', 1)" in done.stdout, done.stdout + done.stderr[-500:]
    return "page 1 stays"


# ------------------------------------------------------------------------ the library's folder


@attack("strangers hold every place of the hand-over and drip", 12)
def _handover(world: World) -> str:
    server = world.open
    port = json.loads((world.home_of("open") / "handover.json").read_text())["port"]
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    for line in held:
        with contextlib.suppress(OSError):
            line.sendall(b"\0")
    (world.folder / "late.txt").write_text("A heron lives here, by the lock of Marram.")
    code, told = commanded(world, "ingest", world.folder / "late.txt", home=world.home_of("open"))
    for line in held:
        line.close()
    assert code == 0, told
    assert server.is_well()
    return "added meanwhile"


@attack("a library's own settings send the user's key elsewhere", 16)
def _own_key(world: World) -> str:
    home = world.place("foreign")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        port = listener.getsockname()[1]
        for name in world.library.iterdir():
            if name.name == "library.sqlite":
                (home / name.name).write_bytes(name.read_bytes())
        (home / "footnote.toml").write_text(
            f'model = "openai:x"\nbase_url = "http://127.0.0.1:{port}/v1"\nmodel_retries = 0\n'
        )
        heard: list[bytes] = []

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    line.settimeout(5)
                    heard.append(line.recv(65_536))
                    line.close()

        with ThreadPoolExecutor(1) as pool:
            pool.submit(listen)
            world.run(
                "ask",
                "When did the Owl Tower open?",
                home=home,
                OPENAI_API_KEY="sk-own",
                FOOTNOTE_API_KEY="sk-mine",
            )
            listener.close()
    said = b"".join(heard)
    assert b"sk-own" not in said
    assert b"sk-mine" not in said
    return f"{len(heard)} requests, no key"


@attack("files that others can read in a home that existed", 17)
def _modes(world: World) -> str:
    home = world.place("home")
    home.chmod(0o755)
    commanded(world, "ingest", world.folder / "owl.txt", home=home)
    commanded(world, "reindex", home=home)
    wide = [str(p.relative_to(home)) for p in home.rglob("*") if p.is_file() and p.stat().st_mode & 0o077]
    assert not [w for w in wide if w != "lock"], wide
    return "none"


@attack("a disk that is full to the last byte", 15)
def _full_disk(world: World) -> str:
    folder = world.place("disk")
    with small_disk(folder, 3):
        (folder / "library.sqlite").write_bytes((world.library / "library.sqlite").read_bytes())
        with contextlib.suppress(OSError), (folder / "fill").open("wb", buffering=0) as file:
            while file.write(bytes(4_096)):
                pass
        code, told = commanded(world, "remove", "owl.txt", "--yes", home=folder)
        assert code == 0, told
        left = commanded(world, "articles", "--json", home=folder)[1]
        assert "owl.txt" not in left
    return "removed"


@attack("an address with a name and a password before it", 18)
def _userinfo(world: World) -> str:
    code, told = commanded(world, "ingest", "http://name:secret@127.0.0.1/", home=world.place("home"))
    assert code == 1
    assert "secret" not in told.partition("\n")[2]
    return told.strip().splitlines()[-1][:80]


@attack("a vector of the wrong size in the record", 18)
def _vector(world: World) -> str:
    import sqlite3

    home = world.place("home")
    (home / "library.sqlite").write_bytes((world.library / "library.sqlite").read_bytes())
    with contextlib.closing(sqlite3.connect(home / "library.sqlite")) as db:
        db.execute("update chunks set vector = substr(vector, 1, 100) where number = 1")
        db.commit()
    code, told = commanded(world, "ask", "When did the Owl Tower open?", home=home)
    assert "should not have" not in told, told
    return f"status {code}"


@attack("random pages of the record overwritten, then asked and added to", 18)
def _pages(world: World) -> str:
    chance, page, told = random.Random(5), 4_096, []
    whole = (world.library / "library.sqlite").read_bytes()
    for _ in range(3):
        home, data = world.place("home"), bytearray(whole)
        for number in chance.sample(range(1, len(data) // page), min(12, len(data) // page - 1)):
            data[number * page : (number + 1) * page] = chance.randbytes(page)
        (home / "library.sqlite").write_bytes(data)
        for words in (
            ["ask", "When did the Owl Tower open?"],
            ["ingest", world.folder / "owl.txt"],
            ["articles"],
        ):
            code, said = commanded(world, *words, home=home)
            assert "should not have" not in said, said
            assert words[0] == "articles" or (code == 1 and "damaged" in said), f"{words[0]}: {code}, {said}"
        told.append(code)
    return f"told by ask and ingest, {len(told)} times"


CLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile const long *shift;
__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_SHIFT"), O_RDONLY);
    void *at = file < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) shift = at;
    if (file >= 0) close(file);
}
int clock_gettime(clockid_t which, struct timespec *t) {
    int said = syscall(SYS_clock_gettime, which, t);
    if (!said && shift && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) t->tv_sec += *shift;
    return said;
}
int gettimeofday(struct timeval *t, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *t) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}
"""


def _clock(world: World) -> tuple[dict[str, str], Callable[[int], None]]:
    """Return what gives a process a clock of its own, and what sets that clock so many seconds off."""

    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        raise Skipped("it takes Linux and a compiler of C")
    place = world.place("clock")
    (place / "clock.c").write_text(CLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", place / "clock.so", place / "clock.c"], check=True)
    (place / "shift").write_bytes(bytes(8))

    def set_clock(seconds: int) -> None:
        with (place / "shift").open("r+b") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))

    return {"LD_PRELOAD": str(place / "clock.so"), "CLOCK_SHIFT": str(place / "shift")}, set_clock


YEAR = 365 * 24 * 3600


@attack("the clock goes back and forth while articles come")
def _clock_articles(world: World) -> str:
    clock, set_clock = _clock(world)
    server, home, path = (
        world.server("clocked", **clock),
        world.home_of("clocked"),
        world.folder / "heron.txt",
    )
    told = []
    for turn, shift in enumerate((0, -YEAR, -30 * YEAR, 10 * YEAR, -3_600)):
        set_clock(shift)
        path.write_text(f"The heron at the lock of Marram was counted {turn + 3} times by Ada Brandt.")
        code, said = commanded(world, "ingest", path, home=home, **clock)
        assert code == 0, said
        assert "1 added" in said or "1 updated" in said, said
        reply = server.post("/api/ask", {"question": "How many times was the heron counted?"})
        assert f"counted {turn + 3} times" in reply.body, reply.body[:500]
        told.append(turn + 3)
    shown = commanded(world, "diff", path, "--json", home=home, **clock)
    assert shown[0] == 0, shown
    assert "6" in shown[1], shown
    assert "7" in shown[1], shown
    assert commanded(world, "doctor", home=home, **clock)[0] == 0
    assert not server.tracebacks()
    return f"the newest of {len(told)} versions answers each time"


@attack("the clock goes back and forth while passwords are guessed and visits end")
def _clock_password(world: World) -> str:
    clock, set_clock = _clock(world)
    server = world.server("clocked-door", FOOTNOTE_PASSWORD="right", **clock)
    ended, kept, later = cookie_of(server), cookie_of(server), None
    assert server.ask("POST", "/logout", {"Cookie": ended}).status == 303
    set_clock(YEAR // 2)  # what was ended is long over, and what is ended now must not forget it
    assert server.ask("GET", "/config", {"Cookie": kept}).refused
    later = cookie_of(server)
    assert server.ask("POST", "/logout", {"Cookie": later}).status == 303
    set_clock(-3_600)
    assert server.ask("GET", "/config", {"Cookie": kept}).status == 200
    for cookie in (ended, later):
        refused(server, server.ask("GET", "/config", {"Cookie": cookie}))
    seen = [_login(server, f"w{n}") for n in range(5)]
    for shift in (10 * YEAR, -10 * YEAR, 0):
        set_clock(shift)
        seen.append(_login(server, "right"))
    assert seen == [403] * 5 + [429] * 3, seen
    time.sleep(10.5)
    set_clock(-10 * YEAR)
    assert _login(server, "right") == 303
    return "no pause shorter or longer, no ended visit again"


@attack("two processes on one file")
def _two_processes(world: World) -> str:
    home = world.place("home")
    (world.folder / "both.txt").write_text("A stork nests on the roof of the mill at Marram.")
    with ThreadPoolExecutor(2) as pool:
        seen = list(
            pool.map(lambda _: commanded(world, "ingest", world.folder / "both.txt", home=home), range(2))
        )
    assert any(code == 0 for code, _ in seen), seen
    shown = commanded(world, "articles", "--json", home=home)[1]
    assert shown.count("both.txt") >= 1
    assert commanded(world, "ingest", world.folder / "both.txt", home=home)[1].count("unchanged")
    return f"status {seen[0][0]} and {seen[1][0]}, one article"


@attack("an ingest that is killed twelve times")
def _killed(world: World) -> str:

    home, folder = world.place("home"), world.place("many")
    for n in range(60):
        (folder / f"{n}.txt").write_text(
            f"The crane at lock {n} lifts beam {n * 7} of Marram. It weighs {n} tons."
        )
    stored: set[str] = set()
    for turn in range(12):
        process = subprocess.Popen(
            [sys.executable, "-m", "footnote", "--home", str(home), "ingest", str(folder), "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=world.environment(),
        )  # fmt: skip
        time.sleep(1.5 + 0.4 * turn)
        process.kill()
        process.communicate()
        shown = commanded(world, "articles", "--json", home=home)[1]
        now = {str(n) for n in range(60) if f"{folder}/{n}.txt" in shown}
        assert stored <= now, f"lost {sorted(stored - now)}"
        stored = now
    code, told = commanded(world, "ingest", folder, home=home)
    assert code == 0, told
    assert commanded(world, "doctor", home=home)[0] == 0
    return f"{len(stored)} before the last, none lost"


@attack("the server killed, started again on what it left")
def _server_killed(world: World) -> str:
    world.server("killed").end()
    del world.servers["killed"]
    home = world.home_of("killed")
    assert stat.S_IMODE((home / "handover.json").stat().st_mode) & 0o077 == 0
    code, told = commanded(world, "articles", "--json", home=home)
    assert code == 0
    assert "owl.txt" in told
    code, told = commanded(world, "ingest", world.folder / "owl.txt", home=home)
    assert code == 0, told
    return "the library is whole"
