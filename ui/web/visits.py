"""Visits that nobody looks at: what Gradio keeps for them goes, so that visits cost next to nothing.

Gradio holds what an act said until the page fetches it, and a state for each page, for hundreds of
kilobytes each. A page fetches within a second; a program that only posts never does.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LOOK = 2.0  # seconds between looks
LOOKS = 15  # after which what nobody fetched meanwhile goes
MOST_WAITING = 100  # visits whose messages nobody fetches just now; the oldest go first


@dataclass(slots=True)
class Visits:
    """Looks after the visits of an app of Gradio's, `gr.Blocks`."""

    blocks: Any
    _unread: dict[str, int] = field(default_factory=dict)  # for how many looks, the longest first

    def look(self) -> None:
        """Forget visits whose messages were not fetched for long, or for which there is no room."""
        waiting = self._waiting()
        self._unread = {s: n + 1 for s, n in self._unread.items() if s in waiting} | {
            s: 1 for s in waiting if s not in self._unread
        }
        over = len(self._unread) - MOST_WAITING
        for place, (session, looks) in enumerate(list(self._unread.items())):
            if place < over or looks > LOOKS:
                self._forget(session)
                del self._unread[session]

    def _waiting(self) -> set[str]:
        """Return the sessions with messages that nobody waits for, and with nothing under way."""
        queue = self.blocks._queue  # noqa: SLF001 - Gradio has no name for it that is public
        busy = {event.session_hash for event in queue.event_ids_to_events.values()}
        return {
            session
            for session, messages in list(queue.pending_messages_per_session.items())
            if not messages.empty() and not messages._getters and session not in busy  # noqa: SLF001
        }

    def _forget(self, session: str) -> None:
        queue, states = self.blocks._queue, self.blocks.state_holder  # noqa: SLF001
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
