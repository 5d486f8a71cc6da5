"""A report, and other sheets, as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report.headline import headline_figures, judged_by, notes, run_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

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


def _columns(*names: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET)
    for place, name in enumerate(names):
        table.add_column(name, justify="left" if place == 0 else "right", no_wrap=place > 0)
    return table


def _headline(section: Section, metrics: Sequence[Metric]) -> Table:
    table = _columns("", "", "95% interval", "n", "")
    table.columns[-1].justify = "left"
    for name, figure, meaning in headline_figures(section, metrics):
        numbers = ("–", "", "") if figure is None else _numbers(figure)
        table.add_row(Text(name, style=STRONG), *numbers, Text(meaning, style=QUIET))
    table.columns[-1].no_wrap = False
    return table


def _numbers(figure: Figure) -> tuple[str, str, str]:
    value = shown(figure, figure.value) + unit_sign(figure)
    return value, f"{shown(figure, figure.low)} – {shown(figure, figure.high)}", f"{figure.n:,}"


def _figures(section: Section) -> Table:
    table = _columns("figure", "", "95% interval", "n")
    group = ""
    for figure in section.figures:
        if figure.group != group:
            group = figure.group
            table.add_row(Text(group, style=STRONG))
        table.add_row(f"  {figure.label}", *_numbers(figure))
    return table


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


def _sheet(sheet: Sheet) -> Table:
    table = _columns(*sheet.columns)
    if sheet.long:
        for column in table.columns:
            column.justify, column.no_wrap, column.overflow = "left", False, "fold"
    for row in sheet.rows[: LISTED if sheet.long else None]:
        if len(row) == 1:
            table.add_row(Text(row[0], style=STRONG))
            continue
        table.add_row(*(Text(_one_line(cell), style=VERDICTS.get(cell, "")) for cell in row))
    return table
