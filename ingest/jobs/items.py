"""What a job is: sources to add, as bytes, links or articles, or something to do with the whole library.

A job names no path: a worker is on another computer, and opens nothing on anybody's word. What it needs of a
file travels with it.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from footnote.ingest.article import Rejected
from footnote.ingest.documents import read_data
from footnote.ingest.handover import wire
from footnote.ingest.library.collections import filed_under
from footnote.ingest.pipeline import Outcome
from footnote.ingest.sources import Link, Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from footnote.ingest.article import Read
    from footnote.ingest.library.record import FeedRecord

ADD, REFRESH, REINDEX, EVALUATE = "add", "refresh", "reindex", "evaluate"
# A job's articles are encoded together, which is faster; what a killed worker leaves is done again.
MOST_ITEMS, MOST_BYTES = 8, 1_000_000
PATIENCE = 1.0  # seconds that an item waits for others to share its job


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do: `told` as JSON, `files` the bytes that it speaks of, in order."""

    told: dict[str, Any]
    files: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def digest(self) -> str:
        """Digest all of it: of two that are equal one is enough while it waits."""
        digests = [hashlib.sha256(content).hexdigest() for content in self.files]
        return hashlib.sha256(json.dumps([self.told, digests], sort_keys=True).encode()).hexdigest()

    def asked_by(self, account: str) -> Job:
        """Return the job with the account that asks for it and may do no more; as it is without one."""
        return replace(self, told={**self.told, "account": account}) if account else self

    @property
    def account(self) -> str:
        """The account that asked for it, empty for who may do everything."""
        return str(self.told.get("account", ""))

    @property
    def sources(self) -> list[str]:
        """Return what is to be added, or what is asked of the library, as a person calls it."""
        return [str(item["source"]) for item in self.told.get("items", ())]


@dataclass(slots=True)
class _Batch:
    """Items that will be one job."""

    items: list[dict[str, Any]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    begun: float = 0.0

    def add(self, item: dict[str, Any], content: bytes) -> None:
        self.begun = self.begun or time.monotonic()
        self.items.append(item)
        self.files.append(content)

    @property
    def is_due(self) -> bool:
        """There is enough in it, or the first has waited."""
        return (
            len(self.items) >= MOST_ITEMS
            or sum(map(len, self.files)) >= MOST_BYTES
            or (bool(self.items) and time.monotonic() - self.begun > PATIENCE)
        )


def jobs_of(
    sources: Iterable[Raw | Link | Read],
    *,
    chapters: bool = False,
    since: str = "",
    limit: int | None = None,
    filed: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Job | Outcome]:
    """Yield jobs that add `sources`, and an outcome for what cannot be added. A link is a job of its own.

    `filed` has the `collections` and `tags` that what is read is put under.
    """
    batch = _Batch()
    whole = {"do": ADD, "filed": {what: list(names) for what, names in (filed or {}).items()}}
    for one in sources:
        match one:
            case Link():
                told = {"kind": "link", "source": one.address.strip(), "title": one.title}
                yield Job({**whole, "items": [told], "since": since, "limit": limit}, (b"",))
            case Raw():
                told = {"kind": "file", "source": one.source, "name": one.name, "title": one.title}
                batch.add({**told, "chapters": chapters}, one.data)
            case Rejected():
                yield Outcome(one.source, "rejected", reason=one.reason)
            case _:
                packed = json.dumps(wire.pack(one)).encode("ascii")
                batch.add({"kind": "article", "source": one.source}, packed)
        if batch.is_due:
            yield Job({**whole, "items": batch.items}, tuple(batch.files))
            batch = _Batch()
    if batch.items:
        yield Job({**whole, "items": batch.items}, tuple(batch.files))


def read_items(job: Job, on_feed: Callable[[FeedRecord], None]) -> Iterator[Read]:
    """Yield the articles of a job, or why there are none; `on_feed` as for `read_sources`."""
    filed = {what: tuple(map(str, names)) for what, names in job.told.get("filed", {}).items()}
    yield from filed_under(_read(job, on_feed), **filed) if filed else _read(job, on_feed)


def _read(job: Job, on_feed: Callable[[FeedRecord], None]) -> Iterator[Read]:
    for item, content in zip(job.told["items"], job.files, strict=True):
        match item["kind"]:
            case "link":
                yield from _read_link(item, job.told, on_feed)
            case "file":
                named = str(item["name"]), str(item["source"]), str(item["title"])
                yield from read_data(content, *named, chapters=bool(item["chapters"]))
            case _:
                yield _unpacked(str(item["source"]), content)


def _unpacked(source: str, content: bytes) -> Read:
    try:
        return wire.unpack(json.loads(content))
    except (ValueError, RecursionError, wire.LineBroken):
        return Rejected(source, f"“{source}” could not be added: what was handed over is no article.")


def _read_link(
    item: dict[str, Any], told: dict[str, Any], on_feed: Callable[[FeedRecord], None]
) -> Iterator[Read]:
    from footnote.ingest.web.fetch import Fetcher
    from footnote.ingest.web.links import MOST, Wish, read_link

    wish = Wish(str(told["since"]), int(told["limit"] or MOST))
    yield from read_link(str(item["source"]), Fetcher(), wish, title=str(item["title"]), on_feed=on_feed)
