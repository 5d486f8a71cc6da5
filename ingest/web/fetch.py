"""The only requests that Footnote makes to the web: one link, read once, under guard.

Every hop is checked anew: the link is parsed in one place, its host looked up once, every address
must be public, and the connection goes to the address that was checked, so that a second look-up
cannot lead elsewhere. One clock runs over look-ups, handshakes, headers and body of all hops: each
wait on a socket gets what is left of it, so that no server can drip for longer. Nothing is taken
from the environment: no proxy, no cookie, no password file.
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn

import httpcore

from footnote.ingest.article import Visit
from footnote.ingest.web import robots
from footnote.ingest.web.addresses import Link, Rules, UnreadableLink, resolve, resolve_within, shown
from footnote.ingest.web.content import check_kind, kind_of, with_charset

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from footnote.ingest.web.addresses import Resolve
    from footnote.ingest.web.robots import Robots

__all__ = ["AGENT", "Fetched", "Fetcher", "UnreadableLink"]

PRODUCT = "footnote"  # what robots.txt may call us
AGENT = "Footnote/0.1 (reads articles for one person; obeys robots.txt)"
MOST_REDIRECTS = 5
MOST_BYTES = 10_000_000  # the longest articles with their markup have 2 MB
DEADLINE = 20.0  # seconds for a link with all its hops
WAIT = 10.0  # seconds for one answer of a socket
PAUSE = 1.0  # seconds between two requests to a host; robots.txt may ask for more
ROBOTS_HOLD = 3600.0  # seconds; RFC 9309 section 2.4 allows a day
MOST_ADDRESSES = 4  # of one host that are tried
ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json, "
    "application/pdf;q=0.9, text/markdown;q=0.9, text/plain;q=0.8, application/xml;q=0.8"
)
SAVE = "Save the page in your browser and give that file"
LOG = logging.getLogger(__name__)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ENCODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's windows


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a link held. `url` is where it was found in the end, `kind` a name of `ingest.web.content`."""

    url: str
    kind: str
    data: bytes
    visit: Visit


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer of one server."""

    status: int
    headers: dict[str, str]
    data: bytes = b""


class Fetcher:
    """Reads links. Safe to use from several threads.

    `allow`, pairs of address and port that may be asked for although they are not public, and
    `resolve` and `tls` are for tests; no setting reaches them.
    """

    def __init__(
        self,
        *,
        allow: Collection[tuple[str, int]] = (),
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
        pause: float = PAUSE,
    ) -> None:
        self.rules = Rules(frozenset(allow))
        self.resolve = resolve
        self.deadline = deadline
        self.pause = pause
        self._tls = tls
        self._robots: dict[str, tuple[Robots, float]] = {}  # origin → rules, and until when they hold
        self._next: dict[str, float] = {}  # host → when it may be asked again
        self._turn = threading.Lock()

    def fetch(self, url: str, visit: Visit | None = None) -> Fetched | None:
        """Read a link; None when it has not changed since `visit`.

        Raises:
            UnreadableLink: If it is not read; the message is one sentence that names the link.
        """
        try:
            link = self.rules.link(url)
            return self._fetch(link, visit or Visit())
        except UnreadableLink as error:
            raise UnreadableLink(f"{shown(url)} was not read: {error}.") from None

    def _fetch(self, link: Link, visit: Visit) -> Fetched | None:
        clock = _Clock(self.deadline)
        headers = _conditions(visit)
        hosts: set[str] = set()
        for _ in range(MOST_REDIRECTS + 1):
            rules = self._rules_of(link, clock)
            if not rules.allows(link.target):
                raise UnreadableLink(f"the site's robots.txt asks programs not to read it. {SAVE}")
            if link.host not in hosts:  # being led on is no new request of ours
                self._wait(link.host, max(self.pause, rules.delay), clock)
                hosts.add(link.host)
            answer = self._ask(link, headers, clock)
            if answer.status not in REDIRECTS:
                return _accepted(link, answer, visit)
            link = self._redirected(link, answer)
        raise UnreadableLink(f"it leads on more than {MOST_REDIRECTS} times")

    def _redirected(self, link: Link, answer: _Answer) -> Link:
        location = answer.headers.get("location", "")
        if not location:
            raise UnreadableLink("it leads on to no other link")
        try:
            return self.rules.link(location, base=link)
        except UnreadableLink as error:
            raise UnreadableLink(f"it leads on to {shown(location)}, and {error}") from None

    def _rules_of(self, link: Link, clock: _Clock) -> Robots:
        """Return what the host's robots.txt asks of us; it is read once an hour."""
        rules, until = self._robots.get(link.origin, (robots.NOTHING, 0.0))
        if time.monotonic() >= until:
            rules = self._read_robots(link, clock)
            self._robots[link.origin] = rules, time.monotonic() + ROBOTS_HOLD
        return rules

    def _read_robots(self, link: Link, clock: _Clock) -> Robots:
        link = replace(link, target="/robots.txt")
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._ask(link, {}, clock, most=robots.MOST_BYTES, cut=True)
            if answer.status not in REDIRECTS:
                break
            link = self._redirected(link, answer)
        if answer.status >= 500 or answer.status == 429:
            # RFC 9309 section 2.3.1.4: a site that cannot say what it allows is left alone.
            raise UnreadableLink(
                f"the site's robots.txt could not be read (status {answer.status}). Try later"
            )
        if answer.status != 200:
            return robots.EVERYTHING
        return robots.parse(answer.data.decode("utf-8", "replace"), PRODUCT)

    def _wait(self, host: str, pause: float, clock: _Clock) -> None:
        """Wait for the host's next turn, which the clock does not count."""
        with self._turn:
            now = time.monotonic()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + pause
        time.sleep(turn - now)
        clock.end += turn - now

    def _ask(
        self, link: Link, headers: dict[str, str], clock: _Clock, *, most: int = MOST_BYTES, cut: bool = False
    ) -> _Answer:
        """Make one request. What is longer than `most` is refused, or with `cut` cut off."""
        sent = {"Host": _host(link), "User-Agent": AGENT, "Accept": ACCEPT, "Accept-Encoding": "identity"}
        sent |= {"Connection": "close"} | headers
        url = httpcore.URL(
            scheme=link.scheme.encode(), host=link.host.encode(), port=link.port, target=link.target.encode()
        )
        network = _Network(self.rules, self.resolve, clock)
        limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), WAIT)}
        with _explained(clock):  # noqa: SIM117 - the pool is closed inside, where closing may fail too
            with (
                httpcore.ConnectionPool(ssl_context=self._context(link), network_backend=network) as pool,
                pool.stream("GET", url, headers=list(sent.items()), extensions=limits) as response,
            ):
                return _read(response, most, cut=cut)

    def _context(self, link: Link) -> ssl.SSLContext | None:
        if link.scheme != "https":
            return None
        if self._tls is None:
            import certifi

            context = ssl.create_default_context()
            context.load_verify_locations(certifi.where())
            self._tls = context
        return self._tls


# --------------------------------------------------------------------------------- the connection


class _Clock:
    """What is left of the time for a link."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    def left(self, most: float | None) -> float:
        """Return how long to wait for one answer: what is left, at most `most` seconds.

        Raises:
            httpcore.ReadTimeout: If nothing is left.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, WAIT if most is None else most)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.end


class _Network(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(self, rules: Rules, resolve: Resolve, clock: _Clock) -> None:
        self._rules = rules
        self._resolve = resolve
        self._clock = clock
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = resolve_within(self._clock.left(timeout), self._resolve, host, port)
        for address in addresses:  # one bad address among good ones is an attack, not a mistake
            self._rules.check(address, port)
        error: Exception = OSError("no address")
        for address in addresses[:MOST_ADDRESSES]:
            try:
                left = self._clock.left(timeout)
                stream = self._real.connect_tcp(address, port, left, socket_options=socket_options)
                return _Timed(stream, self._clock)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error

    def connect_unix_socket(self, *_: object, **__: object) -> NoReturn:
        raise UnreadableLink("it names no host")


class _Timed(httpcore.NetworkStream):
    """A connection on which no wait is longer than what is left of the time."""

    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._clock.left(timeout))
        return _Timed(secured, self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _host(link: Link) -> str:
    return link.origin.partition("://")[2]


# ------------------------------------------------------------------------------------- the answer


def _read(response: httpcore.Response, most: int, *, cut: bool) -> _Answer:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
    if response.status != 200:
        return _Answer(response.status, headers)
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most and not cut:
        raise _too_large(most)
    unpack = _unpacker(headers.get("content-encoding", "").lower())
    data = bytearray()
    for part in response.iter_stream():
        data += unpack(part, most + 1 - len(data))
        if len(data) > most:
            if cut:
                break
            raise _too_large(most)
    return _Answer(response.status, headers, bytes(data[:most]))


def _too_large(most: int) -> UnreadableLink:
    return UnreadableLink(f"it is larger than the {most // 1_000_000} MB that are read")


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """Return what undoes a content encoding, giving at most so many bytes of one part.

    We ask for none, but some servers do not listen. The limit is what disarms a bomb.
    """
    if encoding in {"", "identity"}:
        return lambda part, _most: part
    if encoding not in ENCODINGS:
        raise UnreadableLink(f"it is compressed in a way that Footnote does not ask for ({shown(encoding)})")
    unpacker = zlib.decompressobj(ENCODINGS[encoding])

    def unpack(part: bytes, most: int) -> bytes:
        try:
            return unpacker.decompress(part, most)
        except zlib.error:
            raise UnreadableLink("its compression is damaged") from None

    return unpack


def _conditions(visit: Visit) -> dict[str, str]:
    given = {"If-None-Match": visit.etag, "If-Modified-Since": visit.modified}
    return {name: value for name, value in given.items() if value}


def _accepted(link: Link, answer: _Answer, visit: Visit) -> Fetched | None:
    """Return what a final answer holds.

    Raises:
        UnreadableLink: If it is an error, or not what it says it is.
    """
    if answer.status == 304 and (visit.etag or visit.modified):
        return None
    if answer.status != 200:
        raise UnreadableLink(_status(answer))
    content_type = answer.headers.get("content-type", "")
    kind = kind_of(content_type, answer.data)
    check_kind(kind, content_type, answer.data)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    noted = Visit(_kept(answer, "etag"), _kept(answer, "last-modified"), now, visit.feed)
    return Fetched(str(link), kind, with_charset(answer.data, kind, content_type), noted)


def _kept(answer: _Answer, name: str) -> str:
    """Return a header that will be sent back; one that is longer than any honest one is not kept."""
    value = answer.headers.get(name, "")
    return value if len(value) <= 500 and re.fullmatch(r"[\x20-\x7e]*", value) else ""


def _status(answer: _Answer) -> str:
    """Return the reason for a status that is not 200."""
    status = answer.status
    if status in {404, 410}:
        return f"there is no page any more (status {status})"
    if status in {401, 402, 403, 451}:
        return f"the site does not let it be read (status {status}). {SAVE}"
    if status in {429, 503} and (seconds := _retry_after(answer.headers.get("retry-after", ""))):
        return f"the site asks to be left alone for {seconds:,} seconds (status {status})"
    if status >= 500 or status == 429:
        return f"the site could not answer (status {status}). Try later"
    return f"the site answered with no page (status {status})"


def _retry_after(value: str) -> int:
    """Return the seconds of a `Retry-After` header, which may be a date; 0 when it says nothing."""
    if value.isdigit():
        return min(int(value[:9]), 10_000_000)
    try:
        return max(0, int(parsedate_to_datetime(value).timestamp() - time.time()))
    except (ValueError, TypeError, OverflowError):
        return 0


@contextmanager
def _explained(clock: _Clock) -> Iterator[None]:
    """Turn whatever a request may raise into a reason."""
    try:
        yield
    except UnreadableLink:
        raise
    except Exception as error:
        raise UnreadableLink(_reason(error, clock)) from error


def _reason(error: Exception, clock: _Clock) -> str:
    causes = {type(e) for e in _chain(error)}
    if ssl.SSLCertVerificationError in causes:
        found = next(e for e in _chain(error) if isinstance(e, ssl.SSLCertVerificationError))
        return f"its certificate does not hold ({found.verify_message.rstrip('.')})"
    if ssl.SSLError in causes:
        return "no secure connection could be made"
    if clock.is_over:
        return f"the site took longer than {clock.seconds:.0f} seconds"
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return f"the site did not answer for {WAIT:.0f} seconds"
    if isinstance(error, httpcore.ConnectError):
        return "the site could not be reached"
    if isinstance(error, OSError):
        return "its host is not known. Check the spelling and your connection"
    if isinstance(error, (httpcore.ProtocolError, httpcore.NetworkError)):
        return "the site's answer is broken or was cut off"
    LOG.error("a request failed in a way that is not foreseen", exc_info=error)
    return "the site's answer could not be used"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
