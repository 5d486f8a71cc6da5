"""What is shown first of a report: the headline figures, and what is known of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.metric import group_order
from footnote.evals.metrics.slices import CLAIMS
from footnote.ingest.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.evals.metrics.figures import Figure
    from footnote.evals.metrics.metric import Headline, Metric
    from footnote.evals.metrics.rows import Row
    from footnote.evals.report.report import Report, Section


NAMED = 10  # cases that a note names


def headline_figures(
    section: Section, metrics: Sequence[Metric] = METRICS
) -> list[tuple[str, Figure | None, str]]:
    """Return name, figure and meaning of what is shown first: always the same ones together.

    What could not be measured is None, with the reason as its meaning. A suite of summaries has
    their faithfulness in the first place; one of claims only shows the checker and its floor.
    """
    known = [(m, m.headline) for m in metrics if m.headline and (m.of is CLAIMS) == only_claims(section)]
    first = sorted(
        (one for one in known if not one[1].stands_in_for), key=lambda one: group_order(one[0].group)
    )
    found = []
    for metric, headline in first:
        figure, said = section.figure(metric.key), headline
        for other, instead in known:
            if instead.stands_in_for == metric.key:
                figure, said = _fuller(figure, said, section.figure(other.key), instead)
        missing = figure is None and said.missing
        found.append((headline.name, figure, f"not measured: {missing}" if missing else said.meaning))
    return found


def _fuller(
    figure: Figure | None, headline: Headline, other: Figure | None, instead: Headline
) -> tuple[Figure | None, Headline]:
    """Return a figure, or the one that stands in for it where it could not be measured on enough cases."""
    if other is not None and (figure is None or figure.n < instead.share * other.n):
        return other, instead
    return figure, headline


def only_claims(section: Section) -> bool:
    """Tell whether only the checker was measured."""
    return bool(section.rows) and all(row.kind == "claim" for row in section.rows)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: “1 case”, “2 cases”."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def asks(section: Section) -> bool:
    """Tell whether encoder and answerer had a part: not where other systems' answers or claims are judged."""
    return any(row.kind not in {"response", "claim"} for row in section.rows)


def judged_by(report: Report) -> str:
    """Return who judged what is supported."""
    return f"judged by {report.versions.get('judge') or 'Footnote’s own checker'}"


def notes(section: Section) -> Iterator[str]:
    """Yield what a reader of the figures has to know of the cases, a sentence each."""
    replies = [row for row in section.rows if row.kind == "response"]
    if declining := [row for row in replies if row.refused]:
        told = counted(len(replies), "answer")
        yield f"Taken for refusals: {len(declining):,} of {told}: {_ids(declining)}."
    if lacking := section.without_context:
        yield _on_contexts(lacking, replies)
    if repeated := _repeated(replies):
        yield f"Said by an earlier row already: {counted(len(repeated), 'answer')}: {_ids(repeated)}."
    if foreign := [row for row in replies if _is_across_languages(row)]:
        told = f"{counted(len(foreign), 'answer')}: {_ids(foreign)}"
        yield f"In another language than their contexts, which is hardly ever judged right: {told}."
    if section.unjudged:
        cases = counted(len(section.unjudged), "case")
        yield f"No verdict of the judge on {cases}; support is not measured there: {_ids(section.unjudged)}."


def _repeated(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that ask and answer, but for blanks and capitals, what one before them does."""
    seen: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        said = (_folded(row.question), _folded(row.answer))
        if any(said) and said in seen:
            found.append(row)
        seen.add(said)
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_across_languages(row: Row) -> bool:
    contexts = " ".join(map(str, row.given.get("contexts") or ()))
    return bool(contexts and row.answer) and language_of(row.answer) != language_of(contexts)


def _on_contexts(lacking: Sequence[Row], replies: Sequence[Row]) -> str:
    if len(lacking) == len([row for row in replies if not row.refused]):
        return "No answer came with a context, so support is not measured."
    told = counted(len(lacking), "answer")
    return f"Without a context, so that nothing in it counts as supported: {told}: {_ids(lacking)}."


def _ids(rows: Sequence[Row]) -> str:
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    return ", ".join(row.id for row in rows[:NAMED]) + more


def run_facts(section: Section) -> list[str]:
    """Return what is known of a run, in a few words each."""
    facts, corpus = section.facts, section.corpus
    told = [f"{len(section.rows):,} cases"]
    if corpus.get("articles"):
        told.append(f"{corpus['articles']:,} articles, {corpus['paragraphs']:,} paragraphs")
        told.append(
            "each question asked of its own article" if facts.get("scope") == "article" else "one pool"
        )
    if facts.get("supported_from") is not None:
        told.append(f"supported from a score of {facts['supported_from']:g} on")
    if facts.get("seconds") is not None:
        told.append(f"{facts['seconds']:,.0f} s")
    if facts.get("peak_memory_mb"):
        told.append(f"peak memory {facts['peak_memory_mb']:,.0f} MB")
    return told
