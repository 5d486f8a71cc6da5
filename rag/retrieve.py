"""From a question to ranked paragraphs: dense and BM25 scores fused, sentences rescored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.types import Filters, Passage
from rag.words import content_words, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.library import Key, Library
    from numpy.typing import NDArray

    from ingest.encode import Encoder
    from ingest.sentences import Span

CANDIDATES = 100  # a side
RESCORED = 60  # best candidates whose sentences are compared with the question
# Swept over 0.2..0.6 (BM25) and 0.3..0.7 (sentence): recall@1 differs by < 1 point on squad2_dev
# (n=1,325; 87.8 here) from 0.25 to 0.4, and covidqa_dev (n=798) gains 3.4 points from 0.3 to 0.7.
# The raw cosines with BM25 over its best beat min-max and z scores on both sets by up to 1 point.
BM25_WEIGHT = 0.35
SENTENCE_SHARE = 0.65  # of the dense score; the rest is the whole paragraph's

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question's vector, its passages best first, and the sentences of each with their vectors."""

    vector: NDArray[np.float32]
    passages: tuple[Passage, ...]
    sentences: Mapping[Key, tuple[tuple[Span, ...], NDArray[np.float32]]]


def retrieve(
    question: str, library: Library, encoder: Encoder, *, k: int, filters: Filters = NO_FILTERS
) -> Retrieved:
    """Return the `k` best paragraphs for `question` among the articles that `filters` lets through.

    Dense and BM25 candidates are fused by a weighted sum of scores, which beats reciprocal rank
    fusion at every k that was tried; see `fuse`.
    """
    vector = encoder.encode([question])[0]
    allowed = allowed_articles(library, filters)
    if allowed is not None and not allowed:
        return Retrieved(vector, (), {})
    dense = dict(library.nearest(vector, CANDIDATES, allowed))
    expression = match_expression(question)
    lexical = dict(library.match(expression, CANDIDATES, allowed)) if expression else {}
    scores = fuse(dense, lexical, {})
    best = sorted(scores, key=lambda key: (-scores[key], key))[:RESCORED]
    sentences = library.sentence_vectors(best)
    by_sentence = {key: _best_cosine(vector, found[1]) for key, found in sentences.items()}
    final = fuse(dense, lexical, by_sentence)
    ranked = sorted(best, key=lambda key: (-final[key], key))[:k]
    records = library.fetch(ranked)
    passages = tuple(
        Passage(
            article_id=r.article_id,
            title=r.title,
            source=r.source,
            date=r.date,
            paragraph=r.number,
            section=r.section,
            text=r.text,
            score=final[key],
        )
        for key in ranked
        if (r := records.get(key)) is not None
    )
    return Retrieved(vector, passages, sentences)


def allowed_articles(library: Library, filters: Filters) -> set[str] | None:
    """Return the ids of the articles that `filters` lets through, None when it lets all through.

    Raises:
        UnknownArticle: If the filters name an article that is not there.
    """
    if not filters:
        return None
    chosen = None if filters.articles is None else {library.resolve(a) for a in filters.articles}
    return {
        a.article_id
        for a in library.articles()
        if (chosen is None or a.article_id in chosen) and _in_range(a.date, filters)
    }


def _in_range(date: str, filters: Filters) -> bool:
    """Compare ISO dates of any precision: `2026` lies in a range that touches that year."""
    if not (filters.since or filters.until):
        return True
    if not date:
        return False
    since, until = filters.since[: len(date)], filters.until
    return (not since or date >= since) and (not until or date[: len(until)] <= until)


def match_expression(question: str) -> str:
    """Return the FTS5 expression that finds any content word of `question`; "" when it has no word."""
    terms = content_words(question) or words(question)
    return " OR ".join(f'"{term}"' for term in terms)


def fuse(
    dense: Mapping[Key, float], lexical: Mapping[Key, float], sentence: Mapping[Key, float]
) -> dict[Key, float]:
    """Return the weighted sum of a paragraph's cosine, its best sentence's cosine and its BM25 share.

    BM25 counts as a share of the best one. A paragraph that the dense side did not find gets the least
    cosine that it did find; one whose sentences were not compared counts with its own cosine.
    """
    top = max(lexical.values(), default=0.0) or 1.0
    floor = min(dense.values(), default=0.0)
    scores = {}
    for key in dense.keys() | lexical.keys():
        whole = dense.get(key, floor)
        cosine = (1 - SENTENCE_SHARE) * whole + SENTENCE_SHARE * sentence.get(key, whole)
        scores[key] = (1 - BM25_WEIGHT) * cosine + BM25_WEIGHT * lexical.get(key, 0.0) / top
    return scores


def _best_cosine(vector: NDArray[np.float32], rows: NDArray[np.float32]) -> float:
    return float(np.max(rows @ vector)) if len(rows) else 0.0
