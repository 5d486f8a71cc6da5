"""Sentences that may answer, and their paragraphs, ranked: the one ranking of the search and of `ask`.

No language model: signs of words and vectors and the reader's log-odds are summed; a logistic regression of
the best sentence's signs says how likely it is to answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations, starmap
from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import stems
from footnote.rag.answer.across_articles import LATEST, same_story
from footnote.rag.answer.candidates import Candidate, Signs
from footnote.rag.answer.namesake import namesake
from footnote.rag.answer.other_year import of_another_year
from footnote.rag.answer.question import (
    AnswerKind,
    Question,
    attributed_to,
    compared,
    has_answer_kind,
    wants_list,
)
from footnote.rag.answer.reader import Likely, Reader, Reading, asks, capped, understood
from footnote.rag.check.judge import ENTAILED, log_odds, shipped_judge
from footnote.rag.english.antecedent import leans, read_alone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Passage

# How a sentence is ranked without the reader. Logistic regression of "holds a gold answer" on sentences of
# the top 8 paragraphs, grouped 5-fold over articles: squad2_dev (n=884) first sentence right 79.5%, first two
# 87%; covidqa_dev (n=798) 44% and 53%. Cosine alone: 62.7% and 29.9%. Rounded, the cosine's weight set to 1.
# `rare` in place of `coverage`: a name that every candidate holds does not tell them apart; squad2_dev
# (n=1,325) 79.9 → 81.1 and 89.5 → 90.2, covidqa_dev 44.2 → 44.1 and 52.9 → 54.8.
RANK = Signs(cosine=1.0, rare=0.75, context=0.6, kind=0.25, leans=-0.1, behind=2.5)
# The confidence in the best sentence: logistic regression of "answerable" on squad2_dev and
# covidqa_dev, the same folds; negatives are questions whose article was taken away (AUROC .993, .84)
# and SQuAD 2.0's own unanswerable ones (AUROC .65).
SURE = Signs(cosine=4.8, coverage=0.6, context=2.65, names=1.2, kind=0.2, uncounted=-1.5)
SURE_BIAS = -6.1
# The same with the reader (`evals.tools.fit_answerer`): the weights above beside the reader's margin,
# a third of each so that scores spread as without it. First sentence right, one pool a set: squad2_dev
# (n=267) 81.6 → 89.9, covidqa_dev (n=250) 50.4 → 57.2. Weights fitted freely give 89.5 and 54.8 in grouped
# 5-fold cross-validation; two thirds and five thirds of the margin's weight 89.5 and 56.4, 88.0 and 55.6.
RANK_READ = Signs(cosine=0.33, rare=0.25, context=0.2, kind=0.08, leans=-0.03, behind=0.83, margin=0.1)
# The reader has learnt from no question that asks for yes or no. Of 298 such of BoolQ, over a pool of 948
# paragraphs, the right one gives the best sentence to 256 with that weight, to 266 with half of it, to 276
# without; but without it the worse sentence of the right paragraph came first in one of four questions tried.
RANK_READ_YES_NO = RANK_READ._replace(margin=0.05)
# How sure it is: a logistic regression on squad2_dev (its five clean articles, n=700) and covidqa_dev (n=200,
# half of them with their article taken away) over what the reader says of the window and what the judge says
# of the sentence. AUROC with the reader alone, then with both: squad2_dev .842, .843, covidqa_dev .825, .838,
# and samples, not fitted on (n=240), .817, .825. More signs lose: with margin, cosine, context, names, the
# shares of the question's words and the lead over the next paragraph .821 → .801 (squad2_dev, n=400, an
# article left out in turn). To rank by the judge helps neither: first right .822, with it .802 to .817.
# The bias is raised by .48: at 0.3 samples are then answered as before (71.4%), and 79.7 in place of 76.3% of
# what they do not hold is refused; `squad2_dev/answered`, `squad2_dev/refusal_recall`.
SURE_READ = Signs(says=0.364, judged=0.274)
SURE_READ_BIAS = -1.0
MOST_JUDGED = 6.0  # log-odds beyond it say no more

# The best paragraphs are read, of them the windows with the likeliest sentences: for the answer and for the
# order of the paragraphs. Right paragraph first and among five, answered, its unanswerable refused, with 6
# windows of five paragraphs, then 8 and 10 of eight: samples (n=213, 59) 71.4/85.9/68.5/78.0,
# 70.4/87.8/70.4/76.3,
# 70.9/88.7/71.8/76.3; squad2_dev (its five clean articles, n=189, 211) 86.3/94.1/92.6/41.3, –,
# 86.8/95.1/93.6/40.3.
READ_PASSAGES, READ_WINDOWS = 8, 10
# Of them these first, and more only until an answer stands out (`LEAD` in `reader`), unless several sentences
# or a newer article are wanted. Windows read, right paragraph first, answered, right reply: samples (n=213)
# 9.1 → 7.2, 65.6, 72.3 and 54.0 as before; squad2_dev (five clean articles, n=189) 10.0 → 5.9, 89.9 and 92.6
# as before, 85.7 → 85.2; covidqa_dev (n=400) 10.0 → 5.8, 72.6, 90.0 and 61.8 as before. With a lead of 0 the
# samples have 65.1, 72.3 and 53.1.
READ_FIRST = 4
# Of the reader's log-odds, added to a paragraph's score. Right paragraph first, of the best five: squad2_dev
# (five articles that the reader did not learn from, n=122) 79.5 → 86.9, covidqa_dev (n=300) 63.0 → 70.3,
# samples (n=213) 57.3 → 70.4; .01 gives 86.9, 69.7 and 66.2, .03 86.9, 70.3 and 70.0. With 8 windows read in
# place of 12: 86.1, 69.3 and 70.4; with all: 86.9, 70.7 and 70.4.
W_ODDS = 0.02
UNLIKELY = -1000.0  # log-odds of a question among the sentences, before it is read
UNREAD = 100.0  # taken off the score of a sentence that was not read, where others were


@dataclass(frozen=True, slots=True)
class Ranking:
    """The sentences of the retrieved paragraphs and the paragraphs themselves, each best first."""

    candidates: tuple[Candidate, ...]
    passages: tuple[Passage, ...]


def rank(question: Question, retrieved: Retrieved, reader: Reader | None = None, spoken: str = "") -> Ranking:
    """Return the sentences and paragraphs of what was retrieved, ranked by how well they answer.

    The reader reads for `spoken`, the question without the topic that it is searched with, if given. What
    is no question, or not in the reader's language, leaves the paragraphs in the order they were found in,
    and so does a reranker's order.
    """
    spoken = spoken or question.text
    able = reader if understood(spoken) else None
    found = candidates(question, retrieved, able, spoken)
    passages = retrieved.passages
    if able is not None and asks(spoken) and not retrieved.reranked:
        passages = answers_first(passages, found)
    return Ranking(tuple(sorted(found, key=lambda c: -c.score)), passages)


def answers_first(passages: Sequence[Passage], found: Sequence[Candidate]) -> tuple[Passage, ...]:
    """Return the passages with those forward in which the reader finds an answer."""
    odds: dict[tuple[str, int], float] = {}
    for c in found:
        if c.reading is not None:
            paragraph = c.place[:2]
            odds[paragraph] = max(odds.get(paragraph, -math.inf), c.signs.margin)
    least = min(odds.values(), default=0.0)
    moved = [
        replace(p, score=p.score + W_ODDS * (odds.get((p.article_id, p.paragraph), least) - least))
        for p in passages
    ]
    return tuple(sorted(moved, key=lambda p: -p.score))


def term_weights(question: Question, weights: Mapping[str, float]) -> dict[str, float]:
    """Return how much each term of the question weighs, from the inverse document frequencies of its stems.

    The words of a name such as "North Korea" share one word's weight: +0.4 and +0.9 points of answers in
    the first two sentences on squad2_dev and covidqa_dev.
    """
    return {t: weights[t] / question.shared.get(t, 1) for t in question.terms if t in weights}


def candidates(
    question: Question, retrieved: Retrieved, reader: Reader | None = None, spoken: str = ""
) -> list[Candidate]:
    """Return every sentence of the retrieved paragraphs, scored; the reader reads for `spoken`, if given."""
    weights = term_weights(question, retrieved.weights)
    found = [c for p in retrieved.passages for c in _of_passage(question, retrieved, p, weights)]
    found = _with_rarity(question, found)
    if reader is not None:
        found = _read(question, spoken or question.text, found, retrieved, reader)
    return [c._replace(score=_score(c, question.kind, read=reader is not None)) for c in found]


def _score(candidate: Candidate, kind: AnswerKind, *, read: bool) -> float:
    """Return how a sentence ranks: what was read goes before what was not."""
    if candidate.reading is not None:
        return candidate.signs.weighed(RANK_READ_YES_NO if kind is AnswerKind.YES_NO else RANK_READ)
    return candidate.signs.weighed(RANK) - UNREAD * read


def _of_passage(
    question: Question, retrieved: Retrieved, passage: Passage, weights: Mapping[str, float]
) -> list[Candidate]:
    sentences = retrieved.sentences_in(passage)
    paragraph_above = retrieved.before.get((passage.article_id, passage.paragraph), "")
    above = _last_sentences(paragraph_above)
    language = language_of(passage.text)
    title = frozenset(stems(f"{passage.title} {passage.section}", language))
    whole = title.union(*(s.stem_set for s in sentences))
    names = _share(whole, dict.fromkeys(question.names, 1.0)) if question.names else 1.0
    heading = frozenset(stems(passage.asked, language))
    alike = retrieved.under.get((passage.article_id, passage.paragraph), 0.0)
    found = []
    for i, sentence in enumerate(sentences):
        if sentence.text.endswith("?"):
            continue  # a question answers nothing
        if i:
            near = sentences[i - 1].stem_set
        else:
            near = frozenset(stems(above[-1], language)) if above and leans(sentence.text) else frozenset()
        before = (*above, *(s.text for s in sentences[:i]))
        kind = has_answer_kind(question, sentence.text)
        signs = Signs(
            cosine=max(sentence.cosine, alike),
            coverage=_share(sentence.stem_set | heading, weights),
            context=_share(sentence.stem_set | title | near, weights),
            names=names,
            kind=kind,
            uncounted=question.kind is AnswerKind.COUNT and not kind,
            leans=read_alone(sentence.text, list(before)).leans,
            behind=passage.score - retrieved.passages[0].score,
        )
        found.append(Candidate(passage, sentence, before, paragraph_above, title, signs))
    return found


def _with_rarity(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """Add the share of terms that each holds, weighed by their rarity among the candidates."""
    told = [c.stems.union(stems(c.passage.asked)) if c.passage.asked else c.stems for c in found]
    counts = {t: sum(t in s for s in told) for t in question.terms}
    n = len(found)
    weights = {
        t: math.log(1 + (n - df + 0.5) / (df + 0.5)) / question.shared.get(t, 1)
        for t, df in counts.items()
        if df
    }
    return [
        c._replace(signs=c.signs._replace(rare=_share(s, weights))) for c, s in zip(found, told, strict=True)
    ]


def _read(
    question: Question, spoken: str, found: Sequence[Candidate], retrieved: Retrieved, reader: Reader
) -> list[Candidate]:
    """Add what the reader makes of the sentences of the best paragraphs."""
    passages = [p for p in retrieved.passages[:READ_PASSAGES] if retrieved.sentences_in(p)]
    odds = {c.place: c.signs.weighed(RANK_READ) / RANK_READ.margin for c in found}  # on the margin's scale
    likely = [
        [
            Likely(s.span, odds.get((p.article_id, p.paragraph, s.span.start), UNLIKELY))
            for s in retrieved.sentences_in(p)
        ]
        for p in passages
    ]
    least = READ_FIRST if _one_will_do(question, passages, found) else READ_WINDOWS
    read = reader.read(spoken, passages, likely, READ_WINDOWS, least)
    readings = {
        (p.article_id, p.paragraph, one.span.start): reading
        for p, own, own_read in zip(passages, likely, read, strict=True)
        for one, reading in zip(own, own_read, strict=True)
        if reading is not None
    }
    return [_with_reading(c, readings) for c in found]


def _one_will_do(question: Question, passages: Sequence[Passage], found: Sequence[Candidate]) -> bool:
    """Tell whether one sentence answers, wherever others stand.

    No list, no two sides, nothing newer, and no sentence that is on another of the name or another year.
    """
    text = question.text
    if wants_list(text) or compared(text) or attributed_to(text) or LATEST.search(text):
        return False
    if any(namesake(text, c.text) or of_another_year(text, c) for c in found):
        return False
    articles = {p.article_id: p for p in passages}.values()
    return not any(starmap(same_story, combinations(articles, 2)))


def _with_reading(candidate: Candidate, readings: Mapping[tuple[str, int, int], Reading]) -> Candidate:
    reading = readings.get(candidate.place)
    if reading is None:
        return candidate
    signs = candidate.signs._replace(margin=capped(reading.margin), says=capped(reading.says))
    return candidate._replace(signs=signs, reading=reading)


def _last_sentences(text: str) -> tuple[str, ...]:
    """Return the last sentences of the paragraph before: where the antecedent of a first "She" stands."""
    return tuple(text[s.start : s.end] for s in split(text)[-3:])


def _share(present: frozenset[str], weights: Mapping[str, float]) -> float:
    """Return which share of the total weight falls on terms that are present."""
    total = sum(weights.values())
    return sum(w for t, w in weights.items() if t in present) / total if total else 0.0


def confidence(best: Candidate, question: str) -> float:
    """Return the probability, by logistic regression, that the best sentence answers `question`."""
    if best.reading is None:
        return 1 / (1 + math.exp(-best.signs.weighed(SURE) - SURE_BIAS))
    signs = best.signs._replace(judged=judged(best, question))
    return 1 / (1 + math.exp(-signs.weighed(SURE_READ) - SURE_READ_BIAS))


def judged(candidate: Candidate, question: str) -> float:
    """Return the judge's log-odds that a sentence entails the question with the reader's answer behind it.

    Without a reading 0: nothing is pointed at.
    """
    if candidate.reading is None:
        return 0.0
    said = candidate.passage.text[candidate.reading.start : candidate.reading.end]
    led = [*candidate.before[-1:], candidate.text] if leans(candidate.text) else [candidate.text]
    led = [candidate.passage.asked, *led] if candidate.passage.asked else led
    odds = log_odds(shipped_judge()(f"{question.rstrip(' ?.!')}? {said}", [" ".join(led)]))
    return max(-MOST_JUDGED, min(MOST_JUDGED, float(odds[0][ENTAILED])))
