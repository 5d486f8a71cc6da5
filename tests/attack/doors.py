"""The attacks on the doors for programs: /v1, /api, /mcp, /metrics. `ATTACKS` has these and all others."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING

from tests.attack.attacks import ATTACKS, CHUNKED, JSON, TOLD, Attack, attack, cookie_of, flood, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.attack.world import Reply, Server, World

__all__ = ["ATTACKS"]

ASK = {"question": "When did the Owl Tower open?"}
CHAT = {"model": "footnote", "messages": [{"role": "user", "content": ASK["question"]}]}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
DOORS: tuple[tuple[str, str, object], ...] = (
    ("POST", "/v1/chat/completions", CHAT), ("GET", "/v1/models", None), ("POST", "/v1/embeddings", {"input": "owl"}),
    ("POST", "/api/ask", ASK), ("POST", "/api/search", {"query": "owl"}), ("GET", "/api/articles", None),
    ("POST", "/api/articles", {"text": "An owl.", "title": "Owl"}), ("DELETE", "/api/articles/owl.txt", None),
    ("POST", "/mcp", CALL), ("GET", "/metrics", None), ("HEAD", "/mcp", None), ("OPTIONS", "/api/ask", None),
)  # fmt: skip
WORDS = ("owl.txt", "1955", "owl tower", "footnote_http", "all-minilm")  # what only those who may come in see


def send(
    server: Server, method: str, path: str, value: object, headers: Mapping[str, str] | None = None
) -> Reply:
    body = b"" if value is None else json.dumps(value).encode()
    return server.ask(method, path, {"Content-Type": "application/json", **(headers or {})}, body)


def _nothing_said(server: Server, reply: Reply) -> str:
    assert not any(word in reply.body.lower() for word in WORDS), reply.body[:200]
    assert "access-control-allow-origin" not in reply.head
    return refused(server, reply)


def _all_closed(server: Server, headers: Mapping[str, str]) -> str:
    seen = {_nothing_said(server, send(server, *door, headers)) for door in DOORS}
    return f"{len(DOORS)} doors: {' '.join(sorted(seen))}"


def key_of(world: World, server: str, scope: str) -> dict[str, str]:
    """Make a key for a server, and return the header that shows it."""
    name = f"{scope}-{time.monotonic_ns()}"
    done = world.run("keys", "add", name, f"--{scope}", home=world.home_of(server))
    assert done.returncode == 0, done.stderr
    return {"Authorization": f"Bearer {next(word for word in done.stdout.split() if word.startswith('fn_'))}"}


# ------------------------------------------------------------------------ without a key


for _name, _headers in (
    ("another site", {"Origin": "http://evil.example"}),
    ("another port", {"Origin": "http://127.0.0.1:1"}),
    ("no site that can be told", {"Origin": "null"}),
    ("an origin that is no address", {"Origin": "http://[::1"}),
    ("another site as its browser says", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}),
    ("the same site", {"Sec-Fetch-Site": "same-site"}),
    ("a link on another site", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
    ("another site with a key of none of us", {"Origin": "http://evil.example", "Authorization": "Bearer fn_x"}),
    ("a caller that a proxy tells of", {"X-Forwarded-For": "203.0.113.9"}),
    ("a caller behind a proxy that only tells of TLS", {"X-Forwarded-Proto": "https"}),
    ("a caller that a proxy tells of in the standard's words", {"Forwarded": "for=203.0.113.9"}),
    ("a caller behind a proxy that names itself", {"Via": "1.1 gate"}),
    ("a proxy's caller who says to be here", {"X-Forwarded-For": "127.0.0.1"}),
    ("a proxy's caller with a guessed key", {"X-Forwarded-For": "203.0.113.9", "X-API-Key": "fn_guess"}),
    ("another name", {"Host": "evil.example"}),
):  # fmt: skip
    ATTACKS.append(
        Attack(f"doors, from {_name}", 0, lambda world, headers=_headers: _all_closed(world.open, headers))
    )


@attack("doors, without a key where a password is set")
def _password(world: World) -> str:
    return _all_closed(world.locked, {})


@attack("doors, with the page's cookie in place of a key")
def _cookie(world: World) -> str:
    server = world.server("doors-cookie", FOOTNOTE_PASSWORD="right")
    return _all_closed(server, {"Cookie": cookie_of(server)})


@attack("doors, without a key beyond this computer, open to all or not")
def _beyond(world: World) -> str:
    server = world.server("named", FOOTNOTE_NAMES="notes.example", FOOTNOTE_OPEN_TO_ALL="yes")
    return f"{_all_closed(server, {})}; by its name: {_all_closed(server, {'Host': 'notes.example'})}"


# ------------------------------------------------------------------------ with a key


@attack("a key of another site's page opens to its owner, and tells that page nothing")
def _foreign_key(world: World) -> str:
    server, site = world.server("keyed"), {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    key = key_of(world, "keyed", "read")
    with_key = send(server, "POST", "/api/ask", ASK, {**site, **key})
    assert with_key.status == 200, with_key.body
    assert "access-control-allow-origin" not in with_key.head  # a browser shows the page none of it
    _all_closed(server, site)
    return "with: 200, without: refused"


@attack("a key for reading changes the library")
def _reading_key(world: World) -> str:
    server = world.server("keyed")
    key = key_of(world, "keyed", "read")
    for method, path, value in (
        ("POST", "/api/articles", {"text": "x", "title": "t"}),
        ("DELETE", "/api/articles/owl.txt", None),
        ("DELETE", "/api/jobs/x", None),
    ):
        assert send(server, method, path, value, key).status == 403
    call = {**CALL, "method": "tools/call", "params": {"name": "remove", "arguments": {"article": "owl.txt"}}}
    send(server, "POST", "/mcp", call, {**key, "Accept": "application/json, text/event-stream"})
    assert "owl.txt" in send(server, "GET", "/api/articles", None, key).body
    return "403, and the article is there"


@attack("a key opens the page, its conversations or its login")
def _key_for_page(world: World) -> str:
    server = world.locked
    key = key_of(world, "locked", "write")
    assert send(server, "GET", "/v1/models", None, key).status == 200
    seen = {
        send(server, "GET", path, None, key).status
        for path in ("/", "/config", "/gradio_api/info", "/export/x.md", "/v1/../config", "/api/docs/../../config",
                     "//config", "/v1x", "/apix", "/metrics/../config")
    }  # fmt: skip
    assert seen <= {303, 400, 401, 404}, seen
    return " ".join(map(str, sorted(seen)))


@attack("a thousand guessed keys")
def _guessed(world: World) -> str:
    server = world.server("guessed-keys", FOOTNOTE_PASSWORD="right")
    key = key_of(world, "guessed-keys", "read")
    real = key["Authorization"].removeprefix("Bearer ")
    guesses = [real[:-1], real + "x", real.upper(), real.swapcase(), real[:12], "", "fn_", "fn_" + "0" * 43,
               "*", "null", "[]", "' OR 1=1", "\xff" * 40, "a" * 7_000]  # fmt: skip
    guesses += [f"fn_{n:043}" for n in range(1_000)]
    begun = time.monotonic()
    seen = [
        server.ask("GET", "/api/articles", {"Authorization": f"Bearer {guess}"}).status for guess in guesses
    ]
    took = time.monotonic() - begun
    assert set(seen) <= {401, 429}, set(seen)
    assert seen.count(401) <= 250, f"{seen.count(401)} were looked at"
    assert send(server, "GET", "/api/articles", None, key).status == 200  # who has one is not held up
    assert not server.tracebacks()
    return f"{seen.count(401)} looked at, {seen.count(429)} put off, {took:.0f} s"


# ------------------------------------------------------------------------ how much


def _gigabyte(world: World, path: str) -> str:
    server = world.open
    send(server, "POST", path, {})  # what is made once
    # A document of 51 MB is held whole, and joined of its pieces.
    return flood(server, f"POST {path}", 220, JSON, TOLD, CHUNKED)


for _path in ("/v1/chat/completions", "/v1/embeddings", "/v1/no/such", "/api/ask", "/api/articles", "/api/summarise",
              "/api/no/such", "/mcp", "/mcp/", "/metrics"):  # fmt: skip
    ATTACKS.append(Attack(f"a gigabyte, told and chunked: POST {_path}", 0, partial(_gigabyte, path=_path)))


@attack("a gigabyte at a door without the key that is needed")
def _gigabyte_without_key(world: World) -> str:
    return flood(world.locked, "POST /api/articles", 60, {}, CHUNKED)


@attack("bodies without an end at every door")
def _endless(world: World) -> str:
    server, held = world.open, []
    for _, path, _ in DOORS * 10:
        line = server.connect(90)
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n".encode()
        )
        held.append(line)
    begun = time.monotonic()
    assert server.is_well()
    served = time.monotonic() - begun
    assert served < 10
    last = held[0]
    data = last.recv(4_096)  # what the server says when it waits no longer
    waited = time.monotonic() - begun
    for line in held:
        line.close()
    assert data.startswith((b"HTTP/1.1 408", b"HTTP/1.1 4")), data[:80]
    assert server.is_well()
    return f"served meanwhile in {served:.2f} s, ended after {waited:.0f} s"


# ------------------------------------------------------------------------ malformed


for _method, _path, _body in (
    ("GET", "/api/articles/..%2f..%2f..%2fetc%2fpasswd", b""), ("GET", "/api/articles/%2e%2e/keys.json", b""),
    ("GET", "/api/articles//etc/passwd", b""), ("GET", "/api/articles/%00", b""), ("GET", "/api/jobs/..%2f..", b""),
    ("GET", "/api/articles/" + "a" * 20_000, b""), ("GET", "/v1/models/..%2f..%2fx", b""),
    ("GET", "/api/%ff%fe", b""), ("GET", "//api/articles", b""), ("GET", "/API/articles", b""),
    ("DELETE", "/api/articles/%25", b""), ("DELETE", "/api/articles/", b""), ("PUT", "/api/articles", b"{}"),
    ("POST", "/api/ask", b"\xff\xfe"), ("POST", "/api/ask", b"[" * 100_000), ("POST", "/api/ask", b"NaN"),
    ("POST", "/api/ask", b'{"question": 5}'), ("POST", "/api/ask", b'{"question": ""}'),
    ("POST", "/api/ask", b'{"question": "\\ud800"}'), ("POST", "/api/ask", b'{"question": "x", "since": "never"}'),
    ("POST", "/api/ask", b'{"question": "x", "articles": ["../.."]}'),
    ("POST", "/api/search", b'{"query": "owl", "k": 1e400}'), ("POST", "/api/search", b'{"query": "owl", "k": -1}'),
    ("POST", "/api/search", b'{"query": "owl", "k": 999999999999}'),
    ("POST", "/api/articles", b'{"url": "file:///etc/passwd"}'),
    ("POST", "/api/articles", b'{"path": "/etc/passwd"}'), ("POST", "/v1/chat/completions", b'{"messages": []}'),
    ("POST", "/v1/chat/completions", b'{"model": "../x", "messages": [{"role": "system", "content": null}]}'),
    ("POST", "/v1/embeddings", b'{"model": "x", "input": [' + b'"a",' * 50_000 + b'"a"]}'),
    ("POST", "/mcp", b"{"), ("POST", "/mcp", b"[]"), ("POST", "/mcp", b'{"jsonrpc": "1.0"}'),
    ("POST", "/mcp", b"[" * 100_000), ("DELETE", "/mcp", b""), ("TRACE", "/api/ask", b""), ("CONNECT", "/mcp", b""),
    ("PATCH", "/metrics", b"{}"),
):  # fmt: skip

    def _malformed(world: World, method: str = _method, path: str = _path, body: bytes = _body) -> str:
        told = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        reply = world.open.ask(method, path, told, body)
        if b"ud800" in body:  # half a character, which is read as one that cannot be read
            return refused(world.open, reply, 200)
        assert "root:" not in reply.body
        assert "Traceback" not in reply.body
        return refused(world.open, reply)

    ATTACKS.append(
        Attack(f"doors, malformed: {_method} {_path[:60]} {_body[:60]!r}".replace(" b''", ""), 0, _malformed)
    )


@attack("doors, an upload that is named to lie elsewhere, or is a path")
def _named(world: World) -> str:
    server = world.server("keyed-uploads")
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../../../tmp/footnote-was-here.txt"\r\n'
        b"\r\nA heron stood at the lock of Marram in 1804 and was drawn by the keeper.\r\n--x--\r\n"
    )
    reply = server.ask("POST", "/api/articles", {"Content-Type": "multipart/form-data; boundary=x"}, form)
    assert reply.status < 500, reply.body
    for _ in range(100):
        shown = send(server, "GET", "/api/articles", None).body
        if "footnote-was-here" in shown:
            break
        time.sleep(0.2)
    assert ".." not in shown, shown[:300]
    assert not server.tracebacks()
    return f"{reply.status}, without its folders"


@attack("doors, a web socket")
def _socket(world: World) -> str:
    told = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n"
    seen = [
        refused(
            world.open, world.open.raw(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{told}\r\n", timeout=5)
        )
        for path in ("/mcp", "/v1/realtime", "/api/ask")
    ]
    return " ".join(seen)
