"""`footnote refresh` and `footnote watch`: the library follows its links, its feeds and a folder."""

import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.ui.commands.run import Json, Run, app, check_date, emit, say

if TYPE_CHECKING:
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.handover.writer import Writer
    from footnote.ingest.pipeline import Outcome
    from footnote.ingest.watch import Changes, Folder, Removed
    from footnote.ingest.web.fetch import Fetcher

FeedSince = Annotated[
    str, typer.Option(metavar="DATE", callback=check_date, help="Of a feed, read what is dated from DATE on.")
]
NO_LINKS = "Nothing in the library came from a link or a feed. Add some with `footnote ingest https://…`."
SHOWN = {"added": "New", "updated": "Updated", "removed": "Removed"}
LOCKED_PAUSE = 2.0  # seconds before a library that another process writes to is tried again


def make_fetcher() -> "Fetcher":
    """Return what reads links. It takes no settings: nothing a person sets opens their own network."""
    from footnote.ingest.web.fetch import Fetcher

    return Fetcher()


def link_options(given: list[str], since: str, limit: int | None) -> dict[str, Any]:
    """Return what `read_sources` needs when a link is among `given`; else the HTTP client is not loaded."""
    from footnote.ingest.sources import LINK

    if not any(LINK.match(name.strip()) for name in given):
        return {}
    from footnote.ingest.web.links import MOST, Wish

    return {"fetcher": make_fetcher(), "wish": Wish(since, limit or MOST)}


@app.command(
    short_help="Read links and feeds again, and update what changed.",
    epilog="""\b
Examples:
  footnote refresh
  footnote refresh --json
""",
)
def refresh(context: typer.Context, as_json: Json = False) -> int:
    """Read again what came from links and feeds: update what changed, add what is new, say what did."""
    from footnote.ingest.jobs.writer import QueuedWriter
    from footnote.ingest.pipeline import Outcome
    from footnote.ingest.refresh import refresh as read_again
    from footnote.ui.commands import terminal

    session: Run = context.obj
    counts: Counter[str] = Counter()
    console = terminal.messages()
    with (
        session.changing(aloud=not as_json) as writer,
        terminal.progress_bar(console, "links") as bar,
    ):
        task = bar.add_task("Reading again", total=None, known="?", units=0)
        queued = writer if isinstance(writer, QueuedWriter) else None
        for event in queued.refresh() if queued else read_again(writer, make_fetcher()):
            if isinstance(event, Outcome):
                counts[event.status] += 1
                tell(session, event, as_json=as_json)
            else:
                bar.update(task, completed=event.done, total=event.total, known=event.total, units=event.done)
    if not as_json:
        told = [
            f"{counts[s]:,} {s}"
            for s in ("added", "updated", "unchanged", "duplicate", "rejected")
            if counts[s]
        ]
        terminal.output().print(", ".join(told) + "." if told else NO_LINKS)
    return session.status


def tell(session: Run, event: "Outcome | Removed", *, as_json: bool) -> None:
    """Print what became of one source: all of it as JSON, else what changed and what went wrong."""
    from footnote.ingest.watch import Removed
    from footnote.ui.commands import terminal

    told = event.as_json()
    if as_json:
        emit(told)
    elif told["status"] in SHOWN:
        what, place = SHOWN[told["status"]], event.source
        if isinstance(event, Removed) and event.now:
            what, place = "Renamed", f"{event.source} → {event.now}"
        terminal.output().print(
            f"{what}: {terminal.line(event.title)} ({terminal.line(place)})", soft_wrap=True
        )
    if told["status"] == "rejected":
        session.complain(told["reason"])
    for warning in told["warnings"]:
        say(f"{event.source}: {warning}")


@app.command(
    short_help="Follow a folder: add what appears, remove what goes.",
    epilog="""\b
Examples:
  footnote watch articles/
  footnote watch articles/ --once    bring the library up to the folder and end
""",
)
def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to follow.")],
    once: Annotated[bool, typer.Option("--once", help="End when the library is up to the folder.")] = False,
    as_json: Json = False,
) -> int:
    """Keep the library in step with a folder until Ctrl-C: additions, changes, renames, deletions."""
    from footnote.ingest.watch import Folder, known_files

    session: Run = context.obj
    with session.reader(may_be_new=True) as assistant:
        known = known_files(assistant.library, folder)
    watched = Folder(folder, known)
    if watched.is_emptied:
        say(f"“{watched.path}” is empty now. The articles that came from it are kept; remove them yourself.")
    if not as_json:
        say(f"Watching {watched.path}. Ctrl-C ends it.", prefix="")
    try:
        _follow(session, watched, once=once, as_json=as_json)
    except KeyboardInterrupt:
        say("Stopped watching.", prefix="")
    return session.status


def _follow(session: Run, folder: "Folder", *, once: bool, as_json: bool) -> None:
    """Apply what changes in the folder. The library is opened for each change, and free in between."""
    from footnote.ingest.errors import LibraryLocked
    from footnote.ingest.handover.writer import LocalWriter
    from footnote.ingest.watch import changes

    stop = threading.Event()
    encoder: Encoder | None = None
    waiting = ""
    for found in changes(folder, stop, once=once):
        try:
            with session.changing() as opened:
                writer = opened
                if isinstance(opened, LocalWriter):
                    encoder = encoder or opened.encoder  # loading it takes seconds
                    writer = LocalWriter(opened.library, encoder)
                _apply(session, found, writer, as_json=as_json)
        except LibraryLocked as error:
            if str(error) != waiting:
                waiting = str(error)
                say(f"{waiting} What changed waits until then.")
            stop.wait(LOCKED_PAUSE)
        else:
            waiting = ""
            folder.done(found)


def _apply(session: Run, found: "Changes", writer: "Writer", *, as_json: bool) -> None:
    from footnote.ingest.pipeline import Progress
    from footnote.ingest.watch import apply

    for event in apply(found, writer):
        if not isinstance(event, Progress):
            tell(session, event, as_json=as_json)
