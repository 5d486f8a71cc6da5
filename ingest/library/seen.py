"""The library as one account may see it, and change it: the one place that decides what an account may do.

What is read goes through the account's own connections (`record/seeing.py`). The index knows of no accounts:
it is asked for the account's articles only, and what it says is looked up again in the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.errors import NotAllowed, UnknownArticle
from footnote.ingest.library import record as sql
from footnote.ingest.library.collections import Arrangement, named
from footnote.ingest.library.library import Library
from footnote.ingest.library.plan import storable, storable_article
from footnote.ingest.library.record import Nearest, SeenRecord

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.article import Article
    from footnote.ingest.library.accounts import AccountChange
    from footnote.ingest.library.library import Status

FILING = ("file", "unfile")
TAGGING = ("tag", "untag")
ELSEWHERE = (
    "it goes by the name or says the words of something that you may not see. Give it another name, or ask "
    "an administrator to put that into your collection"
)
NOWHERE = "Choose a collection to put it into: one that you may read."


class SeenLibrary(Library):
    """What an account may see of a library. Whether it may change that is its role's to say (`changes`)."""

    def __init__(self, whole: Library, account: str, *, changes: bool = False) -> None:
        record = SeenRecord(whole._record, account)  # noqa: SLF001 - a library of the same record
        super().__init__(record, whole._index, None, whole.encoder)  # noqa: SLF001 - and the same index
        self.account, self.changes = account, changes
        self.read_only = self.read_only or not changes
        self._whole = whole

    def close(self) -> None:
        """Do nothing: the library is everyone's."""

    def nearest(
        self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None = None
    ) -> Nearest:
        """Return the `k` paragraphs nearest to `vector` of those that the account may see."""
        mine = self._kept.of(sql.ready_ids)
        asked = mine if articles is None else mine & set(articles)
        found = super().nearest(vector, k, asked)
        with self._record.reading() as db:
            there = sql.there(db, [key for key, _ in found])
        kept = [(key, score) for key, score in found if key in there]
        return Nearest(kept, silent=found.silent, parts=found.parts, waiting=found.waiting)

    def settle(self, article: Article) -> Status | None:
        """Do what can be done for `article` without its vectors.

        Raises:
            NotAllowed: If it would change, or show, what the account may not see, or be put where it may not
                be seen.
        """
        self._must_write()
        given = storable_article(article)
        with self._turn:
            self._may_store(given)
            return super().settle(article)

    def remove(self, article_id: str) -> None:
        """Remove an article; one that is also in collections that the account may not see is only taken out
        of those that it may.
        """
        self._must_write()
        with self._turn:
            record = self.article(article_id)
            if len(self._whole.article(record.article_id).collections) == len(record.collections):
                self._whole.remove(record.article_id)
                return
            for name in record.collections:
                self._whole.arrange(Arrangement("unfile", name, articles=(record.article_id,)))

    def remove_source(self, source: str) -> None:
        """Forget a source of an article that the account may see; with its last one, as `remove` does."""
        self._must_write()
        with self._turn:
            record = self.find_by_source(source)
            if record is None:
                raise UnknownArticle(f"No article goes by “{source}”. `footnote articles` lists them.")
            if record.sources == (storable(source),):
                self.remove(record.article_id)
            else:
                self._whole.remove_source(source)

    def change_account(self, wish: AccountChange) -> None:
        """Refuse: an admin sees the library itself.

        Raises:
            NotAllowed: Always.
        """
        raise NotAllowed(f"Only an admin changes accounts, such as “{wish.name}”.")

    def arrange(self, wish: Arrangement) -> None:
        """File or tag articles that the account may see, in collections that it may read.

        Raises:
            NotAllowed: If collections are to be made, renamed, deleted or opened, which an admin does.
            UnknownArticle: If an article is not there for the account.
            UnknownCollection: If a collection is not.
        """
        self._must_write()
        if wish.act not in (*FILING, *TAGGING):
            raise NotAllowed(
                "Only an admin makes, renames and deletes collections, and opens them to groups."
            )
        with self._turn:
            for article in wish.articles:
                self.article(article)
            if wish.act in FILING:
                self.chosen([wish.name])
            self._whole.arrange(wish)

    def note(self, account: str, act: str, what: str = "") -> None:
        """Note who did what."""
        self._whole.note(account, act, what)

    def _may_store(self, article: Article) -> None:
        mine = {sql.key_of(one.name) for one in self.collections()}
        wished = {sql.key_of(named(name)) for name in article.collections}
        seen = self.find_by_source(article.source)
        if wished - mine or not (wished or seen is not None):
            raise NotAllowed(NOWHERE)
        with self._record.transaction() as db:
            pointed, there = sql.pointer(db, article.source), sql.stored(db, article.id)
        hidden = pointed is not None and seen is None
        if there is not None and there.state == "ready":
            with self._record.reading() as db:
                hidden = hidden or not sql.article_records(db, storable(article.id))
        if hidden:
            raise NotAllowed(f"“{article.source}” was not added: {ELSEWHERE}.")

    def _must_write(self) -> None:
        if not self.changes:
            raise NotAllowed("A reader asks and looks. An editor adds, changes and removes articles.")
        super()._must_write()


def seen_by(whole: Library, account: str) -> Library:
    """Return the library as an account sees it: all of it for an admin, and where there are no accounts.

    Raises:
        NotAllowed: If there are accounts, and this is none of them.
    """
    known = whole.accounts()
    if not known:
        return whole
    found = known.get(account)
    if found is None:
        raise NotAllowed("There is no such account. Log in with one that is there.")
    return whole if found.sees_all else SeenLibrary(whole, account, changes=found.changes)
