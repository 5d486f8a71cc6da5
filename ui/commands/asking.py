"""`footnote ask`, `search`, `summarise`: what the articles say."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands.run import (
    DONE,
    Articles,
    Batch,
    Json,
    Model,
    OfCollection,
    Only,
    Run,
    Since,
    Tagged,
    Until,
    app,
    emit,
    filters_of,
    one_of,
    row_filters,
    run_batch,
    say,
)

if TYPE_CHECKING:
    from footnote.ingest.library.library import ArticleRecord
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Filters
    from footnote.ui.commands.batch import BatchRow


@app.command(
    short_help="Answer a question, or say that it cannot be.",
    epilog="""\b
Examples:
  footnote ask "When does the bridge close?"
  footnote ask "What did it cost?" --article harbour-bridge.md --since 2026
  footnote ask "And who paid?" --history conversation.json --explain
  footnote ask --batch questions.jsonl > answers.jsonl
""",
)
def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="The question.")] = None,
    as_json: Json = False,
    article: Only = None,
    since: Since = "",
    until: Until = "",
    collection: OfCollection = None,
    tag: Tagged = None,
    history: Annotated[
        str,
        typer.Option(
            metavar="FILE", help='The conversation so far: JSON, [{"role": "user", "content": "…"}, …].'
        ),
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Also print how the question was understood, and how surely.")
    ] = False,
    batch: Batch = "",
    model: Model = None,  # noqa: ARG001 - read by its callback
) -> int:
    """Answer a question from the articles, or say that they do not answer it."""
    session: Run = context.obj
    one_of(context, "a QUESTION or --batch FILE", question is not None, bool(batch))
    with session.reader() as assistant:
        filters = filters_of(assistant, article or None, since, until, collection, tag)
        if batch:
            return run_batch(session, batch, lambda row: _ask_row(assistant, row, filters))
        return _ask(assistant, question or "", filters, history, as_json=as_json, explain=explain)


def _ask(
    assistant: "Assistant", question: str, filters: "Filters", history: str, *, as_json: bool, explain: bool
) -> int:
    from footnote.ui.commands import batch, terminal

    turns = batch.read_history(history) if history else ()
    with terminal.waiting("Reading …", shown=not as_json):
        reply = assistant.ask(question, filters=filters, history=turns)
    if as_json:
        emit(reply.as_json())
    else:
        terminal.print_reply(terminal.output(), reply)
        if explain:
            terminal.print_understood(terminal.output(), reply)
    return DONE


def _ask_row(assistant: "Assistant", row: "BatchRow", filters: "Filters") -> dict[str, Any]:
    reply = assistant.ask(row.question, filters=row_filters(assistant, row, filters), history=row.history)
    return reply.as_json()


@app.command(
    epilog="""\b
Examples:
  footnote search "bridge closure"
  footnote search "heat pumps" -k 3 --json
  footnote search --batch queries.jsonl
"""
)
def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(metavar="QUERY", help="What to look for.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many paragraphs.")] = 10,
    as_json: Json = False,
    article: Only = None,
    since: Since = "",
    until: Until = "",
    collection: OfCollection = None,
    tag: Tagged = None,
    batch: Batch = "",
) -> int:
    """Print the paragraphs that fit a query best, the best first."""
    session: Run = context.obj
    one_of(context, "a QUERY or --batch FILE", query is not None, bool(batch))
    with session.reader() as assistant:
        filters = filters_of(assistant, article or None, since, until, collection, tag)
        if batch:
            return run_batch(session, batch, lambda row: _search_row(assistant, row, filters, k))
        return _search(assistant, query or "", filters, k, as_json=as_json)


def _search(assistant: "Assistant", query: str, filters: "Filters", k: int, *, as_json: bool) -> int:
    from footnote.ui.commands import terminal

    with terminal.waiting("Searching …", shown=not as_json):
        passages = assistant.search(query, k=k, filters=filters)
    if passages.unanswered and not as_json:
        say(passages.unanswered)
    if as_json:
        emit(passages.as_json())
    elif passages:
        terminal.print_passages(terminal.output(), passages)
    else:
        empty = not assistant.library.articles()
        terminal.output().print(terminal.NO_ARTICLES if empty else terminal.NOTHING_FOUND)
    return DONE


def _search_row(assistant: "Assistant", row: "BatchRow", filters: "Filters", k: int) -> dict[str, Any]:
    return assistant.search(row.question, k=k, filters=row_filters(assistant, row, filters)).as_json()


@app.command(
    short_help="Write one paragraph on articles or a text.",
    epilog="""\b
Examples:
  footnote summarise harbour-bridge.md
  footnote summarise harbour-bridge.md ferry-network.md --words 120
  footnote summarise --all --json
  pbpaste | footnote summarise --text -
""",
)
def summarise(
    context: typer.Context,
    articles: Articles = None,
    every: Annotated[bool, typer.Option("--all", help="Each article of the library on its own.")] = False,
    text: Annotated[
        str,
        typer.Option(metavar="FILE", help="A text that is not added to the library; - is standard input."),
    ] = "",
    words: Annotated[int | None, typer.Option(min=30, max=400, help="About how many words.")] = None,
    as_json: Json = False,
    collection: OfCollection = None,
    tag: Tagged = None,
    model: Model = None,  # noqa: ARG001 - read by its callback
) -> int:
    """Write one paragraph on an article, on several together, or on a text.

    Of a collection or a tag: one paragraph on all its articles together, or with --all one on each.
    """
    session: Run = context.obj
    filed = bool(collection or tag)
    one_of(
        context, "ARTICLEs, --all or --text FILE", bool(articles) or (filed and not every), every, bool(text)
    )
    with session.reader() as assistant:
        chosen = _records(assistant, collection, tag)
        if every:
            return _summarise_all(session, assistant, chosen, words, as_json=as_json)
        named = list(articles or [])
        if filed and named:
            ids = {assistant.library.resolve(a) for a in named}
            named = [a.article_id for a in chosen if a.article_id in ids]
        elif filed:
            named = [a.article_id for a in chosen]
        return _summarise(assistant, named, text, words, as_json=as_json)


def _records(
    assistant: "Assistant", collections: list[str] | None, tags: list[str] | None
) -> "list[ArticleRecord]":
    """Return the articles of any of the collections with any of the tags; all where neither is given."""
    from footnote.rag.find.retrieve import articles_within

    filters = filters_of(assistant, collections=collections, tags=tags)
    return articles_within(assistant.library, filters)


def _summarise(
    assistant: "Assistant", articles: list[str], text: str, words: int | None, *, as_json: bool
) -> int:
    from footnote.ingest.readers.decode import decode
    from footnote.ui.commands import batch, terminal

    given = ""
    if text:
        with batch.open_given(text) as file:
            given = decode(file.read())
    with terminal.waiting("Reading …", shown=not as_json):
        summary = (
            assistant.summarise_text(given, words=words)
            if text
            else assistant.summarise(articles, words=words)
        )
    if as_json:
        emit(summary.as_json())
    else:
        terminal.print_summary(terminal.output(), summary)
    return DONE


def _summarise_all(
    session: Run,
    assistant: "Assistant",
    records: "list[ArticleRecord]",
    words: int | None,
    *,
    as_json: bool,
) -> int:
    from footnote.ui.commands import terminal

    console = terminal.output()
    if not records and not as_json:
        console.print(terminal.NO_ARTICLES)
    for number, record in enumerate(records):
        try:
            summary = assistant.summarise([record.article_id], words=words)
        except FootnoteError as error:
            session.complain(f"{record.title}: {error}")
            continue
        if as_json:
            emit(summary.as_json())
        else:
            if number:
                console.rule(style=terminal.QUIET)
            terminal.print_summary(console, summary)
    return session.status
