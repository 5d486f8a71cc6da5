"""What is packed as a zip file: documents that are zip files by form, and articles packed together."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from footnote.ingest import readers
from footnote.ingest.errors import FootnoteError, UnreadableSource
from footnote.ingest.readers.format import Format, Part, Upcoming
from footnote.ingest.readers.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.readers.document import Document
    from footnote.ingest.readers.format import Reader

JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})


def read(data: bytes, /, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:
    """Yield what is in a zip file; what it is, its content says and not its name.

    Raises:
        UnreadableSource: If nothing in it can be read.
    """
    package = Package(data)
    unpack = _form(package)
    yield from unpack(package, chapters=chapters, start=start) if unpack else _articles(package, start)


def _form(package: Package) -> Reader[Package] | None:
    """Return what reads a document that is a zip file by its form; None when it only packs others."""
    return next((f.unpack for f in readers.READERS if f.unpack and f.member in package), None)


def _articles(package: Package, start: int) -> Iterator[Part | Upcoming]:
    names = [name for name in package.names if _is_article(name)]
    if "xl/workbook.xml" in package or "ppt/presentation.xml" in package:
        raise UnreadableSource("it is a spreadsheet or a presentation. Save it as PDF.")
    if not names:
        raise UnreadableSource(f"it holds no article. Footnote reads {', '.join(readers.FORMATS)}.")
    for name in names[start:]:
        yield Upcoming(name)
        try:
            yield Part(name, name, _document(package.read(name), name))
        except FootnoteError as error:
            yield Part(name, name, str(error))


def _document(data: bytes, name: str) -> Document | str:
    form = readers.named(readers.format_of(name, data))
    if not (form.read or form.unpack):
        raise UnreadableSource("a corpus inside a zip file is not read. Unpack it first.")
    if not data.strip():
        raise UnreadableSource("it is empty.")
    readers.refuse_foreign(data)
    if form.unpack or form == FORMAT:
        # Zip files in zip files are where bombs hide: only what is a document by its form is unpacked.
        package = Package(data)
        unpack = _form(package)
        parts = unpack(package, chapters=False, start=0) if unpack else iter(())
    else:
        parts = readers.parts_of(form, data)
    for part in parts:
        if isinstance(part, Part):
            return part.document
    raise UnreadableSource("zip files inside zip files are not read. Unpack it first.")


def _is_article(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith(".") or part in JUNK for part in path.parts if part not in {".", ".."})
    return not hidden and path.suffix.lower() in readers.FORMATS


def _sniff(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


FORMAT = Format("zip", (".zip",), read, sniff=_sniff, overrules=True)
