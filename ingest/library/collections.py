"""What is done with collections and tags, as a value: the command, the page and a server hand it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from footnote.ingest.article import Article, Rejected, clean
from footnote.ingest.errors import UnknownArticle, UnknownCollection, UnusableName
from footnote.ingest.library import record as sql
from footnote.ingest.library.accounts import account_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Act = Literal["create", "rename", "delete", "file", "unfile", "tag", "untag", "let", "bar"]
ACTS: tuple[Act, ...] = get_args(Act)
LONGEST = 80  # characters of a name


@dataclass(frozen=True, slots=True)
class Arrangement:
    """An act on the collection, or with `tag` and `untag` the tag, called `name`.

    `to` is the new name of one that is renamed, and the group that `let` lets read it and `bar` no longer.
    `articles` are the ids of those that are filed or tagged.
    """

    act: Act
    name: str
    to: str = ""
    articles: tuple[str, ...] = ()


def named(text: str, what: str = "collection") -> str:
    """Return the name of a collection or a tag as it is kept.

    Raises:
        UnusableName: If it is empty or too long.

    >>> named("  The   board ")
    'The board'
    """
    name = " ".join(clean("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST])).split())
    if not name:
        raise UnusableName(f"The name of a {what} needs at least one character.")
    if len(name) > LONGEST:
        raise UnusableName(f"The name of a {what} has at most {LONGEST} characters, not {len(name):,}.")
    return name


def arrange(db: sql.Connection, wish: Arrangement) -> None:
    """Do what is wished for; the caller holds a transaction.

    Raises:
        UnusableName: If a name cannot be used, or is taken.
        UnknownCollection: If there is no such collection.
        UnknownArticle: If one of the articles is not there.
    """
    match wish.act:
        case "create":
            sql.add_collection(db, _free(db, named(wish.name)))
        case "rename":
            _rename(db, wish.name, named(wish.to))
        case "delete":
            sql.delete_collection(db, _known(db, wish.name))
        case "file" | "unfile":
            _file(db, wish)
        case "let" | "bar":
            group = sql.let_group if wish.act == "let" else sql.bar_group
            group(db, _known(db, wish.name), account_name(wish.to, "group"))
        case "tag" | "untag":
            change = sql.tag_articles if wish.act == "tag" else sql.untag_articles
            change(db, _rows(db, wish.articles), named(wish.name, "tag"))


def _file(db: sql.Connection, wish: Arrangement) -> None:
    change = sql.file_articles if wish.act == "file" else sql.unfile_articles
    change(db, _rows(db, wish.articles), _known(db, wish.name))


def file_as(db: sql.Connection, row: int, collections: Iterable[str], tags: Iterable[str]) -> None:
    """Put an article into collections, made where they are not there, and under tags."""
    for name in collections:
        sql.file_articles(db, [row], sql.add_collection(db, named(name)))
    for name in tags:
        sql.tag_articles(db, [row], named(name, "tag"))


def places(collections: Iterable[str], tags: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return what `filed_under` takes, each name as it is kept.

    Raises:
        UnusableName: If one of them can be none.
    """
    return {"collections": tuple(map(named, collections)), "tags": tuple(named(t, "tag") for t in tags)}


def filed_under(
    articles: Iterable[Article | Rejected], collections: tuple[str, ...] = (), tags: tuple[str, ...] = ()
) -> Iterator[Article | Rejected]:
    """Yield `articles`, each to be put into the collections and under the tags when it is stored."""
    for one in articles:
        yield replace(one, collections=collections, tags=tags) if isinstance(one, Article) else one


def chosen(db: sql.Connection, collections: Iterable[str], tags: Iterable[str]) -> set[str]:
    """Return the ids of the articles in any of the collections and with any of the tags that are given.

    Raises:
        UnknownCollection: If there is no such collection, or no article has such a tag.
    """
    wanted, marked = [named(c) for c in collections], [named(t, "tag") for t in tags]
    for name in wanted:
        _known(db, name)
    known = {sql.key_of(tag) for tag in sql.tags(db)} if marked else set()
    for tag in marked:
        if sql.key_of(tag) not in known:
            raise UnknownCollection(f"No article has the tag “{tag}”. `footnote collections` lists the tags.")
    filed = sql.articles_filed(db, wanted) if wanted else None
    tagged = sql.articles_tagged(db, marked) if marked else None
    found = [one for one in (filed, tagged) if one is not None]
    return set.intersection(*found) if found else set()


def _rename(db: sql.Connection, name: str, to: str) -> None:
    row = _known(db, name)
    sql.rename_collection(db, row, _free(db, to, row))


def _free(db: sql.Connection, name: str, but_of: int | None = None) -> str:
    """Return a name that no collection has, but the one that it is for."""
    if sql.collection(db, name) not in (None, but_of):
        raise UnusableName(f"There is a collection “{name}” already. Choose another name.")
    return name


def _known(db: sql.Connection, name: str) -> int:
    row = sql.collection(db, named(name))
    if row is None:
        raise UnknownCollection(f"No collection goes by “{named(name)}”. `footnote collections` lists them.")
    return row


def _rows(db: sql.Connection, articles: Iterable[str]) -> list[int]:
    found = [(article, sql.stored(db, article)) for article in articles]
    for article, there in found:
        if there is None or there.state != "ready":
            raise UnknownArticle(f"No article goes by “{article}”. `footnote articles` lists them.")
    return [there.row for _, there in found if there is not None]
