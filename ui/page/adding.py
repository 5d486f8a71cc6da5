"""Adding several things at once: what waits, what is being read, what became of each."""

from __future__ import annotations

import hashlib
import queue
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from footnote.rag.errors import FootnoteError
from footnote.ui.html.library import outcome
from footnote.ui.page.desk import in_background
from footnote.ui.state.bounds import LONGEST_PASTE
from footnote.ui.state.session import OutcomeLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footnote.ingest.article import Article, Rejected
    from footnote.ingest.pipeline import Outcome, Progress

    Read = Article | Rejected
    Item = tuple[str, Callable[[], Iterator[Read]]]  # its name, and what reads it

LOOK = 0.2  # seconds between looks at what is being read
MOST_WAITING = 5  # names of those that wait; the others are counted
MOST_LINES = 40  # of what went well; what did not always has its line


@dataclass(slots=True)
class Adding:
    """Reads items one after the other into `store`, which may hold several back to encode them together."""

    items: Sequence[Item]
    found: list[OutcomeLine] = field(default_factory=list)
    at: int = -1  # the item that is being read
    _given: list[int] = field(default_factory=list)  # sources read up to the end of each item
    _read: int = 0

    def run(
        self, store: Callable[[Iterable[Read]], Iterator[Outcome | Progress]]
    ) -> Iterator[list[OutcomeLine]]:
        """Yield the lines whenever they have changed; what raises in the background raises here.

        Whoever stops iterating ends it after the item that is being read; what was stored stays.
        """
        told = self.lines()
        made, ended = in_background(store(self._reading()))
        try:
            while True:
                try:
                    kind, value = made.get(timeout=LOOK)
                except queue.Empty:
                    kind, value = "tick", None
                if kind == "error":
                    raise value
                self._note(value)
                if kind == "end":
                    return
                if (now := self.lines()) != told:
                    told = now
                    yield now
        finally:
            ended.set()

    def lines(self) -> list[OutcomeLine]:
        """Return what became of the items done, then those being read or stored, then those that wait."""
        done = len(self.found)
        open_now = [
            OutcomeLine("busy", f"Storing {name}…")
            for (name, _), given in zip(self.items, self._given, strict=False)
            if given > done
        ]
        if 0 <= self.at < len(self.items) and len(self._given) <= self.at:
            open_now.append(OutcomeLine("busy", f"Reading {self.items[self.at][0]}…"))
        later = [name for name, _ in self.items[self.at + 1 :]]
        waiting = [OutcomeLine("wait", f"Waiting: {name}") for name in later[:MOST_WAITING]]
        if len(later) > MOST_WAITING:
            waiting.append(OutcomeLine("wait", f"and {len(later) - MOST_WAITING:,} more"))
        return [*shortened(self.found), *open_now, *waiting]

    @property
    def done(self) -> int:
        """How many items are done with."""
        return sum(given <= len(self.found) for given in self._given)

    def _reading(self) -> Iterator[Read]:
        for place, (_, read) in enumerate(self.items):
            self.at = place
            for article in read():
                self._read += 1
                yield article
            self._given.append(self._read)
        self.at = len(self.items)

    def _note(self, event: Any) -> None:
        from footnote.ingest.pipeline import Outcome

        if isinstance(event, Outcome):
            self.found.append(outcome(event))


def shortened(found: Sequence[OutcomeLine]) -> list[OutcomeLine]:
    """Return all lines on what went wrong, and the latest of the others with a count of those before."""
    fine = [line for line in found if line.kind != "bad"]
    over = len(fine) - MOST_LINES
    if over <= 0:
        return list(found)
    kept = {id(line) for line in fine[over:]}
    rest = [line for line in found if line.kind == "bad" or id(line) in kept]
    return [OutcomeLine("good", f"{over:,} others are in the library.", over), *rest]


def named(text: str) -> str:
    """Name a text by its content: another one under the same title is another article."""
    return f"pasted text {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"


def read_paste(text: str, title: str, called: str = "") -> Iterator[Read]:
    """Read a text that was pasted or sent; `called` is what it is told by when it cannot be used."""
    from footnote.ingest.article import Rejected
    from footnote.ingest.documents import read_text

    source = named(text)
    try:
        if len(text) > LONGEST_PASTE:
            told = f"It is longer than {LONGEST_PASTE:,} characters; save it as a file and add that."
            yield Rejected(called or source, told)
        else:
            yield read_text(text, title=" ".join(title.split()), source=source)
    except FootnoteError as error:
        yield Rejected(called or source, str(error))
