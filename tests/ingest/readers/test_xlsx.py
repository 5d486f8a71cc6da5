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


def test_a_cell_in_the_last_row_of_all_takes_no_time(book):
    book.active["XFD1048576"] = 3
    found = read(book)
    assert len(found.paragraphs) == 1
    assert found.warnings == ("Only the first 50,000 rows of a sheet were read.",)
