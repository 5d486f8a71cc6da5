"""The `footnote` command: one function a command, in the order in which a person meets them.

Nothing heavy is imported before a command needs it, so that `footnote --help` answers at once.
Exit status: 0 done (a refusal is done), 1 something given could not be used, 2 wrong usage.
"""

import contextlib
import datetime as dt
import json
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ingest.errors import FootnoteError

if TYPE_CHECKING:
    from ingest.encode import Encoder
    from ingest.pipeline import Outcome
    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.types import Filters
    from ui.batch import Row

DONE, PROBLEM, WRONG_USAGE, STOPPED, PIPE_CLOSED = 0, 1, 2, 130, 141
LOG_NAME = "footnote.log"
# Terminals obey these, and JSON may hold them as they are; escaped they mean the same.
UNESCAPED = re.compile("[\x7f-\x9f]")
DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def _build(settings: "Settings", *, read_only: bool = False) -> "Assistant":
    from rag.assistant import build

    return build(settings, read_only=read_only)


def _serve(settings: "Settings", *, assistant: "Assistant", open_browser: bool) -> None:
    from ui.server import serve

    serve(settings, assistant=assistant, open_browser=open_browser)


def _encoder(settings: "Settings") -> "Encoder":
    from ingest.encode import SentenceTransformerEncoder

    return SentenceTransformerEncoder(settings.encoder)


@dataclass(slots=True)
class Session:
    """One run of the command: how parts are made, what holds for every command, how it went."""

    build: Callable[..., "Assistant"] = _build
    serve: Callable[..., None] = _serve
    home: Path | None = None
    debug: bool = False
    status: int = DONE

    def settings(self, **given: Any) -> "Settings":
        """Return the settings in force."""
        from rag.settings import Settings

        return Settings.load(self.home, **given)

    def reader(self) -> "Assistant":
        """Open the library for reading, which works while another process writes to it."""
        return self.build(self.settings(), read_only=True)

    def writer(self) -> "Assistant":
        """Open the library for writing."""
        return self.build(self.settings(), read_only=False)

    def complain(self, message: str) -> None:
        """Print one line on standard error; the command will end with status 1."""
        self.status = PROBLEM
        _say(message)


class _Commands(TyperGroup):
    """The commands; a reader that goes away (`| head`) ends one quietly."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise typer.Exit(PIPE_CLOSED) from None
        return status


def main() -> None:
    """Run the command on the arguments of this process and end it with the right status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character still shows the rest
    status = run()
    if status == PIPE_CLOSED:
        # What is left in the buffer has no reader; without this Python would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def run(
    argv: Sequence[str] | None = None,
    *,
    build: Callable[..., "Assistant"] = _build,
    serve: Callable[..., None] = _serve,
) -> int:
    """Run the command on `argv` (the process's own arguments when None) and return its exit status.

    `build` opens the library as `rag.build` does, `serve` serves the page; tests pass their own.
    """
    session = Session(build, serve)
    try:
        status = typer.main.get_command(app).main(
            None if argv is None else list(argv), prog_name="footnote", standalone_mode=False, obj=session
        )
    except (typer.TyperException, typer.Abort, FootnoteError) as error:
        return _explain(error)
    except Exception as error:  # noqa: BLE001 - a bug: one sentence for the person, the rest in the log
        return _report(error, session)
    if status == STOPPED:
        _say("Stopped.", prefix="")
    return int(status or session.status)


def _explain(error: Exception) -> int:
    """Say what was wrong with what a person gave, and return the exit status."""
    if isinstance(error, typer.Abort):
        _say("Stopped.", prefix="")
        return STOPPED
    if isinstance(error, typer.TyperException):
        return _explain_usage(error)
    from rag.errors import QuestionError

    _say(str(error))
    return WRONG_USAGE if isinstance(error, QuestionError) else PROBLEM


def _explain_usage(error: typer.TyperException) -> int:
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if message.startswith("Usage:"):  # `footnote` alone
        print(message, file=sys.stderr)
        return WRONG_USAGE
    path = context.command_path if context else "footnote"
    _say(f"{message.rstrip('.')}. See `{path} --help`.")
    return error.exit_code


def _report(error: Exception, session: Session) -> int:
    """Tell of a bug in one sentence, and keep its traceback in the log."""
    path = _log(error, session)
    if session.debug:
        traceback.print_exception(error)
    kept = f" The details are in {path}." if path else " Run it again with --debug to see the details."
    _say(f"Something went wrong that should not have: {type(error).__name__}: {error}.{kept}")
    return PROBLEM


def _log(error: Exception, session: Session) -> Path | None:
    """Append the traceback to the log in the library's folder, else in the temporary folder."""
    folders = [Path(tempfile.gettempdir())]
    with contextlib.suppress(FootnoteError):
        folders.insert(0, session.settings().home)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    entry = f"{now}\n{''.join(traceback.format_exception(error))}\n"
    for folder in folders:
        with contextlib.suppress(OSError):
            path = folder / LOG_NAME
            with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(entry)
            return path
    return None


def _say(message: str, *, prefix: str = "footnote: ") -> None:
    from ui.terminal import line

    print(f"{prefix}{line(message)}", file=sys.stderr, flush=True)


def _emit(value: Any) -> None:
    """Print `value` as one line of JSON in UTF-8, whatever the terminal's encoding."""
    text = json.dumps(value, ensure_ascii=False)
    text = UNESCAPED.sub(lambda m: f"\\u{ord(m[0]):04x}", text) + "\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))  # a lone surrogate: \udc80
    sys.stdout.buffer.flush()


def _date(value: str) -> str:
    """Check a date given as `2026`, `2026-05` or `2026-05-31`."""
    if value:
        try:
            if not DATE.fullmatch(value):
                raise ValueError(value)
            dt.date.fromisoformat(value + "0000-01-01"[len(value) :])
        except ValueError:
            raise typer.BadParameter(f"“{value}” is no date such as 2026, 2026-05 or 2026-05-31") from None
    return value


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"footnote {version('footnote')}")
        raise typer.Exit


def _complete_article(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the ids of the articles, with their titles, to the shell."""
    home = ctx.find_root().params.get("home")
    try:
        with Session(home=home).reader() as assistant:
            articles = assistant.library.articles()
    except Exception:  # noqa: BLE001 - a shell that completes wants no message
        return []
    return [(a.article_id, a.title) for a in articles if a.article_id.startswith(incomplete)]


app = typer.Typer(
    cls=_Commands,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Articles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ARTICLE",
        help="Articles by id, start of an id, file name or source.",
        autocompletion=_complete_article,
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--article",
        metavar="ARTICLE",
        help="Use this article only; may be given several times.",
        autocompletion=_complete_article,
    ),
]
Since = Annotated[
    str, typer.Option(metavar="DATE", callback=_date, help="Use articles from this date on only.")
]
Until = Annotated[
    str, typer.Option(metavar="DATE", callback=_date, help="Use articles up to this date only.")
]
Batch = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help='Read JSON Lines {"id", "question"} from FILE (-: standard input); print JSON Lines.',
    ),
]


@app.callback(
    epilog="""\b
Examples:
  footnote ingest articles/          add a folder of articles
  footnote ask "When does the bridge close?"
  footnote summarise report.pdf      one paragraph on an article in the library
  footnote serve --open              ask in a chat window
"""
)
def footnote(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The library's folder. Default: FOOTNOTE_HOME, else your data folder."
        ),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", envvar="FOOTNOTE_DEBUG", show_envvar=False, help="Show the traceback of a bug."
        ),
    ] = False,
    version: Annotated[  # noqa: ARG001 - read by its callback
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """Ask questions about your articles, offline, with a footnote on every sentence."""
    session: Session = context.obj
    session.home = home.expanduser() if home else None
    session.debug = debug


@app.command(
    short_help="Add articles: files, folders, standard input.",
    epilog="""\b
Examples:
  footnote ingest article.html report.pdf
  footnote ingest articles/ 'news/2026-*.md'
  pandoc letter.docx -t plain | footnote ingest - --title "A letter"
  footnote ingest --samples
""",
)
def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Files, folders, patterns, or - for standard input."),
    ] = None,
    as_json: Json = False,
    title: Annotated[str, typer.Option(help="Title of the one file, or of standard input.")] = "",
    samples: Annotated[bool, typer.Option("--samples", help="Add the sample articles too.")] = False,
) -> int:
    """Add articles to the library: .txt .md .html .pdf .jsonl files and folders of them."""
    session: Session = context.obj
    given = list(sources or [])
    if samples:
        given.append(_samples())
    if not given:
        raise typer.BadParameter("Name a file or folder to add, or --samples", context)
    with session.writer() as assistant:
        _ingest(session, assistant, given, title=title, as_json=as_json)
    return session.status


def _samples() -> str:
    from ingest.samples import sample_folder

    return str(sample_folder())


def _ingest(
    session: Session, assistant: "Assistant", given: list[str], *, title: str = "", as_json: bool = False
) -> None:
    """Read, encode and store what `given` names, with a bar on a terminal; say what became of it."""
    from ingest.pipeline import Outcome
    from ingest.pipeline import ingest as store
    from ingest.sources import count_sources, read_sources
    from ui import terminal

    console = terminal.messages()
    total = count_sources(given) if console.is_terminal else None
    found = read_sources(given, stdin=sys.stdin.buffer, title=title)
    counts: dict[str, int] = {}
    try:
        with terminal.progress_bar(console, "paragraphs") as bar:
            task = bar.add_task("Adding", total=total, known=total or "?", units=0)
            for event in store(found, assistant.library, assistant.encoder):
                if isinstance(event, Outcome):
                    counts[event.status] = counts.get(event.status, 0) + 1
                    _tell(session, event, as_json=as_json)
                else:
                    bar.update(task, completed=event.done, units=event.paragraphs)
    except KeyboardInterrupt:
        added = counts.get("added", 0) + counts.get("updated", 0)
        _say(
            f"{terminal.count(added, 'article')} finished; run the same command again for the rest.",
            prefix="",
        )
        raise
    if not as_json:
        told = [
            f"{counts[s]:,} {s}"
            for s in ("added", "updated", "unchanged", "duplicate", "rejected")
            if s in counts
        ]
        terminal.output().print(", ".join(told) + ".")


def _tell(session: Session, outcome: "Outcome", *, as_json: bool) -> None:
    """Print what became of one source: all of it as JSON, else only what asks for attention."""
    if as_json:
        _emit(outcome.as_json())
    if outcome.status == "rejected":
        reason = outcome.reason if outcome.source in outcome.reason else f"{outcome.source}: {outcome.reason}"
        session.complain(reason)
    for warning in outcome.warnings:
        _say(f"{outcome.source}: {warning}")


@app.command(
    short_help="Answer a question, or say that it cannot be.",
    epilog="""\b
Examples:
  footnote ask "When does the bridge close?"
  footnote ask "What did it cost?" --article harbour-bridge.md --since 2026
  footnote ask "And who paid?" --history conversation.json --json
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
    history: Annotated[
        str,
        typer.Option(
            metavar="FILE", help='The conversation so far: JSON, [{"role": "user", "content": "…"}, …].'
        ),
    ] = "",
    batch: Batch = "",
) -> int:
    """Answer a question from the articles, or say that they do not answer it."""
    session: Session = context.obj
    _one_of(context, "a QUESTION or --batch FILE", question is not None, bool(batch))
    with session.reader() as assistant:
        filters = _filters(assistant, article or None, since, until)
        if batch:
            return _run_batch(session, batch, lambda row: _ask_row(assistant, row, filters))
        return _ask(assistant, question or "", filters, history, as_json=as_json)


def _ask(assistant: "Assistant", question: str, filters: "Filters", history: str, *, as_json: bool) -> int:
    from ui import batch, terminal

    turns = batch.read_history(history) if history else ()
    with terminal.waiting("Reading …", shown=not as_json):
        reply = assistant.ask(question, filters=filters, history=turns)
    if as_json:
        _emit(reply.as_json())
    else:
        terminal.print_reply(terminal.output(), reply)
    return DONE


def _ask_row(assistant: "Assistant", row: "Row", filters: "Filters") -> dict[str, Any]:
    reply = assistant.ask(row.question, filters=_row_filters(assistant, row, filters), history=row.history)
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
    batch: Batch = "",
) -> int:
    """Print the paragraphs that fit a query best, the best first."""
    session: Session = context.obj
    _one_of(context, "a QUERY or --batch FILE", query is not None, bool(batch))
    with session.reader() as assistant:
        filters = _filters(assistant, article or None, since, until)
        if batch:
            return _run_batch(session, batch, lambda row: _search_row(assistant, row, filters, k))
        return _search(assistant, query or "", filters, k, as_json=as_json)


def _search(assistant: "Assistant", query: str, filters: "Filters", k: int, *, as_json: bool) -> int:
    from ui import terminal

    with terminal.waiting("Searching …", shown=not as_json):
        passages = assistant.search(query, k=k, filters=filters)
    if as_json:
        _emit({"passages": [p.as_json() for p in passages]})
    elif passages:
        terminal.print_passages(terminal.output(), passages)
    else:
        empty = not assistant.library.articles()
        terminal.output().print(terminal.NO_ARTICLES if empty else terminal.NOTHING_FOUND)
    return DONE


def _search_row(assistant: "Assistant", row: "Row", filters: "Filters", k: int) -> dict[str, Any]:
    passages = assistant.search(row.question, k=k, filters=_row_filters(assistant, row, filters))
    return {"passages": [p.as_json() for p in passages]}


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
) -> int:
    """Write one paragraph on an article, on several together, or on a text."""
    session: Session = context.obj
    _one_of(context, "ARTICLEs, --all or --text FILE", bool(articles), every, bool(text))
    with session.reader() as assistant:
        if every:
            return _summarise_all(session, assistant, words, as_json=as_json)
        return _summarise(assistant, articles or [], text, words, as_json=as_json)


def _summarise(
    assistant: "Assistant", articles: list[str], text: str, words: int | None, *, as_json: bool
) -> int:
    from ingest.readers.decode import decode
    from ui import batch, terminal

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
        _emit(summary.as_json())
    else:
        terminal.print_summary(terminal.output(), summary)
    return DONE


def _summarise_all(session: Session, assistant: "Assistant", words: int | None, *, as_json: bool) -> int:
    from ui import terminal

    console = terminal.output()
    records = assistant.library.articles()
    if not records and not as_json:
        console.print(terminal.NO_ARTICLES)
    for number, record in enumerate(records):
        try:
            summary = assistant.summarise([record.article_id], words=words)
        except FootnoteError as error:
            session.complain(f"{record.title}: {error}")
            continue
        if as_json:
            _emit(summary.as_json())
        else:
            if number:
                console.rule(style=terminal.QUIET)
            terminal.print_summary(console, summary)
    return session.status


@app.command(
    epilog="""\b
Examples:
  footnote articles
  footnote articles --json
"""
)
def articles(context: typer.Context, as_json: Json = False) -> int:
    """List the articles of the library."""
    from ui import terminal

    session: Session = context.obj
    with session.reader() as assistant:
        records = assistant.library.articles()
    if as_json:
        for record in records:
            _emit(record.as_json())
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
            autocompletion=_complete_article,
        ),
    ],
    as_json: Json = False,
) -> int:
    """Print an article with its paragraphs as Footnote sees them."""
    from ui import terminal

    session: Session = context.obj
    with session.reader() as assistant:
        library = assistant.library
        record = library.article(library.resolve(article))
        paragraphs = library.paragraphs(record.article_id)
    if as_json:
        _emit({**record.as_json(), "paragraphs": [p.text for p in paragraphs]})
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
    session: Session = context.obj
    if not articles:
        raise typer.BadParameter("Name an article to remove", context)
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("There is nobody to ask here; give --yes to remove", context)
    with session.writer() as assistant:
        chosen = dict(_resolved(session, assistant, articles))
        if chosen and (yes or _agreed(list(chosen.values()))):
            for article_id, title in chosen.items():
                assistant.library.remove(article_id)
                print(f"Removed {title}.")
    return session.status


def _resolved(session: Session, assistant: "Assistant", given: list[str]) -> Iterator[tuple[str, str]]:
    """Yield id and title of each article that is there; say which are not."""
    from ui.terminal import line

    for reference in given:
        try:
            record = assistant.library.article(assistant.library.resolve(reference))
        except FootnoteError as error:
            session.complain(str(error))
        else:
            yield record.article_id, f"“{line(record.title)}” ({record.article_id})"


def _agreed(titles: list[str]) -> bool:
    from ui import terminal

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
    from ingest.library import reindex as rebuild
    from ui import terminal

    session: Session = context.obj
    settings = session.settings()
    console = terminal.messages()
    with terminal.progress_bar(console, "articles") as bar:
        task = bar.add_task("Indexing", total=None, known="?", units=0)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, known=total, units=done)

        rebuild(settings.home, _encoder(settings), progress)
    terminal.output().print("The index is new.")
    return DONE


@app.command(
    short_help="Print settings, and whether all is well.",
    epilog="""\b
Examples:
  footnote doctor
  footnote doctor --json
""",
)
def doctor(context: typer.Context, as_json: Json = False) -> int:
    """Print every setting with where it came from, and whether all parts are well."""
    from ui import doctor as check
    from ui import terminal

    session: Session = context.obj
    report = check.examine(session.home, session.build)
    if as_json:
        _emit(report.as_json())
    else:
        check.print_report(terminal.output(), report)
    return DONE if report.well else PROBLEM


@app.command(
    short_help="Serve the chat window.",
    epilog="""\b
Examples:
  footnote serve --open
  footnote serve --port 8000 --samples
""",
)
def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen at. Default: this computer only.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    samples: Annotated[
        bool, typer.Option("--samples", help="Add the sample articles when the library is empty.")
    ] = False,
) -> int:
    """Serve the chat window, by default at http://127.0.0.1:7860."""
    session: Session = context.obj
    settings = session.settings(host=host, port=port)
    assistant = session.build(settings, read_only=False)
    try:
        if samples and not assistant.library.articles():
            _say("The library is empty: adding the sample articles.", prefix="")
            _ingest(session, assistant, [_samples()])
        session.serve(settings, assistant=assistant, open_browser=open_browser)
    finally:
        assistant.close()
    return session.status


def _one_of(context: typer.Context, what: str, *given: bool) -> None:
    if sum(given) != 1:
        raise typer.BadParameter(f"Give {what}{', not both' if sum(given) > 1 else ''}", context)


def _filters(assistant: "Assistant", articles: Sequence[str] | None, since: str, until: str) -> "Filters":
    from rag.types import Filters

    ids = None if articles is None else tuple(assistant.library.resolve(a) for a in articles)
    return Filters(ids, since, until)


def _row_filters(assistant: "Assistant", row: "Row", filters: "Filters") -> "Filters":
    if row.articles is None:
        return filters
    return _filters(assistant, row.articles, filters.since, filters.until)


def _run_batch(session: Session, name: str, answer: Callable[["Row"], dict[str, Any]]) -> int:
    """Print an object for each row of the file, in order; a bad row gets one with its error."""
    from ui import batch

    for row in batch.read_rows(name):
        if isinstance(row, batch.BadRow):
            _refuse_row(session, name, row.line, row.id, row.reason)
            continue
        try:
            found = answer(row)
        except FootnoteError as error:
            _refuse_row(session, name, row.line, row.id, str(error))
        else:
            _emit({"id": row.id, **found})
    return session.status


def _refuse_row(session: Session, name: str, line: int, row_id: Any, reason: str) -> None:
    source = "standard input" if name == "-" else name
    session.complain(f"{source}, line {line}: {reason}")
    _emit({"id": row_id, "error": reason})


if __name__ == "__main__":
    main()
