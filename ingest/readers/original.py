"""A page of the file that an article was read from, as a picture on which the quoted words are boxed.

Drawn in the child process that reads files (`ingest.sandbox`), from the copy that the library keeps.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import image, pdf, pdf_picture
from footnote.ingest.text.cells import cells_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from footnote.ingest.article import Scan
    from footnote.ingest.readers.pdf_picture import Corners

DRAWN = (pdf.FORMAT.name, image.FORMAT.name)
SIDE = 1_600  # pixels of the longer side: letters of 8 points are read on it
QUALITY = 82
MOST_BYTES = 4_000_000  # of a picture; one of noise alone has 2.2 million
PAGES = 3  # on which a paragraph may go on
INK, TINT = (11, 93, 84), (255, 226, 120)
UP = 500  # ten thousandths of a page: a line so much higher than the one before it is on another page
NEEDS = "Pages of a PDF are shown with the extra “ocr”: pip install 'footnote[ocr]'."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: `text[start:end]` of a paragraph that begins on a page, counted from 1."""

    page: int
    text: str = ""
    start: int = 0
    end: int = 0
    scan: Scan = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A JPEG of a page, which of how many it is, and how many pieces of lines are boxed.

    `at` is where the first of them is, in ten thousandths of the height.
    """

    picture: bytes
    page: int
    pages: int
    boxes: int = 0
    at: int = 0


def draw(format_: str, data: bytes, wanted: Wanted) -> Drawn:
    """Draw the page of a file on which the words wanted stand, and box them.

    Words that are not found are not boxed: a box around others would be worse than none.

    Raises:
        UnreadableSource: If the file has no such page, or pages of its format cannot be drawn here.
    """
    if format_ not in DRAWN:
        raise UnreadableSource("it has no pages that can be shown as pictures.")
    if format_ == pdf.FORMAT.name and importlib.util.find_spec("pypdfium2") is None:
        raise UnreadableSource(NEEDS)
    try:
        return _picture(data, wanted) if format_ == image.FORMAT.name else _pdf(data, wanted)
    except (UnreadableSource, MemoryError):
        raise
    except Exception as error:
        raise UnreadableSource("the page cannot be drawn.") from error


def _picture(data: bytes, wanted: Wanted) -> Drawn:
    ahead, boxes = scanned(wanted)
    page, pages = image.page(data, max(wanted.page, 1) - 1 + ahead)
    page.thumbnail((SIDE, SIDE))
    return _boxed(page, max(wanted.page, 1) + ahead, pages, boxes)


def _pdf(data: bytes, wanted: Wanted) -> Drawn:
    first = max(wanted.page, 1) - 1
    with pdf_picture.opened(data) as document:
        if wanted.scan:
            ahead, boxes = scanned(wanted)
            number = first + ahead
        else:
            number, boxes = pdf_picture.found(document, range(first, first + PAGES), _sought(wanted))
        page, pages = pdf_picture.drawn(document, number, SIDE), len(document)
    return _boxed(page, number + 1, pages, boxes)


def _sought(wanted: Wanted) -> pdf_picture.Sought:
    """Return what is looked for on the pages of a PDF: the paragraph with the words, or rows of a table."""
    rows: list[tuple[str, ...]] = []
    start = 0
    for line in wanted.text.split("\n"):
        cells = cells_of(line)
        if cells and start < wanted.end and wanted.start < start + len(line):
            # A row stands there without the heads; the group that names it, in brackets, above it.
            first, *others = (cell.text for cell in cells)
            rows.append((" ".join((first, *others)), " ".join((first.rpartition(" (")[0] or first, *others))))
        start += len(line) + 1
    return pdf_picture.Sought(wanted.text, wanted.start, wanted.end, tuple(rows))


def scanned(wanted: Wanted) -> tuple[int, list[Corners]]:
    """Return where words stand that OCR read: how many pages on from the paragraph's first, and corners.

    >>> line = (0, 10, 1000, 9000, 5000, 9000, 5000, 9200, 1000, 9200)
    >>> following = (11, 20, 1000, 500, 5000, 500, 5000, 700, 1000, 700)
    >>> scanned(Wanted(3, "x" * 20, 5, 10, (line, following)))
    (0, [((3000, 9000), (5000, 9000), (5000, 9200), (3000, 9200))])
    >>> scanned(Wanted(3, "x" * 20, 11, 20, (line, following)))
    (1, [((1000, 500), (5000, 500), (5000, 700), (1000, 700))])
    """
    page = 0
    pages = [0]
    for before, line in pairwise(wanted.scan):
        page += _is_over(before, line)
        pages.append(page)
    found = [
        (page, _part(line, wanted))
        for page, line in zip(pages, wanted.scan, strict=False)
        if line[0] < wanted.end and wanted.start < line[1]
    ]
    if not found:
        return 0, []
    return found[0][0], [corners for page, corners in found if page == found[0][0]]


def _is_over(before: Sequence[int], line: Sequence[int]) -> bool:
    """Tell whether a line is on the page after: it is higher than the one before it, and not beside it."""
    _, _, left, top, right, *_ = before
    _, _, next_left, next_top, next_right, *_ = line
    return next_top < top - UP and next_left < right and left < next_right


def _part(line: Sequence[int], wanted: Wanted) -> Corners:
    """Return the corners of what is wanted of a line, whose letters are taken to be of one width."""
    start, end, *_ = line
    length = max(end - start, 1)
    first = (max(wanted.start, start) - start) / length
    last = (min(wanted.end, end) - start) / length
    upper_left, upper_right, lower_right, lower_left = zip(line[2::2], line[3::2], strict=True)

    def between(a: tuple[int, int], b: tuple[int, int], share: float) -> tuple[int, int]:
        return round(a[0] + (b[0] - a[0]) * share), round(a[1] + (b[1] - a[1]) * share)

    return (
        between(upper_left, upper_right, first),
        between(upper_left, upper_right, last),
        between(lower_left, lower_right, last),
        between(lower_left, lower_right, first),
    )


def _boxed(page: Image, number: int, pages: int, boxes: Sequence[Corners]) -> Drawn:
    """Return a page on which corners, in ten thousandths of it, are marked as by a highlighter."""
    from PIL import Image, ImageChops, ImageDraw

    tint = Image.new("RGB", page.size, "white")
    shapes = [[(x * page.width / 10_000, y * page.height / 10_000) for x, y in box] for box in boxes]
    for shape in shapes:
        ImageDraw.Draw(tint).polygon(shape, fill=TINT)
    page = ImageChops.multiply(page, tint)
    for shape in shapes:
        ImageDraw.Draw(page).polygon(shape, outline=INK, width=2)
    held = BytesIO()
    page.save(held, "JPEG", quality=QUALITY)
    if held.tell() > MOST_BYTES:
        raise UnreadableSource("the picture of the page is too large to be shown.")
    return Drawn(
        held.getvalue(), number, pages, len(boxes), min((y for box in boxes for _, y in box), default=0)
    )
