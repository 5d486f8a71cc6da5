"""Spreadsheets of Excel (.xlsx), read by openpyxl: what is shown of their sheets, as it is shown."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers import table
from footnote.ingest.readers.document import Document, tidy
from footnote.ingest.readers.format import Format, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element  # type: ignore[import-untyped]

    from footnote.ingest.readers.package import Package

WORKBOOK = "xl/workbook.xml"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MEMBERS = re.compile(
    r"\[Content_Types\]\.xml|(?:_rels|docProps|xl|xl/_rels|xl/worksheets)/[^/]*\.(?:xml|rels)"
)
MOST_BYTES = 20_000_000  # of XML; some 300,000 cells, which take a child half its time
MOST_SHEETS = 100
MERGED = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
MOST_MERGED = 1_000  # rows
MOST_FILLED = 100_000  # cells that say what others do
# What a format is made of: a text, a sign, a currency, what is not shown, and the rest letter by letter.
OF_FORMAT = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|(?:\[[^\]]*\]|[_*].)|(.)')
PLACES = frozenset("0#?.,")
NO_NUMBER = re.compile(r"general|[@/]|e[+-]|[hmsdy]", re.IGNORECASE)
CUT = f"Only the first {table.MOST_ROWS:,} rows of a sheet were read."
HIDDEN = "Hidden sheets, rows or columns were left out."
MAKER = "openpyxl"  # what it names as the author where a file names none


def read(package: Package) -> Document:
    """Read a spreadsheet; a sheet is a section, and each row a line with the heads of its columns.

    Raises:
        UnreadableSource: If it is damaged, or too large.
    """
    book = _opened(package)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:MOST_SHEETS]
    paragraphs: list[tuple[str, str]] = []
    notes = [HIDDEN] if len(sheets) < len(book.worksheets) else []
    for sheet in sheets:
        look = _Look(package.xml(sheet._worksheet_path))  # noqa: SLF001 - else the relations are to be read here
        try:
            rows, more = table.within_bounds(look.shown(sheet))
        except Exception as error:
            raise UnreadableSource(f"its sheet “{sheet.title[:100]}” is damaged.") from error
        notes += [*more, *([CUT] if look.cut else []), *([HIDDEN] if look.hides() else [])]
        paragraphs += table.pairs(rows, tidy(sheet.title) if len(sheets) > 1 else "")
    author = tidy(book.properties.creator or "")
    return Document(
        tuple(paragraphs),
        title=tidy(book.properties.title or ""),
        author="" if author == MAKER else author,
        warnings=tuple(dict.fromkeys(notes)),
    )


def _opened(package: Package) -> Any:
    """Return the workbook, made anew of those of its members that hold text and numbers.

    Raises:
        UnreadableSource: If it is damaged, or too large.
    """
    import openpyxl

    kept = BytesIO()
    left = MOST_BYTES
    with zipfile.ZipFile(kept, "w") as archive:
        for name in filter(MEMBERS.fullmatch, package.names):
            package.xml(name)  # defines no entities
            archive.writestr(name, data := package.read(name))
            left -= len(data)
            if left < 0:
                raise UnreadableSource(
                    f"its sheets hold more than {MOST_BYTES // 1_000_000} MB. Save what matters as .csv."
                )
    try:
        return openpyxl.load_workbook(kept, read_only=True, data_only=True)
    except Exception as error:
        raise UnreadableSource("it is damaged: its list of sheets cannot be read.") from error


class _Look:
    """How a sheet looks: rows and columns that nobody sees, and cells merged with those above them."""

    def __init__(self, root: _Element) -> None:
        self.rows = {
            number for row in root.iter(S + "row") if _is_hidden(row) if (number := _number(row, "r"))
        }
        self.columns = {
            number
            for column in root.iter(S + "col")
            if _is_hidden(column)
            for number in range(_number(column, "min"), min(_number(column, "max"), table.MOST_COLUMNS) + 1)
        }
        self.above = dict(_merged(root))
        last = max(
            (_number(row, "r") for row in root.iter(S + "row") if row.find(f"{S}c/{S}v") is not None),
            default=0,
        )
        self.cut = last > table.MOST_ROWS

    def hides(self) -> bool:
        """Tell whether there is more than is seen."""
        return bool(self.rows or self.columns)

    def shown(self, sheet: Any) -> Iterator[list[str]]:
        """Yield the rows that are seen; a cell merged with those above says what they say."""
        said: dict[tuple[int, int], str] = {}
        # A cell in the last of all rows would stand for a million empty ones.
        found = sheet.iter_rows(max_row=table.MOST_ROWS, max_col=table.MOST_COLUMNS)
        for number, row in enumerate(found, start=1):
            cells = [_text(cell.value, cell.number_format) if cell.value is not None else "" for cell in row]
            titled = sum(map(bool, cells)) < 2  # a line over all columns stays one
            for column in range(1, len(cells) + 1) if self.above else ():
                first = self.above.get((number, column))
                if first and not (titled and first[0] == number and first[1] < column):
                    cells[column - 1] = said.setdefault(first, cells[column - 1])
            if number not in self.rows and any(cells):
                yield [cell for column, cell in enumerate(cells, start=1) if column not in self.columns]


def _merged(root: _Element) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield (row, column) of the cells that are merged, with that of the first of them."""
    refs = (MERGED.fullmatch(merged.get("ref", "")) for merged in root.iter(S + "mergeCell"))
    yield from islice(chain.from_iterable(map(_range, filter(None, refs))), MOST_FILLED)


def _range(found: re.Match[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    from openpyxl.utils import column_index_from_string

    left, right = (column_index_from_string(found[n]) for n in (1, 3))
    first, last = int(found[2]), int(found[4])
    for row in range(first, min(last, first + MOST_MERGED) + 1):
        for column in range(left, min(right, table.MOST_COLUMNS) + 1):
            yield (row, column), (first, left)


def _is_hidden(element: _Element) -> bool:
    return element.get("hidden") in {"1", "true"}


def _number(element: _Element, name: str) -> int:
    said = element.get(name, "")
    return int(said) if re.fullmatch(r"\d{1,10}", said) else 0


def _text(value: object, shown_as: str) -> str:
    """Return a value as the sheet shows it, dates as `2026-05-31`.

    >>> _text(0.125, "0.0%"), _text(3.14159, "0.00"), _text(1 / 3, "General"), _text(date(2026, 5, 31), "")
    ('12.5%', '3.14', '0.3333333333', '2026-05-31')
    """
    match value:
        case bool():
            return str(value).upper()
        case datetime():
            return value.date().isoformat() if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case int() | float():
            return _number_shown(value, shown_as.partition(";")[0])
        case _:
            return str(value)


def _number_shown(value: float, shown_as: str) -> str:
    """Return a number with what its format puts around and into it: currency, unit, thousands, decimals.

    >>> _number_shown(1250000, '#,##0 "g"'), _number_shown(-14.5, '"€"#,##0.00'), _number_shown(7, "000")
    ('1,250,000 g', '-€14.50', '007')
    """
    before, places, after = _parts(shown_as)
    plain = str(round(value, 10)).removesuffix(".0")
    if not places:
        return plain
    number = abs(value) * (100 if "%" in after else 1)
    whole, _, decimals = places.partition(".")
    thousands = len(places) - len(places.rstrip(","))
    text = f"{number / 1000**thousands:,.{len(decimals.rstrip(','))}f}"
    kept, _, rest = text.partition(".")
    rest = rest.rstrip("0").ljust(decimals.count("0"), "0")
    if "," not in whole.rstrip(","):
        kept = kept.replace(",", "").zfill(whole.count("0"))
    shown = f"{kept}.{rest}" if rest else kept
    sign = "-" if value < 0 and re.search("[1-9]", shown) else ""
    return f"{sign}{before}{shown}{after}"


def _parts(shown_as: str) -> tuple[str, str, str]:
    """Return what a format has before the number, the places of its digits, and what is after it."""
    before = places = after = ""
    for text, sign, currency, letter in OF_FORMAT.findall(shown_as):
        if letter in PLACES and letter:
            if after:
                return "", "", ""  # digits in groups, as of a telephone
            places += letter
        elif places:
            after += text or sign or currency or letter
        else:
            before += text or sign or currency or letter
    bare = OF_FORMAT.sub(lambda found: found[4] or "", shown_as)
    return ("", "", "") if NO_NUMBER.search(bare) else (before, places, after)


FORMAT = Format("xlsx", (".xlsx",), unpack=one(read), member=WORKBOOK, may_begin_as=frozenset({"zip"}))
