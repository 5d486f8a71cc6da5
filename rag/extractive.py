"""The default answerer: the one to three sentences that answer, verbatim, with their offsets.

No language model: sentences of the retrieved paragraphs are scored against the question, the best
are shown as they stand, and a calibrated confidence in the best decides whether to answer at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ingest.sentences import sentences as split
from rag.antecedent import leans, read_alone
from rag.question import Kind, Question, analyse, has_answer_kind
from rag.retrieve import inverse_frequencies
from rag.short import short_answer
from rag.types import Citation, CitedSentence, Passage, ShortAnswer
from rag.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingest.library import Key, Library
    from ingest.sentences import Span
    from rag.retrieve import Retrieved
    from rag.support import SupportChecker

NAME = "extractive"

# How a sentence is ranked. Logistic regression of "holds a gold answer" on sentences of the top 8
# paragraphs, grouped 5-fold over articles: squad2_dev (n=884) first sentence right 79.5%, first two 87%;
# covidqa_dev (n=798) 44% and 53%. Cosine alone: 62.7% and 29.9%. Rounded, the cosine's weight set to 1.
# Share of the question's terms in the sentence, weighed by how rare they are among the candidates: a
# name that every candidate holds does not tell them apart. Against weights over the whole library:
# squad2_dev (n=1,325) 79.9 → 81.1 and 89.5 → 90.2, covidqa_dev 44.2 → 44.1 and 52.9 → 54.8.
W_COVERAGE = 0.75
W_CONTEXT = 0.6  # the same in the sentence, the one before and the title
W_KIND = 0.25  # holds a person, time, place, number or reason when one is asked for
W_PASSAGE = 2.5  # the paragraph's retrieval score, less that of the best paragraph
W_LEANS = 0.1  # taken off when it points back at what is not shown

# The confidence in the best sentence: logistic regression of "answerable" on squad2_dev and
# covidqa_dev, the same folds; negatives are questions whose article was taken away (AUROC .993, .84)
# and SQuAD 2.0's own unanswerable ones (AUROC .65).
C_COSINE, C_COVERAGE, C_CONTEXT, C_NAMES, C_KIND, C_BIAS = 4.8, 0.6, 2.65, 1.2, 0.2, -6.1

# "How many …?" without a number in the best sentence: 0 to 6% of answerable questions on the three sets,
# 7 to 11% of the others.
C_UNCOUNTED = -1.5

SECOND_WITHIN = 0.45  # a further sentence is shown when its score comes this close to the best
SAME_SHARE = 0.8  # of stems: sentences this alike count once


class Candidate(NamedTuple):
    """A sentence of a retrieved paragraph with what speaks for it."""

    passage: Passage
    span: Span
    before: tuple[str, ...]
    cosine: float
    coverage: float
    context: float
    names: float
    kind: bool
    uncounted: bool  # no number where one is asked for
    score: float

    @property
    def text(self) -> str:
        """The sentence as it stands in the paragraph."""
        return self.passage.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Draft:
    """Cited sentences, and the confidence 0..1 that they answer."""

    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    confidence: float
    short_answer: ShortAnswer | None = None


def answer(question: str, retrieved: Retrieved, library: Library, check: SupportChecker) -> Draft:
    """Return the sentences that answer `question` best, and how likely it is that they do.

    The draft has no sentences when nothing was retrieved.
    """
    asked = analyse(question)
    found = candidates(asked, retrieved, term_weights(asked, library))
    if not found:
        return Draft((), (), 0.0)
    ranked = sorted(found, key=lambda c: -c.score)
    chosen = choose(asked, ranked)
    sentences, citations = cite(chosen, check)
    return Draft(sentences, citations, confidence(ranked[0]), _short(asked, ranked[0], sentences, citations))


def _short(
    question: Question, best: Candidate, shown: Sequence[CitedSentence], citations: Sequence[Citation]
) -> ShortAnswer | None:
    """Return the short answer in the best sentence, which may stand behind the one that it leans on."""
    place = (best.passage.article_id, best.passage.paragraph, best.span.start)
    places = [(c.article_id, c.paragraph, c.quote_start) for c in citations]  # one for each sentence
    number = places.index(place)
    text = shown[number].text
    span = short_answer(question, text)
    return span and ShortAnswer(text[span.start : span.end], number, span.start, span.end)


def term_weights(question: Question, library: Library) -> dict[str, float]:
    """Return the inverse document frequency of each term of the question.

    The words of a name such as "North Korea" share one word's weight: +0.4 and +0.9 points of answers in
    the first two sentences on squad2_dev and covidqa_dev.
    """
    weights = inverse_frequencies(question.terms, library)
    return {t: w / question.shared.get(t, 1) for t, w in weights.items()}


def candidates(question: Question, retrieved: Retrieved, weights: Mapping[str, float]) -> list[Candidate]:
    """Return every sentence of the retrieved paragraphs, scored."""
    if not retrieved.passages:
        return []
    best = retrieved.passages[0].score
    found: list[Candidate] = []
    for passage in retrieved.passages:
        key: Key = (passage.article_id, passage.paragraph)
        if key not in retrieved.sentences:
            continue
        spans, rows = retrieved.sentences[key]
        texts = [passage.text[s.start : s.end] for s in spans]
        above = _last_sentences(retrieved.before.get(key, ""))
        units = _of_passage(question, passage, texts, above, weights)
        cosines = rows @ retrieved.vector
        found += [
            _scored(question, passage, spans[i], unit, float(cosines[i]), passage.score - best)
            for i, unit in units
        ]
    return _with_coverage(question, found)


def _with_coverage(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """Add to each score the share of terms it holds, weighed by their rarity among the candidates."""
    sets = [set(stems(c.text)) for c in found]
    counts = {t: sum(t in s for s in sets) for t in question.terms}
    n = len(found)
    weights = {
        t: math.log(1 + (n - df + 0.5) / (df + 0.5)) / question.shared.get(t, 1)
        for t, df in counts.items()
        if df
    }
    return [
        c._replace(score=c.score + W_COVERAGE * _share(s, weights)) for c, s in zip(found, sets, strict=True)
    ]


class _Unit(NamedTuple):
    """What the words of a sentence and of its surroundings say for it."""

    text: str
    before: tuple[str, ...]
    coverage: float
    context: float
    names: float


def _of_passage(
    question: Question,
    passage: Passage,
    texts: Sequence[str],
    above: tuple[str, ...],
    weights: Mapping[str, float],
) -> list[tuple[int, _Unit]]:
    title = set(stems(f"{passage.title} {passage.section}"))
    whole = title | set(stems(passage.text))
    names = _share(whole, dict.fromkeys(question.names, 1.0)) if question.names else 1.0
    sets = [set(stems(t)) for t in texts]
    units = []
    for i, text in enumerate(texts):
        if text.endswith("?"):
            continue  # a question answers nothing
        before = sets[i - 1] if i else set(stems(above[-1])) if above and leans(text) else set()
        coverage = _share(sets[i], weights)
        context = _share(sets[i] | title | before, weights)
        units.append((i, _Unit(text, (*above, *texts[:i]), coverage, context, names)))
    return units


def _last_sentences(text: str) -> tuple[str, ...]:
    """Return the last sentences of the paragraph before: where the antecedent of a first "She" stands."""
    return tuple(text[s.start : s.end] for s in split(text)[-3:])


def _scored(
    question: Question, passage: Passage, span: Span, unit: _Unit, cosine: float, behind: float
) -> Candidate:
    kind = has_answer_kind(question, unit.text)
    score = (
        cosine
        + W_CONTEXT * unit.context
        + W_KIND * kind
        + W_PASSAGE * behind
        - W_LEANS * read_alone(unit.text, list(unit.before)).leans
    )
    uncounted = question.kind is Kind.COUNT and not kind
    return Candidate(
        passage, span, unit.before, cosine, unit.coverage, unit.context, unit.names, kind, uncounted, score
    )


def _share(present: set[str], weights: Mapping[str, float]) -> float:
    """Return which share of the total weight falls on terms that are present."""
    total = sum(weights.values())
    return sum(w for t, w in weights.items() if t in present) / total if total else 0.0


def confidence(best: Candidate) -> float:
    """Return the probability, by logistic regression, that the best sentence answers."""
    z = (
        C_COSINE * best.cosine
        + C_COVERAGE * best.coverage
        + C_CONTEXT * best.context
        + C_NAMES * best.names
        + C_KIND * best.kind
        + C_UNCOUNTED * best.uncounted
        + C_BIAS
    )
    return 1 / (1 + math.exp(-z))


def choose(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return one to three sentences: the best, then those near it that say something else."""
    most = 3 if question.kind in (Kind.REASON, Kind.OTHER) else 2
    chosen: list[Candidate] = []
    for candidate in ranked:
        if len(chosen) == most or (chosen and candidate.score < chosen[0].score - SECOND_WITHIN):
            break
        if len(chosen) == 2 and candidate.score < chosen[0].score - SECOND_WITHIN / 3:
            break
        if not any(_alike(candidate.text, c.text) for c in chosen):
            chosen.append(candidate)
    return chosen


def _alike(one: str, other: str) -> bool:
    a, b = set(stems(one)), set(stems(other))
    return len(a & b) >= SAME_SHARE * max(1, min(len(a), len(b)))


def cite(
    chosen: Sequence[Candidate], check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """Return the chosen sentences, each readable alone, checked and with its citation.

    A sentence that leans on the one before gets it in front, cited too, unless that is chosen already.
    """
    units: list[tuple[Passage, int, int, str]] = []
    taken: set[tuple[str, int, int]] = set()
    for candidate in chosen:
        for start, end, text in _with_context(candidate):
            place = (candidate.passage.article_id, candidate.passage.paragraph, start)
            if place not in taken:
                taken.add(place)
                units.append((candidate.passage, start, end, text))
    sentences, citations = [], []
    for number, (passage, start, end, text) in enumerate(units, start=1):
        citation = quote(passage, number, start, end)
        citations.append(citation)
        sentences.append(CitedSentence(text, (number,), check(text, [f"{passage.title}. {passage.text}"])))
    return tuple(sentences), tuple(citations)


def _with_context(candidate: Candidate) -> list[tuple[int, int, str]]:
    reading = read_alone(candidate.text, list(candidate.before))
    shown = [(candidate.span.start, candidate.span.end, reading.text)]
    if reading.leans and candidate.before and candidate.span.start > 0:
        before = candidate.before[-1]
        start = candidate.passage.text.rindex(before, 0, candidate.span.start)
        lead = read_alone(before, list(candidate.before[:-1]))
        shown.insert(0, (start, start + len(before), lead.text))
    return shown


def quote(passage: Passage, number: int, start: int = 0, end: int | None = None) -> Citation:
    """Return a citation of `passage.text[start:end]`."""
    return Citation(
        number=number,
        article_id=passage.article_id,
        title=passage.title,
        source=passage.source,
        paragraph=passage.paragraph,
        paragraph_text=passage.text,
        quote_start=start,
        quote_end=len(passage.text) if end is None else end,
        page=passage.page,
    )
