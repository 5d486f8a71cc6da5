"""What is shown beside reports as plain tables, for the terminal and for a page: comparisons, judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report.headline import counted, headline_figures
from footnote.evals.report.templating import finder, render, stylesheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from footnote.evals.metrics.agreement import Agreement
    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.meta_evaluation import JudgeRow
    from footnote.evals.report.compare import Comparison, FigureDifference, SuiteComparison
    from footnote.evals.report.report import Section


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with what is said above it; a row of one cell is the heading of those below it.

    Of a `long` one a terminal shows the first rows only.
    """

    title: str
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    long: bool = False


def sheets_html(title: str, sheets: Iterable[Sheet]) -> str:
    """Return sheets as a page that stands alone."""
    return str(render("sheets.html.jinja", style=stylesheet(), title=title, sheets=list(sheets)))


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison as a page that stands alone: the changed cases first, with what either said."""
    parts = [(part, _figures_of(comparison, part)) for part in comparison.parts]
    page = render(
        "comparison.html.jinja", style=stylesheet(), finder=finder(), comparison=comparison, parts=parts
    )
    return str(page)


def comparison_sheets(comparison: Comparison) -> Iterator[Sheet]:
    """Yield the differences of each suite with their intervals, then the cases that changed."""
    for part in comparison.parts:
        yield _figures_of(comparison, part)
        for title, changes in (("better", part.better), ("worse", part.worse)):
            rows = [(c.id, c.what, c.question) for c in changes]
            yield Sheet(f"{len(changes):,} {title}", (), ("case", "what", "question"), rows, long=True)


def _figures_of(comparison: Comparison, part: SuiteComparison) -> Sheet:
    return Sheet(
        f"{part.suite}: {part.cases:,} cases in both",
        tuple(_unlike(comparison, part)),
        ("figure", "A", "B", "B − A", "95% interval", "n", ""),
        list(_differences(part.differences)),
    )


def _unlike(comparison: Comparison, part: SuiteComparison) -> Iterator[str]:
    """Yield what is not the same on both sides, so that a difference may come of it."""
    if part.changed_data:
        yield "The data differ between the two; cases of the same id are compared."
    a, b = (versions.get("judge") for versions in (comparison.versions_a, comparison.versions_b))
    if a and b and a != b:
        yield f"A was judged by {a}, B by {b}: figures on support do not compare."


def _differences(differences: Sequence[FigureDifference]) -> Iterator[tuple[str, ...]]:
    group = ""
    for d in differences:
        if d.group != group:
            group = d.group
            yield (group,)
        interval = f"{d.signed(d.low)} to {d.signed(d.high)}"
        yield (
            d.label, d.shown(d.a), d.shown(d.b), d.signed(d.difference), interval, f"{d.n:,}", d.verdict,
        )  # fmt: skip


def slices_sheet(column: str, parts: Mapping[Any, Section]) -> Sheet:
    """Return the first figures of the cases of each value of a column."""
    rows: list[tuple[str, ...]] = []
    for value, part in parts.items():
        rows.append((f"{value}: {counted(len(part.rows), 'case')}",))
        found = ((name, figure) for name, figure, _ in headline_figures(part) if figure)
        rows += [(f"  {name}", *_numbers(figure)) for name, figure in found]
    suite = next(iter(parts.values())).suite.partition(": ")[0]
    return Sheet(f"{suite} by {column}", (), ("figure", "", "95% interval", "n"), rows)


def _numbers(figure: Figure) -> tuple[str, str, str]:
    value, low, high = (shown(figure, end) for end in (figure.value, figure.low, figure.high))
    return value + unit_sign(figure), f"{low} – {high}", f"{figure.n:,}"


def judge_sheets(rows: Sequence[JudgeRow]) -> Iterator[Sheet]:
    """Yield how judges agree with people, data set by data set, and what each judge says in detail."""
    for dataset in dict.fromkeys(row.dataset for row in rows):
        inside = [row for row in rows if row.dataset == dataset]
        yield Sheet(
            f"{dataset}: {inside[0].supported:,} of {inside[0].n:,} claims supported",
            tuple(
                f"{row.judge}: no verdict on {row.failed:,} of its claims, which no figure counts."
                for row in inside
                if row.failed
            ),
            ("judge", "AUC", "balanced accuracy", "Spearman", "p50 ms"),
            [
                (
                    row.judge,
                    _interval(row.auc),
                    _interval(row.balanced_accuracy),
                    "–" if row.spearman is None else f"{row.spearman:.3f}",
                    f"{row.milliseconds_p50:.1f}" if row.milliseconds_p50 else "–",
                )
                for row in inside
            ],
        )
        for row in inside:
            if row.agreement is not None:
                yield from _agreement(row.judge, row.agreement)


def _agreement(judge: str, found: Agreement) -> Iterator[Sheet]:
    yield Sheet(
        f"{judge}: verdicts against labels",
        tuple(_told(found)),
        ("verdict", "people: supported", "people: not"),
        [(verdict, f"{a:,}", f"{b:,}") for verdict, (a, b) in found.confusion.items()],
    )
    yield Sheet(
        f"{judge}: calibration",
        ()
        if found.calibration_error is None
        else (f"Calibration error {_interval(found.calibration_error)}.",),
        ("score", "n", "mean score", "supported, say people"),
        [
            (f"{low:.1f} – {high:.1f}", f"{n:,}", f"{score:.2f}", f"{100 * share:.0f}%")
            for low, high, n, score, share in found.bins
        ],
    )
    yield Sheet(
        f"{judge}: {len(found.disagreements):,} disagreements, the widest first",
        (),
        ("case", "people", "judge", "score", "claim"),
        [
            (
                d.id,
                "supported" if d.label else "not",
                d.support.verdict.value,
                f"{d.support.score:.2f}",
                d.claim,
            )
            for d in found.disagreements
        ],
        long=True,
    )


def _told(found: Agreement) -> Iterator[str]:
    if found.supported_from is not None:
        yield f"Called supported from a score of {found.supported_from:.2f} on."
    shares = (("precision", found.precision), ("recall", found.recall), ("kappa", found.kappa))
    known = [f"{name} {value:.3f}" for name, value in shares if value is not None]
    if known:
        yield f"Of “supported”: {', '.join(known)}."
    if (one := found.suggested) is not None:
        found_better = "Suggested" if one.accuracy[0] > one.shipped[0] else "No better"
        yield (
            f"{found_better} threshold: {one.score:.2f}, chosen on {one.chosen_on:,} claims. On the other "
            f"{one.tried_on:,}: balanced accuracy {_interval(one.accuracy)}, the verdicts as they are "
            f"{_interval(one.shipped)}."
        )


def _interval(figure: tuple[float, float, float] | None) -> str:
    return "–" if figure is None else f"{figure[0]:.3f} ({figure[1]:.3f}–{figure[2]:.3f})"
