"""The `footnote` command: runs one command, and says in one sentence what went wrong.

Nothing heavy is imported before a command needs it, so that `footnote --help` answers at once.
Exit status: 0 done (a refusal is done), 1 something given could not be used, 2 wrong usage.
"""

import contextlib
import datetime as dt
import errno
import itertools
import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from footnote.ingest.errors import FootnoteError
from footnote.ui.commands import (  # noqa: F401 - importing them adds their commands
    accounts,
    archive,
    asking,
    check,
    collections,
    evaluate,
    helping,
    jobs,
    keys,
    library,
    links,
    mcp,
    model,
    serving,
)
from footnote.ui.commands import run as command
from footnote.ui.commands.run import PIPE_CLOSED, PROBLEM, STOPPED, WRONG_USAGE, Run, app, say

if TYPE_CHECKING:
    from footnote.rag.assistant import Assistant

LOG_NAME = "footnote.log"
OUTPUT_FULL = 74  # EX_IOERR; the process ends with PROBLEM
QUOTED = ("ask", "search", "check")  # commands that take one text


def main() -> None:
    """Run the command on the arguments of this process and end it with the right status."""
    os.umask(os.umask(0) | 0o077)  # what is written is the user's own: Chroma's files too, and exports
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character still shows the rest
    status = run()
    if status in (PIPE_CLOSED, OUTPUT_FULL):
        # What is left in the buffer has no reader; without this Python would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(PROBLEM if status == OUTPUT_FULL else status)


def run(
    argv: Sequence[str] | None = None,
    *,
    build: Callable[..., "Assistant"] = command.build,
    serve: Callable[..., None] = command.serve,
) -> int:
    """Run the command on `argv` (the process's own arguments when None) and return its exit status.

    `build` opens the library as `footnote.rag.build` does, `serve` serves the page; tests pass their own.
    """
    session = Run(build, serve)
    try:
        status = typer.main.get_command(app).main(
            None if argv is None else list(argv), prog_name="footnote", standalone_mode=False, obj=session
        )
    except (typer.TyperException, typer.Abort, FootnoteError) as error:
        return _explain(error, sys.argv[1:] if argv is None else argv)
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            return _report(error, session)
        say("Standard output could not be written: its disk is full.")
        return OUTPUT_FULL
    except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
        return _report(error, session)
    if status == STOPPED:
        say("Stopped.", prefix="")
    return int(status or session.status)


def _explain(error: Exception, given: Sequence[str]) -> int:
    """Say what was wrong with what a person gave, and return the exit status."""
    if isinstance(error, typer.Abort):
        say("Stopped.", prefix="")
        return STOPPED
    if isinstance(error, typer.TyperException):
        return _explain_usage(error, given)
    from footnote.rag.errors import QuestionError

    say(str(error))
    return WRONG_USAGE if isinstance(error, QuestionError) else PROBLEM


def _explain_usage(error: typer.TyperException, given: Sequence[str]) -> int:
    message = _in_words(error)
    context = getattr(error, "ctx", None)
    if message.startswith("Usage:"):  # `footnote` alone
        print(message, file=sys.stderr)
        return WRONG_USAGE
    path = context.command_path if context else "footnote"
    quoted = _quoted(message, path, given)
    say(quoted or f"{message.rstrip('.')}. See `{path} --help`.")
    return error.exit_code


def _in_words(error: typer.TyperException) -> str:
    """Return what is wrong; Typer has a value looked at by pydantic and hands its words on."""
    from pydantic import ValidationError

    from footnote.ui.state.mistakes import mistake

    message, cause = error.format_message(), error.__cause__
    if not isinstance(cause, ValidationError):
        return message

    first = cause.errors()[0]
    return message.replace(str(first["msg"]), f"{mistake('it', first)}, not “{first['input']}”")


def _quoted(message: str, path: str, given: Sequence[str]) -> str:
    """Return how to write a question of several words; nothing where it is another mistake."""
    name = path.rpartition(" ")[2]
    if not message.startswith("Got unexpected extra argument") or name not in QUOTED or name not in given:
        return ""
    words = list(itertools.takewhile(lambda w: not w.startswith("-"), given[given.index(name) + 1 :]))
    shown = " ".join(words) if len(words) > 1 else "…"
    return f"Put what you {name} in quotation marks: {path} {shlex.quote(shown)}"


def _report(error: Exception, session: Run) -> int:
    """Tell of a bug in one sentence, and keep its traceback in the log."""
    path = _log(error, session)
    if session.debug:
        traceback.print_exception(error)
    kept = f" The details are in {path}." if path else " Run it again with --debug to see the details."
    say(f"Something went wrong that should not have: {type(error).__name__}: {error}.{kept}")
    return PROBLEM


def _log(error: Exception, session: Run) -> Path | None:
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


if __name__ == "__main__":
    main()
