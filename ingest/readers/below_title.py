"""Who wrote an article and when, as the lines directly below its title say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.readers.txt import byline, dateline

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Block

LINES = 2  # a byline and a date


def below_title(blocks: list[Block]) -> tuple[str, str, list[Block]]:
    """Return the author and the date that lines directly below the title say, and the blocks after them."""
    author = date = ""
    for at, block in enumerate(blocks[:LINES]):
        found, day = byline(block.text)
        when = dateline(block.text)
        if block.level or not (found or when) or len(blocks) == at + 1:
            return author, date, blocks[at:]
        author, date = author or found, date or when or day
    return author, date, blocks[LINES:]
