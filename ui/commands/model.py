"""`footnote model`: the model files that are there, fetching one, and choosing which model answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footnote.ui.commands.run import DONE, Json, Run, app, emit, say

if TYPE_CHECKING:
    from rich.console import Console

    from footnote.rag.model.shelf import ModelFile

NONE = "none"
VARIABLE = "FOOTNOTE_MODEL"

model_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    model_app, name="model", short_help="See, fetch and choose a language model.",
    help="See, fetch and choose the language model that writes answers. Without one, the articles answer.",
    epilog="""\b
Examples:
  footnote model list
  footnote model use local:qwen2.5-1.5b-instruct-q4_k_m.gguf
""",
)  # fmt: skip


@model_app.command(
    "list",
    epilog="""\b
Examples:
  footnote model list
  footnote model list --json
""",
)
def list_models(context: typer.Context, as_json: Json = False) -> int:
    """Print the model files in the library's folder, and some that can be fetched."""
    from footnote.rag.model.shelf import SUGGESTED, found
    from footnote.ui.commands import terminal

    settings = context.obj.settings()
    there = found(settings.home)
    if as_json:
        emit({"model": settings.model, "files": [_as_json(m, settings.model_window) for m in there]})
        return DONE
    console = terminal.output()
    _print_files(console, there, settings.model, settings.model_window, settings.home)
    console.print("\nSome that can be fetched with `footnote model get`, all free to use for anything:")
    for one in SUGGESTED:
        console.print(f"  {one.source}", soft_wrap=True)
        console.print(
            f"    {one.licence}, {one.size} GB, about {one.memory} GB of memory: {one.good_for}",
            soft_wrap=True,
        )
    return DONE


def _as_json(model: "ModelFile", window: int) -> dict[str, object]:
    facts = model.facts
    return {
        "name": model.name,
        "path": str(model.path),
        "title": facts.name,
        "bytes": facts.size,
        "memory_bytes": facts.memory(window),
        "window": facts.window,
        "licence": facts.licence,
    }


def _print_files(console: "Console", there: "list[ModelFile]", used: str, window: int, home: Path) -> None:
    from footnote.rag.model.shelf import FOLDER
    from footnote.ui.commands.terminal import line

    console.print(
        f"In use: {line(used)}" if used else "In use: no language model; the articles answer.", markup=False
    )
    if not there:
        console.print(f"No model file in {home / FOLDER}.", markup=False, soft_wrap=True)
    for model in there:
        facts = model.facts
        about = f"{facts.size / 1e9:.1f} GB, about {facts.memory(window) / 1e9:.1f} GB of memory"
        licence = f", {line(facts.licence)}" if facts.licence else ""
        console.print(f"  {line(model.name)}: {about}{licence}", markup=False, highlight=False)


@model_app.command(
    "get",
    epilog="""\b
Examples:
  footnote model get Qwen/Qwen2.5-1.5B-Instruct-GGUF/qwen2.5-1.5b-instruct-q4_k_m.gguf
""",
)
def get_model(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="OWNER/REPO/FILE.gguf", help="A model file on huggingface.co.")
    ],
) -> int:
    """Fetch a model file into the library's folder, and check that it came whole."""
    from footnote.rag.model.gguf import facts_of
    from footnote.rag.model.shelf import ModelFile, fetch

    home = context.obj.settings().home
    done = fetch(source, home, lambda told: say(told, prefix=""))
    name = ModelFile(done.path, facts_of(done.path)).name
    say(f"{'Fetched' if done.new else 'It is there already'}: {done.path}", prefix="")
    say(f"Use it with `footnote model use {name}`.", prefix="")
    return DONE


@model_app.command(
    "use",
    epilog="""\b
Examples:
  footnote model use qwen2.5-1.5b-instruct-q4_k_m
  footnote model use ~/Downloads/model.gguf
  footnote model use ollama:llama3.2
  footnote model use none
""",
)
def use_model(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A model file by name or path, provider:name, or none.")
    ],
) -> int:
    """Let this model answer from now on, or none: kept in footnote.toml in the library's folder."""
    from footnote.rag.model.chosen import OFF, named

    session: Run = context.obj
    settings = session.settings()
    choice = OFF if name == NONE else named(name, settings)
    path = choice.kept(settings.home)
    by = f"by {choice.model}" if choice.model else "by no model: they are the articles’ own sentences"
    say(f"Answers are now written {by}. Kept in {path}.", prefix="")
    now = session.settings().model
    if now != choice.model:  # the environment goes before the file
        say(f"{VARIABLE} is set to {now} and goes before it: take it away for this to count.", prefix="")
    return DONE
