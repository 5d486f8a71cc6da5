"""Rows of a table in a text: cells with commas (RFC 4180), tabs, semicolons or bars between them."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import table
from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.document import Document
from footnote.ingest.readers.format import Format, one

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATORS = ",;\t|"
SAMPLE = 50  # rows from which the separator is told


def read(data: bytes) -> Document:
    """Read a table; each row becomes a line with the heads of its columns.

    Raises:
        UnreadableSource: If `data` is not text, or its quotation marks never close.
    """
    text, misread = decoded(data)
    try:
        rows, warnings = table.within_bounds(_rows(text, _separator(text)))
    except csv.Error as error:
        raise UnreadableSource(f"its rows cannot be told apart ({error}).") from error
    return Document(tuple(table.pairs(rows)), warnings=(*misread, *warnings))


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(text.splitlines(keepends=True), delimiter=separator)


def _separator(text: str) -> str:
    """Return what parts the cells: that by which most rows have the same number of them, above one."""

    def fit(separator: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in islice(_rows(text, separator), SAMPLE) if row]
        except csv.Error:  # cells that are too long: it is another
            return 0, 0
        most = max(set(widths), key=widths.count, default=0)
        return (widths.count(most) if most > 1 else 0), most

    return max(SEPARATORS, key=fit)


FORMAT = Format("csv", (".csv", ".tsv"), one(read))
