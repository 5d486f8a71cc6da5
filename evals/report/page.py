"""A report as one page of HTML: nothing from elsewhere, every text escaped, one script that finds cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.columns import ANSWERABLE, CONFIDENCE, LABEL, MILLISECONDS, SCORE
from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report import curves
from footnote.evals.report.headline import (
    asks,
    counted,
    headline_figures,
    judged_by,
    notes,
    only_claims,
    run_facts,
)
from footnote.evals.report.plots import Axis, Plot, count_axis, interval_bar
from footnote.evals.report.templating import finder, render, stylesheet
from footnote.evals.report.worst import every_case, unsupported, worst_cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.metric import Metric
    from footnote.evals.metrics.rows import Row
    from footnote.evals.report.report import Report, Section
    from footnote.evals.report.worst import WorstCase

MOST_LISTED = 200  # unsupported sentences, bad rows and failed cases that a page lists
HISTOGRAM_BINS = 20


@dataclass(frozen=True, slots=True)
class Framed:
    """A plot with what stands around it, or with why there is `nothing` to plot."""

    title: str
    picture: Markup | None = None
    caption: str = ""
    legend: Sequence[str] = ()
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A table that is folded away: its title, its columns and all its rows."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SuiteView:
    """What the page shows of one suite."""

    section: Section
    facts: list[str]
    alerts: list[str]
    headlines: list[tuple[str, Figure | None, str]]
    leads: bool
    plots: list[Framed]
    worst: list[WorstCase]
    every: list[WorstCase]
    tables: tuple[Listed, ...]


def report_html(report: Report, metrics: Sequence[Metric] = METRICS) -> str:
    """Return the report as a page that stands alone: one file, light and dark, wide and narrow."""
    suites = [_suite(section, metrics) for section in report.sections]
    alone = len(suites) == 1
    asked = any(asks(section) for section in report.sections)
    head = [
        report.created.replace("T", " ").replace("+00:00", " UTC"),
        *([f"{name} {report.versions.get(name, '')}" for name in ("encoder", "model")] if asked else []),
        judged_by(report),
        *(suites[0].facts if alone else []),
    ]
    page = render(
        "report.html.jinja",
        style=stylesheet(),
        finder=finder(),
        suites=suites,
        alone=alone,
        head=head,
        versions=_versions(report),
        most_listed=MOST_LISTED,
        shown=shown,
        unit_sign=unit_sign,
        bar=_bar,
        gold_places=_gold_places,
    )
    return str(page)


def _suite(section: Section, metrics: Sequence[Metric]) -> SuiteView:
    return SuiteView(
        section,
        run_facts(section),
        list(_alerts(section)),
        headline_figures(section, metrics),
        bool(section.rows) and not only_claims(section),
        _plots(section),
        worst_cases(section),
        every_case(section),
        (
            Listed(
                "Sentences that are not supported",
                ("case", "sentence", "verdict", "reason"),
                [
                    (row.id, s.text, s.support.verdict.value, s.support.reason)
                    for row in section.rows
                    for s in unsupported(row)
                ],
            ),
            Listed("Failed cases", ("case", "error"), [(row.id, row.error) for row in section.failed]),
            Listed(
                "Rows that could not be used",
                ("file, line", "reason"),
                [(f"{bad.file}, {bad.line}", bad.reason) for bad in section.bad],
            ),
        ),
    )


def _alerts(section: Section) -> Iterator[str]:
    if not section.complete:
        yield f"The run was stopped: {len(section.rows):,} of {section.cases:,} cases are in this report."
    yield from notes(section)
    if failed := len(section.failed) - len(section.unjudged):
        yield f"{counted(failed, 'case')} failed and count as wrong where they can; see below."
    if section.bad:
        yield f"{counted(len(section.bad), 'row')} of the data could not be used; see below."
    if section.corpus.get("rejected"):
        yield f"{counted(section.corpus['rejected'], 'article')} could not be read."


def _bar(figure: Figure) -> Markup:
    if figure.unit not in {"share", "score"}:
        return Markup("")
    return interval_bar(figure.value, figure.low, figure.high, "ill" if figure.better == "lower" else "good")


def _gold_places(row: Row, section: Section) -> list[str]:
    """Return the paragraphs that should have been cited, and where each was found."""
    return [
        (f"{gold['article']}, paragraph {gold['paragraph']}" if gold["paragraph"] else str(gold["article"]))
        + _rank(row, section, gold)
        for gold in row.given.get("gold") or ()
    ]


def _rank(row: Row, section: Section, gold: Mapping[str, Any]) -> str:
    known = section.corpus.get("ids", {})
    article = known.get(gold["article"], "")
    for rank, (found, paragraph) in enumerate(row.ranking, start=1):
        if found == article and gold["paragraph"] in {0, paragraph}:
            return f" (found in place {rank})"
    return " (not among the first ten)" if article else ""


def _versions(report: Report) -> dict[str, str]:
    """Return all that the figures depend on, in one list."""
    versions = report.versions
    flat = {k: v for k, v in versions.items() if not isinstance(v, dict) and v}
    flat |= {str(k): v for k, v in versions.get("packages", {}).items() if v}
    flat |= {k.replace("_", " "): v for k, v in versions.get("settings", {}).items() if v not in ("", None)}
    return flat | {f"data of {s.suite}": s.digest for s in report.sections}


# ------------------------------------------------------------------------------ plots


def _plots(section: Section) -> list[Framed]:
    return [
        *([_risk(section), _reliability(section), _confidence(section)] if _has(section, CONFIDENCE) else []),
        *([_supports(section)] if any(not r.unjudged for r in section.rows if r.sentences) else []),
        *([_claim_scores(section), _claim_reliability(section)] if _has(section, LABEL) else []),
        *([_times(section)] if _has(section, MILLISECONDS) else []),
    ]


def _has(section: Section, column: str) -> bool:
    return any(column in row.values for row in section.rows)


def _risk(section: Section) -> Framed:
    points = curves.risk_coverage(section)
    title = "Risk and coverage"
    if not points:
        return Framed(title, nothing="No answer has a confidence.")
    plot = Plot(Axis("questions answered"), Axis("wrong answers among them"), title)
    band = [(p.coverage, p.low) for p in points] + [(p.coverage, p.high) for p in reversed(points)]
    plot.area(band, "band")
    plot.line([(p.coverage, p.risk) for p in points], "curve")
    last = points[-1]
    plot.dot(last.coverage, last.risk, 4, "point", f"{last.coverage:.1%} answered, {last.risk:.1%} wrong")
    caption = (
        f"The most confident answers first. The dot is the shipped threshold: {last.coverage:.0%} of all "
        f"questions answered, {last.risk:.0%} of these wrong. Band: bootstrap 95%."
    )
    return Framed(title, plot.svg, caption)


def _reliability(section: Section) -> Framed:
    return _reliable(
        "Reliability of the confidence",
        curves.reliability(curves.kept_answers(section)),
        "Answers by confidence, in ten bins; on the dashed line, confidence is the share that is right.",
        "right answers",
    )


def _claim_reliability(section: Section) -> Framed:
    return _reliable(
        "Reliability of the support score",
        curves.reliability(section.rows, SCORE, LABEL),
        "Claims by the checker’s score; on the dashed line, it is the share that people call supported.",
        "supported, say people",
    )


def _reliable(title: str, bins: Sequence[curves.ReliabilityBin], caption: str, share: str) -> Framed:
    if not bins:
        return Framed(title, nothing="No case has a score.")
    plot = Plot(Axis("confidence" if "conf" in title else "score", percent=False), Axis(share), title)
    most = max(b.n for b in bins)
    plot.line([(0, 0), (1, 1)], "ideal")
    plot.line([(b.confidence, b.right) for b in bins], "curve")
    for b in bins:
        told = f"{b.low:.1f} to {b.high:.1f}: {b.right:.1%} of {b.n:,}, mean {b.confidence:.2f}"
        plot.dot(b.confidence, b.right, 2.5 + 5 * (b.n / most) ** 0.5, "point", told)
    return Framed(title, plot.svg, f"{caption} A larger dot stands for more cases.")


def _confidence(section: Section) -> Framed:
    known = [r.values for r in section.rows if CONFIDENCE in r.values and ANSWERABLE in r.values]
    one = [v[CONFIDENCE] for v in known if v[ANSWERABLE]]
    two = [v[CONFIDENCE] for v in known if not v[ANSWERABLE]]
    caption = (
        "Confidence of every reply, refusals included. The further apart, the better refusals can be told."
    )
    return _two_histograms("Confidence", "confidence", one, two, ("answerable", "unanswerable"), caption)


def _supports(section: Section) -> Framed:
    scores = [s.support.score for r in section.rows if not r.unjudged for s in r.sentences]
    caption = f"The checker’s score of {counted(len(scores), 'sentence')} of answers and summaries."
    return _two_histograms("Support of the sentences shown", "score", scores, [], (), caption, "sentences")


def _claim_scores(section: Section) -> Framed:
    known = [r.values for r in section.rows if LABEL in r.values]
    one = [v[SCORE] for v in known if v[LABEL]]
    two = [v[SCORE] for v in known if not v[LABEL]]
    caption = "The checker’s score of each claim, by what people say."
    return _two_histograms(
        "Support of the claims", "score", one, two, ("supported", "not supported"), caption
    )


def _two_histograms(
    title: str,
    x: str,
    one: Sequence[float],
    two: Sequence[float],
    legend: Sequence[str],
    caption: str,
    counts_of: str = "cases",
) -> Framed:
    if not one and not two:
        return Framed(title, nothing="No case has a score.")
    series = [values for values in (one, two) if values]
    bins = HISTOGRAM_BINS // len(series)  # two stand side by side in each bin
    counts = [curves.histogram(values, bins, 0.0, 1.0) for values in series]
    plot = Plot(Axis(x, percent=False), count_axis(counts_of, max(map(max, counts))), title)
    styles = ["b1"] * bool(one) + ["b2"] * bool(two)
    width = 1 / bins / len(series)
    for place, (heights, style) in enumerate(zip(counts, styles, strict=True)):
        for b, count in enumerate(heights):
            if count:
                low = b / bins + place * width
                plot.bar(low, low + width, count, style, f"{b / bins:.2f} to {(b + 1) / bins:.2f}: {count:,}")
    return Framed(title, plot.svg, caption, legend)


def _times(section: Section) -> Framed:
    times = [r.values[MILLISECONDS] for r in section.rows if MILLISECONDS in r.values]
    ordered = sorted(times)
    most = ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)] or 1.0
    axis = count_axis("milliseconds", most)
    counts = curves.histogram(times, HISTOGRAM_BINS, 0.0, axis.high)
    plot = Plot(axis, count_axis("cases", max(counts)), "Time")
    width = axis.high / HISTOGRAM_BINS
    for b, count in enumerate(counts):
        if count:
            plot.bar(
                b * width,
                (b + 1) * width,
                count,
                "b1",
                f"{b * width:,.0f} to {(b + 1) * width:,.0f} ms: {count:,}",
            )
    return Framed("Time a case takes", plot.svg, "The slowest one in a hundred are in the last bar.")
