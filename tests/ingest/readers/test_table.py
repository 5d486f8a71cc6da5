from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import csv, html_table, markup, table
from footnote.ingest.readers.document import tidy
from footnote.ingest.readers.table import Cell
from footnote.ingest.text.cells import cells_of
from tests.rows import seen

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Document


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


def test_equal_numbers_in_a_row_are_no_line_of_its_own():
    assert lines("Day,Samples\n0,0\n1,7\n")[0] == "Day 0: Samples 0."


def test_a_first_row_of_measures_is_no_row_of_heads():
    assert lines("Monday,9-17\nSunday,10-12\n") == ["Monday: 9-17.", "Sunday: 10-12."]
    assert lines("Crop,1,2,3\nRye,4,5,6\n") == ["Crop Rye: 1 4, 2 5, 3 6."]


def test_a_cell_over_rows_and_columns_says_the_same_in_each():
    rows = [[Cell("Crop", rows=2), Cell("Price", columns=2)], [Cell("2023"), Cell("2024")], [Cell("Rye"), Cell("171"), Cell("186")]]  # fmt: skip
    assert [" ".join(line.split()) for line in table.in_words(table.spread(rows), heads=2)] == [
        "Crop Rye: Price 2023 171, Price 2024 186."
    ]


@pytest.mark.parametrize(
    ("data", "first"),
    [
        ("Crop,Price,\n,2023,2024\nOats,171,186\n", "Crop Oats: Price 2023 171, Price 2024 186."),
        (",Price,Price\nCrop,2023,2024\nOats,171,186\n", "Crop Oats: Price 2023 171, Price 2024 186."),
        # What may be a row of data is none of heads.
        ("Crop,Said,Said\nOats,good,bad\nRye,bad,good\n", "Crop | Said | Said"),
        (",Said,Said\nOats,good,bad\nRye,bad,good\n", "Said | Said"),
    ],
)
def test_heads_over_several_columns_are_known_by_the_row_below(data, first):
    assert lines(data)[0] == first


def test_pairs_of_many_kinds_tell_of_one_thing_and_those_of_one_kind_of_a_column():
    assert lines("Name,Anna Kolb\nStart,2024-05-01\nPhone,0555 1200\nSalary,£42\n")[0] == "Name: Anna Kolb."
    assert lines("Item,Price\nSalt,12.50\nRye,free\nOats,3\n")[0] == "Item Salt: Price 12.50."
    assert lines("Who,Said\nAnn,dear\nBo,late and dear\nCy,no\n")[0] == "Who Ann: Said dear."


def test_a_first_row_of_the_shape_of_those_below_it_is_none_of_heads():
    rows = [("Midwife", "Rhona Peel, 221"), ("Vet", "Silas Grew, 209"), ("Sweep", "Noor Haddad, 26")]
    assert " ".join(next(table.in_words(rows)).split()) == "Midwife: Rhona Peel, 221."


def test_bold_cells_are_heads_where_a_page_has_no_others():
    heads = "<tr><td><b>Boat</b></td><td><b>Catch</b></td></tr>"
    assert told(f"<table>{heads}<tr><td>Ida</td><td>much</td></tr></table>") == ["Boat Ida: Catch much."]
    pairs = "<tr><td><b>Skipper</b></td><td>Ane Moe</td></tr><tr><td><b>Crew</b></td><td>four</td></tr>"
    assert told(f"<table>{pairs}</table>") == ["Skipper: Ane Moe.", "Crew: four."]
    assert told(f"<table>{heads}{heads.replace('Boat', 'Ida')}</table>") == ["Boat: Catch.", "Ida: Catch."]


def told(page: str) -> list[str]:
    found = html_table.found(markup.parse(page).find(".//table"), lambda cell: "".join(cell.itertext()))
    return [" ".join(line.split()) for line in found.lines()]


def test_a_row_of_one_cell_names_the_rows_below_it_but_no_total():
    rows = [
        ["Item", "2024"],
        ["Income"],
        ["Grants", "7"],
        ["Total", "9"],
        ["Costs"],
        ["Wages", "8"],
        ["No tax."],
    ]
    assert [" ".join(line.split()) for line in table.in_words(rows)] == [
        "Item Grants (Income): 2024 7.",
        "Item Total: 2024 9.",
        "Item Wages (Costs): 2024 8.",
        "No tax.",
    ]


def test_spans_without_end_make_no_table_without_end():
    rows = [[Cell("a", columns=99_999, rows=99_999), Cell("b")]] * 5_000
    assert sum(map(len, table.spread(rows))) <= table.MOST_CELLS + 5_000 * table.MOST_COLUMNS


def test_every_paragraph_of_a_long_table_stands_below_its_caption():
    found = list(table.paragraphs((f"Row {n}." for n in range(500)), "Table 1"))
    assert len(found) > 2
    assert all(text.startswith("Table 1\nRow ") for text in found)


@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=5), min_size=2, max_size=6))
def test_the_cells_of_a_row_are_found_again_where_they_stand(rows):
    told = [[tidy(cell) for cell in row] for row in rows]
    heads, body = told[0], told[1:]
    for line in table.in_words([heads, *body], heads=1):
        for cell in cells_of(line):
            assert line[cell.start : cell.start + len(cell.text)] == cell.text
            assert cell.head in {*heads, ""}


def test_of_no_rows_there_are_no_lines():
    assert list(table.in_words([], heads=2)) == list(table.in_words([])) == []
    assert (
        list(html_table.found(markup.parse("<table><tr></tr></table>").find(".//table"), str).lines()) == []
    )
