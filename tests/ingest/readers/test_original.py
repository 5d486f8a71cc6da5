from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from footnote.ingest import sandbox
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import pdf
from footnote.ingest.readers.original import Wanted, draw
from footnote.ingest.readers.pdf_picture import Sought, found, opened
from tests import scans


@pytest.fixture(scope="module")
def page() -> bytes:
    return scans.page(columns=2, size=10.5)


def wanted(data: bytes, words: str) -> Wanted:
    document = pdf.read(data)
    number, text = next((n, text) for n, (_, text) in enumerate(document.paragraphs) if words in text)
    start = text.index(words)
    return Wanted(document.pages[number], text, start, start + len(words))


def test_the_quoted_words_of_a_pdf_are_boxed_line_by_line_in_their_column(page):
    sought = wanted(page, "Two of them want to keep the oak posts that still stand")
    with opened(page) as document:
        number, boxes = found(document, range(1), Sought(sought.text, sought.start, sought.end))
    assert number == 0
    assert len(boxes) == 2
    assert all(right[0] < 5_000 for _, right, *_ in boxes)
    assert boxes[0][0][1] < boxes[1][0][1]


def test_words_that_are_not_on_the_page_are_not_boxed(page):
    drawn = draw("pdf", page, Wanted(1, "Nobody wrote these words on any page of it.", 0, 20))
    assert drawn.boxes == 0
    assert Image.open(BytesIO(drawn.picture)).format == "JPEG"


def test_a_few_letters_that_stand_there_more_than_once_are_not_boxed(page):
    assert draw("pdf", page, Wanted(1, "the", 0, 3)).boxes == 0


def test_a_scan_is_boxed_where_ocr_read_the_words():
    picture = scans.encoded(Image.new("RGB", (400, 200), "white"))
    line = (0, 10, 1000, 2000, 9000, 2000, 9000, 4000, 1000, 4000)
    drawn = draw("image", picture, Wanted(0, "ten letter", 5, 10, (line,)))
    shown = Image.open(BytesIO(drawn.picture))
    assert (drawn.page, drawn.pages, drawn.boxes, drawn.at) == (1, 1, 1, 2000)
    assert shown.getpixel((300, 60))[2] < 200
    assert min(shown.getpixel((100, 60))) > 240


@pytest.mark.parametrize(
    ("data", "page", "reason"),
    [
        (b"hello", 1, "no pages that can be shown"),
        (b"%PDF-1.4 nothing", 1, "cannot be drawn"),
        (b"\x89PNG\r\n\x1a\nxx", 1, "cannot be drawn"),
        (scans.page(("One.",)), 9, "ends before page 9"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence_from_the_confined_process(data, page, reason):
    with pytest.raises(UnreadableSource, match=reason):
        sandbox.drawn(data, Wanted(page))
