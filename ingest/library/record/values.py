"""What the record hands out: articles, paragraphs, earlier versions and feeds, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.article import Scan, Visit

Key = tuple[str, int]


class Nearest(list[tuple[Key, float]]):
    """Paragraphs with their cosine, best first, and whether the whole library was asked for them.

    `silent` of `parts` of the index did not answer; `waiting`: articles are not in it yet.
    """

    def __init__(
        self,
        found: Iterable[tuple[Key, float]] = (),
        *,
        silent: int = 0,
        parts: int = 1,
        waiting: bool = False,
    ) -> None:
        super().__init__(found)
        self.silent, self.parts, self.waiting = silent, parts, waiting

    @property
    def whole(self) -> bool:
        """Whether nothing can be nearer than what was found."""
        return not self.silent and not self.waiting


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article of the library, without its text."""

    article_id: str
    title: str
    sources: tuple[str, ...]
    author: str
    date: str
    url: str
    language: str
    paragraphs: int
    version: int
    added: str
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where it first came from."""
        return self.sources[0]

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract; `collections` and `tags` only where there are any."""
        filed = {"collections": list(self.collections), "tags": list(self.tags)}
        return {
            "article_id": self.article_id,
            "title": self.title,
            "sources": list(self.sources),
            "author": self.author,
            "date": self.date,
            "url": self.url,
            "language": self.language,
            "paragraphs": self.paragraphs,
            "version": self.version,
            "added": self.added,
            **{name: names for name, names in filed.items() if names},
        }


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """A collection with the number of its articles."""

    name: str
    articles: int

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {"collection": self.name, "articles": self.articles}


PROVIDED = "oidc:"  # begins what stands in the place of a password where a provider vouches


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account.

    `password` is a hash of one, or what a provider of logins is to prove (`PROVIDED`); empty for who a proxy
    names, or who never came.
    """

    name: str
    role: str
    password: str
    made: str
    groups: tuple[str, ...]

    @property
    def sees_all(self) -> bool:
        """Whether it is an admin's."""
        return self.role == "admin"

    @property
    def changes(self) -> bool:
        """Whether it may change what it sees."""
        return self.role in ("editor", "admin")

    @property
    def provided(self) -> bool:
        """Whether it belongs to somebody whom a provider of logins knows."""
        return self.password.startswith(PROVIDED)

    @property
    def login(self) -> str:
        """How one logs in: by a `password`, at the `provider`, or `elsewhere`, of which nothing is kept."""
        return "provider" if self.provided else "password" if self.password else "elsewhere"

    def as_json(self) -> dict[str, Any]:
        """Return what may be shown: all but the hash."""
        return {
            "account": self.name,
            "role": self.role,
            "groups": list(self.groups),
            "made": self.made,
            "login": self.login,
        }


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what, and when."""

    at: str
    account: str
    act: str
    what: str

    def as_json(self) -> dict[str, str]:
        """Return the form of the JSON contract."""
        return {"at": self.at, "account": self.account, "act": self.act, "what": self.what}


@dataclass(frozen=True, slots=True)
class ParagraphRecord:
    """A paragraph with what a reader needs to know about its article."""

    article_id: str
    number: int
    section: str
    text: str
    title: str
    source: str
    date: str
    page: int = 0  # where it begins; 0 when the format has no pages
    time: str = ""  # when it begins in a recording; empty when it is of none
    scan: Scan = ()  # its lines on the picture that it was read from by OCR


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """What a source said before it changed; `paragraphs` are (section, text)."""

    source: str
    article_id: str
    version: int
    title: str
    date: str
    added: str
    paragraphs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed or sitemap that is followed, with what was asked of it and how it was last read."""

    url: str
    since: str  # only what is dated from this day on; empty: everything
    most: int  # the newest that are read at once
    visit: Visit


class Found(NamedTuple):
    """A chunk of a ready article with its stored vector."""

    article_id: str
    paragraph: int
    row: int
    number: int
    vector: bytes


class ChunkVectors(NamedTuple):
    """Chunks with their vectors, `[len(ids), dimension]`."""

    ids: list[str]
    vectors: NDArray[np.float32]
