"""A row of a table in a line of text: `Day 5: Samples 90, Positive 79.`, and its cells found again in it.

A wide blank stands between a head and its cell, another between a cell and what follows; to the eye, to words
and to the encoder both are blanks. Readers put no such blank in a cell.
"""

from __future__ import annotations

import re
from typing import NamedTuple

APART = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")  # of a head: units, groups, what nobody need say
OF_CELL = "\u2002"
NEXT_CELL = "\u2004"


class RowCell(NamedTuple):
    """A cell of a row: its head, empty where it has none, its text, and where that stands in the line."""

    head: str
    text: str
    start: int


def cells_of(line: str) -> tuple[RowCell, ...]:
    """Return the cells of a row, the first of which says of what the others tell; none of any other line.

    >>> for cell in cells_of(f"Day{OF_CELL}5:{NEXT_CELL}Samples{OF_CELL}90,{NEXT_CELL}late."):
    ...     print(*cell, sep="|")
    Day|5|4
    Samples|90|15
    |late|19
    >>> cells_of("On day 5: 90 samples.")
    ()
    """
    if f":{NEXT_CELL}" not in line:
        return ()
    found: list[RowCell] = []
    start = 0
    parts = line.split(NEXT_CELL)
    for number, part in enumerate(parts, start=1):
        head, _, text = part.rpartition(OF_CELL)
        sign = ":" if number == 1 else "," if number < len(parts) else "."
        found.append(RowCell(head, text.removesuffix(sign), start + len(part) - len(text)))
        start += len(part) + 1
    return tuple(found)
