"""What every command shares: the run's session, the options, how things are said and printed."""

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from footnote.ingest.errors import FootnoteError

if TYPE_CHECKING:
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.handover.handover import RemoteWriter
    from footnote.ingest.handover.writer import LocalWriter, Writer
    from footnote.ingest.jobs.items import Job
    from footnote.ingest.jobs.queue import Queue
    from footnote.ingest.jobs.worker import Making, Worker
    from footnote.ingest.jobs.writer import QueuedWriter
    from footnote.ingest.pipeline import Outcome
    from footnote.rag.assistant import Assistant
    from footnote.rag.settings import Settings
    from footnote.rag.types import Filters
    from footnote.ui.commands.batch import BatchRow

DONE, PROBLEM, WRONG_USAGE, STOPPED, PIPE_CLOSED = 0, 1, 2, 130, 141
# In the order in which a person meets them; `footnote --help` lists them so.
ORDER = (
    "ingest ask search summarise check articles show diff remove refresh watch "
    "export import reindex collections evaluate model doctor serve worker jobs keys accounts mcp"
).split()
# Terminals obey these, and JSON may hold them as they are; escaped they mean the same.
UNESCAPED = re.compile("[\x7f-\x9f]")


def build(settings: "Settings", *, read_only: bool = False) -> "Assistant":
    """Open the library as `footnote.rag.build` does."""
    from footnote.rag.assistant import build

    return build(settings, read_only=read_only)


def serve(settings: "Settings", *, assistant: "Assistant", open_browser: bool) -> None:
    """Serve the page until it is stopped."""
    from footnote.ui.web.server import serve

    serve(settings, assistant=assistant, open_browser=open_browser)


def encoder_of(settings: "Settings") -> "Encoder":
    """Return the encoder that the settings name."""
    from footnote.ingest.encoder.encoder import encoder_named

    return encoder_named(settings.encoder)


def worker_of(
    settings: "Settings",
    encoder: "Encoder",
    build: "Callable[..., Assistant]" = build,
    after: "Callable[[int, Outcome], None]" = lambda _job, _outcome: None,
) -> "Worker":
    """Return a worker that also evaluates; `after` is told what became of each source."""
    from footnote.ingest.jobs.worker import Worker

    def evaluate(job: "Job", making: "Making") -> bytes:
        from footnote.evals.job import evaluate_job

        return evaluate_job(job, settings, lambda wanted: build(wanted, read_only=True), making)

    return Worker(settings.home, settings.stores, encoder, after=after, evaluate=evaluate)


@dataclass(slots=True)
class Run:
    """One run of the command: how parts are made, what holds for every command, how it went."""

    build: Callable[..., "Assistant"] = build
    serve: Callable[..., None] = serve
    home: Path | None = None
    debug: bool = False
    model: str | None = None
    status: int = DONE

    def settings(self, **given: Any) -> "Settings":
        """Return the settings in force."""
        from footnote.rag.settings import Settings

        return Settings.load(self.home, **{"model": self.model, **given})

    def reader(self, *, may_be_new: bool = False) -> "Assistant":
        """Open the library for reading, which works while another process writes to it.

        With `may_be_new` one that is not there yet is empty: what comes next writes to it.

        Raises:
            LibraryError: If a folder was named that is not there: a slip must not look like an empty library.
        """
        from footnote.ingest.errors import LibraryError
        from footnote.rag.settings import load_with_origins

        settings, origins = load_with_origins(self.home, model=self.model)
        absent = not settings.record and not settings.home.exists()
        if origins["home"] != "default" and not may_be_new and absent:
            raise LibraryError(
                f"There is no folder “{settings.home}” ({origins['home']}). `footnote ingest` would make it."
            )
        return self.build(settings, read_only=True)

    def writer(self) -> "Assistant":
        """Open the library for writing."""
        return self.build(self.settings(), read_only=False)

    @contextlib.contextmanager
    def changing(self, *, aloud: bool = False) -> "Iterator[Writer]":
        """Lend a way to change the library: this process opens it, or hands the work to workers, or to the
        running server that holds it; `aloud` says so.

        Raises:
            LibraryLocked: If another process writes to it that takes no work.
        """
        from footnote.ingest.errors import LibraryLocked

        try:
            assistant = self.writer()
        except LibraryLocked:
            with self._handing_over() as remote:
                if remote is None:
                    raise
                if aloud:
                    say(f"The server at {remote.url} stores what is read here.", prefix="")
                yield remote
            return
        with assistant, self.changing_with(assistant, aloud=aloud) as writer:
            yield writer

    @contextlib.contextmanager
    def changing_with(
        self, assistant: "Assistant", *, aloud: bool = False
    ) -> "Iterator[LocalWriter | QueuedWriter]":
        """Lend a way to change a library that is open for writing: by this process, or by workers."""
        from footnote.ingest.jobs.writer import QueuedWriter, writer_over

        with writer_over(assistant.library, assistant.encoder, assistant.settings.queue) as writer:
            if isinstance(writer, QueuedWriter):
                say_workers(writer.queue, aloud=aloud)
                yield replace(writer, in_line=_say_in_line) if aloud else writer
            else:
                yield writer

    @contextlib.contextmanager
    def _handing_over(self) -> "Iterator[RemoteWriter | None]":
        from footnote.ingest.handover.handover import connect

        with contextlib.ExitStack() as stack:
            remote = connect(self.settings().home, lambda: stack.enter_context(self.reader()).library)
            if remote is not None:
                stack.callback(remote.close)
            yield remote

    def complain(self, message: str) -> None:
        """Print one line on standard error; the command will end with status 1."""
        self.status = PROBLEM
        say(message)


ELSEWHERE = ("add", "upload", "load")  # what other tools call `ingest`


class _Commands(TyperGroup):
    """The commands in their order; a reader that goes away (`| head`) ends one quietly."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands' names in `ORDER`, any other after them."""
        return sorted(super().list_commands(ctx), key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that was named; of what others call so, say what it is called here."""
        name = args[0] if args else ""
        if name in ELSEWHERE and self.get_command(ctx, name) is None:
            ctx.fail(f"No such command '{name}'. Articles are added by `footnote ingest`.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise typer.Exit(PIPE_CLOSED) from None
        return status


def say(message: str, *, prefix: str = "footnote: ") -> None:
    """Print one line on standard error, safe for a terminal."""
    from footnote.ui.commands.terminal import line

    print(f"{prefix}{line(message)}", file=sys.stderr, flush=True)


def say_workers(queue: "Queue", *, aloud: bool) -> None:
    """Say that there is no worker; `aloud` says how many there are."""
    if not (workers := queue.workers()):
        say("No worker runs; what is asked for waits until one does: `footnote worker`.", prefix="")
    elif aloud:
        say(f"{workers:,} {'workers' if workers > 1 else 'worker'} will do this.", prefix="")


def _say_in_line(jobs: int) -> None:
    left = f"{jobs:,} jobs are" if jobs > 1 else "1 job is"
    say(
        f"All is in line; {left} not done yet. Ctrl-C leaves the rest to workers: `footnote jobs`.", prefix=""
    )


def emit(value: Any) -> None:
    """Print `value` as one line of JSON in UTF-8, whatever the terminal's encoding."""
    text = json.dumps(value, ensure_ascii=False)
    text = UNESCAPED.sub(lambda m: f"\\u{ord(m[0]):04x}", text) + "\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))  # a lone surrogate: \udc80
    sys.stdout.buffer.flush()


def check_date(value: str) -> str:
    """Check a date given as `2026`, `2026-05` or `2026-05-31`."""
    if value:
        from footnote.rag.types import is_day

        if not is_day(value):
            raise typer.BadParameter(f"“{value}” is no date such as 2026, 2026-05 or 2026-05-31")
    return value


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"footnote {version('footnote')}")
        raise typer.Exit


def _folder(given: str) -> Path:
    """Read a folder's name. An empty one is a variable that is not set, and does not mean where one is."""
    if not given.strip():
        raise typer.BadParameter("The name of the library's folder is empty")
    return Path(given).expanduser()


def complete_article(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the ids of the articles, with their titles, to the shell."""
    home = ctx.find_root().params.get("home")
    try:
        with Run(home=home).reader() as assistant:
            articles = assistant.library.articles()
    except Exception:  # noqa: BLE001 - which article it was is found out one by one
        return []
    ids = [(a.article_id, a.title) for a in articles if a.article_id.startswith(incomplete)]
    names = [(PurePath(source).name, a.title) for a in articles for source in a.sources]
    return [*(pair for pair in names if pair[0].startswith(incomplete)), *ids]


def complete_collection(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the names of the collections to the shell."""
    try:
        with Run(home=ctx.find_root().params.get("home")).reader() as assistant:
            return [c.name for c in assistant.library.collections() if c.name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - which collection it was is found out one by one
        return []


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
        autocompletion=complete_article,
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--article",
        metavar="ARTICLE",
        help="Use this article only; may be given several times.",
        autocompletion=complete_article,
    ),
]
OfCollection = Annotated[
    list[str] | None,
    typer.Option(
        "--collection",
        metavar="NAME",
        help="Use articles of this collection only; of any, where several are given.",
        autocompletion=complete_collection,
    ),
]
Tagged = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAG", help="Use articles with this tag only; with any, where several are given."
    ),
]
Since = Annotated[
    str, typer.Option(metavar="DATE", callback=check_date, help="Use articles from this date on only.")
]
Until = Annotated[
    str, typer.Option(metavar="DATE", callback=check_date, help="Use articles up to this date only.")
]


def _use_model(context: typer.Context, value: str | None) -> str | None:
    if context.obj is not None:
        context.obj.model = "" if value == "none" else value
    return value


Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        callback=_use_model,
        help="Let this language model write: local:PATH.gguf, provider:name, or none.",
    ),
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
            metavar="DIR",
            parser=_folder,
            help="The library's folder. Default: FOOTNOTE_HOME, else your data folder.",
        ),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", envvar="FOOTNOTE_DEBUG", show_envvar=False, help="Show the traceback of a bug."
        ),
    ] = False,
    version: Annotated[  # noqa: ARG001 - read by its callback
        bool, typer.Option("--version", "-V", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """Ask questions about your articles, offline, with a footnote on every sentence."""
    session: Run = context.obj
    session.home = home
    session.debug = debug


def one_of(context: typer.Context, what: str, *given: bool) -> None:
    """End with wrong usage unless exactly one of `given` is."""
    if sum(given) != 1:
        raise typer.BadParameter(f"Give {what}{', not both' if sum(given) > 1 else ''}", context)


def filters_of(
    assistant: "Assistant",
    articles: Sequence[str] | None = None,
    since: str = "",
    until: str = "",
    collections: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
) -> "Filters":
    """Return the filters, with references to articles resolved to ids.

    Raises:
        UnknownArticle: If an article is not there.
        UnknownCollection: If a collection or a tag is not there.
    """
    from footnote.rag.find import retrieve

    return retrieve.filters_of(assistant.library, articles, since, until, collections or (), tags or ())


def row_filters(assistant: "Assistant", row: "BatchRow", filters: "Filters") -> "Filters":
    """Return the filters of one row of a batch: its own articles when it names some."""
    if row.articles is None:
        return filters
    ids = tuple(assistant.library.resolve(a) for a in row.articles)
    return replace(filters, articles=ids)


def run_batch(session: Run, name: str, answer: Callable[["BatchRow"], dict[str, Any]]) -> int:
    """Print an object for each row of the file, in order; a bad row gets one with its error."""
    from footnote.ui.commands import batch

    for row in batch.read_rows(name):
        if isinstance(row, batch.UnaskableRow):
            _refuse_row(session, name, row.line, row.id, row.reason)
            continue
        try:
            found = answer(row)
        except FootnoteError as error:
            _refuse_row(session, name, row.line, row.id, str(error))
        else:
            emit({"id": row.id, **found})
    return session.status


def _refuse_row(session: Run, name: str, line: int, row_id: Any, reason: str) -> None:
    source = "standard input" if name == "-" else name
    session.complain(f"{source}, line {line}: {reason}")
    emit({"id": row_id, "error": reason})
