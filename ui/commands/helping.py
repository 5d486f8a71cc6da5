"""`footnote help COMMAND`: what `footnote COMMAND --help` says."""

from typing import Annotated, Any

import typer

from footnote.ui.commands.run import DONE, app


@app.command("help", hidden=True)
def show_help(
    context: typer.Context,
    command: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="A command.")] = None,
) -> int:
    """Show how a command is used."""
    at: Any = context.find_root()
    group: Any = at.command
    for name in command or ():
        found = getattr(group, "commands", {}).get(name)
        if found is None:
            raise typer.BadParameter(f"There is no command “{name}”. `footnote --help` lists them", context)
        at = type(at)(found, info_name=name, parent=at)
        group = found
    print(group.get_help(at))
    return DONE
