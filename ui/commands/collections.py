"""`footnote collections`: which articles belong together, and the tags that they have."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from footnote.ui.commands.library import resolved
from footnote.ui.commands.run import DONE, Articles, Json, Run, app, complete_collection, emit

if TYPE_CHECKING:
    from footnote.ingest.library.collections import Act

collections_app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Collections of articles, and their tags.",
    epilog="""\b
Examples:
  footnote collections add "Harbour works"
  footnote collections put "Harbour works" harbour-bridge.md ferry-network.md
  footnote collections tag urgent harbour-bridge.md
  footnote ask "What did it cost?" --collection "Harbour works"
  footnote collections list
""",
)
app.add_typer(collections_app, name="collections")

Name = Annotated[
    str,
    typer.Argument(
        metavar="COLLECTION", help="Its name; case is the same.", autocompletion=complete_collection
    ),
]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="The new name.")]
Tag = Annotated[str, typer.Argument(metavar="TAG", help="Any words.")]


@collections_app.command("list")
def listed(context: typer.Context, as_json: Json = False) -> int:
    """List the collections and the tags with the number of their articles."""
    from footnote.ui.commands import terminal

    session: Run = context.obj
    with session.reader() as assistant:
        found, tags = assistant.library.collections(), assistant.library.tags()
    if as_json:
        for one in found:
            emit(one.as_json())
        for tag, count in tags.items():
            emit({"tag": tag, "articles": count})
        return DONE
    if not found and not tags:
        print("No collections yet. Make one with `footnote collections add NAME`.")
    for one in found:
        print("collection", one.articles, terminal.line(one.name), sep="\t")
    for tag, count in tags.items():
        print("tag", count, terminal.line(tag), sep="\t")
    return DONE


@collections_app.command()
def add(context: typer.Context, name: NewName) -> int:
    """Make a collection."""
    return arranged(context, "create", name, f"Made the collection “{name}”.")


@collections_app.command()
def rename(context: typer.Context, name: Name, to: NewName) -> int:
    """Give a collection another name."""
    return arranged(context, "rename", name, f"“{name}” is “{to}” now.", to=to)


@collections_app.command()
def delete(context: typer.Context, name: Name) -> int:
    """Delete a collection; its articles stay in the library."""
    return arranged(context, "delete", name, f"Deleted the collection “{name}”. Its articles stay.")


@collections_app.command()
def put(context: typer.Context, name: Name, articles: Articles) -> int:
    """Put articles into a collection."""
    return _with_articles(context, "file", name, articles, "is in", "are in")


@collections_app.command()
def take(context: typer.Context, name: Name, articles: Articles) -> int:
    """Take articles out of a collection; they stay in the library."""
    return _with_articles(context, "unfile", name, articles, "is no longer in", "are no longer in")


@collections_app.command()
def tag(context: typer.Context, name: Tag, articles: Articles) -> int:
    """Put a tag to articles."""
    return _with_articles(context, "tag", name, articles, "is tagged", "are tagged")


@collections_app.command()
def untag(context: typer.Context, name: Tag, articles: Articles) -> int:
    """Take a tag from articles."""
    return _with_articles(context, "untag", name, articles, "is no longer tagged", "are no longer tagged")


def arranged(context: typer.Context, act: "Act", name: str, told: str, **given: Any) -> int:
    """Do something with a collection, and say what was done."""
    from footnote.ingest.library.collections import Arrangement
    from footnote.ui.commands.terminal import line

    session: Run = context.obj
    with session.changing() as writer:
        writer.arrange(Arrangement(act, name, **given))
    print(line(told))
    return DONE


def _with_articles(
    context: typer.Context, act: "Act", name: str, articles: list[str] | None, one: str, many: str
) -> int:
    from footnote.ingest.library.collections import Arrangement
    from footnote.ui.commands.terminal import count, line

    session: Run = context.obj
    with session.changing() as writer:
        found = dict(resolved(session, writer.library, articles or []))
        if found:
            writer.arrange(Arrangement(act, name, articles=tuple(found)))
            print(line(f"{count(len(found), 'article')} {one if len(found) == 1 else many} “{name}”."))
    return session.status
