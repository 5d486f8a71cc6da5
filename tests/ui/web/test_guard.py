"""The guard before every route: who sent a request, to which name, and how much of it is taken."""

from __future__ import annotations

import asyncio
import json
import time
from ipaddress import ip_network

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from footnote.rag.settings import Settings
from footnote.ui.web import guard as module
from footnote.ui.web.cookies import Cookie
from footnote.ui.web.guard import (
    MOST_BODIES,
    MOST_BODY,
    UPLOAD,
    UPLOADS_IN_ALL,
    UPLOADS_OF_ONE,
    Entrance,
    Guard,
    Quota,
)

OWN = {"host": "127.0.0.1:7860"}


class Sent:
    """A request sent straight to the guard; `read` counts the bytes that were taken of its body."""

    def __init__(self, guard: Guard, method: str, path: str, headers: dict[str, str], body=()) -> None:
        self.read, self.status, self.head, self.text, self.seen = 0, 0, {}, "", None
        self._pieces = iter(body)
        self.scope = {
            "type": "http", "method": method, "path": path, "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in {**OWN, **headers}.items()],
            "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 7860), "http_version": "1.1",
        }  # fmt: skip
        self.guard = guard

    async def receive(self):
        piece = next(self._pieces, None)
        if piece is None:
            return {"type": "http.request", "body": b"", "more_body": False}
        self.read += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.head = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            self.text += message.get("body", b"").decode()

    def go(self) -> Sent:
        asyncio.run(self.guard(self.scope, self.receive, self.send))
        return self


async def _page(request):
    body = await request.body()
    return PlainTextResponse(f"read {len(body)} from {request.client.host} at {request.url.netloc}")


def guarded(entrance: Entrance | None = None) -> Guard:
    routes = [Route("/{path:path}", _page, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
    return Guard(Starlette(routes=routes), entrance or Entrance.of(Settings(names="notes.example")))


def sent(method="POST", path="/any", body=(), entrance=None, **headers: str) -> Sent:
    return Sent(
        guarded(entrance), method, path, {k.replace("_", "-"): v for k, v in headers.items()}, body
    ).go()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"}, {"origin": ""},
        {"origin": "http://127.0.0.1:7860.evil.example"}, {"origin": "http://127.0.0.1:7860@evil.example"},
        {"origin": "file://127.0.0.1:7860"}, {"origin": "http://[::1"}, {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "odd"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_another_page_has_sent_is_refused_before_its_body_is_read(method, headers):
    got = sent(method, body=[b"x" * 1000], **headers)
    assert got.status == 403
    assert got.read == 0
    assert got.head["connection"] == "close"


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"origin": "http://127.0.0.1:7860"}, {"origin": "https://127.0.0.1:7860", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"}, {"origin": "https://notes.example", "sec_fetch_site": "same-origin"},
        {"origin": "null", "sec_fetch_site": "same-origin"},
        {"host": "notes.example", "origin": "https://notes.example:443"},
    ],
)  # fmt: skip
def test_what_the_page_and_programs_send_is_served(headers):
    assert sent(body=[b"hello"], **headers).text.startswith("read 5 ")


def test_a_link_from_elsewhere_opens_the_page_and_nothing_else_is_read_from_there():
    site = {"sec_fetch_site": "cross-site"}
    assert sent("GET", "/", sec_fetch_mode="navigate", **site).status == 200
    assert sent("GET", "/config", sec_fetch_mode="no-cors", **site).status == 403
    assert sent("GET", "/export/x.md", sec_fetch_mode="cors", **site).status == 403


@pytest.mark.parametrize(
    ("listens", "host", "served"),
    [
        ("127.0.0.1", "127.0.0.1", True), ("127.0.0.1", "localhost:7860", True), ("127.0.0.1", "LOCALHOST", True),
        ("127.0.0.1", "evil.example", False), ("127.0.0.1", "192.0.2.1", False), ("127.0.0.1", "notes.example", True),
        ("127.0.0.2", "127.0.0.2:1", True), ("127.0.0.2", "evil.example", False),
        ("::1", "[::1]:7860", True), ("::1", "localhost", True), ("::1", "evil.example", False),
        ("0.0.0.0", "192.0.2.1:7860", True), ("0.0.0.0", "[2001:db8::1]", True), ("0.0.0.0", "evil.example", False),
        ("127.0.0.1", "a b", False), ("127.0.0.1", "", False), ("127.0.0.1", "127.0.0.1@evil.example", False),
    ],
)  # fmt: skip
def test_it_answers_to_its_own_names_wherever_it_listens(listens, host, served):
    entrance = Entrance.of(Settings(host=listens, names="Notes.example"))
    got = sent("GET", "/", entrance=entrance, host=host)
    assert got.status == (200 if served else 400)


def test_what_was_forwarded_is_believed_of_named_proxies_only():
    told = {
        "x_forwarded_for": "10.9.9.9, 203.0.113.5",
        "x_forwarded_host": "notes.example",
        "x_gradio_server": "http://e",
    }
    believed = Entrance(frozenset({"127.0.0.1", "notes.example"}), names=frozenset({"notes.example"}),
                        proxies=(ip_network("127.0.0.0/8"),))  # fmt: skip
    assert sent(entrance=believed, **told).text == "read 0 from 203.0.113.5 at notes.example"
    assert sent(**told).text == "read 0 from 127.0.0.1 at 127.0.0.1:7860"
    told["x_forwarded_host"] = "evil.example"
    assert "evil" not in sent(entrance=believed, **told).text
    told["x_forwarded_for"] = "not an address"
    assert "from 127.0.0.1" in sent(entrance=believed, **told).text


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/join", "/anything/at/all", "/login"])
def test_no_more_of_a_body_is_read_than_may_be_sent(path):
    told = sent(path=path, body=[b"x"], content_length=str(10**9))
    assert (told.status, told.read) == (413, 0)
    counted = sent(path=path, body=(bytes(1 << 20) for _ in range(1_000)))
    assert counted.status == 413
    assert counted.read <= MOST_BODY + (1 << 20)


def test_a_program_may_send_a_document_larger_than_what_the_page_sends():
    def document(size):
        return sent(path="/api/articles", body=(bytes(1 << 20) for _ in range(size)))

    assert document(20).text.startswith(f"read {20 << 20} ")
    assert document(1_000).status == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"content-length": str(10**9)}, 413), ({"content-length": "-1"}, 400), ({"host": "evil.example"}, 400)],
)
def test_a_program_is_refused_in_the_form_of_its_doors(headers, status):
    entrance = Entrance.of(Settings())
    got = Sent(guarded(entrance), "POST", "/api/articles", headers).go()
    error = json.loads(got.text)["error"]
    assert (got.status, set(error)) == (status, {"message", "type", "param", "code"})
    assert error["type"] == "invalid_request_error"
    assert Sent(guarded(entrance), "POST", "/", headers).go().text == error["message"]


@pytest.mark.parametrize("length", ["-1", "+5", "1e3", "0x10", "٣", "9" * 400, ""])
def test_a_length_that_is_none_is_refused(length):
    assert Sent(
        guarded(), "POST", "/", {"content-length": length.encode().decode("latin-1")}
    ).go().status in (400, 413)


def test_many_bodies_at_once_are_bounded_together():
    guard = guarded()
    guard.under_way = MOST_BODIES - 10
    assert Sent(guard, "POST", "/", {"content-length": "100"}, [bytes(100)]).go().status == 503
    assert Sent(guard, "POST", "/", {}, [bytes(100)]).go().status == 503
    assert Sent(guard, "POST", "/", {}, [bytes(5)]).go().status == 200
    assert guard.under_way == MOST_BODIES - 10


@pytest.mark.parametrize("path", ["/", "/api/ask"])
def test_a_body_that_does_not_come_to_its_end_is_not_waited_for(monkeypatch, path):
    monkeypatch.setattr(module, "BODY_TIME", 0.05)

    class Slow(Sent):
        async def receive(self):
            await asyncio.sleep(1)

    got = Slow(guarded(), "POST", path, {"content-length": "10"}).go()
    assert got.status == 408


def test_a_browser_and_all_together_may_upload_only_so_much():
    clock = [0.0]
    quota = Quota(now=lambda: clock[0])
    assert quota.left("a") == UPLOADS_OF_ONE
    quota.add("a", UPLOADS_OF_ONE)
    assert quota.left("a") == 0
    assert quota.left("b") == UPLOADS_OF_ONE
    for name in "bcd":
        clock[0] += 10
        quota.add(name, UPLOADS_OF_ONE)
    assert quota.left("e") == UPLOADS_IN_ALL - 4 * UPLOADS_OF_ONE
    clock[0] = 20_000
    assert quota.left("a") == UPLOADS_OF_ONE
    assert quota.total == 0
    assert not quota._of


def test_an_upload_is_counted_while_it_comes(monkeypatch):
    monkeypatch.setattr(module, "UPLOADS_OF_ONE", 1_000)
    guard = guarded()
    cookie = {"cookie": "footnote_reader=" + "a" * 32}
    assert Sent(guard, "POST", UPLOAD, cookie, [bytes(600)]).go().status == 200
    got = Sent(guard, "POST", UPLOAD, cookie, [bytes(300)] * 9).go()
    assert got.status == 413
    assert got.read <= 600
    assert (
        Sent(guard, "POST", UPLOAD, {"cookie": "footnote_reader=" + "b" * 32}, [bytes(600)]).go().status
        == 200
    )


def test_an_answer_before_the_body_was_read_ends_the_connection():
    async def app(scope, receive, send):
        await PlainTextResponse("no", 404)(scope, receive, send)

    guard = Guard(app, Entrance())
    assert Sent(guard, "POST", "/", {"content-length": "500"}).go().head["connection"] == "close"
    assert "connection" not in Sent(guard, "GET", "/", {}).go().head


def test_a_web_socket_from_elsewhere_is_closed():
    closed = []

    async def send(message):
        closed.append(message)

    async def app(scope, receive, send):
        closed.append("served")

    for origin in (b"http://evil.example", b"http://127.0.0.1:7860"):
        scope = {
            "type": "websocket",
            "path": "/",
            "headers": [(b"host", b"127.0.0.1:7860"), (b"origin", origin)],
        }
        asyncio.run(Guard(app, Entrance())(scope, None, send))
    assert closed == [{"type": "websocket.close", "code": 4403}, "served"]


def test_a_head_that_is_too_long_is_refused():
    async def app(scope, receive, send):
        await PlainTextResponse("in")(scope, receive, send)

    guard = Guard(app, Entrance())
    assert Sent(guard, "GET", "/", {"x": "a" * module.MOST_HEAD}).go().status == 431
    assert Sent(guard, "GET", "/", {"x-forwarded-x": "a" * module.MOST_HEAD}).go().status == 431
    assert Sent(guard, "GET", "/" + "a" * module.MOST_HEAD, {}).go().status == 431
    assert Sent(guard, "GET", "/", {f"{n:05}": "" for n in range(module.MOST_HEAD // 9)}).go().status == 431
    assert Sent(guard, "GET", "/", {"x": "a" * (module.MOST_HEAD - 100)}).go().status == 200


def test_of_cookies_only_ours_are_handed_on_and_none_takes_long():
    seen: list[dict[str, str]] = []

    async def app(scope, receive, send):
        seen.append(Request(scope).cookies)
        await PlainTextResponse("in")(scope, receive, send)

    guard = Guard(app, Entrance())
    ours = {name: f"{name}-1_2.3==" for name in Cookie}
    told = "; ".join(["other=1", *(f"{k}={v}" for k, v in ours.items()), "last"])
    Sent(guard, "GET", "/", {"cookie": told}).go()
    assert seen == [ours]
    begun = time.monotonic()
    for name in ("other", *Cookie):
        # Python's own reader takes seconds for these: each backslash has it look through what follows.
        assert Sent(guard, "GET", "/", {"cookie": f'{name}="' + '\\"' * 30_000 + '"'}).go().status == 200
    assert time.monotonic() - begun < 1
    assert seen[1:] == [{}] * (len(Cookie) + 1)
