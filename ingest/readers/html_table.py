"""A table of HTML as rows of texts: spans filled, its heads told by `th` and `thead`, its caption kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ingest.readers import table
from footnote.ingest.readers.document import tidy
from footnote.ingest.readers.table import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

RAISED = str.maketrans("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
LONGEST_RAISED = 3  # characters of a mark or a power; what is longer is text
SPAN = re.compile(r"\s*(\d{1,5})")
LAYOUT = frozenset({"presentation", "none"})


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a table, spans filled, how many of them are heads, and its caption.

    `heads` is 0 where no row is marked as one. `paired`: each row begins with a head of its own.
    """

    rows: list[list[str]]
    heads: int
    caption: str
    paired: bool

    @property
    def has_data(self) -> bool:
        """Tell whether something is told of something: there are two rows and columns, or a marked head."""
        return max(map(len, self.rows), default=0) > 1 and (len(self.rows) > 1 or self.paired)

    def lines(self) -> Iterator[str]:
        """Yield each row in words."""
        return table.in_pairs(self.rows) if self.paired else table.in_words(self.rows, self.heads)

    def paragraphs(self) -> Iterator[str]:
        """Yield the rows as paragraphs of a bounded size, each below the caption."""
        return table.paragraphs(self.lines(), self.caption)


def found(element: _Element, text_of: Callable[[_Element], str]) -> Found:
    """Return what stands in a table; `text_of` gives the text of a cell that is seen."""
    rows: list[list[Cell]] = []
    kinds: list[tuple[bool, ...]] = []  # of each row: which cells are heads
    bold: list[tuple[bool, ...]] = []
    marked = 0  # rows in thead
    for row in _rows(element):
        cells = [e for e in row if e.tag in {"td", "th"}]
        read = [Cell(tidy(text_of(e)), _span(e, "colspan"), _span(e, "rowspan")) for e in cells]
        if any(cell.text for cell in read) or any(cell.rows > 1 for cell in read):
            rows.append(read)
            kinds.append(tuple(e.tag == "th" for e in cells))
            bold.append(tuple(map(_is_bold, cells)))
            marked += row.getparent().tag == "thead" and marked == len(rows) - 1
    if not marked and not any(map(any, kinds)) and not all(map(all, bold)):
        kinds = bold  # a word processor knows no other heads
    caption = element.find("caption")
    said = tidy(text_of(caption)) if caption is not None else ""
    filled = table.spread(rows)
    # What spans every column above the heads is a caption that is put into the table.
    while len(filled) > 2 and len(filled[0]) == 1 and marked != 1:
        said = " ".join(filter(None, (said, filled.pop(0)[0])))
        rows, kinds, marked = rows[1:], kinds[1:], max(0, marked - 1)
    return Found(filled, _heads(kinds, marked, rows), said, _is_paired(kinds))


def _heads(kinds: list[tuple[bool, ...]], marked: int, rows: list[list[Cell]]) -> int:
    """Return how many rows at the top are heads: those in thead, else those of `th` alone."""
    if marked:
        return marked
    count = 0
    while count < len(kinds) and kinds[count] and all(kinds[count]):
        count += 1
    if not count and kinds and len(kinds[0]) > 1 and all(kinds[0][1:]):
        count = 1  # the corner is an ordinary cell
    spanned = max((n + cell.rows for n, row in enumerate(rows[:count]) for cell in row), default=0)
    return max(count, spanned)


def _is_bold(cell: _Element) -> bool:
    """Tell whether all that a cell says is bold."""
    said = tidy("".join(cell.itertext()))
    return bool(said) and any(tidy("".join(e.itertext())) == said for e in cell.iter("b", "strong"))


def _is_paired(kinds: list[tuple[bool, ...]]) -> bool:
    """Tell whether each row is a head and what is told of it, as in a box of facts."""
    pairs = sum(kind == (True, False) for kind in kinds)
    return pairs > 0 and all(len(kind) == 1 or kind == (True, False) for kind in kinds)


def _rows(element: _Element) -> Iterator[_Element]:
    """Yield the rows of the table itself, those in its foot last."""
    feet: list[_Element] = []
    for child in element:
        if child.tag == "tr":
            yield child
        elif child.tag in {"thead", "tbody"}:
            yield from child.iterchildren("tr")
        elif child.tag == "tfoot":
            feet += child.iterchildren("tr")
    yield from feet


def _span(cell: _Element, name: str) -> int:
    said = SPAN.match(cell.get(name) or "")
    number = int(said[1]) if said else 1
    return table.MOST_ROWS if name == "rowspan" and said and not number else max(1, number)


def raise_marks(element: _Element) -> None:
    """Write what stands above the line in a table so that it stays there in text: `m²`, `186ᵃ`."""
    for sup in list(element.iter("sup")):
        said = "".join(sup.itertext()).strip()
        if 0 < len(said) <= LONGEST_RAISED and len(raised := said.translate(RAISED)) == len(said):
            for child in list(sup):
                sup.remove(child)
            sup.text = raised


def is_laid_out(element: _Element) -> bool:
    """Tell whether a table says that it only lays out a page, or holds another table."""
    return element.get("role") in LAYOUT or next(element.iterdescendants("table"), None) is not None
