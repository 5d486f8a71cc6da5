"""Conversations that outlast a reload and a restart: one SQLite file in the library's folder.

Articles belong to everyone who opens the page, conversations to one browser: every call names the
reader, and what belongs to another is as if it were not there.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from footnote.ingest.library.private import create_private
from footnote.rag import types
from footnote.ui.state import session as session_values
from footnote.ui.state.choices import Choices
from footnote.ui.state.session import Exchange

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("footnote.ui")

FILE_NAME = "conversations.sqlite"
SCHEMA_VERSION = 1
MOST_OF_A_READER = 100  # conversations; the one unused for longest leaves first
MOST_IN_ALL = 5_000  # at about 20 kB a conversation, 100 MB
LONGEST_COOKIE = 366  # days
LONGEST_TITLE = 120
LOST = "This exchange was kept by another version of Footnote and cannot be shown."
INTERRUPTED = "This was interrupted before a reply came. Ask again."
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY, reader TEXT NOT NULL, title TEXT NOT NULL, begun TEXT NOT NULL, used INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS by_reader ON conversations (reader, used);
CREATE TABLE IF NOT EXISTS exchanges (
  conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
  number INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (conversation, number));
CREATE TABLE IF NOT EXISTS choices (reader TEXT PRIMARY KEY, chosen TEXT NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ended (visit TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation in the list: its id, title, when it began (ISO 8601, UTC) and its exchanges' number."""

    id: str
    title: str
    begun: str
    exchanges: int


class Conversations:
    """The file of conversations. Safe to use from several threads; `path=None` keeps them in memory.

    Deleting overwrites what was stored (`secure_delete`) and empties the log behind it.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        if path is not None:
            create_private(path)
            with contextlib.suppress(OSError):  # one of a version that left it readable for others
                path.chmod(0o600)
        self._db = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None, timeout=10
        )
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost the last exchange, no more
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            self._db.close()
            raise sqlite3.DatabaseError("it was written by a newer version of Footnote")
        self._db.executescript(SCHEMA)
        self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        self._clock = int(self._db.execute("SELECT coalesce(max(used), 0) FROM conversations").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # Conversations

    def of(self, reader: str) -> list[Saved]:
        """Return a reader's conversations, the one used last first."""
        rows = self._all(
            "SELECT c.id, c.title, c.begun, count(e.number) FROM conversations c"
            " LEFT JOIN exchanges e ON e.conversation = c.id"
            " WHERE c.reader = ? GROUP BY c.id ORDER BY c.used DESC",
            reader,
        )
        return [Saved(*row) for row in rows]

    def find(self, reader: str, conversation: str) -> Saved | None:
        """Return one of the reader's conversations, or None."""
        return next((k for k in self.of(reader) if k.id == conversation), None)

    def exchanges(self, reader: str, conversation: str) -> list[Exchange]:
        """Return the exchanges of a reader's conversation in order; none when it is not there."""
        rows = self._all(
            "SELECT number, said FROM exchanges WHERE conversation = ?"
            " AND EXISTS (SELECT 1 FROM conversations WHERE id = ? AND reader = ?) ORDER BY number",
            *(conversation, conversation, reader),
        )
        return [_read(number, said) for number, said in rows]

    def last(self, reader: str, conversation: str) -> int | None:
        """Return the number of the newest exchange, 0 when there is none, None without the conversation."""
        rows = self._all(
            "SELECT coalesce(max(e.number), 0) FROM conversations c"
            " LEFT JOIN exchanges e ON e.conversation = c.id"
            " WHERE c.id = ? AND c.reader = ? GROUP BY c.id",
            *(conversation, reader),
        )
        return int(rows[0][0]) if rows else None

    def begin(self, reader: str, title: str) -> str:
        """Begin a conversation and return its id; the reader's oldest beyond the limit leave.

        Nobody else's do. When the file is full, what no browser can still name goes: its cookie lasts a
        year. If that makes no room the new one is not kept, and its id is empty.
        """
        key = secrets.token_urlsafe(12)
        with self._lock:
            self._make_room("reader = ?", MOST_OF_A_READER - 1, reader)
            if self._count() >= MOST_IN_ALL:
                gone = datetime.now(UTC) - timedelta(days=LONGEST_COOKIE)
                self._do("DELETE FROM conversations WHERE begun < ?", gone.isoformat(timespec="seconds"))
                if self._count() >= MOST_IN_ALL:
                    log.warning("%s conversations are kept, and no more can be", f"{MOST_IN_ALL:,}")
                    return ""
            self._do(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)",
                *(key, reader, _title(title), _now(), self._tick()),
            )
        return key

    def put(self, reader: str, conversation: str, exchange: Exchange) -> None:
        """Store an exchange, or what has become of it; nothing when the conversation is not the reader's."""
        with self._lock:
            if self._touch(reader, conversation):
                said = json.dumps(_plain(replace(exchange, waiting="")), ensure_ascii=False)
                self._do(
                    "INSERT INTO exchanges VALUES (?, ?, ?)"
                    " ON CONFLICT (conversation, number) DO UPDATE SET said = excluded.said",
                    *(conversation, exchange.number, said.encode("utf-8", "replace").decode()),
                )
                self._do(
                    "DELETE FROM exchanges WHERE conversation = ? AND number <= ?",
                    *(conversation, exchange.number - 5 * session_values.MOST_EXCHANGES),
                )

    def drop(self, reader: str, conversation: str, number: int) -> None:
        """Delete one exchange."""
        with self._lock:
            if self._touch(reader, conversation):
                self._do("DELETE FROM exchanges WHERE conversation = ? AND number = ?", conversation, number)
                self._wipe()

    def rename(self, reader: str, conversation: str, title: str) -> bool:
        """Give a conversation another title; tell whether it was there."""
        changed = self._do(
            "UPDATE conversations SET title = ? WHERE id = ? AND reader = ?",
            *(_title(title), conversation, reader),
        )
        return bool(changed)

    def delete(self, reader: str, conversation: str) -> bool:
        """Delete a conversation and all in it; tell whether it was there."""
        with self._lock:
            gone = self._do("DELETE FROM conversations WHERE id = ? AND reader = ?", conversation, reader)
            self._wipe()
        return bool(gone)

    def feedback(self) -> list[tuple[str, Exchange]]:
        """Return every exchange that a reader marked, with its conversation's id, for evaluations."""
        rows = self._all("SELECT conversation, number, said FROM exchanges ORDER BY conversation, number")
        found = [(key, _read(number, said)) for key, number, said in rows]
        return [(key, exchange) for key, exchange in found if exchange.feedback]

    # Choices

    def choices(self, reader: str) -> Choices:
        """Return what a reader chose; the defaults when nothing was."""
        rows = self._all("SELECT chosen FROM choices WHERE reader = ?", reader)
        return Choices.of(json.loads(rows[0][0])) if rows else Choices()

    def choose(self, reader: str, choices: Choices) -> None:
        """Remember what a reader chose."""
        with self._lock:
            self._do(
                "INSERT INTO choices VALUES (?, ?, ?)"
                " ON CONFLICT (reader) DO UPDATE SET chosen = excluded.chosen, used = excluded.used",
                *(reader, json.dumps(choices.as_json()), self._tick()),
            )
            self._do(
                "DELETE FROM choices WHERE reader NOT IN (SELECT reader FROM conversations) AND reader NOT IN"
                " (SELECT reader FROM choices ORDER BY used DESC LIMIT ?)",
                MOST_IN_ALL,
            )

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes, made when first asked for and the same ever after."""
        with self._lock:
            self._do("INSERT OR IGNORE INTO secrets VALUES (?, ?)", name, secrets.token_hex(32))
            return bytes.fromhex(self._all("SELECT value FROM secrets WHERE name = ?", name)[0][0])

    def end(self, visit: str) -> None:
        """Remember that a visit was ended; those whose time, which their name begins with, is long over go.

        Long, since a clock that was wrong goes back, and with it their time would.
        """
        with self._lock:
            self._do("INSERT OR IGNORE INTO ended VALUES (?)", visit)
            over = time.time() - timedelta(days=LONGEST_COOKIE).total_seconds()
            self._do("DELETE FROM ended WHERE CAST(visit AS INTEGER) < ?", int(over))

    def ended(self, visit: str) -> bool:
        """Tell whether a visit was ended."""
        return bool(self._all("SELECT 1 FROM ended WHERE visit = ?", visit))

    # The database

    def _touch(self, reader: str, conversation: str) -> bool:
        sql = "UPDATE conversations SET used = ? WHERE id = ? AND reader = ?"
        return bool(self._do(sql, self._tick(), conversation, reader))

    def _make_room(self, where: str, most: int, *given: object) -> None:
        self._do(
            f"DELETE FROM conversations WHERE {where} AND id NOT IN"  # noqa: S608 - `where` is ours
            f" (SELECT id FROM conversations WHERE {where} ORDER BY used DESC LIMIT ?)",
            *(*given, *given, most),
        )

    def _count(self) -> int:
        return int(self._all("SELECT count(*) FROM conversations")[0][0])

    def _tick(self) -> int:
        """Return a number that grows: an order of use that no change of the clock disturbs."""
        self._clock += 1
        return self._clock

    def _wipe(self) -> None:
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _do(self, sql: str, *given: object) -> int:
        with self._lock:
            return self._db.execute(sql, given).rowcount

    def _all(self, sql: str, *given: object) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, given).fetchall()


def open_conversations(folder: Path | None) -> Conversations:
    """Open the conversations in a library's folder; in memory when the folder cannot hold them.

    A file that is damaged is set aside under another name and said so in the log: a chat history must
    never keep the page from opening.
    """
    if folder is None or not folder.is_dir():
        return Conversations(None)
    path = folder / FILE_NAME
    try:
        return Conversations(path)
    except sqlite3.OperationalError:
        log.warning("%s cannot be written; conversations are kept until the server ends", path)
        return Conversations(None)
    except sqlite3.DatabaseError as error:
        aside = path.with_suffix(f".unreadable-{datetime.now(UTC):%Y%m%d%H%M%S}")
        log.warning("%s cannot be used (%s); it was set aside as %s", path, error, aside.name)
        path.rename(aside)
        return Conversations(path)


# Values to JSON and back. Each frozen value carries the name of its class, and only these classes
# come back: fields that another version had are left out, those it lacked have their defaults.
VALUES: dict[str, type] = {
    c.__name__: c
    for module in (types, session_values)
    for c in vars(module).values()
    if isinstance(c, type) and (is_dataclass(c) or (issubclass(c, Enum) and c is not Enum))
}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__, **{f.name: _plain(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, Enum):
        return {"is": type(value).__name__, "value": value.value}
    if isinstance(value, dict):
        return {"is": "dict", "items": [[k, _plain(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def _built(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_built(v) for v in value)
    if not isinstance(value, dict):
        return value
    if value["is"] == "dict":
        return {k: _built(v) for k, v in value["items"]}
    kind = VALUES[value["is"]]
    if issubclass(kind, Enum):
        return kind(value["value"])
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**{k: _built(v) for k, v in value.items() if k in known})


def _read(number: int, said: str) -> Exchange:
    try:
        exchange = _built(json.loads(said))
    except (ValueError, KeyError, TypeError):
        log.warning("a kept exchange cannot be read", exc_info=True)
        exchange = None
    if not isinstance(exchange, Exchange):
        return Exchange(number, "(an earlier question)", problem=LOST)
    if exchange.reply is None and not exchange.problem:
        return replace(exchange, problem=INTERRUPTED)
    return exchange


def _title(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= LONGEST_TITLE else whole[: LONGEST_TITLE - 1].rstrip() + "…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
