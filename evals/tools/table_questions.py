"""Questions on tables, in folders of articles with a `questions.tsv`, and which statement answers each.

A line names a file, what kind of question it is (`cell`, `extreme`, `compare`; `none`: no cell answers it),
the question, its answer, the first cell of the row (of both, with “ / ” between), the head of the column, and
what is asked of it: `max`, `min2` …
"""

from __future__ import annotations

import csv
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import ingest
from footnote.ingest.sources import read_sources
from footnote.rag.answer.question import Question, analyse
from footnote.rag.answer.table_rows import data_rows, plain
from footnote.rag.find.retrieve import retrieve
from footnote.rag.find.tables import with_tables
from footnote.rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.rag.answer.table_rows import Row
    from footnote.rag.answer.table_statements import Statement

DATA = Path(__file__).with_name("table_data")
LEARNT = sorted(p for p in (DATA / "learnt").iterdir() if p.is_dir())
TUNED = [DATA / "tuned", DATA / "tuned_everyday"]  # what thresholds were chosen on
KEPT, EVERYDAY = DATA / "kept", DATA / "everyday"  # what chose nothing
SUPERLATIVES = DATA / "learnt" / "superlatives.tsv"
RANKED = {
    "max": "highest",
    "min": "lowest",
    "max2": "second highest",
    "min2": "second lowest",
    "max3": "third highest",
}
SAME_HEAD = 0.6  # of the words of two heads: `Visitors / 2022` is `2022 Visitors`


class Asked(NamedTuple):
    """A line of `questions.tsv`."""

    file: str
    kind: str
    question: str
    answer: str
    row: str
    column: str
    rank: str

    def is_answered_by(self, statement: Statement) -> bool:
        """Tell whether a statement is the answer."""
        first, *others = statement.rows
        names = {plain(row.cells[0].text) for row in statement.rows}
        match self.kind:
            case "cell":
                row = not self.row or plain(self.row) in names
                told = plain(statement.cell.text) == plain(self.answer)
                return not others and not statement.rank and row and told
            case "extreme":
                head = first.cells[statement.by[0]].head
                ranked = statement.rank == RANKED[self.rank]
                return ranked and plain(self.answer) in names and _is_same(head, self.column)
            case "compare":
                wanted = {plain(name) for name in self.row.split(" / ")}
                return bool(others) and names == wanted and _is_same(statement.cell.head, self.column)
            case _:
                return False


def _is_same(head: str, other: str) -> bool:
    a, b = (set(re.findall(r"\w+", text.lower())) for text in (head, other))
    return len(a & b) > SAME_HEAD * len(a | b)


def lines_of(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a file of tab-separated values, in which quotation marks are letters."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def asked_of(folder: Path) -> list[Asked]:
    """Return the questions of a folder."""
    return [Asked(**line) for line in lines_of(folder / "questions.tsv")]


def files_of(folder: Path) -> list[str]:
    """Return the articles of a folder."""
    return [str(path) for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".tsv"]


def found(folder: Path) -> Iterator[tuple[Asked, Question, list[Row]]]:
    """Yield each question of a folder, and the rows of the tables that are found for it among all of them."""
    encoder = PackagedEncoder()
    with (
        tempfile.TemporaryDirectory() as home,
        open_library(Path(home) / "library", encoder.name, encoder.dimension) as library,
    ):
        list(ingest(read_sources(files_of(folder)), library, encoder))
        for asked in asked_of(folder):
            passages = retrieve(asked.question, library, encoder, k=Settings().passages)
            yield asked, analyse(asked.question), data_rows(with_tables(passages, library))
