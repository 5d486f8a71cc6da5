"""A table in words: each row with the heads of its columns, as a person reads it aloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.readers.document import MOST_TEXT, refuse_size, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.ingest.readers.document import Pair

MOST_ROWS = 50_000
MOST_COLUMNS = 200
LONGEST = 1_000  # characters of a paragraph of rows; a citation opens one, and shows the row in it
NUMBER = re.compile(r"[^\w\s]{0,2}\d[\d\s.,:/–-]*(?:[^\w\s]{1,2}|[^\W\d_]{1,3})?")


def in_words(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows below the first, whose cells are the heads, each in a line.

    The first cell of a row says of what the others tell. A row with one cell is a line of its own. Where the
    first row holds no heads, cells are parted by bars.

    >>> list(in_words([("Day", "Tests", "Ill"), ("5", "90", "79"), ("6", "", "81"), ("Without Sunday.",)]))
    ['Day 5: Tests 90, Ill 79.', 'Day 6: Ill 81.', 'Without Sunday.']
    """
    if not has_heads(rows):
        yield from (" | ".join(row).strip(" |") for row in rows if any(row))
        return
    yield from (line for row in rows[1:] if (line := _in_words(rows[0], row)))


def has_heads(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of several rows names the columns: no number is first, and none comes twice."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    named = [cell for cell in rows[0] if cell]
    return len(set(named)) == len(named) > 1 and not NUMBER.fullmatch(rows[0][0])


def _in_words(heads: Sequence[str], row: Sequence[str]) -> str:
    filled = [n for n, cell in enumerate(row) if cell]
    if len(filled) < 2:
        return "".join(row)
    first, *others = (_named(heads[n] if n < len(heads) else "", row[n]) for n in filled)
    return f"{first}: {', '.join(others)}."


def _named(head: str, cell: str) -> str:
    return f"{head} {cell}".strip()


def pairs(rows: Sequence[Sequence[str]], section: str = "") -> Iterator[Pair]:
    """Yield a long table as paragraphs of some rows each, under `section`; what is above its heads is text.

    Raises:
        UnreadableSource: If it has more text than an article may have.
    """
    found = [row for row in rows if any(row)]
    above = next((n for n, row in enumerate(found) if sum(map(bool, row)) > 1), 0)
    yield from ((section, "".join(row)) for row in found[:above])
    held: list[str] = []
    size = 0
    for line in in_words(found[above:]):
        size += len(line)
        refuse_size(size)  # before more of them are made: long heads come again in each
        if held and sum(map(len, held)) + len(line) > LONGEST:
            yield section, "\n".join(held)
            held = []
        held.append(line)
    if held:
        yield section, "\n".join(held)


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
