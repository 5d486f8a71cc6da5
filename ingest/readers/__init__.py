"""One reader a format: bytes in, paragraphs and metadata out. `READERS` is the table of the formats.

To read one more, write a module that ends with its `FORMAT`, and name that in the table.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import docx, eml, epub, html, ipynb, jsonl, md, mhtml, odt, pdf, txt, zipped
from footnote.ingest.readers.document import Document, cut_long, disarmed, disguised, within_limits, worded
from footnote.ingest.readers.format import HEAD, Format, Part, Upcoming

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first whose marks are found is what a content is: last stands what takes every text for its own.
READERS: tuple[Format, ...] = (
    pdf.FORMAT,
    docx.FORMAT,
    epub.FORMAT,
    odt.FORMAT,
    zipped.FORMAT,
    html.FORMAT,
    mhtml.FORMAT,
    eml.FORMAT,
    ipynb.FORMAT,
    jsonl.FORMAT,
    md.FORMAT,
    txt.FORMAT,
)
FORMATS: dict[str, str] = {suffix: form.name for form in READERS for suffix in form.suffixes}
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


def named(name: str) -> Format:
    """Return the format of this name.

    Raises:
        KeyError: If there is none.
    """
    for form in READERS:
        if form.name == name:
            return form
    raise KeyError(name)


def format_of(name: str, data: bytes) -> str:
    """Return the name of the format of `data`; empty when none is known.

    What begins as PDF, as a zip file or as a page is that, whatever its name. Without a suffix the
    content decides.
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    given = next((form for form in READERS if suffix in form.suffixes), None)
    if suffix and given is None:
        return ""
    sniffed = next(form for form in READERS if form.sniff(data[:HEAD]))
    if given is None or (sniffed.overrules and sniffed.name not in {given.name, *given.may_begin_as}):
        return sniffed.name
    return given.name


def parts_of(
    form: Format, data: bytes, *, chapters: bool = False, start: int = 0
) -> Iterator[Part | Upcoming]:
    """Return what is in a file, as its reader yields it.

    Raises:
        ValueError: If it is a corpus, which is not read whole.
    """
    # What a zip file is, its content says: a document under the name of another is read.
    read = zipped.read if form.unpack else form.read
    if read is None:
        raise ValueError(f"{form.name} is read by its rows")
    return read(data, chapters=chapters, start=start)


def read(format_: str, data: bytes, *, chapters: bool = False, start: int = 0) -> Iterator[Part | Upcoming]:
    """Yield the documents of a file: one, or those that a zip file or a book holds, each announced.

    A book is one document unless `chapters` is set. Documents before `start` are passed over.

    Raises:
        UnreadableSource: If the file holds none that can be read.
    """
    refuse_foreign(data)
    for part in parts_of(named(format_), data, chapters=chapters, start=start):
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
