"""How often two articles are said to disagree: `python -m footnote.evals.tools.disagreements [SOURCE]
[--limit N --seed S]`.

Without a source on the sample articles, all pairs; on others each article with the one that shares most
rare words with it, where false alarms are likeliest. What is found is printed, to be read and judged.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from footnote.ingest.article import Article
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import content_stems
from footnote.rag.answer.disagreement import Statement, difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.rag.answer.disagreement import Difference

    Pair = tuple[int, int]


def statements(article: Article) -> list[Statement]:
    """Return the sentences of an article with its title and date."""
    texts = (article.paragraph_text(p.number) for p in article.paragraphs)
    return [
        Statement(t[s.start : s.end], article.id, article.title, article.date)
        for t in texts
        for s in split(t)
    ]


def neighbours(texts: Sequence[str], chosen: Sequence[int]) -> Iterator[Pair]:
    """Yield each chosen text with the other that shares most with it: summed inverse document frequency."""
    held = [set(content_stems(t)) for t in texts]
    counts = Counter(s for stems in held for s in stems)
    weight = {s: math.log(len(texts) / n) for s, n in counts.items()}
    for i in chosen:
        near = max(
            (j for j in range(len(texts)) if j != i), key=lambda j: sum(weight[s] for s in held[i] & held[j])
        )
        yield i, near


def alarms(articles: Sequence[Sequence[Statement]], pairs: Sequence[Pair]) -> Iterator[Difference]:
    """Yield every difference between two sentences of each pair of articles."""
    for i, j in pairs:
        for one in articles[i]:
            found = (difference(one, other) for other in articles[j])
            yield from (f for f in found if f)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is found and how often; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.disagreements", description=__doc__)
    parser.add_argument("sources", nargs="*", metavar="SOURCE")
    parser.add_argument(
        "--limit", type=int, default=300, help="articles that are compared with their nearest"
    )
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    read = [a for a in read_sources(given.sources or [str(sample_folder())]) if isinstance(a, Article)]
    articles = [statements(a) for a in read]
    pairs: list[Pair] = list(combinations(range(len(read)), 2))
    if given.sources:
        count = min(given.limit, len(read))
        chosen = random.Random(given.seed).sample(range(len(read)), count)  # noqa: S311 - not for secrets
        pairs = sorted({(min(p), max(p)) for p in neighbours([a.text for a in read], chosen)})
    found = list(alarms(articles, pairs))
    for one in found:
        print(f"{one.newer_value} | {one.older_value}\n    {one.newer.text}\n    {one.older.text}")
    compared = sum(len(articles[i]) * len(articles[j]) for i, j in pairs)
    concerned = len({(f.newer.article_id, f.older.article_id) for f in found})
    print(
        f"{len(pairs):,} pairs of articles ({compared:,} of sentences), {concerned} of them with differences"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
