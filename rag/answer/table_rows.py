"""The rows of tables in what was retrieved, and how they are shown.

To a reader of sentences all rows of a table are alike; the row beside the right one is shown as easily. So
rows are taken from what is read, and answer by what they say of their heads (`table_answer`) or not at all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.cells import APART, RowCell, cells_of
from footnote.ingest.text.words import content_stems
from footnote.rag.answer.candidates import Draft
from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.find.tables import has_rows
from footnote.rag.types import ShortAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.rag.check.support import SupportChecker
    from footnote.rag.find.retrieve import Retrieved, Table
    from footnote.rag.find.sentence import Sentence
    from footnote.rag.types import Passage

STOPS = frozenset('.!?…:”"’)')
LONGEST_CELL = 6  # words; a longer one is a sentence like others
MOST_BEFORE = 400  # characters of what leads to a table
CAPTION = re.compile(r"(?:table|tab\.|figure|fig\.)\s*\d", re.IGNORECASE)
GROUP = re.compile(r"\s\([^()]*\)$")  # that a row is of, behind its name
RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹ᵃ-ᶻʰʲˡʳˢʷˣʸ*†‡§]+$")


class Row(NamedTuple):
    """A row of a table, and where in its paragraph it stands.

    `table` is the same for the rows of one table: its article, first paragraph and first head.
    """

    passage: Passage
    start: int
    line: str
    cells: tuple[RowCell, ...]
    context: frozenset[str]  # stems of what stands above: title, section, caption, the paragraph before
    table: tuple[str, int, str]
    is_whole: bool  # whether all rows of the table are there

    @property
    def is_data(self) -> bool:
        """Tell whether no cell but the first reads as a sentence does."""
        return not any(is_text(cell) for cell in self.cells[1:])

    @property
    def has_data(self) -> bool:
        """Tell whether some cell but the first does not read as a sentence does: others may be remarks."""
        return not all(is_text(cell) for cell in self.cells[1:])


def is_text(cell: RowCell) -> bool:
    """Tell whether a cell reads as a sentence does."""
    return len(cell.text.split()) > LONGEST_CELL


def plain(text: str) -> str:
    """Return a cell without the marks of notes.

    >>> plain("152*")
    '152'
    """
    return RAISED.sub("", text).strip()


def bare(text: str) -> str:
    """Return a cell or head without notes and what stands in brackets: what names it.

    >>> bare("Lower Orm (leased)*")
    'Lower Orm'
    """
    return APART.sub(" ", plain(text)).strip() or plain(text)


def data_rows(retrieved: Retrieved) -> list[Row]:
    """Return the rows with data of the tables of which some were retrieved."""
    return [row for table in retrieved.tables for row in _rows(table) if row.has_data]


def _rows(table: Table) -> Iterator[Row]:
    first = table.passages[0]
    lines = [line for p in table.passages for line in p.text.split("\n") if not cells_of(line)]
    above = (first.title, first.section, table.before[-MOST_BEFORE:], *lines)
    context = frozenset(s for text in above for s in content_stems(text))
    for passage in table.passages:
        start = 0
        for line in passage.text.split("\n"):
            if cells := cells_of(line):
                key = (first.article_id, first.paragraph, cells[0].head)
                yield Row(passage, start, line, cells, context, key, table.is_whole)
            start += len(line) + 1


def without_rows(retrieved: Retrieved, rows: Sequence[Row]) -> Retrieved:
    """Return what was retrieved without its rows of data alone, which answer by their heads or not at all."""
    spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in (row for row in rows if row.is_data):
        place = (row.passage.article_id, row.passage.paragraph)
        spans.setdefault(place, []).append((row.start, row.start + len(row.line)))
    near = {(article, number + step) for article, number in spans for step in (-1, 1)}
    kept: dict[tuple[str, int], tuple[Sentence, ...]] = {}
    for passage in retrieved.passages:
        place = (passage.article_id, passage.paragraph)
        if place in spans:
            said = retrieved.sentences_in(passage)
            kept[place] = tuple(s for s in said if not _is_of_table(s, spans[place]))
        elif place in near and _is_caption(passage.text):
            kept[place] = ()
    return replace(retrieved, sentences={**retrieved.sentences, **kept})


def _is_caption(text: str) -> bool:
    """Tell whether a paragraph beside a table only says what that is."""
    alone = not has_rows(text) and "\n" not in text and text.rstrip()[-1:] not in STOPS
    return alone or CAPTION.match(text) is not None


def _is_of_table(sentence: Sentence, spans: Iterable[tuple[int, int]]) -> bool:
    inside = any(start <= sentence.span.start < end for start, end in spans)
    return inside or sentence.text[-1] not in STOPS


def shown(rows: Sequence[Row], cell: RowCell | None, check: SupportChecker, sure: float) -> Draft:
    """Return rows with the notes that they have the marks of, and the cell of the only one that answers."""
    lines = ((row, *told) for row in rows for told in ((row.start, row.line), *_notes(row, cell)))
    units = (Unit(line, (Place(row.passage, start, start + len(line)),)) for row, start, line in lines)
    short = None
    if cell is not None:
        said = GROUP.sub("", cell.text) if cell == rows[0].cells[0] else cell.text
        short = ShortAnswer(said, 0, cell.start, cell.start + len(said))
    return Draft(*cited(units, check), sure, short)


def _notes(row: Row, cell: RowCell | None) -> Iterator[tuple[int, str]]:
    """Yield the note below a table that a cell or its head has the mark of, and where it stands."""
    texts = (cell.text, cell.head) if cell else ()
    marks = {found[0] for text in texts if (found := RAISED.search(text))}
    start = 0
    for line in row.passage.text.split("\n"):
        if any(line.startswith(mark) for mark in marks):
            yield start, line
        start += len(line) + 1
