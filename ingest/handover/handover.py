"""Work for a library that another process holds: handed to the server that holds it.

A server listens on this computer only, at a port of its own that is no web server, and writes port
and secret into a file of the library's folder that its owner alone can read. Whoever can read that
file may change the library anyway. The command at the other end reads files and links itself, with
its own rights and guards, and sends what it read: the server opens nothing on anybody's word.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import socket
import stat
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from footnote.ingest import errors
from footnote.ingest.article import Rejected
from footnote.ingest.errors import FootnoteError, LibraryError, LibraryUnwritable
from footnote.ingest.handover import wire
from footnote.ingest.library.private import write_private
from footnote.ingest.pipeline import ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from footnote.ingest.article import Article, Visit
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.accounts import AccountChange
    from footnote.ingest.library.collections import Arrangement
    from footnote.ingest.library.library import Library
    from footnote.ingest.library.record import FeedRecord
    from footnote.ingest.pipeline import Outcome, Progress

logger = logging.getLogger("footnote.library")

FILE_NAME = "handover.json"
HOST = "127.0.0.1"
MOST_AT_ONCE = 16  # connections that showed the secret; whoever comes later is turned away
# Connections that have not. The one that waits longest makes way: a friend needs milliseconds to greet, and
# whoever opens so many within that time would have to do it without end.
MOST_GREETING = 128
PAUSE = 0.2  # seconds until the next try, when a connection could not be taken
GOODBYE = 10.0  # seconds that what is being stored gets to finish when the server ends
BUG = "Something went wrong in the server. The details are in its log; what was reported is stored."


class HandoverBroken(LibraryError):
    """The server that was given the work ended, or does not answer as it should."""


# ------------------------------------------------------------------------------ the server


class Receiver:
    """Takes work for a library that this process holds. A context manager.

    Articles are encoded and stored in a thread for each who hands some over; questions are answered
    meanwhile.
    """

    def __init__(self, library: Library, encoder: Encoder, url: str) -> None:
        self.library = library
        self.encoder = encoder
        self._secret = secrets.token_hex(32)
        self._path = library.home / FILE_NAME
        self._wires: dict[threading.Thread, wire.Wire] = {}
        self._greeting: dict[threading.Thread, wire.Wire] = {}  # in the order in which they came
        self._turn = threading.Lock()
        self._closed = False
        self._listener = socket.create_server((HOST, 0))
        try:
            port = self._listener.getsockname()[1]
            write_private(self._path, json.dumps({"port": port, "secret": self._secret, "url": url}))
        except BaseException:
            self._listener.close()
            raise
        self._thread = threading.Thread(target=self._listen, name="footnote-handover", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take no more work, and let what is just being stored finish."""
        with self._turn:
            self._closed = True
            busy = self._wires | self._greeting
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in busy.values():
            connection.close()
        for thread in busy:
            thread.join(GOODBYE)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._closed:
                    return
                time.sleep(PAUSE)  # as when no more files may be opened: whoever called waits
                continue
            thread = threading.Thread(target=self._serve, name="footnote-handed-over", daemon=True)
            with self._turn:
                if self._closed:
                    connection.close()
                    continue
                if len(self._greeting) >= MOST_GREETING:
                    self._greeting.pop(next(iter(self._greeting))).close()
                self._greeting[thread] = wire.Wire(connection)
            thread.start()

    def _serve(self) -> None:
        thread = threading.current_thread()
        with self._turn:
            line = self._greeting.get(thread)
        if line is None:  # it had to make way before it began
            return
        try:
            line.meet_client(self._secret.encode())
            self._admit(thread, line)
            while True:
                self._answer(line, line.receive())
        except wire.LineBroken as error:
            logger.debug("a connection ended: %s", error)  # also when all is done
        finally:
            line.close()
            with self._turn:
                self._greeting.pop(thread, None)
                self._wires.pop(thread, None)

    def _admit(self, thread: threading.Thread, line: wire.Wire) -> None:
        with self._turn:
            self._greeting.pop(thread, None)
            if self._closed or len(self._wires) >= MOST_AT_ONCE:
                raise wire.LineBroken("too many hand over at once")
            self._wires[thread] = line

    def _answer(self, line: wire.Wire, asked: dict[str, Any]) -> None:
        """Do what is asked and say `done`, or why not."""
        try:
            self._do(line, asked)
        except wire.LineBroken:
            raise
        except FootnoteError as error:
            line.send({"error": str(error), "kind": type(error).__name__})
        except Exception:
            logger.exception("what was handed over could not be done")
            line.send({"error": BUG, "kind": "LibraryError"})
        else:
            line.send({"done": True})

    def _do(self, line: wire.Wire, asked: dict[str, Any]) -> None:
        match asked:
            case {"do": "ingest"}:
                for event in ingest(self._given(line), self.library, self.encoder):
                    line.send(wire.pack_event(event))
            case {"do": "remove", "article": str(article)}:
                self.library.remove(article)
            case {"do": "remove_source", "source": str(source)}:
                self.library.remove_source(source)
            case {"do": "note_visit", "source": str(source), "visit": dict(visit)}:
                self.library.note_visit(source, wire.unpack_visit(visit))
            case {"do": "note_feed", "feed": dict(feed)}:
                self.library.note_feed(wire.unpack_feed(feed))
            case {"do": ("arrange" | "account") as what, "wish": dict(wish)}:
                self._arrange(what, wish)
            case _:
                raise wire.LineBroken("what was asked is not known here")

    def _arrange(self, what: str, wish: dict[str, Any]) -> None:
        if what == "arrange":
            self.library.arrange(wire.unpack_arrangement(wish))
        else:
            self.library.change_account(wire.unpack_change(wish))

    @staticmethod
    def _given(line: wire.Wire) -> Iterator[Article | Rejected]:
        """Yield what the other side reads, one at a time and only when it is wanted: neither side
        ever holds more than one of them, and neither waits for the other to listen.
        """
        while True:
            line.send({"next": True})
            told = line.receive()
            if "end" in told:
                return
            yield wire.unpack(told)


# ----------------------------------------------------------------------------- the command


@dataclass(frozen=True, slots=True)
class RemoteWriter:
    """Changes a library through the server that holds it; `library` is open for reading."""

    library: Library
    url: str
    _line: wire.Wire

    def ingest(self, articles: Iterable[Article | Rejected]) -> Iterator[Outcome | Progress]:
        """Send `articles` as they are wanted, and yield what became of them.

        Raises:
            HandoverBroken: If the server ends before all is done; what was yielded is stored.
            FootnoteError: Whatever the server's own `ingest` raises.
        """
        remaining = iter(articles)
        with self._speaking():
            self._line.send({"do": "ingest"})
        while True:
            with self._speaking():
                told = self._line.receive()
            if "next" in told:
                item = next(remaining, None)  # reading may raise, and that is no fault of the server
                self._give(item)
            elif self._is_over(told):
                return
            else:
                with self._speaking():
                    event = wire.unpack_event(told)
                yield event

    def remove(self, article_id: str) -> None:
        """Remove an article with all its sources."""
        self._ask({"do": "remove", "article": article_id})

    def remove_source(self, source: str) -> None:
        """Forget a source; its article goes with the last one."""
        self._ask({"do": "remove_source", "source": source})

    def note_visit(self, source: str, visit: Visit) -> None:
        """Note how a link was read that had not changed."""
        self._ask({"do": "note_visit", "source": source, "visit": asdict(visit)})

    def note_feed(self, feed: FeedRecord) -> None:
        """Follow a feed from now on, or note that it was read."""
        self._ask({"do": "note_feed", "feed": asdict(feed)})

    def arrange(self, wish: Arrangement) -> None:
        """Make, rename or delete a collection; put articles into one or under a tag, or take them out."""
        self._ask({"do": "arrange", "wish": asdict(wish)})

    def change_account(self, wish: AccountChange) -> None:
        """Add an account, change or remove it."""
        self._ask({"do": "account", "wish": asdict(wish)})

    def close(self) -> None:
        """End the connection; the server goes on without us."""
        self._line.close()

    def _give(self, item: Article | Rejected | None) -> None:
        with self._speaking():
            try:
                self._line.send({"end": True} if item is None else wire.pack(item))
            except wire.TooLong as error:
                assert item is not None
                self._line.send(wire.pack(Rejected(item.source, f"“{item.source}”: {error}.")))

    def _ask(self, wish: dict[str, Any]) -> None:
        with self._speaking():
            self._line.send(wish)
            told = self._line.receive()
        if not self._is_over(told):
            raise self._broken()

    @staticmethod
    def _is_over(told: dict[str, Any]) -> bool:
        """Tell whether all is done; raise what was raised at the other side."""
        if "error" in told:
            raise _error_of(str(told.get("kind")))(str(told["error"]))
        return "done" in told

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except wire.LineBroken as error:
            raise self._broken() from error

    def _broken(self) -> HandoverBroken:
        return HandoverBroken(
            f"The server at {self.url} ended before this was done. What was reported is stored; "
            "run the same command again for the rest."
        )


def _error_of(kind: str) -> type[FootnoteError]:
    found = getattr(errors, kind, None)
    return found if isinstance(found, type) and issubclass(found, FootnoteError) else LibraryError


def connect(home: Path, read: Callable[[], Library]) -> RemoteWriter | None:
    """Return a way to change the library in `home` through the server that holds it; None without one.

    `read` opens the library for reading, once a server is found.

    Raises:
        LibraryUnwritable: If the server is of another version of Footnote.
    """
    told = _read_private(home / FILE_NAME)
    if told is None:
        return None
    url = str(told.get("url"))
    try:
        connection = socket.create_connection((HOST, int(told["port"])), timeout=wire.GREETING_SECONDS)
    except (OSError, LookupError, TypeError, ValueError, OverflowError):
        return None  # it was killed, or is of another computer
    line = wire.Wire(connection)
    try:
        line.meet_server(str(told.get("secret")).encode())
        return RemoteWriter(read(), url, line)
    except wire.OtherVersion:
        line.close()
        raise LibraryUnwritable(
            f"The server at {url} holds the library {home} and is of another version of Footnote. "
            "Start it again, then run this again."
        ) from None
    except wire.LineBroken:
        line.close()
        return None
    except BaseException:
        line.close()
        raise


def _read_private(path: Path) -> dict[str, Any] | None:
    """Return what the server wrote down, if nobody but its owner could have read it."""
    try:
        with path.open(encoding="utf-8") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                return None
            told = json.load(file)
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None
