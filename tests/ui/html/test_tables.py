from __future__ import annotations

from footnote.ingest.readers.table import in_words
from footnote.ui.html.tables import ShownLines, ShownTable, shown


def cells(table: ShownTable) -> list[list[str]]:
    return [["".join(piece.text for piece in cell.pieces) for cell in row.cells] for row in table.rows]


def test_rows_stand_under_their_heads_again_and_an_empty_cell_moves_no_other():
    grid = [
        ("Day", "Tests", "Ill", "Note"),
        ("5", "", "79", ""),
        ("6", "95", "81", "late"),
        ("7", "80", "", ""),
    ]
    (table,) = shown("\n".join(in_words(grid)))
    assert table.heads == grid[0]
    assert cells(table) == [list(row) for row in grid[1:]]


def test_what_stands_above_and_between_rows_stays_text():
    rows = list(in_words([("Day", "Ill"), ("5", "79")]))
    above, table, below = shown("\n".join(["A caption.", *rows, "Without Sunday."]))
    assert isinstance(above, ShownLines)
    assert isinstance(table, ShownTable)
    assert below == ShownLines(shown("Without Sunday.")[0].pieces)


def test_the_cited_row_alone_is_marked_and_the_cell_that_answers_in_it():
    text = "\n".join(in_words([("Day", "Tests", "Ill"), ("5", "90", "79"), ("6", "90", "79")]))
    start = text.index("\n") + 1
    at = text.rindex("79")
    (table,) = shown(text, (start, len(text)), (at, at + 2))
    assert [row.quoted for row in table.rows] == [False, True]
    assert [[cell.answers for cell in row.cells] for row in table.rows] == [[False] * 3, [False, False, True]]


def test_nothing_of_a_text_is_lost_however_it_is_marked():
    (lines,) = shown("One two three.", (4, 7), (5, 6))
    assert "".join(piece.text for piece in lines.pieces) == "One two three."
    assert [(piece.text, piece.kind) for piece in lines.pieces if piece.kind] == [
        ("t", "quote"),
        ("w", "answer"),
        ("o", "quote"),
    ]
