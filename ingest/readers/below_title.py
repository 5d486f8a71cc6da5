"""Who wrote an article and when, as the lines around the text of a marked-up document say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.readers.imprint import of_texts

if TYPE_CHECKING:
    from footnote.ingest.readers.document import Block


def below_title(blocks: list[Block], title: str) -> tuple[str, str, list[Block]]:
    """Return the author and the date that lines below the title or at the end say, and the blocks of text."""
    author, date, gone = of_texts(["" if block.level else block.text for block in blocks], title)
    return author, date, [block for at, block in enumerate(blocks) if at not in gone]
