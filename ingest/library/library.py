"""The library: what was ingested, safe from a kill at any moment, open to one writer and many readers.

`ingest.library.record` holds the articles, `ingest.library.index` the vector index over them. This module
opens both under a lock, and writes so that an article is either there as a whole or not there: stored
`pending`, added to the index, made `ready`, and only then its old version is removed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.errors import EncoderMismatch, LibraryError, LibraryUnwritable, UnknownArticle
from footnote.ingest.library import record as sql
from footnote.ingest.library.accounts import (
    AccountChange,
    Vouched,
    account_of,
    change_account,
    changes_at_login,
    now,
)
from footnote.ingest.library.collections import Arrangement, arrange, chosen, file_as
from footnote.ingest.library.duplicates import is_copy, sketch, texts_of
from footnote.ingest.library.index import Index
from footnote.ingest.library.lock import FolderLock, lock_folder, make_folder
from footnote.ingest.library.plan import (
    Plan,
    Status,
    decide,
    fingerprint,
    note_beside,
    settle,
    storable,
    storable_article,
)
from footnote.ingest.library.record import (
    AccountRecord,
    ArticleRecord,
    AuditRecord,
    CollectionRecord,
    FeedRecord,
    Key,
    Nearest,
    ParagraphRecord,
    Record,
    SqliteRecord,
    VersionRecord,
)
from footnote.ingest.library.stores import FOLDER, Stores

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.article import Article, Visit
    from footnote.ingest.encoder.encoded import Encoded
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.seam import LibraryIndex, Part
    from footnote.ingest.text.sentences import Span

__all__ = [
    "AccountChange",
    "AccountRecord",
    "Arrangement",
    "ArticleRecord",
    "CollectionRecord",
    "FeedRecord",
    "Key",
    "Library",
    "Nearest",
    "ParagraphRecord",
    "Status",
    "VersionRecord",
    "open_library",
    "reindex",
]

SHORTEST_PREFIX = 4
SKETCHES_KEPT = 1000
LONGEST_NOTE = 500  # characters of what was done
BY_HAND = "command"  # whom the log names for what only the command does
MOST_COMPARED = 10  # stored articles that a new one is compared with, word by word


T = TypeVar("T")
log = logging.getLogger("footnote.library")


class Library:
    """Articles with their paragraphs, words and vectors. Use it as a context manager.

    Safe to use from several threads; reading never waits for encoding.
    """

    account = ""  # who sees it: everyone

    def __init__(
        self,
        record: Record,
        index: LibraryIndex,
        lock: FolderLock | None,
        encoder: str,
    ) -> None:
        self.home = record.home
        self.place = record.place  # what messages call it
        self.read_only = record.mode != "write"
        self.encoder = encoder
        self.dimension = index.dimension
        self._record = record
        self._index = index
        self._turn = record.turn
        self._lock = lock
        self._closed = False
        self._sketches: dict[str, tuple[int, ...]] = {}
        self._kept = sql.Kept(record)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish, and let the next writer in. Closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            self._index.close()
        finally:
            self._record.close()
            if self._lock is not None:
                self._lock.release()

    # ------------------------------------------------------------------------------ reading

    def steadily(self) -> contextlib.AbstractContextManager[None]:
        """Look once, for all that this thread asks inside, whether anything was written."""
        return self._kept.steadily()

    def articles(self) -> list[ArticleRecord]:
        """Return every article, sorted by title."""
        return list(self._kept.of(sql.article_records))

    def article(self, article_id: str) -> ArticleRecord:
        """Return one article.

        Raises:
            UnknownArticle: If there is none with this id.
        """
        with self._record.reading() as db:
            found = sql.article_records(db, storable(article_id))
        if not found:
            raise _unknown(article_id)
        return found[0]

    def resolve(self, reference: str) -> str:
        """Return the id of the article that `reference` means: an id, the beginning of one (at least
        four digits), a source, the part of a source after `#`, or the file name of a source.

        Raises:
            UnknownArticle: If there is no such article, or more than one.
        """
        reference = storable(reference.strip())
        if not reference:
            raise UnknownArticle("No article was named. `footnote articles` lists them.")
        if "\x00" in reference:  # no path has one, and looking for it as one would fail
            raise _unknown(reference.replace("\x00", "\N{REPLACEMENT CHARACTER}"))
        with self._record.reading() as db:
            if found := _by_source_or_id(db, reference):
                return found
            candidates = set(sql.ids_by_prefix(db, reference)) if len(reference) >= SHORTEST_PREFIX else set()
            candidates = candidates or {i for s, i in sql.all_sources(db) if _ends_in(s, reference)}
        if len(candidates) > 1:
            raise UnknownArticle(
                f"“{reference}” fits {len(candidates)} articles: {', '.join(sorted(candidates)[:5])}"
                f"{' …' if len(candidates) > 5 else ''}. Use an id."
            )
        if not candidates:
            raise _unknown(reference)
        return candidates.pop()

    def find_by_source(self, source: str) -> ArticleRecord | None:
        """Return the article that came from exactly this source."""
        with self._record.reading() as db:
            found = sql.pointer(db, storable(source))
            records = sql.article_records(db, found.article_id) if found else []
        return records[0] if records else None

    def paragraphs(self, article_id: str) -> list[ParagraphRecord]:
        """Return the paragraphs of an article in order.

        Raises:
            UnknownArticle: If there is none with this id.
        """
        found = self.paragraphs_left(article_id)
        if not found:
            raise _unknown(article_id)
        return found

    def paragraphs_left(self, article_id: str) -> list[ParagraphRecord]:
        """Return the paragraphs of an article that was found a moment ago; none where it is removed since."""
        with self._record.reading() as db:
            return sql.paragraph_records(db, storable(article_id))

    def original(self, article_id: str) -> bytes:
        """Return the file that an article was read from; nothing when it was not kept."""
        with self._record.reading() as db:
            return sql.original(db, storable(article_id))

    def has_original(self, article_id: str) -> bool:
        """Tell whether the file that an article was read from is kept."""
        with self._record.reading() as db:
            return sql.has_original(db, storable(article_id))

    def originals(self) -> tuple[int, int]:
        """Return how many files are kept beside their articles, and how many bytes they take."""
        with self._record.reading() as db:
            return sql.originals(db)

    def versions(self, article_id: str) -> list[VersionRecord]:
        """Return what the sources of an article said before they changed, the latest first.

        Raises:
            UnknownArticle: If there is none with this id.
        """
        self.article(article_id)
        with self._record.reading() as db:
            return sql.versions(db, storable(article_id))

    def fetch(self, keys: Sequence[Key]) -> dict[Key, ParagraphRecord]:
        """Return the paragraphs under `keys`; those that are not there are left out."""
        if not keys:
            return {}
        with self._record.reading() as db:
            return sql.fetch(db, keys)

    def sentence_vectors(
        self, keys: Sequence[Key]
    ) -> dict[Key, tuple[tuple[Span, ...], NDArray[np.float32]]]:
        """Return, for each paragraph that is there, its sentences as spans of its text, and their unit
        vectors, `[sentences, dimension]`.
        """
        with self._record.reading() as db:
            return sql.sentence_vectors(db, keys, self._index.space, self.dimension)

    def nearest(
        self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None = None
    ) -> Nearest:
        """Return the `k` paragraphs with the chunk nearest to `vector`, with its cosine, best first.

        Only paragraphs of `articles` (ids) are looked at when it is given.

        Raises:
            ValueError: If `vector` is not a finite vector of the library's dimension.
        """
        query = np.asarray(vector, dtype=np.float32).reshape(-1)
        if query.shape != (self.dimension,) or not np.all(np.isfinite(query)):
            raise ValueError(f"a finite vector of length {self.dimension} is needed, not {query.shape}")
        length = float(np.linalg.norm(query))
        if k <= 0 or length == 0.0:
            return Nearest()
        return self._index.nearest(query / np.float32(length), k, articles)

    def match(self, query: str, k: int, articles: Collection[str] | None = None) -> list[tuple[Key, float]]:
        """Return the best `k` paragraphs for an FTS5 expression with their BM25, best first.

        Raises:
            ValueError: If `query` is not an FTS5 expression.
        """
        if k <= 0 or not query.strip():
            return []
        with self._record.reading() as db:
            return db.words.match(db, storable(query), k, articles)

    def document_frequencies(self, terms: Collection[str]) -> dict[str, int]:
        """Return in how many paragraphs each porter stem occurs, section titles included."""
        return self._kept.document_frequencies(terms)

    def vocabulary(self) -> tuple[str, ...]:
        """Return every porter stem of the paragraphs and titles."""
        return self._kept.of(sql.vocabulary)

    def paragraph_count(self) -> int:
        """Return the number of paragraphs of all articles."""
        return self._kept.of(sql.paragraph_count)

    def sources(self) -> dict[str, str]:
        """Return every source with the id of its article."""
        with self._record.reading() as db:
            return dict(sql.all_sources(db))

    def visits(self) -> dict[str, Visit]:
        """Return how every link was last read, those of removed articles included."""
        with self._record.reading() as db:
            return sql.visits(db)

    def feeds(self) -> list[FeedRecord]:
        """Return the feeds that are followed, sorted by URL."""
        with self._record.reading() as db:
            return sql.feeds(db)

    def collections(self) -> list[CollectionRecord]:
        """Return every collection, sorted by name."""
        return list(self._kept.of(sql.collections))

    def tags(self) -> dict[str, int]:
        """Return every tag with the number of its articles, sorted by name."""
        return dict(self._kept.of(sql.tags))

    def accounts(self) -> dict[str, AccountRecord]:
        """Return every account by its name; none where one person has it all."""
        return {one.name: one for one in self._kept.of(sql.accounts)}

    def readers(self) -> dict[str, tuple[str, ...]]:
        """Return which groups may read each collection, by its name; none for an admin's alone."""
        return dict(self._kept.of(sql.readers_of))

    def audited(self, most: int = 100) -> list[AuditRecord]:
        """Return who did what lately, the newest first."""
        with self._record.reading() as db:
            return sql.audited(db, most)

    def chosen(self, collections: Collection[str] = (), tags: Collection[str] = ()) -> set[str]:
        """Return the ids of the articles that are in any of the collections and have any of the tags.

        Where none are given, of the one or the other, nothing is asked of the articles there; where neither
        are, there are none.

        Raises:
            UnknownCollection: If there is no such collection, or no article has such a tag.
        """
        with self._record.reading() as db:
            return chosen(db, collections, tags)

    # ------------------------------------------------------------------------------ writing

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[tuple[sql.Connection, int]]:
        """Lend a connection that sees the library as it is now, whatever is written meanwhile, and
        the number of the vector space in use.
        """
        with self._record.snapshot() as db:
            yield db, int(sql.read_meta(db)["space"])  # the first look fixes the view

    def needs_vectors(self, article: Article) -> bool:
        """Tell whether `store` would use the vectors of `article`; else `settle` does without."""
        article = storable_article(article)
        with self._record.reading() as db:
            return decide(db, article, fingerprint(article)) in {Plan.NEW, Plan.REWRITE}

    def settle(self, article: Article) -> Status | None:
        """Do what can be done for `article` without its vectors, and return what was done.

        None means that `store` is needed, and that nothing was done.
        """
        self._must_write()
        article = storable_article(article)
        digest = fingerprint(article)
        with self._turn:
            with self._record.transaction() as db:
                status, abandoned = settle(db, article, digest)
                if status is not None:
                    note_beside(db, article)
            if abandoned is not None:
                self._drop(abandoned)
        return status

    def find_copy(self, article: Article) -> str | None:
        """Return the id of the article that already says what `article` says, if its wording differs.

        A source that was read before is asked for its own: what it says now is a new version of
        that, unless it is one of several that say the same.
        """
        article = storable_article(article)
        with self._record.reading() as db:
            here = sql.pointer(db, article.source)
            if here is not None and here.first:
                return None
            texts = texts_of(article)
            for known in sql.meeting(db, self._sketch(article), MOST_COMPARED):
                if (here is None or here.article_id == known) and is_copy(
                    texts, [p.text for p in sql.paragraph_records(db, known)]
                ):
                    return known
        return None

    def add_copy(self, article: Article, article_id: str) -> Status:
        """Note that the source of `article` says what the article with this id says.

        Raises:
            UnknownArticle: If there is none with this id.
        """
        self._must_write()
        article = storable_article(article)
        with self._turn, self._record.transaction() as db:
            there = sql.stored(db, storable(article_id))
            if there is None or there.state != "ready":
                raise _unknown(article_id)
            here = sql.pointer(db, article.source)
            if here is not None and here.row == there.row:
                sql.note_fingerprint(db, article.source, fingerprint(article))
            else:
                sql.point(db, article.source, there.row, fingerprint(article))
            note_beside(db, article)
        return "duplicate" if here is None else "unchanged"

    def sketch_old(self) -> None:
        """Make the sketches that a library of an older version lacks, so that copies of its articles
        are found.
        """
        self._must_write()
        with self._record.reading() as db:
            rows = sql.rows_without_sketch(db)
        for row in rows:
            with self._record.reading() as db:
                (key,) = sql.article_ids(db, [row]).values()
                texts = [p.text for p in sql.paragraph_records(db, key)]
            with self._record.transaction() as db:
                sql.insert_sketch(db, row, sketch(texts))

    def store(self, encoded: Encoded) -> Status:
        """Store an article with its vectors, as a whole or not at all.

        Raises:
            LibraryUnwritable: If the disk is full; what was stored before is safe.
        """
        self._must_write()
        article = storable_article(encoded.cut.article)
        encoded = replace(encoded, cut=replace(encoded.cut, article=article))
        with self._turn:
            self._index.must_fit()
            status = self.settle(article)
            if status is not None:
                return status
            there = self._unfinished_or_ready(article.id)
            if there is not None:
                return self._rewrite(there.row, encoded)
            return self._store_new(encoded)

    def restore(
        self,
        encoded: Encoded,
        record: ArticleRecord,
        sources: Sequence[tuple[str, str]],
        earlier: Sequence[VersionRecord],
    ) -> Status:
        """Store an article of an exported library with its version, all its sources and their past.

        `sources` has each source with its fingerprint, that of `encoded` first. What this library
        knows already of the same text or the same sources stays as it is.

        Raises:
            LibraryUnwritable: If the disk is full; what was stored before is safe.
        """
        with self._turn:
            status = self.store(encoded)
            with self._record.transaction() as db:
                there = sql.stored(db, encoded.cut.article.id)
                if status == "added" and there is not None:
                    sql.restore_history(db, there.row, record.version, record.added, sources[1:], earlier)
                    file_as(db, there.row, record.collections, record.tags)
        return status

    def remove(self, article_id: str) -> None:
        """Remove an article with all its sources.

        Raises:
            UnknownArticle: If there is none with this id.
        """
        self._must_write()
        with self._turn:
            self._clear_away(self._even_when_full(lambda: self._abandon(article_id)))

    def _abandon(self, article_id: str) -> int:
        with self._record.transaction() as db:
            there = sql.stored(db, storable(article_id))
            if there is None or there.state != "ready":
                raise _unknown(article_id)
            sql.remove_sources(db, there.row)
            sql.abandon(db, there.row)
        return there.row

    def _clear_away(self, row: int) -> None:
        """Delete what is left of an article that nobody sees any more; on a full disk, at another time."""
        try:
            self._even_when_full(lambda: self._drop(row))
        except LibraryUnwritable as error:
            log.warning("an article was removed; its pages are freed when there is room: %s", error)

    def _even_when_full(self, act: Callable[[], T]) -> T:
        """Do what makes room; on a full disk in the room that was kept for it."""
        try:
            return act()
        except LibraryUnwritable:
            if not self._record.make_room():
                raise
            return act()

    def remove_source(self, source: str) -> None:
        """Forget a source; its article goes with the last one.

        Raises:
            UnknownArticle: If nothing came from this source.
        """
        self._must_write()
        with self._turn:
            abandoned = self._even_when_full(lambda: self._forget(source))
            if abandoned is not None:
                self._clear_away(abandoned)

    def _forget(self, source: str) -> int | None:
        with self._record.transaction() as db:
            found = sql.pointer(db, storable(source))
            if found is None:
                raise _unknown(source)
            sql.remove_source(db, storable(source))
            return sql.abandon(db, found.row)

    def arrange(self, wish: Arrangement) -> None:
        """Make, rename or delete a collection; put articles into one or under a tag, or take them out.

        No article is ever removed by it.

        Raises:
            LibraryError: If a name cannot be used, or is taken.
            UnknownCollection: If there is no such collection.
            UnknownArticle: If one of the articles is not there; then nothing is done.
        """
        self._must_write()
        with self._turn, self._record.transaction() as db:
            arrange(db, wish)
            if wish.act in ("let", "bar"):
                sql.note_audit(db, now(), BY_HAND, wish.act, f"{wish.to} {wish.name}"[:LONGEST_NOTE])

    def change_account(self, wish: AccountChange) -> None:
        """Add an account, change or remove it.

        Raises:
            LibraryError: If it cannot be done: there is no such account, or no admin would be left.
        """
        self._must_write()
        with self._turn:
            with self._record.transaction() as db:
                first = not sql.accounts(db)
                change_account(db, wish)
                sql.note_audit(db, now(), BY_HAND, f"account {wish.change}", wish.name[:LONGEST_NOTE])
            if first:
                self._lock_rows()

    def admit(self, whom: Vouched, *, newcomers: bool) -> AccountRecord:
        """Return the account of who a provider of logins names, with the groups that it tells.

        Raises:
            LibraryError: If they have none, or it is another's (`changes_at_login`).
        """
        if changes_at_login(self.accounts(), whom, newcomers=newcomers):
            self._must_write()
            with self._turn, self._record.transaction() as db:
                there = {one.name: one for one in sql.accounts(db)}
                for wish in changes_at_login(there, whom, newcomers=newcomers):
                    change_account(db, wish)
                    what = " ".join(wish.groups)[:LONGEST_NOTE]
                    sql.note_audit(db, now(), wish.name, f"account {wish.change} by provider", what)
        known = self.accounts()
        return account_of(known, whom) or known[whom.name]

    def _lock_rows(self) -> None:
        try:
            self._record.lock_rows()
        except LibraryUnwritable as error:  # not the owner of the tables: the views stand alone
            log.warning("%s has no row-level security: %s", self.place, error)

    def note(self, account: str, act: str, what: str = "") -> None:
        """Note who did what, for `audited`; nothing is noted where a library is only read.

        Where that cannot be written the log has it: a full disk must keep nobody from coming in and removing.
        """
        if self.read_only:
            return
        try:
            with self._record.transaction() as db:
                sql.note_audit(db, now(), account, act, what[:LONGEST_NOTE])
        except LibraryUnwritable as error:
            log.warning(
                "%r did %r (%r), which could not be noted: %s", account, act, what[:LONGEST_NOTE], error
            )

    def note_visit(self, source: str, visit: Visit) -> None:
        """Note how a link was read that had not changed. What `store` and `settle` get carries its own."""
        self._must_write()
        with self._record.transaction() as db:
            sql.note_visit(db, storable(source), visit)

    def note_feed(self, feed: FeedRecord) -> None:
        """Follow a feed from now on, or note that it was read, once what it named is stored."""
        self._must_write()
        with self._record.transaction() as db:
            sql.note_feed(db, feed)

    def note_links(self, visits: Mapping[str, Visit], feeds: Iterable[FeedRecord]) -> None:
        """Note how many links were read, and follow feeds; all of it or nothing."""
        self._must_write()
        with self._record.transaction() as db:
            for source, visit in visits.items():
                sql.note_visit(db, storable(source), visit)
            for feed in feeds:
                sql.note_feed(db, feed)

    def forget_feed(self, url: str) -> bool:
        """Stop following a feed, and tell whether it was followed. Its articles stay."""
        self._must_write()
        with self._record.transaction() as db:
            return sql.forget_feed(db, url)

    def catch_up(self) -> None:
        """Open the vector index and add what it lacks. Asking does so by itself; a server may call
        this in a thread while it starts.

        Raises:
            LibraryDamaged: If the index disagrees with the articles even after a rebuild.
        """
        self._must_write()
        self._index.catch_up()

    def parts(self) -> list[Part]:
        """Return each server that holds a part of the index with how much it holds; none in a folder."""
        return self._index.parts()

    def announce(self, url: str) -> None:
        """Let whoever is refused as a second writer know where this one can be reached."""
        self._must_write()
        if self._lock is not None:
            self._lock.announce(url)

    def _must_write(self) -> None:
        if self.read_only:
            raise LibraryUnwritable(f"The library {self.home} was opened to be read only.")

    def _store_new(self, encoded: Encoded) -> Status:
        article = encoded.cut.article
        sketched = self._sketch(article)
        with self._record.transaction() as db:
            before = sql.pointer(db, article.source)
            version = 1 if before is None else before.version + 1
            row = sql.insert_pending(
                db, encoded, article.source, fingerprint(article), version, self._index.space, sketched
            )
            file_as(db, row, article.collections, article.tags)
        self._index.keep_up()
        with self._record.transaction() as db:
            abandoned = sql.make_ready(db, row, now())
            note_beside(db, article)
        if abandoned is not None:
            self._drop(abandoned)
        return "added" if before is None else "updated"

    def _sketch(self, article: Article) -> tuple[int, ...]:
        """Return the sketch of an article, which is looked for before and after it is encoded, and stored."""
        known = self._sketches.get(article.id)
        if known is None:
            if len(self._sketches) >= SKETCHES_KEPT:
                self._sketches.clear()
            known = self._sketches[article.id] = sketch(texts_of(article))
        return known

    def _rewrite(self, row: int, encoded: Encoded) -> Status:
        article = encoded.cut.article
        digest = fingerprint(article)
        with self._record.transaction() as db:
            sql.rewrite(db, row, encoded, self._index.space)
            sql.update_metadata(db, row, article, digest)
            sql.note_fingerprint(db, article.source, digest)
            note_beside(db, article)
        self._index.keep_up()
        return "updated"

    def _unfinished_or_ready(self, article_id: str) -> sql.Stored | None:
        """Return a ready article; clear away what an error left of one."""
        with self._record.reading() as db:
            there = sql.stored(db, article_id)
        if there is not None and there.state != "ready":
            self._drop(there.row)
            return None
        return there

    def _drop(self, row: int) -> None:
        with self._record.transaction() as db:
            sql.delete_article(db, row)
        self._index.keep_up()

    def _finish(self) -> None:
        """Finish what a kill interrupted: pending articles hold all they need, so they become ready."""
        with self._record.transaction() as db:
            for row in sql.unfinished(db, "pending"):
                sql.make_ready(db, row, now())
        with self._record.reading() as db:
            leaving = sql.unfinished(db, "deleting")
        for row in leaving:
            try:
                with self._record.transaction() as db:
                    sql.delete_article(db, row)
            except LibraryUnwritable as error:  # it is seen no more; what it takes is freed another time
                log.warning("what is left of an article stays for now: %s", error)


# ------------------------------------------------------------------------------ referring


def _by_source_or_id(db: sql.Connection, reference: str) -> str | None:
    there = sql.stored(db, reference)
    if there is not None and there.state == "ready":
        return reference
    for source in (reference, str(Path(reference).absolute()), os.path.realpath(reference)):
        if (found := sql.pointer(db, source)) is not None:
            return found.article_id
    return None


def _ends_in(source: str, reference: str) -> bool:
    whole, _, part = source.rpartition("#")
    names = {part} if whole else set()
    names |= {PurePath(source).name, source.replace("\\", "/").rpartition("/")[2]}
    return reference in names


def _unknown(reference: str) -> UnknownArticle:
    return UnknownArticle(f"No article goes by “{reference}”. `footnote articles` lists them.")


# ------------------------------------------------------------------------------ opening


def open_library(
    home: Path, encoder_name: str, dimension: int, *, read_only: bool = False, stores: Stores = FOLDER
) -> Library:
    """Open the library in the folder `home`, or the one on the servers that `stores` names, for vectors of
    the given encoder.

    To write, the folder is created when missing, locked, and what a kill left unfinished is
    finished. To read, nothing is created or changed: an absent library opens as an empty one, and
    another process may write meanwhile. On servers nothing is locked: those who write take turns.

    Raises:
        LibraryLocked: If another process writes to it.
        LibraryUnwritable: If it is to be written but cannot be.
        LibraryDamaged: If the record cannot be read.
        EncoderMismatch: If its vectors are another encoder's.
        LibraryError: If it was written by a newer version, or a server cannot be reached.
    """
    home = Path(home)
    if read_only:
        return _open_to_read(home, encoder_name, dimension, stores)
    return _open_to_write(home, encoder_name, dimension, stores, reindexing=False)


def _open_to_write(home: Path, encoder: str, dimension: int, stores: Stores, *, reindexing: bool) -> Library:
    lock = None if stores.shared else lock_folder(home)
    record: Record | None = None
    try:
        record = _server_record(home, stores, "write") if stores.shared else _file_record(home)
        with record.turn:
            space = _prepare(record, encoder, dimension, reindexing=reindexing)
            index = _index_over(record, stores, encoder, dimension, space)
            index.recover()
            library = Library(record, index, lock, encoder)
            library._finish()  # noqa: SLF001 - part of opening
    except BaseException:
        if record is not None:
            record.close()
        if lock is not None:
            lock.release()
        raise
    return library


def _file_record(home: Path) -> SqliteRecord:
    return SqliteRecord(_sound_file(home), "write")


def _server_record(home: Path, stores: Stores, mode: str) -> Record:
    try:
        from footnote.ingest.library.record.postgres import PostgresRecord
    except ImportError as error:
        raise LibraryError(
            f"A record in PostgreSQL needs the extra: pip install 'footnote[postgres]' ({error})."
        ) from error
    if mode == "write":
        make_folder(home)
    return PostgresRecord(stores.record, home, mode)


def _index_over(record: Record, stores: Stores, encoder: str, dimension: int, space: int) -> LibraryIndex:
    if isinstance(record, SqliteRecord):
        return Index(record, encoder=encoder, dimension=dimension, space=space)
    from footnote.ingest.library.shards import ShardIndex

    return ShardIndex(record, stores, encoder=encoder, dimension=dimension, space=space)


def _sound_file(home: Path) -> Path:
    path = home / sql.FILE_NAME
    if path.is_dir():
        raise sql.damaged(path, "it is a folder")
    if path.exists() and not path.stat().st_size and any(home.glob("chroma.*")):
        raise sql.damaged(path, "it is empty")  # SQLite would take it for a new one
    return path


def _prepare(record: Record, encoder: str, dimension: int, *, reindexing: bool) -> int:
    """Create the tables or check them, and return the current vector space."""
    with record.transaction() as db:
        if not db.has_tables():
            sql.create_schema(db)
        meta = _checked_meta(db, record)
        if int(meta["schema"]) < sql.SCHEMA_VERSION:
            sql.migrate(db, int(meta["schema"]))
        if not sql.paragraph_count(db):  # no vectors yet: any encoder will do
            _set_encoder(db, encoder, dimension)
        elif not reindexing:
            _check_encoder(meta, record, encoder, dimension)
    return int(meta["space"])


def _set_encoder(db: sql.Connection, encoder: str, dimension: int) -> None:
    sql.set_meta(db, encoder=encoder, dimension=dimension, chunking=sql.CHUNKING_VERSION)


def _checked_meta(db: sql.Connection, record: Record) -> dict[str, str]:
    try:
        meta = sql.read_meta(db)
        schema = int(meta["schema"])
        int(meta["space"]), int(meta["generation"])
    except (sqlite3.OperationalError, KeyError, ValueError):
        raise record.damaged("it is not a library of Footnote") from None
    if schema > sql.SCHEMA_VERSION:
        raise LibraryError(
            f"{record.name} was written by a newer version of Footnote (form {schema}; this one knows "
            f"{sql.SCHEMA_VERSION}). Upgrade Footnote, or choose another folder with --home."
        )
    return meta


def _check_encoder(meta: dict[str, str], record: Record, encoder: str, dimension: int) -> None:
    known, length = meta.get("encoder", ""), meta.get("dimension", "")
    if (known, length) != (encoder, str(dimension)):
        raise EncoderMismatch(
            f"The library {record.place} was made with the encoder “{known}” ({length} dimensions), not with "
            f"“{encoder}” ({dimension}). Run `footnote reindex` to encode its articles anew, or set "
            f"FOOTNOTE_ENCODER={known}."
        )


def _open_to_read(home: Path, encoder: str, dimension: int, stores: Stores) -> Library:
    record = _readable_on_servers(home, stores) if stores.shared else _readable_record(home)
    try:
        with record.reading() as db:
            meta = _checked_meta(db, record)
            if sql.paragraph_count(db):
                _check_encoder(meta, record, encoder, dimension)
        index = _index_over(record, stores, encoder, dimension, int(meta["space"]))
        return Library(record, index, None, encoder)
    except BaseException:
        record.close()
        raise


def _readable_on_servers(home: Path, stores: Stores) -> Record:
    record = _server_record(home, stores, "read")
    try:
        with record.reading() as db:
            there = db.has_tables()
            if there and int(_checked_meta(db, record)["schema"]) < sql.SCHEMA_VERSION:
                raise LibraryError(
                    f"{record.name} was written by an older version of Footnote. Whoever next writes to it "
                    "brings it up to this one: `footnote reindex`, or the server."
                )
    except BaseException:
        record.close()
        raise
    if there:
        return record
    record.close()
    return SqliteRecord(home / sql.FILE_NAME, "empty")


def _readable_record(home: Path) -> SqliteRecord:
    try:
        if home.exists() and not home.is_dir():
            raise LibraryUnwritable(f"{home} is not a folder. Choose a folder with --home.")
        path = _sound_file(home)
        there = path.exists()
    except OSError as error:
        raise LibraryUnwritable(f"The folder {home} cannot be read: {error.strerror or error}.") from error
    if not there:
        return SqliteRecord(path, "empty")
    for mode in ("read", "frozen"):
        record = SqliteRecord(path, mode)
        try:
            with record.reading() as db:
                if db.has_tables():
                    return record
            record.close()
            return SqliteRecord(path, "empty")  # another process is just creating it
        except LibraryUnwritable:
            record.close()
            _check_log(path)
        except BaseException:
            record.close()
            raise
    raise LibraryUnwritable(f"{path} cannot be read. Check its permissions.")


def _check_log(path: Path) -> None:
    """Refuse to read a file whose last changes lie in a log that cannot be used in this folder."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise LibraryUnwritable(
            f"{path} was not closed cleanly, and its folder cannot be written. "
            "Open it once where it can be written (`footnote articles` on a copy will do)."
        )


# ----------------------------------------------------------------------------- reindexing


def reindex(
    home: Path,
    encoder: Encoder,
    progress: Callable[[int, int], None] | None = None,
    *,
    stores: Stores = FOLDER,
) -> None:
    """Make the vectors anew if they are another encoder's, and the vector index in any case.

    `progress` is told how many articles are done, and how many there are. A kill loses nothing:
    the old vectors answer until the last new one is stored, and the next run goes on from there.

    Raises:
        LibraryLocked: If another process writes to it. Also whatever `open_library` raises.
    """
    home = Path(home)
    opened = _open_to_write(home, encoder.name, encoder.dimension, stores, reindexing=True)
    with opened as library, library._turn:  # noqa: SLF001
        _encode_anew(library._record, encoder, progress or _silent)  # noqa: SLF001
    opened = open_library(home, encoder.name, encoder.dimension, stores=stores)
    with opened as library, library._turn:  # noqa: SLF001
        library._index.start_over()  # noqa: SLF001
        library.catch_up()


def _encode_anew(record: Record, encoder: Encoder, progress: Callable[[int, int], None]) -> None:
    """Store new vectors beside the old ones, article by article, then change over in one transaction."""
    wanted = {
        "encoder": encoder.name,
        "dimension": str(encoder.dimension),
        "chunking": str(sql.CHUNKING_VERSION),
    }
    with record.transaction() as db:
        if wanted.items() <= sql.read_meta(db).items():
            return
        space = sql.begin_space(db, json.dumps(wanted))
        rows, total = sql.rows_without(db, space), len(sql.ready_rows(db))
    for done, row in enumerate(rows, start=total - len(rows)):
        progress(done, total)
        with record.reading() as db:
            article = _article(db, row)
        encoded = encode_article(article, encoder)
        with record.transaction() as db:
            sql.insert_vectors(db, row, encoded, space)
    with record.transaction() as db:
        sql.change_space(db, space, wanted)
    progress(total, total)


def _article(db: sql.Connection, row: int) -> Article:
    """Return a stored article as it was read."""
    found = sql.article_records(db, sql.article_ids(db, [row])[row])[0]
    paragraphs = sql.paragraph_records(db, found.article_id)
    article = make_article([(p.section, p.text) for p in paragraphs], title=found.title, source=found.source)
    return replace(article, id=found.article_id)


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
