"""The gate before the doors for programs: who comes in, how much they may send, how often.

On this computer, where no password is set and there is no key, every program may come in, as every browser
may. As soon as one of these is not so, a key is asked for. Pages of other sites are let in nowhere without
one.
"""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from footnote.rag.errors import FootnoteError
from footnote.rag.settings import is_loopback
from footnote.ui.api.faults import Fault, fault_of
from footnote.ui.api.traces import NO_TRACES
from footnote.ui.api.watch import known_method, new_request_id, request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from footnote.ingest.library.library import AccountRecord
    from footnote.ui.api.keys import Key, Keys
    from footnote.ui.api.traces import Tracer
    from footnote.ui.api.watch import Watch

CALLER = "footnote.caller"  # in the scope of a request that came through the gate
VOUCHED = "footnote.vouched"  # there too, when a key stands for the page's password
ACCOUNT = "footnote.account"  # there too, where there are accounts: the name of the one that asks
ASKING: ContextVar[str] = ContextVar("account", default="")  # it, while a program's request is answered
RELAYED = "footnote.relayed"  # there when a proxy said from whom it handed a request on, or claimed to
DOORS = ("/v1", "/api", "/mcp", "/metrics")
# What describes the doors is shown like the page: to whoever may see that.
DESCRIBED = ("/api/docs", "/api/openapi.json")
MEBI = 1 << 20
LARGEST = {"/api/articles": 51 * MEBI, "/api/summarise": 4 * MEBI, "/mcp": 4 * MEBI}
LARGEST_OTHER = MEBI  # a long conversation
REMEMBERED = 10_000  # callers


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is let in: a key's id, or `local`; and whether it may change the library."""

    name: str
    writes: bool


def _nobody() -> dict[str, AccountRecord]:
    return {}


@dataclass(slots=True)
class Rate:
    """Lets each caller send `a_minute` requests, a third of them at once.

    A bucket that fills evenly; `now` gives seconds.
    """

    a_minute: int
    now: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, caller: str) -> float:
        """Count a request; return 0, or for how many seconds the caller must wait before the next."""
        if not self.a_minute:
            return 0.0
        now, a_second, most = self.now(), self.a_minute / 60, max(1.0, self.a_minute / 3)
        left, at = self._left.pop(caller, (most, now))
        left = min(most, left + (now - at) * a_second)
        allowed = left >= 1
        self._left[caller] = (left - 1 if allowed else left, now)
        while len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / a_second


class Gate:
    """Middleware that lets programs through to the doors, or tells them why not; the page passes by."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        watch: Watch,
        a_minute: int,
        exposed: bool,
        password: str,
        tracer: Tracer = NO_TRACES,
        accounts: Callable[[], Mapping[str, AccountRecord]] = _nobody,
    ) -> None:
        self.accounts = accounts
        self.app, self.keys, self.watch, self.tracer = app, keys, watch, tracer
        self.guarded = exposed or bool(password)
        self.rate = Rate(a_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = path_of(scope)
        ours = is_door(path)
        noted = _Noted(send, new_request_id(_header(scope, b"x-request-id")) if ours else "")
        began = time.monotonic()
        self.watch.open.inc()
        token = request_id.set(noted.id)
        try:
            if ours:
                await self._traced(scope, receive, noted, path)
            else:
                await self.app(scope, receive, noted)
        finally:
            self.watch.open.dec()
            request_id.reset(token)
            self._note(scope, noted, ours, time.monotonic() - began)

    async def _traced(self, scope: Scope, receive: Receive, noted: _Noted, path: str) -> None:
        """Hand a request on within a span."""
        given = {"traceparent": _header(scope, b"traceparent")}
        with self.tracer.request(given) as told:
            try:
                await self._through(scope, receive, noted, path)
            finally:
                method, route = known_method(scope["method"]), _route(scope)
                told.tell(
                    f"{method} {route}",
                    http__request__method=method,
                    http__route=route,
                    http__response__status_code=noted.status or 500,
                    footnote__request_id=noted.id,
                )

    async def _through(self, scope: Scope, receive: Receive, noted: _Noted, path: str) -> None:
        bounded = _Bounded(receive, _largest(path))
        try:
            self._let_in(scope, path)
            bounded.refuse_length(_header(scope, b"content-length"))
            asking = ASKING.set(scope.get(ACCOUNT, ""))
            try:
                await self.app(scope, bounded, noted)
            finally:
                ASKING.reset(asking)
        except Exception as error:
            fault = fault_of(error)
            self.watch.refused.labels(fault.code).inc()
            if noted.status:  # it has begun: nothing can be told any more
                raise
            await fault.response()(scope, receive, noted)

    def _let_in(self, scope: Scope, path: str) -> None:
        """Note who it is in the scope.

        Raises:
            Fault: If nobody comes in like this.
        """
        known = self.accounts()
        key = self._key(scope, known)
        if key is None and path in DESCRIBED:
            return
        if key is None:
            if _elsewhere(scope):
                raise Fault(403, "Pages of other sites may not ask here without a key.", "foreign_origin")
            if self._needs_key(scope, known):
                told = "A key is needed here, as a bearer token: `footnote keys add NAME --read` makes one."
                raise Fault(401, told, "invalid_api_key", headers={"WWW-Authenticate": "Bearer"})
        self._slow(key.id if key else f"at {peer(scope)}")
        scope[CALLER] = Caller(key.id, key.scope == "write") if key else Caller("local", writes=True)
        scope[VOUCHED] = key is not None
        if known:
            account = known.get(key.account) if key else None
            if account is None:
                told = (
                    "This key stands for no account. `footnote keys add NAME --read --account ACCOUNT` makes "
                    "one that does."
                )
                raise Fault(403, told, "no_account")
            scope[ACCOUNT] = account.name
            scope[CALLER] = replace(scope[CALLER], writes=scope[CALLER].writes and account.changes)
            if path == "/metrics" and not account.sees_all:
                raise Fault(403, "An admin’s key is needed here.", "no_admin")

    def _slow(self, caller: str) -> None:
        """Count a request of a caller, or of keys that were none.

        Raises:
            Fault: If there were too many.
        """
        wait = self.rate.wait(caller)
        if wait:
            seconds = str(math.ceil(wait))
            told = f"Too many requests in a short time. Try again in {seconds} seconds."
            raise Fault(429, told, "rate_limit_exceeded", headers={"Retry-After": seconds})

    def _key(self, scope: Scope, known: Mapping[str, AccountRecord]) -> Key | None:
        """Return the key that was shown; None when none was, or, where none is needed, none of ours."""
        kind, _, shown = _header(scope, b"authorization").partition(" ")
        secret = shown.strip() if kind.lower() == "bearer" else _header(scope, b"x-api-key")
        if not secret:
            return None
        try:
            found = self.keys.find(secret)
        except FootnoteError as error:  # the file is damaged: closed
            raise Fault(503, str(error), "keys_damaged") from None
        if found is None and self._needs_key(scope, known):
            self._slow(f"guesses at {peer(scope)}")
            raise Fault(
                401,
                "This key opens nothing here. `footnote keys list` shows those that do.",
                "invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return found  # OpenAI's clients always send one, were it “none”

    def _needs_key(self, scope: Scope, known: Mapping[str, AccountRecord]) -> bool:
        """Tell whether this caller must show a key; a proxy's callers come from elsewhere."""
        if self.guarded or known or scope.get(RELAYED) or not is_loopback(peer(scope)):
            return True
        try:
            return bool(self.keys.all())
        except FootnoteError as error:
            raise Fault(503, str(error), "keys_damaged") from None

    def _note(self, scope: Scope, noted: _Noted, ours: bool, seconds: float) -> None:
        if not ours:
            self.watch.done(scope["method"], "page", noted.status, seconds)
            return
        route = _route(scope)
        caller = scope.get(CALLER)
        self.watch.done(
            scope["method"], route, noted.status, seconds,
            request_id=noted.id, key=caller.name if caller else "", bytes=noted.bytes,
        )  # fmt: skip


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "") or "unknown"


class _Noted:
    """A `send` that keeps the status and the size, and gives the response its request's id."""

    def __init__(self, send: Send, given: str) -> None:
        self.send, self.id = send, given
        self.status, self.bytes = 0, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            told = [(b"x-request-id", self.id.encode()), (b"cache-control", b"no-store")] if self.id else []
            message = {**message, "headers": [*message["headers"], *told]}
        else:
            self.bytes += len(message.get("body", b""))
        await self.send(message)


class _Bounded:
    """A `receive` that counts the body while it is read; how long that may take is the guard's to say."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most = receive, most
        self.read, self.whole = 0, False

    def refuse_length(self, given: str) -> None:
        """Refuse a body by the length that it claims, before any of it is read."""
        if given.isdecimal() and int(given[:20]) > self.most:
            raise self._too_large()

    async def __call__(self) -> Message:
        if self.whole:  # what comes now is that the caller has gone
            return await self.receive()
        message = await self.receive()
        self.read += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        if self.read > self.most:
            raise self._too_large()
        return message

    def _too_large(self) -> Exception:
        """Return an error that FastAPI hands on when it is raised while a body is read."""
        from starlette.exceptions import HTTPException

        return HTTPException(413, f"The body is larger than {self.most // MEBI} MB, which is the most here.")


def _largest(path: str) -> int:
    return LARGEST.get(path.rstrip("/"), LARGEST_OTHER)


def path_of(scope: Scope) -> str:
    """Return the path of a request below where the application is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) or "/"


def is_door(path: str) -> bool:
    """Tell whether a program asks, rather than a browser that shows the page."""
    return any(path == door or path.startswith(f"{door}/") for door in DOORS)


def _header(scope: Scope, name: bytes) -> str:
    return next((v.decode("latin-1") for n, v in scope["headers"] if n == name), "")


def peer(scope: Scope) -> str:
    """Return the address that a request is from; the guard has looked at what a proxy says of it."""
    return str((scope.get("client") or ("", 0))[0])


def _elsewhere(scope: Scope) -> bool:
    """Tell whether a page of another site sends this, by what its browser says."""
    if _header(scope, b"sec-fetch-site") in ("cross-site", "same-site"):
        return True
    origin = _header(scope, b"origin")
    return bool(origin) and not is_own(origin, _header(scope, b"host"))


def is_own(origin: str, host: str, names: Collection[str] = ()) -> bool:
    """Tell whether an `Origin` is of the page itself: by the name that was asked for, or a public one.

    >>> is_own("http://Notes.example", "notes.example:80"), is_own("http://[::1", "[::1]")
    (True, False)
    """
    try:
        given = urlsplit(origin.lower())
    except ValueError:
        return False
    return given.scheme in ("http", "https") and (
        _without_default(given.netloc) == _without_default(host.lower()) or (given.hostname or "") in names
    )


def _without_default(host: str) -> str:
    return re.sub(r":(?:80|443)$", "", host)
