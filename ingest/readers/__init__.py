"""One reader a format: bytes in, paragraphs and metadata out. `READERS` is the table of the formats.

To read one more, write a module that ends with its `FORMAT`, and name that in the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import (
    csv,
    docx,
    eml,
    epub,
    html,
    image,
    ipynb,
    jsonl,
    md,
    mhtml,
    odt,
    pdf,
    subtitles,
    ttml,
    txt,
    whisper,
    xlsx,
    zipped,
)
from footnote.ingest.readers.document import Document, cut_long, disarmed, disguised, within_limits, worded
from footnote.ingest.readers.foreign import refuse_foreign as refuse_foreign
from footnote.ingest.readers.format import Format, Formats, Part, Upcoming
from footnote.ingest.readers.references import without_references

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first whose marks are found is what a content is: last stands what takes every text for its own.
READERS: tuple[Format, ...] = (
    pdf.FORMAT,
    image.FORMAT,
    docx.FORMAT,
    epub.FORMAT,
    odt.FORMAT,
    xlsx.FORMAT,
    zipped.FORMAT,
    html.FORMAT,
    mhtml.FORMAT,
    eml.FORMAT,
    ipynb.FORMAT,
    subtitles.FORMAT,
    ttml.FORMAT,
    whisper.FORMAT,
    jsonl.FORMAT,
    csv.FORMAT,
    md.FORMAT,
    txt.FORMAT,
)
FORMATS: dict[str, str] = Formats(READERS).suffixes


def named(name: str) -> Format:
    """Return the format of this name.

    Raises:
        KeyError: If there is none.
    """
    return Formats(READERS).named(name)


def format_of(name: str, data: bytes) -> str:
    """Return the name of the format of `data`; empty when none is known. See `Formats.format_of`."""
    return Formats(READERS).format_of(name, data)


def parts_of(
    form: Format, data: bytes, *, chapters: bool = False, start: int = 0
) -> Iterator[Part | Upcoming]:
    """Return what is in a file, as its reader yields it.

    Raises:
        ValueError: If it is a corpus, which is not read whole.
    """
    # What a zip file is, its content says: a document under the name of another is read.
    if form.packs or form.unpack:
        return zipped.read(data, Formats(READERS), chapters=chapters, start=start)
    if form.read is None:
        raise ValueError(f"{form.name} is read by its rows")
    return form.read(data, chapters=chapters, start=start)


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
        whole = without_references(disarmed(within_limits(document)))
        return Part(part.key, part.name, cut_long(disguised(worded(whole))))
    except UnreadableSource as error:
        if not part.key:
            raise
        return Part(part.key, part.name, str(error))
