"""One reader a format: bytes in, paragraphs and metadata out. This is the table of the formats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import md, txt
from footnote.ingest.readers.document import Document, cut_long, disarmed, disguised, within_limits, worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMATS: dict[str, str] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".eml": "eml",
    ".pdf": "pdf",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
    ".ipynb": "ipynb",
    ".zip": "zip",
    ".jsonl": "jsonl",
}
# What content may be under which format's name; what is not here may be under any.
MAY_HOLD: dict[str, frozenset[str]] = {
    "pdf": frozenset({"pdf"}),
    "zip": frozenset({"docx", "odt", "epub", "zip"}),
    "html": frozenset({"html", "md", "jsonl", "ipynb"}),
    "mhtml": frozenset({"mhtml", "eml", "md", "txt", "jsonl", "ipynb"}),
}
PACKED = frozenset({"docx", "odt", "epub", "zip"})  # zip files all, told apart by what is in them
# What files begin with that are something else than their name says, and what to say of them.
FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or password-protected Office file. Save it as .docx"),
    (b"{\\rtf", "Rich Text. Save it as .docx"),
    (b"\x89PNG", "a picture. Run OCR on it first"),
    (b"\xff\xd8\xff", "a picture. Run OCR on it first"),
    (b"GIF8", "a picture. Run OCR on it first"),
    (b"II*\x00", "a picture. Run OCR on it first"),
    (b"MM\x00*", "a picture. Run OCR on it first"),
    (b"\x1f\x8b", "a compressed file. Unpack it first"),
    (b"BZh", "a compressed file. Unpack it first"),
    (b"\xfd7zXZ\x00", "a compressed file. Unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file. Unpack it first"),
    (b"Rar!\x1a\x07", "a compressed file. Unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a compressed file. Unpack it first"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"%!PS", "PostScript. Save it as PDF"),
    (b"ID3", "sound"),
    (b"OggS", "sound or film"),
    (b"RIFF", "sound, film or a picture"),
)
HTML_START = re.compile(
    rb"(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
SAVED_PAGE = re.compile(rb"(?im)^content-type:\s*multipart/related")


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a file, or in its place the reason why there is none.

    `key` tells it from the others of the file and is empty when there is only one; `name` is what a
    title can be made of.
    """

    key: str
    name: str
    document: Document | str


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Says which document of a file is read next, so that its name is known if the reader dies of it."""

    key: str


def format_of(name: str, data: bytes) -> str:
    """Return the format of `data`; empty when none is known.

    What begins as PDF, as a zip file or as a page is that, whatever its name. Without a suffix the
    content decides.
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    named = FORMATS.get(suffix, "")
    sniffed = _sniff(data)
    if suffix and not named:
        return ""
    return sniffed if not named or named not in MAY_HOLD.get(sniffed, FORMATS.values()) else named


def _sniff(data: bytes) -> str:
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "zip"
    if HTML_START.match(start) or (start.startswith(b"<?xml") and b"<html" in start.lower()):
        return "html"
    if SAVED_PAGE.search(start):
        return "mhtml"
    return _sniff_text(start)


def _sniff_text(start: bytes) -> str:
    if start.startswith(b"{") and re.match(rb'\{\s*"\w+"\s*:', start):
        return "ipynb" if b'"nbformat"' in start or b'"cell_type"' in start else "jsonl"
    if re.match(rb"---[ \t]*\r?\n[\w-]+[ \t]*:", start) or re.search(rb"(?m)^#{1,6} \S", start):
        return "md"
    return "txt"


def _read_html(data: bytes) -> Document:
    from footnote.ingest.readers import html  # trafilatura takes a second

    return html.read(data)


def _read_mhtml(data: bytes) -> Document:
    from footnote.ingest.readers import mhtml

    return mhtml.read(data)


def _read_eml(data: bytes) -> Document:
    from footnote.ingest.readers import eml

    return eml.read(data)


def _read_pdf(data: bytes) -> Document:
    from footnote.ingest.readers import pdf

    return pdf.read(data)


def _read_ipynb(data: bytes) -> Document:
    from footnote.ingest.readers import ipynb

    return ipynb.read(data)


READERS: dict[str, Callable[[bytes], Document]] = {
    "txt": txt.read,
    "md": md.read,
    "html": _read_html,
    "mhtml": _read_mhtml,
    "eml": _read_eml,
    "pdf": _read_pdf,
    "ipynb": _read_ipynb,
}


def read(format_: str, data: bytes, *, chapters: bool = False, start: int = 0) -> Iterator[Part | Upcoming]:
    """Yield the documents of a file: one, or those that a zip file or a book holds, each announced.

    A book is one document unless `chapters` is set. Documents before `start` are passed over.

    Raises:
        UnreadableSource: If the file holds none that can be read.
    """
    refuse_foreign(data)
    if format_ in PACKED:
        from footnote.ingest.readers import zipped

        parts: Iterator[Part | Upcoming] = zipped.read(data, chapters=chapters, start=start)
    else:
        parts = iter([Part("", "", READERS[format_](data))])
    for part in parts:
        match part:
            case Part(document=Document() as document):
                yield _finished(part, document)
            case _:
                yield part


def _finished(part: Part, document: Document) -> Part:
    """Return a part whose document is safe to show and no longer than an article may be."""
    try:
        return Part(part.key, part.name, cut_long(disguised(worded(disarmed(within_limits(document))))))
    except UnreadableSource as error:
        if not part.key:
            raise
        return Part(part.key, part.name, str(error))


def refuse_foreign(data: bytes) -> None:
    """Raise when `data` begins as something that is no text.

    Raises:
        UnreadableSource: With what it is.
    """
    for magic, meaning in FOREIGN:
        if data.startswith(magic):
            raise UnreadableSource(f"whatever its name says, it is {meaning}.")
