"""`footnote mcp`: the articles as tools of a program that speaks the Model Context Protocol."""

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.ui.commands.run import DONE, Run, app

if TYPE_CHECKING:
    from collections.abc import Callable

    from footnote.ingest.handover.writer import Writer
    from footnote.ui.api.mcp import Changing


@app.command(
    short_help="Serve the articles as tools over MCP.",
    epilog="""\b
Examples:
  footnote mcp
  footnote --home ~/my-library mcp --write
""",
)
def mcp(
    context: typer.Context,
    write: Annotated[
        bool, typer.Option("--write", help="Offer tools that add and remove articles too.")
    ] = False,
) -> int:
    """Serve the articles as tools over standard input and output, until the input ends.

    Needs `pip install 'footnote[mcp]'`. Over HTTP the same tools are at /mcp while `footnote serve` runs.
    """
    from footnote.ui.api.mcp import Reach, build_server
    from footnote.ui.api.service import Service

    session: Run = context.obj
    with session.reader() as assistant:
        changing = _changing(session) if write else None
        build_server(Reach(Service(lambda: assistant), asyncio.to_thread, changing)).run("stdio")
    return DONE


def _changing(session: Run) -> "Changing":
    """Open the library for writing for each change alone: a server may hold it, and then does the work."""
    from footnote.ui.api.mcp import Changing

    # Workers write to a library on servers, which needs no lock, and may be long in coming.
    alone = contextlib.nullcontext() if session.settings().workers else threading.Lock()

    async def change(work: "Callable[[Writer], Any]") -> Any:
        def held() -> Any:
            with alone, session.changing() as writer:
                return work(writer)

        return await asyncio.to_thread(held)

    async def add(text: str, title: str) -> "dict[str, Any]":
        return dict(await change(lambda writer: _added(writer, text, title)))

    return Changing(change, add)


def _added(writer: "Writer", text: str, title: str) -> "dict[str, Any]":
    """Store a text.

    Raises:
        LibraryError: If it is for workers and there are none: a model would wait without an end.
    """
    from footnote.ingest.errors import LibraryError
    from footnote.ingest.jobs.writer import QueuedWriter
    from footnote.ingest.pipeline import Outcome
    from footnote.ui.page.adding import read_paste

    if isinstance(writer, QueuedWriter) and not writer.queue.workers():
        raise LibraryError("Nothing can be added: no worker runs. `footnote worker` starts one.")
    return next(e.as_json() for e in writer.ingest(read_paste(text, title)) if isinstance(e, Outcome))
