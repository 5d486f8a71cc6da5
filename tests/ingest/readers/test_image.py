"""Pictures read by OCR, in a confined process and out of it; `tests/scans.py` makes the pages."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from footnote.ingest import readers, sandbox
from footnote.ingest.documents import read_bytes
from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import image, ocr
from footnote.ingest.readers.document import Document
from footnote.ingest.readers.format import Part
from tests import scans
from tests.rows import seen


def read(data: bytes, form: str = "image") -> Document:
    """Read as a library does: by a child that is confined."""
    (part,) = sandbox.read(form, data)
    assert isinstance(part.document, Document), part.document
    return part.document


def words(document: Document) -> str:
    return " ".join([document.title, *(text for _, text in document.paragraphs)])


def strip(text: str = "Eels climb the weir in May.") -> Image.Image:
    """Return a picture of one line, which is read in a second."""
    return scans.drawn(scans.page((text,), title=""), 150).crop((0, 0, 700, 220))


@pytest.mark.slow
@pytest.mark.parametrize("name", scans.PAGES)
def test_a_page_is_read_in_the_order_of_a_reader(name):
    scan = scans.PAGES[name]()
    found = read(scan.picture)
    assert scans.right(words(found), scan.words) > 0.99
    assert len(found.paragraphs) in {
        len(scans.STORY),
        len(scans.STORY) + 1,
    }  # a title is not always seen as one
    assert not any("hard to read" in warning for warning in found.warnings)


def test_the_measure_of_characters_can_fail():
    # In the order of the heights on the page, two columns read as 36% right.
    assert scans.right(" ".join(reversed(scans.STORY)), " ".join(scans.STORY)) < 0.5
    assert scans.right("", "words") == 0
    assert scans.right("WORDS", "words") == 0


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_head_is_turned_and_its_places_are_those_of_the_picture(degrees):
    upright = strip()
    found = read(scans.encoded(upright.rotate(degrees, expand=True)))
    assert found.paragraphs[0][1] == "Eels climb the weir in May."
    (line,) = found.scans[0]
    left, top = line[2:4]
    (straight,) = read(scans.encoded(upright)).scans[0]
    x, y = straight[2:4]
    wanted = {90: (y, 10_000 - x), 180: (10_000 - x, 10_000 - y), 270: (10_000 - y, x)}[degrees]
    assert abs(left - wanted[0]) < 300
    assert abs(top - wanted[1]) < 300


def test_each_line_of_a_paragraph_has_its_place_on_the_picture():
    text = "Eels climb the weir in May. " * 6
    picture = scans.drawn(scans.page((text.strip(),), title=""), 150).crop((0, 0, 1241, 300))
    found = read(scans.encoded(picture))
    (paragraph,) = (text for _, text in found.paragraphs)
    (scan,) = found.scans
    assert len(scan) == 2
    assert scan[0][0] == 0
    assert scan[-1][1] == len(paragraph)
    assert all(a[1] <= b[0] for a, b in pairwise(scan))
    tops = [line[3] for line in scan]
    assert tops == sorted(tops)
    assert all(len(line) == 10 and min(line[2:]) >= 0 and max(line[2:]) <= 10_000 for line in scan)


@pytest.mark.parametrize(
    ("kind", "suffix"), [("PNG", "png"), ("JPEG", "jpg"), ("TIFF", "tif"), ("WEBP", "webp")]
)
def test_every_kind_of_picture_is_known_by_its_content_and_read(kind, suffix):
    (article,) = read_bytes(scans.encoded(strip(), kind), f"eels.{suffix}")
    assert article.text == "Eels climb the weir in May."
    assert article.paragraphs[0].scan
    assert readers.format_of("wrong.txt", scans.encoded(strip(), kind)) == "image"


def test_a_tiff_of_several_pages_is_one_article_with_pages():
    held = BytesIO()
    strip("The first page.").save(
        held, "TIFF", save_all=True, append_images=[strip("And then the second page.")]
    )
    found = read(held.getvalue())
    assert [text for _, text in found.paragraphs] == ["The first page.", "And then the second page."]
    assert found.pages == (1, 2)


def test_a_scanned_page_of_a_pdf_is_read_beside_those_with_text():
    from fpdf import FPDF

    paper = FPDF()
    paper.add_page()
    paper.set_font("Times", size=12)
    paper.multi_cell(
        0, 6, "The tower of owls was built in 1955, and nobody has counted the owls in it since then."
    )
    paper.add_page()
    paper.image(strip(), w=190)
    found = read(bytes(paper.output()), "pdf")
    assert [text for _, text in found.paragraphs][-1] == "Eels climb the weir in May."
    assert found.pages == (1, 2)
    assert [bool(scan) for scan in found.scans] == [False, True]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (scans.encoded(Image.new("RGB", (300, 200), "white")), "no words"),
        (scans.encoded(Image.new("1", (9_000, 9_000))), "million pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"nothing" * 20, "picture"),
        (scans.encoded(strip())[:900], "damaged"),
        (b"\xff\xd8\xff\xe0 no picture", "picture"),
    ],
    ids=["blank", "bomb", "noise", "cut", "marks"],
)
def test_what_cannot_be_read_says_so(data, why):
    (part,) = sandbox.read("image", data)
    assert isinstance(part.document, str)
    assert why in part.document


def test_without_the_extra_a_picture_and_a_scan_say_how_to_get_it(monkeypatch):
    from tests.hostile_files import scanned_pdf

    monkeypatch.setattr(ocr, "is_there", lambda: False)
    for form, data in (("image", scans.encoded(strip())), ("pdf", scanned_pdf())):
        with pytest.raises(UnreadableSource, match=r"pip install 'footnote\[ocr\]'"):
            list(readers.read(form, data))


def test_lines_that_are_hard_to_read_are_counted_aloud():
    assert image.hard(0, 9) == ()
    assert image.hard(2, 9) == ("2 of 9 lines were hard to read by OCR; compare them with the picture.",)


def test_what_is_read_outside_a_child_is_the_same():
    *_, part = readers.read("image", scans.encoded(strip()))
    assert isinstance(part, Part)
    assert part.document == read(scans.encoded(strip()))


@pytest.mark.slow
def test_columns_of_three_lines_are_read_one_after_the_other():
    story = (
        "The lamp of Gull Rock was lit in October 1862 and burns 900 litres of oil in a year.",
        "Its keeper, Elspeth Moar, climbs 211 steps to it and says that silence is worse than the horn.",
    )
    found = read(scans.encoded(scans.drawn(scans.page(story, columns=2, size=12, title="Gull Rock"))))
    assert scans.right(words(found), " ".join(("Gull Rock", *story))) > 0.98


@pytest.mark.slow
def test_a_table_is_read_row_by_row_with_the_heads_of_its_columns_and_each_row_has_its_place():
    from fpdf import FPDF

    paper = FPDF()
    paper.add_page()
    paper.set_font("Times", size=12)
    fees = (("Item", "Spring", "Summer"), ("Tent", "12.00", "15.00"), ("Caravan", "19.50", "24.00"), ("Boat", "8.00", "9.50"))  # fmt: skip
    for n, row in enumerate(fees):
        for x, cell in zip((20, 80, 130), row, strict=True):
            paper.text(x, 30 + 9 * n, cell)
    found = read(scans.encoded(scans.tilted(scans.drawn(bytes(paper.output())), 2)))
    assert seen(found).paragraphs == (
        ("", "Item Tent: Spring 12.00, Summer 15.00.\nItem Caravan: Spring 19.50, Summer 24.00.\n"
             "Item Boat: Spring 8.00, Summer 9.50."),
    )  # fmt: skip
    (scan,) = found.scans
    tops = [line[3] for line in scan]
    assert len(tops) == 3
    assert tops == sorted(tops)
    assert tops[0] > 1_200  # below the heads, which are in no place of their own
