"""`footnote keys`: who may ask over HTTP, and who may change the library there."""

from typing import Annotated

import typer

from footnote.ui.commands.accounts import known_account
from footnote.ui.commands.run import DONE, Json, Run, app, emit, one_of, say

keys_app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Keys for programs that ask over HTTP.",
    epilog="""\b
Examples:
  footnote keys add notebook --read
  footnote keys list
  footnote keys remove notebook
""",
)
app.add_typer(keys_app, name="keys")


@keys_app.command(
    epilog="""\b
Examples:
  footnote keys add notebook --read
  footnote keys add importer --write --json
"""
)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    read: Annotated[bool, typer.Option("--read", help="It may ask and look.")] = False,
    write: Annotated[bool, typer.Option("--write", help="It may add and remove articles too.")] = False,
    account: Annotated[
        str, typer.Option(metavar="NAME", help="The account that it stands for, where there are accounts.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Make a key and print it, once: only a hash of it is kept."""
    from footnote.ui.api.keys import Keys

    session: Run = context.obj
    one_of(context, "--read or --write", read, write)
    if account:
        account = known_account(session, account)
    key, secret = Keys(session.settings().home).add(name, "write" if write else "read", account)
    if as_json:
        emit({**key.as_json(), "key": secret})
    else:
        say(f"The key “{key.name}” ({key.scope}) is shown this once:", prefix="")
        print(secret)
    return DONE


@keys_app.command("list")
def listed(context: typer.Context, as_json: Json = False) -> int:
    """List the keys, without what they are."""
    from footnote.ui.api.keys import Keys
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    found = Keys(session.settings().home).all()
    if as_json:
        for key in found:
            emit(key.as_json())
    elif not found:
        print("No keys. Without one, programs on this computer may come in while the page has no password.")
    for key in () if as_json else found:
        print(key.id, key.scope, key.made[:10], line(key.name), sep="\t")
    return DONE


@keys_app.command()
def remove(
    context: typer.Context, key: Annotated[str, typer.Argument(metavar="KEY", help="Its id or its name.")]
) -> int:
    """Remove a key; from the next request on it opens nothing."""
    from footnote.ui.api.keys import Keys
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    removed = Keys(session.settings().home).remove(key)
    print(f"Removed the key “{line(removed.name)}” ({removed.scope}).")
    return DONE
