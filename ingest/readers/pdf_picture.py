"""A page of a PDF as a picture, drawn by pdfium, and where on it words stand. The one home of pypdfium2."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from footnote.ingest.errors import UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PIL.Image import Image
    from pypdfium2 import PdfDocument

DPI = 200.0  # at most; letters of 8 points are read, and a page takes a tenth of a second
LEAST = 16  # letters of a paragraph that are found at once; fewer may stand there by chance
HALF = 0.5  # of the quoted letters at least, or they are taken to be on another page
MOST_LETTERS = 40_000  # of a page; one of a newspaper has 30,000
SAME_LINE = 0.5  # of the height of a letter, that two on a line have in common
APART = 3.0  # heights of a letter between two pieces of a line

Corner = tuple[int, int]
Corners = tuple[Corner, Corner, Corner, Corner]
"""x and y in ten thousandths of a page, from the upper left clockwise."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Words in a paragraph: `text[start:end]`, and as what each row of a table may stand on the page."""

    text: str
    start: int
    end: int
    rows: tuple[tuple[str, ...], ...] = ()


class _Letters(NamedTuple):
    """Letters and digits of a text alone, small, and which of its characters each of them is."""

    text: str
    at: list[int]


def opened(data: bytes) -> PdfDocument:
    """Return a PDF to draw from and to look in, a context manager; its length is its pages."""
    import pypdfium2

    return pypdfium2.PdfDocument(data)


def drawn(document: PdfDocument, number: int, side: int) -> Image:
    """Return page `number` of a PDF, counted from 0; its longer side has at most `side` pixels."""
    page = document[number]
    scale = min(DPI / 72, side / max(*page.get_size(), 1.0))
    picture: Image = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    return picture


def found(document: PdfDocument, pages: range, sought: Sought) -> tuple[int, list[Corners]]:
    """Return on which of some pages, counted from 0, words stand, and where; the first page if on none.

    Raises:
        UnreadableSource: If there is no such page.
    """
    if pages.start >= len(document):
        raise UnreadableSource(f"it ends before page {pages.start + 1}.")
    for number in pages[: len(document) - pages.start]:
        page = document[number]
        boxes = _boxes(page, sought)
        page.close()
        if boxes:
            return number, boxes
    return pages.start, []


def _boxes(page: Any, sought: Sought) -> list[Corners]:
    text = page.get_textpage()
    most = min(text.count_chars(), MOST_LETTERS)
    # Not at once: what pdfium returns as a text leaves characters out, so that their numbers differ.
    there = _letters(chr(_code(text, n)) for n in range(most))
    places = _of_rows(there.text, sought.rows) if sought.rows else _of_words(there.text, sought)
    corners = list(_corners(page, text, [there.at[n] for n in places]))
    text.close()
    return corners


def _code(text: Any, number: int) -> int:
    import pypdfium2.raw as pdfium

    code = int(pdfium.FPDFText_GetUnicode(text, number))
    return code if code < 0xD800 else 0x20 if code < 0xE000 else min(code, 0x10FFFF)


def _letters(text: Iterable[str]) -> _Letters:
    """Return what of a text is the same however it is set: no blanks, hyphens, ligatures or capitals.

    >>> _letters("The ﬁrst-born")
    _Letters(text='thefirstborn', at=[0, 1, 2, 4, 4, 5, 6, 7, 9, 10, 11, 12])
    """
    found = [
        (letter, at)
        for at, character in enumerate(text)
        for letter in unicodedata.normalize("NFKC", character).casefold()
        if letter.isalnum()
    ]
    return _Letters("".join(letter for letter, _ in found), [at for _, at in found])


def _of_rows(there: str, rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the places of the letters of rows, of those that stand there once only."""
    places: list[int] = []
    for texts in rows:
        for text in map(_only_letters, texts):
            if text and there.count(text) == 1:
                places += range(there.index(text), there.index(text) + len(text))
                break
    return places


def _only_letters(text: str) -> str:
    return _letters(text).text


def _of_words(there: str, sought: Sought) -> list[int]:
    """Return the places of the quoted letters, which are looked for with the whole of their paragraph:
    a few of them may stand in several places.
    """
    paragraph = _letters(sought.text)
    wanted = [n for n, at in enumerate(paragraph.at) if sought.start <= at < sought.end]
    placed = _placed(paragraph.text, there)
    places = [placed[n] for n in wanted if n in placed]
    return places if places and len(places) >= HALF * len(wanted) else []


def _placed(text: str, there: str) -> dict[int, int]:
    """Return where letters of `text` are in `there`, in long pieces, which a page may have in any order."""
    placed: dict[int, int] = {}
    at = after = 0
    while at < len(text):
        piece = text[at : at + LEAST]
        if len(piece) < LEAST and not placed and at:
            break
        start = _place(piece, there, after, alone=at == 0)
        if start < 0:
            at += 1
            continue
        length = 0
        while at + length < len(text) and there[start + length : start + length + 1] == text[at + length]:
            length += 1
        placed |= {at + n: start + n for n in range(length)}
        at, after = at + length, start + length
    return placed


def _place(piece: str, there: str, after: int, *, alone: bool) -> int:
    """Return where a piece stands, best after those before it; -1 where that is nowhere, or may be chance."""
    if len(piece) < LEAST:
        if alone:
            return there.find(piece) if there.count(piece) == 1 else -1
        return there.find(piece, after, after + len(piece) + LEAST)
    start = there.find(piece, after)
    return start if start >= 0 else there.find(piece)


def _corners(page: Any, text: Any, numbers: Sequence[int]) -> Iterator[Corners]:
    """Yield the boxes around characters, one for each piece of a line."""
    box: tuple[float, float, float, float] | None = None
    for left, bottom, right, top in (text.get_charbox(number) for number in dict.fromkeys(numbers)):
        if box and _follows(box, (left, bottom, right, top)):
            box = min(box[0], left), min(box[1], bottom), max(box[2], right), max(box[3], top)
            continue
        if box:
            yield _seen(page, box)
        box = left, bottom, right, top
    if box:
        yield _seen(page, box)


def _follows(box: Sequence[float], letter: Sequence[float]) -> bool:
    height = max(min(box[3] - box[1], letter[3] - letter[1]), 1.0)
    common = min(box[3], letter[3]) - max(box[1], letter[1])
    return common > SAME_LINE * height and -height < letter[0] - box[2] < APART * height


def _seen(page: Any, box: Sequence[float]) -> Corners:
    """Return where a box of a page, which may be turned or cut, is on its picture; a little larger."""
    import ctypes

    import pypdfium2.raw as pdfium

    left, bottom, right, top = box
    x, y = ctypes.c_int(), ctypes.c_int()

    def corner(at: tuple[float, float]) -> Corner:
        pdfium.FPDF_PageToDevice(page, 0, 0, 10_000, 10_000, 0, *at, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    ends = [corner((left - 1, top + 1)), corner((right + 1, bottom - 1))]
    (first, last), (upper, lower) = (sorted(side) for side in zip(*ends, strict=True))
    return (first, upper), (last, upper), (last, lower), (first, lower)
