"""Which sentences to show where one is not enough: lists, comparisons, and “according to …”."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeVar

from footnote.ingest.text.word_lists import either, saying
from footnote.ingest.text.words import content_stems, stem, stems
from footnote.rag.answer.question import attributed_to, compared, wants_list
from footnote.rag.english.quotation import OPENS
from footnote.rag.find.retrieve import BULLET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footnote.ingest.text.sentences import Span
    from footnote.rag.answer.question import Listing
    from footnote.rag.types import Passage

MOST_ITEMS = 6  # sentences of a list
MOST_SAID = 2  # sentences of one speaker
WITHIN = 0.6  # below the best sentence: one that still belongs to the list
SIDE = 0.5  # of the words of a side that a sentence, with its title, has to hold
SPEAKING = re.compile(rf"\b(?:{either(saying(base=True))}|according to)\b", re.IGNORECASE)


class Scored(Protocol):
    """A sentence of a retrieved paragraph with its score; `rag.answer.candidates.Candidate` is one."""

    @property
    def passage(self) -> Passage:
        """The paragraph."""

    @property
    def span(self) -> Span:
        """Where the sentence stands in it."""

    @property
    def before(self) -> tuple[str, ...]:
        """The sentences before it, nearest last."""

    @property
    def score(self) -> float:
        """How well it answers; higher is better."""

    @property
    def text(self) -> str:
        """The sentence."""


C = TypeVar("C", bound=Scored)


def gather(question: str, ranked: Sequence[C]) -> list[C]:
    """Return the sentences to show for a comparison, a list or a speaker, in the order to show them.

    `ranked` are all scored sentences, best first. Empty when the question is of none of these kinds, or
    too little was found: then it is answered as any other.

    For a comparison the best sentence on each side, or one that tells of both; for “according to X” the best
    sentences that X is said to say; for a list every item of an enumeration, or the near sentences that name
    what is asked for.
    """
    if not ranked:
        return []
    gathered = _gathered(question, ranked)
    return _led_by((gathered or ranked)[0], ranked) or gathered


def _gathered(question: str, ranked: Sequence[C]) -> list[C]:
    if sides := compared(question):
        return _each_side(sides, ranked)
    if speaker := attributed_to(question):
        return _said_by(speaker, ranked)
    if listing := wants_list(question):
        return _items(question, listing, ranked)
    return []


def _led_by(lead: C, ranked: Sequence[C]) -> list[C]:
    """Return a sentence that ends in a colon with the items of the list after it; none for any other."""
    if not lead.text.rstrip().endswith(":"):
        return []
    items = [c for c in ranked if BULLET.match(c.text) and _introduces(lead, c)]
    return [lead, *_in_order(items)[:MOST_ITEMS]] if items else []


def _each_side(sides: tuple[str, str], ranked: Sequence[C]) -> list[C]:
    """Return a sentence for each side; where one near the best tells of both, that alone."""
    first, second = (set(content_stems(s)) for s in sides)
    own, other = first - second, second - first
    if not own or not other:
        return []
    left = next((c for c in ranked if _held(own, c) > max(SIDE, _held(other, c)) - 1e-9), None)
    right = next((c for c in ranked if _held(other, c) > max(SIDE, _held(own, c)) - 1e-9), None)
    both = next((c for c in ranked if min(_spoken(own, c), _spoken(other, c)) >= SIDE), None)
    if both and both.score >= ranked[0].score - WITHIN:
        return [both]
    if left is None or right is None or left is right:
        return []
    return [left, right]


def _held(side: set[str], candidate: Scored) -> float:
    """Return the share of a side's words that a sentence holds; its title and section count half."""
    around = set(stems(f"{candidate.passage.title} {candidate.passage.section}"))
    return max(_spoken(side, candidate), 0.5 * len(side & around) / len(side))


def _spoken(side: set[str], candidate: Scored) -> float:
    return len(side & set(stems(candidate.text))) / len(side)


def _said_by(speaker: str, ranked: Sequence[C]) -> list[C]:
    """Return the best sentences that a speaker is said to say."""
    names = set(content_stems(speaker))
    said = [c for c in ranked if _attributed(names, c) and c.score >= ranked[0].score - WITHIN]
    return said[:MOST_SAID]


def _attributed(names: set[str], candidate: Scored) -> bool:
    """Tell whether a sentence gives the speaker's words: it names both, or goes on after one that does."""
    if _names(names, candidate.text) and SPEAKING.search(candidate.text):
        return True
    before = candidate.before[-1:]
    quoted = OPENS.search(candidate.text) is not None
    return quoted and any(_names(names, b) for b in before)


def _names(names: set[str], text: str) -> bool:
    return 2 * len(names & set(stems(text))) >= len(names)


def _items(question: str, listing: Listing, ranked: Sequence[C]) -> list[C]:
    """Return the items of an enumeration in the best paragraphs, else near sentences that name the thing."""
    most = min(max(listing.count, 2), MOST_ITEMS) if listing.count else MOST_ITEMS
    best = ranked[0]
    for lead in ranked[:3]:
        bullets = [c for c in ranked if BULLET.match(c.text) and _introduces(lead, c)]
        if len(bullets) > 1 and lead.score >= best.score - WITHIN:
            return _in_order(bullets)[:MOST_ITEMS]
    asked = set(content_stems(question)) - {stem(listing.thing)}
    near = [
        c
        for c in ranked
        if c.score >= best.score - WITHIN
        and (stem(listing.thing) in stems(c.text) or 2 * len(asked & set(stems(c.text))) >= len(asked))
    ]
    return _different(near)[:most] if len(near) > 1 else []


def _introduces(lead: Scored, item: Scored) -> bool:
    """Tell whether an item stands in a sentence’s paragraph, or in the next after one ending in a colon."""
    one, other = lead.passage, item.passage
    if one.article_id != other.article_id:
        return False
    return other.paragraph == one.paragraph + (1 if one.text.rstrip().endswith(":") else 0)


def _in_order(items: Iterable[C]) -> list[C]:
    return sorted(items, key=lambda c: c.span.start)


def _different(items: Sequence[C]) -> list[C]:
    """Return the sentences that say something new, in order."""
    kept: list[C] = []
    for item in items:
        own = set(content_stems(item.text))
        if all(len(own - set(content_stems(k.text))) > len(own) / 4 for k in kept):
            kept.append(item)
    return kept
