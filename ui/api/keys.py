"""Keys that programs show: who may read and who may change the library. Only their hashes are kept.

They stand in one file of the library's folder that its owner alone can read. A running server notices when it
changes, so that a removed key opens nothing from the next request on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from footnote.ingest.errors import FootnoteError, LibraryDamaged, LibraryUnwritable
from footnote.ingest.library.private import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FILE_NAME = "keys.json"
LOCK_NAME = "keys.lock"
PREFIX = "fn_"
SECRET = 32  # bytes of chance: nothing that is guessed, so that a plain hash of it keeps it
LONGEST_NAME = 80

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

    def as_json(self) -> dict[str, str]:
        """Return what may be shown: all but the hash."""
        return {"id": self.id, "name": self.name, "scope": self.scope, "made": self.made}


class Keys:
    """The keys of one library's folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / FILE_NAME
        self._read_at: tuple[int, int, int] | None = None
        self._known: tuple[Key, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """Return the keys, the oldest first; none when there is no file.

        Raises:
            LibraryDamaged: If the file cannot be read as keys. Then no key opens anything.
        """
        try:
            stat = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return ()
        at = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if at != self._read_at:
            self._known = self._read()
            self._read_at = at
        return self._known

    def find(self, secret: str) -> Key | None:
        """Return the key of a secret that a program showed, or None."""
        digest = _digest(secret)
        return next((k for k in self.all() if hmac.compare_digest(k.sha256, digest)), None)

    def add(self, name: str, scope: Scope) -> tuple[Key, str]:
        """Make a key; return what is kept of it, and its secret, which is kept nowhere.

        Raises:
            KeyProblem: If the name is empty or taken.
            LibraryUnwritable: If the file cannot be written.
        """
        named = " ".join(name.split())
        if not named or len(named) > LONGEST_NAME:
            raise KeyProblem(f"A key needs a name of at most {LONGEST_NAME} characters.")
        with self._changing():
            known = self.all()
            if any(k.name == named for k in known):
                raise KeyProblem(
                    f"There is a key named “{named}” already. Choose another name, or remove it."
                )
            secret = PREFIX + secrets.token_urlsafe(SECRET)
            made = datetime.now(UTC).isoformat(timespec="seconds")
            key = Key(secrets.token_hex(4), named, scope, made, _digest(secret))
            self._write([*known, key])
        return key, secret

    def remove(self, reference: str) -> Key:
        """Remove the key of this id or name, and return it.

        Raises:
            KeyProblem: If there is none.
            LibraryUnwritable: If the file cannot be written.
        """
        with self._changing():
            known = self.all()
            found = next((k for k in known if reference in (k.id, k.name)), None)
            if found is None:
                raise KeyProblem(f"There is no key “{reference}”. `footnote keys list` shows all.")
            self._write([k for k in known if k is not found])
        return found

    @contextmanager
    def _changing(self) -> Iterator[None]:
        from filelock import FileLock

        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self.home / LOCK_NAME, timeout=10, mode=0o600):
                yield
        except OSError as error:
            raise LibraryUnwritable(
                f"The keys in {self.home} cannot be written: {error.strerror or error}."
            ) from error

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

    def _write(self, keys: Sequence[Key]) -> None:
        write_private(self.path, json.dumps({"keys": [asdict(k) for k in keys]}, indent=1))
        self._read_at = None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
