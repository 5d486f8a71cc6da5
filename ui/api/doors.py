"""What the routes share: who is asking, what they ask of, and the values that requests bring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from footnote.rag.types import Turn
from footnote.ui.api.faults import Fault
from footnote.ui.api.gate import CALLER, Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footnote.ingest.article import Article, Rejected
    from footnote.ui.api.evaluations import Evaluations
    from footnote.ui.api.jobs import Job, Jobs
    from footnote.ui.api.service import Service
    from footnote.ui.api.turns import Turns
    from footnote.ui.api.watch import Watch

STARTED = int(dt.datetime.now(dt.UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Doors:
    """What every route works with."""

    service: Service
    turns: Turns
    jobs: Jobs
    evaluations: Evaluations
    watch: Watch
    version: str

    def put(self, sources: Sequence[str], read: Callable[[], Iterator[Article | Rejected]], size: int) -> Job:
        """Put what is to be added in line, and note who did.

        Raises:
            Fault: If too much waits already.
        """
        job = self.jobs.add(sources, read, size)
        self.service.note("add", " ".join(job.sources))
        return job


def reading(request: Request) -> Caller:
    """Return who asks; the gate has let them in, or nobody comes here.

    Raises:
        Fault: If they did not come through the gate.
    """
    caller = request.scope.get(CALLER)
    if not isinstance(caller, Caller):
        raise Fault(401, "A key is needed here.", "invalid_api_key")
    return caller


def writing(request: Request) -> Caller:
    """Return who asks, if they may change the library.

    Raises:
        Fault: If they may only read.
    """
    caller = reading(request)
    if not caller.writes:
        told = (
            "This key may read only. `footnote keys add NAME --write` makes one that may change the library."
        )
        raise Fault(403, told, "read_only_key")
    return caller


READS = [Depends(reading)]
WRITES = [Depends(writing)]

Date = Annotated[str, Field(description="A date, 2026, 2026-05 or 2026-05-31, inclusive; empty: no bound.")]
References = Annotated[
    list[str] | None,
    Field(
        default=None,
        max_length=10_000,
        description="Ids, starts of ids, file names or sources of articles; null: all articles.",
    ),
]


Collections = Annotated[
    list[str], Field(max_length=1_000, description="Names of collections; articles of any of them answer.")
]
Tags = Annotated[
    list[str], Field(max_length=1_000, description="Tags; articles that have any of them answer.")
]


class Given(BaseModel):
    """A request's body. What it does not know is refused, so that a slip is not taken for a wish."""

    model_config = ConfigDict(extra="forbid")


class Chosen(Given):
    """Which articles may answer."""

    articles: References = None
    since: Date = ""
    until: Date = ""
    collections: Collections = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)

    @property
    def within(self) -> dict[str, Any]:
        """What `Service.filters` takes."""
        return {name: getattr(self, name) for name in Chosen.model_fields}


class Said(Given):
    """A message of the conversation so far."""

    role: Literal["user", "assistant"]
    content: str

    def turn(self) -> Turn:
        """Return it as `ask` takes it."""
        return Turn(self.role, self.content)
