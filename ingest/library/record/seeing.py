"""What one account may see of the record: the articles in collections that a group of it may read.

A connection of an account has a view of its own under the name of each table that tells of articles, so that
every statement that reads, whoever wrote it, is joined with what the account may read, at that moment. In
PostgreSQL the tables themselves refuse the rest besides (row-level security): the second lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from footnote.ingest.errors import LibraryDamaged
    from footnote.ingest.library.record.seam import Connection, Record

EVERYONE = "everyone"  # the group that every account is in
# What tells which article a row is of. The other tables are read by joining one of these.
OF_ARTICLE = {
    "articles": "id",
    "sources": "article",
    "paragraphs": "article",
    "originals": "article",
    "sketches": "article",
    "tags": "article",
}
OF_SOURCE = ("versions", "visits")
LOCKED = ("articles", "sources", "paragraphs", "originals", "versions")  # by row-level security


def readable(collection: str, schema: str, me: str) -> str:
    """Return the condition that `me` may read a collection."""
    return (
        f"EXISTS (SELECT 1 FROM {schema}.collection_groups g JOIN {schema}.accounts u ON u.name = {me}"
        f" WHERE g.collection = {collection} AND (g.name = '{EVERYONE}' OR EXISTS (SELECT 1 FROM"
        f" {schema}.account_groups m WHERE m.account = u.name AND m.name = g.name)))"
    )


def visible(article: str, schema: str, me: str) -> str:
    """Return the condition that `me` may read an article."""
    return (
        f"EXISTS (SELECT 1 FROM {schema}.filed x WHERE x.article = {article}"
        f" AND {readable('x.collection', schema, me)})"
    )


def of_source(source: str, schema: str, me: str) -> str:
    """Return the condition that `me` may read the article that a source leads to."""
    return (
        f"EXISTS (SELECT 1 FROM {schema}.sources s WHERE s.source = {source}"
        f" AND {visible('s.article', schema, me)})"
    )


def views(schema: str, me: str) -> list[str]:
    """Return the statements that put a view before each table; `me` is the account that sees, in SQL."""
    conditions = {name: visible(f"t.{column}", schema, me) for name, column in OF_ARTICLE.items()}
    conditions |= {name: of_source("t.source", schema, me) for name in OF_SOURCE}
    conditions |= {
        "collections": readable("t.id", schema, me),
        "filed": readable("t.collection", schema, me),
        "feeds": "1 = 0",  # they are of no article
        "accounts": f"t.name = {me}",
        "account_groups": f"t.account = {me}",
        "collection_groups": "1 = 0",
        "audit": "1 = 0",
    }
    return [
        f"CREATE TEMP VIEW {name} AS SELECT t.* FROM {schema}.{name} t WHERE {condition}"
        for name, condition in conditions.items()
    ]


class SeenRecord:
    """The record as an account may see it. What is written goes to the record itself."""

    def __init__(self, record: Record, account: str) -> None:
        if not account:
            raise ValueError("an account has a name")
        self.record, self.account = record, account
        self.home, self.name, self.place, self.mode = record.home, record.name, record.place, record.mode

    @property
    def turn(self) -> AbstractContextManager[Any]:
        """Who is inside is the only one that changes articles."""
        return self.record.turn

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection that sees what the account may see."""
        return self.record.reading_as(self.account)

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Lend a connection that sees what the account may see, as it is now."""
        return self.record.reading_as(self.account, at_once=True)

    def reading_as(self, account: str, *, at_once: bool = False) -> AbstractContextManager[Connection]:
        """Lend a connection of another account."""
        return self.record.reading_as(account, at_once=at_once)

    def transaction(self) -> AbstractContextManager[Connection]:
        """Write to the record itself: who calls has looked whether the account may."""
        return self.record.transaction()

    def version(self) -> object:
        """Return what is another once anything was committed."""
        return self.record.version()

    def lock_rows(self) -> None:
        """Do nothing: that is the record's own."""

    def make_room(self) -> bool:
        """Give back what was kept for a full disk."""
        return self.record.make_room()

    def damaged(self, reason: str) -> LibraryDamaged:
        """Return the error that names the damaged record."""
        return self.record.damaged(reason)

    def close(self) -> None:
        """Do nothing: the record is everyone's."""
