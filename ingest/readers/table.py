"""A table in words: each row with the heads of its columns, as a person reads it aloud.

Two blanks that no cell has in it tell what a head is and what its cell, so that an answer finds it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.readers.document import MOST_TEXT, refuse_size, tidy
from footnote.ingest.text.cells import NEXT_CELL, OF_CELL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.ingest.readers.document import Pair

MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_CELLS = 500_000  # with what one cell stands for in other rows and columns
LONGEST = 1_000  # characters of a paragraph of rows; a citation opens one, and shows the row in it
LONGEST_GROUP = 60  # characters of a line in a table that names the rows below it
NUMBER = re.compile(r"[^\w\s]{0,2}\d[\d\s.,:/–-]*(?:[^\w\s]{1,2}|[^\W\d_]{1,3})?")
YEAR = re.compile(r"[12]\d{3}(?:[/–-]\d{2,4})?")
FIGURES = re.compile(r"\d(?:[\d.,]*\d)?")
WORDS = re.compile(r"[^\W\d_]+(?:\s+[^\W\d_]+)*")
FACTS = 3  # shapes of values at least
STOPS = ".!?…"
OF_ALL = re.compile(r"(?:(?:sub|grand )?totals?|sum|all|overall)\b", re.IGNORECASE)  # the rows above it


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a format gives it: its text, and how many columns and rows it stands in."""

    text: str
    columns: int = 1
    rows: int = 1


def spread(rows: Iterable[Iterable[Cell]]) -> list[list[str]]:
    """Return rows of as many texts as there are columns; a cell over several of them says the same in each.

    A cell that is all there is in a row stays one.

    >>> spread([[Cell("Crop", rows=2), Cell("Price", columns=2)], [Cell("2023"), Cell("2024")]])
    [['Crop', 'Price', 'Price'], ['Crop', '2023', '2024']]
    """
    found: list[list[str]] = []
    above: dict[int, tuple[str, int]] = {}  # column → the text that goes on there, in so many rows more
    made = 0
    for cells in map(list, rows):
        row: list[str] = []
        if len(cells) == 1 and not above:
            found.append([cells[0].text])
            continue
        for cell in cells:
            _go_on(row, above)
            wide = max(1, min(cell.columns, MOST_COLUMNS - len(row)))
            for _ in range(wide if made < MOST_CELLS else 1):
                if cell.rows > 1:
                    above[len(row)] = (cell.text, cell.rows - 1)
                row.append(cell.text)
        _go_on(row, above)
        made += len(row)
        found.append(row[:MOST_COLUMNS])
    return found


def _go_on(row: list[str], above: dict[int, tuple[str, int]]) -> None:
    """Add to a row the cells that stand in it from above, as far as they come next."""
    while len(row) in above:
        text, left = above.pop(len(row))
        if left > 1:
            above[len(row)] = (text, left - 1)
        row.append(text)


def in_words(rows: Sequence[Sequence[str]], heads: int = 0) -> Iterator[str]:
    """Yield the rows below the first `heads`, whose cells are the heads, each in a line.

    0: which rows are heads is not known. The last row is never one, so that nothing of a table is lost.

    The first cell of a row says of what the others tell. A row with one cell names the rows below it, or is a
    line of its own. Where no row holds heads, the first of two cells does, and more are parted by bars.

    >>> found = in_words([("Day", "Tests", "Ill"), ("5", "90", "79"), ("6", "", "81"), ("Without Sunday.",)])
    >>> [" ".join(line.split()) for line in found]
    ['Day 5: Tests 90, Ill 79.', 'Day 6: Ill 81.', 'Without Sunday.']
    """
    over = _over_columns(rows) if not heads else None
    if over:
        rows, heads = [over, *rows[1:]], 2
    elif not heads:
        heads = int(has_heads(rows) and not (_are_labels(rows) or _are_facts(rows)))
    count = max(0, min(heads, len(rows) - 1))
    if not count:
        if _are_pairs(rows):
            yield from in_pairs(rows)
        else:
            yield from (" | ".join(row).strip(" |") for row in rows if any(row))
        return
    named = _named_columns(rows[:count])
    group = ""
    for row, following in pairwise([*rows[count:], ()]):
        alone = _alone(row)
        if alone and _alone(following) is None and _is_group(row, alone):
            group = alone
        elif line := alone or _in_words(named, row, group):
            yield line


def in_pairs(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows of which each begins with a head of its own: `Founded: 1811.`."""
    for row in rows:
        if any(row):
            yield _alone(row) or _in_words([], row)


def has_heads(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of several rows names the columns: no number is first, and none comes twice."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    named = [cell for cell in rows[0] if cell]
    if len(set(named)) != len(named) or len(named) < 2 or NUMBER.fullmatch(rows[0][0]):
        return False
    return not _counts(rows[0][1:])


def _are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    paired = len(rows) > 1 and all(len(row) == 2 and all(row) for row in rows)
    return paired and not any(NUMBER.fullmatch(row[0]) for row in rows)


def _are_labels(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether pairs may each have a head of their own: `Date | 12 May`, `Place | Hall`.

    A row of heads read as a pair misleads nobody; a pair read as heads falsifies all rows below it.
    """
    if not _are_pairs(rows):
        return False
    first, *others = (_shape(value) for _, value in rows)
    return not all("9" in shape for shape in others) or ("9" in first and set(others) == {first})


def _shape(value: str) -> str:
    """Return what a value looks like: figures as `9`, without words.

    >>> _shape("Rhona Peel, 221"), _shape("2024-05-01"), _shape("£42,000"), _shape("Water")
    (', 9', '9-9-9', '£9', '')
    """
    return WORDS.sub("", FIGURES.sub("9", value))


def _are_facts(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether pairs tell of one thing: their values are a name, a day, a sum, few of one shape."""
    shapes = {_shape(value) for _, value in rows[1:]} if _are_pairs(rows) else ()
    return len(shapes) >= FACTS and len(shapes) > (len(rows) - 1) / 2


def _over_columns(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """Return the first row with each head in all columns that it stands over, where the second parts these.

    A head over several columns comes again in each, or leaves the others empty; the second row says nothing
    else in the first column.

    >>> _over_columns([("Crop", "Price", ""), ("", "2023", "2024"), ("Oats", "171", "186")])
    ['Crop', 'Price', 'Price']
    """
    if len(rows) < 3 or len(rows[0]) < 3 or _counts(dict.fromkeys(rows[0][1:])) or _counts(rows[1]):
        return None
    first, second = ([*row, *[""] * (max(map(len, rows)) - len(row))] for row in rows[:2])
    over: set[int] = set()
    for n in range(2, len(first)):
        if first[n - 1] and second[n - 1] and second[n] and first[n] in {"", first[n - 1]}:
            first[n] = first[n - 1]
            over |= {n - 1, n}
    named = list(zip(first, second, strict=True))
    apart = not first[0] or second[0] in {"", first[0]}
    if not over or not apart or len(set(named)) < len(named):
        return None
    # Only figures below tell a row of heads without a corner from one of data.
    sure = (
        first[0]
        or not second[0]
        or all(NUMBER.fullmatch(row[n]) for row in rows[2:] for n in over if n < len(row))
    )
    return first if sure else None


def _counts(cells: Iterable[str]) -> bool:
    """Tell whether cells are numbers that measure something: neither years, nor one after the other."""
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell) and not YEAR.fullmatch(cell)]
    if not numbers:
        return False
    whole = [int(n) for n in numbers if n.isdecimal() and len(n) < 4]
    return len(whole) < max(2, len(numbers)) or any(b != a + 1 for a, b in pairwise(whole))


def _named_columns(heads: Sequence[Sequence[str]]) -> list[str]:
    """Return a head for each column, from rows of heads one above the other: `Price 2024`."""
    width = max(map(len, heads))
    columns = [[row[n] for row in heads if n < len(row) and row[n]] for n in range(width)]
    return [" ".join(dict.fromkeys(column)) for column in columns]


def _alone(row: Sequence[str]) -> str | None:
    """Return the only thing that a row says, in its first cell; None if it says more."""
    return row[0] if row and row[0] and not any(row[1:]) else None


def _is_group(row: Sequence[str], text: str) -> bool:
    """Tell whether a row names those below it: with empty cells it may as well be one of them."""
    return len(row) == 1 and len(text) <= LONGEST_GROUP and text[-1] not in STOPS


def _in_words(heads: Sequence[str], row: Sequence[str], group: str = "") -> str:
    filled = [n for n, cell in enumerate(row) if cell]
    if not filled:
        return ""
    first, *others = (_named(heads[n] if n < len(heads) else "", row[n]) for n in filled)
    if group and not OF_ALL.match(row[filled[0]]):
        first = f"{first} ({group})"
    line = f"{first.removesuffix(':')}:{NEXT_CELL}{f',{NEXT_CELL}'.join(others)}" if others else first
    return line if line[-1] in STOPS else f"{line}."


def _named(head: str, cell: str) -> str:
    return f"{head}{OF_CELL}{cell}" if head else cell


def pairs(rows: Sequence[Sequence[str]], section: str = "") -> Iterator[Pair]:
    """Yield a long table as paragraphs of some rows each, under `section`; what is above its heads is text.

    Raises:
        UnreadableSource: If it has more text than an article may have.
    """
    found = [row for row in rows if any(row)]
    width = max((n for row in found for n, cell in enumerate(row, start=1) if cell), default=0)
    found = [row[:width] for row in found]  # a sheet has empty columns without end
    above = next((n for n, row in enumerate(found) if sum(map(bool, row)) > 1), 0)
    yield from ((section, "".join(row)) for row in found[:above])
    told = found[above:]  # whose first row names the columns, also where there are only two
    heads = int(_over_columns(told) is None and has_heads(told) and not _are_facts(told))
    yield from ((section, text) for text in paragraphs(in_words(told, heads)))


def paragraphs(lines: Iterable[str], caption: str = "") -> Iterator[str]:
    """Yield the rows of a table as paragraphs of a bounded size, each below the table's caption.

    Raises:
        UnreadableSource: If it has more text than an article may have.
    """
    held: list[str] = []
    size = length = 0
    for line in lines:
        size += len(line)
        refuse_size(size)  # before more of them are made: long heads come again in each
        if held and length + len(line) > LONGEST:
            yield "\n".join(filter(None, (caption, *held)))
            held, length = [], 0
            size += len(caption)
        held.append(line)
        length += len(line)
    if held or caption:
        yield "\n".join(filter(None, (caption, *held)))


def within_bounds(rows: Iterable[Sequence[str]]) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return as many rows as an article can hold, tidied, and a warning if there are more."""
    kept: list[list[str]] = []
    size = 0
    for row in rows:
        if len(kept) == MOST_ROWS or size > MOST_TEXT:
            return kept, (f"Only the first {len(kept):,} rows were read.",)
        kept.append([tidy(cell) for cell in row[:MOST_COLUMNS]])
        size += sum(map(len, kept[-1]))
    return kept, ()
