"""The index of a library on servers: Chroma servers, each of which holds a part of the articles.

They hold ids and vectors and decide nothing: what they return is looked up in the record, where the vectors
lie too, and ranked anew. So a server that is stale, was tampered with or is not there can hide a paragraph,
and never show one that must not be seen. Any part can be thrown away and filled again from the record. A
part that does not answer is told of: the others answer, and nobody says that something is nowhere.
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from footnote.ingest.errors import EncoderMismatch, LibraryDamaged, LibraryError
from footnote.ingest.library import record as sql
from footnote.ingest.library.record import Nearest
from footnote.ingest.library.seam import Part
from footnote.ingest.library.vectors import ChromaServer, collection_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.library.record import Connection, Found, Key, Record
    from footnote.ingest.library.stores import Stores

logger = logging.getLogger("footnote.library")

FEW = 2000  # chunks of a filter, or not yet in the index, that are read from the record for a question
STEP = 250  # chunks added in one step, so that others get their turn
MORE = 16  # chunks that are asked for beyond what is wanted, since some share a paragraph
MOST = 10_000  # chunks that are asked of a part before a filter is searched through in the record
MOST_WAITING = 50_000  # articles that are looked through for some that can be added
SLOW = 1.0  # seconds after which a part that failed is left alone for a while
AT_ONCE = 16  # questions for which every part is asked at the same time
RESTS = 10.0  # seconds that a part which did not answer in time is left alone
CHUNK = re.compile(r"[0-9a-z]{1,64}:[0-9]{1,9}")  # what ids look like; a server may say anything


class ShardIndex:
    """Nearest paragraphs of one library, by Chroma servers and the record's vectors."""

    def __init__(self, record: Record, stores: Stores, *, encoder: str, dimension: int, space: int) -> None:
        self.record = record
        self.dimension = dimension
        self.space = space
        self._encoder = encoder
        self._key = stores.key
        self.shards = [Shard(n, address, len(stores.index)) for n, address in enumerate(stores.index)]
        self._pool = ThreadPoolExecutor(AT_ONCE * len(self.shards), thread_name_prefix="footnote-shard")

    # ------------------------------------------------------------------------------- asking

    def nearest(self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None) -> Nearest:
        """Return the `k` paragraphs whose best chunk is nearest, best first."""
        with self.record.reading() as db:
            meta = self._checked(db)
            rows: list[int] | None = None
            if articles is not None:
                rows = list(sql.ready_rows(db, articles))
                if sum(sql.chunk_sizes(db, rows, self.space).values()) <= FEW:
                    return self._exact(db, vector, k, rows)
            waiting = sql.found_waiting(db, self.space, FEW + 1)
        behind = len(waiting) > FEW
        chosen = None if articles is None else set(articles)
        wanted = k + MORE
        while True:
            hits, silent, more = self._ask(vector, wanted, meta)
            with self.record.reading() as db:
                found = [*sql.found(db, hits, self.space), *waiting]
            ranked = self._ranked(vector, (f for f in found if chosen is None or f.article_id in chosen))
            if len(ranked) >= k or not more:
                break
            if wanted > MOST and rows is not None:
                with self.record.reading() as db:
                    return self._exact(db, vector, k, rows, by_row=True)
            wanted *= 4
        return Nearest(ranked[:k], silent=silent, parts=len(self.shards), waiting=behind)

    def _ask(self, vector: NDArray[np.float32], k: int, meta: dict[str, str]) -> tuple[list[str], int, bool]:
        """Ask every part at once.

        Returns:
            The ids of the chunks that are nearest by their word, how many parts did not answer, and whether
            any may have more.
        """
        answers = list(self._pool.map(lambda shard: self._answer(shard, vector, k, meta), self.shards))
        heard = [answer for answer in answers if answer is not None]
        hits = sorted((hit for answer in heard for hit in answer), key=lambda hit: -hit[1])
        ids = dict.fromkeys(name for name, _ in hits[:k] if CHUNK.fullmatch(name))
        return list(ids), len(answers) - len(heard), len(hits) > k or any(len(one) >= k for one in heard)

    def _answer(
        self, shard: Shard, vector: NDArray[np.float32], k: int, meta: dict[str, str]
    ) -> list[tuple[str, float]] | None:
        """Return what a part says, or None if it does not answer."""
        if shard.rests:
            return None
        began = time.monotonic()
        try:
            collection = shard.opened(self._collection(shard, meta), self._key, create=False)
            return collection.nearest(vector, k)
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            if _is_missing(error) and not _is_filled(shard, meta):
                return []
            shard.failed(error, slow=time.monotonic() - began > SLOW)
            return None

    def _exact(
        self,
        db: Connection,
        vector: NDArray[np.float32],
        k: int,
        rows: Sequence[int],
        *,
        by_row: bool = False,
    ) -> Nearest:
        return Nearest(self._ranked(vector, sql.found_in(db, rows, self.space), by_row=by_row)[:k])

    def _ranked(
        self, vector: NDArray[np.float32], found: Iterable[Found], *, by_row: bool = True
    ) -> list[tuple[Key, float]]:
        """Return paragraphs by the exact cosine of their best chunk; of equal ones the older first."""
        chunks = list({(f.row, f.number): f for f in found}.values())
        if not chunks:
            return []
        rows = sql.rows_of(b"".join(f.vector for f in chunks), "<f4", self.dimension)
        scores = np.einsum("ij,j->i", rows.astype(np.float32, copy=False), vector).tolist()
        order = sorted(
            range(len(chunks)),
            key=lambda n: (-scores[n], chunks[n].row if by_row else chunks[n].article_id, chunks[n].number),
        )
        best: dict[Key, float] = {}
        for n in order:
            best.setdefault((chunks[n].article_id, chunks[n].paragraph), scores[n])
        return list(best.items())

    def _checked(self, db: Connection) -> dict[str, str]:
        meta = sql.read_meta(db)
        if int(meta["space"]) != self.space:
            raise EncoderMismatch(
                f"The articles of the library {self.record.place} were encoded anew in the meantime. "
                "Start again."
            )
        return meta

    # --------------------------------------------------------------------- keeping up

    def must_fit(self) -> None:
        """Refuse to add vectors beside others that another process made anew since this one opened."""
        with self.record.reading() as db:
            self._checked(db)

    def recover(self) -> None:
        """Begin anew where the library is spread over another number of servers than before."""
        with self.record.reading() as db:
            meta = sql.read_meta(db)
        if meta.get("parts") != str(len(self.shards)):
            library = meta.get("library") or secrets.token_hex(4)
            with self.record.transaction() as db:
                sql.forget_index(db)
                sql.set_meta(db, parts=len(self.shards), library=library)

    def keep_up(self) -> None:
        """Add what waits. A part that does not answer is left for another time: its articles wait."""
        while self._step():
            pass

    def catch_up(self, progress: Callable[[int], None] | None = None) -> None:
        """Bring every part up to the record.

        Raises:
            LibraryDamaged: If a part still disagrees with the record after it was built anew.
            LibraryError: If a part does not answer.
        """
        for _ in range(2):
            self._fill(progress)
            with self.record.turn:
                parts = self.parts()
            if silent := [part.address for part in parts if part.held is None]:
                raise LibraryError(f"{', '.join(silent)} did not answer. The articles are safe.")
            wrong = [s for s, part in zip(self.shards, parts, strict=True) if part.held != part.due]
            if not wrong:
                return
            for shard in wrong:
                logger.warning("The index on %s disagrees with the record; it is built anew.", shard.address)
                self._begin_anew(shard)
        names = ", ".join(shard.address for shard in wrong)
        raise LibraryDamaged(
            f"The index on {names} disagrees with the articles even after it was built "
            "anew. Run `footnote reindex`; the articles themselves are safe."
        )

    def start_over(self) -> None:
        """Throw away what every part holds."""
        with self.record.turn:
            for shard in self.shards:
                with contextlib.suppress(Exception):
                    shard.opened(self._collection(shard, self._meta()), self._key, create=False).drop()
                shard.closed()
            with self.record.transaction() as db:
                sql.forget_index(db)

    def parts(self) -> list[Part]:
        """Return each server with how many vectors it holds, and how many it should."""
        with self.record.reading() as db:
            meta = sql.read_meta(db)
            due = [0] * len(self.shards)
            for article, chunks in sql.indexed_by_article(db, self.space):
                due[self._place(article)] += chunks
            for name in sql.forgotten(db):
                due[self._place(name.rpartition(":")[0])] += 1
        return [Part(s.address, self._held(s, meta), due[s.number]) for s in self.shards]

    def _held(self, shard: Shard, meta: dict[str, str]) -> int | None:
        try:
            return shard.opened(self._collection(shard, meta), self._key, create=False).count()
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            if _is_missing(error):
                return 0
            shard.failed(error, slow=False)
            return None

    def close(self) -> None:
        """Let go of the connections; what waits is added by whoever writes next."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for shard in self.shards:
            shard.closed()

    def _fill(self, progress: Callable[[int], None] | None) -> None:
        more = True
        while more:
            with self.record.turn:
                more = self._step()
            if progress is not None:
                with self.record.reading() as db:
                    progress(sql.waiting_chunks(db, self.space))

    def _step(self) -> bool:
        """Bring about `STEP` chunks to their parts, and tell whether more can be brought there; the caller
        holds the turn.
        """
        meta = self._meta()
        able = [shard for shard in self.shards if not shard.rests]
        with self.record.reading() as db:
            gone = sql.forgotten(db)
            # What waits for a part that does not answer must not keep back what others could take.
            rows = sql.waiting_rows(db, STEP if len(able) == len(self.shards) else MOST_WAITING)
            names = sql.article_ids(db, rows)
        part = {row: self._place(names[row]) for row in rows}
        numbers = {shard.number for shard in able}
        rows = [row for row in rows if part[row] in numbers][:STEP]
        with self.record.reading() as db:
            sizes = sql.chunk_sizes(db, rows, self.space)
        done: list[int] = []
        left: list[str] = []
        filled: dict[str, str] = {}
        for shard in able:
            mine = _first((row for row in rows if part[row] == shard.number), sizes)
            theirs = [name for name in gone if self._place(name.rpartition(":")[0]) == shard.number]
            if (mine or theirs) and self._bring(shard, mine, theirs, meta):
                done += mine
                left += theirs
                filled[_filled(shard)] = meta["generation"]
        if done or left:
            with self.record.transaction() as db:
                sql.mark_indexed(db, done)
                sql.remember(db, left)
                sql.set_meta(db, **filled)
        return bool(done) and len(done) < len(rows)

    def _bring(self, shard: Shard, rows: list[int], gone: list[str], meta: dict[str, str]) -> bool:
        """Add and delete chunks on one server, and tell whether that was done."""
        with self.record.reading() as db:
            found = sql.chunk_vectors(db, rows, self.space, self.dimension)
        try:
            collection = self._writable(shard, meta)
            collection.delete(gone)
            collection.upsert(found.ids, found.vectors)
        except LibraryError:
            raise
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            shard.failed(error, slow=True)
            return False
        return True

    def _writable(self, shard: Shard, meta: dict[str, str]) -> ChromaServer:
        """Open a part to be changed. One that the server lost is filled again from the record."""
        name = self._collection(shard, meta)
        try:
            return shard.opened(name, self._key, create=False)
        except Exception as error:
            if not _is_missing(error):
                raise
        if _is_filled(shard, meta):
            self._forget(shard)
        made = shard.opened(name, self._key, create=True)
        made.drop(like=f"-{meta['library']}-")  # of an earlier generation
        return made

    def _begin_anew(self, shard: Shard) -> None:
        with self.record.turn:
            with contextlib.suppress(Exception):
                shard.opened(self._collection(shard, self._meta()), self._key, create=False).drop()
            shard.closed()
            self._forget(shard)

    def _forget(self, shard: Shard) -> None:
        """Note that a part holds nothing."""
        with self.record.transaction() as db:
            rows = [row for row, name in sql.indexed_articles(db) if self._place(name) == shard.number]
            sql.forget_rows(db, rows)

    def _meta(self) -> dict[str, str]:
        with self.record.reading() as db:
            return sql.read_meta(db)

    def _collection(self, shard: Shard, meta: dict[str, str]) -> str:
        """Return the name of a part's collection: never that of another library, encoder or part."""
        kind = collection_name(self._encoder, self.dimension, sql.CHUNKING_VERSION)
        place = f"{shard.number + 1}-of-{len(self.shards)}"
        return f"{kind}-{meta.get('library')}-{meta['generation']}-{place}"

    def _place(self, article_id: str) -> int:
        """Return the number of the part that holds an article."""
        return zlib.crc32(article_id.encode()) % len(self.shards)


class Shard:
    """One server, opened when it is first needed, and again when it failed."""

    def __init__(self, number: int, address: str, parts: int) -> None:
        self.number = number
        self.address = address
        self.parts = parts
        self._turn = threading.Lock()
        self._open: tuple[str, ChromaServer] | None = None
        self._until = 0.0

    @property
    def rests(self) -> bool:
        """Whether it is left alone for now."""
        return time.monotonic() < self._until

    def opened(self, collection: str, key: str, *, create: bool) -> ChromaServer:
        """Return the collection of this name, opened once."""
        with self._turn:
            if self._open is None or self._open[0] != collection:
                if self.rests:  # it failed whoever was here before
                    raise TimeoutError("it is left alone for now")
                self._let_go()
                began = time.monotonic()
                try:
                    self._open = (collection, ChromaServer(self.address, key, collection, create=create))
                except Exception as error:
                    if not _is_missing(error) and time.monotonic() - began > SLOW:
                        self._until = time.monotonic() + RESTS
                    raise
            return self._open[1]

    def failed(self, error: Exception, *, slow: bool) -> None:
        """Note that it did not answer; one that keeps others waiting is left alone for a while."""
        logger.warning("A part of the index, %s, did not answer: %s", self.address, error)
        self.closed()
        if slow:
            self._until = time.monotonic() + RESTS

    def closed(self) -> None:
        """Let go of the connection."""
        with self._turn:
            self._let_go()

    def _let_go(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            with contextlib.suppress(Exception):
                opened[1].close()


def _filled(shard: Shard) -> str:
    """Return the key under which the record has in which generation a part was last filled."""
    return f"filled_{shard.number}"


def _is_filled(shard: Shard, meta: dict[str, str]) -> bool:
    """Tell whether a part holds anything, so that its collection must be there."""
    return meta.get(_filled(shard)) == meta["generation"]


def _is_missing(error: Exception) -> bool:
    """Tell whether a server says that it has no such collection."""
    return type(error).__name__ in ("NotFoundError", "InvalidCollectionException")


def _first(rows: Iterable[int], sizes: dict[int, int]) -> list[int]:
    """Return rows in order until their chunks fill a step; at least one, if there is any."""
    chosen: list[int] = []
    total = 0
    for row in rows:
        if chosen and total + sizes[row] > STEP:
            break
        chosen.append(row)
        total += sizes[row]
    return chosen
