"""Who may come in: a cookie that tells browsers apart, and a password when one is set.

The cookie is no account: it keeps one browser's conversations from another's. The password, shared
by all who may read, is asked for on a page of its own; wrong ones are slowed down. Where there are accounts,
each has its own, and what a proxy says of who it is counts if a setting names its header, or what a provider
of logins says if one is set.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
import re
import secrets
import time
from asyncio import timeout
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from footnote.ui.api.gate import ACCOUNT, VOUCHED, path_of, peer
from footnote.ui.html.templating import Html, render
from footnote.ui.state.passwords import fits
from footnote.ui.web.cookies import Cookie, cookies_of, set_cookie

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from footnote.ingest.library.library import AccountRecord
    from footnote.ui.web.provider_login import ProviderLogin

YEAR, WEEK = 365 * 24 * 3600, 7 * 24 * 3600
FREE_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0  # seconds after the sixth wrong password, doubling; and the most
REMEMBERED = 10_000  # addresses
MOST_FORM = 4_096  # bytes
FORM_TIME = 10.0  # seconds until a password must have come
VISIT = re.compile(
    r"([0-9]{10,12})-[0-9a-f]{16}(?:-([0-9a-f]{2,640}))?", re.ASCII
)  # until when, which, whose
TOLD = "footnote.told"  # in a scope: the account that a believed proxy names
GOAL = re.compile(r"shared/[A-Za-z0-9_-]{20,64}", re.ASCII)  # where a login may lead, besides the page
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
        accounts: Callable[[], Mapping[str, AccountRecord]] = dict,
        note: Callable[[str, str, str], None] = lambda _account, _act, _what: None,
        elsewhere: ProviderLogin | None = None,
    ) -> None:
        self.app = app
        self.elsewhere = elsewhere
        self.accounts, self.note = accounts, note
        self.secret = secret
        self.end, self.ended = end, ended
        self.password = password
        self.key = hashlib.sha256(secret + password.encode()).digest()
        self.throttle = Throttle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        known = self.accounts()
        asks = bool(self.password or known or self.elsewhere)
        if scope["type"] == "websocket":
            if asks and not self._known(scope, known):
                await send({"type": "websocket.close", "code": 4401})
                return
            await self.app(scope, receive, send)
            return
        path = path_of(scope)
        if asks and path == "/login":
            await self._login(scope, receive, send, known)
        elif self.elsewhere and path in ("/login/provider", "/login/return"):
            await self._login_elsewhere(self.elsewhere, scope, send, known)
        elif asks and path == "/logout":
            await self._logout(scope, send, known)
        elif asks and path not in OPEN and not self._known(scope, known):
            await self._refuse(scope, send, path)
        else:
            await self.app(scope, receive, _with_reader(scope, send))

    def _known(self, scope: Scope, known: Mapping[str, AccountRecord]) -> bool:
        """Tell whether a request may come in; where there are accounts, note in its scope whose it is."""
        if scope.get(VOUCHED):  # a program whose key stands for the password, or for an account
            return True
        if not known:
            return bool(self.password) and self._holds(scope, self.key) is not None
        account = known.get(scope.get(TOLD, "")) or self._visitor(scope, known)
        if account is None:
            return False
        scope[ACCOUNT] = account.name
        return True

    def _visitor(self, scope: Scope, known: Mapping[str, AccountRecord]) -> AccountRecord | None:
        """Return the account whose visit the cookie is of; another password ends it."""
        visit, _, _ = cookies_of(scope).get(Cookie.KEY, "").rpartition(".")
        found = VISIT.fullmatch(visit)
        if found is None or not found[2] or len(found[2]) % 2:
            return None
        account = known.get(bytes.fromhex(found[2]).decode("utf-8", "replace"))
        if account is None or self._holds(scope, self._key_of(account)) is None:
            return None
        return account

    def _key_of(self, account: AccountRecord) -> bytes:
        whose = json.dumps([account.name, account.made, account.password]).encode()
        return hashlib.sha256(self.secret + whose).digest()

    def _holds(self, scope: Scope, key: bytes) -> str | None:
        """Return the visit that the cookie is of, if `key` made it and it has not ended."""
        visit, _, mark = cookies_of(scope).get(Cookie.KEY, "").rpartition(".")
        found = VISIT.fullmatch(visit)
        if found is None or int(found[1]) < time.time():
            return None
        right = hmac.compare_digest(mark.encode(), _mark(key, visit).encode())
        return visit if right and not self.ended(visit) else None

    def _visit(self, scope: Scope, known: Mapping[str, AccountRecord]) -> str | None:
        """Return the visit that a request is of; None without one, as where a proxy tells who asks."""
        if not known:
            return self._holds(scope, self.key)
        account = self._visitor(scope, known)
        return None if account is None else self._holds(scope, self._key_of(account))

    async def _logout(self, scope: Scope, send: Send, known: Mapping[str, AccountRecord]) -> None:
        """End this browser's visit for good: its cookie is not taken again, whoever has a copy."""
        if scope["method"] != "POST":
            await _answer(send, 405, "", [("Allow", "POST")], kind="text/plain")
            return
        if (visit := self._visit(scope, known)) is not None:
            self.end(visit)
        await _answer(
            send, 303, "", [("Location", "login"), ("Set-Cookie", set_cookie(scope, Cookie.KEY, "", 0))]
        )

    async def _login_elsewhere(
        self, elsewhere: ProviderLogin, scope: Scope, send: Send, known: Mapping[str, AccountRecord]
    ) -> None:
        """Send a browser to the provider, or let in whom it names when the browser comes back."""
        from footnote.ui.web.oidc import LoginFailed
        from footnote.ui.web.provider_login import TEN_MINUTES

        comes, address = path_of(scope) == "/login/return", peer(scope)
        wait = self.throttle.take(address) if comes else 0.0
        try:
            if scope["method"] != "GET":
                raise LoginFailed("Begin the login again.", "another method", 405)
            if wait:
                told = f"Too many logins that failed. Try again in {math.ceil(wait)} seconds."
                raise LoginFailed(told, "too many", 429)
            if not comes:
                to, begun = await elsewhere.begin(scope, goal_of(scope))
                cookies = [set_cookie(scope, Cookie.BEGUN, begun, TEN_MINUTES)]
            else:
                account, goal = await elsewhere.finish(scope, cookies_of(scope).get(Cookie.BEGUN, ""))
                self.throttle.right(address)
                to = f"../{goal}"
                cookies = [self._visit_of(scope, account), set_cookie(scope, Cookie.BEGUN, "", 0)]
        except LoginFailed as failed:
            page = self._page(failed.told, known, up="../")
            ended = [("Set-Cookie", set_cookie(scope, Cookie.BEGUN, "", 0))] if comes else []
            await _answer(send, failed.status, page, ended)
            return
        await _answer(send, 303, "", [("Location", to), *(("Set-Cookie", one) for one in cookies)])

    def _visit_of(self, scope: Scope, account: AccountRecord) -> str:
        """Return a cookie with a visit of an account."""
        return self._begun(scope, self._key_of(account), f"-{account.name.encode().hex()}")

    def _begun(self, scope: Scope, key: bytes, whose: str) -> str:
        visit = f"{int(time.time()) + WEEK}-{secrets.token_hex(8)}{whose}"
        return set_cookie(scope, Cookie.KEY, f"{visit}.{_mark(key, visit)}", WEEK)

    def _page(self, problem: str, known: Mapping[str, AccountRecord], goal: str = "", up: str = "") -> Html:
        """Render the page that asks who it is; `up` leads from where it is shown to the top."""
        provider = self.elsewhere.name if self.elsewhere else ""
        return render(
            "login",
            "page",
            problem=problem,
            accounts=bool(known),
            passwords=bool(self.password) or any(a.login == "password" for a in known.values()),
            provider=provider,
            next=f"?next={goal}" if goal else "",
            up=up,
            style=_style(),
        )

    async def _refuse(self, scope: Scope, send: Send, path: str) -> None:
        if scope["method"] in ("GET", "HEAD") and path == "/":
            await _answer(send, 303, "", [("Location", "login")])
        elif scope["method"] == "GET" and GOAL.fullmatch(path[1:]):
            await _answer(send, 303, "", [("Location", f"../login?next={path[1:]}")])
        else:
            await _answer(send, 401, "Log in first.", kind="text/plain")

    async def _login(
        self, scope: Scope, receive: Receive, send: Send, known: Mapping[str, AccountRecord]
    ) -> None:
        goal = goal_of(scope)
        if scope["method"] != "POST":
            await _answer(send, 200, self._page("", known, goal))
            return
        address = peer(scope)
        wait = self.throttle.take(address)
        if wait:
            told = f"Too many wrong passwords. Try again in {math.ceil(wait)} seconds."
            page = self._page(told, known, goal)
            await _answer(send, 429, page, [("Retry-After", str(math.ceil(wait)))])
            return
        try:
            async with timeout(FORM_TIME):
                form = await _body(receive)
        except TimeoutError:
            form = b""
        said = {name: values[0] for name, values in parse_qs(form.decode("utf-8", "replace")).items()}
        entered = await self._entered(said, known) if known else self._opened(said)
        if entered is None:
            wrong = "That is no account and its password." if known else "That is not the password."
            await _answer(send, 403, self._page(wrong, known, goal))
            return
        self.throttle.right(address)
        cookie = self._begun(scope, *entered)
        await _answer(send, 303, "", [("Location", f"./{goal}"), ("Set-Cookie", cookie)])

    def _opened(self, said: Mapping[str, str]) -> tuple[bytes, str] | None:
        """Return what makes a visit of who knows the one password."""
        right = hmac.compare_digest(_digest(said.get("password", "")), _digest(self.password))
        return (self.key, "") if right and self.password else None

    async def _entered(
        self, said: Mapping[str, str], known: Mapping[str, AccountRecord]
    ) -> tuple[bytes, str] | None:
        """Return what makes a visit of an account, if that is its password; note who came, or did not."""
        name = said.get("account", "").strip().casefold()
        account = known.get(name)
        kept = account.password if account else ""
        if not await asyncio.to_thread(fits, said.get("password", ""), kept) or account is None:
            await asyncio.to_thread(self.note, name[:80], "refused", "")
            return None
        await asyncio.to_thread(self.note, account.name, "login", "")
        return self._key_of(account), f"-{account.name.encode().hex()}"


def goal_of(scope: Scope) -> str:
    """Return where a login is to lead: a page of ours that its address names, or the first.

    >>> goal_of({"query_string": b"next=shared/abcdefghijklmnopqrstuv"})
    'shared/abcdefghijklmnopqrstuv'
    >>> goal_of({"query_string": b"next=//evil.example/"})
    ''
    """
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20).get("next", [""])
    return asked[0] if GOAL.fullmatch(asked[0]) else ""


def _mark(key: bytes, visit: str) -> str:
    return hmac.new(key, visit.encode(), "sha256").hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def account_of(request: Any) -> str:
    """Return the account that a request is of, be it Gradio's; empty where there are none."""
    asked = getattr(request, "request", None) or request
    return str(asked.scope.get(ACCOUNT, ""))


def _with_reader(scope: Scope, send: Send) -> Send:
    """Give a browser that has none its cookie when it opens the page."""
    if scope["method"] != "GET" or path_of(scope) != "/" or cookies_of(scope).get(Cookie.READER):
        return send
    cookie = set_cookie(scope, Cookie.READER, secrets.token_urlsafe(24), YEAR)

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
