"""Which sentences to show, and how they are shown: each readable alone, checked, with its citation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.rag.answer.list_answers import both_sides, every_item, said_by_the_speaker, with_its_list
from footnote.rag.answer.question import AnswerKind, Question
from footnote.rag.english.antecedent import read_alone
from footnote.rag.types import Citation, CitedSentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import Passage

# A further sentence is shown when its score comes this close to the best. Of the answered questions, those
# answered in two and how often a second is shown, in percent, with .3, .45, .6, .8: squad2_dev (five
# articles) 86.5/11, 89.2/18, 91.9/27, 91.9/33, covidqa_dev 58.1/28, 59.6/40, 61.4/46, 61.4/58, samples
# 73.3/22, 76.7/31, 77.4/39, 78.1/52.
SECOND_WITHIN = 0.6
SAME_SHARE = 0.8  # of stems: sentences this alike count once

Strategy = Callable[[Question, "Sequence[Candidate]"], "list[Candidate]"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sentences to show, in their order; `several`: they answer together, so that none is the short
    answer.
    """

    sentences: tuple[Candidate, ...]
    several: bool = False


def choose(question: Question, ranked: Sequence[Candidate]) -> Chosen:
    """Return the sentences to show: what the first strategy that finds something finds.

    `ranked` are all sentences, the best first, at least one. A sentence that ends in a colon brings the list
    that it leads in place of what else was found.
    """
    for strategy in STRATEGIES:
        if found := strategy(question, ranked):
            led = with_its_list(found[0], ranked)
            return Chosen(tuple(led or found), several=bool(led) or strategy is not best_few)
    raise ValueError("there is no sentence to choose from")


def best_few(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """For any other question: one to three sentences, the best, then those near it that say something
    else.
    """
    most = 3 if question.kind in (AnswerKind.REASON, AnswerKind.OTHER) else 2
    chosen: list[Candidate] = []
    for candidate in ranked:
        if len(chosen) == most or (chosen and candidate.score < chosen[0].score - SECOND_WITHIN):
            break
        if len(chosen) == 2 and candidate.score < chosen[0].score - SECOND_WITHIN / 3:
            break
        if not any(_alike(candidate, c) for c in chosen):
            chosen.append(candidate)
    return chosen


def _alike(one: Candidate, other: Candidate) -> bool:
    same = len(one.stems & other.stems)
    return same >= SAME_SHARE * max(1, min(len(one.stems), len(other.stems)))


# Each is asked in turn for the sentences that answer a question of its kind; none: it is of another kind,
# or too little was found. A new strategy takes its place before the last, which knows every question.
STRATEGIES: tuple[Strategy, ...] = (both_sides, said_by_the_speaker, every_item, best_few)


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
