"""A folder that the library follows: what appears in it is added, what leaves it is removed.

The system's events only say when to look; what changed is found by comparing the folder with how it
was, so that a missed event, a rename of a whole folder or a restart loses nothing. A file is read
once it has kept still for a moment, and only then do files that are gone count as gone: what was
renamed is thus the same article under a new name, and is not encoded again.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import SourceNotFound
from footnote.ingest.library.plan import storable
from footnote.ingest.pipeline import Outcome, Progress
from footnote.ingest.sources import SKIPPED_FOLDERS, is_readable, read_sources

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator

    from footnote.ingest.handover.writer import Writer
    from footnote.ingest.library.library import Library

SETTLE = 1.0  # seconds that a file must keep still; programs that write in pieces pause for less
TICK = 0.5  # seconds between two looks while something is settling
PATROL = 5.0  # seconds between two looks in any case: network folders send no events

Stamp = tuple[int, int, int]
"""Size, time of writing, and time of any change (permissions too) in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Removed:
    """An article's source that is gone; the article goes with the last one.

    `now` is the file that holds the same article since: then it was renamed or moved.
    """

    source: str
    article_id: str = ""
    title: str = ""
    now: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form of the JSON contract."""
        return {
            "source": self.source,
            "status": "removed",
            "article_id": self.article_id,
            "title": self.title,
            "paragraphs": 0,
            "warnings": [],
            "reason": f"It was renamed to {self.now}." if self.now else "",
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done: files to read with the stamps they had, and files that are gone."""

    ready: dict[Path, Stamp] = field(default_factory=dict)
    gone: tuple[Path, ...] = ()
    settling: bool = False
    root: Path | None = field(default=None, compare=False)  # the folder, which they may not lead out of

    def __bool__(self) -> bool:
        return bool(self.ready or self.gone)


@dataclass(slots=True)
class _Seen:
    """What a look found: files by their real paths, folders, and those of them that were closed to us."""

    files: dict[Path, Stamp] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)
    closed: list[Path] = field(default_factory=list)

    def hides(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self.closed)


class Folder:
    """A folder and what is known of the files in it. `known` are files read before, at another time."""

    def __init__(
        self,
        path: Path,
        known: Iterable[Path] = (),
        *,
        settle: float = SETTLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at the folder for the first time.

        Raises:
            SourceNotFound: If it is not there, or cannot be read.
        """
        self.path = path.expanduser().resolve()
        self.settle = settle
        self.folders: set[Path] = set()
        self._clock = clock
        self._identity = self._identify()
        self._handled: dict[Path, Stamp | None] = dict.fromkeys(known)
        # An empty folder is what an unmounted disk leaves behind: then nothing counts as gone.
        self.is_emptied = bool(self._handled) and not _walk(self.path).files
        if self.is_emptied:
            self._handled.clear()
        self._changing: dict[Path, tuple[Stamp | None, float]] = {}  # since when a file is as it is
        self._first = True

    def look(self) -> Changes:
        """Return what has changed and kept still since.

        Raises:
            SourceNotFound: If the folder itself is gone: then nothing in it counts as gone.
        """
        if self._identify() != self._identity:
            raise SourceNotFound(f"“{self.path}” is another folder than before. Nothing was removed.")
        seen = _walk(self.path)
        self.folders = seen.folders
        now: dict[Path, Stamp | None] = dict.fromkeys(p for p in self._handled if not seen.hides(p))
        now |= seen.files
        changed = {
            p: s for p, s in now.items() if p not in self._handled or s != self._handled[p] or s is None
        }
        still = self._still(changed)
        self._first = False
        ready = {p: s for p, s in still.items() if s is not None}
        gone = tuple(p for p, s in still.items() if s is None)
        return Changes(ready, gone, len(still) < len(changed), self.path)

    def done(self, changes: Changes) -> None:
        """Note that `changes` are in the library."""
        self._handled |= changes.ready
        for path in changes.gone:
            self._handled.pop(path, None)
        for path in (*changes.ready, *changes.gone):
            self._changing.pop(path, None)

    def _still(self, changed: dict[Path, Stamp | None]) -> dict[Path, Stamp | None]:
        now = self._clock()
        before = self._changing
        self._changing = {
            p: before[p] if p in before and before[p][0] == s else (s, now) for p, s in changed.items()
        }
        return {
            path: stamp
            for path, (stamp, since) in self._changing.items()
            if now - since >= self.settle or (self._first and self._is_old(stamp))
        }

    def _is_old(self, stamp: Stamp | None) -> bool:
        """Tell whether nobody can be writing the file: what was there before the first look."""
        return stamp is None or time.time() - stamp[1] / 1e9 > self.settle

    def _identify(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
            os.scandir(self.path).close()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise SourceNotFound(f"“{self.path}” cannot be watched: {reason}. Nothing was removed.") from None
        return found.st_dev, found.st_ino


def _walk(folder: Path) -> _Seen:
    """Find the files that can be read; links to folders are not followed, so none loops, nor are those
    to files elsewhere.
    """
    seen = _Seen()

    def closed(error: OSError) -> None:
        seen.closed.append(Path(error.filename))

    for parent, folders, files in os.walk(folder, onerror=closed):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED_FOLDERS]
        seen.folders.add(Path(parent))
        for name in files:
            path = Path(parent, name)
            if not name.startswith(".") and is_readable(path):
                _add(path, folder, seen)
    return seen


def _add(path: Path, root: Path, seen: _Seen) -> None:
    try:
        found = path.stat()
        real = path.resolve()
    except FileNotFoundError:  # gone since, or a link to nothing
        return
    except (OSError, RuntimeError):  # closed to us, or a link to itself
        seen.closed.append(path)
        return
    if stat.S_ISREG(found.st_mode) and real.is_relative_to(root):  # a pipe would be waited for
        seen.files[real] = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def known_files(library: Library, folder: Path) -> set[Path]:
    """Return the files below `folder` that articles of the library came from."""
    root = folder.expanduser().resolve()
    found = {_file_of(source) for source in library.sources() if source.startswith(str(root))}
    return {p for p in found if p != root and p.is_relative_to(root)}


def _file_of(source: str) -> Path:
    """Return the file that a source is, or that holds it: `corpus.jsonl#3` is in `corpus.jsonl`."""
    while "#" in source and not os.path.isfile(source):  # noqa: PTH113 - pathlib's raises when closed to us
        source = source.rpartition("#")[0]
    return Path(source)


def apply(changes: Changes, writer: Writer) -> Iterator[Outcome | Progress | Removed]:
    """Bring the library up to `changes`: first what is there is read, then what is gone is removed.

    A file that can no longer be read leaves its article as it is.

    Raises:
        LibraryUnwritable: If the disk is full; what was stored before is safe.
        EncoderError: If the encoder cannot be loaded.
    """
    told: dict[str, str] = {}  # source → article
    names = [str(p) for p in sorted(changes.ready)]
    for event in writer.ingest(read_sources(names, within=changes.root)):
        if isinstance(event, Outcome):
            told[storable(event.source)] = event.article_id
        yield event
    places = {article: source for source, article in told.items() if article}
    sources = writer.library.sources()
    read = [p for p in changes.ready if storable(str(p)) not in told]  # more than one document, none refused
    for source in (s for p in (*read, *changes.gone) for s in _sources_of(p, sources) if s not in told):
        record = writer.library.find_by_source(source)
        writer.remove_source(source)
        if record is not None:
            yield Removed(source, record.article_id, record.title, places.get(record.article_id, ""))


def _sources_of(path: Path, sources: Iterable[str]) -> list[str]:
    """Return the sources that are `path` or one of the documents in it."""
    name = storable(str(path))
    return [s for s in sources if s == name or (s.startswith(f"{name}#") and not os.path.isfile(s))]  # noqa: PTH113


def changes(folder: Folder, stop: threading.Event, *, once: bool = False) -> Iterator[Changes]:
    """Yield what is to be done whenever there is something, until `stop` is set; with `once`, until
    nothing is left to do.

    The caller applies it and tells `folder.done`; what is not done comes again.

    Raises:
        SourceNotFound: If the folder is gone.
    """
    quiet = TICK
    while not stop.is_set():
        found = folder.look()
        if found:
            quiet = TICK  # what happened between the look and the wait made no event
            yield found
        elif found.settling:
            stop.wait(min(TICK, folder.settle))
        elif once:
            return
        else:
            _wait(folder, stop, quiet)
            quiet = min(2 * quiet, PATROL)


def _wait(folder: Folder, stop: threading.Event, seconds: float) -> None:
    """Wait for the next event in the folder, so many seconds at most."""
    import watchfiles

    try:
        # Each folder by itself: watched as a tree, links in it would be followed, were it to the root.
        events = watchfiles.watch(
            *folder.folders,
            watch_filter=None,
            debounce=200,
            step=50,
            rust_timeout=int(seconds * 1000),
            yield_on_timeout=True,
            stop_event=stop,
            recursive=False,
        )
        next(events, None)
    except OSError:  # a folder went since, or the system has no more events to give
        stop.wait(TICK)
