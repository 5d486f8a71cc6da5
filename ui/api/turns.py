"""From the threads that make replies to the event loop: in turn with the page's readers, within limits."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from footnote.ui.api.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from footnote.ui.page.desk import ReplyQueue

T = TypeVar("T")
LOOK = 0.2  # seconds between looks at one's place in the line
FULL = "Very many are asking just now. Try again in a few seconds."
_END = object()


@dataclass(frozen=True, slots=True)
class Turns:
    """Makes replies in threads, no more of them at once than the page allows itself.

    What was begun ends by itself when nobody waits for it any more: after the sentence that is being made.
    """

    line: ReplyQueue
    seconds: float  # until a caller is told that it took too long

    async def one(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, made in a thread.

        Raises:
            Fault: If too many wait, or it takes too long.
        """
        return await self.last(lambda: iter([work()]))

    async def last(self, work: Callable[[], Iterator[T]]) -> T:
        """Return the last item that `work` yields.

        Raises:
            Fault: If too many wait, or it takes too long.
        """
        async with aclosing(self.each(work)) as made:
            async for item in made:
                found = item
        return found

    async def begun(self, work: Callable[[], Iterator[T]]) -> AsyncGenerator[T]:
        """Return `each`, once there is a first item: what cannot be done is an error before that.

        Raises:
            Fault: If too many wait, or it takes too long.
        """
        items = self.each(work)
        first = await anext(items)

        async def rest() -> AsyncGenerator[T]:
            async with aclosing(items):
                yield first
                async for item in items:
                    yield item

        return rest()

    async def each(self, work: Callable[[], Iterator[T]]) -> AsyncGenerator[T]:
        """Yield the items of `work` as they are made.

        Raises:
            Fault: If too many wait, or it takes too long.
        """
        ticket = self.line.join()
        if ticket is None:
            raise Fault(429, FULL, "busy", headers={"Retry-After": "5"})
        made: asyncio.Queue[Any] = asyncio.Queue()
        ended = threading.Event()
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()

        def put(item: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(made.put_nowait, item)

        threading.Thread(
            target=context.run, args=(self._make, work, ticket, put, ended), name="footnote-api", daemon=True
        ).start()
        until = time.monotonic() + self.seconds
        try:
            while (item := await _next(made, until)) is not _END:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            ended.set()

    def _make(
        self,
        work: Callable[[], Iterator[Any]],
        ticket: object,
        put: Callable[[Any], None],
        ended: threading.Event,
    ) -> None:
        try:
            while self.line.ahead(ticket) and not ended.is_set():
                self.line.wait(LOOK)
            items = iter(()) if ended.is_set() else work()
            try:
                for item in items:
                    put(item)
                    if ended.is_set():
                        break
            finally:
                close = getattr(items, "close", None)
                if close is not None:  # so that a model's connection ends with its reader
                    close()
            put(_END)
        except BaseException as error:  # noqa: BLE001 - raised again where it is read
            put(error)
        finally:
            self.line.leave(ticket)


async def _next(made: asyncio.Queue[Any], until: float) -> Any:
    try:
        return await asyncio.wait_for(made.get(), max(0.0, until - time.monotonic()))
    except TimeoutError:
        raise Fault(
            504, "This took too long. Ask for less, or raise FOOTNOTE_API_SECONDS.", "timeout"
        ) from None
