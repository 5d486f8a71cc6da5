"""What was removed on the page lately, so that it can be brought back as it was."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LASTS = 600.0  # seconds in which a removal can be undone
MOST_HELD = 64 * 2**20  # bytes of all together; the oldest go first


@dataclass(frozen=True, slots=True)
class Removal:
    """An article that was removed: all that the library knew of it, and whether it was picked."""

    article_id: str
    kept: bytes
    picked: bool
    until: float


@dataclass(slots=True)
class Removals:
    """Removals under names that nobody can guess, for a while; in memory only, since they were removed."""

    now: Callable[[], float] = time.monotonic
    _held: OrderedDict[str, Removal] = field(default_factory=OrderedDict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def put(self, article_id: str, kept: bytes, *, picked: bool) -> str:
        """Hold a removal and return its name; empty when it is too large to be held."""
        if len(kept) > MOST_HELD:
            return ""
        name = secrets.token_urlsafe(12)
        self.hold(name, Removal(article_id, kept, picked, self.now() + LASTS))
        return name

    def hold(self, name: str, removal: Removal) -> None:
        """Hold a removal under a name, until its time is over."""
        with self._turn:
            self._held[name] = removal
            self._tidy()

    def take(self, name: object) -> Removal | None:
        """Return a removal and hold it no longer; None when there is none of this name any more."""
        with self._turn:
            self._tidy()
            return self._held.pop(name, None) if isinstance(name, str) else None

    def _tidy(self) -> None:
        """Drop what is over its time, and the oldest while there is too much."""
        now = self.now()
        for name in [name for name, removal in self._held.items() if removal.until <= now]:
            del self._held[name]
        while sum(len(removal.kept) for removal in self._held.values()) > MOST_HELD:
            self._held.popitem(last=False)
