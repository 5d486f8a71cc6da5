"""Who may come in: a cookie that tells browsers apart, and a password when one is set.

The cookie is no account: it keeps one browser's conversations from another's. The password, shared
by all who may read, is asked for on a page of its own; wrong ones are slowed down.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from footnote.ui.api.gate import VOUCHED
from footnote.ui.html.templating import Html, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

READER, KEY = "footnote_reader", "footnote_key"
YEAR, WEEK = 365 * 24 * 3600, 7 * 24 * 3600
FREE_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0  # seconds after the sixth wrong password, doubling; and the most
REMEMBERED = 10_000  # addresses
MOST_FORM = 4_096  # bytes
OPEN = ("/healthz", "/login", "/favicon.ico")


@dataclass(slots=True)
class Throttle:
    """Counts wrong passwords by address; after a few, each makes the next wait twice as long."""

    now: Callable[[], float] = time.monotonic
    _wrong: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def pause(self, address: str) -> float:
        """Return how many seconds this address must wait before it may try again."""
        count, last = self._wrong.get(address, (0, 0.0))
        if count < FREE_TRIES:
            return 0.0
        needed = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(20, count - FREE_TRIES))
        return max(0.0, last + needed - self.now())

    def wrong(self, address: str) -> None:
        """Note a wrong password."""
        count, _ = self._wrong.pop(address, (0, 0.0))
        self._wrong[address] = (count + 1, self.now())
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget what was wrong before."""
        self._wrong.pop(address, None)


class AccessMiddleware:
    """Gives every browser its cookie, and lets in only those who know the password, if there is one.

    `secret` keys the cookie that says so; together with the password it makes the key, so that
    another password ends every visit.
    """

    def __init__(self, app: ASGIApp, password: str, secret: bytes) -> None:
        self.app = app
        self.password = password
        self.key = hashlib.sha256(secret + password.encode()).digest()
        self.throttle = Throttle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "websocket" and self.password and not self._known(scope):
                await send({"type": "websocket.close", "code": 4401})
                return
            await self.app(scope, receive, send)
            return
        path = _path(scope)
        if self.password and path == "/login":
            await self._login(scope, receive, send)
        elif self.password and path not in OPEN and not self._known(scope):
            await self._refuse(scope, send, path)
        else:
            await self.app(scope, receive, _with_reader(scope, send))

    def _known(self, scope: Scope) -> bool:
        if scope.get(VOUCHED):  # a program whose key stands for the password
            return True
        until, _, mark = _cookies(scope).get(KEY, "").partition(".")
        if not until.isdigit() or len(until) > 12 or int(until) < time.time():
            return False
        return hmac.compare_digest(mark.encode(), self._mark(until).encode())

    def _mark(self, until: str) -> str:
        return hmac.new(self.key, until.encode(), "sha256").hexdigest()

    async def _refuse(self, scope: Scope, send: Send, path: str) -> None:
        if scope["method"] in ("GET", "HEAD") and path == "/":
            await _answer(send, 303, "", [("Location", "login")])
        else:
            await _answer(send, 401, "Log in first.", kind="text/plain")

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, 200, _page(""))
            return
        address = (scope.get("client") or ("", 0))[0]
        wait = self.throttle.pause(address)
        if wait:
            await _answer(
                send,
                429,
                _page(f"Too many wrong passwords. Try again in {math.ceil(wait)} seconds."),
                [("Retry-After", str(math.ceil(wait)))],
            )
            return
        given = parse_qs((await _body(receive)).decode("utf-8", "replace")).get("password", [""])[0]
        if not hmac.compare_digest(_digest(given), _digest(self.password)):
            self.throttle.wrong(address)
            await _answer(send, 403, _page("That is not the password."))
            return
        self.throttle.right(address)
        until = str(int(time.time()) + WEEK)
        cookie = _cookie(scope, KEY, f"{until}.{self._mark(until)}", WEEK)
        await _answer(send, 303, "", [("Location", "./"), ("Set-Cookie", cookie)])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _path(scope: Scope) -> str:
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) or "/"


def _cookies(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found.update({k: m.value for k, m in SimpleCookie(value.decode("latin-1")).items()})
            except CookieError:
                continue
    return found


def _cookie(scope: Scope, name: str, value: str, age: int) -> str:
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    secure = "; Secure" if scope.get("scheme") == "https" or forwarded == b"https" else ""
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def _with_reader(scope: Scope, send: Send) -> Send:
    """Give a browser that has none its cookie when it opens the page."""
    if scope["method"] != "GET" or _path(scope) != "/" or _cookies(scope).get(READER):
        return send
    cookie = _cookie(scope, READER, secrets.token_urlsafe(24), YEAR)

    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"set-cookie", cookie.encode())]}
        await send(message)

    return with_cookie


async def _body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= MOST_FORM:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:MOST_FORM]


async def _answer(
    send: Send,
    status: int,
    text: str,
    headers: list[tuple[str, str]] | None = None,
    *,
    kind: str = "text/html",
) -> None:
    told = [("Content-Type", f"{kind}; charset=utf-8"), ("Cache-Control", "no-store"), *(headers or [])]
    raw = [(k.lower().encode(), v.encode()) for k, v in told]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": text.encode()})


@cache
def _style() -> Html:
    return Html(files("footnote.ui.web").joinpath("static", "login.css").read_text(encoding="utf-8"))


def _page(problem: str) -> Html:
    return render("login", "page", problem=problem, style=_style())
