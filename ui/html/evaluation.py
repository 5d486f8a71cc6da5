"""The dialog of evaluations as HTML: what runs, the headline figures, the report with its plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ui.html.templating import render
from footnote.ui.html.wording import plural, readable_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.report.compare import Comparison, FigureDifference
    from footnote.evals.report.report import Report
    from footnote.ui.html.templating import Html

# value -> (words, cases of the built-in suite that are drawn; None: all of them, or a file of one's own)
SUITES: dict[str, tuple[str, int | None]] = {
    "quick": ("Built-in, 60 cases drawn at random", 60),
    "samples": ("Built-in, all cases", None),
    "own": ("Your own questions…", None),
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A headline figure in words; what it was before and how it changed are empty without a comparison."""

    name: str
    value: str
    interval: str = ""
    n: str = ""
    before: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """How far a run is."""

    done: int
    total: int

    @property
    def words(self) -> str:
        """How far it is, in words."""
        if not self.done:
            return "Adding the articles…"
        return f"{self.done:,} of {plural(self.total, 'case')} done"


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports there are, the latest first, the one shown and the one it is compared with."""

    names: Sequence[str] = ()
    shown: str = ""
    against: str = ""

    @property
    def reports(self) -> list[tuple[str, str]]:
        """The names, each with when it was made."""
        return [(name, _when(name)) for name in self.names]

    @property
    def earlier(self) -> list[tuple[str, str]]:
        """Those that the one shown can be compared with, after none; empty when there are none."""
        before = [(name, when) for name, when in self.reports if name < self.shown]
        return [("", "nothing"), *before] if before else []


def rows(report: Report, comparison: Comparison | None) -> list[FigureRow]:
    """Return the headline figures of a report, with what became of each since an earlier one."""
    from footnote.evals.report.headline import headline_figures

    differences = {
        (part.suite, d.key): d for part in (comparison.parts if comparison else ()) for d in part.differences
    }
    return [
        _row(name, figure, meaning, differences.get((section.suite, figure.key if figure else "")))
        for section in report.sections
        for name, figure, meaning in headline_figures(section)
    ]


def _row(name: str, figure: Figure | None, meaning: str, changed: FigureDifference | None) -> FigureRow:
    from footnote.evals.metrics.figures import shown, unit_sign

    if figure is None:
        return FigureRow(name, meaning)
    sign = unit_sign(figure)
    value, low, high = (shown(figure, v) for v in (figure.value, figure.low, figure.high))
    row = FigureRow(name, f"{value}{sign}", f"{low}–{high}{sign}", f"{figure.n:,} {figure.counts}")
    if changed is None:
        return row
    by, low, high = map(changed.signed, (changed.difference, changed.low, changed.high))
    told = f"{changed.verdict or 'no clear change'}: {by} ({low} to {high}), n={changed.n:,}"
    return FigureRow(row.name, row.value, row.interval, row.n, changed.shown(changed.a), told)


def dialog(
    reports: Reports, found: Sequence[FigureRow], running: Running | None, problem: str, said: str = ""
) -> Html:
    """Render the dialog. `said` is about the report: when it was made, of what, by what."""
    return render(
        "evaluation",
        "dialog",
        suites=[(value, words) for value, (words, _) in SUITES.items()],
        running=running,
        choice=reports,
        rows=found,
        compared=any(row.before for row in found),
        problem=problem,
        said=said,
    )


def _when(name: str) -> str:
    day, clock = name.split("-")
    return f"{readable_date(f'{day[:4]}-{day[4:6]}-{day[6:]}')}, {clock[:2]}:{clock[2:4]}:{clock[4:]} UTC"
