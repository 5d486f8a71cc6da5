"""Tables on a PDF page: rows whose pieces stand under one another, read with the heads of their columns.

Rulings are not needed: pieces are told apart by where they begin. On the nine tables of test_pdf_table.py, on
which it was made, it gives 88 of 88 cells; pdfplumber gives the 35 of the four that are ruled, and brings
three packages. On the ten there that are made to mislead, it puts no value under a wrong head.
What may be misread stays the text that it was: a value under a wrong head is worse than none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.readers import table
from footnote.ingest.readers.document import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.ingest.readers.pdf_line import Line

# How wide letters are, in parts of the size, about (those of Times): pieces have no ends in a PDF.
WIDTHS = {
    **dict.fromkeys(" ijlt.,:;'|!()[]fI", 0.28),
    **dict.fromkeys("rsJ-", 0.36),
    **dict.fromkeys("acez", 0.44),
    **dict.fromkeys("mwMW%", 0.8),
}
LETTER, CAPITAL = 0.5, 0.67
LEAST_ROWS = 3
MOST_ROWS = 400  # of a page
SAME_LINE = 0.4  # of the size: pieces on one height
NEXT_ROW = 4.0  # times the size at most from one row to the next
WRAPPED = 1.3  # times the size: a row so near below another may be the rest of a cell
GAP = 0.6  # of the size at least between two pieces that are two cells
LONG_CELL = 80  # characters; a column of text has longer ones
FAR = 10  # years between two heads at most; what is farther apart may be the values of a row
YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[/–-]\d\d(?:\d\d)?)?")


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    x: float
    end: float


@dataclass(frozen=True, slots=True)
class _Row:
    first: Line
    cells: tuple[_Cell, ...]
    runs: frozenset[int]  # which of the page's runs it is made of


def with_tables(runs: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the runs of a page with each table's rows in words, where its first row stood."""
    rows = _rows(runs)
    said: dict[int, list[list[Line]]] = {}
    gone: set[int] = set()
    for number, found in enumerate(_regions(rows), start=1):
        grid = _grid(found)
        used = set().union(*(row.runs for row in found))
        if grid is None or any(row.runs & used for row in rows if row not in found):
            continue
        texts = _texts(grid)
        lines = [
            replace(row.first, text=text, table=number)
            for row, text in zip(found[-len(texts) :], texts, strict=False)  # heads stand in each row
        ]
        said[min(used)] = [[line] for line in lines]
        gone |= used
    kept: list[list[Line]] = []
    for number, run in enumerate(runs):
        kept += said.get(number, [])
        if number not in gone:
            kept.append(list(run))
    return kept


def _texts(grid: Sequence[Sequence[str]]) -> list[str]:
    if _has_heads(grid):
        return list(table.in_words(grid))
    return [" | ".join(cell or "–" for cell in row) for row in grid]


def _rows(runs: Sequence[Sequence[Line]]) -> list[_Row]:
    """Return what stands on one height, from the top."""
    parts = [(part, n) for n, run in enumerate(runs) for part in run if part.text.strip()]
    parts.sort(key=lambda found: -found[0].y)
    rows: list[list[tuple[Line, int]]] = []
    for part, number in parts:
        if rows and rows[-1][0][0].y - part.y < SAME_LINE * part.size:
            rows[-1].append((part, number))
        else:
            rows.append([(part, number)])
    ordered = [sorted(row, key=lambda found: found[0].x) for row in rows]
    clear = Counter(round(cell.x) for row in ordered for cell in _row(row, frozenset()).cells[1:])
    starts = frozenset(x for x, count in clear.items() if count > 1)
    return [_row(row, starts) for row in ordered]


def _row(parts: Sequence[tuple[Line, int]], starts: frozenset[int]) -> _Row:
    """Return pieces of one height as cells; one that fills its column ends where others' next begin."""
    cells: list[_Cell] = []
    for n, (part, _) in enumerate(parts):
        text = tidy(part.text)
        end = part.x + part.size * sum(map(_width, text))
        if n + 1 < len(parts):
            end = min(end, parts[n + 1][0].x)
        if cells and part.x - cells[-1].end < GAP * part.size and round(part.x) not in starts:
            cells[-1] = _Cell(f"{cells[-1].text} {text}", cells[-1].x, end)
        else:
            cells.append(_Cell(text, part.x, end))
    return _Row(parts[0][0], tuple(cells), frozenset(number for _, number in parts))


def _width(letter: str) -> float:
    return WIDTHS.get(letter, CAPITAL if letter.isupper() else LETTER)


def _regions(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield rows of several cells that follow each other closely."""
    held: list[_Row] = []
    for row in rows:
        near = held and held[-1].first.y - row.first.y < NEXT_ROW * max(row.first.size, 1.0)
        if held and (len(row.cells) < 2 or not near):
            yield from [held] if LEAST_ROWS <= len(held) <= MOST_ROWS else []
            held = []
        if len(row.cells) > 1:
            held.append(row)
    yield from [held] if LEAST_ROWS <= len(held) <= MOST_ROWS else []


def _grid(rows: Sequence[_Row]) -> list[list[str]] | None:
    """Return the cells of a table by row and column; None when it is none, or it is not clear which it is."""
    bands: list[tuple[float, float]] = []
    for cell in sorted((cell for row in rows for cell in row.cells), key=lambda cell: cell.x):
        if bands and cell.x < bands[-1][1]:
            bands[-1] = (bands[-1][0], max(bands[-1][1], cell.end))
        else:
            bands.append((cell.x, cell.end))
    grid: list[list[str]] = []
    for row in rows:
        cells = [""] * len(bands)
        for cell in row.cells:
            place = max(n for n, (start, _) in enumerate(bands) if start <= cell.x)
            if cells[place]:
                return None
            cells[place] = cell.text
        grid.append(cells)
    return grid if _is_clear(rows, grid) else None


def _is_clear(rows: Sequence[_Row], grid: Sequence[Sequence[str]]) -> bool:
    """Tell whether every row has its head, none is the rest of another, and cells are no columns of text."""
    steps = [a.first.y - b.first.y for a, b in pairwise(rows)]
    wrapped = min(steps) < WRAPPED * rows[0].first.size and max(steps) > 1.5 * min(steps)
    headed = all(row[0] for row in grid[1:])
    short = all(len(cell) <= LONG_CELL for row in grid for cell in row)
    return headed and short and not wrapped and len(grid[0]) > 1


def _has_heads(grid: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row surely names the columns: it has no figures over figures, but years."""
    first, *others = grid
    if not all(first[1:]) or not table.has_heads(grid):
        return False
    figures = 0
    for head, *column in zip(first, *others, strict=True):
        filled = [cell for cell in column if cell]
        if filled and all(map(_is_figure, filled)):
            figures += 1
            if _is_figure(head) and all(map(YEAR.fullmatch, filled)):
                return False
        elif _is_figure(head):
            return False
    return figures > 0 and _are_years([head for head in first if _is_figure(head)])


def _are_years(heads: Sequence[str]) -> bool:
    """Tell whether heads that are figures are years of a series."""
    if not all(map(YEAR.fullmatch, heads)):
        return False
    return all(0 < abs(int(a[:4]) - int(b[:4])) <= FAR for a, b in pairwise(heads))


def _is_figure(cell: str) -> bool:
    return table.NUMBER.fullmatch(cell) is not None
