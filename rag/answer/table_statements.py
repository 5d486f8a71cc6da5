"""What tables say, in sentences that a question may be compared with: one cell, two, or the most of a column.

“The Fare (€) of Skarn to Olvey is 9.20.”, “The Crop with Price 905 is Oats.”, “The River with the second
highest Length (km) is Ostrow.”, “The Votes of Ada Poe and Ben Roe is 12 and 9.” Rows are found by the words
of their cells; which of the sentences answers is for a model to say (`table_reader`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import TYPE_CHECKING

from footnote.ingest.text.cells import RowCell
from footnote.ingest.text.dates import iso_date
from footnote.ingest.text.words import content_stems
from footnote.rag.answer.table_rows import bare, is_text, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.rag.answer.question import Question
    from footnote.rag.answer.table_rows import Row

# Rows that a question may name, and tables, those found first, whose columns are looked through for the most
# and the least. With 6 rows and 8 tables as many questions of `table_data/tuned` are answered, and as many
# rightly, from 63 statements a question in place of 23.
MOST_ROWS, COMPARED = 4, 1
TEXT_SHARE, CELL_SHARE = 0.5, 0.6  # of the words of a cell, by weight, that name its row
PAIR_SHARE = 0.3  # of each of two that are named side by side
WHOLE = 0.999
LEAST_COMPARED = 3  # rows
MISSING = frozenset("– - — ? .. … n/a na none unknown nil".split()) | {"", "not known"}
OF_ALL = re.compile(r"(?:(?:sub|grand )?totals?|sum|all|overall|average|mean)\b", re.IGNORECASE)
DIGIT = re.compile(r"\d")
FIGURE = re.compile(r"(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?")
SIGN = re.compile(r"^[−–+-](?=[^\d\s]?\d)")  # the mark of a currency may follow
APART_IN_FIGURE = re.compile(r"[,\u00a0\u202f ]")
WORD, YEAR = re.compile(r"[^\W\d_]{3}"), re.compile(r"\d{4}")
SHORT_DATE = re.compile(r"\d+[./]\d+[./]\d+")
LONGEST_UNIT = 25  # characters around the figures of a cell
# Places of the rows that are told of, in the order of a column's values.
RANKS = {"lowest": 0, "highest": -1, "second lowest": 1, "second highest": -2, "third highest": -3}


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence on the first of `rows`, or on both; what it tells is the cell `asked` of the first.

    `named` are the words of the question that name them, `by` the cells whose heads those words belong to,
    and `share` how much of the name they are; `rank` is the place in a column, where that is told, and
    `is_of_all` whether every row has something there.
    """

    text: str
    rows: tuple[Row, ...]
    asked: int
    by: tuple[int, ...]
    named: frozenset[str] = frozenset()
    share: float = 1.0
    rank: str = ""
    is_of_all: bool = True

    @property
    def cell(self) -> RowCell:
        """What it tells."""
        return self.rows[0].cells[self.asked]

    @property
    def is_of_nothing(self) -> bool:
        """Tell whether its cell is empty, and what it tells that of another row."""
        return not is_known(self.cell)

    @property
    def is_unnamed(self) -> bool:
        """Tell whether no word of the question names its row."""
        return not self.named and not self.rank

    @property
    def heads(self) -> frozenset[str]:
        """The words of the heads that it has."""
        row = self.rows[0]
        return frozenset(s for n in (self.asked, *self.by) for s in content_stems(row.cells[n].head))

    def is_in(self, words: frozenset[str]) -> bool:
        """Tell whether the words name the row in full, and the head of the cell."""
        head = frozenset(content_stems(bare(self.cell.head)))
        return not self.rank and self.share > WHOLE and bool(head) and head <= words


def statements(question: Question, rows: Sequence[Row]) -> list[Statement]:
    """Return what the tables of `rows` say that a question may ask for."""
    terms = frozenset(question.terms)
    tables = [list(own) for _, own in groupby(rows, key=lambda row: row.table)]
    named = [one for table in tables for one in _named(table, terms)]
    named.sort(key=lambda one: -(one.share + 0.01 * len(one.words)))
    named = named[:MOST_ROWS]
    columns = {table[0].table: _columns(table) for table in tables}
    return [
        *(s for one in named for s in one.statements()),
        *(s for pair in combinations(named, 2) for s in _of_both(*pair)),
        *(s for table in tables[:COMPARED] for s in _of_columns(table)),
        *(s for one in named for s in one.missing(columns[one.row.table])),
        *(s for table in tables[:COMPARED] for s in _of_others(table, named)),
    ]


def named_in_full(question: Question, rows: Sequence[Row]) -> Iterator[tuple[Row, frozenset[str]]]:
    """Yield the rows all of whose name a question has, and the words of that."""
    for _, own in groupby(rows, key=lambda row: row.table):
        for one in _named(list(own), frozenset(question.terms)):
            if one.share > WHOLE and not one.asks_key:
                yield one.row, one.words


@dataclass(frozen=True, slots=True)
class _Named:
    """A row that a question names by the cell `by`, and by others that it has in full.

    `asks_key`: what is asked for is the first cell, that which the row is of.
    """

    row: Row
    by: int
    also: tuple[int, ...]
    words: frozenset[str]
    share: float
    asks_key: bool

    def statements(self) -> Iterator[Statement]:
        """Yield what the row says to whom names it so."""
        cells = self.row.cells
        of = plain(cells[self.by].text)
        if self.asks_key:
            yield self._told(f"The {cells[0].head} with {cells[self.by].head or 'value'} {of} is", 0)
            return
        also = "".join(f", {cells[n].head} {cells[n].text}," for n in self.also)
        for n, cell in enumerate(cells):
            if n not in (self.by, *self.also) and is_known(cell) and not is_text(cell):
                yield self._told(f"The {cell.head or 'value'} of {of}{also} is", n)

    def missing(self, columns: Mapping[str, str]) -> Iterator[Statement]:
        """Yield what the row says nothing of as if it did, so that a question for it is known as one."""
        cells = self.row.cells
        if self.asks_key:
            return
        said = {cell.head for cell in cells if is_known(cell)}
        of = plain(cells[self.by].text)
        for head, like in columns.items():
            if head not in said:
                row = self.row._replace(cells=(*cells, RowCell(head, "", 0)))
                by = (self.by, *self.also)
                yield Statement(
                    f"The {head} of {of} is {like}.", (row,), len(cells), by, self.words, self.share
                )

    def _told(self, before: str, asked: int) -> Statement:
        text = f"{before} {plain(self.row.cells[asked].text)}."
        return Statement(text, (self.row,), asked, (self.by, *self.also), self.words, self.share)


def _columns(rows: Sequence[Row]) -> dict[str, str]:
    """Return the heads of a table, and a cell of each."""
    known = (c for row in rows for c in row.cells if c.head and is_known(c))
    columns: dict[str, str] = {}
    for cell in known:
        columns.setdefault(cell.head, plain(cell.text))
    return columns


def is_known(cell: RowCell) -> bool:
    """Tell whether a cell says anything."""
    return plain(cell.text).lower() not in MISSING


def _named(rows: Sequence[Row], terms: frozenset[str]) -> Iterator[_Named]:
    """Yield the rows of a table that a question names, by the words of their cells, the rarer the more."""
    said = [{n: frozenset(content_stems(bare(c.text))) for n, c in enumerate(row.cells)} for row in rows]
    holding = Counter(s for one in said for s in frozenset().union(*one.values()))
    weights = {s: math.log(1 + len(rows) / n) for s, n in holding.items()}
    for row, own in zip(rows, said, strict=True):
        shares = {
            n: sum(weights[s] for s in words & terms) / sum(weights[s] for s in words)
            for n, words in own.items()
            if words & terms
        }
        yield from _named_by(row, shares, terms)


def _named_by(row: Row, shares: Mapping[int, float], terms: frozenset[str]) -> Iterator[_Named]:
    def words(n: int) -> frozenset[str]:
        return frozenset(content_stems(plain(row.cells[n].text))) & terms

    whole = [n for n, share in shares.items() if share > WHOLE]
    texts = [n for n, share in shares.items() if share >= TEXT_SHARE and not DIGIT.search(row.cells[n].text)]
    for by in [0] if 0 in shares else texts:
        also = tuple(n for n in whole if n != by)
        yield _Named(row, by, also, words(by).union(*map(words, also)), shares[by], asks_key=False)
    if shares.get(0, 0.0) <= WHOLE and row.cells[0].head:
        for by, share in shares.items():
            if by and share >= CELL_SHARE and is_known(row.cells[by]):
                yield _Named(row, by, (), words(by), share, asks_key=True)


def _of_both(one: _Named, other: _Named) -> Iterator[Statement]:
    """Yield what a table says of two of its rows, a column at a time."""
    a, b = one.row, other.row
    names = (one.words, other.words)
    if one.asks_key or other.asks_key or a.table != b.table or one.by != other.by or a == b:
        return
    if min(one.share, other.share) < PAIR_SHARE or names[0] <= names[1] or names[1] <= names[0]:
        return
    of = " and ".join(plain(row.cells[one.by].text) for row in (a, b))
    for n, cell in enumerate(a.cells):
        beside = next((c for c in b.cells if c.head == cell.head), None)
        if n != one.by and cell.head and beside and is_known(cell) and is_known(beside):
            text = f"The {cell.head} of {of} is {plain(cell.text)} and {plain(beside.text)}."
            share = min(one.share, other.share)
            yield Statement(text, (a, b), n, (one.by,), names[0] | names[1], share)


def _of_others(rows: Sequence[Row], named: Sequence[_Named]) -> Iterator[Statement]:
    """Yield what the rows say that no word of the question names: what is asked for may have other words."""
    taken = [one.row for one in named if not one.asks_key]
    for row in rows:
        if row not in taken:
            yield from _Named(row, 0, (), frozenset(), 0.0, asks_key=False).statements()


def _of_columns(rows: Sequence[Row]) -> Iterator[Statement]:
    """Yield which row of a whole table has the most, the least or the second of each column, if one has."""
    told = [row for row in rows if not OF_ALL.match(row.cells[0].text)]
    if len(told) < LEAST_COMPARED or not all(row.is_whole and row.cells[0].head for row in told):
        return
    for head in [c.head for c in max(told, key=lambda row: len(row.cells)).cells[1:] if c.head]:
        places = [next((n for n, c in enumerate(row.cells) if c.head == head), None) for row in told]
        known = [n for n, at in enumerate(places) if at is not None and is_known(told[n].cells[at])]
        values = _values([told[n].cells[places[n] or 0].text for n in known])
        if values is None or len(known) < LEAST_COMPARED:
            continue
        order = sorted(range(len(known)), key=values.__getitem__)
        for rank, place in RANKS.items():
            best = order[place]
            if values.count(values[best]) == 1:
                row, at = told[known[best]], places[known[best]] or 0
                text = f"The {row.cells[0].head} with the {rank} {head} is {plain(row.cells[0].text)}."
                yield Statement(text, (row,), 0, (at,), rank=rank, is_of_all=len(known) == len(told))


def compared(head: str, names: Sequence[str], cells: Sequence[str]) -> str:
    """Say which of two cells of a column is the higher, and by how much; "" where they have no order.

    >>> compared("Height (m)", ["Kell", "Upper Orm"], ["88", "62"])
    'Of the two, Kell has the higher “Height (m)”, by 26.'
    >>> compared("Opened", ["Kell", "Upper Orm"], ["3 May", "28 April"])
    'Of the two, Kell has the later “Opened”.'
    >>> compared("Fish", ["Kell", "Orm"], ["9", "9"]), compared("Fish", ["Kell", "Orm"], ["eel", "9"])
    ('Both have the same “Fish”.', '')
    """
    values = _values(cells)
    if values is None:
        return ""
    one, other = values
    if one == other:
        return f"Both have the same “{head}”."
    if isinstance(one, str) or isinstance(other, str):
        return f"Of the two, {names[str(one) < str(other)]} has the later “{head}”."
    figures = [FIGURE.findall(text) for text in cells]
    apart = abs(one[0] - other[0]) if len(one) == len(other) == 1 else 0.0
    places = max(len(f.partition(".")[2]) for own in figures for f in own)
    by = FIGURE.sub(f"{apart:,.{places}f}", SIGN.sub("", plain(cells[0]))) if apart else ""
    return f"Of the two, {names[one < other]} has the higher “{head}”{f', by {by}' if by else ''}."


def _values(texts: Sequence[str]) -> Sequence[str | tuple[float, ...]] | None:
    """Return what the cells of a column may be ordered by: dates, or the figures in the same form; else None.

    >>> _values(["2 h 05", "11 h"]), _values(["£1,200", "−£90"]), _values(["3 May", "28 April"])
    (None, [(1200.0,), (-90.0,)], ['2001-05-03', '2001-04-28'])
    """
    told = [plain(text) for text in texts]
    if any(SHORT_DATE.match(text) for text in told):
        return None
    if any(WORD.search(text) for text in told):
        dates = [iso_date(text if YEAR.search(text) else f"{text} 2001") for text in told]
        if all(dates) and len({len(date) for date in dates}) == 1:
            return dates
    signs = [1.0 if text[:1] == "+" or not SIGN.match(text) else -1.0 for text in told]
    told = [SIGN.sub("", text) for text in told]
    forms = {FIGURE.sub("#", text).replace(" ", "") for text in told}
    form = next(iter(forms), "")
    if len(forms) > 1 or "#" not in form or len(form) > LONGEST_UNIT:
        return None
    return [
        tuple(sign * float(APART_IN_FIGURE.sub("", f)) for f in FIGURE.findall(text))
        for sign, text in zip(signs, told, strict=True)
    ]
