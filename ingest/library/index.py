"""The vector index of one library: Chroma in numbered folders, kept up with the record.

Each folder is a generation. A file named `dirty` lies beside it while Chroma is open; one that is
still there when the library is opened means that the generation may be broken, so the next one is
built from the stored vectors. The same happens when the folder's files are not those that were
left. Until the index holds all that the record holds, and whenever Chroma fails, the exact search
over the stored vectors answers.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import threading
import zlib
from typing import TYPE_CHECKING

from footnote.ingest.errors import EncoderMismatch, LibraryDamaged, LibraryError
from footnote.ingest.library import record as sql
from footnote.ingest.library.record import Nearest
from footnote.ingest.library.vectors import ChromaIndex, ExactIndex, collection_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.library.record import Key, SqliteConnection, SqliteRecord
    from footnote.ingest.library.seam import Part
    from footnote.ingest.library.vectors import VectorIndex

logger = logging.getLogger("footnote.library")

# Chunks that wait before Chroma is opened for them: the import takes a second or so, and the exact
# search over this many takes less than a millisecond.
OPEN_AT = 500
# Chunks that wait while Chroma is open. A call costs it as much as 60 chunks, most of that for the
# disk: with 8 chunks in a call one took 9.1 ms, with 64 2.3, with 250 1.5. A question adds them first.
BEHIND = 100
# Chunks of removed articles that Chroma still holds; answers pass over them. It writes its whole index anew
# every thousand changes (a removal among 100,000 chunks once took 17 seconds), so removing does not wait.
LEFT_BEHIND = 5_000
# Chunks that a question waits for (about two seconds); more are added in the background.
INLINE = 2000
# A filter that leaves fewer chunks than this reads them from the record for each question.
FEW = 2000
LOADED_AT_ONCE = 500  # articles
# Chunks added to Chroma in one step. It lets no other thread run meanwhile (some 200 ms), and a step
# is what a question may have to wait for while articles are added.
STEP = 250
# Chroma blocks for minutes on a full disk, so it is left alone unless there is ample room: a vector
# takes about 6 kB there, and the log it keeps as much again.
ROOM, ROOM_PER_CHUNK = 64 << 20, 16 << 10
# A broken index file once grew to 5 TB; twice the record's size is more than a sound one ever is.
LARGEST_FILE = 8 << 30


class Index:
    """Nearest paragraphs of one library, by Chroma or exactly."""

    def __init__(self, record: SqliteRecord, *, encoder: str, dimension: int, space: int) -> None:
        self.record = record
        self.turn = record.turn
        self.home = record.home
        self.dimension = dimension
        self.space = space
        self.collection = collection_name(encoder, dimension, sql.CHUNKING_VERSION)
        self._chroma: VectorIndex | None = None
        self._given_up = record.mode != "write"
        self._agreed = False
        self._verified = False
        self._stop = threading.Event()
        self._builder: threading.Thread | None = None
        self._limit: tuple[int, int] | None = None
        self._exact = ExactIndex(dimension)
        self._exact_turn = threading.Lock()
        self._exact_db = record.connection()
        self._exact_version = -1
        self._seen: dict[int, tuple[int, list[str]]] = {}

    # ------------------------------------------------------------------------------- asking

    def nearest(self, vector: NDArray[np.float32], k: int, articles: Collection[str] | None) -> Nearest:
        """Return the `k` paragraphs whose best chunk is nearest, best first."""
        if articles is None:
            found = self._by_chroma(vector, k)
            if found is not None:
                return found
        elif (few := self._few(articles)) is not None:
            return self._paragraphs(lambda n: few.nearest(vector, n), k)
        with self._exact_turn:
            self._refresh()
            return self._paragraphs(lambda n: self._exact.nearest(vector, n, articles), k)

    def _by_chroma(self, vector: NDArray[np.float32], k: int) -> Nearest | None:
        chroma = self._chroma if self._current() else None
        if chroma is None:
            return None
        try:
            return self._paragraphs(lambda n: chroma.nearest(vector, n), k)
        except LibraryError:
            raise
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            self._give_up(error)
            return None

    def _current(self) -> bool:
        """Tell whether Chroma holds all that the record holds; little that is missing is added."""
        if self._given_up:
            return False
        self._verify()
        with self.record.reading() as db:
            if self._agreed and not sql.is_waiting(db):
                return True
            if not sql.paragraph_count(db):
                return False
            waiting = sql.waiting_chunks(db, self.space)
        if waiting > INLINE:
            self._build_in_background()
            return False
        try:
            self.catch_up()
        except LibraryError as error:
            logger.warning("%s Answers come from the exact search.", error)
        return self._agreed and not self._given_up

    def _paragraphs(self, search: Callable[[int], list[tuple[str, float]]], k: int) -> Nearest:
        """Search for ever more chunks until they lie in `k` paragraphs."""
        wanted = k + 16
        while True:
            hits = search(wanted)
            with self.record.reading() as db:
                owners = sql.paragraphs_of_chunks(db, [name for name, _ in hits], self.space)
            best: dict[Key, float] = {}
            for name, score in hits:
                if name in owners:
                    best.setdefault(owners[name], score)
            if len(best) >= k or len(hits) < wanted:
                return Nearest(list(best.items())[:k])
            wanted *= 4

    # ------------------------------------------------------------------------ exact search

    def _few(self, articles: Collection[str]) -> VectorIndex | None:
        """Return the chunks of `articles` when they are few, so that no other vector is read."""
        with self.record.reading() as db:
            self._check_space(db)
            rows = list(sql.ready_rows(db, articles))
            if sum(sql.chunk_sizes(db, rows, self.space).values()) > FEW:
                return None
            found = sql.chunk_vectors(db, rows, self.space, self.dimension)
        index = ExactIndex(self.dimension)
        index.upsert(found.ids, found.vectors)
        return index

    def _refresh(self) -> None:
        """Load what changed since the last time, by whatever process."""
        db = self._exact_db
        with sql.explained(self.record.path):
            (version,) = db.execute("PRAGMA data_version").fetchone()
            if version == self._exact_version:
                return
            db.execute("BEGIN")  # one snapshot for all that follows
            try:
                self._check_space(db)
                self._load(sql.ready_rows(db))
            finally:
                db.execute("COMMIT")
        self._exact_version = version

    def _check_space(self, db: SqliteConnection) -> None:
        """Refuse to compare with vectors that another process made anew since this one opened."""
        if int(sql.read_meta(db)["space"]) != self.space:
            raise EncoderMismatch(
                f"The articles of the library {self.home} were encoded anew in the meantime. Start again."
            )

    def _load(self, now: dict[int, int]) -> None:
        for row in [r for r, (revision, _) in self._seen.items() if now.get(r) != revision]:
            self._exact.delete(self._seen.pop(row)[1])
        new = [row for row in now if row not in self._seen]
        for start in range(0, len(new), LOADED_AT_ONCE):
            rows = new[start : start + LOADED_AT_ONCE]
            found = sql.chunk_vectors(self._exact_db, rows, self.space, self.dimension)
            self._exact.upsert(found.ids, found.vectors)
            self._note(rows, now, found.ids)

    def _note(self, rows: list[int], now: dict[int, int], ids: list[str]) -> None:
        names = sql.article_ids(self._exact_db, rows)
        by_article: dict[str, list[str]] = {}
        for name in ids:
            by_article.setdefault(name.rpartition(":")[0], []).append(name)
        for row in rows:
            self._seen[row] = (now[row], by_article.get(names[row], []))

    # --------------------------------------------------------------------- keeping up

    def must_fit(self) -> None:
        """Whoever holds the lock on the folder is the only one that makes vectors."""

    def parts(self) -> list[Part]:
        """Return that no server holds any of it."""
        return []

    def recover(self) -> None:
        """Begin a new generation unless the last one was closed cleanly and its files are untouched."""
        with self.record.reading() as db:
            meta = sql.read_meta(db)
        generation = int(meta["generation"])
        left = meta.get("index_files", "")
        if self._dirty.exists() or digest_of_files(self._folder(generation)) != left:
            with self.record.transaction() as db:
                generation = sql.forget_index(db)
        self._remove_folders(but=generation)
        self._dirty.unlink(missing_ok=True)

    def keep_up(self) -> None:
        """Do a part of what the index lacks, after a write; the caller holds `turn`.

        Chroma is not opened, nor called, for a handful of chunks: they wait until there are more, or
        a question comes. If it fails, nothing is lost: the record answers, and the next opening rebuilds.
        """
        if self._given_up:
            return
        with self.record.reading() as db:
            behind = sql.waiting_chunks(db, self.space)
            left = len(sql.forgotten(db)) if self._chroma is not None else 0
        if behind < (OPEN_AT if self._chroma is None else BEHIND) and left < LEFT_BEHIND:
            return
        try:
            self._step()
        except NoRoom as error:
            self._give_up(error)
        except LibraryError:
            raise
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            self._give_up(error)

    def catch_up(self, progress: Callable[[int], None] | None = None) -> None:
        """Bring the index up to the record; `progress` is told how many chunks are left.

        Raises:
            LibraryDamaged: If it still disagrees with the record after one rebuild.
            LibraryError: If there is no room for it.
        """
        reason = ""
        for _ in range(2):
            try:
                self._fill(progress)
                if self._stop.is_set() or self._agrees():
                    return
                reason = "their counts differ"
            except LibraryError:
                raise
            except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
                reason = str(error)
            logger.warning("The vector index is built anew: %s", reason)
            self.start_over()
        self._give_up(RuntimeError(reason))
        raise LibraryDamaged(
            f"The vector index in {self.home} disagrees with the articles even after a rebuild ({reason}). "
            "Run `footnote reindex`; the articles themselves are safe."
        )

    def start_over(self) -> None:
        """Throw this generation away; the next one is built from the stored vectors."""
        with self.turn:
            if self._chroma is not None:
                with contextlib.suppress(Exception):
                    self._chroma.close()
            self._chroma, self._agreed, self._given_up = None, False, False
            with self.record.transaction() as db:
                generation = sql.forget_index(db)
            self._remove_folders(but=generation)

    def close(self) -> None:
        """Close Chroma and note that this generation is sound, unless it is not."""
        self._stop.set()
        if self._builder is not None:
            self._builder.join()
        with self.turn, contextlib.suppress(LibraryError):
            if self._chroma is not None:
                self._close_chroma(self._chroma)
            self._chroma, self._given_up = None, True
        self._restore_limit()

    def _close_chroma(self, chroma: VectorIndex) -> None:
        try:
            chroma.close()
        except Exception as error:  # noqa: BLE001 - Chroma promises no kind of error
            logger.warning("The vector index did not close (%s) and will be rebuilt.", error)
            return
        with self.record.transaction() as db:
            folder = self._folder(int(sql.read_meta(db)["generation"]))
            flush(folder)  # Chroma leaves its files to the system; the mark must not go before they are there
            sql.set_meta(db, index_files=digest_of_files(folder), index_content=checksum(folder))
        self._dirty.unlink(missing_ok=True)

    def _fill(self, progress: Callable[[int], None] | None) -> None:
        more = True
        while more and not self._stop.is_set():
            with self.turn:  # let go between steps, so that articles can be added meanwhile
                more = self._step()
            if progress is not None:
                with self.record.reading() as db:
                    progress(sql.waiting_chunks(db, self.space))

    def _step(self) -> bool:
        """Add about `STEP` chunks to Chroma, and tell whether more is waiting; the caller holds `turn`."""
        self._verify()
        with self.record.reading() as db:
            gone = sql.forgotten(db)
            rows = sql.waiting_rows(db, STEP)
            rows = list(_first_step(sql.chunk_sizes(db, rows, self.space)))
            found = sql.chunk_vectors(db, rows, self.space, self.dimension)
        self._check_room(len(found.ids))
        chroma = self._open()
        if gone:
            chroma.delete(gone)
        if rows:
            chroma.upsert(found.ids, found.vectors)
        if gone or rows:
            with self.record.transaction() as db:
                sql.mark_indexed(db, rows)
                sql.remember(db, gone)
        with self.record.reading() as db:
            return bool(sql.waiting_rows(db, 1))

    def _agrees(self) -> bool:
        with self.turn:
            if self._chroma is None:
                return False
            with self.record.reading() as db:
                self._agreed = self._chroma.count() == sql.indexed_chunks(db, self.space)
            return self._agreed

    def _verify(self) -> None:
        """Begin a new generation if the index's files are not to the byte what was left: Chroma answers
        wrongly from a file that rots, or ends the process. Once after opening, before Chroma is open.
        """
        if self._verified:  # without waiting for a writer
            return
        with self.turn:
            if self._verified:
                return
            with self.record.reading() as db:
                meta = sql.read_meta(db)
            folder, left = self._folder(int(meta["generation"])), meta.get("index_content", "")
            if left and checksum(folder) != left:
                logger.warning("The files of the vector index have changed; it is built anew.")
                with self.record.transaction() as db:
                    generation = sql.forget_index(db)
                self._remove_folders(but=generation)
            self._verified = True

    def _open(self) -> VectorIndex:
        if self._chroma is None:
            with self.record.reading() as db:
                generation = int(sql.read_meta(db)["generation"])
            self._set_limit()
            mark(self._dirty)
            self._chroma = ChromaIndex(self._folder(generation), self.collection)
        return self._chroma

    def _check_room(self, chunks: int) -> None:
        if shutil.disk_usage(self.home).free < ROOM + chunks * ROOM_PER_CHUNK:
            raise NoRoom(
                f"There is too little room on the disk of {self.home} for the vector index. "
                "Search works without it, more slowly; free some space."
            )

    def _give_up(self, error: Exception) -> None:
        """Leave Chroma alone from now on. `dirty` stays, so the next opening rebuilds."""
        logger.warning("The vector index failed (%s); answers come from the exact search.", error)
        self._given_up, self._agreed, self._chroma = True, False, None

    def _build_in_background(self) -> None:
        if self._builder is not None:  # without waiting for it to finish a step
            return
        with self.turn:
            if self._builder is not None or self._stop.is_set():
                return
            self._builder = threading.Thread(target=self._build, name="footnote-index", daemon=True)
            self._builder.start()

    def _build(self) -> None:
        try:
            self.catch_up()
        except LibraryError as error:
            logger.warning("%s", error)

    # ----------------------------------------------------------------------- files

    @property
    def _dirty(self) -> Path:
        return self.home / "dirty"

    def _folder(self, generation: int) -> Path:
        return self.home / f"chroma.{generation}"

    def _remove_folders(self, but: int) -> None:
        for folder in self.home.glob("chroma.*"):
            if folder != self._folder(but):
                shutil.rmtree(folder, ignore_errors=True)  # what resists goes at the next opening

    def _set_limit(self) -> None:
        """Keep any file of this process from growing without end, where the system can."""
        try:
            import resource
        except ImportError:  # Windows
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        most = max(LARGEST_FILE, 2 * self.record.path.stat().st_size)
        if soft == resource.RLIM_INFINITY or soft > most:
            self._limit = (soft, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))

    def _restore_limit(self) -> None:
        if self._limit is not None:
            import resource

            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_FSIZE, self._limit)
            self._limit = None


class NoRoom(LibraryError):
    """The disk has too little room for the vector index."""


def mark(path: Path) -> None:
    """Create `path` so that it is there even after a power cut."""
    with path.open("w") as file:
        os.fsync(file.fileno())
    _flush_folder(path.parent)


def flush(folder: Path) -> None:
    """Bring everything in `folder` to the disk, so that it is there even after a power cut."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("r+b") as file:
                os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot, and needs not
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def digest_of_files(folder: Path) -> str:
    """Return a digest of names, sizes and times of the files in `folder`; "" when there are none."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    lines = [f"{p.relative_to(folder)} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest() if lines else ""


def checksum(folder: Path) -> str:
    """Return a checksum of the names and the bytes of the files in `folder` (0.1 s for 300 MB)."""
    total = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total = zlib.crc32(str(path.relative_to(folder)).encode("utf-8", "replace"), total)
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total = zlib.crc32(block, total)
    return f"{total:08x}"


def _first_step(sizes: dict[int, int]) -> Iterator[int]:
    """Yield rows in order until their chunks fill a step; always at least one."""
    total = 0
    for row, size in sizes.items():
        if total and total + size > STEP:
            return
        total += size
        yield row
