"""Which links and which addresses may be asked for: what anybody on the internet could read.

A link names a host, a host has addresses, and an IPv6 address may hold an IPv4 address. Each of
these can lead back into the reader's own network, so each is looked at.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from footnote.ingest.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address
    Resolve = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
MOST_URL = 4_000  # characters; longer ones are attacks or data, never the address of an article
HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?"
)
# "127.1", "0x7f000001", "2130706433": many programs take these for IPv4 addresses, each in its own way.
NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.?")
CREDENTIALS = re.compile(r"(?:[a-zA-Z][\w+.-]*:)?//[^/?#]*@")
PORT = re.compile(r"(?:[a-zA-Z][\w+.-]*:)?//[^/?#]*:(?P<port>[^/?#:\]]*)(?:[/?#]|$)")
UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\\]")

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# IANA's special-purpose registries, where Python's `is_global` says otherwise or did in 3.11, and what is
# public by its number only.
NEVER = tuple(
    ipaddress.ip_network(n)
    for n in (
        "168.63.129.16/32",  # answers every virtual machine of one cloud with what belongs to it alone
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # protocol assignments, Teredo among them: no web page is there
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, given up in 2015 (RFC 7526); holds any IPv4 address
        "3fff::/20",  # documentation
    )
)
UNICAST = ipaddress.IPv6Network("2000::/3")  # all that has been given out of IPv6 to the public
ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # the middle of an address that ends in an IPv4 address


class UnreadableLink(SourceError):
    """A link could not be read; the message names it and the reason."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be asked for, if its host's addresses may: parsed once, and only here."""

    scheme: str
    host: str
    port: int
    target: str  # path and query, percent-encoded

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"

    @property
    def origin(self) -> str:
        """The link of the host itself, without a path."""
        return str(Link(self.scheme, self.host, self.port, ""))


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be asked for. `allow` holds pairs of address and port that may be although not public.

    It is for tests, which serve pages on this computer: only code can fill it.
    """

    allow: frozenset[tuple[str, int]] = frozenset()

    def link(self, url: str, base: Link | None = None) -> Link:
        """Parse `url`, which may be relative to `base`.

        Raises:
            UnreadableLink: If it is no link to a public web page. The reason names no URL: the
                caller knows which one a person gave.
        """
        parsed = _parsed(url, base)
        if parsed.scheme not in PORTS:
            raise UnreadableLink("only http and https links are read")
        if parsed.userinfo or CREDENTIALS.match(url.strip()):
            raise UnreadableLink("it holds a user name or password; remove it from the link")
        host = parsed.raw_host.decode("ascii", "replace").lower().removesuffix(".")
        _check_host(host)
        port = PORTS[parsed.scheme] if parsed.port is None else parsed.port
        if port not in PORTS.values() and port not in {p for _, p in self.allow}:
            raise UnreadableLink(f"it asks for port {port}; only ports 80 and 443 are read")
        return Link(parsed.scheme, host, port, parsed.raw_path.decode("ascii", "replace"))

    def check(self, address: str, port: int) -> None:
        """Check an address before it is connected to.

        Raises:
            UnreadableLink: If it is not public.
        """
        if (address, port) in self.allow:
            return
        if not is_public(address) or port not in PORTS.values():
            raise UnreadableLink("its host is not on the public internet, and only public pages are read")


def shown(url: str) -> str:
    """Return a link as a message shows it: short, on one line, and without any password."""
    short = "".join(c if c.isprintable() else "�" for c in url[:200])
    return re.sub(r"(?<=//)[^/?#]*@", "", short) + ("…" if len(url) > 200 else "")


def is_public(address: str) -> bool:
    """Tell whether an address in numbers is one that anybody on the internet can reach.

    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::808:808", "2002:808::1")]
    [True, False, False, True, False]
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _is_public(found)


def is_address(host: str) -> bool:
    """Tell whether a host is written as an address, not as a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(found: Address) -> bool:
    if any(found.version == network.version and found in network for network in NEVER):
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if (inner := found.ipv4_mapped) is not None:
            return _is_public(inner)
        if found in NAT64:
            return _is_public(_last_bytes(found))
        if found not in UNICAST or found.scope_id is not None:
            return False
        if (int(found) >> 32) & 0xFFFFFFFF in ISATAP and not _is_public(_last_bytes(found)):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _last_bytes(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(address.packed[-4:])


def _parsed(url: str, base: Link | None) -> httpx.URL:
    if len(url) > MOST_URL:
        raise UnreadableLink(f"it is longer than {MOST_URL:,} characters")
    if UNSEEN.search(url.strip(" \t\r\n")):
        raise UnreadableLink("it holds a blank, a backslash or an invisible character")
    found = PORT.match(url.strip())
    if found and "@" not in found["port"] and re.search(r"[^0-9]", found["port"]):
        raise UnreadableLink("its port is no number")  # "+80" and "８０" are numbers to some programs only
    try:
        parsed = httpx.URL(url.strip(" \t\r\n"))
        return parsed if base is None else httpx.URL(str(base)).join(parsed)
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise UnreadableLink(f"it is no valid link ({str(error).rstrip('.')})") from None


def _check_host(host: str) -> None:
    if is_address(host):
        return
    if ":" in host or NUMERIC.fullmatch(host):
        raise UnreadableLink("its host is a number that is no valid address")
    if not HOST.fullmatch(host):
        raise UnreadableLink("its host is no valid name")


def resolve(host: str, port: int) -> list[str]:
    """Return all addresses of `host`, as the operating system gives them.

    Raises:
        OSError: If there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_within(seconds: float, resolve: Resolve, host: str, port: int) -> list[str]:
    """Return all addresses of `host`, itself if it is one.

    The system's look-up takes no time limit, so a thread asks.

    Raises:
        OSError: If there is none.
        TimeoutError: If the answer takes too long; the thread is left to itself.
    """
    if is_address(host):
        return [host]
    answer: list[list[str] | Exception] = []

    def ask() -> None:
        try:
            answer.append(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            answer.append(error)

    thread = threading.Thread(target=ask, name=f"look up {host}", daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if not answer:
        raise TimeoutError(host)
    found = answer[0]
    if isinstance(found, UnicodeError):  # names that no host can have, as "a..b"
        raise OSError(str(found)) from found
    if isinstance(found, Exception):
        raise found
    return found
