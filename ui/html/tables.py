"""A paragraph as the reader shows it: lines of text, and rows of a table put under their heads again.

Each is cut where the quoted words or the answer in them begin and end, so that they can be marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from footnote.ingest.text.cells import cells_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.ingest.text.cells import RowCell

Span = tuple[int, int]
Column = tuple[str, int]  # a head, and the how manieth column of a row that has it
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text: words of the quote, the answer in it, or neither (`kind` is empty)."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell under its head; `answers` where the answer stands in it."""

    pieces: tuple[Piece, ...] = ()
    answers: bool = False


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with a cell for each column of its table; `quoted` where the quote is of it."""

    cells: tuple[ShownCell, ...]
    quoted: bool


@dataclass(frozen=True, slots=True)
class ShownTable:
    """Rows that follow each other, and the heads of their columns; no heads where none has one."""

    heads: tuple[str, ...]
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class ShownLines:
    """Lines of text."""

    pieces: tuple[Piece, ...]


Shown = ShownLines | ShownTable


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    cells: tuple[RowCell, ...]


def shown(text: str, quote: Span = NOWHERE, answer: Span = NOWHERE) -> tuple[Shown, ...]:
    r"""Return what a paragraph is shown as; `quote` and `answer` are characters of it.

    >>> from footnote.ingest.text.cells import NEXT_CELL, OF_CELL
    >>> lines, table = shown(f"Tests.\nDay{OF_CELL}5:{NEXT_CELL}Ill{OF_CELL}79.", (7, 20), (18, 20))
    >>> lines.pieces, table.heads
    ((Piece(text='Tests.', kind=''),), ('Day', 'Ill'))
    >>> [(row.quoted, [cell.answers for cell in row.cells]) for row in table.rows]
    [(True, [False, True])]
    """
    found: list[Shown] = []
    for is_table, group in groupby(_lines(text), key=lambda line: bool(line.cells)):
        lines = list(group)
        if is_table:
            found.append(_table(lines, quote, answer))
            continue
        start, end = lines[0].start, lines[-1].start + len(lines[-1].text)
        found.append(ShownLines(_pieces(text[start:end], start, quote, answer)))
    return tuple(found)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield _Line(line, start, cells_of(line))
        start += len(line) + 1


def _table(lines: Sequence[_Line], quote: Span, answer: Span) -> ShownTable:
    rows = [dict(_by_column(line.cells)) for line in lines]
    columns = _columns(rows)
    return ShownTable(
        tuple(head for head, _ in columns) if any(head for head, _ in columns) else (),
        tuple(_row(line, cells, columns, quote, answer) for line, cells in zip(lines, rows, strict=True)),
    )


def _by_column(cells: Iterable[RowCell]) -> Iterator[tuple[Column, RowCell]]:
    count: dict[str, int] = {}
    for cell in cells:
        count[cell.head] = count.get(cell.head, -1) + 1
        yield (cell.head, count[cell.head]), cell


def _columns(rows: Iterable[Iterable[Column]]) -> list[Column]:
    """Return the columns of all rows in order: empty cells are not told, so that none need have them all."""
    found: list[Column] = []
    for row in rows:
        at = 0
        for column in row:
            if column not in found:
                found.insert(at, column)
            at = found.index(column) + 1
    return found


def _row(
    line: _Line, cells: dict[Column, RowCell], columns: Iterable[Column], quote: Span, answer: Span
) -> ShownRow:
    def shown_cell(cell: RowCell | None) -> ShownCell:
        if cell is None:
            return ShownCell()
        start = line.start + cell.start
        pieces = _pieces(cell.text, start, NOWHERE, answer)
        return ShownCell(pieces, any(piece.kind for piece in pieces))

    quoted = _meet(quote, (line.start, line.start + len(line.text)))
    return ShownRow(tuple(shown_cell(cells.get(column)) for column in columns), quoted)


def _meet(one: Span, other: Span) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def _pieces(text: str, start: int, quote: Span, answer: Span) -> tuple[Piece, ...]:
    """Return `text`, which begins at character `start` of its paragraph, cut where what is marked is."""
    end = start + len(text)
    cuts = sorted({start, end, *(min(max(at, start), end) for at in (*quote, *answer))})
    return tuple(Piece(text[a - start : b - start], _kind((a, b), quote, answer)) for a, b in pairwise(cuts))


def _kind(span: Span, quote: Span, answer: Span) -> str:
    return "answer" if _meet(span, answer) else "quote" if _meet(span, quote) else ""
