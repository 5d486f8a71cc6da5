"""What a person names (files, folders, patterns, links, standard input) to a stream of articles."""

from __future__ import annotations

import glob
import logging
import os
import re
import stat
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ingest import sandbox
from ingest.article import Article
from ingest.errors import FootnoteError, UnreadableSource
from ingest.readers import FORMATS, Part, format_of, jsonl
from ingest.readers.draft import to_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ingest.fetch import Fetcher
    from ingest.links import Wish
    from ingest.record import FeedRecord

STDIN = "-"
MOST_BYTES = 50_000_000  # of one file that is read whole
MOST_BAD_ROWS = 20  # of a corpus, without one that is good: it is none
KINDS = ", ".join(FORMATS)
LINK = re.compile(r"^[a-z][a-z\d+.-]+://", re.IGNORECASE)  # ingest.addresses says which may be read
# What only some systems know: no waiting for a pipe's other end, no terminal taken over, bytes as they are.
READING = os.O_RDONLY | sum(
    getattr(os, f"O_{name}", 0) for name in ("NONBLOCK", "NOCTTY", "CLOEXEC", "BINARY")
)
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Rejected:
    """A source from which no article could be read, and the reason in a sentence."""

    source: str
    reason: str


Read = Article | Rejected
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
) -> Iterator[Read]:
    """Yield an article or a rejection for each source named by `given`, in a fixed order.

    Files, folders (searched through; hidden and unsupported files in them are passed over),
    patterns such as `news/*.txt`, and `-` for `stdin`. `title` names standard input, or the one
    file or page given; with `chapters`, each chapter of a book is an article. One bad source never
    stops the rest.

    Links are read with `fetcher` (the real one when None); `wish` says how much of a feed, and
    `on_feed` is told of each feed whose articles were all yielded.
    """
    links = _Links(fetcher, wish, on_feed)
    seen: set[Path] = set()
    for name in given:
        if name == STDIN:
            yield from _read_stdin(stdin, title)
            continue
        if LINK.match(name.strip()):
            yield from links.read(name, title if len(given) == 1 else "")
            continue
        for found in _find(name, seen):
            if isinstance(found, Rejected):
                yield found
            else:
                named = len(given) == 1 and found == Path(name)
                yield from _read_file(found, title if named else "", chapters=chapters)


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
        from ingest import links  # the HTTP client takes a while
        from ingest.fetch import Fetcher

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


def _count_file(path: Path) -> int:
    if path.suffix.lower() != ".jsonl":
        return 1
    try:
        with _opened(path) as file:
            return jsonl.count(file) or 1
    except OSError:
        return 1


def read_bytes(data: bytes, name: str, *, source: str | None = None) -> list[Read]:
    """Read an upload: the format is told by `name`, and by the content where that is plainer."""
    source = name if source is None else source
    if len(data) > MOST_BYTES and format_of(name, data) != "jsonl":
        return [Rejected(source, _too_large(name, len(data)))]
    return list(_read_data(data, name, source))


def read_text(text: str, *, title: str = "", source: str = "pasted text") -> Article:
    """Read pasted text, which may be Markdown.

    Raises:
        UnreadableSource: If there is no text in it.
    """
    data = text.encode("utf-8", "replace")
    format_ = "md" if format_of("", data) == "md" else "txt"
    try:
        (part,) = sandbox.read(format_, data) if data.strip() else (Part("", "", "it is empty."),)
        if isinstance(part.draft, str):
            raise UnreadableSource(part.draft)
        return to_article(part.draft, source=source, name=source, title=title)
    except UnreadableSource as error:
        raise UnreadableSource(f"The {source} could not be used: {error}") from None


def _read_data(
    data: bytes, name: str, source: str, title: str = "", *, chapters: bool = False
) -> Iterator[Read]:
    format_ = format_of(name, data)
    if not format_:
        yield Rejected(source, _unsupported(name))
    elif not data.strip():
        yield Rejected(source, f"“{_called(name)}” is empty.")
    elif format_ == "jsonl":
        yield from _read_rows(BytesIO(data), source)
    else:
        for part in sandbox.read(format_, data, chapters=chapters):
            yield _of_part(part, name, source, title)


def _of_part(part: Part, name: str, source: str, title: str) -> Read:
    """Return the article of one document of a file, which goes by the file's name and its own."""
    source = f"{source}#{part.key}" if part.key else source
    try:
        if isinstance(part.draft, str):
            raise UnreadableSource(part.draft)
        return to_article(part.draft, source=source, name=part.name or name, title=title)
    except FootnoteError as error:
        called = f"{part.key} in {_called(name)}" if part.key else _called(name)
        return Rejected(source, f"“{called}” could not be used: {error}")


def _called(name: str) -> str:
    return name or "standard input"


def _read_rows(file: IO[bytes], source: str) -> Iterator[Read]:
    good = bad = 0
    for number, key, draft in jsonl.rows(file):
        row_source = f"{source}#{key}" if key else f"{source}#{number}"
        if not isinstance(draft, str):
            good += 1
            yield to_article(draft, source=row_source, name=key)
            continue
        bad += 1
        yield Rejected(row_source, f"Line {number} of {source} could not be used: {draft}.")
        if not good and bad == MOST_BAD_ROWS:
            yield Rejected(
                source,
                f"The rest of {source} was not read: none of its first {bad} rows is an article. "
                f"Each row must be an object like {jsonl.FIELDS}.",
            )
            return
    if not good and not bad:
        yield Rejected(source, f"“{Path(source).name}” is empty.")


def _read_stdin(stdin: IO[bytes] | None, title: str) -> Iterator[Read]:
    if stdin is None:
        yield Rejected("stdin", "Nothing was given on standard input.")
        return
    data = stdin.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        yield Rejected("stdin", _too_large("standard input", None))
    elif not data.strip():
        yield Rejected("stdin", "Standard input is empty.")
    else:
        yield from _read_data(data, "", "stdin", title)


def _read_file(path: Path, title: str, *, chapters: bool = False) -> Iterator[Read]:
    # The real path, so that the same file is the same source from every folder; a corpus keeps the
    # path as it was given, because its rows are asked for by it.
    corpus = path.suffix.lower() == ".jsonl"
    source = str(path if corpus else path.resolve())
    try:
        with _opened(path) as file:
            if corpus:
                yield from _read_rows(file, source)
                return
            size = os.fstat(file.fileno()).st_size
            data = b"" if size > MOST_BYTES else file.read(MOST_BYTES + 1)  # it may be growing
            if data is None:  # it would have to be waited for
                raise OSError(None, "it gives nothing to read")
        if max(size, len(data)) > MOST_BYTES:
            yield Rejected(source, _too_large(path.name, max(size, len(data))))
        else:
            yield from _read_data(data, path.name, source, title, chapters=chapters)
    except OSError as error:
        yield Rejected(source, f"“{path.name}” could not be read: {(error.strerror or str(error)).lower()}.")


def _opened(path: Path) -> IO[bytes]:
    """Open a file to read it; one that gives nothing, as the system's own may, is not waited for.

    Raises:
        OSError: If it cannot be opened, or is a pipe or a device by now.
    """
    handle = os.open(path, READING)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "it is not a regular file")
    return os.fdopen(handle, "rb")


def _find(name: str, seen: set[Path]) -> Iterator[Path | Rejected]:
    """Yield the files that `name` stands for, sorted, each real file once; or why there are none."""
    for found in _named(name):
        real = None if isinstance(found, Rejected) else found.resolve()
        if real is None or real not in seen:
            yield found
        if real is not None:
            seen.add(real)


def _named(name: str) -> Iterator[Path | Rejected]:
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
        yield Rejected(name, _unsupported(path.name))
    else:
        yield path


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


def _by_pattern(name: str, error: Exception) -> Iterator[Path | Rejected]:
    """Yield what a pattern matches, or say that nothing goes by this name."""
    matches = sorted(_glob(name)) if _is_pattern(name) else []
    found = [path for match in matches for path in _matched(Path(match))]
    yield from found
    if isinstance(error, PermissionError):
        yield Rejected(name, f"“{name}” could not be read: permission denied.")
    elif not found:
        yield Rejected(name, f"“{name}”: no such file or folder.")


def _glob(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern.
    return glob.glob(os.path.expanduser(pattern), recursive=True)  # noqa: PTH111, PTH207


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and "\0" not in name


def _matched(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(_walk(path))
    elif path.is_file() and path.suffix.lower() in FORMATS:
        yield path


def _in_folder(folder: Path) -> Iterator[Path | Rejected]:
    if not os.access(folder, os.R_OK | os.X_OK):
        yield Rejected(str(folder), f"“{folder}” could not be read: permission denied.")
        return
    files = sorted(_walk(folder))
    if not files:
        yield Rejected(str(folder), f"“{folder}” holds no file that can be read. Footnote reads {KINDS}.")
    yield from files


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the supported files below `folder`; links to folders are not followed, so none loops."""
    for parent, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED_FOLDERS]
        for name in files:
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in FORMATS and path.is_file():
                yield path


def _unsupported(name: str) -> str:
    return f"“{name}” is of a kind that Footnote does not read. It reads {KINDS}."


def _too_large(name: str, size: int | None) -> str:
    found = "is larger than" if size is None else f"has {size / 1e6:.0f} MB, more than"
    return f"“{name}” {found} the {MOST_BYTES // 1_000_000} MB that are read. Split it into articles."
