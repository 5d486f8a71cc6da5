"""A line of a page, as a PDF gives it or as OCR reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, where it stands (points, from the lower left), and how large it is set."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    page: int
    seen: bool = True  # neither too small to see nor beside the page
    table: int = 0  # which table of its page it is a row of, counted from 1
    corners: tuple[int, ...] = ()  # of what OCR read, as `Scan` has them
