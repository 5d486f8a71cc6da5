"""The default answerer: the one to three sentences that answer, verbatim, with their offsets.

No language model: sentences of the retrieved paragraphs are scored against the question, the best
are shown as they stand, and a calibrated confidence in the best decides whether to answer at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from footnote.ingest.text.sentences import Span
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import stems
from footnote.rag.answer.across_articles import newer_first
from footnote.rag.answer.candidates import Candidate, Draft, Signs
from footnote.rag.answer.list_answers import gather
from footnote.rag.answer.question import AnswerKind, Question, analyse, has_answer_kind
from footnote.rag.answer.reader import Likely, capped, understood
from footnote.rag.answer.short_answer import short_answer
from footnote.rag.english.antecedent import leans, read_alone
from footnote.rag.types import Citation, CitedSentence, Passage, ShortAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.ingest.library.library import Key
    from footnote.rag.answer.reader import Reader, Reading
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.find.retrieve import Retrieved

NAME = "extractive"


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
# The same with the reader (`evals.tools.fit_answerer`): the weights above beside the reader's margin, a
# third of
# each so that scores spread as without it. First sentence right, one pool a set: squad2_dev (n=267) 81.6 →
# 89.9, covidqa_dev (n=250) 50.4 → 57.2. Weights fitted freely give 89.5 and 54.8 in grouped 5-fold
# cross-validation; two thirds and five thirds of the margin's weight 89.5 and 56.4, 88.0 and 55.6.
RANK_READ = Signs(cosine=0.33, rare=0.25, context=0.2, kind=0.08, leans=-0.03, behind=0.83, margin=0.1)
# How sure it is. Of the best sentence in the best six windows, this sign alone tells answerable from
# unanswerable questions (`squad2_dev/auroc`, and the gate's for the samples) as well as with margin, cosine,
# context and names, which lose .004 and .017 in 5 folds. The slope is that of a logistic regression, alike on
# both (.394, .389); the bias lies between theirs (-.80, .61): what 0.3 answers and refuses is
# `squad2_dev/answered` and `squad2_dev/refusal_recall`.
SURE_READ = Signs(says=0.39)
SURE_READ_BIAS = -0.5

SHORT_FROM = 0.0  # the reader's log-odds from which its answer is pointed at
SHORT_WORDS = 8  # a longer answer is no short one
NEVER_SHORT = (AnswerKind.REASON, AnswerKind.YES_NO)
# The best paragraphs are read, of them the windows with the likeliest sentences. First sentence right with
# 4, 5, 6, 8 and all windows: squad2_dev (five articles, n=270) 81.1, 81.1, 81.1, 81.1, 80.3, covidqa_dev
# (n=300) 52.3, 52.3, 52.0, 52.7, 53.0, samples (n=213) 58.7, 59.6, 60.1, 60.6, 60.6; tokens of a question
# 430, 530, 630, 850 and 1,500 to 2,800 on the first two sets.
READ_PASSAGES, READ_WINDOWS = 5, 6
UNLIKELY = -100.0  # the score of a question among the sentences, before it is read
UNREAD = 100.0  # taken off the score of a sentence that was not read, where others were
# A further sentence is shown when its score comes this close to the best. Of the answered questions, those
# answered in two and how often a second is shown, in percent, with .3, .45, .6, .8: squad2_dev (five
# articles) 86.5/11, 89.2/18, 91.9/27, 91.9/33, covidqa_dev 58.1/28, 59.6/40, 61.4/46, 61.4/58, samples
# 73.3/22, 76.7/31, 77.4/39, 78.1/52.
SECOND_WITHIN = 0.6
SAME_SHARE = 0.8  # of stems: sentences this alike count once


def answer(
    question: str,
    retrieved: Retrieved,
    check: SupportChecker,
    reader: Reader | None = None,
    spoken: str = "",
) -> Draft:
    """Return the sentences that answer `question` best, and how likely it is that they do.

    `spoken` is the question in a person's words, where `question` has been given words to search for: the
    reader reads for it. The draft has no sentences when nothing was retrieved.
    """
    asked = analyse(question)
    able = reader if understood(question) else None
    found = candidates(asked, retrieved, able, spoken)
    if not found:
        return Draft((), (), 0.0)
    ranked = newer_first(question, sorted(found, key=lambda c: -c.score))
    gathered = gather(question, ranked)
    sentences, citations = cite(gathered or choose(asked, ranked), check)
    short = None if gathered else _short(asked, ranked[0], sentences, citations)
    return Draft(sentences, citations, confidence(ranked[0]), short, tuple(ranked))


def _short(
    question: Question, best: Candidate, shown: Sequence[CitedSentence], citations: Sequence[Citation]
) -> ShortAnswer | None:
    """Return the short answer in the best sentence, which may stand behind the one that it leans on."""
    place = (best.passage.article_id, best.passage.paragraph, best.span.start)
    places = [(c.article_id, c.paragraph, c.quote_start) for c in citations]  # one for each sentence
    number = places.index(place)
    text = shown[number].text
    span = _read_span(question, best, text) or short_answer(question, text)
    return span and ShortAnswer(text[span.start : span.end], number, span.start, span.end)


def _read_span(question: Question, best: Candidate, text: str) -> Span | None:
    """Return where the reader's answer stands in the sentence as shown, when the reader is sure enough."""
    if best.reading is None or best.reading.margin < SHORT_FROM or question.kind in NEVER_SHORT:
        return None
    said = best.passage.text[best.reading.start : best.reading.end]
    start = text.find(said)
    return None if start < 0 or len(said.split()) > SHORT_WORDS else Span(start, start + len(said))


def term_weights(question: Question, weights: Mapping[str, float]) -> dict[str, float]:
    """Return how much each term of the question weighs, from the inverse document frequencies of its stems.

    The words of a name such as "North Korea" share one word's weight: +0.4 and +0.9 points of answers in
    the first two sentences on squad2_dev and covidqa_dev.
    """
    return {t: weights[t] / question.shared.get(t, 1) for t in question.terms if t in weights}


def candidates(
    question: Question,
    retrieved: Retrieved,
    reader: Reader | None = None,
    spoken: str = "",
) -> list[Candidate]:
    """Return every sentence of the retrieved paragraphs, scored; the reader reads for `spoken`, if given."""
    weights = term_weights(question, retrieved.weights)
    found = [c for p in retrieved.passages for c in _of_passage(question, retrieved, p, weights)]
    found = _with_rarity(question, found)
    if reader is not None:
        found = _read(spoken or question.text, found, retrieved, reader)
    return [c._replace(score=_score(c, read=reader is not None)) for c in found]


def _score(candidate: Candidate, *, read: bool) -> float:
    """Return how a sentence ranks: what was read goes before what was not."""
    if candidate.reading is not None:
        return candidate.signs.weighed(RANK_READ)
    return candidate.signs.weighed(RANK) - UNREAD * read


def _of_passage(
    question: Question, retrieved: Retrieved, passage: Passage, weights: Mapping[str, float]
) -> list[Candidate]:
    key: Key = (passage.article_id, passage.paragraph)
    if key not in retrieved.sentences:
        return []
    spans, rows = retrieved.sentences[key]
    texts = [passage.text[s.start : s.end] for s in spans]
    above = _last_sentences(retrieved.before.get(key, ""))
    title = set(stems(f"{passage.title} {passage.section}"))
    whole = title | set(stems(passage.text))
    names = _share(whole, dict.fromkeys(question.names, 1.0)) if question.names else 1.0
    sets = [set(stems(t)) for t in texts]
    cosines = rows @ retrieved.vector
    found = []
    for i, text in enumerate(texts):
        if text.endswith("?"):
            continue  # a question answers nothing
        near = sets[i - 1] if i else set(stems(above[-1])) if above and leans(text) else set()
        before = (*above, *texts[:i])
        kind = has_answer_kind(question, text)
        signs = Signs(
            cosine=float(cosines[i]),
            coverage=_share(sets[i], weights),
            context=_share(sets[i] | title | near, weights),
            names=names,
            kind=kind,
            uncounted=question.kind is AnswerKind.COUNT and not kind,
            leans=read_alone(text, list(before)).leans,
            behind=passage.score - retrieved.passages[0].score,
        )
        found.append(Candidate(passage, spans[i], before, signs))
    return found


def _with_rarity(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """Add the share of terms that each holds, weighed by their rarity among the candidates."""
    sets = [set(stems(c.text)) for c in found]
    counts = {t: sum(t in s for s in sets) for t in question.terms}
    n = len(found)
    weights = {
        t: math.log(1 + (n - df + 0.5) / (df + 0.5)) / question.shared.get(t, 1)
        for t, df in counts.items()
        if df
    }
    return [
        c._replace(signs=c.signs._replace(rare=_share(s, weights))) for c, s in zip(found, sets, strict=True)
    ]


def _read(question: str, found: Sequence[Candidate], retrieved: Retrieved, reader: Reader) -> list[Candidate]:
    """Add what the reader makes of the sentences of the best paragraphs."""
    passages = [
        p for p in retrieved.passages[:READ_PASSAGES] if (p.article_id, p.paragraph) in retrieved.sentences
    ]
    scores = {_place(c): c.signs.weighed(RANK_READ) for c in found}
    sentences = [
        [
            Likely(span, scores.get((p.article_id, p.paragraph, span.start), UNLIKELY))
            for span in retrieved.sentences[p.article_id, p.paragraph][0]
        ]
        for p in passages
    ]
    readings = {
        (p.article_id, p.paragraph, one.span.start): reading
        for p, own, read in zip(
            passages, sentences, reader.read(question, passages, sentences, READ_WINDOWS), strict=True
        )
        for one, reading in zip(own, read, strict=True)
        if reading is not None
    }
    return [_with_reading(c, readings) for c in found]


def _place(candidate: Candidate) -> tuple[str, int, int]:
    return candidate.passage.article_id, candidate.passage.paragraph, candidate.span.start


def _with_reading(candidate: Candidate, readings: Mapping[tuple[str, int, int], Reading]) -> Candidate:
    reading = readings.get(_place(candidate))
    if reading is None:
        return candidate
    signs = candidate.signs._replace(margin=capped(reading.margin), says=capped(reading.says))
    return candidate._replace(signs=signs, reading=reading)


def _last_sentences(text: str) -> tuple[str, ...]:
    """Return the last sentences of the paragraph before: where the antecedent of a first "She" stands."""
    return tuple(text[s.start : s.end] for s in split(text)[-3:])


def _share(present: set[str], weights: Mapping[str, float]) -> float:
    """Return which share of the total weight falls on terms that are present."""
    total = sum(weights.values())
    return sum(w for t, w in weights.items() if t in present) / total if total else 0.0


def confidence(best: Candidate) -> float:
    """Return the probability, by logistic regression, that the best sentence answers."""
    if best.reading is None:
        return 1 / (1 + math.exp(-best.signs.weighed(SURE) - SURE_BIAS))
    return 1 / (1 + math.exp(-best.signs.weighed(SURE_READ) - SURE_READ_BIAS))


def choose(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return one to three sentences: the best, then those near it that say something else."""
    most = 3 if question.kind in (AnswerKind.REASON, AnswerKind.OTHER) else 2
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
        citation = Citation.of(passage, number, start, end)
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
