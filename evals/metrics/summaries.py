"""How good is a summary? ROUGE against what people wrote, and what it takes from the article."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from footnote.evals.metrics.columns import ROUGE_LSUM
from footnote.evals.metrics.metric import BY_VALUE, SUMMARY, Metric
from footnote.evals.metrics.slices import SUMMARIES
from footnote.evals.metrics.statistic import Mean
from footnote.evals.suite.cases import SummaryCase
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.evals.metrics.context import MetricContext

ROUGE = ("rouge1", "rouge2", ROUGE_LSUM)
LEAD = 3  # sentences of the floor for summaries
FOURTHS = 4  # parts of an article without sections


def summary_values(ctx: MetricContext) -> dict[str, float]:
    """Return ROUGE of a summary and of the article's first sentences, and the summary's shape."""
    match ctx.case:
        case SummaryCase(references=references):
            lead = [text[a:b] for text in ctx.sources for a, b in split(text)][:LEAD]
            return {
                **rouge_values(ctx.said, references),
                **{f"lead3_{name}": value for name, value in rouge_values(lead, references).items()},
                **shape_values(ctx.said, ctx.sources),
            }
        case _:
            return {}


@lru_cache(maxsize=1)
def _scorer() -> Any:
    # nltk takes two seconds
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    return RougeScorer(list(ROUGE), use_stemmer=True)


def rouge_values(summary: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """Return the F-measure of ROUGE-1, -2 and -Lsum (Lin 2004, by `rouge-score` with its stemmer).

    `summary` is a list of sentences, which Lsum compares one by one. With several references each
    figure is the mean over them, not the best. Empty without a reference.
    """
    scores = [_scorer().score("\n".join(_lines(r)), "\n".join(summary)) for r in references]
    if not scores:
        return {}
    return {name: sum(s[name].fmeasure for s in scores) / len(scores) for name in ROUGE}


def _lines(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


def shape_values(summary: Sequence[str], article: Sequence[str]) -> dict[str, float]:
    """Return coverage, words, and words as a share of the article's.

    `coverage` is the share of the summary's words that belong to a run taken from the article
    (extractive fragment coverage, Grusky et al. 2018, section 4): 1 for a summary of whole
    sentences, lower the more is said in new words.
    """
    said = [w.lower() for w in words(" ".join(summary))]
    text = [w.lower() for w in words(" ".join(article))]
    return {
        "coverage": _fragment_words(said, text) / len(said) if said else 0.0,
        "words": float(len(said)),
        "compression": len(said) / len(text) if text else 0.0,
    }


def section_coverage(places: Sequence[int], sections: Sequence[str]) -> float:
    """Return which share of an article's parts a summary has a sentence of.

    `places` are the sentences taken, `sections` the section of each sentence of the article. An article
    without sections has four parts of equal length.

    >>> section_coverage([0, 1, 9], ["", "", "", "", "Cost", "Cost", "Cost", "Ferries", "Ferries", "Ferries"])
    0.6666666666666666
    >>> section_coverage([0, 1, 7], [""] * 8)
    0.5
    """
    if len(set(sections)) < 2:
        parts = [str(FOURTHS * i // len(sections)) for i in range(len(sections))]
    else:
        parts = list(sections)
    return len({parts[i] for i in places}) / len(set(parts)) if parts else 0.0


def _fragment_words(summary: Sequence[str], article: Sequence[str]) -> int:
    """Return how many words of `summary` stand in its longest runs that the article shares, greedily."""
    places: dict[str, list[int]] = {}
    for at, word in enumerate(article):
        places.setdefault(word, []).append(at)
    position = covered = 0
    while position < len(summary):
        longest = max(
            (_run(summary, position, article, at) for at in places.get(summary[position], ())), default=0
        )
        covered += longest
        position += max(longest, 1)
    return covered


def _run(summary: Sequence[str], start: int, article: Sequence[str], at: int) -> int:
    length = 0
    while (
        start + length < len(summary)
        and at + length < len(article)
        and summary[start + length] == article[at + length]
    ):
        length += 1
    return length


def _mean(key: str, label: str, about: str) -> Metric:
    return Metric(
        key=key,
        label=label,
        group=SUMMARY,
        of=SUMMARIES,
        evaluate=summary_values,
        statistic=Mean(key),
        about=about,
        better="neither",
    )


def _rouge() -> Iterator[Metric]:
    names = dict(zip(ROUGE, ("ROUGE-1", "ROUGE-2", "ROUGE-Lsum"), strict=True))
    about = "F-measure with stemming, mean over the references (Lin 2004)."
    for key, name in names.items():
        slack = None if key == "rouge2" else BY_VALUE
        yield replace(_mean(key, name, about), better="higher", slack=slack)
    for key, name in names.items():
        yield _mean(
            f"lead3_{key}",
            f"{name} of the first three sentences",
            "The floor: what the article’s first three sentences would score.",
        )


SUMMARY_METRICS = (
    *_rouge(),
    _mean(
        "coverage",
        "words taken in runs from the article",
        "Extractive fragment coverage (Grusky et al. 2018).",
    ),
    replace(_mean("words", "words", "Length of a summary."), unit="words"),
    _mean("compression", "share of the article’s words", "Length of a summary over the article’s."),
)
