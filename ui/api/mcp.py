"""Footnote as a server of the Model Context Protocol, with the official SDK (the extra `mcp`).

Its tools return the JSON of the command's contracts: every citation names its paragraph and the characters
of it. They only read, unless whoever starts it says otherwise.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from footnote.ingest.library.collections import Act  # noqa: TC001 - the SDK reads it from a signature
from footnote.rag.errors import FootnoteError, SettingsError
from footnote.ui.api.doors import Date, Said  # noqa: TC001 - the SDK reads them from the signatures
from footnote.ui.api.service import MOST_AROUND, Service
from footnote.ui.state.bounds import LONGEST_PASTE, LONGEST_TITLE, MOST_SUMMED
from footnote.ui.state.mistakes import mistake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI
    from mcp.server.mcpserver import MCPServer
    from starlette.types import ASGIApp, Receive, Scope, Send

    from footnote.ingest.handover.writer import DirectWriter, Writer

    Changer = DirectWriter | Writer

Doing = Callable[[Callable[[], Any]], Awaitable[Any]]  # does work elsewhere than in the event loop

MISSING = "The package mcp is missing. Install it with `pip install 'footnote[mcp]'`."
ABOUT = (
    "Answers from the user’s own articles, with a footnote on every sentence. `ask` answers a question or "
    "says that the articles do not; cite what it says by its markers. `search` finds paragraphs, "
    "`check_claim` judges a text against the articles, `show_paragraph` shows what stands around a citation."
)
MOST_LISTED = 500  # articles listed as resources; `list_articles` has all
URI = "footnote://articles/"

Question = Annotated[str, Field(description="The question, in words that stand for themselves.")]
Articles = Annotated[
    list[str] | None,
    Field(description="Restrict to these articles: ids, starts of ids or file names. Null: all articles."),
]


Collections = Annotated[
    list[str] | None, Field(description="Restrict to articles in any of these collections.")
]
Tags = Annotated[list[str] | None, Field(description="Restrict to articles with any of these tags.")]


@dataclass(frozen=True, slots=True)
class Changing:
    """How the library is changed: `do` lends a writer to what is quick, `add` stores a text with a title."""

    do: Callable[[Callable[[Changer], Any]], Awaitable[Any]]
    add: Callable[[str, str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the tools reach: the service, how to do work, and what changes the library, if anything may."""

    service: Service
    do: Doing
    changing: Changing | None = None


def build_server(reach: Reach) -> MCPServer[Any]:
    """Return the server with its tools and resources.

    Raises:
        SettingsError: If the SDK is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp.types import Resource
    except ModuleNotFoundError as error:
        raise SettingsError(MISSING.replace("package mcp", f"package {error.name}")) from error

    class Server(MCPServer[Any]):
        """Lists the articles that there are when it is asked, rather than those of its start."""

        async def list_resources(self) -> list[Resource]:
            """Return the first articles."""
            found = await reach.do(lambda: reach.service.articles(limit=MOST_LISTED))
            return [
                Resource(
                    uri=URI + a["article_id"],
                    name=a["sources"][0],
                    title=a["title"],
                    description=" · ".join(filter(None, (a["author"], a["date"], a["url"]))) or None,
                    mime_type="text/markdown",
                )
                for a in found["articles"]
            ]

        async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
            """Do what a tool does. What it does not know is refused, so that a slip is no wish."""
            known = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
            unknown = [given for given in arguments if given not in known.get(name, arguments)]
            if unknown:
                takes = ", ".join(known[name]) or "nothing"
                raise ToolError(f"“{unknown[0]}” is not known here. {name} takes {takes}.")
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                if isinstance(error.__cause__, ValidationError):
                    raise ToolError(_mistaken(error.__cause__)) from error
                raise

    with _logging_as_it_is():
        server = Server("footnote", title="Footnote", instructions=ABOUT, version=version("footnote"))
    _asking(server, reach)
    _looking(server, reach)
    if reach.changing is not None:
        _changing(server, reach.service, reach.changing)
    return server


def _mistaken(error: ValidationError) -> str:
    """Tell of the first thing that is wrong with what a tool was given."""
    first = error.errors()[0]
    return f"{mistake('“' + '.'.join(map(str, first['loc'])) + '”', first)}."


@contextmanager
def _logging_as_it_is() -> Iterator[None]:
    """Leave the root of all loggers as it was: the SDK would write its own to it, in its own form."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _asking(server: MCPServer[Any], reach: Reach) -> None:
    service = reach.service

    @server.tool(title="Ask the articles", annotations=_reads())
    async def ask(
        question: Question,
        articles: Articles = None,
        since: Date = "",
        until: Date = "",
        collections: Collections = None,
        tags: Tags = None,
        history: Annotated[list[Said] | None, Field(description="The conversation so far.")] = None,
    ) -> dict[str, Any]:
        """Answer a question from the articles, every sentence cited, or say that they do not answer it."""

        def asked() -> dict[str, Any]:
            turns = [said.turn() for said in history or ()]
            filters = service.filters(articles, since, until, collections or (), tags or ())
            return service.assistant.ask(question, filters=filters, history=turns).as_json()

        return await _done(reach, asked)

    @server.tool(title="Search the articles", annotations=_reads())
    async def search(
        query: Annotated[str, Field(description="Words or a question.")],
        k: Annotated[int, Field(ge=1, le=50, description="How many paragraphs.")] = 8,
        articles: Articles = None,
        since: Date = "",
        until: Date = "",
        collections: Collections = None,
        tags: Tags = None,
    ) -> dict[str, Any]:
        """Find the paragraphs that fit best, the best first, whole and with their places."""

        def found() -> dict[str, Any]:
            filters = service.filters(articles, since, until, collections or (), tags or ())
            return service.search(query, k, filters)

        return await _done(reach, found)

    @server.tool(title="Check a claim", annotations=_reads())
    async def check_claim(
        claim: Annotated[str, Field(description="A sentence or a draft; each sentence gets a verdict.")],
        against: Annotated[str, Field(description="One article to check against; empty: all.")] = "",
        collections: Collections = None,
        tags: Tags = None,
    ) -> dict[str, Any]:
        """Tell of each sentence whether the articles support or contradict it, why, and where it stands."""

        def checked() -> dict[str, Any]:
            filters = service.filters(collections=collections or (), tags=tags or ())
            return service.check(claim, against=against, filters=filters)

        return await _done(reach, checked)

    @server.tool(title="Summarise", annotations=_reads())
    async def summarise(
        articles: Annotated[list[str] | None, Field(max_length=MOST_SUMMED)] = None,
        text: Annotated[str, Field(description="A text in place of articles; it is not kept.")] = "",
        words: Annotated[int, Field(ge=30, le=400)] = 70,
    ) -> dict[str, Any]:
        """Write one paragraph on articles or on a text, every sentence cited."""
        return await _done(reach, lambda: service.summarise(articles or (), text=text, words=words))


def _looking(server: MCPServer[Any], reach: Reach) -> None:
    service = reach.service

    @server.tool(title="Show a paragraph", annotations=_reads())
    async def show_paragraph(
        article: Annotated[str, Field(description="An id, the start of one, or a file name.")],
        paragraph: Annotated[int, Field(ge=1, description="Its number, from 1, as citations give it.")],
        around: Annotated[int, Field(ge=0, le=MOST_AROUND, description="So many before and after it.")] = 1,
    ) -> dict[str, Any]:
        """Show a paragraph of an article with those around it."""
        return await _done(reach, lambda: service.paragraph(article, paragraph, around))

    @server.tool(title="List the articles", annotations=_reads())
    async def list_articles(
        title: Annotated[str, Field(description="Words of the title; empty: all.")] = "",
        offset: Annotated[int, Field(ge=0)] = 0,
        limit: Annotated[int, Field(ge=1, le=500)] = 50,
        collections: Collections = None,
        tags: Tags = None,
    ) -> dict[str, Any]:
        """List the articles with title, author, date and address, and how many there are."""

        def listed() -> dict[str, Any]:
            filters = service.filters(collections=collections or (), tags=tags or ())
            return service.articles(title=title, offset=offset, limit=limit, filters=filters)

        return await _done(reach, listed)

    @server.tool(title="List the collections", annotations=_reads())
    async def list_collections() -> dict[str, Any]:
        """List the collections and the tags, each with the number of its articles."""
        return await _done(reach, service.collections)

    @server.resource(URI + "{article}", title="An article", mime_type="text/markdown")
    async def article(article: str) -> str:
        """The text of an article, each paragraph with its number."""
        from mcp.server.mcpserver.exceptions import ResourceNotFoundError

        try:
            found = await reach.do(lambda: service.article(article))
        except FootnoteError as error:
            raise ResourceNotFoundError(str(error)) from error
        numbered = [f"[{n}] {text}" for n, text in enumerate(found["paragraphs"], start=1)]
        return "\n\n".join([f"# {found['title']}", *numbered])


def _changing(server: MCPServer[Any], service: Service, changing: Changing) -> None:
    from mcp.types import ToolAnnotations

    @server.tool(
        title="Add an article", annotations=ToolAnnotations(read_only_hint=False, destructive_hint=False)
    )
    async def add_article(
        text: Annotated[str, Field(min_length=1, max_length=LONGEST_PASTE)],
        title: Annotated[str, Field(max_length=LONGEST_TITLE)] = "",
    ) -> dict[str, Any]:
        """Add a text to the articles."""
        return await _told(changing.add(text, title))

    @server.tool(
        title="Remove an article", annotations=ToolAnnotations(read_only_hint=False, destructive_hint=True)
    )
    async def remove_article(
        article: Annotated[str, Field(description="An id, the start of one, or a file name.")],
    ) -> dict[str, Any]:
        """Remove an article from the library; where it came from stays."""

        def removed(writer: Changer) -> dict[str, Any]:
            record = service.record(article)
            writer.remove(record.article_id)
            return {"removed": record.as_json()}

        return await _done(changing, removed)

    @server.tool(
        title="Arrange articles", annotations=ToolAnnotations(read_only_hint=False, destructive_hint=False)
    )
    async def arrange_articles(
        act: Annotated[Act, Field(description="`file` and `unfile` are of a collection.")],
        name: Annotated[str, Field(description="The collection’s name; of `tag` and `untag` the tag’s.")],
        to: Annotated[str, Field(description="The new name, of `rename`.")] = "",
        articles: Articles = None,
    ) -> dict[str, Any]:
        """Make, rename or delete a collection; put articles into one or under a tag, or take them out."""

        def arranged(writer: Changer) -> dict[str, Any]:
            writer.arrange(service.arrangement(act, name, to, articles or ()))
            return service.collections()

        return await _done(changing, arranged)


def _reads() -> Any:
    from mcp.types import ToolAnnotations

    return ToolAnnotations(read_only_hint=True, open_world_hint=False)


async def _done(by: Reach | Changing, work: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return await _told(by.do(work))


async def _told(made: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Return what a tool found; what a person may be told, a model may.

    Half a surrogate pair, which no client reads, becomes a question mark.
    """
    from mcp.server.mcpserver.exceptions import ToolError

    try:
        found = await made
    except FootnoteError as error:
        raise ToolError(str(error)) from error
    text = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace").decode()
    return dict(json.loads(text))


def mount(app: FastAPI, reading: Reach, writing: Reach) -> bool:
    """Add `/mcp`, streamable HTTP, before the page; tell whether the SDK is there to do it.

    Whoever shows a key that may write gets the tools that change the library, and nobody else does.
    """
    from starlette.routing import Route

    from footnote.ui.api.faults import Fault
    from footnote.ui.api.gate import CALLER, VOUCHED

    try:
        servers = [build_server(reach) for reach in (reading, writing)]
    except SettingsError:
        return False
    apps = [_http(server) for server in servers]

    class Door:
        """Hands a request to the server that suits its caller."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] == "GET":  # a stream of what nobody asked for: there is nothing to tell
                refused = Fault(
                    405, "Send a request by POST.", "no_stream", headers={"Allow": "POST, DELETE"}
                )
                await refused.response()(scope, receive, send)
                return
            caller = scope[CALLER]
            await apps[caller.writes and scope[VOUCHED]](scope, receive, send)

    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(of: Any) -> AsyncIterator[Any]:
        async with before(of) as state, servers[0].session_manager.run(), servers[1].session_manager.run():
            yield state

    app.router.lifespan_context = lifespan
    app.router.routes.append(Route("/mcp", Door(), methods=["GET", "POST", "DELETE"]))
    return True


def _http(server: MCPServer[Any]) -> ASGIApp:
    """Return the server as an application; the gate before it has looked at host, origin and size."""
    from mcp.server.transport_security import TransportSecuritySettings

    safe = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return server.streamable_http_app(stateless_http=True, json_response=True, transport_security=safe)
