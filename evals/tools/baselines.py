"""Footnote's summaries beside what any summary should beat: `python -m footnote.evals.tools.baselines
FILE.jsonl …`.

A file has rows `{"text", "reference"}` as for `footnote evaluate`; without one, the sample articles. Leads
are the article's first sentences: three, and as many as come nearest to the length of Footnote's summary of
the same article. TextRank (Mihalcea and Tarau 2004) and LexRank (Erkan and Radev 2004, weighted graph) take
whole sentences, best first, up to that length, and show them in article order.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footnote.evals.metrics.statistic import Mean, bootstrapped, interval
from footnote.evals.metrics.summaries import LEAD, ROUGE, rouge_values, section_coverage
from footnote.evals.suite.cases import SummaryCase
from footnote.evals.suite.data import SAMPLES, load_suite
from footnote.ingest.article import Article
from footnote.ingest.encoder.packaged import PackagedEncoder
from footnote.ingest.text.words import content_stems, stems, word_count
from footnote.rag.check.support import check_support
from footnote.rag.settings import Settings
from footnote.rag.summary.extractive import Sentence, parts_of, read, summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from footnote.evals.suite.cases import Suite
    from footnote.ingest.encoder.encoder import Encoder
    from footnote.rag.types import Parts

DAMPING = 0.85  # of both ranks, as published
STEPS = 100
SHOWN = 70  # characters of a name


@dataclass(frozen=True, slots=True)
class Taken:
    """A summary: its sentences as shown, and their places among the article's sentences."""

    said: tuple[str, ...]
    places: tuple[int, ...]


def lead(sentences: Sequence[Sentence], count: int) -> Taken:
    """Return the article's first sentences."""
    return _taken(sentences, range(min(count, len(sentences))))


def lead_of_length(sentences: Sequence[Sentence], length: int) -> Taken:
    """Return as many of the first sentences as come nearest to `length` words."""
    sizes = np.cumsum([word_count(s.raw) for s in sentences])
    return lead(sentences, int(np.argmin(np.abs(sizes - length))) + 1)


def text_rank(sentences: Sequence[Sentence], length: int) -> Taken:
    """Return the best by PageRank over shared words, `|a ∩ b| / (log |a| + log |b|)`."""
    found = [set(content_stems(s.raw)) for s in sentences]
    sizes = [len(stems(s.raw)) for s in sentences]
    shared = np.array(
        [
            [
                len(a & b) / (math.log(x) + math.log(y)) if i != j and min(x, y) > 1 else 0.0
                for j, (b, y) in enumerate(zip(found, sizes, strict=True))
            ]
            for i, (a, x) in enumerate(zip(found, sizes, strict=True))
        ]
    )
    return _best(sentences, _page_rank(shared), length)


def lex_rank(sentences: Sequence[Sentence], length: int) -> Taken:
    """Return the best by PageRank over the cosines of tf-idf vectors; the article is the collection."""
    counts = [Counter(stems(s.raw)) for s in sentences]
    frequency = Counter(t for c in counts for t in c)
    places = {t: i for i, t in enumerate(frequency)}
    rows = np.zeros((len(counts), max(1, len(places))))
    for row, count in zip(rows, counts, strict=True):
        for term, n in count.items():
            row[places[term]] = n * math.log(1 + len(counts) / frequency[term])
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, 0)
    return _best(sentences, _page_rank(cosines), length)


def _page_rank(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(weights)
    totals = weights.sum(axis=1, keepdims=True)
    steps = np.where(totals > 0, weights / np.where(totals > 0, totals, 1), 1 / n)
    rank = np.full(n, 1 / n)
    for _ in range(STEPS):
        rank = (1 - DAMPING) / n + DAMPING * (rank @ steps)
    return rank


def _best(sentences: Sequence[Sentence], rank: NDArray[np.float64], length: int) -> Taken:
    """Return the best sentences, each taken if that brings the summary nearer to `length` words."""
    chosen: list[int] = []
    total = 0
    for i in np.argsort(-rank, kind="stable"):
        size = word_count(sentences[i].raw)
        if not chosen or abs(total + size - length) < abs(total - length):
            chosen.append(int(i))
            total += size
    return _taken(sentences, sorted(chosen))


def _taken(sentences: Sequence[Sentence], places: Sequence[int]) -> Taken:
    return Taken(tuple(sentences[i].raw for i in places), tuple(places))


def footnote(parts: Sequence[Parts], sentences: Sequence[Sentence], length: int) -> Taken:
    """Return Footnote's own summary, as it is shown."""
    shown, citations = summarise([parts], length, check_support)
    where = {(s.paragraph.number, s.start): s.order for s in sentences}
    return Taken(tuple(s.text for s in shown), tuple(where[c.paragraph, c.quote_start] for c in citations))


def compare(
    articles: Sequence[tuple[Article, Sequence[str]]], encoder: Encoder, length: int
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return the figures of each system on each article with its references, an array a figure."""
    rows: dict[str, list[dict[str, float]]] = {}
    for article, references in articles:
        parts = parts_of(article, encoder)
        sentences = read(parts)
        own = footnote(parts, sentences, length)
        words = sum(map(word_count, own.said))
        systems = {
            f"lead-{LEAD}": lead(sentences, LEAD),
            "lead, same length": lead_of_length(sentences, words),
            "TextRank, same length": text_rank(sentences, words),
            "LexRank, same length": lex_rank(sentences, words),
            "Footnote": own,
        }
        sections = [s.paragraph.section for s in sentences]
        for name, taken in systems.items():
            rows.setdefault(name, []).append(
                {
                    **rouge_values(taken.said, references),
                    "told": section_coverage(taken.places, sections),
                    "words": float(sum(map(word_count, taken.said))),
                }
            )
    return {
        name: {key: np.array([r[key] for r in found]) for key in found[0]} for name, found in rows.items()
    }


def table(found: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> str:
    """Return the figures in percent with bootstrap 95% intervals, and Footnote's lead over each baseline."""
    lines = [f"{'':24}{'words':>6}  {'ROUGE-1':20}{'ROUGE-2':20}{'ROUGE-Lsum':20}{'parts told of':20}"]
    for name, values in found.items():
        figures = "".join(f"{_percent(values[key]):20}" for key in (*ROUGE, "told"))
        lines.append(f"{name:24}{values['words'].mean():6.1f}  {figures}")
    for name, values in found.items():
        if name != "Footnote":
            figures = "".join(
                f"{_percent(found['Footnote'][k] - values[k], '+'):20}" for k in (*ROUGE, "told")
            )
            lines.append(f"{'over ' + name:32}{figures}")
    return "\n".join(lines)


def _percent(values: NDArray[np.float64], sign: str = "") -> str:
    low, high = interval(bootstrapped(Mean("value"), values))
    return f"{100 * values.mean():{sign}.1f} ({100 * low:{sign}.1f}–{100 * high:{sign}.1f})"


def referenced(suite: Suite) -> list[tuple[Article, Sequence[str]]]:
    """Return the articles of a suite that people summarised, with their summaries."""
    articles: dict[str, Article] = {}
    for article in suite.articles():
        if isinstance(article, Article):
            source = article.source.replace("\\", "/")
            articles |= {source.rpartition("/")[2]: article, source.partition("#")[2] or source: article}
    cases = [c for c in suite.cases if isinstance(c, SummaryCase) and c.references]
    return [(articles[c.article], c.references) for c in cases if c.article in articles]


def main() -> int:
    """Compare and print; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m footnote.evals.tools.baselines", description="Summaries beside baselines."
    )
    parser.add_argument("files", nargs="*", default=[SAMPLES], help="JSON Lines with texts and references")
    parser.add_argument("--words", type=int, default=Settings().summary_words, help="about how long")
    parser.add_argument("--limit", type=int, help="so many articles of each file")
    given = parser.parse_args()
    encoder = PackagedEncoder()
    for file in given.files:
        articles = referenced(load_suite(file))[: given.limit]
        print(f"{file[-SHOWN:]}: n={len(articles)}, bootstrap 95%")
        print(table(compare(articles, encoder, given.words)) if articles else "No row has a reference.", "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
