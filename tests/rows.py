"""Rows of tables as they look: the wide blanks between their cells as plain ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.text.cells import NEXT_CELL, OF_CELL

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Document

PLAIN = str.maketrans(dict.fromkeys((OF_CELL, NEXT_CELL), " "))


def seen(document: Document) -> Document:
    """Return `document` as it looks."""
    pairs = tuple((section, text.translate(PLAIN)) for section, text in document.paragraphs)
    return replace(document, paragraphs=pairs)
