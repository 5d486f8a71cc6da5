"""`/api`: ask, search, summarise, check and the articles, in the JSON contracts of the command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from footnote.ingest.article import Article, Rejected
from footnote.ingest.library.collections import Act, filed_under, places
from footnote.ui.api.doors import READS, WRITES, Chosen, Doors, Given, References, Said
from footnote.ui.api.evaluations import MARK, MOST_ROWS
from footnote.ui.api.faults import Fault, Json, Route, encoded, fault_of
from footnote.ui.api.service import MOST_FOUND
from footnote.ui.page.adding import named, read_paste
from footnote.ui.state.bounds import (
    LONGEST_PASTE,
    LONGEST_TITLE,
    MOST_FILED,
    MOST_FILES,
    MOST_LINKS,
    MOST_SUMMED,
)

if TYPE_CHECKING:
    from enum import Enum

ASKING: list[str | Enum] = ["Asking"]
LONGEST_WAIT = 60  # seconds that a request may wait for its job


class Ask(Chosen):
    """A question."""

    question: str
    history: list[Said] = Field(
        default_factory=list, max_length=2_000, description="The conversation so far."
    )
    stream: bool = Field(default=False, description="Send growing replies, a line of JSON each.")


class Search(Chosen):
    """A search."""

    query: str
    k: int = Field(default=10, ge=1, le=MOST_FOUND, description="How many paragraphs.")


class Summarise(Given):
    """What to summarise: articles, or a text."""

    articles: list[str] = Field(default_factory=list, max_length=MOST_SUMMED)
    text: str = ""
    title: str = Field(default="", max_length=LONGEST_TITLE)
    words: int | None = Field(default=None, ge=30, le=400, description="About how many words.")


class Check(Chosen):
    """A text to check sentence by sentence, against all or some articles, or against one."""

    text: str
    against: str = Field(default="", description="One article to check against; not beside `articles`.")
    articles: References = None


class Add(Given):
    """A text to add, or links; exactly one of the two."""

    text: str = Field(default="", max_length=LONGEST_PASTE)
    title: str = Field(default="", max_length=LONGEST_TITLE, description="The title of the text.")
    links: list[str] = Field(default_factory=list, max_length=MOST_LINKS, description="http:// or https://")
    collections: list[str] = Field(
        default_factory=list, max_length=MOST_FILED, description="Put it into these, made if need be."
    )
    tags: list[str] = Field(default_factory=list, max_length=MOST_FILED)


class Arrange(Given):
    """What to do with a collection, or with `tag` and `untag` a tag, and the articles that it is about."""

    act: Act
    name: str
    to: str = Field(default="", description="The new name, of `rename`.")
    articles: list[str] = Field(default_factory=list, max_length=10_000)


class Evaluate(Given):
    """What to measure."""

    rows: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_ROWS)
    name: str = Field(default="rows", min_length=1, max_length=LONGEST_TITLE)
    article_scope: bool = Field(default=False, description="Ask each of the article it was written for only.")
    answer_threshold: float | None = Field(default=None, ge=0, le=1)


Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the job’s end.")]


def router(doors: Doors) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api", route_class=Route)
    _asking(routes, doors)
    _reading(routes, doors)
    _articles(routes, doors)
    _collections(routes, doors)
    _jobs(routes, doors)
    _evaluations(routes, doors)
    return routes


def _asking(routes: APIRouter, doors: Doors) -> None:
    service, turns = doors.service, doors.turns

    @routes.post("/ask", summary="Answer a question", tags=ASKING, dependencies=READS)
    async def ask(given: Ask) -> Response:
        """The JSON of `footnote ask --json`. With `stream`, lines of it that grow; the last is the reply."""
        turns_so_far = [said.turn() for said in given.history]

        def replies() -> Iterator[Any]:
            filters = service.filters(**given.within)
            return service.stream(given.question, turns_so_far, filters)

        if given.stream:
            begun = await turns.begun(replies)
            return StreamingResponse(_lines(doors, begun), media_type="application/x-ndjson")
        reply = await turns.last(replies)
        doors.watch.replied(reply)
        return Json(reply.as_json())

    @routes.post("/search", summary="Find paragraphs", tags=ASKING, dependencies=READS)
    async def search(given: Search) -> Response:
        """The JSON of `footnote search --json`: the paragraphs that fit best, the best first."""

        def found() -> dict[str, Any]:
            filters = service.filters(**given.within)
            return service.search(given.query, given.k, filters)

        return Json(await turns.one(found))


def _reading(routes: APIRouter, doors: Doors) -> None:
    service, turns = doors.service, doors.turns

    @routes.post("/summarise", summary="Summarise articles or a text", tags=ASKING, dependencies=READS)
    async def summarise(given: Summarise) -> Response:
        """The JSON of `footnote summarise --json`. A text is not added to the library."""
        return Json(
            await turns.one(
                lambda: service.summarise(
                    given.articles, text=given.text, title=given.title, words=given.words
                )
            )
        )

    @routes.post("/check", summary="Check a text", tags=ASKING, dependencies=READS)
    async def check(given: Check) -> Response:
        """The JSON of `footnote check --json`: a verdict on each sentence, its reason, what it rests on."""
        if given.against and given.articles is not None:
            raise Fault(400, "Give `against` or `articles`, not both.", "both_given", param="against")

        def checked() -> dict[str, Any]:
            filters = service.filters(**given.within)
            return service.check(given.text, against=given.against, filters=filters)

        return Json(await turns.one(checked))


async def _lines(doors: Doors, begun: AsyncGenerator[Any]) -> AsyncIterator[bytes]:
    last = None
    try:
        async with aclosing(begun) as made:
            async for last in made:
                yield encoded(last.as_json()) + b"\n"
        if last is not None:
            doors.watch.replied(last)
    except Exception as error:  # noqa: BLE001 - the response has begun: its form of an error is a line
        yield encoded(fault_of(error).as_json()) + b"\n"


def _articles(routes: APIRouter, doors: Doors) -> None:
    service = doors.service
    tags: list[str | Enum] = ["Articles"]

    @routes.get("/articles", summary="List the articles", tags=tags, dependencies=READS)
    def listed(
        title: Annotated[str, Query(max_length=LONGEST_TITLE, description="Words of the title.")] = "",
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        collection: Annotated[list[str] | None, Query(description="Of any of these only.")] = None,
        tag: Annotated[list[str] | None, Query(description="With any of these only.")] = None,
    ) -> Response:
        """The articles, each as `footnote articles --json` has it, and how many there are."""
        filters = service.filters(collections=collection or (), tags=tag or ())
        return Json(service.articles(title=title, offset=offset, limit=limit, filters=filters))

    @routes.post("/articles", summary="Add articles", tags=tags, dependencies=WRITES, status_code=202)
    async def add(request: Request, wait: Wait = 0) -> Response:
        """Add a text or links (JSON), or files (`multipart/form-data`, the parts named `file`), as a job.

        Parts named `collection` and `tag` say what files are put under.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            given = await _files(request)
        elif kind == "application/json":
            given = _given(await _json(request))
        else:
            raise Fault(
                415, "Send application/json, or files as multipart/form-data.", "unsupported_media_type"
            )
        job = await asyncio.to_thread(doors.put, *given)
        ended = await doors.jobs.ended(job, wait)
        return Json(job.as_json(), 200 if ended else 202, headers={"Location": f"jobs/{job.id}"})

    @routes.get("/articles/{article:path}", summary="Get an article", tags=tags, dependencies=READS)
    def get(article: str) -> Response:
        """The article with its paragraphs, as `footnote show --json` has it."""
        return Json(service.article(article))

    @routes.delete("/articles/{article:path}", summary="Remove an article", tags=tags, dependencies=WRITES)
    def remove(article: str) -> Response:
        """Remove it; where it came from stays."""
        record = service.record(article)
        service.assistant.library.remove(record.article_id)
        service.note("remove", record.article_id)
        return Json({"removed": record.as_json()})


def _collections(routes: APIRouter, doors: Doors) -> None:
    service = doors.service
    tags: list[str | Enum] = ["Collections"]

    @routes.get("/collections", summary="List the collections and tags", tags=tags, dependencies=READS)
    def listed() -> Response:
        """Each with the number of its articles."""
        return Json(service.collections())

    @routes.post("/collections", summary="Arrange articles", tags=tags, dependencies=WRITES)
    def arrange(given: Arrange) -> Response:
        """Make, rename or delete a collection; put articles into one or under a tag, or take them out.

        No article is ever removed by it. What there is then is returned.
        """
        wish = service.arrangement(given.act, given.name, given.to, given.articles)
        service.assistant.library.arrange(wish)
        service.note(given.act, f"{given.name} {given.to} {' '.join(wish.articles)}".strip())
        return Json(service.collections())


def _jobs(routes: APIRouter, doors: Doors) -> None:
    tags: list[str | Enum] = ["Jobs"]

    @routes.get("/jobs", summary="List the jobs", tags=tags, dependencies=READS)
    def jobs() -> Response:
        """What is being added and what was, and the evaluations, the newest first."""
        told = [job.as_json() for job in doors.jobs.all()] + doors.evaluations.all()
        return Json({"jobs": sorted(told, key=lambda job: str(job["made"]), reverse=True)})

    @routes.get("/jobs/{job}", summary="Look up a job", tags=tags, dependencies=READS)
    async def job(job: str, wait: Wait = 0) -> Response:
        """Its state, and what became of each source so far."""
        if job.startswith(MARK):
            return Json(await doors.evaluations.ended(job, wait))
        found = doors.jobs.find(job)
        await doors.jobs.ended(found, wait)
        return Json(found.as_json())

    @routes.delete("/jobs/{job}", summary="Cancel a job", tags=tags, dependencies=WRITES)
    def cancel(job: str) -> Response:
        """End it if it waits; one that runs is done to its end."""
        if job.startswith(MARK):
            return Json(doors.evaluations.cancel(job))
        return Json(doors.jobs.cancel(job).as_json())


def _evaluations(routes: APIRouter, doors: Doors) -> None:
    tags: list[str | Enum] = ["Jobs"]

    @routes.post("/evaluations", summary="Evaluate", tags=tags, dependencies=WRITES, status_code=202)
    def evaluate(given: Evaluate) -> Response:
        """Leave it to a worker to measure the library, or answers that rows bring, as a job.

        Rows are those of `footnote evaluate`. Only an admin may, where there are accounts.
        """
        how = {"by_article": given.article_scope, "answer_threshold": given.answer_threshold}
        job = doors.evaluations.ask(given.rows, given.name, **how)
        doors.service.note("evaluate", given.name)
        return Json(job, 202, headers={"Location": f"jobs/{job['id']}"})

    @routes.get("/jobs/{job}/report", summary="Get the report", tags=tags, dependencies=READS)
    def report(job: str) -> Response:
        """The report on an evaluation that is done, as `footnote evaluate --json` has it."""
        return Response(doors.evaluations.report(job), media_type="application/json")


Read = Iterator[Article | Rejected]


async def _json(request: Request) -> Add:
    from fastapi.exceptions import RequestValidationError
    from pydantic import ValidationError

    try:
        return Add.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


def _given(given: Add) -> tuple[list[str], Any, int]:
    """Return what a body names, what reads it, and how much waits meanwhile."""
    filed = places(given.collections, given.tags)
    if bool(given.text.strip()) == bool(given.links):
        raise Fault(400, "Give a text or links, one of the two.", "nothing_to_add")
    if given.links:
        for link in given.links:
            if not link.strip().lower().startswith(("http://", "https://")):
                raise Fault(
                    400, f"“{link[:200]}” does not begin with http:// or https://.", "no_link", param="links"
                )
        links = [link.strip() for link in given.links]
        return given.links, lambda: filed_under(_read_links(links), **filed), 0
    source = [named(given.text)]
    return source, lambda: filed_under(read_paste(given.text, given.title), **filed), len(given.text)


async def _files(request: Request) -> tuple[list[str], Any, int]:
    from starlette.datastructures import UploadFile

    async with request.form(max_files=MOST_FILES, max_fields=2 * MOST_FILED) as form:
        under = [[str(v) for n, v in form.multi_items() if n == name] for name in ("collection", "tag")]
        sent = [part for name, part in form.multi_items() if name == "file" and isinstance(part, UploadFile)]
        files = [(_name(part.filename), await part.read()) for part in sent]
    if not files:
        raise Fault(400, "There is no file in this: name each part “file”.", "nothing_to_add", param="file")
    filed = places(*under)
    size = sum(len(data) for _, data in files)
    return [name for name, _ in files], lambda: filed_under(_read_files(files), **filed), size


def _name(given: str | None) -> str:
    r"""Return what a file is called, of a name that a program sent: no folder's, and on one line.

    >>> _name("C:\\notes\\owl.txt"), _name("../.."), _name("owl\n.txt")
    ('owl.txt', 'a file', 'owl.txt')
    """
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    told = "".join(c for c in last if c.isprintable()).strip()[-255:]
    return "a file" if told in ("", ".", "..") else told


def _read_files(files: list[tuple[str, bytes]]) -> Read:
    from footnote.ingest.documents import read_bytes

    for name, data in files:
        yield from read_bytes(data, name)


def _read_links(links: list[str]) -> Read:
    from footnote.ingest.sources import read_sources

    yield from read_sources(links)  # each has a scheme, so that none is taken for a path
