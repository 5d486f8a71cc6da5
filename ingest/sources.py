"""What a person names (files, folders, patterns, links, standard input) to a stream of articles."""

from __future__ import annotations

import glob
import logging
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from footnote.ingest.article import Read, Rejected
from footnote.ingest.documents import KINDS, MOST_BYTES, read_data, read_rows, too_large, unsupported
from footnote.ingest.readers import FORMATS, image, jsonl, ocr, whisper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footnote.ingest.library.record import FeedRecord
    from footnote.ingest.web.fetch import Fetcher
    from footnote.ingest.web.links import Wish

STDIN = "-"
LINK = re.compile(
    r"^[a-z][a-z\d+.-]+://", re.IGNORECASE
)  # footnote.ingest.web.addresses says which may be read
# What only some systems know: no waiting for a pipe's other end, no terminal taken over, bytes as they are.
READING = os.O_RDONLY | sum(
    getattr(os, f"O_{name}", 0) for name in ("NONBLOCK", "NOCTTY", "CLOEXEC", "BINARY")
)
SEARCHED = 4_000_000  # bytes of JSON; whisper puts the whole text before its segments
OUTSIDE = "it leads out of its folder, which is not followed. Name the file itself to add it"
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


LOG = logging.getLogger(__name__)


def read_sources(
    given: Sequence[str],
    *,
    stdin: IO[bytes] | None = None,
    title: str = "",
    fetcher: Fetcher | None = None,
    wish: Wish | None = None,
    on_feed: Callable[[FeedRecord], None] | None = None,
    chapters: bool = False,
    within: Path | None = None,
) -> Iterator[Read]:
    """Yield an article or a rejection for each source named by `given`, in a fixed order.

    Files, folders (searched through; hidden and unsupported files in them are passed over),
    patterns such as `news/*.txt`, and `-` for `stdin`. `title` names standard input, or the one
    file or page given; with `chapters`, each chapter of a book is an article. One bad source never
    stops the rest.

    What a folder or a pattern leads to is read only when it lies in that folder; files that are named
    themselves only when they lie in `within`, if it is given. Links out of it are told, not followed.

    Links are read with `fetcher` (the real one when None); `wish` says how much of a feed, and
    `on_feed` is told of each feed whose articles were all yielded.
    """
    links = _Links(fetcher, wish, on_feed)
    for one in take_sources(given, stdin=stdin, title=title, within=within):
        match one:
            case Raw():
                yield from read_data(one.data, one.name, one.source, one.title, chapters=chapters)
            case Link():
                yield from links.read(one.address, one.title)
            case _:
                yield one


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a file that nobody has read yet, and what `read_data` needs to."""

    data: bytes = field(repr=False)
    name: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that nobody has read yet; `title` is for its page, empty: the page's own."""

    address: str
    title: str


def take_sources(
    given: Sequence[str], *, stdin: IO[bytes] | None = None, title: str = "", within: Path | None = None
) -> Iterator[Raw | Link | Read]:
    """Yield what `read_sources` would read, in the same order, so that another process can read it.

    A corpus is cut into its articles here: it has no end that would have to be waited for.
    """
    seen: set[Path] = set()
    root = None if within is None else within.resolve()
    for name in given:
        if name == STDIN:
            yield _take_stdin(stdin, title)
            continue
        if LINK.match(name.strip()):
            yield Link(name, title if len(given) == 1 else "")
            continue
        for found in _find(name, seen):
            if isinstance(found, Rejected):
                yield found
            else:
                named = len(given) == 1 and found.path == Path(name)
                file = found if found.root else _File(found.path, root)
                yield from _take_file(file, title if named else "")


@dataclass(frozen=True, slots=True, order=True)
class _File:
    """A file, and the folder that it was found in, which it must not lead out of."""

    path: Path
    root: Path | None = None


class _Links:
    """Reads links, each once, with one fetcher that is made when it is first needed."""

    def __init__(
        self, fetcher: Fetcher | None, wish: Wish | None, on_feed: Callable[[FeedRecord], None] | None
    ) -> None:
        self._fetcher = fetcher
        self._wish = wish
        self._on_feed = on_feed
        self._seen: set[str] = set()

    def read(self, url: str, title: str) -> Iterator[Read]:
        from footnote.ingest.web import links  # the HTTP client takes a while
        from footnote.ingest.web.fetch import Fetcher

        self._fetcher = self._fetcher or Fetcher()
        if url.strip() not in self._seen:
            self._seen.add(url.strip())
            yield from links.read_link(url, self._fetcher, self._wish, title=title, on_feed=self._on_feed)


def count_sources(given: Sequence[str]) -> int | None:
    """Return how many articles and rejections `read_sources` will yield; None when unknown."""
    if STDIN in given or any(LINK.match(name.strip()) for name in given):
        return None
    seen: set[Path] = set()
    return sum(
        1 if isinstance(found, Rejected) else _count_file(found)
        for name in given
        for found in _find(name, seen)
    )


def _count_file(file: _File) -> int:
    if file.path.suffix.lower() != ".jsonl":
        return 1
    try:
        with _opened(file) as rows:
            return jsonl.count(rows) or 1
    except OSError:
        return 1


def _take_stdin(stdin: IO[bytes] | None, title: str) -> Raw | Rejected:
    if stdin is None:
        return Rejected("stdin", "Nothing was given on standard input.")
    data = stdin.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return Rejected("stdin", too_large("standard input", None))
    if not data.strip():
        return Rejected("stdin", "Standard input is empty.")
    return Raw(data, "", "stdin", title)


def _take_file(found: _File, title: str) -> Iterator[Raw | Read]:
    path = found.path
    # The real path, so that the same file is the same source from every folder; a corpus keeps the
    # path as it was given, because its rows are asked for by it.
    corpus = path.suffix.lower() == ".jsonl"
    source = str(path if corpus else path.resolve())
    try:
        with _opened(found) as file:
            if corpus:
                yield from read_rows(file, source)
                return
            size = os.fstat(file.fileno()).st_size
            data = b"" if size > MOST_BYTES else file.read(MOST_BYTES + 1)  # it may be growing
            if data is None:  # it would have to be waited for
                raise OSError(None, "it gives nothing to read")
        if max(size, len(data)) > MOST_BYTES:
            yield Rejected(source, too_large(path.name, max(size, len(data))))
        else:
            yield Raw(data, path.name, source, title)
    except OSError as error:
        yield Rejected(source, f"“{path.name}” could not be read: {(error.strerror or str(error)).lower()}.")


def _opened(file: _File) -> IO[bytes]:
    """Open a file to read it; one that gives nothing, as the system's own may, is not waited for.

    Raises:
        OSError: If it cannot be opened, is a pipe or a device by now, or lies outside of its folder.
    """
    handle = os.open(file.path, READING)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(None, "it is not a regular file")
        if file.root is not None:
            # Asked once it is open, and of the file itself: it may be exchanged meanwhile.
            real = file.path.resolve()
            if not (real.is_relative_to(file.root) and os.path.samestat(found, real.lstat())):
                raise OSError(None, OUTSIDE)
    except BaseException:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def _find(name: str, seen: set[Path]) -> Iterator[_File | Rejected]:
    """Yield the files that `name` stands for, sorted, each real file once; or why there are none."""
    for found in _named(name):
        real = None if isinstance(found, Rejected) else found.path.resolve()
        if real is None or real not in seen:
            yield found
        if real is not None:
            seen.add(real)


def _named(name: str) -> Iterator[_File | Rejected]:
    try:
        path = _path(name)
        mode = path.stat().st_mode
    except (OSError, ValueError, RuntimeError) as error:
        yield from _by_pattern(name, error)
        return
    if stat.S_ISDIR(mode):
        yield from _in_folder(path)
    elif not stat.S_ISREG(mode):
        yield Rejected(name, f"“{name}” is not a regular file. Pipe its content into `footnote ingest -`.")
    elif path.suffix.lower() not in FORMATS:
        yield Rejected(name, unsupported(path.name))
    else:
        yield _File(path)


def _path(name: str) -> Path:
    """Return the path that `name` is; a file may be called `~$letter.docx`, and none is called nothing.

    Raises:
        OSError: If `name` is empty.
        RuntimeError: If it names the folder of somebody who has none.
    """
    if not name:
        raise FileNotFoundError
    path = Path(name)
    return path if not name.startswith("~") or path.exists() else path.expanduser()


def _by_pattern(name: str, error: Exception) -> Iterator[_File | Rejected]:
    """Yield what a pattern matches, or say that nothing goes by this name."""
    matches = sorted(_glob(name)) if _is_pattern(name) else []
    root = _fixed(name).resolve() if matches else None
    found = [_File(path, root) for match in matches for path in _matched(Path(match))]
    yield from found
    if isinstance(error, PermissionError):
        yield Rejected(name, f"“{name}” could not be read: permission denied.")
    elif not found:
        yield Rejected(name, f"“{name}”: no such file or folder.")


def _glob(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern.
    return glob.glob(os.path.expanduser(pattern), recursive=True)  # noqa: PTH111, PTH207


def _fixed(pattern: str) -> Path:
    """Return the folder that a pattern is searched in: what stands before its first sign."""
    whole = Path(os.path.expanduser(pattern))  # noqa: PTH111 - as for `_glob`
    fixed = next(n for n, part in enumerate(whole.parts) if glob.has_magic(part))
    return Path(*whole.parts[:fixed])


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and "\0" not in name


def _matched(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(_walk(path))
    elif path.is_file() and path.suffix.lower() in FORMATS:
        yield path


def _in_folder(folder: Path) -> Iterator[_File | Rejected]:
    if not os.access(folder, os.R_OK | os.X_OK):
        yield Rejected(str(folder), f"“{folder}” could not be read: permission denied.")
        return
    root = folder.resolve()
    files = [_File(path, root) for path in sorted(_walk(folder))]
    if not files:
        yield Rejected(str(folder), f"“{folder}” holds no file that can be read. Footnote reads {KINDS}.")
    yield from files


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the supported files below `folder`; links to folders are not followed, so none loops."""
    for parent, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED_FOLDERS]
        for name in files:
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file() and is_readable(path):
                yield path


def is_readable(path: Path) -> bool:
    """Tell by its suffix whether a file in a folder is read; what ends in .json may be anything but a
    transcript, so that its content tells. Pictures are passed over where OCR is not installed.
    """
    form = FORMATS.get(path.suffix.lower(), "")
    if form == image.FORMAT.name:
        return ocr.is_there()
    if form != whisper.FORMAT.name or not path.is_file():
        return bool(form)
    try:
        with path.open("rb") as file:
            return whisper.FORMAT.sniff(file.read(SEARCHED))
    except OSError:
        return True  # reading it tells why it cannot be read
