"""A report, and other sheets, as tables for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report.headline import headline_figures, judged_by, notes, run_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.metric import Metric
    from footnote.evals.report.report import Report, Section
    from footnote.evals.report.sheets import Sheet

QUIET, STRONG = "dim", "bold"
VERDICTS = {"better": "green", "worse": "red"}
LISTED = 12  # bad rows, failed and changed cases that a terminal lists


def report_tables(report: Report, metrics: Sequence[Metric] = METRICS) -> Iterator[RenderableType]:
    """Yield what is printed of a report: for each suite the four figures, then all, then problems."""
    for section in report.sections:
        yield Text(section.suite, style=STRONG)
        yield Text(", ".join([*run_facts(section), judged_by(report)]), style=QUIET)
        yield _headline(section, metrics)
        yield Text()
        if section.figures:
            yield _figures(section)
        for note in notes(section):
            yield Text(note, style="yellow")
        yield from _problems(section)


NARROW = 60  # columns: below this a table of names and numbers is a list


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of a name and what is said of it: a table, or in few columns a list of them, so that none is cut.

    A row of one cell is the heading of those below it. A `long` table has texts in its columns, which wrap.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    long: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < NARROW:
            yield from map(self._item, self.rows)
        else:
            yield self._table()

    def _item(self, row: tuple[Text, ...]) -> RenderableType:
        first, *rest = row
        told = [
            Text.assemble((f"{name} ", QUIET), cell) if name else cell
            for name, cell in zip(self.names[1:], rest, strict=False)
            if cell.plain.strip()
        ]
        if not told:
            return first
        return Group(first, Padding(Text(", ").join(told), (0, 0, 0, 4)))

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET)
        for place, name in enumerate(self.names):
            table.add_column(name, **self._manner(place))
        for row in self.rows:
            table.add_row(*row)
        return table

    def _manner(self, place: int) -> dict[str, Any]:
        if self.long:
            return {"justify": "left", "no_wrap": False, "overflow": "fold"}
        last = place == len(self.names) - 1 and not self.names[place]
        return {"justify": "left" if place == 0 or last else "right", "no_wrap": place > 0 and not last}


def _headline(section: Section, metrics: Sequence[Metric]) -> Grid:
    rows = []
    for name, figure, meaning in headline_figures(section, metrics):
        numbers = (Text("–"), Text(), Text()) if figure is None else _numbers(figure)
        rows.append((Text(name, style=STRONG), *numbers, Text(meaning, style=QUIET)))
    return Grid(("", "", "95% interval", "n", ""), tuple(rows))


def _numbers(figure: Figure) -> tuple[Text, Text, Text]:
    value = shown(figure, figure.value) + unit_sign(figure)
    interval = f"{shown(figure, figure.low)} – {shown(figure, figure.high)}"
    return Text(value), Text(interval), Text(f"{figure.n:,}")


def _figures(section: Section) -> Grid:
    rows: list[tuple[Text, ...]] = []
    group = ""
    for figure in section.figures:
        if figure.group != group:
            group = figure.group
            rows.append((Text(group, style=STRONG),))
        rows.append((Text(f"  {figure.label}"), *_numbers(figure)))
    return Grid(("figure", "", "95% interval", "n"), tuple(rows))


def _problems(section: Section) -> Iterator[Text]:
    if not section.complete:
        yield Text(f"Stopped after {len(section.rows):,} of {section.cases:,} cases.", style="yellow")
    failed = [f"{row.id}: {row.error}" for row in section.failed]
    bad = [f"{b.file}, line {b.line}: {b.reason}" for b in section.bad]
    rejected = section.corpus.get("rejected", 0)
    unread = [*section.corpus.get("reasons", ())] + ["…"] * (
        rejected > len(section.corpus.get("reasons", ()))
    )
    for lines, count, noun in (
        (failed, len(failed), "failed case"),
        (bad, len(bad), "row that could not be used"),
        (unread, rejected, "article that could not be read"),
    ):
        if lines:
            yield Text(f"\n{count:,} × {noun}", style="yellow")
            for line in lines[:LISTED]:
                yield Text(f"  {_one_line(line)}")
            if count > LISTED:
                yield Text(f"  … and {count - LISTED:,} more in the report", style=QUIET)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def sheet_tables(sheets: Iterable[Sheet]) -> Iterator[RenderableType]:
    """Yield what is printed of sheets; of long ones the first rows."""
    for sheet in sheets:
        yield Text(f"\n{sheet.title}", style=STRONG)
        for note in sheet.notes:
            yield Text(note, style="yellow")
        if sheet.rows:
            yield _sheet(sheet)
        if sheet.long and len(sheet.rows) > LISTED:
            yield Text(f"  … and {len(sheet.rows) - LISTED:,} more with --json or --out", style=QUIET)


def _sheet(sheet: Sheet) -> Grid:
    rows = tuple(
        (Text(row[0], style=STRONG),)
        if len(row) == 1
        else tuple(Text(_one_line(cell), style=VERDICTS.get(cell, "")) for cell in row)
        for row in sheet.rows[: LISTED if sheet.long else None]
    )
    return Grid(sheet.columns, rows, sheet.long)
