"""What is packed as a zip file: documents that are zip files by form, and articles packed together."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from footnote.ingest.errors import FootnoteError, UnreadableSource
from footnote.ingest.readers.foreign import refuse_foreign
from footnote.ingest.readers.format import Format, Part, Upcoming
from footnote.ingest.readers.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.readers.format import Formats

JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})


def read(data: bytes, formats: Formats, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:
    """Yield what is in a zip file; what it is, its content says and not its name.

    Raises:
        UnreadableSource: If nothing in it can be read.
    """
    package = Package(data)
    unpack = formats.unpacker(package)
    yield from (
        unpack(package, chapters=chapters, start=start) if unpack else _articles(package, start, formats)
    )


def _articles(package: Package, start: int, formats: Formats) -> Iterator[Part | Upcoming]:
    names = [name for name in package.names if _is_article(name, formats)]
    if "xl/workbook.bin" in package or "ppt/presentation.xml" in package:
        raise UnreadableSource(
            "it is a presentation, or a spreadsheet in another form than .xlsx. Save it as PDF."
        )
    if not names:
        raise UnreadableSource(f"it holds no article. Footnote reads {', '.join(formats.suffixes)}.")
    for name in names[start:]:
        yield Upcoming(name)
        try:
            yield from _document(package.read(name), name, formats)
        except FootnoteError as error:
            yield Part(name, name, str(error))


def _document(data: bytes, name: str, formats: Formats) -> Iterator[Part | Upcoming]:
    """Yield the first document of a member under its name, after what its reader announces."""
    form = formats.named(formats.format_of(name, data))
    if not (form.read or form.unpack or form.packs):
        raise UnreadableSource("a corpus inside a zip file is not read. Unpack it first.")
    if not data.strip():
        raise UnreadableSource("it is empty.")
    refuse_foreign(data)
    if form.read is None:
        # Zip files in zip files are where bombs hide: only what is a document by its form is unpacked.
        package = Package(data)
        unpack = formats.unpacker(package)
        parts = unpack(package, chapters=False, start=0) if unpack else iter(())
    else:
        parts = form.read(data, chapters=False, start=0)
    for part in parts:
        if isinstance(part, Part):
            yield Part(name, name, part.document)
            return
        yield Upcoming(name, part.seconds)
    raise UnreadableSource("zip files inside zip files are not read. Unpack it first.")


def _is_article(name: str, formats: Formats) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith(".") or part in JUNK for part in path.parts if part not in {".", ".."})
    return not hidden and path.suffix.lower() in formats.suffixes


def _sniff(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


FORMAT = Format("zip", (".zip",), packs=True, sniff=_sniff, overrules=True)
