"""Bytes to articles: what is in an upload, a pasted text or a file, read apart from the rest (`sandbox`)."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING

from footnote.ingest import sandbox
from footnote.ingest.article import MOST_KEPT, Article, Read, Rejected
from footnote.ingest.errors import FootnoteError, UnreadableSource
from footnote.ingest.readers import FORMATS, format_of, jsonl, original
from footnote.ingest.readers.document import to_article
from footnote.ingest.readers.foreign import RECORDINGS, TRANSCRIPT
from footnote.ingest.readers.format import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 50_000_000  # of one file that is read whole


MOST_BAD_ROWS = 20  # of a corpus, without one that is good: it is none


KINDS = ", ".join(FORMATS)


def read_bytes(data: bytes, name: str, *, source: str | None = None) -> list[Read]:
    """Read an upload: the format is told by `name`, and by the content where that is plainer."""
    source = name if source is None else source
    if len(data) > MOST_BYTES and format_of(name, data) != jsonl.FORMAT.name:
        return [Rejected(source, too_large(name, len(data)))]
    return list(read_data(data, name, source))


def read_text(text: str, *, title: str = "", source: str = "pasted text") -> Article:
    """Read pasted text, which may be Markdown.

    Raises:
        UnreadableSource: If there is no text in it.
    """
    data = text.encode("utf-8", "replace")
    format_ = "md" if format_of("", data) == "md" else "txt"
    try:
        (part,) = sandbox.read(format_, data) if data.strip() else (Part("", "", "it is empty."),)
        if isinstance(part.document, str):
            raise UnreadableSource(part.document)
        return to_article(part.document, source=source, name=source, title=title)
    except UnreadableSource as error:
        raise UnreadableSource(f"The {source} could not be used: {error}") from None


def read_data(
    data: bytes, name: str, source: str, title: str = "", *, chapters: bool = False
) -> Iterator[Read]:
    """Yield the articles of a file's bytes, or why there are none; the format is told by name and content."""
    format_ = format_of(name, data)
    if not format_:
        yield Rejected(source, unsupported(name))
    elif not data.strip():
        yield Rejected(source, f"“{_called(name)}” is empty.")
    elif format_ == jsonl.FORMAT.name:
        yield from read_rows(BytesIO(data), source)
    else:
        for part in sandbox.read(format_, data, chapters=chapters):
            read = _of_part(part, name, source, title)
            kept = format_ in original.DRAWN and len(data) <= MOST_KEPT
            yield replace(read, original=data) if kept and isinstance(read, Article) else read


def _of_part(part: Part, name: str, source: str, title: str) -> Read:
    """Return the article of one document of a file, which goes by the file's name and its own."""
    source = f"{source}#{part.key}" if part.key else source
    try:
        if isinstance(part.document, str):
            raise UnreadableSource(part.document)
        return to_article(part.document, source=source, name=part.name or name, title=title)
    except FootnoteError as error:
        called = f"{part.key} in {_called(name)}" if part.key else _called(name)
        return Rejected(source, f"“{called}” could not be used: {error}")


def _called(name: str) -> str:
    return name or "standard input"


def read_rows(file: IO[bytes], source: str) -> Iterator[Read]:
    """Yield the article of each row of a corpus, or why it is none."""
    good = bad = 0
    for number, key, found in jsonl.rows(file):
        row_source = f"{source}#{key}" if key else f"{source}#{number}"
        if not isinstance(found, str):
            good += 1
            yield to_article(found, source=row_source, name=key)
            continue
        bad += 1
        yield Rejected(row_source, f"Line {number} of {source} could not be used: {found}.")
        if not good and bad == MOST_BAD_ROWS:
            yield Rejected(
                source,
                f"The rest of {source} was not read: none of its first {bad} rows is an article. "
                f"Each row must be an object like {jsonl.FIELDS}.",
            )
            return
    if not good and not bad:
        yield Rejected(source, f"“{Path(source).name}” is empty.")


def unsupported(name: str) -> str:
    """Say that a file is of a kind that is not read."""
    if PurePath(name).suffix.lower() in RECORDINGS:
        return f"“{name}” is sound or film, which Footnote does not listen to. {TRANSCRIPT}."
    return f"“{name}” is of a kind that Footnote does not read. It reads {KINDS}."


def too_large(name: str, size: int | None) -> str:
    """Say that a file is too large; `size` in bytes, None when it is not known."""
    found = "is larger than" if size is None else f"has {size / 1e6:.0f} MB, more than"
    return f"“{name}” {found} the {MOST_BYTES // 1_000_000} MB that are read. Split it into articles."
