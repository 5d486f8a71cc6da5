"""`footnote ingest`, `articles`, `show`, `remove`, `reindex`: what is in the library."""

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands.links import FeedSince, link_options
from footnote.ui.commands.run import (
    DONE,
    Articles,
    Json,
    OfCollection,
    Run,
    Tagged,
    app,
    complete_article,
    complete_collection,
    emit,
    encoder_of,
    filters_of,
    say,
)

if TYPE_CHECKING:
    from footnote.ingest.handover.writer import Writer
    from footnote.ingest.library.library import Library
    from footnote.ingest.library.record import FeedRecord
    from footnote.ingest.pipeline import Outcome, Progress


@app.command(
    short_help="Add articles: files, folders, links, feeds, standard input.",
    epilog="""\b
Examples:
  footnote ingest article.html report.pdf
  footnote ingest articles/ 'news/2026-*.md'
  footnote ingest https://example.org/a-story
  footnote ingest https://example.org/feed.xml --since 2026-01-01 --limit 200
  pandoc letter.docx -t plain | footnote ingest - --title "A letter"
  footnote ingest report.pdf --collection "Harbour works" --tag urgent
  footnote ingest --samples
""",
)
def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE", help="Files, folders, patterns, links, feeds, or - for standard input."
        ),
    ] = None,
    as_json: Json = False,
    title: Annotated[str, typer.Option(help="Title of the one file or page, or of standard input.")] = "",
    since: FeedSince = "",
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of a feed, read the N newest. Default: 100.")
    ] = None,
    chapters: Annotated[
        bool, typer.Option("--chapters", help="Make each chapter of a book an article.")
    ] = False,
    samples: Annotated[bool, typer.Option("--samples", help="Add the sample articles too.")] = False,
    collection: Annotated[
        list[str] | None,
        typer.Option(
            "--collection",
            metavar="NAME",
            help="Put what is read into this collection, made if need be; may be given several times.",
            autocompletion=complete_collection,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="TAG", help="Put this tag to what is read; may be given several times."
        ),
    ] = None,
) -> int:
    """Add articles: files, folders, links, feeds.

    Reads .txt .md .html .pdf .docx .odt .epub .eml .mhtml .ipynb .csv .tsv .xlsx .zip
    .jsonl, and of recordings the transcript: .srt .vtt .ttml .json. Pictures of
    pages (.png .jpg .jpeg .tiff .tif .webp) with the extra footnote[ocr].
    """
    from footnote.ingest.library.collections import places

    session: Run = context.obj
    given = list(sources or [])
    if samples:
        given.append(samples_source())
    if not given:
        raise typer.BadParameter("Name a file or folder to add, or --samples", context)
    with session.changing(aloud=not as_json) as writer:
        add(
            session,
            writer,
            given,
            title=title,
            as_json=as_json,
            since=since,
            limit=limit,
            chapters=chapters,
            filed=places(collection or (), tag or ()),
        )
    return session.status


def samples_source() -> str:
    """Return the folder of the sample articles."""
    from footnote.ingest.samples import sample_folder

    return str(sample_folder())


def add(
    session: Run,
    writer: "Writer",
    given: list[str],
    *,
    title: str = "",
    as_json: bool = False,
    since: str = "",
    limit: int | None = None,
    chapters: bool = False,
    filed: "Mapping[str, tuple[str, ...]] | None" = None,
) -> None:
    """Read, encode and store what `given` names, with a bar on a terminal; say what became of it.

    `filed` has the `collections` and `tags` that it is put under.
    """
    from footnote.ingest.jobs.writer import QueuedWriter
    from footnote.ingest.pipeline import Outcome
    from footnote.ingest.sources import count_sources
    from footnote.ui.commands import terminal

    console = terminal.messages()
    total = count_sources(given) if console.is_terminal else None
    events = _events(
        writer, given, title=title, since=since, limit=limit, chapters=chapters, filed=filed or {}
    )
    counts: dict[str, int] = {}
    try:
        with terminal.progress_bar(console, "paragraphs") as bar:
            task = bar.add_task("Adding", total=total, known=total or "?", units=0)
            for event in events:
                if isinstance(event, Outcome):
                    counts[event.status] = counts.get(event.status, 0) + 1
                    _tell(session, event, as_json=as_json)
                else:
                    bar.update(
                        task, completed=event.done + event.ahead, units=event.paragraphs + event.encoded
                    )
    except KeyboardInterrupt:
        added = counts.get("added", 0) + counts.get("updated", 0)
        queued = isinstance(writer, QueuedWriter)
        rest = (
            "workers do the rest: `footnote jobs`." if queued else "run the same command again for the rest."
        )
        say(f"{terminal.count(added, 'article')} finished; {rest}", prefix="")
        raise
    if not as_json:
        told = [
            f"{counts[s]:,} {s}"
            for s in ("added", "updated", "unchanged", "duplicate", "rejected")
            if s in counts
        ]
        terminal.output().print(", ".join(told) + ".")


def _events(
    writer: "Writer",
    given: list[str],
    *,
    title: str,
    since: str,
    limit: int | None,
    chapters: bool,
    filed: "Mapping[str, tuple[str, ...]]",
) -> "Iterator[Outcome | Progress]":
    """Read and store what `given` names, here or in workers."""
    from footnote.ingest.jobs.writer import QueuedWriter
    from footnote.ingest.library.collections import filed_under
    from footnote.ingest.sources import read_sources, take_sources

    if isinstance(writer, QueuedWriter):
        taken = take_sources(given, stdin=sys.stdin.buffer, title=title)
        yield from writer.ingest_sources(taken, chapters=chapters, since=since, limit=limit, filed=filed)
        return
    feeds: list[FeedRecord] = []
    links = link_options(given, since, limit)
    found = read_sources(
        given, stdin=sys.stdin.buffer, title=title, on_feed=feeds.append, chapters=chapters, **links
    )
    yield from writer.ingest(filed_under(found, **filed))
    for feed in feeds:  # only now is all that they named stored
        writer.note_feed(feed)


def _tell(session: Run, outcome: "Outcome", *, as_json: bool) -> None:
    """Print what became of one source: all of it as JSON, else only what asks for attention."""
    if as_json:
        emit(outcome.as_json())
    if outcome.status == "rejected":
        reason = outcome.reason if outcome.source in outcome.reason else f"{outcome.source}: {outcome.reason}"
        session.complain(reason)
    for warning in outcome.warnings:
        say(f"{outcome.source}: {warning}")


@app.command(
    epilog="""\b
Examples:
  footnote articles
  footnote articles --json
  footnote articles --collection "Harbour works"
"""
)
def articles(
    context: typer.Context, as_json: Json = False, collection: OfCollection = None, tag: Tagged = None
) -> int:
    """List the articles of the library."""
    from footnote.rag.find.retrieve import articles_within
    from footnote.ui.commands import terminal

    session: Run = context.obj
    with session.reader() as assistant:
        filters = filters_of(assistant, collections=collection, tags=tag)
        records = articles_within(assistant.library, filters)
    if as_json:
        for record in records:
            emit(record.as_json())
    else:
        terminal.print_articles(terminal.output(), records)
    return DONE


@app.command(
    epilog="""\b
Examples:
  footnote show harbour-bridge.md
  footnote show 3f2a --json
"""
)
def show(
    context: typer.Context,
    article: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE",
            help="An article by id, start of an id, file name or source.",
            autocompletion=complete_article,
        ),
    ],
    as_json: Json = False,
) -> int:
    """Print an article with its paragraphs as Footnote sees them."""
    from footnote.ui.commands import terminal

    session: Run = context.obj
    with session.reader() as assistant:
        library = assistant.library
        record = library.article(library.resolve(article))
        paragraphs = library.paragraphs(record.article_id)
    if as_json:
        emit({**record.as_json(), "paragraphs": [p.text for p in paragraphs]})
    else:
        terminal.print_article(terminal.output(), record, paragraphs)
    return DONE


@app.command(
    short_help="Remove articles from the library.",
    epilog="""\b
Examples:
  footnote remove harbour-bridge.md
  footnote remove 3f2a 77b0 --yes
""",
)
def remove(
    context: typer.Context,
    articles: Articles = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> int:
    """Remove articles from the library; the files they came from stay."""
    session: Run = context.obj
    if not articles:
        raise typer.BadParameter("Name an article to remove", context)
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("There is nobody to ask here; give --yes to remove", context)
    with session.changing() as writer:
        chosen = dict(resolved(session, writer.library, articles))
        if chosen and (yes or _agreed(list(chosen.values()))):
            for article_id, title in chosen.items():
                writer.remove(article_id)
                print(f"Removed {title}.")
    return session.status


def resolved(session: Run, library: "Library", given: list[str]) -> Iterator[tuple[str, str]]:
    """Yield id and title of each article that is there; say which are not."""
    from footnote.ui.commands.terminal import line

    for reference in given:
        try:
            record = library.article(library.resolve(reference))
        except FootnoteError as error:
            session.complain(str(error))
        else:
            yield record.article_id, f"“{line(record.title)}” ({record.article_id})"


def _agreed(titles: list[str]) -> bool:
    from footnote.ui.commands import terminal

    return terminal.confirmed(f"Remove {', '.join(titles)} from the library?")


@app.command(
    short_help="Build the search index again.",
    epilog="""\b
Example:
  FOOTNOTE_ENCODER=path/to/model footnote reindex
""",
)
def reindex(context: typer.Context) -> int:
    """Build the search index again; with another encoder set, encode the articles again."""
    from footnote.ingest.jobs.writer import QueuedWriter
    from footnote.ingest.library.library import reindex as rebuild
    from footnote.ui.commands import terminal

    session: Run = context.obj
    settings = session.settings()
    console = terminal.messages()
    with terminal.progress_bar(console, "articles") as bar:
        task = bar.add_task("Indexing", total=None, known="?", units=0)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, known=total, units=done)

        if settings.workers:
            with session.changing() as writer:
                assert isinstance(writer, QueuedWriter)
                for _ in writer.reindex():
                    pass
        else:
            rebuild(settings.home, encoder_of(settings), progress, stores=settings.stores)
    terminal.output().print("The index is new.")
    return DONE
