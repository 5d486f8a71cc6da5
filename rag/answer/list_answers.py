"""Which sentences to show where one is not enough: lists, comparisons, and “according to …”."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from footnote.ingest.text.sentences import LIST_ITEM
from footnote.ingest.text.word_lists import either, saying
from footnote.ingest.text.words import content_stems, stem, stems
from footnote.rag.answer.question import NUMBER_ANSWER, attributed_to, compared, wants_list
from footnote.rag.english.quotation import OPENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.answer.question import Listing, Question

MOST_ITEMS = 6  # sentences of a list
MOST_LED = 2  # sentences of a paragraph that another leads to
MOST_UNDER = 3  # sentences below a question that are shown whole
MOST_SAID = 2  # sentences of one speaker
WITHIN = 0.6  # below the best sentence: one that still belongs to the list
SIDE = 0.5  # of the words of a side that a sentence, with its title, has to hold
LOOKED_AT = 3  # sentences on a side of a comparison
SPEAKING = re.compile(rf"\b(?:{either(saying(base=True))}|according to)\b", re.IGNORECASE)


def both_sides(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """For a comparison: the best sentence on each side, or one near the best that tells of both."""
    sides = compared(question.text)
    return _each_side(sides, ranked) if sides else []


def said_by_the_speaker(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """For “according to X”: the best sentences that X is said to say."""
    speaker = attributed_to(question.text)
    return _said_by(speaker, ranked) if speaker else []


def every_item(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """For a list: the items of an enumeration, or the near sentences that name what is asked for."""
    listing = wants_list(question.text)
    return _items(listing, ranked) if listing else []


def under_its_question(_question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """For the answer below a heading that asks: what stands there, in its order, and nothing else.

    Of a long one the beginning, and the sentence that answers best.
    """
    best = ranked[0]
    if not best.passage.asked:
        return []
    own = _in_order(c for c in ranked if c.place[:2] == best.place[:2])
    return own if len(own) <= MOST_UNDER else _in_order({own[0].place: own[0], best.place: best}.values())


def with_its_list(question: Question, lead: Candidate, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return a sentence that ends in a colon with the items of the list after it; none for any other.

    Where its paragraph ends with it and no list follows, it leads to the next one: a command, a quote. Where
    the question names items, as in “Is theft covered?”, these answer, under whichever of the lists they stand
    whose lead-in has the same words of it; of several those that have most of its words.
    """
    if not lead.text.rstrip().endswith(":"):
        return []
    terms = frozenset(question.terms)
    items = [c for c in ranked if _led_alike(terms, lead, c)]
    most = max((len(terms & c.stems - lead.stems) for c in items), default=0)
    if most:
        named = [c for c in items if len(terms & c.stems - lead.stems) == most]
        return _in_order(named)[:MOST_ITEMS]
    items = [c for c in ranked if LIST_ITEM.match(c.text) and _introduces(lead, c)]
    if not items and lead.passage.text.rstrip().endswith(lead.text.rstrip()):
        items = [c for c in ranked if c is not lead and _introduces(lead, c)][:MOST_LED]
    return [lead, *_in_order(items)[:MOST_ITEMS]] if items else []


def _led_alike(terms: frozenset[str], lead: Candidate, item: Candidate) -> bool:
    """Tell whether what introduces an item has the words of the question that another lead-in has."""
    return bool(item.lead_in) and terms & frozenset(stems(item.lead_in)) == terms & lead.stems


def _each_side(sides: tuple[str, str], ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return a sentence for each side; where one near the best tells of both, that alone."""
    first, second = (set(content_stems(s)) for s in sides)
    own, other = first - second, second - first
    if not own or not other:
        return []
    left = _telling(c for c in ranked if _held(own, c) > max(SIDE, _held(other, c)) - 1e-9)
    right = _telling(c for c in ranked if _held(other, c) > max(SIDE, _held(own, c)) - 1e-9)
    both = next((c for c in ranked if min(_spoken(own, c), _spoken(other, c)) >= SIDE), None)
    if both and both.score >= ranked[0].score - WITHIN:
        return [both]
    if left is None or right is None or left is right:
        return []
    return [left, right]


def _telling(fitting: Iterable[Candidate]) -> Candidate | None:
    """Return the best sentence of a side: of the first ones that with a figure, where one has any.

    Of 767 questions of development sets it changes 4, none for the better: it was made for prices.
    """
    best = list(islice(fitting, LOOKED_AT))
    return next((c for c in best if NUMBER_ANSWER.search(c.text)), best[0] if best else None)


def _held(side: set[str], candidate: Candidate) -> float:
    """Return the share of a side's words that a sentence holds; its title and section count half."""
    return max(_spoken(side, candidate), 0.5 * len(side & candidate.around) / len(side))


def _spoken(side: set[str], candidate: Candidate) -> float:
    return len(side & candidate.stems) / len(side)


def _said_by(speaker: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the best sentences that a speaker is said to say."""
    names = set(content_stems(speaker))
    said = [c for c in ranked if _attributed(names, c) and c.score >= ranked[0].score - WITHIN]
    return said[:MOST_SAID]


def _attributed(names: set[str], candidate: Candidate) -> bool:
    """Tell whether a sentence gives the speaker's words: it names both, or goes on after one that does."""
    if _names(names, candidate.stems) and SPEAKING.search(candidate.text):
        return True
    before = candidate.before[-1:]
    quoted = OPENS.search(candidate.text) is not None
    return quoted and any(_names(names, frozenset(stems(b))) for b in before)


def _names(names: set[str], said: frozenset[str]) -> bool:
    return 2 * len(names & said) >= len(names)


def _items(listing: Listing, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the items of an enumeration in the best paragraphs, else sentences that name the thing.

    A sentence far below the best, or one that was not read, has to hold all that is said of the thing.
    """
    most = min(max(listing.count, 2), MOST_ITEMS) if listing.count else MOST_ITEMS
    best = ranked[0]
    for lead in ranked[:3]:
        bullets = [c for c in ranked if LIST_ITEM.match(c.text) and _introduces(lead, c)]
        if len(bullets) > 1 and lead.score >= best.score - WITHIN:
            return _in_order(bullets)[:MOST_ITEMS]
    near = [c for c in ranked if _of_the_list(listing, c, near=c.score >= best.score - WITHIN)]
    return _different(near)[:most] if len(near) > 1 else []


def _of_the_list(listing: Listing, candidate: Candidate, *, near: bool) -> bool:
    """Tell whether a sentence is of a list: it names the thing, or near the best says half of the rest.

    Far ones hold all that is said of it: of 20 lists of covidqa_dev where they add something 10 are right,
    9 without them, and 6 hold more of the answer, none less; squad2_dev's 7 only become longer.
    """
    said = candidate.stems | candidate.around
    if stem(listing.thing) in candidate.stems:
        return near or listing.about <= said
    return near and bool(listing.about) and 2 * len(listing.about & candidate.stems) >= len(listing.about)


def _introduces(lead: Candidate, item: Candidate) -> bool:
    """Tell whether an item stands in a sentence’s paragraph, or in the next after one ending in a colon."""
    one, other = lead.passage, item.passage
    if one.article_id != other.article_id:
        return False
    return other.paragraph == one.paragraph + (1 if one.text.rstrip().endswith(":") else 0)


def _in_order(items: Iterable[Candidate]) -> list[Candidate]:
    return sorted(items, key=lambda c: c.place)


def _different(items: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences that say something new, in order."""
    kept: list[Candidate] = []
    for item in items:
        own = item.sentence.content
        if all(len(own - k.sentence.content) > len(own) / 4 for k in kept):
            kept.append(item)
    return kept
