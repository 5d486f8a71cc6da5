"""Visits that nobody looks at: what Gradio keeps for them goes, so that visits cost next to nothing.

Gradio holds what an act said until the page fetches it, and a state for each page, for hundreds of
kilobytes each. A page fetches within a second; a program that only posts never does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LOOK = 2.0  # seconds between looks
LOOKS = 15  # after which what nobody fetched meanwhile goes
# Seconds after its last act that a visit is kept that no page holds open, as each does at once:
# it was never a page's, or its page was closed, or sleeps with its computer.
NO_PAGE, CLOSED = 60.0, 3_600.0
MOST_WAITING = 100  # visits whose messages nobody fetches just now; the oldest go first


@dataclass(slots=True)
class Visits:
    """Looks after the visits of an app of Gradio's, `gr.Blocks`."""

    blocks: Any
    _unread: dict[str, int] = field(default_factory=dict)  # for how many looks, the longest first
    _open: Counter[str] = field(default_factory=Counter)  # visits that pages hold open
    _closed: set[str] = field(default_factory=set)  # that they held open

    def look(self) -> None:
        """Forget visits whose messages were not fetched for long, or for which there is no room."""
        waiting = self._waiting()
        self._unread = {s: n + 1 for s, n in self._unread.items() if s in waiting} | {
            s: 1 for s in waiting if s not in self._unread
        }
        self._leave()
        over = len(self._unread) - MOST_WAITING
        for place, (session, looks) in enumerate(list(self._unread.items())):
            if place < over or looks > LOOKS:
                self._forget(session)
                del self._unread[session]

    @contextlib.contextmanager
    def held_open(self, session: str) -> Iterator[None]:
        """Count a page that holds its visit open, while it does."""
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]
                if session in self.blocks.state_holder.session_data:
                    self._closed.add(session)

    def _leave(self) -> None:
        """Forget visits that no page holds open and that were not used for long."""
        now = datetime.now()  # noqa: DTZ005 - as Gradio notes it
        busy = self._busy() | self._streaming()
        for session, used in list(self.blocks.state_holder.time_last_used.items()):
            most = CLOSED if session in self._closed else NO_PAGE
            idle = abs((now - used).total_seconds())
            if idle > most and session not in self._open and session not in busy:
                self._forget(session)

    def _busy(self) -> set[str]:
        events = self.blocks._queue.event_ids_to_events  # noqa: SLF001 - Gradio has no name for it that is public
        return {event.session_hash for event in list(events.values())}

    def _streaming(self) -> set[str]:
        """Return the sessions with messages that are waited for, or that wait: `look` counts how long."""
        held = list(self.blocks._queue.pending_messages_per_session.items())  # noqa: SLF001
        return {session for session, messages in held if not messages.empty() or messages._getters}  # noqa: SLF001

    def _waiting(self) -> set[str]:
        """Return the sessions with messages that nobody waits for, and with nothing under way."""
        queue = self.blocks._queue  # noqa: SLF001 - Gradio has no name for it that is public
        busy = self._busy()
        return {
            session
            for session, messages in list(queue.pending_messages_per_session.items())
            if not messages.empty() and not messages._getters and session not in busy  # noqa: SLF001
        }

    def _forget(self, session: str) -> None:
        queue, states = self.blocks._queue, self.blocks.state_holder  # noqa: SLF001
        self._closed.discard(session)
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
        states.session_data.pop(session, None)
        states.time_last_used.pop(session, None)

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look every now and then while the application runs."""

        async def watch() -> None:
            while True:
                await asyncio.sleep(LOOK)
                self.look()

        task = asyncio.create_task(watch())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
