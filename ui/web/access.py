"""Who may come in: a cookie that tells browsers apart, and a password when one is set.

The cookie is no account: it keeps one browser's conversations from another's. The password, shared
by all who may read, is asked for on a page of its own; wrong ones are slowed down.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import time
from asyncio import timeout
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from footnote.ui.api.gate import VOUCHED, path_of, peer
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
FORM_TIME = 10.0  # seconds until a password must have come
VISIT = re.compile(r"[0-9]{10,12}-[0-9a-f]{16}", re.ASCII)  # until when, and which
OPEN = ("/healthz", "/login", "/favicon.ico")


@dataclass(slots=True)
class Throttle:
    """Counts wrong passwords by address; after a few, each makes the next wait twice as long."""

    now: Callable[[], float] = time.monotonic
    _wrong: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def take(self, address: str) -> float:
        """Count a try as wrong before it is looked at, and return 0; or the seconds that it must wait.

        Nothing comes between the look and the count, so that tries side by side gain nothing.
        """
        place = _place(address)
        count, last = self._wrong.get(place, (0, 0.0))
        if count >= FREE_TRIES:
            needed = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(20, count - FREE_TRIES))
            if (wait := last + needed - self.now()) > 0:
                return wait
        self._wrong.pop(place, None)
        self._wrong[place] = (count + 1, self.now())
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
        return 0.0

    def right(self, address: str) -> None:
        """Forget what was wrong before."""
        self._wrong.pop(_place(address), None)


def _place(address: str) -> str:
    """Return what is counted as one place: an IPv4 address, or the /64 that one customer has of IPv6.

    >>> _place("192.0.2.1"), _place("2001:db8::1") == _place("2001:db8::2:3:4:5")
    ('192.0.2.1', True)
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


class AccessMiddleware:
    """Gives every browser its cookie, and lets in only those who know the password, if there is one.

    `secret` keys the cookie that says so; together with the password it makes the key, so that
    another password ends every visit. `end` remembers that a visit was ended, `ended` tells it.
    """

    def __init__(
        self,
        app: ASGIApp,
        password: str,
        secret: bytes,
        *,
        end: Callable[[str], None] = lambda _visit: None,
        ended: Callable[[str], bool] = lambda _visit: False,
    ) -> None:
        self.app = app
        self.end, self.ended = end, ended
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
        path = path_of(scope)
        if self.password and path == "/login":
            await self._login(scope, receive, send)
        elif self.password and path == "/logout":
            await self._logout(scope, send)
        elif self.password and path not in OPEN and not self._known(scope):
            await self._refuse(scope, send, path)
        else:
            await self.app(scope, receive, _with_reader(scope, send))

    def _known(self, scope: Scope) -> bool:
        if scope.get(VOUCHED):  # a program whose key stands for the password
            return True
        visit, _, mark = cookies_of(scope).get(KEY, "").rpartition(".")
        if not VISIT.fullmatch(visit) or int(visit.partition("-")[0]) < time.time():
            return False
        return hmac.compare_digest(mark.encode(), self._mark(visit).encode()) and not self.ended(visit)

    def _mark(self, visit: str) -> str:
        return hmac.new(self.key, visit.encode(), "sha256").hexdigest()

    async def _logout(self, scope: Scope, send: Send) -> None:
        """End this browser's visit for good: its cookie is not taken again, whoever has a copy."""
        if scope["method"] != "POST":
            await _answer(send, 405, "", [("Allow", "POST")], kind="text/plain")
            return
        if self._known(scope):
            self.end(cookies_of(scope)[KEY].rpartition(".")[0])
        await _answer(send, 303, "", [("Location", "login"), ("Set-Cookie", _cookie(scope, KEY, "", 0))])

    async def _refuse(self, scope: Scope, send: Send, path: str) -> None:
        if scope["method"] in ("GET", "HEAD") and path == "/":
            await _answer(send, 303, "", [("Location", "login")])
        else:
            await _answer(send, 401, "Log in first.", kind="text/plain")

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _answer(send, 200, _page(""))
            return
        address = peer(scope)
        wait = self.throttle.take(address)
        if wait:
            await _answer(
                send,
                429,
                _page(f"Too many wrong passwords. Try again in {math.ceil(wait)} seconds."),
                [("Retry-After", str(math.ceil(wait)))],
            )
            return
        try:
            async with timeout(FORM_TIME):
                form = await _body(receive)
        except TimeoutError:
            form = b""
        given = parse_qs(form.decode("utf-8", "replace")).get("password", [""])[0]
        if not hmac.compare_digest(_digest(given), _digest(self.password)):
            await _answer(send, 403, _page("That is not the password."))
            return
        self.throttle.right(address)
        visit = f"{int(time.time()) + WEEK}-{secrets.token_hex(8)}"
        cookie = _cookie(scope, KEY, f"{visit}.{self._mark(visit)}", WEEK)
        await _answer(send, 303, "", [("Location", "./"), ("Set-Cookie", cookie)])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request; those that cannot be read are left out."""
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
    if scope["method"] != "GET" or path_of(scope) != "/" or cookies_of(scope).get(READER):
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
