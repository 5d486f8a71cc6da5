"""From a question to ranked paragraphs: dense and BM25 scores fused, sentences rescored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.types import Filters, Passage
from rag.words import content_stems, search_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ingest.encode import Encoder
    from ingest.library import Key, Library, ParagraphRecord
    from ingest.sentences import Span

CANDIDATES = 100  # a side
RESCORED = 60  # best candidates whose sentences are compared with the question
# Swept over 0.2..0.5 (BM25) and 0.35..0.65 (sentence), recall@1 in percent here and over the sweep:
# squad2_dev 87.4 (83.0..87.4, n=884), covidqa_dev 57.6 (51.9..57.6, n=798), the sample suite's reworded
# questions 37.6 (25.8..41.9, n=93). BM25 as a share of the best found gives 87.2, 57.1 and 29.0:
# it lets the best of poor lexical matches drown the dense side.
BM25_WEIGHT = 0.35
SENTENCE_SHARE = 0.65  # of the dense score; the rest is the whole paragraph's

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question's vector, its passages best first, and the sentences of each with their vectors.

    `before` holds the paragraph before each passage, where there is one: context, never evidence.
    """

    vector: NDArray[np.float32]
    passages: tuple[Passage, ...]
    sentences: Mapping[Key, tuple[tuple[Span, ...], NDArray[np.float32]]]
    before: Mapping[Key, str]


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
        return Retrieved(vector, (), {}, {})
    dense = dict(library.nearest(vector, CANDIDATES, allowed))
    expression = match_expression(question)
    lexical = dict(library.match(expression, CANDIDATES, allowed)) if expression else {}
    possible = sum(inverse_frequencies(content_stems(question), library).values())
    scores = fuse(dense, lexical, {}, possible)
    best = sorted(scores, key=lambda key: (-scores[key], key))[:RESCORED]
    sentences = library.sentence_vectors(best)
    by_sentence = {key: _best_cosine(vector, found[1]) for key, found in sentences.items()}
    final = fuse(dense, lexical, by_sentence, possible)
    ranked = sorted(best, key=lambda key: (-final[key], key))[:k]
    previous = {(article, number - 1): (article, number) for article, number in ranked if number > 1}
    records = library.fetch([*ranked, *previous])
    passages = tuple(passage_of(records[key], final[key]) for key in ranked if key in records)
    before = {after: records[key].text for key, after in previous.items() if key in records}
    return Retrieved(vector, passages, sentences, before)


def passage_of(paragraph: ParagraphRecord, score: float = 0.0) -> Passage:
    """Return a paragraph of the library as a passage."""
    return Passage(
        article_id=paragraph.article_id,
        title=paragraph.title,
        source=paragraph.source,
        date=paragraph.date,
        paragraph=paragraph.number,
        section=paragraph.section,
        text=paragraph.text,
        score=score,
        page=paragraph.page,
    )


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
    return " OR ".join(f'"{term}"' for term in search_words(question))


def inverse_frequencies(terms: Sequence[str], library: Library) -> dict[str, float]:
    """Return the inverse document frequency of each stem, as BM25 weighs it (Robertson 2009)."""
    n = library.paragraph_count()
    known = library.document_frequencies(terms)
    return {t: math.log(1 + (n - known.get(t, 0) + 0.5) / (known.get(t, 0) + 0.5)) for t in terms}


def fuse(
    dense: Mapping[Key, float],
    lexical: Mapping[Key, float],
    sentence: Mapping[Key, float],
    possible: float,
) -> dict[Key, float]:
    """Return the weighted sum of a paragraph's cosine, its best sentence's cosine and its BM25 share.

    BM25 counts as a share of `possible`, the summed inverse frequency of the question's terms. A
    paragraph that the dense side did not find gets the least cosine that it did find; one whose
    sentences were not compared counts with its own cosine.
    """
    floor = min(dense.values(), default=0.0)
    scores = {}
    for key in dense.keys() | lexical.keys():
        whole = dense.get(key, floor)
        cosine = (1 - SENTENCE_SHARE) * whole + SENTENCE_SHARE * sentence.get(key, whole)
        share = lexical.get(key, 0.0) / possible if possible else 0.0
        scores[key] = (1 - BM25_WEIGHT) * cosine + BM25_WEIGHT * share
    return scores


def _best_cosine(vector: NDArray[np.float32], rows: NDArray[np.float32]) -> float:
    return float(np.max(rows @ vector)) if len(rows) else 0.0
