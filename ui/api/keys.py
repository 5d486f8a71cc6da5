"""Keys that programs show: who may read and who may change the library. Only their hashes are kept.

They stand in one file of the library's folder that its owner alone can read, or beside a record on a server.
A running server notices a change, so that a removed key opens nothing from the next request on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol

from footnote.ingest.errors import FootnoteError, LibraryDamaged, LibraryUnwritable
from footnote.ingest.library.private import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from footnote.ui.state.database import Database

FILE_NAME = "keys.json"
LOCK_NAME = "keys.lock"
PREFIX = "fn_"
SECRET = 32  # bytes of chance: nothing that is guessed, so that a plain hash of it keeps it
LONGEST_NAME = 80
TABLE_VERSION = 1
TABLE = (
    "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,"
    " made TEXT NOT NULL, sha256 TEXT NOT NULL, account TEXT NOT NULL)"
)

Scope = Literal["read", "write"]


class KeyProblem(FootnoteError):
    """A key could not be added or removed; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key; `write` may read too."""

    id: str
    name: str
    scope: Scope
    made: str  # ISO 8601, UTC
    sha256: str
    account: str = ""  # whom it stands for, where there are accounts

    def as_json(self) -> dict[str, str]:
        """Return what may be shown: all but the hash."""
        told = {"account": self.account} if self.account else {}
        return {"id": self.id, "name": self.name, "scope": self.scope, "made": self.made, **told}


class Shelf(Protocol):
    """Where keys are kept."""

    def read(self) -> tuple[Key, ...]:
        """Return the keys, the oldest first.

        Raises:
            LibraryError: If they cannot be read. Then no key opens anything.
        """

    def changing(self) -> AbstractContextManager[None]:
        """Let nobody else change keys meanwhile."""

    def write(self, keys: Sequence[Key]) -> None:
        """Keep these keys and no others."""


class Keys:
    """The keys of one library: in its folder, or beside its record on a server (`shared`)."""

    def __init__(self, home: Path, *, shared: Database | None = None) -> None:
        self._shelf: Shelf = KeyFile(home) if shared is None else KeyTable(shared)

    def all(self) -> tuple[Key, ...]:
        """Return the keys, the oldest first; none when there is no file.

        Raises:
            LibraryError: If they cannot be read. Then no key opens anything.
        """
        return self._shelf.read()

    def find(self, secret: str) -> Key | None:
        """Return the key of a secret that a program showed, or None."""
        digest = _digest(secret)
        return next((k for k in self.all() if hmac.compare_digest(k.sha256, digest)), None)

    def add(self, name: str, scope: Scope, account: str = "") -> tuple[Key, str]:
        """Make a key; return what is kept of it, and its secret, which is kept nowhere.

        Raises:
            KeyProblem: If the name is empty or taken.
            LibraryUnwritable: If it cannot be kept.
        """
        named = " ".join(name.split())
        if not named or len(named) > LONGEST_NAME:
            raise KeyProblem(f"A key needs a name of at most {LONGEST_NAME} characters.")
        with self._shelf.changing():
            known = self.all()
            if any(k.name == named for k in known):
                raise KeyProblem(
                    f"There is a key named “{named}” already. Choose another name, or remove it."
                )
            secret = PREFIX + secrets.token_urlsafe(SECRET)
            made = datetime.now(UTC).isoformat(timespec="seconds")
            key = Key(secrets.token_hex(4), named, scope, made, _digest(secret), account)
            self._shelf.write([*known, key])
        return key, secret

    def remove(self, reference: str) -> Key:
        """Remove the key of this id or name, and return it.

        Raises:
            KeyProblem: If there is none.
            LibraryUnwritable: If it cannot be removed.
        """
        with self._shelf.changing():
            known = self.all()
            found = next((k for k in known if reference in (k.id, k.name)), None)
            if found is None:
                raise KeyProblem(f"There is no key “{reference}”. `footnote keys list` shows all.")
            self._shelf.write([k for k in known if k is not found])
        return found


class KeyFile:
    """Keys in one file of the library's folder, which its owner alone can read."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / FILE_NAME
        self._read_at: tuple[int, int, int] | None = None
        self._known: tuple[Key, ...] = ()

    def read(self) -> tuple[Key, ...]:
        """Return the keys, from the file where it has changed; none when there is none."""
        try:
            stat = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return ()
        at = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if at != self._read_at:
            self._known = self._read()
            self._read_at = at
        return self._known

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let no other process change the file meanwhile."""
        from filelock import FileLock

        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self.home / LOCK_NAME, timeout=10, mode=0o600):
                yield
        except OSError as error:
            raise LibraryUnwritable(
                f"The keys in {self.home} cannot be written: {error.strerror or error}."
            ) from error

    def write(self, keys: Sequence[Key]) -> None:
        """Write the file, whole or not at all."""
        write_private(self.path, json.dumps({"keys": [asdict(k) for k in keys]}, indent=1))
        self._read_at = None

    def _read(self) -> tuple[Key, ...]:
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))["keys"]
            found = tuple(Key(**row) for row in rows)
            if not all(isinstance(v, str) for key in found for v in asdict(key).values()):
                raise TypeError("a key is made of texts")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LibraryDamaged(
                f"The keys in {self.path} cannot be read; no key opens anything. "
                "Remove the file and make new keys with `footnote keys add`."
            ) from error
        return found


class KeyTable:
    """Keys in a table that all servers over one record share: a removed one opens nothing at any of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make("keys", (TABLE,), TABLE_VERSION)

    def read(self) -> tuple[Key, ...]:
        """Return the keys as they are now."""
        rows = self._database.all("SELECT id, name, scope, made, sha256, account FROM keys ORDER BY made, id")
        return tuple(Key(*row) for row in rows)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let no other process change keys meanwhile."""
        with self._database.together():
            self._database.do("LOCK TABLE keys IN SHARE ROW EXCLUSIVE MODE")  # they can be read meanwhile
            yield

    def write(self, keys: Sequence[Key]) -> None:
        """Keep these keys and no others."""
        self._database.do("DELETE FROM keys")
        for key in keys:
            self._database.do("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)", *asdict(key).values())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
