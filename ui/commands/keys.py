"""`footnote keys`: who may ask over HTTP, and who may change the library there."""

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from footnote.ui.commands.accounts import known_account
from footnote.ui.commands.run import DONE, Json, Run, app, emit, one_of, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ui.api.keys import Keys

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
    session: Run = context.obj
    one_of(context, "--read or --write", read, write)
    if account:
        account = known_account(session, account)
    with _keys(session) as keys:
        key, secret = keys.add(name, "write" if write else "read", account)
    if as_json:
        emit({**key.as_json(), "key": secret})
    else:
        say(f"The key “{key.name}” ({key.scope}) is shown this once:", prefix="")
        print(secret)
    return DONE


@keys_app.command("list")
def listed(context: typer.Context, as_json: Json = False) -> int:
    """List the keys, without what they are."""
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    with _keys(session) as keys:
        found = keys.all()
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
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    with _keys(session) as keys:
        removed = keys.remove(key)
    print(f"Removed the key “{line(removed.name)}” ({removed.scope}).")
    return DONE


@contextlib.contextmanager
def _keys(session: Run) -> "Iterator[Keys]":
    """Lend the keys of the library: those in its folder, or beside its record on a server."""
    from footnote.ui.api.keys import Keys
    from footnote.ui.state.database import ServerDatabase

    settings = session.settings()
    if not settings.record:
        yield Keys(settings.home)
        return
    with contextlib.closing(ServerDatabase(settings.record)) as database:
        yield Keys(settings.home, shared=database)
