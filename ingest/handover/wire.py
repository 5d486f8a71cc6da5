"""What two processes of one person say to each other over a loopback socket, and how they know each other.

A message is a JSON object behind its length in four bytes. Before anything else each side proves to
the other that it holds the same secret, without sending it: a program that took over the port of a
server that was killed learns nothing, and one that only found the port is not listened to.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import secrets
import socket
import struct
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from footnote.ingest.article import MOST_KEPT, Rejected, Visit, make_article, scan_of
from footnote.ingest.library.accounts import CHANGES, AccountChange
from footnote.ingest.library.collections import ACTS, Arrangement
from footnote.ingest.library.record import FeedRecord
from footnote.ingest.pipeline import Outcome, Progress

if TYPE_CHECKING:
    from footnote.ingest.article import Article

FORM = 3  # grows when the messages change, so that two versions do not misunderstand each other
LONGEST = 64_000_000  # bytes of a message; an article has at most 5 million characters
LONGEST_GREETING = 1_000
GREETING_SECONDS = 5.0
HEAD = struct.Struct(">I")


class LineBroken(Exception):
    """The other side is gone, is not who it should be, or says what nobody can understand."""


class OtherVersion(LineBroken):
    """The other side speaks another form of this."""


class TooLong(Exception):
    """A message is longer than the other side reads; it was not sent."""


class Wire:
    """One connection: messages in both directions."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._longest = LONGEST_GREETING
        self._until: float | None = None  # when the greeting must be over, however it drips

    def send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            Broken: If the other side is gone.
            TooLong: If it is longer than the other side reads.
        """
        data = json.dumps(message).encode("ascii")
        if len(data) > LONGEST:
            raise TooLong(f"it takes {len(data) / 1e6:.0f} MB, too much to be handed to the server")
        try:
            self._socket.sendall(HEAD.pack(len(data)) + data)
        except OSError as error:
            raise LineBroken(str(error)) from error

    def receive(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            Broken: If there is none, or it is no JSON object, or too long.
        """
        (length,) = HEAD.unpack(self._exactly(HEAD.size))
        if length > self._longest:
            raise LineBroken(f"a message of {length} bytes is too long")
        try:
            message = json.loads(self._exactly(length))
        except (ValueError, RecursionError) as error:
            raise LineBroken("what came is not JSON") from error
        if not isinstance(message, dict):
            raise LineBroken("what came is not an object")
        return message

    def _exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._wait_no_longer()
            try:
                part = self._socket.recv(min(length - len(data), 1 << 20))
            except OSError as error:
                raise LineBroken(str(error)) from error
            if not part:
                raise LineBroken("the other side is gone")
            data += part
        return bytes(data)

    def close(self) -> None:
        """End the connection, also for a thread that waits for it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    # Greetings

    def meet_client(self, secret: bytes) -> None:
        """Greet whoever connected, and let in only one that holds the secret.

        Raises:
            Broken: If it does not.
        """
        self._patience(GREETING_SECONDS)
        ours = secrets.token_hex(16)
        self.send({"footnote": FORM, "nonce": ours})
        told = self.receive()
        theirs, proof = str(told.get("nonce")), str(told.get("proof"))
        if not hmac.compare_digest(proof.encode(), _proof(secret, "client", ours, theirs)):
            raise LineBroken("a stranger called")
        self.send({"proof": _proof(secret, "server", ours, theirs).decode()})
        self._greeted()

    def meet_server(self, secret: bytes) -> None:
        """Show that we hold the secret, to a server that shows the same.

        Raises:
            OtherVersion: If it speaks another form of this.
            Broken: If it is not that server.
        """
        self._patience(GREETING_SECONDS)
        told = self.receive()
        theirs, ours = str(told.get("nonce")), secrets.token_hex(16)
        if told.get("footnote") != FORM:
            raise OtherVersion("the server is of another version")
        self.send({"nonce": ours, "proof": _proof(secret, "client", theirs, ours).decode()})
        proof = str(self.receive().get("proof"))
        if not hmac.compare_digest(proof.encode(), _proof(secret, "server", theirs, ours)):
            raise LineBroken("a stranger answered")
        self._greeted()

    def _greeted(self) -> None:
        self._patience(None)
        self._longest = LONGEST

    def _wait_no_longer(self) -> None:
        """Give each read of a greeting only what is left of its time."""
        if self._until is None:
            return
        left = self._until - time.monotonic()
        if left <= 0:
            raise LineBroken("the greeting took too long")
        self._set_timeout(left)

    def _patience(self, seconds: float | None) -> None:
        self._until = None if seconds is None else time.monotonic() + seconds
        self._set_timeout(seconds)

    def _set_timeout(self, seconds: float | None) -> None:
        try:
            self._socket.settimeout(seconds)
        except OSError as error:  # the other thread has just closed it
            raise LineBroken("the connection was closed") from error


def _proof(secret: bytes, side: str, *nonces: str) -> bytes:
    said = "\n".join((side, *nonces))
    return hmac.new(secret, said.encode("utf-8", "replace"), "sha256").hexdigest().encode()


# ------------------------------------------------------------------------------ what is said


def pack(item: Article | Rejected) -> dict[str, Any]:
    """Return an article, or why there is none, as a message."""
    if isinstance(item, Rejected):
        return {"rejected": asdict(item)}
    told = {k: getattr(item, k) for k in ("title", "source", "author", "date", "url", "language", "warnings")}
    paragraphs = [(p.section, item.text[p.start : p.end], p.page, p.time, p.scan) for p in item.paragraphs]
    visit = None if item.visit is None else asdict(item.visit)
    original = base64.b64encode(item.original).decode()
    filed = {"collections": list(item.collections), "tags": list(item.tags)}
    return {"article": {**told, "paragraphs": paragraphs, "visit": visit, "original": original, **filed}}


def unpack(message: dict[str, Any]) -> Article | Rejected:
    """Undo `pack`. The article is made anew, so that its id is that of its text.

    Raises:
        Broken: If the message is neither.
    """
    try:
        if "rejected" in message:
            return Rejected(**_strings(message["rejected"], "source", "reason"))
        told = message["article"]
        given = [
            (str(s), str(text), int(page), str(time), scan_of(scan))
            for s, text, page, time, scan in told["paragraphs"]
        ]
        article = make_article(
            [(section, text) for section, text, *_ in given],
            pages=[page for _, _, page, *_ in given],
            times=[time for *_, time, _ in given],
            scans=[scan for *_, scan in given],
            warnings=[str(w) for w in told["warnings"]],
            **_strings(told, "title", "source", "author", "date", "url", "language"),
        )
        visit = None if told["visit"] is None else unpack_visit(told["visit"])
        original = base64.b64decode(str(told.get("original", "")), validate=True)
        collections, tags = (tuple(map(str, told[name])) for name in ("collections", "tags"))
        article = replace(article, visit=visit, original=original[:MOST_KEPT])
        return replace(article, collections=collections, tags=tags)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise LineBroken(f"what came is no article: {error}") from error


def unpack_visit(told: dict[str, Any]) -> Visit:
    """Return a visit that was sent as its fields."""
    return Visit(**_strings(told, "etag", "modified", "at", "feed"))


def unpack_feed(told: dict[str, Any]) -> FeedRecord:
    """Return a feed that was sent as its fields."""
    return FeedRecord(str(told["url"]), str(told["since"]), int(told["most"]), unpack_visit(told["visit"]))


def unpack_arrangement(told: dict[str, Any]) -> Arrangement:
    """Return an arrangement that was sent as its fields."""
    if told["act"] not in ACTS:
        raise LineBroken("what came is no arrangement")
    return Arrangement(told["act"], str(told["name"]), str(told["to"]), tuple(map(str, told["articles"])))


def unpack_change(told: dict[str, Any]) -> AccountChange:
    """Return a change of an account that was sent as its fields."""
    if told["change"] not in CHANGES:
        raise LineBroken("what came is no change of an account")
    groups = tuple(map(str, told["groups"]))
    return AccountChange(told["change"], groups=groups, **_strings(told, "name", "role", "password"))


def pack_event(event: Outcome | Progress) -> dict[str, Any]:
    """Return an event of the pipeline as a message."""
    return {"outcome" if isinstance(event, Outcome) else "progress": asdict(event)}


def unpack_event(message: dict[str, Any]) -> Outcome | Progress:
    """Undo `pack_event`.

    Raises:
        Broken: If the message is none.
    """
    try:
        if "progress" in message:
            return Progress(**message["progress"])
        told = message["outcome"]
        return Outcome(**{**told, "warnings": tuple(told["warnings"])})
    except (LookupError, TypeError) as error:
        raise LineBroken(f"what came is no event: {error}") from error


def _strings(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: str(told[name]) for name in names}
