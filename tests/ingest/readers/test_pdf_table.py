"""Tables that are read cell by cell, and those of which no value may come under a wrong head."""

from __future__ import annotations

import pytest
from fpdf import FPDF

from footnote.ingest.readers.pdf import read
from tests.rows import seen

WORDS = (
    "The farmers of Ebbe keep a book of what they bring in. It lies in the mill, and whoever wants to may look into it "
    "on Sundays after church, when the miller is at home."
)
CROPS = [("Crop", "2022", "2023", "2024"), ("Rye", "171", "186", "190"), ("Oats", "88", "92", "75"), ("Hops", "940", "905", "1,012"), ("Barley", "64", "70", "71")]  # fmt: skip
TEXTS = [("Village", "Teacher", "Pupils"), ("Ebbe", "Anna Holm", "41"), ("Sallow", "Tom Brackett", "17"), ("Fenny Lane", "Ida Quill", "108"), ("Aldermill", "Mr Oduya", "63")]  # fmt: skip
GAPS = [("Month", "Rain (mm)", "Frost", "Visitors"), ("January", "71", "19", "1,204"), ("February", "", "22", "980"), ("March", "45", "", "1,500"), ("April", "50", "3", "")]  # fmt: skip
LONG = [("Firm", "What it offers", "Price"), ("Holm & Co", "The oak posts stay and are tarred anew, the stone is laid dry", "48,000"), ("Vasley", "All is taken out and made of concrete", "31,500"), ("Teal Works", "A weir of larch with a pass for eels beside it", "52,250")]  # fmt: skip


def page() -> FPDF:
    made = FPDF()
    made.add_page()
    made.set_font("Times", size=11)
    made.multi_cell(0, 6, WORDS, new_x="LMARGIN", new_y="NEXT")
    made.ln(4)
    return made


def finished(made: FPDF) -> list[str]:
    """Return the lines of what is read of a page, which ends with a paragraph."""
    made.ln(4)
    made.multi_cell(0, 6, WORDS, new_x="LMARGIN", new_y="NEXT")
    found = [text for _, text in seen(read(bytes(made.output()))).paragraphs]
    assert found[0] == found[-1] == WORDS
    return [line for text in found[1:-1] for line in text.split("\n")]


def ruled(rows, **how) -> list[str]:
    made = page()
    with made.table(**how) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    return finished(made)


def aligned(rows, widths, align="L") -> list[str]:
    made = page()
    for row in rows:
        for n, (cell, width) in enumerate(zip(row, widths, strict=True)):
            made.cell(width, 6, cell, align=align if n else "L")
        made.ln(6)
    return finished(made)


def said(rows) -> list[str]:
    """Return what `in_words` makes of a table with heads."""
    heads = rows[0]
    return [
        f"{heads[0]} {row[0]}: "
        + ", ".join(f"{head} {cell}" for head, cell in zip(heads[1:], row[1:], strict=True) if cell)
        + "."
        for row in rows[1:]
    ]


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (ruled, CROPS),
        (ruled, TEXTS),
        (ruled, GAPS),
        (lambda rows: ruled(rows, col_widths=(25, 40, 15)), LONG),
        (lambda rows: ruled(rows, borders_layout="SINGLE_TOP_LINE", align="CENTER"), CROPS),
        (lambda rows: aligned(rows, (40, 25, 25, 25)), CROPS),
        (lambda rows: aligned(rows, (40, 25, 25, 25), "R"), CROPS),
        (lambda rows: aligned(rows, (40, 30, 25, 30), "R"), GAPS),
        (lambda rows: aligned(rows, (45, 50, 20)), TEXTS),
    ],
)
def test_each_row_is_read_with_the_heads_of_its_columns(make, rows):
    assert make(rows) == said(rows)


@pytest.mark.parametrize(
    ("rows", "widths"),
    [
        (CROPS[1:], (40, 25, 25, 25)),
        ([("Holm", "1950", "1990"), ("Prior", "1961", "2004"), ("Itoh", "1975", "1999")], (40, 25, 25)),
        ([("Mill", "1874", "1931"), ("Weir", "12", "64"), ("Lock", "30", "88")], (40, 25, 25)),
        ([("", "Yield", "", "Price", ""), ("Crop", "2023", "2024", "2023", "2024"), ("Rye", "171", "186", "9", "11"), ("Oats", "88", "92", "7", "8")], (35, 22, 22, 22, 22)),
        ([("Crop", "2023", "2024"), ("North", "", ""), ("Rye", "171", "186"), ("Oats", "88", "92"), ("South", "", ""), ("Rye", "11", "12")], (40, 25, 25)),
        ([("Village", "Crop", "Tons"), ("Ebbe", "Rye", "171"), ("", "Oats", "88"), ("Sallow", "Rye", "60")], (40, 25, 25)),
        ([("Crop", "Area", "Yield"), ("", "(ha)", "(t)"), ("Rye", "17", "186"), ("Oats", "88", "92")], (40, 25, 25)),
    ],
    ids=["no heads", "years below", "years in a row", "spanning", "groups", "empty first", "units"],
)  # fmt: skip
def test_where_the_heads_are_not_sure_no_value_is_put_under_one_and_nothing_is_lost(rows, widths):
    found = aligned(rows, widths)
    assert not any(":" in line for line in found)
    assert sorted(" ".join(found).replace("|", " ").replace("–", " ").split()) == sorted(" ".join(" ".join(row) for row in rows).split())  # fmt: skip


@pytest.mark.parametrize("widths", [(25, 20, 15), (12, 30, 30)])
def test_cells_of_several_lines_are_read_whole_or_as_running_text(widths):
    found = " ".join(ruled(LONG, col_widths=widths))
    assert "31,500" in found
    assert "Vasley: What it offers 48,000" not in found
    assert not any(wrong in found for wrong in ("Price 48,000, Price", "Firm Vasley: Price 48,000", "Firm Holm & Co: Price 31,500"))  # fmt: skip


def test_a_table_goes_on_over_the_page_without_taking_a_row_for_heads():
    made = page()
    made.set_y(255)
    for row in CROPS:
        for cell in row:
            made.cell(30, 8, cell)
        made.ln(8)
    found = finished(made)
    assert "Crop Rye: 2022 171, 2023 186, 2024 190." in found or any("Rye | 171" in line or "Rye 171" in line for line in found)  # fmt: skip
    assert not any(line.startswith(("Rye Barley:", "Oats Barley:", "Hops Barley:")) for line in found)
