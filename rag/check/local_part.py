"""The part of the evidence that a sentence tells of, and the alignment of the sentence with it.

It is chosen by the words that carry neither number nor name, so that a changed figure does not choose the
sentence in which it happens to stand.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from footnote.rag.check.alignment import Evidence, Token, align, cover, restricted_to
from footnote.rag.english.lists import words as listed

if TYPE_CHECKING:
    from collections.abc import Sequence

# Capitalised words that name nobody by themselves.
TITLES = listed("people", "titles", "ranks") | {"the", "a", "an"}
PRONOUNS = listed("pronouns")

FindingKind = Literal["number", "date", "name", "negation", "direction"]

COPY = 0.35  # most that a path may cost a word for a sentence to count as the paragraph's own words
# The same for a fact that stands elsewhere in the paragraph: in free rewording the word that stands in its
# place says little.
CLOSE = 0.6
REACH = 3  # words on either side within which a word's neighbours have to be aligned
WIDEST_GAP = 6  # words of the evidence that may stand where the sentence says something else
EDGE = 6  # words before the first and after the last aligned one that still belong to the part told
MOST_SENTENCES = 4  # of the evidence that one sentence may draw on


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact of a sentence that its evidence does not hold; `instead`: which has another in its place."""

    kind: FindingKind
    reason: str
    instead: bool = False


@dataclass(frozen=True, slots=True)
class LocalAlignment:
    """The part of the evidence that a sentence tells of, aligned with the sentence.

    `places` gives each word's place in `evidence.tokens` or -1 for a gap. `insertions` are words of the
    sentence without a place, `deletions` are places of that part without a word.
    """

    words: tuple[Token, ...]
    evidence: Evidence
    sentences: frozenset[int]
    places: tuple[int, ...]
    insertions: tuple[int, ...]
    deletions: tuple[int, ...]
    lost: frozenset[int]  # deletions of words that the sentence says less often
    cost: float  # of the alignment, a word


def is_name(index: int, words: Sequence[Token]) -> bool:
    """Tell whether a word reads as part of a name: capital letter, not only because a sentence begins."""
    token = words[index]
    if not token.text[0].isupper() or token.key in TITLES or token.text.lower() in PRONOUNS:
        return False
    if token.text == "I" or not token.content:
        return False
    begins = index == 0 or token.mark == 2
    if not begins:
        return True
    follower = words[index + 1] if index + 1 < len(words) else None
    proper = follower is not None and follower.mark == 0 and follower.text[0].isupper() and follower.content
    return proper or (len(token.text) > 1 and token.text.isupper())


def local_part(words: Sequence[Token], evidence: Evidence, hard: Sequence[bool]) -> LocalAlignment:
    """Return the sentences of the evidence that `words` tell of, chosen without the `hard` words."""
    soft = {t.key for t, h in zip(words, hard, strict=True) if t.content and not h}
    if len(soft) < 2:
        soft = {t.key for t in words if t.content} or {t.key for t in words}
    pairs = {(a.key, b.key) for a, b in pairwise(words)}
    chosen = cover(soft, pairs, evidence, most=MOST_SENTENCES, least=2)
    part = restricted_to(evidence, set(chosen))
    aligned = align(words, part)
    places = _without_outliers(aligned.places, hard, part)
    seen: set[int] = set()
    insertions = []
    for i, place in enumerate(places):
        if place < 0 or (place in seen and words[i].content):
            insertions.append(i)
        seen.add(place)
    covered = _aligned_stretch(part, seen)
    deletions = tuple(p for p in covered if p not in seen)
    said, held = Counter(t.key for t in words), Counter(t.key for t in part.tokens)
    lost = frozenset(p for p in deletions if said[part.tokens[p].key] < held[part.tokens[p].key])
    return LocalAlignment(
        tuple(words),
        part,
        frozenset(chosen),
        places,
        tuple(insertions),
        deletions,
        lost,
        aligned.cost / max(1, len(words)),
    )


def _without_outliers(places: Sequence[int], hard: Sequence[bool], part: Evidence) -> tuple[int, ...]:
    """Return the places without those of hard words that stand apart from where their neighbours stand.

    A figure put in another's place is often somewhere near; what counts is whether it stands there.
    """
    kept = []
    for i, place in enumerate(places):
        before = [places[j] for j in range(max(0, i - REACH), i) if places[j] >= 0 and not hard[j]]
        after = [
            places[j] for j in range(i + 1, min(len(places), i + REACH + 1)) if places[j] >= 0 and not hard[j]
        ]
        left, right = before[-1] if before else None, after[0] if after else None
        kept.append(-1 if place >= 0 and hard[i] and _is_outlier(place, left, right, part) else place)
    return tuple(kept)


def _is_outlier(place: int, left: int | None, right: int | None, part: Evidence) -> bool:
    of = part.sentence
    if left is None and right is None:
        return False
    if (
        left is not None
        and right is not None
        and of[left] == of[right]
        and left < right <= left + WIDEST_GAP + 3
    ):
        return not left < place < right
    return all(of[place] != of[p] for p in (left, right) if p is not None)


def _aligned_stretch(part: Evidence, seen: set[int]) -> list[int]:
    """Return the places of the stretch that was told in each sentence, with a few words at its ends."""
    found: list[int] = []
    of = part.sentence
    for number in np.unique(of).tolist():
        places = np.flatnonzero(of == number)
        inside = [p for p in places.tolist() if p in seen]
        if inside:
            low, high = max(places[0], inside[0] - EDGE), min(places[-1], inside[-1] + EDGE)
            found += range(int(low), int(high) + 1)
    return found


def gap_at(local: LocalAlignment, index: int) -> range | None:
    """Return the places of the evidence that stand where word `index` stands; None when that is unclear.

    That is what lies between the places of its nearest aligned neighbours, if both are in one sentence, in
    order and near each other; at an end of the sentence, what lies up to that of the evidence.
    """
    taken = set(local.insertions)
    before = [j for j in range(max(0, index - REACH), index) if j not in taken]
    after = [j for j in range(index + 1, min(len(local.places), index + REACH + 1)) if j not in taken]
    if (not before and index >= REACH) or (not after and index < len(local.places) - REACH):
        return None
    left = local.places[before[-1]] if before else None
    right = local.places[after[0]] if after else None
    of = local.evidence.sentence
    if left is None and right is None:
        return None
    if left is None:
        assert right is not None
        low = right
        while low > 0 and of[low - 1] == of[right] and right - low < WIDEST_GAP:
            low -= 1
        return range(low, right)
    if right is None:
        high = left + 1
        while high < len(of) and of[high] == of[left] and high - left <= WIDEST_GAP:
            high += 1
        return range(left + 1, high)
    if of[left] == of[right] and left < right <= left + WIDEST_GAP + 3:
        return range(left + 1, right)
    return None


def deleted_word(local: LocalAlignment, places: range) -> Token | None:
    """Return a word of content in `places` that the sentence leaves unsaid, a name before any other."""
    words = local.evidence.tokens
    free = [
        p for p in places if p in local.lost and words[p].content and words[p].text.lower() not in PRONOUNS
    ]
    names = [p for p in free if words[p].text[0].isupper()]
    return words[(names or free)[0]] if free else None


def bare(text: str) -> str:
    """Return a word without its possessive ending."""
    return re.sub(r"\s?['’`]\s?s$", "", text)
