from __future__ import annotations

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import csv, table
from footnote.ingest.readers.document import Document
from tests.rows import seen


def read(data: bytes) -> Document:
    return seen(csv.read(data))


def lines(data: str) -> list[str]:
    return [line for _, text in read(data.encode()).paragraphs for line in text.split("\n")]


def test_each_row_is_a_line_with_the_heads_of_its_cells():
    assert lines("Day,Samples,Positive\n5,90,79\n6,,81\n") == [
        "Day 5: Samples 90, Positive 79.",
        "Day 6: Positive 81.",
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_by_the_rows(separator):
    assert lines(f"Crop{separator}2023\r\nRye{separator}171\r\nHops{separator}940\r\n") == [
        "Crop Rye: 2023 171.", "Crop Hops: 2023 940.",
    ]  # fmt: skip


def test_quoted_cells_may_hold_separators_quotes_and_lines():
    assert lines('Crop;Said\n"Rye; ""winter""";"dear\nand late"\n') == [
        'Crop Rye; "winter": Said dear and late.'
    ]


def test_decimal_commas_do_not_part_cells():
    assert lines("Crop;2023;2024\nRye;1,5;1,6\nHops;9,4;9,5\n") == [
        "Crop Rye: 2023 1,5, 2024 1,6.",
        "Crop Hops: 2023 9,4, 2024 9,5.",
    ]


@pytest.mark.parametrize(
    ("data", "first"),
    [
        ("1,2\n3,4\n", "1 | 2"),
        ("Rye,Rye\n1,2\n", "Rye | Rye"),
        ("Rye\nHops\n", "Rye"),
        ("Rye,171\n", "Rye | 171"),
    ],
)
def test_a_first_row_that_names_no_columns_is_a_row_like_the_others(data, first):
    assert lines(data)[0] == first


def test_what_stands_above_and_below_the_table_is_text():
    assert read(b"Prices at the gate,,\n,,\nCrop,2023,2024\nRye,171,186\nWithout tax.,,\n").paragraphs == (
        ("", "Prices at the gate"), ("", "Crop Rye: 2023 171, 2024 186.\nWithout tax."),
    )  # fmt: skip


def test_a_long_table_is_cut_between_rows_into_paragraphs_of_a_bounded_size():
    rows = "".join(f"{n},{n * 7}\n" for n in range(500))
    found = read(f"Day,Samples\n{rows}".encode()).paragraphs
    assert len(found) > 1
    assert max(len(text) for _, text in found) < 1.1 * table.LONGEST
    assert [line for _, text in found for line in text.split("\n")] == [
        f"Day {n}: Samples {n * 7}." for n in range(500)
    ]


def test_rows_that_an_article_cannot_hold_are_left_out_and_told(monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 3)
    found = read(b"Day,Samples\n1,2\n2,3\n3,4\n")
    assert found.paragraphs == (("", "Day 1: Samples 2.\nDay 2: Samples 3."),)
    assert found.warnings == ("Only the first 3 rows were read.",)


def test_a_cell_without_end_is_refused():
    with pytest.raises(UnreadableSource, match="told apart"):
        read(b'Crop,"' + b"rye " * 99_999)


def test_an_encoding_that_had_to_be_guessed_is_told():
    found = read("Town,Café\nŽatec,5\nPlzeň,7\n".encode("cp1250"))
    assert any("was read as" in warning for warning in found.warnings)
