"""`footnote accounts`: who may log in, what they may do, and which collections their groups may read."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.ui.commands.collections import arranged
from footnote.ui.commands.run import DONE, Json, Run, app, complete_collection, emit

if TYPE_CHECKING:
    from footnote.ingest.library.accounts import AccountChange, Change

accounts_app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Accounts, groups, and what they may read.",
    epilog="""\b
Examples:
  footnote accounts add root --role admin
  footnote accounts add anna --role editor --group board
  footnote accounts let board "Harbour works"
  footnote accounts let everyone Open
  footnote accounts list
""",
)
app.add_typer(accounts_app, name="accounts")

Name = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name; case is the same.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="A group; everyone: every account.")]
Collection = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="A collection.", autocompletion=complete_collection)
]
Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="reader, editor or admin.")]
Groups = Annotated[
    list[str] | None, typer.Option("--group", metavar="GROUP", help="May be given several times.")
]
NoPassword = Annotated[
    bool,
    typer.Option("--no-password", help="For who logs in at a proxy or a provider, or only shows a key."),
]


def known_account(session: Run, name: str) -> str:
    """Return the name of an account that is there.

    Raises:
        LibraryError: If there is none of this name.
    """
    from footnote.ingest.errors import LibraryError
    from footnote.ingest.library.accounts import account_name

    with session.reader() as assistant:
        if account_name(name) not in assistant.library.accounts():
            raise LibraryError(f"There is no account “{name}”. `footnote accounts list` shows all.")
    return account_name(name)


@accounts_app.command()
def add(
    context: typer.Context,
    name: Name,
    role: Role = "reader",
    group: Groups = None,
    no_password: NoPassword = False,
) -> int:
    """Add an account; its password is asked for, or read from standard input. The first is an admin's."""
    from footnote.ingest.library.accounts import AccountChange

    password = "" if no_password else _password()
    wish = AccountChange("add", name, role, password, tuple(group or ()))
    return _changed(context, wish, f"Added the account “{name}” ({role}).")


@accounts_app.command("list")
def listed(context: typer.Context, as_json: Json = False) -> int:
    """List the accounts with their groups, then the collections with the groups that may read them."""
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    with session.reader() as assistant:
        library = assistant.library
        found, readers = list(library.accounts().values()), library.readers()
        collections = [one.name for one in library.collections()]
    if as_json:
        for one in found:
            emit(one.as_json())
        for name in collections:
            emit({"collection": name, "groups": list(readers.get(name, ()))})
        return DONE
    if not found:
        print(
            "No accounts. One person has it all; `footnote accounts add NAME --role admin` makes the first."
        )
        return DONE
    for one in found:
        print("account", line(one.name), one.role, ", ".join(one.groups), sep="\t")
    for name in collections:
        print("collection", line(name), "", ", ".join(readers.get(name, ())) or "admins alone", sep="\t")
    return DONE


@accounts_app.command()
def remove(context: typer.Context, name: Name) -> int:
    """Remove an account; its visits end at once."""
    return _simply(context, "remove", name, f"Removed the account “{name}”.")


@accounts_app.command()
def role(context: typer.Context, name: Name, role: Annotated[str, typer.Argument(metavar="ROLE")]) -> int:
    """Make an account a reader, an editor or an admin."""
    return _simply(context, "role", name, f"“{name}” is now: {role}.", role=role)


@accounts_app.command()
def groups(
    context: typer.Context,
    name: Name,
    groups: Annotated[list[str] | None, typer.Argument(metavar="GROUP", help="None: no group.")] = None,
) -> int:
    """Put an account into just these groups."""
    told = ", ".join(groups or ()) or "no group"
    return _simply(context, "groups", name, f"“{name}” is in {told}.", groups=tuple(groups or ()))


@accounts_app.command()
def password(context: typer.Context, name: Name, no_password: NoPassword = False) -> int:
    """Give an account another password, or to whom the provider next names so; its visits end at once."""
    if no_password:
        return _simply(context, "password", name, f"“{name}” has no password.")
    return _simply(context, "password", name, f"“{name}” has a new password.", password=_password())


@accounts_app.command()
def let(context: typer.Context, group: Group, collection: Collection) -> int:
    """Let a group read a collection."""
    return arranged(context, "let", collection, f"“{group}” may read “{collection}”.", to=group)


@accounts_app.command()
def bar(context: typer.Context, group: Group, collection: Collection) -> int:
    """Let a group no longer read a collection."""
    told = f"“{group}” may no longer read “{collection}”."
    return arranged(context, "bar", collection, told, to=group)


@accounts_app.command()
def log(
    context: typer.Context,
    most: Annotated[int, typer.Option("-n", min=1, max=100_000, help="How many lines.")] = 50,
    as_json: Json = False,
) -> int:
    """Print who did what, the newest first."""
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    with session.reader() as assistant:
        found = assistant.library.audited(most)
    for one in found:
        if as_json:
            emit(one.as_json())
        else:
            print(one.at, line(one.account), one.act, line(one.what), sep="\t")
    return DONE


def _simply(context: typer.Context, change: "Change", name: str, told: str, **given: Any) -> int:
    from footnote.ingest.library.accounts import AccountChange

    return _changed(context, AccountChange(change, name, **given), told)


def _changed(context: typer.Context, wish: "AccountChange", told: str) -> int:
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    with session.changing() as writer:
        writer.change_account(wish)
    print(line(told))
    return DONE


def _password() -> str:
    """Ask for a password twice on a terminal, or read it from standard input; return its hash."""
    from footnote.ui.state.passwords import hashed

    if not sys.stdin.isatty():
        return hashed(sys.stdin.readline().rstrip("\r\n"))
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return hashed(given)
