"""What is packed as a zip file: documents that are zip files by form, and articles packed together."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from footnote.ingest import readers
from footnote.ingest.errors import FootnoteError, UnreadableSource
from footnote.ingest.readers import docx, epub, odt
from footnote.ingest.readers.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.readers import Part, Upcoming

PROTECTED_OFFICE = "EncryptedPackage"
JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})


def read(data: bytes, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:
    """Yield what is in a zip file; what it is, its content says and not its name.

    Raises:
        UnreadableSource: If nothing in it can be read.
    """
    package = Package(data)
    if docx.MAIN in package:
        yield readers.Part("", "", docx.read(package))
    elif epub.CONTAINER in package:
        yield from epub.read(package, chapters=chapters, start=start)
    elif odt.CONTENT in package:
        yield readers.Part("", "", odt.read(package))
    else:
        yield from _articles(package, start)


def _articles(package: Package, start: int) -> Iterator[Part | Upcoming]:
    names = [name for name in package.names if _is_article(name)]
    if "xl/workbook.xml" in package or "ppt/presentation.xml" in package:
        raise UnreadableSource("it is a spreadsheet or a presentation. Save it as PDF.")
    if not names:
        raise UnreadableSource(f"it holds no article. Footnote reads {', '.join(readers.FORMATS)}.")
    for name in names[start:]:
        yield readers.Upcoming(name)
        yield _article(package, name)


def _article(package: Package, name: str) -> Part:
    try:
        data = package.read(name)
        format_ = readers.format_of(name, data)
        if format_ == "jsonl":
            raise UnreadableSource("a corpus inside a zip file is not read. Unpack it first.")
        if not data.strip():
            raise UnreadableSource("it is empty.")
        readers.refuse_foreign(data)
        if format_ in readers.PACKED:
            return _document(data, name)
        return readers.Part(name, name, readers.READERS[format_](data))
    except FootnoteError as error:
        return readers.Part(name, name, str(error))


def _document(data: bytes, name: str) -> Part:
    """Read a document that is itself a zip file; zip files in zip files are where bombs hide."""
    package = Package(data)
    if docx.MAIN in package:
        return readers.Part(name, name, docx.read(package))
    if odt.CONTENT in package and epub.CONTAINER not in package:
        return readers.Part(name, name, odt.read(package))
    for part in epub.read(package, chapters=False, start=0) if epub.CONTAINER in package else ():
        if isinstance(part, readers.Part):
            return readers.Part(name, name, part.document)
    raise UnreadableSource("zip files inside zip files are not read. Unpack it first.")


def _is_article(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith(".") or part in JUNK for part in path.parts if part not in {".", ".."})
    return not hidden and path.suffix.lower() in readers.FORMATS
