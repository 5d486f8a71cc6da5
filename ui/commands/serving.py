"""`footnote doctor` and `serve`: is all well, and the chat window."""

from typing import Annotated

import typer

from footnote.ui.commands.library import add, samples_source
from footnote.ui.commands.run import DONE, PROBLEM, Json, Model, Run, app, emit, say


@app.command(
    short_help="Print settings, and whether all is well.",
    epilog="""\b
Examples:
  footnote doctor
  footnote doctor --model
  footnote doctor --json
""",
)
def doctor(
    context: typer.Context,
    as_json: Json = False,
    model: Annotated[
        bool, typer.Option("--model", help="Send one small request to the language model.")
    ] = False,
) -> int:
    """Print every setting with where it came from, and whether all parts are well."""
    from footnote.ui.commands import doctor as check
    from footnote.ui.commands import terminal

    session: Run = context.obj
    report = check.examine(session.home, session.build, ask_model=model)
    if as_json:
        emit(report.as_json())
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
    model: Model = None,  # noqa: ARG001 - read by its callback
) -> int:
    """Serve the chat window, by default at http://127.0.0.1:7860.

    FOOTNOTE_PASSWORD asks every reader for a password. Beyond this computer the page is served only with
    one, or with FOOTNOTE_OPEN_TO_ALL=yes.
    """
    session: Run = context.obj
    settings = session.settings(host=host, port=port)
    assistant = session.build(settings, read_only=False)
    try:
        if samples and not assistant.library.articles():
            say("The library is empty: adding the sample articles.", prefix="")
            with session.changing_with(assistant) as writer:
                add(session, writer, [samples_source()])
        session.serve(settings, assistant=assistant, open_browser=open_browser)
    finally:
        assistant.close()
    return session.status
