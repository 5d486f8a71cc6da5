"""From a question to ranked paragraphs: dense and BM25 scores fused, sentences and words rescored."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.sentences import LIST_ITEM
from footnote.ingest.text.words import (
    POSSESSIVE,
    content_stems,
    content_words,
    search_words,
    stem,
    stems,
    unique,
    words,
)
from footnote.rag.english.quotation import TYPED
from footnote.rag.find.meant import Meant, meant_articles
from footnote.rag.find.rerank import RERANKED
from footnote.rag.find.rewording import alternatives, expression
from footnote.rag.find.sentence import Sentence
from footnote.rag.find.spelling import neighbours
from footnote.rag.find.word_evidence import WordEvidence, WordsAsked
from footnote.rag.types import NO_FILTERS, Filters, Passage, Understood

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from footnote.ingest.encoder.encoder import Encoder
    from footnote.ingest.library.library import ArticleRecord, Key, Library, Nearest, ParagraphRecord
    from footnote.ingest.text.sentences import Span
    from footnote.rag.find.rerank import Reranker

    Sentences = Mapping[Key, tuple[Sentence, ...]]

CANDIDATES = 100  # a side
RESCORED = 60  # best candidates whose sentences are compared with the question
READ = 25  # best of these whose words are laid beside the question's
# Swept together over squad2_dev (n=1,000), covidqa_dev (n=400), the sample suite (n=181) and mtrag_dev
# (n=150), each set counting the same, five folds by article. With the weights of the other folds recall@1
# rises by 1.3, 8.6, 0.5 and 2.7 points over BM25 0.35, sentence 0.65 and no evidence of words; what search
# reaches, the reader's order included, is `squad2_dev/recall@1` and `covidqa_dev/recall@1`. The mean with MRR
# moves by 0.1 points over BM25 0.2..0.3, 0.1 over sentence 0.5..0.65, 0.1 over pairs 0.05..0.2, 0.4 over
# together 0..0.3, 0.1 over phrases 0..0.15; by 1.7 without the evidence of words. The share of the question's
# words that one sentence holds adds nothing.
# BM25 as a share of the best found would let the best of poor lexical matches drown the dense side.
BM25_WEIGHT = 0.25
SENTENCE_SHARE = 0.5  # of the dense score; the rest is the whole paragraph's
EVIDENCE_WEIGHTS = WordEvidence(pairs=0.1, together=0.2, phrases=0.1)
MOST = 1 + sum(EVIDENCE_WEIGHTS)  # scores are divided by it, so that they stay within 1
QUOTED_BONUS = 1.0  # nothing else comes before what was asked for word for word
SAME_SHARE = 0.9  # of all stems of two paragraphs: the second says nothing new

ASIDE = ThreadPoolExecutor(thread_name_prefix="question")

NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})


class Table(NamedTuple):
    """Paragraphs with rows that follow each other, the one before them, and whether they are all."""

    passages: tuple[Passage, ...]
    before: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question's vector, its passages best first, and the sentences of each.

    `before` holds the paragraph before each passage, where there is one: context, never evidence.
    `question` is what was searched for, with the words that `mended` puts right. `frequencies` say in how
    many paragraphs each of its content stems stands, `weights` are their inverse document frequencies.
    """

    vector: NDArray[np.float32]
    passages: tuple[Passage, ...]
    sentences: Sentences
    before: Mapping[Key, str]
    question: str = ""
    frequencies: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    mended: Mapping[str, str] = field(default_factory=dict)  # words taken for misspelt: what stands there
    meant: Meant | None = None  # the only articles searched, where the question names some
    undated: int = 0  # articles without a date, which a filter by date left out
    under: Mapping[Key, float] = field(default_factory=dict)  # a question as heading: its cosine
    reranked: bool = False  # by a reranker, whose word on the order of the passages is the last
    unanswered: str = ""  # what of the library could not be asked, in a sentence: then nothing is absent
    tables: tuple[Table, ...] = ()  # of which rows are in the passages, whole

    @property
    def notices(self) -> tuple[str, ...]:
        """Which words were taken for misspelt, and what was not searched, in plain sentences."""
        mended = [self.unanswered] if self.unanswered else []
        mended += [
            f"No article has “{wrong}”; searched for “{right}”." for wrong, right in self.mended.items()
        ]
        some = (
            "1 article without a date was"
            if self.undated == 1
            else f"{self.undated:,} articles without a date were"
        )
        return (*mended, f"{some} left out by the dates asked for.") if self.undated else tuple(mended)

    def sentences_in(self, passage: Passage) -> tuple[Sentence, ...]:
        """Return the sentences of a passage, in order; none when they were never encoded."""
        return self.sentences.get((passage.article_id, passage.paragraph), ())


def retrieve(
    question: str,
    library: Library,
    encoder: Encoder,
    *,
    k: int,
    filters: Filters = NO_FILTERS,
    reranker: Reranker | None = None,
    mend: bool = True,
) -> Retrieved:
    """Return the `k` best paragraphs for `question` among the articles that `filters` lets through.

    Dense and BM25 candidates are fused by a weighted sum of scores, which beats reciprocal rank
    fusion at every k that was tried; see `fuse`. The words of the best are laid beside the question's,
    a reranker reads them when there is one, and of paragraphs that say the same the best is kept.
    Where the question names an author or a day, only those articles are searched (`meant_articles`). With
    `mend`, a misspelt word finds the word that it is nearest to.
    """
    allowed, undated = allowed_articles(library, filters), _undated(library, filters)
    if allowed is not None and not allowed:
        return Retrieved(encoder.encode([question])[0], (), {}, {}, question, undated=undated)
    meant = meant_articles(question, library, allowed)
    allowed = set(meant.articles) if meant else allowed
    encoding = ASIDE.submit(encoder.encode, [question])  # on another core than the search by words
    other = alternatives(question, library)
    unsure = [w for w in content_words(question) if w not in other] if mend else []
    misspelt = neighbours(unsure, library, encoder) if language_of(question) == "en" else {}
    search = match_expression(question, other | misspelt)
    wide = max(CANDIDATES, 2 * k)  # a side: many are asked for by searches alone, never by an answer
    lexical = dict(library.match(search, wide, allowed)) if search else {}
    mended = _mended(misspelt, list(lexical), library)
    question = str(Understood(question).corrected(mended))
    vector = (encoder.encode([question]) if mended else encoding.result())[0]
    nearest = library.nearest(vector, wide, allowed)
    dense = dict(nearest)
    frequencies = library.document_frequencies(content_stems(question))
    weights = inverse_frequencies(frequencies, library.paragraph_count())
    quoted = _quoted(question, library, allowed)
    possible = sum(weights.values())
    first = fuse(dense, lexical | quoted, {}, possible)
    best = sorted(first, key=lambda key: (key not in quoted, -first[key], key))[: max(RESCORED, k + k // 2)]
    split = {key: (spans, rows @ vector) for key, (spans, rows) in library.sentence_vectors(best).items()}
    by_sentence = {key: float(cosines.max()) if len(cosines) else 0.0 for key, (_, cosines) in split.items()}
    second = fuse(dense, lexical | quoted, by_sentence, possible)
    scores = {key: second[key] + QUOTED_BONUS * (key in quoted) for key in best}
    order = sorted(scores, key=lambda key: (-scores[key], key))[: max(READ, 2 * k)]
    records = library.fetch(order)
    sentences = {
        key: sentences_of(records[key].text, *split[key]) for key in order if key in records and key in split
    }
    found = [passage_of(records[key], scores[key]) for key in order if key in records]
    under = _asked_above(found, vector, encoder)
    found = [_with_heading(p, under, by_sentence) for p in found]
    passages = tuple(_distinct(_reread(question, weights, found, sentences, reranker), k))
    before = _before(passages, library)
    return Retrieved(
        vector,
        passages,
        sentences,
        before,
        question,
        frequencies,
        weights,
        mended,
        meant,
        undated,
        under=under,
        reranked=reranker is not None,
        unanswered=_unanswered(nearest),
    )


def _unanswered(nearest: Nearest) -> str:
    """Return what of the library could not be asked for what is nearest, in a sentence; "" when all was.

    >>> from footnote.ingest.library.library import Nearest
    >>> _unanswered(Nearest(silent=1, parts=10))
    '1 of 10 parts of the library did not answer; what they hold was searched by its words alone.'
    """
    if nearest.silent:
        return (
            f"{nearest.silent} of {nearest.parts} parts of the library did not answer; what they hold was "
            "searched by its words alone."
        )
    if nearest.waiting:
        return "Articles are being added to the index; until that is done, they are searched by words alone."
    return ""


def _asked_above(found: Sequence[Passage], vector: NDArray[np.float32], encoder: Encoder) -> dict[Key, float]:
    """Return the cosine of the question to the one that a paragraph has as its heading, where it has one."""
    headings = unique(p.asked for p in found if p.asked)
    if not headings:
        return {}
    cosines = dict(zip(headings, (encoder.encode(headings) @ vector).tolist(), strict=True))
    return {(p.article_id, p.paragraph): cosines[p.asked] for p in found if p.asked}


def _with_heading(passage: Passage, under: Mapping[Key, float], by_sentence: Mapping[Key, float]) -> Passage:
    """Return a paragraph whose heading, a question, counts as a sentence of it."""
    key = (passage.article_id, passage.paragraph)
    more = under.get(key, 0.0) - by_sentence.get(key, 0.0)
    gain = (1 - BM25_WEIGHT) * SENTENCE_SHARE * more
    return replace(passage, score=passage.score + gain) if key in under and more > 0 else passage


def sentences_of(text: str, spans: Sequence[Span], cosines: NDArray[np.float32]) -> tuple[Sentence, ...]:
    """Return the sentences of a paragraph's text, each with its cosine to the question."""
    language = language_of(text)
    return tuple(
        Sentence(text[span.start : span.end], span, float(cosine), language)
        for span, cosine in zip(spans, cosines, strict=True)
    )


def _mended(misspelt: Mapping[str, Sequence[str]], found: Sequence[Key], library: Library) -> dict[str, str]:
    """Return each misspelt word with the word that the best of the paragraphs found by BM25 has for it.

    For a name only a name: “Sprem” is not “sperm”.
    """
    if not misspelt:
        return {}
    records = library.fetch(found[:READ])
    texts = [f"{records[key].title} {records[key].text}" for key in found[:READ] if key in records]
    written = unique(w for text in texts for w in words(text))
    common = {w for w in written if w[0].islower()}
    mended = {}
    for word, near in misspelt.items():
        likely = (w for w in written if stem(w) in near)
        right = next((w for w in likely if word[0].islower() or w.lower() not in common), None)
        if right is not None:
            mended[word] = POSSESSIVE.sub("", right)
    return mended


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
        time=paragraph.time,
        ocr=bool(paragraph.scan),
    )


def allowed_articles(library: Library, filters: Filters) -> set[str] | None:
    """Return the ids of the articles that `filters` lets through, None when it lets all through.

    Raises:
        UnknownArticle: If the filters name an article that is not there.
        UnknownCollection: If they name a collection or a tag that is not there.
    """
    if not filters:
        return None
    chosen = None if filters.articles is None else {library.resolve(a) for a in filters.articles}
    if filters.collections or filters.tags:
        filed = library.chosen(filters.collections, filters.tags)
        chosen = filed if chosen is None else chosen & filed
    return {
        a.article_id
        for a in library.articles()
        if (chosen is None or a.article_id in chosen) and _in_range(a.date, filters)
    }


def articles_within(library: Library, filters: Filters) -> list[ArticleRecord]:
    """Return the articles that `filters` lets through, sorted by title."""
    allowed = allowed_articles(library, filters)
    return [a for a in library.articles() if allowed is None or a.article_id in allowed]


def filters_of(
    library: Library,
    articles: Sequence[str] | None = None,
    since: str = "",
    until: str = "",
    collections: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Filters:
    """Return the filters, with references to articles resolved to ids.

    Raises:
        UnknownArticle: If an article is not there.
        UnknownCollection: If a collection or a tag is not there.
        ValueError: If a date is none.
    """
    ids = None if articles is None else tuple(map(library.resolve, articles))
    found = Filters(ids, since, until, tuple(collections), tuple(tags))
    if found.collections or found.tags:
        library.chosen(found.collections, found.tags)
    return found


def _undated(library: Library, filters: Filters) -> int:
    """Return how many articles a filter by date leaves out because they have none."""
    if not (filters.since or filters.until):
        return 0
    among = allowed_articles(library, replace(filters, since="", until=""))
    return sum(not a.date and (among is None or a.article_id in among) for a in library.articles())


def _in_range(date: str, filters: Filters) -> bool:
    """Compare ISO dates of any precision: `2026` lies in a range that touches that year."""
    if not (filters.since or filters.until):
        return True
    if not date:
        return False
    since, until = filters.since[: len(date)], filters.until
    return (not since or date >= since) and (not until or date[: len(until)] <= until)


def inverse_frequencies(frequencies: Mapping[str, int], n: int) -> dict[str, float]:
    """Return the inverse document frequency of each stem among `n` paragraphs, as BM25 weighs it
    (Robertson 2009).
    """
    return {t: math.log(1 + (n - df + 0.5) / (df + 0.5)) for t, df in frequencies.items()}


def match_expression(question: str, other: Mapping[str, Sequence[str]] = NO_OTHERS) -> str:
    """Return the FTS5 expression that finds any content word of `question`, or another way to write it;
    "" when it has no word.
    """
    return expression(search_words(question), other)


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


def _quoted(question: str, library: Library, allowed: Collection[str] | None) -> dict[Key, float]:
    """Return the paragraphs, with their BM25, that hold a phrase in quotation marks word for word."""
    phrases = [words(match[1]) for match in TYPED.finditer(question)]
    search = " OR ".join(f'"{" ".join(phrase)}"' for phrase in phrases if len(phrase) > 1)
    return dict(library.match(search, RESCORED // 2, allowed)) if search else {}


def _reread(
    question: str,
    weights: Mapping[str, float],
    found: Sequence[Passage],
    sentences: Sentences,
    reranker: Reranker | None,
) -> list[Passage]:
    """Return the passages found, best first, now that words and the reranker have their say."""
    passages, asked = [], WordsAsked(question, weights)
    for place, passage in enumerate(found):
        gain = 0.0
        own = sentences.get((passage.article_id, passage.paragraph), ())
        if place < READ and own:
            told = [s.stems_in(asked.language) for s in own]
            told += [tuple(stems(passage.asked, asked.language))] if passage.asked else []
            gain = sum(w * share for w, share in zip(EVIDENCE_WEIGHTS, asked.evidence(told), strict=True))
        passages.append(replace(passage, score=(passage.score + gain) / MOST))
    passages.sort(key=lambda p: -p.score)
    if reranker is None:
        return passages
    likely = reranker(question, [f"{p.title}\n{p.text}" for p in passages[:RERANKED]])
    read = [replace(p, score=float(s)) for p, s in zip(passages, likely, strict=False)]
    least = min((p.score for p in read), default=0.0)
    rest = [replace(p, score=min(p.score, least)) for p in passages[RERANKED:]]
    return sorted(read, key=lambda p: -p.score) + rest


def _distinct(passages: Sequence[Passage], k: int) -> Iterator[Passage]:
    """Yield the first `k` passages that say something new: of two almost alike the better one only."""
    seen: list[set[str]] = []
    for passage in passages:
        if len(seen) == k:
            return
        own = set(stems(passage.text))
        if not any(len(own & other) >= SAME_SHARE * len(own | other) for other in seen):
            seen.append(own)
            yield passage


def _before(passages: Sequence[Passage], library: Library) -> dict[Key, str]:
    """Return the text of the paragraph before each passage."""
    previous = {(p.article_id, p.paragraph - 1): (p.article_id, p.paragraph) for p in passages}
    records = library.fetch([key for key in previous if key[1] > 0])
    return {previous[key]: record.text for key, record in records.items()}


def with_lists(retrieved: Retrieved, library: Library) -> Retrieved:
    """Return what was retrieved, and behind each paragraph that ends in a colon the list after it.

    A list holds what its lead was found for, but hardly a word of the question.
    """
    present = {(p.article_id, p.paragraph) for p in retrieved.passages}
    leads = {
        (p.article_id, p.paragraph + 1): p
        for p in retrieved.passages
        if p.text.rstrip().endswith(":") and (p.article_id, p.paragraph + 1) not in present
    }
    lists = {key: r for key, r in library.fetch(list(leads)).items() if LIST_ITEM.match(r.text)}
    if not lists:
        return retrieved
    added = {key: passage_of(record, leads[key].score) for key, record in lists.items()}
    split = library.sentence_vectors(list(lists))
    sentences = {
        key: sentences_of(lists[key].text, spans, rows @ retrieved.vector)
        for key, (spans, rows) in split.items()
    }
    passages = [
        one
        for p in retrieved.passages
        for one in (p, added.get((p.article_id, p.paragraph + 1)))
        if one is not None
    ]
    return replace(
        retrieved,
        passages=tuple(passages),
        sentences={**retrieved.sentences, **sentences},
        before={**retrieved.before, **{key: leads[key].text for key in lists}},
    )
