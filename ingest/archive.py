"""A library in one file: exported as it is at one moment, imported into an empty library or another.

The file is a zip file of plain JSON Lines and vectors, so that it can be read without Footnote, by a
later version, and without opening a stranger's database: `manifest.json`, `links.json`, and batches
of articles, each with the vectors of its chunks (float32) and sentences (float16) beside it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import zipfile
import zlib
from collections import deque
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from footnote.ingest.article import (
    LONGEST_NAME,
    LONGEST_URL,
    Article,
    Chunk,
    Visit,
    content_id,
    make_article,
    scan_of,
    shortened,
)
from footnote.ingest.encoder.encoded import UNIT_TOLERANCE, Cut, Encoded, encode_article
from footnote.ingest.errors import LibraryError, LibraryUnwritable, UnknownArticle, UnreadableSource
from footnote.ingest.library import record as sql
from footnote.ingest.library.collections import Arrangement, named
from footnote.ingest.library.record import ArticleRecord, CollectionRecord, FeedRecord, VersionRecord
from footnote.ingest.pipeline import Outcome
from footnote.ingest.text.sentences import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.library import Library

FORM = 1
KIND = "footnote library"
BATCH = 2_000  # paragraphs of a batch, about 8 MB with the vectors of all-MiniLM-L6-v2
LONGEST_LINE = 32_000_000  # bytes; an article has at most 5 million characters, and its spans
MOST_EARLIER = 64_000_000  # bytes of what an article said before, all versions together; the oldest go
MOST_HEAD = 20_000_000  # bytes of a manifest or of the links
# Empty lists take 64 bytes for three of JSON; an article of 20,000 paragraphs has 200,000 spans.
MOST_LISTS = 1_000_000  # in a line
MOST_FEEDS, MOST_VISITS, MOST_SOURCES, LONGEST_SOURCE = 2_000, 200_000, 1_000, 8_000
MOST_COLLECTIONS = 10_000  # also tags of an article
# Vectors do not pack and text does by about 4: what unpacks to far more was made to do harm.
MOST_UNPACKED, UNPACKED_PER_BYTE = 200_000_000, 40
ORIGINAL = "original"  # only in what `keep` returns: an export has no member of this name
MEMBER = re.compile(r"manifest\.json|links\.json|batch-\d{5}\.(?:jsonl|chunks|sentences)")
DATE = re.compile(r"(?:\d{4}(?:-\d\d(?:-\d\d)?)?)?")
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
ENCRYPTED = 0x1
# What reading a damaged or forged archive raises.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError, RecursionError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an exported library says of itself."""

    encoder: str
    dimension: int
    chunking: int
    articles: int
    paragraphs: int
    made: str


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported article: all that the library knew of it."""

    encoded: Encoded
    record: ArticleRecord
    sources: tuple[tuple[str, str], ...]  # each with its fingerprint
    earlier: tuple[VersionRecord, ...]


# --------------------------------------------------------------------------------------- export


def export(library: Library, target: Path, progress: Callable[[int, int], None] | None = None) -> Manifest:
    """Write the library to `target` as it is at this moment, while others read and write it.

    The file is there as a whole or not at all; what was there before stays until then. `progress` is
    told how many articles are done, and how many there are.

    Raises:
        LibraryUnwritable: If the file cannot be written.
    """
    try:
        _clear_leftovers(target)
        with _written(target) as archive, library.snapshot() as (db, space):
            return _write(archive, db, space, library.dimension, progress or (lambda _done, _all: None))
    except OSError as error:
        raise LibraryUnwritable(
            f"{target} could not be written: {(error.strerror or str(error)).lower()}. "
            "Nothing was left behind; choose another place or free some space."
        ) from error


def _write(
    archive: zipfile.ZipFile,
    db: sql.Connection,
    space: int,
    dimension: int,
    progress: Callable[[int, int], None],
) -> Manifest:
    rows = sorted(sql.ready_rows(db))
    batch = _Batch(archive)
    for done, row in enumerate(rows):
        progress(done, len(rows))
        batch.add(db, row, space)
    batch.close()
    progress(len(rows), len(rows))
    count, links = sql.paragraph_count(db), (sql.feeds(db), sql.visits(db), sql.collections(db))
    return _write_heads(archive, db, dimension, len(rows), count, *links)


def _write_heads(
    archive: zipfile.ZipFile,
    db: sql.Connection,
    dimension: int,
    articles: int,
    paragraphs: int,
    feeds: Iterable[FeedRecord],
    visits: Mapping[str, Visit],
    collections: Iterable[CollectionRecord] = (),
) -> Manifest:
    """Write what does not belong to one article."""
    meta = sql.read_meta(db)
    links: dict[str, Any] = {
        "feeds": [asdict(feed) for feed in feeds],
        "visits": {source: asdict(visit) for source, visit in visits.items()},
    }
    if collections:  # beside them, so that a Footnote that knows none reads the rest
        links["collections"] = [{"name": one.name} for one in collections]
    archive.writestr("links.json", json.dumps(links))
    manifest = Manifest(
        meta.get("encoder", ""), dimension, int(meta.get("chunking", 0)), articles, paragraphs, _now()
    )
    archive.writestr("manifest.json", json.dumps({"kind": KIND, "form": FORM, **asdict(manifest)}))
    return manifest


def keep(library: Library, article_id: str) -> bytes:
    """Return all that the library knows of an article, for `bring_back`.

    Raises:
        UnknownArticle: If there is none with this id.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        record = library.article(article_id)
        with library.snapshot() as (db, space):
            there = sql.stored(db, article_id)
            if there is None:
                raise UnknownArticle(f"No article goes by “{article_id}”.")
            batch = _Batch(archive)
            batch.add(db, there.row, space)
            batch.close()
            own = {source for source, _ in sql.source_fingerprints(db, there.row)}
            visits = {source: visit for source, visit in sql.visits(db).items() if source in own}
            _write_heads(archive, db, library.dimension, 1, record.paragraphs, (), visits)
        archive.writestr(ORIGINAL, library.original(article_id), compress_type=zipfile.ZIP_STORED)
    return held.getvalue()


class _Batch:
    """Articles until there are enough of them for three members of the archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._number = 0
        self._empty()

    def add(self, db: sql.Connection, row: int, space: int) -> None:
        record = sql.article_records(db, sql.article_ids(db, [row])[row])[0]
        paragraphs = sql.paragraph_records(db, record.article_id)
        chunks = sql.chunk_spans(db, row, space)
        sentences = sql.sentence_spans(db, row, space)
        self._lines.append(
            {
                **record.as_json(),
                "sources": sql.source_fingerprints(db, row),
                "paragraphs": [(p.section, p.text, p.page) for p in paragraphs],
                # Beside them, so that a Footnote that knows no times reads the rest.
                **({"times": times} if any(times := [p.time for p in paragraphs]) else {}),
                **({"scans": scans} if any(scans := [p.scan for p in paragraphs]) else {}),
                "chunks": [chunk[:3] for chunk in chunks],
                "sentences": [spans for spans, _ in sentences],
            }
        )
        self._lines += [{"before": asdict(v)} for v in reversed(sql.versions(db, record.article_id))]
        self._chunks += [chunk[3] for chunk in chunks]
        self._sentences += [vectors for _, vectors in sentences]
        self._size += len(paragraphs)
        if self._size >= BATCH:
            self.close()

    def close(self) -> None:
        """Write what there is."""
        if not self._lines:
            return
        name = f"batch-{self._number:05}"
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self._lines)
        self._archive.writestr(f"{name}.jsonl", text.encode("utf-8", "replace"))
        # Vectors hardly pack; trying takes most of the time.
        stored = zipfile.ZIP_STORED
        self._archive.writestr(f"{name}.chunks", b"".join(self._chunks), compress_type=stored)
        self._archive.writestr(f"{name}.sentences", b"".join(self._sentences), compress_type=stored)
        self._number += 1
        self._empty()

    def _empty(self) -> None:
        self._lines: list[dict[str, Any]] = []
        self._chunks: list[bytes] = []
        self._sentences: list[bytes] = []
        self._size = 0


@contextlib.contextmanager
def _written(target: Path) -> Iterator[zipfile.ZipFile]:
    """Lend a zip file that becomes `target` when all went well, and is gone when not."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _clear_leftovers(target: Path) -> None:
    """Remove what an export to the same file left that was killed."""
    for left in target.parent.glob(f".{glob_escaped(target.name)}.*.part"):
        pid = left.name.split(".")[-2]
        if pid.isdecimal() and not _is_running(int(pid)):
            left.unlink(missing_ok=True)


def glob_escaped(name: str) -> str:
    """Return a pattern that matches just `name`."""
    return re.sub(r"([*?[])", r"[\1]", name)


def _is_running(pid: int) -> bool:
    if os.name == "nt":
        return True  # asking would end it there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --------------------------------------------------------------------------------------- import


def restore(library: Library, path: Path, encoder: Encoder) -> Iterator[Outcome]:
    """Add the articles of an exported library to this one, an outcome each.

    The whole file is checked before anything is stored. An article that this library has is left
    alone, and so is a source that says something else here. Vectors of another encoder are made anew.

    Raises:
        UnreadableSource: If the file is no exported library, is damaged, or claims what cannot be.
        LibraryUnwritable: If the disk is full; what was stored before is safe.
    """
    verify(path)
    with _opened(path) as archive:
        yield from _restore_all(library, archive, encoder)


def bring_back(library: Library, kept: bytes, encoder: Encoder) -> Outcome:
    """Add an article again that was removed, as it was; what `keep` returned says how.

    Where its sources say something else by now, that is left alone.

    Raises:
        LibraryUnwritable: If the disk is full.
    """
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        (outcome,) = _restore_all(library, archive, encoder, archive.read(ORIGINAL))
    return outcome


def _restore_all(
    library: Library, archive: zipfile.ZipFile, encoder: Encoder, original: bytes = b""
) -> Iterator[Outcome]:
    """Restore what an archive holds; `original` is the file that its one article was read from."""
    manifest = _manifest(archive)
    fits = (manifest.encoder, manifest.dimension, manifest.chunking) == (
        encoder.name, encoder.dimension, sql.CHUNKING_VERSION,
    )  # fmt: skip
    feeds, visits, collections = _links(archive)
    there = {sql.key_of(one.name) for one in library.collections()}
    for name in (name for name in collections if sql.key_of(name) not in there):
        library.arrange(Arrangement("create", name))
    for kept in _kept(archive, manifest):
        yield _restored(library, _with_original(kept, original), None if fits else encoder)
    visited, known = library.visits(), {feed.url for feed in library.feeds()}
    library.note_links(
        {source: visit for source, visit in visits.items() if source not in visited},
        [feed for feed in feeds if feed.url not in known],
    )


def _with_original(kept: Exported, original: bytes) -> Exported:
    if not original:
        return kept
    cut = kept.encoded.cut
    article = replace(cut.article, original=original)
    return replace(kept, encoded=replace(kept.encoded, cut=replace(cut, article=article)))


def verify(path: Path) -> Manifest:
    """Read an exported library from end to end, and return what it says of itself.

    Raises:
        UnreadableSource: If it is no exported library, is damaged, or claims what cannot be.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive)
        _links(archive)
        articles = paragraphs = 0
        for kept in _kept(archive, manifest):
            articles += 1
            paragraphs += len(kept.encoded.cut.article.paragraphs)
    if (articles, paragraphs) != (manifest.articles, manifest.paragraphs):
        raise _refused(path, f"it says that it has {manifest.articles:,} articles, and holds {articles:,}")
    return manifest


def _restored(library: Library, kept: Exported, encoder: Encoder | None) -> Outcome:
    article = kept.encoded.cut.article
    there = next(filter(None, (library.find_by_source(source) for source, _ in kept.sources)), None)
    if there is not None and there.article_id != article.id:
        warning = "This library has another text from the same source, which was kept."
        return Outcome(
            article.source, "unchanged", there.article_id, there.title, there.paragraphs, (warning,)
        )
    encoded = kept.encoded if encoder is None else encode_article(article, encoder)
    status = library.restore(encoded, kept.record, kept.sources, kept.earlier)
    return Outcome(article.source, status, article.id, article.title, len(article.paragraphs))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive, and turn whatever is wrong with it into one sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), path.stat().st_size)
            yield archive
    except FileNotFoundError:
        raise UnreadableSource(f"“{path}”: no such file.") from None
    except (IsADirectoryError, PermissionError) as error:
        raise UnreadableSource(f"“{path}” could not be read: {(error.strerror or '').lower()}.") from None
    except _Wrong as error:
        raise _refused(path, str(error)) from error
    except DAMAGE as error:
        raise _refused(path, "it is damaged or was changed") from error


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    names = [member.filename for member in members]
    plain = all(not m.flag_bits & ENCRYPTED and m.compress_type in METHODS for m in members)
    known = "manifest.json" in names and all(map(MEMBER.fullmatch, names)) and len(set(names)) == len(names)
    if not (plain and known):
        raise _Wrong("it is no library that Footnote exported")
    unpacked = sum(m.file_size for m in members)
    if unpacked > MOST_UNPACKED + UNPACKED_PER_BYTE * size:
        raise _Wrong(f"it has {size / 1e6:.1f} MB and would unpack to {unpacked / 1e6:,.0f} MB")


def _refused(path: Path, reason: str) -> UnreadableSource:
    return UnreadableSource(f"“{path}” was not imported: {reason}. Nothing was changed.")


class _Wrong(Exception):
    """What an archive claims that cannot be."""


def _check(holds: object, what: str) -> None:
    if not holds:
        raise _Wrong(f"{what} is not as it should be")


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    said = json.loads(_head(archive, "manifest.json"))
    _check(said["kind"] == KIND, "its kind")
    if isinstance(said["form"], int) and said["form"] > FORM:
        raise _Wrong("it was written by a newer version of Footnote; upgrade this one")
    numbers = {name: said[name] for name in ("dimension", "chunking", "articles", "paragraphs")}
    _check(said["form"] == FORM and all(_is_count(n) for n in numbers.values()), "its manifest")
    _check(0 < said["dimension"] <= 16_384, "its dimension")
    return Manifest(encoder=str(said["encoder"]), made=str(said["made"]), **numbers)


def _links(archive: zipfile.ZipFile) -> tuple[list[FeedRecord], dict[str, Visit], tuple[str, ...]]:
    said = json.loads(_head(archive, "links.json"))
    _check(len(said["feeds"]) <= MOST_FEEDS and len(said["visits"]) <= MOST_VISITS, "the number of its links")
    feeds = [
        FeedRecord(_text(f["url"], LONGEST_URL), _date(f["since"]), _number(f["most"]), _visit(f["visit"]))
        for f in said["feeds"]
    ]
    _check(all(feed.url.startswith(("http://", "https://")) for feed in feeds), "a feed's address")
    visits = {_text(source, LONGEST_SOURCE): _visit(visit) for source, visit in said["visits"].items()}
    return feeds, visits, _names(one["name"] for one in said.get("collections", ()))


def _names(said: Iterable[Any], what: str = "collection") -> tuple[str, ...]:
    """Return the names of collections or tags, each once."""
    try:
        names = {sql.key_of(name): name for name in (named(_text(one), what) for one in said)}
    except LibraryError as error:
        raise _Wrong(str(error)) from error
    _check(len(names) <= MOST_COLLECTIONS, f"the number of its {what}s")
    return tuple(names.values())


def _visit(said: dict[str, Any]) -> Visit:
    return Visit(*(_text(said[name], LONGEST_URL) for name in ("etag", "modified", "at", "feed")))


def _head(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(MOST_HEAD + 1)
    _check(len(data) <= MOST_HEAD, name)
    _check_lists(data)
    return data


def _check_lists(data: bytes) -> None:
    _check(data.count(b"[") + data.count(b"{") <= MOST_LISTS, "the number of its parts")


def _kept(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[Exported]:
    """Yield the articles batch by batch; no more than one is held at a time."""
    batches = sorted(name.removesuffix(".jsonl") for name in archive.namelist() if name.endswith(".jsonl"))
    for batch in batches:
        with (
            archive.open(f"{batch}.jsonl") as lines,
            archive.open(f"{batch}.chunks") as chunks,
            archive.open(f"{batch}.sentences") as sentences,
        ):
            yield from _of_batch(
                lines, _Vectors(chunks, "<f4", manifest), _Vectors(sentences, "<f2", manifest)
            )
            _check(not chunks.read(1) and not sentences.read(1), f"the length of {batch}")


def _of_batch(lines: IO[bytes], chunks: _Vectors, sentences: _Vectors) -> Iterator[Exported]:
    held: Exported | None = None
    earlier: deque[tuple[int, VersionRecord]] = deque()
    size = 0  # of the lines of these
    while line := lines.readline(LONGEST_LINE + 1):
        _check(len(line) <= LONGEST_LINE, "a line")
        _check_lists(line)
        said = json.loads(line)
        if "before" in said:
            _check(held, "an earlier version")
            assert held is not None
            earlier.append((len(line), _version(said["before"])))
            size += len(line)
            while size > MOST_EARLIER or len(earlier) > _most_versions(held):
                size -= earlier.popleft()[0]
            continue
        if held is not None:
            yield replace(held, earlier=tuple(v for _, v in earlier))
        held = _article(said, chunks, sentences)
        earlier.clear()
        size = 0
    if held is not None:
        yield replace(held, earlier=tuple(v for _, v in earlier))


def _most_versions(held: Exported) -> int:
    return sql.MOST_VERSIONS * len(held.sources)


class _Vectors:
    """A stream of vectors, of which as many are taken as an article says that it has."""

    def __init__(self, file: IO[bytes], form: Literal["<f4", "<f2"], manifest: Manifest) -> None:
        self._file = file
        self._form = np.dtype(form)
        self._dimension = manifest.dimension

    def take(self, count: int) -> NDArray[np.float32]:
        size = count * self._dimension * self._form.itemsize
        data = self._file.read(size)
        _check(len(data) == size, "the number of its vectors")
        rows = np.frombuffer(data, self._form).reshape(count, self._dimension).astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1)
        _check(np.all((np.abs(lengths - 1.0) < UNIT_TOLERANCE) | (lengths == 0.0)), "a vector")
        return rows


def _article(said: dict[str, Any], chunks: _Vectors, sentences: _Vectors) -> Exported:
    """Return an article if it is what it says: its id is the digest of its text, its spans lie in it."""
    paragraphs = [(_text(section), _text(text), page) for section, text, page in said["paragraphs"]]
    sources = tuple(
        (_text(source, LONGEST_SOURCE), _text(mark, LONGEST_SOURCE)) for source, mark in said["sources"]
    )
    _check(
        0 < len(sources) <= MOST_SOURCES and all(source for source, _ in sources), "the source of an article"
    )
    _check(all(_is_count(page) for _, _, page in paragraphs), "a page")
    times = [_text(time) for time in said.get("times", ())]
    _check(len(times) in {0, len(paragraphs)}, "the times of its paragraphs")
    scans = [scan_of(scan) for scan in said.get("scans", ())]
    _check(len(scans) in {0, len(paragraphs)}, "the scans of its paragraphs")
    article = make_article(
        [(section, text) for section, text, _ in paragraphs],
        pages=[page for _, _, page in paragraphs],
        times=times,
        scans=scans,
        title=_text(said["title"]),
        source=sources[0][0],
        author=_text(said["author"]),
        date=_date(said["date"]),
        url=_text(said["url"]),
        language=_text(said["language"]),
    )
    _check(
        said["article_id"] == article.id == content_id(text for _, text, _ in paragraphs), "an article's id"
    )
    cut = Cut(article, _chunks(said["chunks"], article), _spans(said["sentences"], article))
    record = ArticleRecord(
        article_id=article.id,
        title=article.title,
        sources=tuple(source for source, _ in sources),
        author=article.author,
        date=article.date,
        url=article.url,
        language=article.language,
        paragraphs=len(article.paragraphs),
        version=_number(said["version"]),
        added=_text(said["added"], LONGEST_NAME),
        collections=_names(said.get("collections", ())),
        tags=_names(said.get("tags", ()), "tag"),
    )
    encoded = Encoded(cut, chunks.take(len(cut.chunks)), sentences.take(sum(map(len, cut.sentences))))
    return Exported(encoded, record, sources, ())


def _chunks(said: Sequence[Any], article: Article) -> tuple[Chunk, ...]:
    found = []
    for number, (paragraph, start, end) in enumerate(said, start=1):
        _check(_is_count(paragraph) and 1 <= paragraph <= len(article.paragraphs), "a chunk's paragraph")
        _check_span(start, end, len(article.paragraph_text(paragraph)))
        found.append(Chunk(number, paragraph, start, end, ""))
    return tuple(found)


def _spans(said: Sequence[Any], article: Article) -> tuple[tuple[Span, ...], ...]:
    _check(len(said) == len(article.paragraphs), "the number of its sentences")
    for number, spans in enumerate(said, start=1):
        for start, end in spans:
            _check_span(start, end, len(article.paragraph_text(number)))
    return tuple(tuple(Span(start, end) for start, end in spans) for spans in said)


def _check_span(start: Any, end: Any, length: int) -> None:
    _check(_is_count(start) and _is_count(end) and start < end <= length, "a span")


def _version(said: dict[str, Any]) -> VersionRecord:
    return VersionRecord(
        source=_text(said["source"], LONGEST_SOURCE),
        article_id=_text(said["article_id"], LONGEST_NAME),
        version=_number(said["version"]),
        title=shortened(_text(said["title"])),
        date=_date(said["date"]),
        added=_text(said["added"], LONGEST_NAME),
        paragraphs=tuple((shortened(_text(section)), _text(text)) for section, text in said["paragraphs"]),
    )


def _text(value: Any, most: int = LONGEST_LINE) -> str:
    _check(isinstance(value, str) and "\x00" not in value and len(value) <= most, "a text")
    return str(value)


def _date(value: Any) -> str:
    _check(DATE.fullmatch(_text(value)), "a date")
    return str(value)


def _number(value: Any) -> int:
    _check(_is_count(value) and 1 <= value <= 1_000_000, "a version")
    return int(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
