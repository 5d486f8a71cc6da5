"""Conversations that outlast a reload and a restart: in the library's folder, or beside its record.

Articles belong to everyone who opens the page, conversations to one browser: every call names the
reader, and what belongs to another is as if it were not there.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import time
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import LibraryError
from footnote.rag import types
from footnote.ui.state import session as session_values
from footnote.ui.state.choices import Choices
from footnote.ui.state.database import ServerDatabase, SqliteDatabase
from footnote.ui.state.session import Exchange

if TYPE_CHECKING:
    from pathlib import Path

    from footnote.ui.state.database import Database

log = logging.getLogger("footnote.ui")

FILE_NAME = "conversations.sqlite"
SCHEMA_VERSION = 1
MOST_OF_A_READER = 100  # conversations; the one unused for longest leaves first
MOST_IN_ALL = 5_000  # at about 20 kB a conversation, 100 MB
MOST_SHARED = 100_000  # of all servers over one record
LONGEST_COOKIE = 366  # days
LONGEST_TITLE = 120
LOST = "This exchange was kept by another version of Footnote and cannot be shown."
INTERRUPTED = "This was interrupted before a reply came. Ask again."
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, reader TEXT NOT NULL, title TEXT NOT NULL, begun TEXT NOT NULL,
    used INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS by_reader ON conversations (reader, used)",
    "CREATE INDEX IF NOT EXISTS by_use ON conversations (used)",
    """CREATE TABLE IF NOT EXISTS exchanges (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    number INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (conversation, number))""",
    """CREATE TABLE IF NOT EXISTS choices (
    reader TEXT PRIMARY KEY, chosen TEXT NOT NULL, used INTEGER NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS ended (visit TEXT PRIMARY KEY)",
    """CREATE TABLE IF NOT EXISTS shares (
    conversation TEXT PRIMARY KEY REFERENCES conversations ON DELETE CASCADE, token TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL, made TEXT NOT NULL)""",
)
# A number that grows: an order of use that no change of a clock disturbs, and that servers share.
LATEST = "(SELECT coalesce(max(used), 0) + 1 FROM {})"
USED, CHOSEN = LATEST.format("conversations"), LATEST.format("choices")


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation in the list: its id, title, when it began (ISO 8601, UTC), its exchanges' number, and
    the token of the link that it is shared by, if it is.
    """

    id: str
    title: str
    begun: str
    exchanges: int
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A conversation that is shared: what is in it, and by which account, made when.

    Its title is not: it may be of a summary that was taken out of it.
    """

    conversation: str
    account: str
    made: str
    exchanges: tuple[Exchange, ...]


class Conversations:
    """What readers said and chose, in a file or, with `shared`, in the record that servers have in common.

    Safe to use from several threads; `path=None` keeps it in memory. Deleting overwrites what was stored in a
    file and empties the log behind it.
    """

    def __init__(self, path: Path | None = None, *, shared: Database | None = None) -> None:
        self.shared = shared
        self._db: Database = shared or SqliteDatabase(path)
        self._ended: set[str] = set()  # visits that could not be stored
        try:
            self._db.make("conversations", SCHEMA, SCHEMA_VERSION)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # Conversations

    def of(self, reader: str) -> list[Saved]:
        """Return a reader's conversations, the one used last first."""
        rows = self._db.all(
            "SELECT c.id, c.title, c.begun, count(e.number), coalesce(max(s.token), '') FROM conversations c"
            " LEFT JOIN exchanges e ON e.conversation = c.id LEFT JOIN shares s ON s.conversation = c.id"
            " WHERE c.reader = ? GROUP BY c.id ORDER BY c.used DESC",
            reader,
        )
        return [Saved(*row) for row in rows]

    def find(self, reader: str, conversation: str) -> Saved | None:
        """Return one of the reader's conversations, or None."""
        return next((k for k in self.of(reader) if k.id == conversation), None)

    def exchanges(self, reader: str, conversation: str) -> list[Exchange]:
        """Return the exchanges of a reader's conversation in order; none when it is not there."""
        rows = self._db.all(
            "SELECT number, said FROM exchanges WHERE conversation = ?"
            " AND EXISTS (SELECT 1 FROM conversations WHERE id = ? AND reader = ?) ORDER BY number",
            *(conversation, conversation, reader),
        )
        return [_read(number, said) for number, said in rows]

    def last(self, reader: str, conversation: str) -> int | None:
        """Return the number of the newest exchange, 0 when there is none, None without the conversation."""
        rows = self._db.all(
            "SELECT coalesce(max(e.number), 0) FROM conversations c"
            " LEFT JOIN exchanges e ON e.conversation = c.id"
            " WHERE c.id = ? AND c.reader = ? GROUP BY c.id",
            *(conversation, reader),
        )
        return int(rows[0][0]) if rows else None

    def begin(self, reader: str, title: str) -> str:
        """Begin a conversation and return its id; the reader's oldest beyond the limit leave.

        Nobody else's do. When the file is full, what no browser can still name goes: its cookie lasts a
        year. If that makes no room, or the disk is full, the new one is not kept, and its id is empty.
        """
        try:
            return self._begun(reader, title)
        except LibraryError as error:
            log.warning("a conversation is not kept: %s", error)
            return ""

    def _begun(self, reader: str, title: str) -> str:
        key = secrets.token_urlsafe(12)
        with self._db.together():
            self._make_room("reader = ?", MOST_OF_A_READER - 1, reader)
            most = MOST_SHARED if self.shared else MOST_IN_ALL
            if self._count() >= most:
                gone = datetime.now(UTC) - timedelta(days=LONGEST_COOKIE)
                self._db.do("DELETE FROM conversations WHERE begun < ?", gone.isoformat(timespec="seconds"))
                if self._count() >= most:
                    log.warning("%s conversations are kept, and no more can be", f"{most:,}")
                    return ""
            self._db.do(
                f"INSERT INTO conversations VALUES (?, ?, ?, ?, {USED})",  # noqa: S608 - ours
                *(key, reader, _title(title), _now()),
            )
        return key

    def put(self, reader: str, conversation: str, exchange: Exchange) -> None:
        """Store an exchange, or what has become of it; nothing when the conversation is not the reader's."""
        with self._db.together():
            if self._touch(reader, conversation):
                said = json.dumps(_plain(replace(exchange, waiting="")), ensure_ascii=False)
                self._db.do(
                    "INSERT INTO exchanges VALUES (?, ?, ?)"
                    " ON CONFLICT (conversation, number) DO UPDATE SET said = excluded.said",
                    *(conversation, exchange.number, said.encode("utf-8", "replace").decode()),
                )
                self._db.do(
                    "DELETE FROM exchanges WHERE conversation = ? AND number <= ?",
                    *(conversation, exchange.number - 5 * session_values.MOST_EXCHANGES),
                )

    def drop(self, reader: str, conversation: str, number: int) -> None:
        """Delete one exchange."""
        with self._db.together():
            if self._touch(reader, conversation):
                self._db.do(
                    "DELETE FROM exchanges WHERE conversation = ? AND number = ?", conversation, number
                )
        self._db.wipe()

    def rename(self, reader: str, conversation: str, title: str) -> bool:
        """Give a conversation another title; tell whether it was there."""
        changed = self._db.do(
            "UPDATE conversations SET title = ? WHERE id = ? AND reader = ?",
            *(_title(title), conversation, reader),
        )
        return bool(changed)

    def delete(self, reader: str, conversation: str) -> bool:
        """Delete a conversation and all in it; tell whether it was there."""
        gone = self._db.do("DELETE FROM conversations WHERE id = ? AND reader = ?", conversation, reader)
        self._db.wipe()
        return bool(gone)

    # Sharing

    def share(self, reader: str, conversation: str, account: str, made: str) -> str:
        """Share a reader's conversation and return its token, a new one unless it is shared; empty when it is
        not there. `account`, which was `made` then, is the reader's.
        """
        with self._db.together():
            if self.find(reader, conversation) is None:
                return ""
            self._db.do(
                "DELETE FROM shares WHERE conversation = ? AND (account <> ? OR made <> ?)",
                *(conversation, account, made),
            )
            self._db.do(
                "INSERT INTO shares VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                *(conversation, secrets.token_urlsafe(24), account, made),
            )
            return str(self._db.all("SELECT token FROM shares WHERE conversation = ?", conversation)[0][0])

    def unshare(self, reader: str, conversation: str) -> bool:
        """Stop sharing a reader's conversation; tell whether it was shared."""
        gone = self._db.do(
            "DELETE FROM shares WHERE conversation = ?"
            " AND EXISTS (SELECT 1 FROM conversations WHERE id = ? AND reader = ?)",
            *(conversation, conversation, reader),
        )
        return bool(gone)

    def by_link(self, token: str) -> Share | None:
        """Return what is shared by a token, if anything is."""
        with self._db.together():
            rows = self._db.all(
                "SELECT c.id, s.account, s.made, c.reader FROM shares s"
                " JOIN conversations c ON c.id = s.conversation WHERE s.token = ?",
                token,
            )
            if not rows:
                return None
            key, account, made, reader = rows[0]
            return Share(key, account, made, tuple(self.exchanges(reader, key)))

    def feedback(self) -> list[tuple[str, Exchange]]:
        """Return every exchange that a reader marked, with its conversation's id, for evaluations."""
        rows = self._db.all("SELECT conversation, number, said FROM exchanges ORDER BY conversation, number")
        found = [(key, _read(number, said)) for key, number, said in rows]
        return [(key, exchange) for key, exchange in found if exchange.feedback]

    # Choices

    def choices(self, reader: str) -> Choices:
        """Return what a reader chose; the defaults when nothing was."""
        rows = self._db.all("SELECT chosen FROM choices WHERE reader = ?", reader)
        return Choices.of(json.loads(rows[0][0])) if rows else Choices()

    def choose(self, reader: str, choices: Choices) -> None:
        """Remember what a reader chose."""
        with self._db.together():
            self._db.do(
                f"INSERT INTO choices VALUES (?, ?, {CHOSEN})"  # noqa: S608 - ours
                " ON CONFLICT (reader) DO UPDATE SET chosen = excluded.chosen, used = excluded.used",
                *(reader, json.dumps(choices.as_json())),
            )
            self._db.do(
                "DELETE FROM choices WHERE reader NOT IN (SELECT reader FROM conversations) AND reader NOT IN"
                " (SELECT reader FROM choices ORDER BY used DESC LIMIT ?)",
                MOST_IN_ALL,
            )

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes, made when first asked for and the same ever after."""
        with self._db.together():
            self._db.do(
                "INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING", name, secrets.token_hex(32)
            )
            return bytes.fromhex(self._db.all("SELECT value FROM secrets WHERE name = ?", name)[0][0])

    def end(self, visit: str) -> None:
        """Remember that a visit was ended; those whose time, which their name begins with, is long over go.

        Long, since a clock that was wrong goes back, and with it their time would. What a full disk does not
        take is remembered until the server ends.
        """
        over = time.time() - timedelta(days=LONGEST_COOKIE).total_seconds()
        try:
            with self._db.together():
                self._db.do("INSERT INTO ended VALUES (?) ON CONFLICT DO NOTHING", visit)
                self._db.do("DELETE FROM ended WHERE visit < ?", f"{over:.0f}")
        except LibraryError as error:
            log.warning("an ended visit is remembered until this server ends: %s", error)
            self._ended.add(visit)

    def ended(self, visit: str) -> bool:
        """Tell whether a visit was ended."""
        return visit in self._ended or bool(self._db.all("SELECT 1 FROM ended WHERE visit = ?", visit))

    # The database

    def _touch(self, reader: str, conversation: str) -> bool:
        sql = f"UPDATE conversations SET used = {USED} WHERE id = ? AND reader = ?"  # noqa: S608 - ours
        return bool(self._db.do(sql, conversation, reader))

    def _make_room(self, where: str, most: int, *given: object) -> None:
        self._db.do(
            f"DELETE FROM conversations WHERE {where} AND id NOT IN"  # noqa: S608 - `where` is ours
            f" (SELECT id FROM conversations WHERE {where} ORDER BY used DESC LIMIT ?)",
            *(*given, *given, most),
        )

    def _count(self) -> int:
        return int(self._db.all("SELECT count(*) FROM conversations")[0][0])


def open_conversations(folder: Path | None, record: str = "") -> Conversations:
    """Open the conversations beside the record on a server, if there is one, else in a library's folder.

    In memory, when the folder cannot hold them.

    A file that is damaged is set aside under another name and said so in the log: a chat history must
    never keep the page from opening.
    """
    if record:
        return Conversations(shared=ServerDatabase(record))
    if folder is None or not folder.is_dir():
        return Conversations(None)
    path = folder / FILE_NAME
    try:
        return Conversations(path)
    except (sqlite3.OperationalError, LibraryError):
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
