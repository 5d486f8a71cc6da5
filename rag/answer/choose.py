"""Which sentences to show, and how they are shown: each readable alone, checked, with its citation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.sentences import LIST_ITEM, STOPS
from footnote.ingest.text.sentences import sentences as split
from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.answer.list_answers import (
    both_sides,
    every_item,
    said_by_the_speaker,
    under_its_question,
    with_its_list,
)
from footnote.rag.answer.question import AnswerKind, Question
from footnote.rag.english.antecedent import read_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import Citation, CitedSentence, Passage

# A further sentence is shown when its score comes this close to the best. Of the answered questions, those
# answered in two and how often a second is shown, in percent, with .3, .45, .6, .8: squad2_dev (five
# articles) 86.5/11, 89.2/18, 91.9/27, 91.9/33, covidqa_dev 58.1/28, 59.6/40, 61.4/46, 61.4/58, samples
# 73.3/22, 76.7/31, 77.4/39, 78.1/52.
SECOND_WITHIN = 0.6
# A further sentence of another article is shown only where the reader finds an answer in it, by more log-odds
# than this. In a library of squad2_dev, covidqa_dev and the samples together (900 questions, 657 answered) it
# takes away 14 of 213 further sentences, one of which held the answer. It was chosen for libraries on many
# things, with the answers that a reader called spoilt by another article's sentence in view.
FOUND = 0.0
MOST_LEADS = 2  # sentences shown before one that leans on them
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
            led = with_its_list(question, found[0], ranked)
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
        if not any(_alike(candidate, c) for c in chosen) and not (chosen and _strays(candidate, chosen[0])):
            chosen.append(candidate)
    return chosen


def _strays(candidate: Candidate, best: Candidate) -> bool:
    """Tell whether a sentence is of another article than the best, and the reader finds no answer in it."""
    elsewhere = candidate.passage.article_id != best.passage.article_id
    return elsewhere and candidate.reading is not None and candidate.reading.margin <= FOUND


def _alike(one: Candidate, other: Candidate) -> bool:
    same = len(one.stems & other.stems)
    return same >= SAME_SHARE * max(1, min(len(one.stems), len(other.stems)))


# Each is asked in turn for the sentences that answer a question of its kind; none: it is of another kind,
# or too little was found. A new strategy takes its place before the last, which knows every question.
STRATEGIES: tuple[Strategy, ...] = (
    under_its_question,
    both_sides,
    said_by_the_speaker,
    every_item,
    best_few,
)


def cite(
    chosen: Sequence[Candidate], check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]]:
    """Return the chosen sentences, each readable alone, checked and with its citation.

    A sentence that leans on the one before gets it in front, cited too, unless that is chosen already. What
    gives the name that was put into a sentence is cited beside it, where that is another paragraph.
    """
    units: dict[tuple[str, int, int], _Unit] = {}
    for candidate in chosen:
        for unit in _with_context(candidate):
            units.setdefault((unit.passage.article_id, unit.passage.paragraph, unit.start), unit)
    shown = (Unit(u.text, (Place(u.passage, u.start, u.end), *_naming(u))) for u in units.values())
    return cited(shown, check)


class _Unit(NamedTuple):
    """A sentence as it is shown, where it stands, the name put into it and the paragraph above its own."""

    passage: Passage
    start: int
    end: int
    text: str
    inserted: str = ""
    above: str = ""


def _with_context(candidate: Candidate) -> list[_Unit]:
    """Return a sentence as it is shown: without the mark of a list, behind what it leans on.

    An item that is no sentence leans on what introduces its list, such as “The following are not covered:”.
    """
    reading, start = read_alone(candidate.text, list(candidate.before)), candidate.span.start
    marker = LIST_ITEM.match(reading.text)
    cut = marker.end() if marker and marker.end() < len(reading.text) else 0
    own = _Unit(
        candidate.passage,
        start + cut,
        candidate.span.end,
        reading.text[cut:],
        reading.inserted,
        candidate.above,
    )
    if cut and own.text[-1] not in STOPS:
        return [*_introduction(candidate), own]
    return [*(_leads(candidate) if reading.leans else []), own]


def _introduction(candidate: Candidate) -> list[_Unit]:
    """Return what introduces the list that an item is of, in its own paragraph or in the one above."""
    lead, passage = candidate.lead_in, candidate.passage
    if not lead:
        return []
    start = passage.text.rfind(lead, 0, candidate.span.start)
    if start < 0:
        passage = _above(passage, candidate.above)
        start = passage.text.rfind(lead)
    return [_Unit(passage, start, start + len(lead), lead)] if start >= 0 else []


def _leads(candidate: Candidate) -> list[_Unit]:
    """Return the sentence before one, and that before it where it leans too; also of the paragraph above."""
    found: list[_Unit] = []
    passage, end = candidate.passage, candidate.span.start
    for n in range(len(candidate.before) - 1, max(-1, len(candidate.before) - 1 - MOST_LEADS), -1):
        if not end and passage is candidate.passage:
            passage, end = _above(passage, candidate.above), len(candidate.above)
        start = passage.text.rfind(candidate.before[n], 0, end)
        if start < 0:
            break
        reading = read_alone(candidate.before[n], list(candidate.before[:n]))
        found.insert(0, _Unit(passage, start, start + len(candidate.before[n]), reading.text))
        if not reading.leans:
            break
        end = start
    return found


def _above(passage: Passage, text: str) -> Passage:
    """Return the paragraph above another, whose page and time are not known."""
    return replace(passage, paragraph=passage.paragraph - 1, text=text, page=0, time="")


def _naming(unit: _Unit) -> list[Place]:
    """Return where the sentence is that gives an inserted name, if only the paragraph above does."""
    name = unit.inserted
    if not name or name in unit.passage.text:
        return []
    span = next((s for s in split(unit.above) if name in unit.above[s.start : s.end]), None)
    return [Place(_above(unit.passage, unit.above), span.start, span.end)] if span else []
