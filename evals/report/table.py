"""A report, and a comparison of two, as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report.headline import headline_figures, judged_by, notes, run_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.meta_evaluation import JudgeRow
    from footnote.evals.metrics.metric import Metric
    from footnote.evals.report.compare import Comparison, FigureDifference
    from footnote.evals.report.report import Report, Section

QUIET, STRONG = "dim", "bold"
LISTED = 12  # bad rows, failed and changed cases that a terminal lists


def report_tables(report: Report, metrics: Sequence[Metric] = METRICS) -> Iterator[RenderableType]:
    """Yield what is printed of a report: for each suite the four figures, then all, then problems."""
    for section in report.sections:
        yield Text(section.suite, style=STRONG)
        yield Text(", ".join([*run_facts(section), judged_by(report)]), style=QUIET)
        yield _headline(section, metrics)
        yield Text()
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


def comparison_tables(comparison: Comparison) -> Iterator[RenderableType]:
    """Yield what is printed of a comparison: differences with intervals, then the changed cases."""
    for part in comparison.parts:
        yield Text(f"{part.suite}: {part.cases:,} cases in both", style=STRONG)
        if part.changed_data:
            yield Text("The data differ between the two; cases of the same id are compared.", style="yellow")
        yield _differences(part.differences)
        for title, changes in (("better", part.better), ("worse", part.worse)):
            yield Text(f"\n{len(changes):,} {title}", style=STRONG)
            for change in changes[:LISTED]:
                yield Text(f"  {change.id}: {change.what}: {_one_line(change.question)}")
            if len(changes) > LISTED:
                yield Text(f"  … and {len(changes) - LISTED:,} more with --json", style=QUIET)


def _differences(differences: Sequence[FigureDifference]) -> Table:
    table = _columns("figure", "A", "B", "B − A", "95% interval", "n", "")
    group = ""
    for d in differences:
        if d.group != group:
            group = d.group
            table.add_row(Text(group, style=STRONG))
        sign = Text(d.verdict, style={"better": "green", "worse": "red"}.get(d.verdict, QUIET))
        table.add_row(
            f"  {d.label}",
            d.shown(d.a),
            d.shown(d.b),
            d.signed(d.difference),
            f"{d.signed(d.low)} to {d.signed(d.high)}",
            f"{d.n:,}",
            sign,
        )
    return table


def judge_tables(rows: Sequence[JudgeRow]) -> Iterator[RenderableType]:
    """Yield how judges agree with people, data set by data set, the overlap floors below each."""
    for dataset in dict.fromkeys(row.dataset for row in rows):
        inside = [row for row in rows if row.dataset == dataset]
        claims = f"{inside[0].supported:,} of {inside[0].n:,} claims supported"
        yield Text(f"{dataset}: {claims}", style=STRONG)
        table = _columns("judge", "AUC", "balanced accuracy", "Spearman", "p50 ms")
        for row in inside:
            table.add_row(
                row.judge,
                _interval(row.auc),
                _interval(row.balanced_accuracy),
                "–" if row.spearman is None else f"{row.spearman:.3f}",
                f"{row.milliseconds_p50:.1f}" if row.milliseconds_p50 else "–",
            )
        yield table
        yield Text()


def _interval(figure: tuple[float, float, float] | None) -> str:
    return "–" if figure is None else f"{figure[0]:.3f} ({figure[1]:.3f}–{figure[2]:.3f})"
