"""A PDF with a text layer: its lines put together again as paragraphs."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import ocr
from footnote.ingest.readers.below_title import below_title
from footnote.ingest.readers.document import Block, Document, of_blocks, tidy
from footnote.ingest.readers.format import Format, Part, Upcoming
from footnote.ingest.readers.image import hard
from footnote.ingest.readers.pdf_layout import (
    blocks_of,
    in_reading_order,
    without_running,
)
from footnote.ingest.readers.pdf_line import Line
from footnote.ingest.readers.pdf_paint import Paint
from footnote.ingest.readers.pdf_picture import drawn, opened
from footnote.ingest.readers.references import heads_references

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from pypdf import PdfReader

MAGIC = b"%PDF-"
MAGIC_WITHIN = 1024  # bytes
SECONDS = 2.0  # for each megabyte: one of 300 pages takes 10 on a busy computer
CATALOG = re.compile(rb"(\d{1,9})\s+\d{1,5}\s+obj\s*<<[^<>]{0,500}/Type\s*/Catalog\b")
MOST_PAGES = 2_000
MOST_SCANS = 100  # pages that OCR reads: half an hour
FEW_PAGES = 5  # that a warning names
NO_LAYER = "it has no text layer, so it is probably a scan."
NO_TEXT = "it has no text layer, and no words were found on its pages as a scan."
HARM = "It may be damaged, or made to do harm."
SMALLEST = 2.0  # points; nobody reads smaller letters, but a model would
OUTSIDE = 20.0  # points beyond the edge at which text is no longer on the page
MOST_TEXT = 5_000_000  # characters; pages after them are left out
BAD_TITLE = re.compile(
    r"^(?:untitled.*|microsoft word.*|.*\.(?:docx?|pdf|tex|dvi|indd|html?|qxd|odt|rtf)|slide 1|.{0,2})$",
    re.IGNORECASE,
)
BOLD = re.compile(r"bold|black|heavy|semib", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _PageText:
    """The lines of a page, and how many characters of it were left out because nobody can see them."""

    lines: list[Line]
    hidden: int


def read(data: bytes) -> Document:
    """Read a PDF as `parts` does, to its end."""
    *_, part = parts(data, chapters=False, start=0)
    assert isinstance(part, Part)
    assert isinstance(part.document, Document)
    return part.document


def parts(data: bytes, /, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:  # noqa: ARG001 - it is one document
    """Read the text layer of a PDF, and by OCR the pages that have none; each of those is announced.

    Raises:
        UnreadableSource: If it is protected, broken, too long, or a scan where OCR is not installed.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        yield from _read(data)
    except UnreadableSource:
        raise
    except MemoryError as error:
        raise UnreadableSource(f"reading it takes too much memory. {HARM}") from error
    except Exception as error:
        if type(error).__name__ == "LimitReachedError":  # pypdf's bounds on what one part may take
            raise UnreadableSource(f"one of its parts is larger than any sound PDF needs. {HARM}") from error
        raise UnreadableSource("the PDF is damaged.") from error


def _read(data: bytes) -> Iterator[Part | Upcoming]:
    reader = _open(data)
    pages, warnings = _lines(reader)
    warnings += yield from _scanned(data, reader, pages)
    lines = without_running(pages)
    if not lines:
        raise UnreadableSource(NO_TEXT if ocr.is_there() else f"{NO_LAYER} {ocr.HOW}")
    blocks = list(blocks_of(lines))
    about = reader.metadata or {}
    title = _title(_about(about, "/Title"), blocks)
    author, date, rest = below_title(_without_title(blocks, title), title) if title else ("", "", blocks)
    author = author or _about(about, "/Author")
    language = _language(reader)
    told = of_blocks(rest, title=title, author=author, date=date, language=language, warnings=warnings)
    yield Part("", "", told)


def _scanned(
    data: bytes, reader: PdfReader, pages: list[list[Line]]
) -> Generator[Upcoming, None, tuple[str, ...]]:
    """Put what OCR reads into the `pages` that are pictures, and return what is to be said."""
    scans = [n for n, lines in enumerate(pages) if not lines and _has_picture(reader, n)]
    if not scans:
        return ()
    if not ocr.is_there():
        return (f"{_pages(scans)} hold only pictures and were not read. {ocr.HOW}",)
    unsure = count = 0
    with opened(data) as document:
        for number in scans[:MOST_SCANS]:
            yield Upcoming("", ocr.SECONDS)
            found = ocr.read(drawn(document, number, ocr.LARGEST), number)
            pages[number] = found.lines
            count += len(found.lines)
            unsure += found.unsure
    left_out = (f"{_pages(scans[MOST_SCANS:])} hold only pictures and were not read.",)
    return (*hard(unsure, count), *(left_out if len(scans) > MOST_SCANS else ()))


def _pages(numbers: Sequence[int]) -> str:
    """Name pages, some of them when they are many."""
    named = ", ".join(str(n + 1) for n in numbers[:FEW_PAGES])
    return f"{len(numbers):,} pages ({named}{', …' if len(numbers) > FEW_PAGES else ''})"


def _has_picture(reader: PdfReader, number: int) -> bool:
    """Tell whether a page shows anything that is no text; an empty page need not be drawn."""
    try:
        resources = reader.pages[number]["/Resources"].get_object()
        return bool(resources.get("/XObject"))
    except (LookupError, TypeError, AttributeError):
        return False


def _open(data: bytes) -> PdfReader:
    from pypdf import PdfReader

    if not _sniff(data):
        raise UnreadableSource("it is not a PDF, whatever its name says. Give it the name of what it is.")
    if b"startxref" not in data[-2048:]:
        data += _index(data)
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableSource("it is password protected. Save a copy without the password.")
    if len(reader.pages) > MOST_PAGES:
        raise UnreadableSource(f"it has more than {MOST_PAGES:,} pages. Split it first.")
    return reader


def _index(data: bytes) -> bytes:
    """Return the end that a PDF has lost: it sends pypdf on a search for the objects."""
    catalog = CATALOG.search(data)
    root = b"<</Root %d 0 R/Size 1>>" % int(catalog[1]) if catalog else b"<<>>"
    return b"\ntrailer" + root + b"\nstartxref\n0\n%%EOF\n"


def _about(about: Any, key: str) -> str:
    value = about.get(key)
    return tidy(str(value)) if isinstance(value, str) else ""


def _language(reader: PdfReader) -> str:
    language = reader.root_object.get("/Lang")
    return str(language) if isinstance(language, str) and len(language) <= 35 else ""


def _lines(reader: PdfReader) -> tuple[list[list[Line]], tuple[str, ...]]:
    """Return the lines of each page, and warnings of what was left out."""
    pages: list[list[Line]] = []
    size = hidden = 0
    warnings: list[str] = []
    for number, page in enumerate(reader.pages):
        found = _lines_of_page(page, number)
        pages.append(found.lines)
        hidden += found.hidden
        size += sum(len(line.text) for line in found.lines)
        if size > MOST_TEXT:
            warnings.append(f"Only the first {number + 1} pages were read; they hold {size:,} characters.")
            break
    if hidden:
        warnings.append(
            f"{hidden:,} characters that nobody can see (too small, beside the page, in the colour of the "
            "paper) were left out."
        )
    return pages, tuple(warnings)


def _lines_of_page(page: Any, number: int) -> _PageText:
    found = _painted(page, number, layer=False)
    return found or _painted(page, number, layer=True) or _PageText([], 0)


def _painted(page: Any, number: int, *, layer: bool) -> _PageText | None:
    """Return the lines of a page that are painted; None when what is not painted is most of a scan's
    text, which is to be read with `layer`.
    """
    runs: list[list[Line]] = [[]]
    paint = Paint(_graphics_states(page), layer)
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    hidden = 0

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        nonlocal hidden
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = ((tm[1] ** 2 + tm[3] ** 2) * (cm[1] ** 2 + cm[3] ** 2)) ** 0.5
        bold = BOLD.search(str((font or {}).get("/BaseFont", ""))) is not None
        seen = size * scale >= SMALLEST and left - OUTSIDE < x < right and bottom < y < top + OUTSIDE
        hidden += 0 if seen else len(text.strip())
        for index, part in enumerate(text.split("\n")):
            if index:
                runs.append([])
            runs[-1].append(Line(part, x, y, round(size * scale, 1), bold, number, seen))

    page.extract_text(visitor_text=visit, visitor_operand_before=paint.follow)
    if not layer and paint.image and paint.unpainted > paint.shown:
        return None
    left_out = paint.hidden + (0 if layer else paint.unpainted)
    written = sum(len(part.text.strip()) for run in runs for part in run)
    if 2 * hidden > written:  # some programs give sizes that mean nothing; then all is read
        return _PageText(in_reading_order(runs), left_out)
    seen = [[part for part in run if part.seen] for run in runs]
    return _PageText(in_reading_order(seen), hidden + left_out)


def _graphics_states(page: Any) -> Any:
    try:
        return page["/Resources"].get_object()["/ExtGState"].get_object()
    except (LookupError, TypeError, AttributeError):
        return {}


def _title(given: str, blocks: Sequence[Block]) -> str:
    """Return the metadata title, or the first heading where that says more or a program made it up."""
    headings = (b.text for b in blocks[:4] if b.level and len(b.text) <= 300)
    first = next((h for h in headings if not heads_references(h)), "")
    if given and not BAD_TITLE.match(given):
        return first if given.casefold() in first.casefold() else given
    return first


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    for index, block in enumerate(blocks[:6]):
        if title and block.text.casefold() == title.casefold():
            return blocks[:index] + blocks[index + 1 :]
    return blocks


def _sniff(head: bytes) -> bool:
    return MAGIC in head[:MAGIC_WITHIN]


FORMAT = Format("pdf", (".pdf",), parts, sniff=_sniff, overrules=True, seconds=SECONDS)
