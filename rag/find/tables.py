"""The whole tables of which rows were found: their other rows stand in the paragraphs before and behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.text.cells import cells_of
from footnote.rag.find.retrieve import Table, passage_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.ingest.library.library import Key, Library, ParagraphRecord
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Passage

MOST = 16  # paragraphs of a table before the one found, and behind it


def with_tables(retrieved: Retrieved, library: Library) -> Retrieved:
    """Return what was retrieved with the tables of which rows are in its passages, in the passages' order."""
    found = [p for p in retrieved.passages if has_rows(p.text)]
    if not found:
        return retrieved
    beside = {(p.article_id, p.paragraph + step) for p in found for step in range(-MOST, MOST + 1)}
    records = library.fetch([key for key in beside if key[1] > 0])
    tables: dict[Key, Table] = {}
    for passage in found:
        table = _around(passage, records)
        tables.setdefault((passage.article_id, table.passages[0].paragraph), table)
    return replace(retrieved, tables=tuple(tables.values()))


def has_rows(text: str) -> bool:
    """Tell whether a line of a paragraph is a row of a table."""
    return any(cells_of(line) for line in text.split("\n"))


def _around(passage: Passage, records: Mapping[Key, ParagraphRecord]) -> Table:
    behind = _run(passage, records, 1)
    ahead = _run(passage, records, -1)
    first = passage.paragraph - len(ahead)
    before = records.get((passage.article_id, first - 1))
    others = {one.paragraph: one for one in (*ahead, *behind)} | {passage.paragraph: passage}
    return Table(
        tuple(others[number] for number in sorted(others)),
        before.text if before else "",
        len(ahead) < MOST and len(behind) < MOST,
    )


def _run(passage: Passage, records: Mapping[Key, ParagraphRecord], step: int) -> Sequence[Passage]:
    """Return the paragraphs with rows that follow a passage without a gap, in the direction of `step`."""
    found: list[Passage] = []
    for n in range(1, MOST + 1):
        record = records.get((passage.article_id, passage.paragraph + step * n))
        if record is None or not has_rows(record.text):
            break
        found.append(passage_of(record))
    return found
