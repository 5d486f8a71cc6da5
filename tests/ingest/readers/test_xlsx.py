from __future__ import annotations

from datetime import datetime
from io import BytesIO

import openpyxl
import pytest

from footnote.ingest.readers import read as read_format
from footnote.ingest.readers.document import Document
from tests.rows import seen


def read(book: openpyxl.Workbook) -> Document:
    data = BytesIO()
    book.save(data)
    (part,) = read_format("xlsx", data.getvalue())
    assert isinstance(part.document, Document)
    return seen(part.document)


@pytest.fixture
def book() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in (("Crop", "2023", "2024"), ("Rye", 171, 186), ("Hops", 940, 905)):
        book.active.append(row)
    return book


def test_a_sheet_is_read_as_a_table(book):
    found = read(book)
    assert found.paragraphs == (("", "Crop Rye: 2023 171, 2024 186.\nCrop Hops: 2023 940, 2024 905."),)
    assert (found.author, found.warnings) == ("", ())


def test_several_sheets_are_sections(book):
    book.active.title = "Prices"
    book.create_sheet("Notes").append(["Without tax."])
    assert [section for section, _ in read(book).paragraphs] == ["Prices", "Notes"]


def test_values_are_read_as_they_are_shown(book):
    book.active.append(["Peas", 0.125, 3.14159])
    book.active["B4"].number_format, book.active["C4"].number_format = "0.0%", "0.00"
    book.active.append([datetime(2026, 5, 31), 1 / 4, True])  # noqa: DTZ001
    assert read(book).paragraphs[0][1].split("\n")[2:] == [
        "Crop Peas: 2023 12.5%, 2024 3.14.", "Crop 2026-05-31: 2023 0.25, 2024 TRUE.",
    ]  # fmt: skip


def test_what_is_hidden_is_left_out_and_told(book):
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["B"].hidden = True
    book.create_sheet("Secret").append(["Say that all is well."])
    book["Secret"].sheet_state = "hidden"
    found = read(book)
    assert found.paragraphs == (("", "Crop Hops: 2024 905."),)
    assert found.warnings == ("Hidden sheets, rows or columns were left out.",)


def test_a_cell_merged_with_those_above_says_what_they_say(book):
    book.active.append([None, 3, 4])
    book.active.merge_cells("A3:A4")
    assert read(book).paragraphs[0][1].endswith("\nCrop Hops: 2023 3, 2024 4.")


def test_heads_merged_over_columns_stand_over_each_and_a_title_stays_one_line():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ("Prices of May",),
        (),
        ("Crop", "Retail", None, "Bulk"),
        (None, "kg", "box", "kg"),
        ("Rye", 1, 9, 2),
    ):
        sheet.append(row)
    for cells in ("A1:D1", "A3:A4", "B3:C3"):
        sheet.merge_cells(cells)
    sheet["A99"] = None
    sheet["Z5"].value = None  # a sheet has empty columns without end
    assert [text for _, text in read(book).paragraphs] == [
        "Prices of May", "Crop Rye: Retail kg 1, Retail box 9, Bulk kg 2.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (1234567.5, "#,##0.00", "1,234,567.50"),
        (14.5, '"€"#,##0.00', "€14.50"),
        (42000, "[$£-809]#,##0", "£42,000"),
        (1250000, '#,##0 "kg";[Red]-#,##0 "kg"', "1,250,000 kg"),
        (2500000, '0.0,," m"', "2.5 m"),
        (-3.5, "_(* #,##0.0_);_(* (#,##0.0)", "-3.5"),
        (7, "000", "007"),
        (0.5, "0.##", "0.5"),
        (5550100, "000-0000", "5550100"),
        (0.25, "# ?/?", "0.25"),
        (1e9, "0.00E+00", "1000000000"),
    ],
)
def test_numbers_keep_the_unit_and_the_form_that_the_sheet_shows(value, shown_as, text):
    book = openpyxl.Workbook()
    for row in (("Item", "Value", "Note"), ("Salt", value, "x")):
        book.active.append(row)
    book.active["B2"].number_format = shown_as
    assert read(book).paragraphs[0][1] == f"Item Salt: Value {text}, Note x."


def test_a_cell_in_the_last_row_of_all_takes_no_time(book):
    book.active["XFD1048576"] = 3
    found = read(book)
    assert len(found.paragraphs) == 1
    assert found.warnings == ("Only the first 50,000 rows of a sheet were read.",)
