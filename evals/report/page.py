"""A report as one page of HTML: no script, nothing from elsewhere, every text escaped."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.columns import ANSWERABLE, CONFIDENCE, LABEL, MILLISECONDS, REFUSED, SCORE
from footnote.evals.metrics.figures import shown, unit_sign
from footnote.evals.report import curves
from footnote.evals.report.headline import headline_figures, only_claims, run_facts
from footnote.evals.report.plots import Axis, Plot, counted, interval_bar, nothing
from footnote.evals.report.worst import unsupported, worst_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.grounding import JudgedSentence
    from footnote.evals.metrics.metric import Metric
    from footnote.evals.metrics.rows import Row
    from footnote.evals.report.report import Report, Section

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MOST_LISTED = 200  # unsupported sentences, bad rows and failed cases that a page lists
HISTOGRAM_BINS = 20
LEAD = (
    "An answer made of whole sentences of the articles is faithful by construction. Read faithfulness "
    "beside the other three, never alone. An interval without width means that all cases agreed, "
    "not certainty."
)


def report_html(report: Report, metrics: Sequence[Metric] = METRICS) -> str:
    """Return the report as a page that stands alone: one file, light and dark, wide and narrow."""
    style = files("footnote.evals.report").joinpath("report.css").read_text(encoding="utf-8")
    names = ", ".join(s.suite for s in report.sections)
    sections = "".join(_section(s, metrics, alone=len(report.sections) == 1) for s in report.sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>Footnote evaluation: {escape(names)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{_header(report)}\n<main>\n{sections}\n</main>\n{_footer(report)}\n</body>\n</html>\n"
    )


def _header(report: Report) -> str:
    only = report.sections[0] if len(report.sections) == 1 else None
    title = f"Evaluation on {only.suite}" if only else f"Evaluation on {len(report.sections)} suites"
    when = report.created.replace("T", " ").replace("+00:00", " UTC")
    facts = [
        when,
        f"encoder {report.versions.get('encoder', '')}",
        f"model {report.versions.get('model', '')}",
    ]
    facts += run_facts(only) if only else []
    return f'<header class="top"><h1>{escape(title)}</h1>{_facts(facts)}</header>'


def _facts(facts: Iterable[str]) -> str:
    return f'<p class="facts">{"".join(f"<span>{escape(f)}</span>" for f in facts if f)}</p>'


def _section(section: Section, metrics: Sequence[Metric], *, alone: bool) -> str:
    head = "" if alone else f"<h2>{escape(section.suite)}</h2>{_facts(run_facts(section))}"
    return (
        f'<section class="suite">{head}{_alerts(section)}{_tiles(section, metrics)}'
        f"<h3>Every figure</h3>{_groups(section)}"
        f"<h3>Plots</h3>{_plots(section)}{_worst(section)}{_unsupported(section)}{_problems(section)}</section>"
    )


def _alerts(section: Section) -> str:
    said = []
    if not section.complete:
        said.append(
            f"The run was stopped: {len(section.rows):,} of {section.cases:,} cases are in this report."
        )
    if section.failed:
        said.append(
            f"{_count(len(section.failed), 'case')} failed and count as wrong where they can; see below."
        )
    if section.bad:
        said.append(f"{_count(len(section.bad), 'row')} of the data could not be used; see below.")
    if section.corpus.get("rejected"):
        said.append(f"{_count(section.corpus['rejected'], 'article')} could not be read.")
    return "".join(f'<p class="alert">{escape(s)}</p>' for s in said)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tiles(section: Section, metrics: Sequence[Metric]) -> str:
    tiles = []
    for name, figure, meaning in headline_figures(section, metrics):
        if figure is None:
            inner = '<span class="value">–</span>'
            numbers = ""
        else:
            value = f"{shown(figure, figure.value)}<small>{unit_sign(figure)}</small>"
            inner = f'<span class="value">{value}</span>{_bar(figure)}'
            numbers = (
                f'<p class="soft"><span>95%: {_interval(figure)}</span> '
                f"<span>n {figure.n:,} {escape(figure.counts)}</span></p>"
            )
        tiles.append(
            f'<li class="tile{"" if figure else " missing"}"><span class="name">{name}</span>{inner}'
            f'<p class="what">{escape(meaning)}</p>{numbers}</li>'
        )
    return f'<ul class="tiles">{"".join(tiles)}</ul>{_lead(section)}'


def _lead(section: Section) -> str:
    return "" if not section.rows or only_claims(section) else f'<p class="note">{LEAD}</p>'


def _bar(figure: Figure) -> str:
    if figure.unit not in {"share", "score"}:
        return ""
    return interval_bar(figure.value, figure.low, figure.high, "ill" if figure.better == "lower" else "good")


def _interval(figure: Figure) -> str:
    return f"{shown(figure, figure.low)} – {shown(figure, figure.high)}"


def _groups(section: Section) -> str:
    blocks = []
    for group in dict.fromkeys(f.group for f in section.figures):
        figures = [f for f in section.figures if f.group == group]
        if figures:
            blocks.append(
                f'<div class="group"><h4>{escape(group)}</h4>{"".join(map(_figure, figures))}</div>'
            )
    return f'<div class="groups">{"".join(blocks)}</div>'


def _figure(figure: Figure) -> str:
    told = f"{figure.about} Over {figure.of}: {figure.formula}."
    return (
        f'<div class="figure" title="{escape(told)}"><span class="label">{escape(figure.label)}</span>'
        f'<span class="bar-place">{_bar(figure)}</span>'
        f'<span class="numbers"><b>{shown(figure, figure.value)}{unit_sign(figure)}</b>'
        f'<span data-n="{figure.n:,}">{_interval(figure)}</span></span>'
        f'<span class="n">n {figure.n:,}</span></div>'
    )


# ------------------------------------------------------------------------------ plots


def _plots(section: Section) -> str:
    found = [
        *([_risk(section), _reliability(section), _confidence(section)] if _has(section, REFUSED) else []),
        *([_supports(section)] if any(r.sentences for r in section.rows) else []),
        *([_claim_scores(section), _claim_reliability(section)] if _has(section, LABEL) else []),
        *([_times(section)] if _has(section, MILLISECONDS) else []),
    ]
    return f'<div class="plots">{"".join(found)}</div>'


def _has(section: Section, column: str) -> bool:
    return any(column in row.values for row in section.rows)


def _framed(title: str, body: str, caption: str, legend: Sequence[str] = ()) -> str:
    keys = "".join(
        f'<span><i class="{"two" if n else "one"}"></i>{escape(k)}</span>' for n, k in enumerate(legend)
    )
    shown_legend = f'<p class="legend">{keys}</p>' if keys else ""
    said = f"<figcaption>{escape(caption)}</figcaption>"
    return f"<figure><h4>{escape(title)}</h4>{shown_legend}{body}{said}</figure>"


def _risk(section: Section) -> str:
    points = curves.risk_coverage(section)
    title = "Risk and coverage"
    if not points:
        return _framed(title, nothing("No answer has a confidence."), "")
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
    return _framed(title, plot.svg, caption)


def _reliability(section: Section) -> str:
    return _reliable(
        "Reliability of the confidence",
        curves.reliability(curves.kept_answers(section)),
        "Answers by confidence, in ten bins; on the dashed line, confidence is the share that is right.",
        "right answers",
    )


def _claim_reliability(section: Section) -> str:
    return _reliable(
        "Reliability of the support score",
        curves.reliability(section.rows, SCORE, LABEL),
        "Claims by the checker’s score; on the dashed line, it is the share that people call supported.",
        "supported, say people",
    )


def _reliable(title: str, bins: Sequence[curves.ReliabilityBin], caption: str, share: str) -> str:
    if not bins:
        return _framed(title, nothing("No case has a score."), "")
    plot = Plot(Axis("confidence" if "conf" in title else "score", percent=False), Axis(share), title)
    most = max(b.n for b in bins)
    plot.line([(0, 0), (1, 1)], "ideal")
    plot.line([(b.confidence, b.right) for b in bins], "curve")
    for b in bins:
        told = f"{b.low:.1f} to {b.high:.1f}: {b.right:.1%} of {b.n:,}, mean {b.confidence:.2f}"
        plot.dot(b.confidence, b.right, 2.5 + 5 * (b.n / most) ** 0.5, "point", told)
    return _framed(title, plot.svg, f"{caption} A larger dot stands for more cases.")


def _confidence(section: Section) -> str:
    known = [r.values for r in section.rows if CONFIDENCE in r.values and ANSWERABLE in r.values]
    one = [v[CONFIDENCE] for v in known if v[ANSWERABLE]]
    two = [v[CONFIDENCE] for v in known if not v[ANSWERABLE]]
    caption = (
        "Confidence of every reply, refusals included. The further apart, the better refusals can be told."
    )
    return _two_histograms("Confidence", "confidence", one, two, ("answerable", "unanswerable"), caption)


def _supports(section: Section) -> str:
    scores = [s.support.score for r in section.rows for s in r.sentences]
    caption = f"The checker’s score of {_count(len(scores), 'sentence')} of answers and summaries."
    return _two_histograms("Support of the sentences shown", "score", scores, [], (), caption, "sentences")


def _claim_scores(section: Section) -> str:
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
) -> str:
    if not one and not two:
        return _framed(title, nothing("No case has a score."), "")
    series = [values for values in (one, two) if values]
    bins = HISTOGRAM_BINS // len(series)  # two stand side by side in each bin
    counts = [curves.histogram(values, bins, 0.0, 1.0) for values in series]
    plot = Plot(Axis(x, percent=False), counted(counts_of, max(map(max, counts))), title)
    styles = ["b1"] * bool(one) + ["b2"] * bool(two)
    width = 1 / bins / len(series)
    for place, (heights, style) in enumerate(zip(counts, styles, strict=True)):
        for b, count in enumerate(heights):
            if count:
                low = b / bins + place * width
                plot.bar(low, low + width, count, style, f"{b / bins:.2f} to {(b + 1) / bins:.2f}: {count:,}")
    return _framed(title, plot.svg, caption, legend)


def _times(section: Section) -> str:
    times = [r.values[MILLISECONDS] for r in section.rows if MILLISECONDS in r.values]
    ordered = sorted(times)
    most = ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)] or 1.0
    axis = counted("milliseconds", most)
    counts = curves.histogram(times, HISTOGRAM_BINS, 0.0, axis.high)
    plot = Plot(axis, counted("cases", max(counts)), "Time")
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
    return _framed("Time a case takes", plot.svg, "The slowest one in a hundred are in the last bar.")


# ------------------------------------------------------------------------------ cases


def _worst(section: Section) -> str:
    found = worst_cases(section)
    if not found:
        return ""
    cases = "".join(_case(w.why, w.row, section) for w in found)
    return f'<h3>The cases to look at first</h3><div class="cases">{cases}</div>'


def _case(why: str, row: Row, section: Section) -> str:
    name = {"summary": "Article", "claim": "Claim"}.get(row.kind, "Question")
    entries = [(name, f"<p>{escape(row.question)}</p>")]
    entries += [(name, html) for name, html in _body(row, section) if html]
    body = "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in entries)
    return (
        f'<details class="case"><summary><span class="tag">{escape(why)}</span>'
        f'<span class="asked">{escape(row.question)}</span></summary>'
        f'<div class="body"><dl>{body}</dl>'
        f'<p class="soft">{escape(row.id)} · {escape(row.kind)}{_sure(row)}</p></div></details>'
    )


def _sure(row: Row) -> str:
    confidence = row.values.get(CONFIDENCE)
    return "" if confidence is None else f" · confidence {confidence:.2f}"


def _body(row: Row, section: Section) -> list[tuple[str, str]]:
    if row.kind == "claim":
        return _claim_body(row)
    turns = row.given.get("history") or ()
    history = "".join(f"<p>{escape(str(t['role']))}: {escape(str(t['content']))}</p>" for t in turns)
    accepted = row.given.get("answers") or row.given.get("references") or [row.given.get("reference") or ""]
    return [
        ("Before", history),
        ("Error", f"<p>{escape(row.error)}</p>" if row.error else ""),
        ("Reply", "".join(map(_sentence, row.sentences)) or _quiet(row.answer)),
        ("Expected", " · ".join(escape(str(a)) for a in accepted if a) or _unanswerable(row)),
        ("Evidence", _evidence(row)),
        ("Should cite", _gold(row, section)),
    ]


def _unanswerable(row: Row) -> str:
    return "a refusal" if row.kind == "unanswerable" else ""


def _quiet(text: str) -> str:
    return f'<p class="said">{escape(text)}</p>' if text else ""


def _claim_body(row: Row) -> list[tuple[str, str]]:
    support: Mapping[str, Any] = row.reply.get("support", {})
    said = f"{support.get('verdict')}, score {support.get('score')}. {support.get('reason', '')}"
    return [
        ("People say", "supported" if row.values.get(LABEL) else "not supported"),
        ("Checker says", escape(said)),
        ("Source", f"<blockquote>{escape(str(row.given.get('source', '')))}</blockquote>"),
    ]


def _sentence(sentence: JudgedSentence) -> str:
    verdict = sentence.support.verdict.value
    markers = "".join(f"[{n}]" for n in sentence.citations)
    lost = f" Not in the source: {', '.join(sentence.lost)}." if sentence.lost else ""
    return (
        f'<p class="said">{escape(sentence.text)} {markers}'
        f'<span class="verdict {verdict}">{verdict} {sentence.support.score:.2f}</span>'
        f'<span class="why">{escape(sentence.support.reason + lost)}</span></p>'
    )


def _evidence(row: Row) -> str:
    cited = row.reply.get("citations") or row.reply.get("closest") or ()
    parts = [_quoted(c) for c in cited]
    parts += [
        f'<p class="origin">[{n}]</p><blockquote>{escape(str(text))}</blockquote>'
        for n, text in enumerate(row.given.get("contexts") or (), start=1)
    ]
    return "".join(parts)


def _quoted(citation: Mapping[str, Any]) -> str:
    text, start, end = str(citation["paragraph_text"]), citation["quote_start"], citation["quote_end"]
    marked = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    origin = f"[{citation['number']}] {citation['title']}, paragraph {citation['paragraph']}"
    return f'<p class="origin">{escape(origin)}</p><blockquote>{marked}</blockquote>'


def _gold(row: Row, section: Section) -> str:
    """Return the paragraphs that should have been cited, with their text where it was found at all."""
    parts = []
    for gold in row.given.get("gold") or ():
        place = (
            f"{gold['article']}, paragraph {gold['paragraph']}" if gold["paragraph"] else str(gold["article"])
        )
        parts.append(f"<p>{escape(place)}{_rank(row, section, gold)}</p>")
    return "".join(parts)


def _rank(row: Row, section: Section, gold: Mapping[str, Any]) -> str:
    known = section.corpus.get("ids", {})
    article = known.get(gold["article"], "")
    for rank, (found, paragraph) in enumerate(row.ranking, start=1):
        if found == article and gold["paragraph"] in {0, paragraph}:
            return f" (found in place {rank})"
    return " (not among the first ten)" if article else ""


def _unsupported(section: Section) -> str:
    found = [(row, s) for row in section.rows for s in unsupported(row)]
    if not found:
        return ""
    body = "".join(
        f"<tr><td>{escape(row.id)}</td><td>{escape(s.text)}</td><td>{s.support.verdict.value}</td>"
        f"<td>{escape(s.support.reason)}</td></tr>"
        for row, s in found[:MOST_LISTED]
    )
    return _listed(
        "Sentences that are not supported", len(found), ("case", "sentence", "verdict", "reason"), body
    )


def _problems(section: Section) -> str:
    failed = "".join(
        f"<tr><td>{escape(r.id)}</td><td>{escape(r.error)}</td></tr>" for r in section.failed[:MOST_LISTED]
    )
    bad = "".join(
        f"<tr><td>{escape(b.file)}, {b.line}</td><td>{escape(b.reason)}</td></tr>"
        for b in section.bad[:MOST_LISTED]
    )
    return (_listed("Failed cases", len(section.failed), ("case", "error"), failed) if failed else "") + (
        _listed("Rows that could not be used", len(section.bad), ("file, line", "reason"), bad) if bad else ""
    )


def _listed(title: str, count: int, columns: Sequence[str], body: str) -> str:
    head = "".join(f"<th>{c}</th>" for c in columns)
    cut = f", the first {MOST_LISTED}" if count > MOST_LISTED else ""
    return (
        f'<h3>{title}</h3><details class="more"><summary>{count:,} in all{cut}</summary>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
    )


def _footer(report: Report) -> str:
    versions = report.versions
    flat = {k: v for k, v in versions.items() if not isinstance(v, dict) and v}
    flat |= {str(k): v for k, v in versions.get("packages", {}).items() if v}
    flat |= {k.replace("_", " "): v for k, v in versions.get("settings", {}).items() if v not in ("", None)}
    flat |= {f"data of {s.suite}": s.digest for s in report.sections}
    rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(str(v))}</dd></div>" for k, v in flat.items())
    note = (
        "Intervals are bootstrap 95% (1,000 resamples of the cases, percentiles). Point at a figure for "
        "its definition and source; the JSON report holds every row that the figures are computed from."
    )
    listed = f'<dl class="versions">{rows}</dl>'
    return f'<footer><h3>What this depends on</h3>{listed}<p class="note">{note}</p></footer>'
