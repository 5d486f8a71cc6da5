"""What a row of a table says, held against a claim: a figure of another row or column is no figure of this.

To the judge the cells of a table are words in a row; “Norway won 16 silver medals” and “16 gold medals” are
alike to it beside “Norway: Gold 16, Silver 8”. Where a claim names one row, what it says of a column must be
that row's cell. Rows and heads are the document's own: `footnote.ingest.text.cells`.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.cells import APART, OF_CELL, cells_of
from footnote.ingest.text.word_lists import either
from footnote.rag.check.alignment import tokens
from footnote.rag.check.local_part import Finding
from footnote.rag.english.quantities import MAGNITUDES, quantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footnote.rag.check.alignment import Token
    from footnote.rag.check.local_part import FindingKind
    from footnote.rag.english.quantities import Quantity

# “Visitors (thousands)”, “$000”: what the numbers below a head or a caption are counted in.
COUNTED_IN = re.compile(rf"\b(?P<word>{either(MAGNITUDES)})s?\b|(?<![\d,.])000s?\b", re.IGNORECASE)


class _Cell(NamedTuple):
    head: str
    text: str
    heads: frozenset[str]  # keys of its head's words
    keys: frozenset[str]  # and of its own
    number: Quantity | None


class _Row(NamedTuple):
    name: _Cell
    cells: tuple[_Cell, ...]


def row_findings(claim: str, text: str) -> list[Finding] | None:
    """Return what a claim says otherwise than the one row of `text` that it names; None: it names none.

    >>> from footnote.ingest.text.cells import NEXT_CELL, OF_CELL
    >>> row = f"Country{OF_CELL}Norway:{NEXT_CELL}Gold{OF_CELL}16,{NEXT_CELL}Silver{OF_CELL}8."
    >>> [f.reason for f in row_findings("Norway won 16 silver medals.", row)]
    ['In the row “Norway” the table has “8” for “Silver”, the sentence says “16”.']
    >>> row_findings("Norway won 8 silver medals.", row)
    []
    """
    if OF_CELL not in text:
        return None
    words = tokens(claim)
    said = frozenset(t.key for t in words)
    rows = list(_rows(text))
    named = [row for row in rows if row.name.keys and row.name.keys <= said]
    if len({row.name.text for row in named}) != 1:
        return None
    own = _Row(named[0].name, tuple(cell for row in named for cell in row.cells))
    others = [cell for row in rows if row not in named for cell in row.cells]
    return [*_numbers(claim, own, others, text), *_words(said, own, others)]


def _rows(text: str) -> Iterator[_Row]:
    for line in text.splitlines():
        first, *rest = cells_of(line) or (None,)
        if first is not None:
            yield _Row(_cell(first.head, first.text), tuple(_cell(c.head, c.text) for c in rest))


def _cell(head: str, text: str) -> _Cell:
    found = list(quantities(text))
    number = found[0] if len(found) == 1 and found[0].end - found[0].start >= len(text.strip()) - 1 else None
    return _Cell(head, text, _content(APART.sub("", head)), _content(text), number)


def _content(text: str) -> frozenset[str]:
    return frozenset(t.key for t in tokens(text) if t.content or t.number)


def _numbers(claim: str, own: _Row, others: Sequence[_Cell], text: str) -> Iterator[Finding]:
    """Yield the numbers that stand beside the head of another cell than theirs, or in another row only."""
    words = tokens(claim)
    lines = [line for line in text.splitlines() if not cells_of(line)]
    prose = [q for line in lines for q in quantities(line)]
    counted = _counted_in(" ".join([*lines, own.name.head, *(cell.head for cell in own.cells)]))
    told = quantities(claim)
    for said in told:
        if _is_name(said, words, own) or any(said.equals(q) for q in prose):
            continue
        cell = _nearest(said, words, own.cells) or _in_its_column(said, own, others)
        if cell is None or cell.number is None or _same(said, cell.number, counted):
            continue
        given = any(_same(q, cell.number, counted) for q in told)
        if not (given and _of_a_column_unnamed(said, cell, own, words)):
            yield _instead("number", own, cell, said.text)


def _counted_in(text: str) -> frozenset[float]:
    """Return what the numbers of a table may be counted in, as its heads and the text beside it tell."""
    found = (m["word"] for m in COUNTED_IN.finditer(text))
    return frozenset({1.0, *(MAGNITUDES[word.lower()] if word else 1000.0 for word in found)})


def _same(said: Quantity, held: Quantity, counted: Iterable[float]) -> bool:
    """Tell whether a number is that of a cell, in any of what it may be counted in."""
    of = [held._replace(values=tuple(v * factor for v in held.values)) for factor in counted]
    return any(said.equals(one) or said.rounds(one) for one in of)


def _of_a_column_unnamed(said: Quantity, cell: _Cell, own: _Row, words: Sequence[Token]) -> bool:
    """Tell whether a number is that of a column which the claim calls otherwise: “67 m high” for “Height”.

    So it may be where the column that is named has its own number in the claim.
    """
    column = next((c for c in own.cells if c.number and said.equals(c.number)), None)
    if column is None:
        return False
    nearer = _apart(said, words, column) < _apart(said, words, cell)
    return nearer or not column.heads & {t.key for t in words}


def _apart(said: Quantity, words: Sequence[Token], cell: _Cell) -> float:
    """Return how many words lie between a number and the nearest of a cell's head; endless where none is."""
    place = next(i for i, t in enumerate(words) if t.end > said.start)
    return min((abs(i - place) for i, t in enumerate(words) if t.key in cell.heads), default=math.inf)


def _is_name(said: Quantity, words: Sequence[Token], own: _Row) -> bool:
    """Tell whether a number stands in the name of the row or of a column: “Nests 2020”, “per 100 ml”."""
    names = own.name.keys.union(*(_content(cell.head) for cell in own.cells))
    return all(t.key in names for t in words if said.start <= t.start < said.end)


def _nearest(said: Quantity, words: Sequence[Token], cells: Sequence[_Cell]) -> _Cell | None:
    """Return the cell whose head is named nearest to a number; None where none is, or two are as near."""
    keys = {t.key for t in words}
    apart = [(_apart(said, words, cell), cell) for cell in cells if cell.heads and cell.heads <= keys]
    nearest = [cell for distance, cell in apart if distance == min(d for d, _ in apart)]
    return nearest[0] if len(nearest) == 1 else None


def _in_its_column(said: Quantity, own: _Row, others: Sequence[_Cell]) -> _Cell | None:
    """Return this row's cell of the column in which a number stands for another row, if not in this row."""
    if any(cell.number and said.equals(cell.number) for cell in own.cells):
        return None
    heads = {cell.head for cell in others if cell.number and said.equals(cell.number)}
    return next((cell for cell in own.cells if cell.head in heads), None)


def _words(said: frozenset[str], own: _Row, others: Sequence[_Cell]) -> Iterator[Finding]:
    """Yield the words that stand in a column of this row in other rows only."""
    held = frozenset(k for cell in own.cells for k in cell.keys)
    for cell in own.cells:
        told = {o.text: o.keys for o in others if o.head == cell.head and o.number is None}
        for text, keys in told.items():
            if keys and keys <= said and not keys & held:
                yield _instead("name", own, cell, text)


def _instead(kind: FindingKind, row: _Row, cell: _Cell, said: str) -> Finding:
    told = f"In the row “{row.name.text}” the table has “{cell.text}” for “{cell.head}”"
    return Finding(kind, f"{told}, the sentence says “{said}”.", instead=True)
