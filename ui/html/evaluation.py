"""The dialog of evaluations as HTML: what runs, the headline figures, the report with its plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ui.html.render import escape, plural, readable_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.report.compare import Comparison, FigureDifference
    from footnote.evals.report.report import Report

# value -> (words, cases of the built-in suite that are drawn; None: all of them, or a file of one's own)
SUITES: dict[str, tuple[str, int | None]] = {
    "quick": ("Built-in, 60 cases drawn at random", 60),
    "samples": ("Built-in, all cases", None),
    "own": ("Your own questions…", None),
}
FORM = (
    "A .jsonl file with a question a line, as {“question”: …, “answers”: […]}, which is put to your library, "
    "or SQuAD’s .json, which brings its articles."
)


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


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports there are, the latest first, the one shown and the one it is compared with."""

    names: Sequence[str] = ()
    shown: str = ""
    against: str = ""


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
    shelf: Reports, found: Sequence[FigureRow], running: Running | None, problem: str, said: str = ""
) -> str:
    """Render the dialog. `said` is about the report: when it was made, of what, by what."""
    alert = f'<p class="notice" role="alert">{escape(problem)}</p>' if problem else ""
    about = f'<p class="facts">{escape(said)}</p>' if said else ""
    shown = "" if running else f"{_chosen(shelf)}{about}{_table(found)}{_frame(shelf.shown) if found else ''}"
    return (
        '<dialog class="panel-dialog evaluation" aria-labelledby="evaluation-title">'
        '<div class="evaluation-head"><h2 id="evaluation-title">Evaluation</h2>'
        '<button type="button" class="plain" data-close-dialog>Close</button></div>'
        '<p class="facts">Questions and summaries are put to what answers you, with your settings. The '
        f"built-in ones are on articles of their own; your library is not changed.</p>{alert}"
        f"{_running(running) if running else _start()}{shown}</dialog>"
    )


def _start() -> str:
    options = "".join(f'<option value="{value}">{words}</option>' for value, (words, _) in SUITES.items())
    return (
        '<form class="evaluation-bar" data-evaluate><label>Suite '
        f'<select name="suite" autocomplete="off">{options}</select></label>'
        '<label data-own hidden>File <input type="file" name="file" accept=".jsonl,.json"></label>'
        '<button class="primary">Run the evaluation</button>'
        f'<p class="hint" data-own hidden>{FORM}</p></form>'
    )


def _running(running: Running) -> str:
    done, total = running.done, running.total
    words = f"{done:,} of {plural(total, 'case')} done" if done else "Adding the articles…"
    return (
        f'<p class="running"><progress max="{max(1, total)}" value="{done}" aria-label="Evaluation">'
        f'</progress><span role="status">{words}</span>'
        '<button type="button" class="plain" data-act="cancel-evaluation">Stop</button></p>'
    )


def _chosen(shelf: Reports) -> str:
    if not shelf.names:
        return '<p class="nothing">No report yet. All cases take some minutes without a language model.</p>'
    earlier = [n for n in shelf.names if n < shelf.shown]
    compared = ""
    if earlier:
        options = _options(["", *earlier], shelf.against)
        compared = f"<label>compared with <select data-against>{options}</select></label>"
    return (
        f'<p class="report-choice"><label>Report of <select data-report>{_options(shelf.names, shelf.shown)}'
        f"</select></label> {compared}</p>"
    )


def _options(names: Sequence[str], chosen: str) -> str:
    return "".join(
        f'<option value="{n}"{" selected" if n == chosen else ""}>{_when(n) if n else "nothing"}</option>'
        for n in names
    )


def _when(name: str) -> str:
    day, clock = name.split("-")
    return f"{readable_date(f'{day[:4]}-{day[4:6]}-{day[6:]}')}, {clock[:2]}:{clock[2:4]}:{clock[4:]} UTC"


def _table(found: Sequence[FigureRow]) -> str:
    if not found:
        return ""
    compared = any(row.before for row in found)
    heads = ["Figure", "Value", "95% interval", "n", *(["Before", "Change"] if compared else [])]
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join(_line(row, compared) for row in found)
    return (
        '<div class="scrolls" tabindex="0" role="region" aria-label="Headline figures">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(row: FigureRow, compared: bool) -> str:
    cells = [row.value, row.interval, row.n, *([row.before, row.change] if compared else [])]
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(row.name)}</th>{shown}</tr>'


def _frame(name: str) -> str:
    return (
        f'<p class="downloads"><a href="evaluation/{name}.html" download>Download the report</a> '
        f'<a href="evaluation/{name}.json" download>Download its data</a></p>'
        f'<iframe src="evaluation/{name}.html" title="The report with its plots" loading="lazy"></iframe>'
    )
