"""What it takes to bring the record up to an article: nothing, its metadata, or new vectors."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal

from footnote.ingest.library import record as sql
from footnote.ingest.library.collections import file_as

if TYPE_CHECKING:
    from footnote.ingest.article import Article

Status = Literal["added", "updated", "unchanged", "duplicate"]


class Plan(Enum):
    """What it takes to bring the library up to an article."""

    NEW = auto()  # needs vectors
    REWRITE = auto()  # same paragraphs; title, sections or blanks changed: needs vectors
    METADATA = auto()
    DUPLICATE = auto()
    REPOINT = auto()
    NOTE = auto()  # another source of the article speaks for it
    NOTHING = auto()


def decide(db: sql.Connection, article: Article, digest: str) -> Plan:
    """Return what is to be done for `article`, whose `fingerprint` is `digest`."""
    there, here = sql.stored(db, article.id), sql.pointer(db, article.source)
    if here is not None and here.fingerprint == digest:
        return Plan.NOTHING  # also when it is a copy that goes by another text's id
    if there is None or there.state != "ready":
        return Plan.NEW
    if here is None or here.row != there.row:
        return Plan.DUPLICATE if here is None else Plan.REPOINT
    if not here.first or there.fingerprint == digest:
        return Plan.NOTE
    return Plan.METADATA if sql.same_text(db, there.row, article) else Plan.REWRITE


def settle(db: sql.Connection, article: Article, digest: str) -> tuple[Status | None, int | None]:
    """Do what can be done without vectors.

    Returns:
        What was done, if anything, and the row of the article that lost its last source.
    """
    plan = decide(db, article, digest)
    there = sql.stored(db, article.id)
    if there is not None and there.state == "ready" and plan not in {Plan.METADATA, Plan.REWRITE}:
        sql.keep_original(db, there.row, article)  # of a library older than that, or a copy that has one
    if plan is Plan.NOTHING:
        return "unchanged", None
    if plan in {Plan.NEW, Plan.REWRITE} or there is None:
        return None, None
    if plan in {Plan.DUPLICATE, Plan.REPOINT}:
        abandoned = sql.point(db, article.source, there.row, digest)
        return ("duplicate" if plan is Plan.DUPLICATE else "updated"), abandoned
    if plan is Plan.METADATA:
        sql.update_metadata(db, there.row, article, digest)
    sql.note_fingerprint(db, article.source, digest)
    return ("updated" if plan is Plan.METADATA else "unchanged"), None


def note_beside(db: sql.Connection, article: Article) -> None:
    """Note how an article's link was read and where it is to be filed, in the transaction that stores it.

    Were it noted before, a kill in between would make an unread page count as unchanged.
    """
    there = sql.pointer(db, article.source)
    if there is not None:
        file_as(db, there.row, article.collections, article.tags)
    if article.visit is not None:
        sql.note_visit(db, article.source, article.visit)


def fingerprint(article: Article) -> str:
    """Return a digest of all that a source says: metadata, sections and paragraphs to the letter."""
    parts = [
        article.title,
        article.author,
        article.date,
        article.url,
        article.language,
        [(p.section, article.text[p.start : p.end]) for p in article.paragraphs],
    ]
    # Only where there are pages, so that what was stored before they were known counts as unchanged.
    if any(p.page for p in article.paragraphs):
        parts.append([str(p.page) for p in article.paragraphs])
    if any(p.time for p in article.paragraphs):
        parts.append([p.time for p in article.paragraphs])
    if any(p.scan for p in article.paragraphs):
        parts.append([json.dumps(p.scan) for p in article.paragraphs])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def storable(text: str) -> str:
    r"""Return `text` as SQLite can hold it: a file name may carry bytes that are no characters.

    >>> storable("caf\udce9.txt")
    'caf\\udce9.txt'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def storable_article(article: Article) -> Article:
    """Return `article` as SQLite can hold it."""
    return replace(
        article,
        source=storable(article.source),
        date=storable(article.date),
        url=storable(article.url),
        language=storable(article.language),
    )
