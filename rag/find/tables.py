"""The whole tables of which rows were found, or that stand near the best paragraph found.

A row stands in the words of its table, a question in its asker's: “How far does it go before it is empty?”
finds what is written of the bicycle, and the table with its range stands below.
"""

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
    """Return what was retrieved with its tables, in the order of the passages that they were found by."""
    found = [p for p in retrieved.passages if has_rows(p.text)]
    best = retrieved.passages[:1]
    records = _beside((*best, *found), library)
    near = [] if best and best[0].article_id in {p.article_id for p in found} else _near(best, records)
    if near:
        records |= _beside(near, library)
    tables: dict[Key, Table] = {}
    for passage in (*found, *near):
        table = _around(passage, records)
        tables.setdefault((passage.article_id, table.passages[0].paragraph), table)
    return replace(retrieved, tables=tuple(tables.values()))


def _beside(passages: Sequence[Passage], library: Library) -> dict[Key, ParagraphRecord]:
    keys = {(p.article_id, p.paragraph + step) for p in passages for step in range(-MOST, MOST + 1)}
    return dict(library.fetch([key for key in keys if key[1] > 0]))


def _near(best: Sequence[Passage], records: Mapping[Key, ParagraphRecord]) -> Sequence[Passage]:
    """Return a row of the table nearest to the best passage, if there is one."""
    own = {n: r for (article, n), r in records.items() if best and article == best[0].article_id}
    rows = [n for n, record in own.items() if has_rows(record.text)]
    return [passage_of(own[min(rows, key=lambda n: (abs(n - best[0].paragraph), n))])] if rows else []


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
