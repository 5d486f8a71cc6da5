"""A picture of a page (PNG, JPEG, TIFF, WebP): what is written on it, read by OCR."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import ocr, pdf_layout
from footnote.ingest.readers.below_title import below_title
from footnote.ingest.readers.document import Document, of_blocks
from footnote.ingest.readers.format import Format, Part, Upcoming
from footnote.ingest.readers.references import heads_references

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

    from footnote.ingest.readers.document import Block
    from footnote.ingest.readers.pdf_line import Line

KINDS = ("PNG", "JPEG", "TIFF", "WEBP")
MARKS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
MOST_PIXELS = 60_000_000  # of a page: 180 MB; a page at 600 dots an inch has 35 million
MOST_PAGES = 100  # of a TIFF: half an hour
NO_WORDS = "no words were found on it. Only pictures of text can be read."


def parts(data: bytes, /, *, chapters: bool, start: int) -> Iterator[Part | Upcoming]:  # noqa: ARG001 - it is one document
    """Read what is written on a picture, page by page where it is a TIFF of several.

    Raises:
        UnreadableSource: If it is damaged, too large or without words, or OCR is not installed.
    """
    if not _sniff(data):
        raise UnreadableSource("it is not a picture, whatever its name says.")
    if not ocr.is_there():
        raise UnreadableSource(f"it is a picture. {ocr.HOW}")
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that Pillow gets over
            with Image.open(BytesIO(data), formats=KINDS) as picture:
                yield from _pages(picture)
    except (UnreadableSource, MemoryError):
        raise
    except UnidentifiedImageError:
        raise UnreadableSource("it is not a picture, whatever its name says.") from None
    except Exception as error:
        raise UnreadableSource("the picture is damaged.") from error


def _pages(picture: Image) -> Iterator[Part | Upcoming]:
    count = _count(picture)
    pages: list[list[Line]] = []
    unsure = 0
    for number in range(min(count, MOST_PAGES)):
        yield Upcoming("", ocr.SECONDS)
        found = ocr.read(_upright(picture, number), number)
        pages.append(found.lines)
        unsure += found.unsure
    lines = pdf_layout.without_running(pages)
    if not lines:
        raise UnreadableSource(NO_WORDS)
    left_out = (f"Only the first {MOST_PAGES} pages were read.",) if count > MOST_PAGES else ()
    blocks = list(pdf_layout.blocks_of(lines))
    warned = (*left_out, *hard(unsure, sum(map(len, pages))))
    yield Part("", "", document(blocks, paged=count > 1, warned=warned))


def _count(picture: Image) -> int:
    return int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1


def _upright(picture: Image, number: int) -> Image:
    """Return a page of a picture as it is held, which its camera may have noted."""
    from PIL import ImageOps

    picture.seek(number)
    if picture.width * picture.height > MOST_PIXELS:
        raise UnreadableSource(
            f"it has {picture.width * picture.height / 1e6:,.0f} million pixels, more than the "
            f"{MOST_PIXELS // 1_000_000} million that are read. Make it smaller."
        )
    return ImageOps.exif_transpose(picture)


def page(data: bytes, number: int) -> tuple[Image, int]:
    """Return a page of a picture, counted from 0, in colours, and how many pages it has.

    Raises:
        UnreadableSource: If it has fewer, or that is too large. Also what Pillow raises of damage.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(BytesIO(data), formats=KINDS) as picture:
            count = _count(picture)
            if number >= count:
                raise UnreadableSource(f"it ends before page {number + 1}.")
            return _upright(picture, number).convert("RGB"), count


def hard(unsure: int, lines: int) -> tuple[str, ...]:
    """Warn of lines that were hard to read."""
    if not unsure:
        return ()
    return (f"{unsure:,} of {lines:,} lines were hard to read by OCR; compare them with the picture.",)


def document(blocks: Sequence[Block], *, paged: bool, warned: tuple[str, ...]) -> Document:
    """Return the document of a picture's blocks; its first heading is its title."""
    headings = (block.text for block in blocks[:3] if block.level)
    title = next((h for h in headings if not heads_references(h)), "")
    rest = [block for block in blocks if not block.level or block.text != title]
    author, date, rest = below_title(rest, title) if title else ("", "", rest)
    return of_blocks(rest, paged=paged, title=title, author=author, date=date, warnings=warned)


def _sniff(head: bytes) -> bool:
    return head.startswith(MARKS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


FORMAT = Format(
    "image", (".png", ".jpg", ".jpeg", ".tiff", ".tif", ".webp"), parts, sniff=_sniff, overrules=True
)
