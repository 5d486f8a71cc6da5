"""The guard before every route: which requests are looked at at all, and how much of a body is taken.

A web page elsewhere can make a reader's browser send requests here. Browsers say where such a request
is from (`Origin`, Fetch Metadata), so it is refused before a byte of its body is read. Whatever is
mounted on the application stands behind this, whoever wrote it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.formparsers import MultiPartException

from footnote.rag.settings import is_loopback
from footnote.ui.api.faults import Fault, encoded
from footnote.ui.api.gate import LARGEST, RELAYED, is_door, is_own, path_of, peer
from footnote.ui.web.access import TOLD
from footnote.ui.web.cookies import Cookie, cookies_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from footnote.rag.settings import Settings

READS = ("GET", "HEAD", "OPTIONS")
UPLOAD = "/gradio_api/upload"
# 2,000,000 characters may be pasted: 6 MB where each takes three bytes, and a fifth for JSON's escapes.
MOST_BODY = 8 * 2**20
MOST_HEAD = 64 * 2**10  # of a request's head, which may have much of other sites' cookies
MOST_BODIES = 64 * 2**20  # of all requests under way, uploads aside: these go to disk
UPLOADS_OF_ONE, UPLOADS_IN_ALL = 500 * 2**20, 2 * 2**30
KEPT = 7_200.0  # seconds until Gradio has removed an upload: it looks every hour for what is an hour old
BODY_TIME, UPLOAD_TIME = 60.0, 900.0  # seconds until a body must have come
HOST = re.compile(rb"(?:[a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.IGNORECASE)
# What proxies say of a request. Nobody else is believed; Gradio would build addresses from some of them.
HEARSAY = (b"forwarded", b"x-gradio-server", b"x-real-ip")
RELAYS = (*HEARSAY, b"via", b"cf-connecting-ip", b"true-client-ip", b"x-client-ip", b"x-cluster-client-ip")


@dataclass(frozen=True, slots=True)
class Entrance:
    """Under which names the page is reached, and through whom.

    `hosts` are the names it answers to, empty for any; with `literal`, every address written in numbers
    too, which no other site can take for its own. `names` are public ones, which a proxy stands behind;
    `proxies` are the networks whose `X-Forwarded-For` and `X-Forwarded-Host` are believed.
    """

    hosts: frozenset[str] = frozenset()
    literal: bool = False
    names: frozenset[str] = frozenset()
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    account_header: str = ""  # in which those proxies say whose a request is

    @classmethod
    def of(cls, settings: Settings) -> Entrance:
        """Return what the settings say; a page of this computer only has its own names, and those given."""
        names = frozenset(name.lower() for name in _listed(settings.names))
        own = {"localhost", "127.0.0.1", settings.host.lower()}
        here = is_loopback(settings.host)
        if not here:
            name = socket.gethostname().lower()
            own |= {name, name.partition(".")[0], name.partition(".")[0] + ".local"}
        header = settings.account_header.lower()
        return cls(frozenset(own | names), not here, names, networks(settings.proxies), header)

    def answers(self, host: str) -> bool:
        """Tell whether the page goes by the name in a request, without its port."""
        return not self.hosts or host in self.hosts or (self.literal and _is_address(host))

    def believes(self, address: str) -> bool:
        """Tell whether a peer is one of the proxies."""
        try:
            peer = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(peer in network for network in self.proxies)


def _listed(text: str) -> list[str]:
    return text.replace(",", " ").split()


def networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Return the networks in a list of addresses.

    >>> [str(n) for n in networks("127.0.0.1, 10.0.0.0/8")]
    ['127.0.0.1/32', '10.0.0.0/8']

    Raises:
        ValueError: If one of them is none.
    """
    return tuple(ipaddress.ip_network(one, strict=False) for one in _listed(text))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class Quota:
    """What was uploaded lately, by whom: each has a limit, and all together."""

    now: Callable[[], float] = time.monotonic
    _sent: deque[tuple[float, str, int]] = field(default_factory=deque)
    _of: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def left(self, who: str) -> int:
        """Return how many bytes they may still upload."""
        while self._sent and self._sent[0][0] < self.now() - KEPT:
            _, one, size = self._sent.popleft()
            self.total -= size
            self._of[one] -= size
            if not self._of[one]:
                del self._of[one]
        return min(UPLOADS_OF_ONE - self._of.get(who, 0), UPLOADS_IN_ALL - self.total)

    def add(self, who: str, size: int) -> None:
        """Note what came, a piece or all of it."""
        if not size:
            return
        if self._sent and self._sent[-1][1] == who and self._sent[-1][0] > self.now() - 1:
            at, _, before = self._sent.pop()
            self._sent.append((at, who, before + size))
        else:
            self._sent.append((self.now(), who, size))
        self._of[who] = self._of.get(who, 0) + size
        self.total += size


@dataclass(frozen=True, slots=True)
class _No:
    status: int
    text: str


FOREIGN = _No(403, "This request was sent by another web page, so it was not carried out.")
TOO_LARGE = _No(413, "This is more than can be sent at once.")
TOO_SLOW = _No(408, "The request did not come to its end in time.")
TOO_MUCH = _No(
    413, "Too much was uploaded lately. Add files with `footnote ingest`, or try again in two hours."
)
TOO_LONG = _No(431, "The head of the request is too long.")
BUSY = _No(503, "Too many large requests at once. Try again in a minute.")


class Guard:
    """Looks at every request before anything else does; see the module."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self.app = app
        self.entrance = entrance
        self.quota = Quota()
        self.under_way = 0  # bytes of bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on with its body counted."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        visit = _Visit(self._believed(scope), _length_of_head(scope))
        problem = self._problem(visit)
        if problem is None and scope["type"] == "http":
            body = _Body(self, visit, receive, send)
            problem = body.too_large()
            if problem is None:
                await body.run(self.app)
                return
        if problem is None:
            await self.app(visit.scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403})
        else:
            await visit.refuse(send, problem)

    def _problem(self, visit: _Visit) -> _No | None:
        if visit.head > MOST_HEAD:
            return TOO_LONG
        host = visit.headers.get(b"host", b"")
        if not HOST.fullmatch(host):
            return _No(400, "The request names no host.")
        if not self.entrance.answers(visit.host):
            told = "The page does not go by this name here. FOOTNOTE_NAMES tells it the names that it has."
            return _No(400, told)
        foreign = not visit.asks_a_door and visit.foreign(self.entrance.names)
        return FOREIGN if foreign else None

    def _believed(self, scope: Scope) -> Scope:
        """Return the scope as what is known to be true: what a proxy says, or the connection itself."""
        near = peer(scope)
        headers = [(k.lower(), v) for k, v in scope["headers"]]
        whose = self.entrance.account_header.encode("latin-1")
        named = [v for k, v in headers if k == whose] if whose else []
        headers = [(k, v) for k, v in headers if not whose or k != whose]
        told = {k: v for k, v in headers if k.startswith(b"x-forwarded-")}
        kept = [(k, v) for k, v in headers if k not in told and k not in HEARSAY and k != b"cookie"]
        if cookies := cookies_of(scope):  # ours alone: whoever reads them further in takes long for some
            kept.append((b"cookie", "; ".join(f"{k}={v}" for k, v in cookies.items()).encode()))
        if told.get(b"x-forwarded-proto") in (b"http", b"https"):  # harms nobody but who says so
            kept.append((b"x-forwarded-proto", told[b"x-forwarded-proto"]))
        relayed = any(k in RELAYS or k in told for k, _ in headers)
        if not self.entrance.believes(near):
            return {**scope, "headers": kept, RELAYED: relayed}
        host = told.get(b"x-forwarded-host", b"").split(b",")[0].strip()
        if _bare(host) in self.entrance.names:
            kept = [(k, host if k == b"host" else v) for k, v in kept]
        hops = [hop.strip() for hop in told.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        away = next((h for h in reversed(hops) if _is_address(h) and not self.entrance.believes(h)), near)
        account = named[0].decode("utf-8", "replace").strip().casefold() if len(named) == 1 else ""
        return {**scope, "headers": kept, "client": (away, 0), RELAYED: relayed, TOLD: account}


def _bare(host: bytes) -> str:
    """Return the name in a Host header, without port and brackets, in small letters.

    >>> _bare(b"Notes.Example:80"), _bare(b"[::1]:7860")
    ('notes.example', '::1')
    """
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def _length_of_head(scope: Scope) -> int:
    """Return the bytes of a request's head as it was sent: a small header costs its colon and line end too.

    The server that reads it has the same limit, but only for what comes in several pieces.

    >>> _length_of_head({"path": "/a", "query_string": b"b=1", "headers": [(b"x", b"y")] * 10})
    65
    """
    asked = len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))
    return asked + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


class _Visit:
    """One request's head."""

    def __init__(self, scope: Scope, head: int = 0) -> None:
        self.scope = scope
        self.head = head  # bytes of all headers, also of those that are not handed on
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.host = _bare(self.headers.get(b"host", b""))
        self.method = str(scope.get("method", "GET"))

    def foreign(self, names: Collection[str]) -> bool:
        """Tell whether another site's page had this sent. No browser lets a page forge these headers.

        Opening the page by a link from elsewhere is no such case, and programs send neither header.
        """
        site, mode = self.headers.get(b"sec-fetch-site"), self.headers.get(b"sec-fetch-mode")
        changes = self.method not in READS or self.scope["type"] == "websocket"
        if site is not None and site not in (b"same-origin", b"none") and (changes or mode != b"navigate"):
            return True
        origin = self.headers.get(b"origin")
        if origin == b"null" and site == b"same-origin":  # a browser that keeps the origin to itself
            return False
        if not changes or origin is None:
            return False
        return not is_own(origin.decode("latin-1"), self.headers.get(b"host", b"").decode("latin-1"), names)

    @cached_property
    def uploads(self) -> bool:
        """Whether this is a file on its way to the page."""
        return self.method == "POST" and str(self.scope["path"]).endswith(UPLOAD)

    @cached_property
    def asks_a_door(self) -> bool:
        """Whether a program asks, whose gate looks at keys and origins itself, before the body too."""
        return is_door(path_of(self.scope))

    @cached_property
    def has_body(self) -> bool:
        """Whether the request says that a body comes with it."""
        told = self.headers.get(b"content-length", b"0")
        return b"transfer-encoding" in self.headers or told.strip(b"0") != b""

    @cached_property
    def who(self) -> str:
        """Whom a quota is kept for: the browser that its cookie names, else the address."""
        return cookies_of(self.scope).get(Cookie.READER, "")[:64] or peer(self.scope)

    async def refuse(self, send: Send, no: _No) -> None:
        """Answer without reading on; the connection ends, so that no rest of a body is waited for."""
        kind, body = b"text/plain; charset=utf-8", no.text.encode()
        if self.asks_a_door:
            kind, body = (
                b"application/json",
                encoded(Fault(no.status, no.text, f"http_{no.status}").as_json()),
            )
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": no.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Over(MultiPartException):
    """A body was given up. Of this class because Gradio removes what it has of an upload for no other."""

    def __init__(self) -> None:
        super().__init__("The body was given up.")


class _Body:
    """Counts a body while it is read, and answers in the application's place when it is too much."""

    def __init__(self, guard: Guard, visit: _Visit, receive: Receive, send: Send) -> None:
        self.guard, self.visit = guard, visit
        self._receive, self._send = receive, send
        self.size = 0
        self.whole = self.answered = False
        self.problem: _No | None = None
        self.most = max(LARGEST.values()) if visit.asks_a_door else MOST_BODY
        self.until = time.monotonic() + BODY_TIME
        if visit.uploads:
            self.most = guard.quota.left(visit.who)
            self.until = time.monotonic() + UPLOAD_TIME

    def too_large(self) -> _No | None:
        """Return why the body is not even begun, by the length that the request tells."""
        told = self.visit.headers.get(b"content-length", b"0")
        if not told.isdigit():
            return _No(400, "The request tells no length.")
        if len(told) > 15 or int(told) > self.most:  # more digits are no honest length
            return TOO_MUCH if self.visit.uploads else TOO_LARGE
        if not self.visit.uploads and self.guard.under_way + int(told) > MOST_BODIES:
            return BUSY
        return None

    async def run(self, app: ASGIApp) -> None:
        """Have the application answer, unless its reading of the body had to be ended."""
        try:
            await app(self.visit.scope, self.receive, self.send)
        except Exception:
            if self.problem is None:
                raise
        finally:
            if not self.visit.uploads:
                self.guard.under_way -= self.size
        if self.problem is not None and not self.answered:
            await self.visit.refuse(self._send, self.problem)

    async def receive(self) -> Message:
        """Hand on a piece of the body; after it, whatever comes."""
        if self.whole:
            return await self._receive()
        if self.problem is not None:
            raise _Over
        try:
            async with asyncio.timeout(max(0.0, self.until - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self.problem = TOO_SLOW
            raise _Over from None
        if message["type"] == "http.disconnect" and self.visit.uploads:
            self.answered = True  # nobody waits
            self.problem = TOO_SLOW
        else:
            self._count(message)
        if self.problem is not None:
            raise _Over
        return message

    def _count(self, message: Message) -> None:
        piece = len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        self.size += piece
        if self.visit.uploads:
            self.guard.quota.add(self.visit.who, piece)
            if self.guard.quota.left(self.visit.who) < 0:
                self.problem = TOO_MUCH
            return
        self.guard.under_way += piece
        if self.size > self.most:
            self.problem = TOO_LARGE
        elif self.guard.under_way > MOST_BODIES and piece:
            self.problem = BUSY

    async def send(self, message: Message) -> None:
        """Hand on the answer, unless the body was given up: what the application makes of that is wrong."""
        if self.problem is not None and not self.answered:
            return
        self.answered = True
        if message["type"] == "http.response.start" and self.visit.has_body and not self.whole:
            # Answered before its body was read: what is still to come is not waited for, nor kept.
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await self._send(message)
