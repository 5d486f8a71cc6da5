"""What must match: numbers, dates, names, directions, negations, quantities, speakers and quoted words.

A sentence is compared with the part of its evidence that tells of the same thing (`local_part`): chosen by
the words that carry neither number nor name, so that a changed figure does not choose the sentence in which
it happens to stand. What the sentence adds to that part, and what it leaves out of it, are then held against
each other: a number that is not there, a "rose" where the paragraph has "fell", another name in the place of
one. Each finding says in words what it found.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from ingest.sentences import Span
from ingest.sentences import sentences as split
from rag.alignment import ROOT, Evidence, Token, align, key, nations, only, tokens
from rag.lexicon import (
    NEGATIONS,
    OPPOSITES,
    PLAIN_NEGATIONS,
    PRONOUNS,
    QUANTIFIERS,
    TITLES,
    UNITS,
)
from rag.quantities import Day, Quantity, days, quantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal[
    "number",
    "date",
    "name",
    "negation",
    "direction",
    "quantifier",
    "speaker",
    "quotation",
    "wording",
    "statement",
]

COPY = 0.35  # most that a path may cost a word for a sentence to count as the paragraph's own words
# The same for a fact that stands elsewhere in the paragraph: in free rewording the word that stands in its
# place says little.
CLOSE = 0.6
FEW = 2  # words at most that differ from it
REACH = 3  # words on either side within which a word's neighbours have to be aligned
SLOT = 6  # words of the evidence that may stand where the sentence says something else
EDGE = 6  # words before the first and after the last aligned one that still belong to the part told
MOST_SENTENCES = 4  # of the evidence that one sentence may draw on


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not match. `hard`: a contradiction or a fact not there; else a doubt."""

    kind: Kind
    hard: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Local:
    """The part of the evidence that a sentence tells of, with the sentence laid along it.

    `path` gives each word's place in `evidence.tokens` or -1; `added` are words of the sentence without a
    place, `left_out` are words of the evidence's part without a word.
    """

    words: tuple[Token, ...]
    evidence: Evidence
    sentences: frozenset[int]
    path: tuple[int, ...]
    added: tuple[int, ...]
    left_out: tuple[int, ...]
    unsaid: frozenset[int]  # of those left out, words that the sentence says less often than the part told
    cost: float  # of the path, a word
    laid: tuple[int, ...]  # the path with the places that stand apart from their neighbours


def _lines(text: str) -> list[frozenset[str]]:
    return [frozenset(key(w) for w in line.split()) for line in text.split("\n") if line.strip()]


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    """Return, for each key, the keys of its opposites."""
    found: dict[str, set[str]] = {}
    for line in OPPOSITES.strip().splitlines():
        one, other = ({key(w) for w in side.split()} for side in line.split("|"))
        for a, b in ((one, other), (other, one)):
            for word in a:
                found.setdefault(word, set()).update(b - a)
    return {word: frozenset(against) for word, against in found.items()}


@lru_cache(maxsize=1)
def _amounts() -> dict[str, int]:
    return {word: number for number, line in enumerate(_lines(QUANTIFIERS)) for word in line}


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    return frozenset().union(*_lines(UNITS))


def _is_date(token: Token, dates: Iterable[Day]) -> bool:
    return any(d.start <= token.start < d.end for d in dates)


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


def local_part(words: Sequence[Token], evidence: Evidence, hard: Sequence[bool]) -> Local:
    """Return the sentences of the evidence that `words` tell of, chosen without the `hard` words."""
    soft = {t.key for t, h in zip(words, hard, strict=True) if t.content and not h}
    if len(soft) < 2:
        soft = {t.key for t in words if t.content} or {t.key for t in words}
    pairs = {(a.key, b.key) for a, b in pairwise(words)}
    chosen = _cover(soft, pairs, evidence)
    part = only(evidence, set(chosen))
    laid = align(words, part)
    path = _without_strays(laid.places, hard, part)
    seen: set[int] = set()
    added = []
    for i, place in enumerate(path):
        if place < 0 or (place in seen and words[i].content):
            added.append(i)
        seen.add(place)
    covered = _covered(part, seen)
    left_out = tuple(p for p in covered if p not in seen)
    said, held = Counter(t.key for t in words), Counter(t.key for t in part.tokens)
    unsaid = frozenset(p for p in left_out if said[part.tokens[p].key] < held[part.tokens[p].key])
    return Local(
        tuple(words),
        part,
        frozenset(chosen),
        path,
        tuple(added),
        left_out,
        unsaid,
        laid.cost / max(1, len(words)),
        laid.places,
    )


def _without_strays(path: Sequence[int], hard: Sequence[bool], part: Evidence) -> tuple[int, ...]:
    """Return the path without the places of hard words that stand apart from where their neighbours stand.

    A figure put in another's place is often somewhere near; what counts is whether it stands there.
    """
    kept = []
    for i, place in enumerate(path):
        before = [path[j] for j in range(max(0, i - REACH), i) if path[j] >= 0 and not hard[j]]
        after = [path[j] for j in range(i + 1, min(len(path), i + REACH + 1)) if path[j] >= 0 and not hard[j]]
        left, right = before[-1] if before else None, after[0] if after else None
        kept.append(-1 if place >= 0 and hard[i] and _strays(place, left, right, part) else place)
    return tuple(kept)


def _strays(place: int, left: int | None, right: int | None, part: Evidence) -> bool:
    of = part.sentence
    if left is None and right is None:
        return False
    if left is not None and right is not None and of[left] == of[right] and left < right <= left + SLOT + 3:
        return not left < place < right
    return all(of[place] != of[p] for p in (left, right) if p is not None)


def _cover(soft: set[str], pairs: set[tuple[str, str]], evidence: Evidence) -> list[int]:
    """Choose sentences greedily until what is left of the soft words is in no other sentence twice."""
    left = set(soft)
    chosen: list[int] = []
    while len(chosen) < MOST_SENTENCES:
        best, gain = -1, 0.0
        for number, held in enumerate(evidence.sets):
            if number in chosen:
                continue
            new = len(left & held) + 0.4 * len(pairs & evidence.pairs[number])
            if new > gain:
                best, gain = number, new
        if best < 0 or (chosen and len(left & evidence.sets[best]) < 2):
            break
        chosen.append(best)
        left -= evidence.sets[best]
        pairs = pairs - evidence.pairs[best]
        if not left:
            break
    return chosen


def _covered(part: Evidence, seen: set[int]) -> list[int]:
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


def findings(sentence: str, evidence: Evidence) -> tuple[list[Finding], Local]:
    """Return what does not match between a claim and its evidence, the gravest first, and the part told.

    A claim of several sentences is compared sentence by sentence; the part is then that of the longest.
    """
    found: list[Finding] = []
    parts: list[Local] = []
    for span in split(sentence) or [Span(0, len(sentence))]:
        mine, local = _of_sentence(sentence[span.start : span.end], evidence)
        found += mine
        parts.append(local)
    return sorted(found, key=lambda f: not f.hard), max(parts, key=lambda p: len(p.words))


def _of_sentence(sentence: str, evidence: Evidence) -> tuple[list[Finding], Local]:
    words, dates = tokens(sentence), days(sentence)
    hard = [
        t.number or _is_date(t, dates) or is_name(i, words) or t.key in _opposites() or t.key in NEGATIONS
        for i, t in enumerate(words)
    ]
    local = local_part(words, evidence, hard)
    found = [
        *_quotations(sentence, evidence),
        *_numbers(sentence, local, evidence),
        *_dates(dates, local, evidence),
        *_names(local, evidence, dates),
        *_directions(local, evidence),
        *_negations(local),
    ]
    return found or [*_roles(local), *_wordings(local, evidence, dates)], local


# --- quotations ------------------------------------------------------------------------------------------

QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"")


def _quotations(sentence: str, evidence: Evidence) -> list[Finding]:
    """Hold each quotation of two words or more to the evidence's words, in their order."""
    found = []
    quoted = list(QUOTED.finditer(sentence))
    text = f" {_without_numbers(evidence.tokens)} " if quoted else ""
    for match in quoted:
        said = match[1] or match[2]
        if _is_title(said):
            continue  # its words are held to the evidence as names
        for piece in re.split(r"…|\.\.\.|\[[^\]]*\]", said):
            words = _without_numbers(tokens(piece))
            if " " in words and f" {words} " not in text:
                reason = (
                    f"The words “{_short(said)}” in quotation marks do not stand so in the cited paragraph."
                )
                found.append(Finding("quotation", True, reason))
                break
    return found


def _is_title(text: str) -> bool:
    """Tell whether quoted words are a title: every word of content has a capital letter."""
    content = [w for w in tokens(text) if w.content and not w.number]
    return len(content) > 1 and all(w.text[0].isupper() for w in content)


def _without_numbers(words: Sequence[Token]) -> str:
    """Return the keys of the words without those of numbers, which are compared by value elsewhere.

    A contraction counts as its two words: "can't" is "cannot".
    """
    return " ".join(_apart(w) for w in words if not w.number)


CONTRACTED = re.compile(r"(\w+?)n?\s?['’`]\s?(t|re|ve|ll|d|m)", re.IGNORECASE)
WHOLE = {"t": "not", "re": "are", "ve": "have", "ll": "will", "d": "would", "m": "am"}
CONTRACTED_BASE = {"wo": "will", "ca": "can", "sha": "shall"}


def _apart(token: Token) -> str:
    match = CONTRACTED.fullmatch(token.text)
    if match is None:
        return "can not" if token.key == "cannot" else token.key
    base = match[1].lower()
    return f"{key(CONTRACTED_BASE.get(base, base))} {key(WHOLE[match[2].lower()])}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57].rsplit(" ", 1)[0] + " …"


# --- numbers ---------------------------------------------------------------------------------------------


def _numbers(sentence: str, local: Local, evidence: Evidence) -> list[Finding]:
    said = list(quantities(sentence))
    if not said:
        return []
    everywhere = quantities(evidence.text)
    spans = [evidence.spans[s] for s in local.sentences]
    here = [q for q in everywhere if any(s.start <= q.start < s.end for s in spans)]
    extra, free = _unmatched(said, here)
    extra += [q for q in said if q not in extra and any(local.words[i].start == q.start for i in local.added)]
    starts = [local.evidence.tokens[p].start for p in local.left_out]
    dropped = [q for q in free if any(q.start <= start < q.end for start in starts)]
    found = []
    for quantity in extra:
        index = next((i for i, t in enumerate(local.words) if t.end > quantity.start), 0)
        known = any(quantity.equals(q) for q in everywhere)
        near = dropped if local.cost <= CLOSE or (not known and _slot(local, index) is not None) else []
        reason = _number_reason(quantity, here, near, everywhere)
        if reason:
            found.append(Finding("number", True, reason))
    return found


def _unmatched(said: Sequence[Quantity], held: Sequence[Quantity]) -> tuple[list[Quantity], list[Quantity]]:
    """Pair equal numbers, those with the same unit first; return what is left of both."""
    extra, free = list(said), list(held)
    for strict in (True, False):
        for quantity in list(extra):
            match = next(
                (q for q in free if quantity.equals(q) and (not strict or q.unit == quantity.unit)), None
            )
            if match is not None:
                extra.remove(quantity)
                free.remove(match)
    return extra, free


def _number_reason(
    said: Quantity, here: Sequence[Quantity], dropped: Sequence[Quantity], everywhere: Sequence[Quantity]
) -> str:
    """Say what is wrong with a number that the part told does not hold, or "" when nothing is."""
    if any(said.rounds(q) for q in everywhere):
        return ""
    loose = said.text.lower() in ("one", "first", "second")  # "one" is often no number
    instead = next((q for q in dropped if _of_one_kind(q, said)), None)
    present = any(said.equals(q) for q in everywhere)
    if instead is not None:
        return f"The paragraph says “{instead.text}”, the sentence says “{said.text}”."
    if present or loose or any(said.equals(q) for q in here):
        return ""
    return f"“{said.text}” does not appear in the cited paragraph."


def _of_one_kind(one: Quantity, other: Quantity) -> bool:
    """Tell whether one number may stand in the place of another: both years, both ordinals, both amounts."""
    return one.is_year == other.is_year and (one.unit in ("s", "th")) == (other.unit in ("s", "th"))


# --- dates -----------------------------------------------------------------------------------------------


def _dates(said: Sequence[Day], local: Local, evidence: Evidence) -> list[Finding]:
    everywhere = days(evidence.text)
    spans = [evidence.spans[s] for s in local.sentences]
    here = [d for d in everywhere if any(s.start <= d.start < s.end for s in spans)]
    free = list(here)
    found = []
    for day in said:
        match = next((d for d in free if d.equals(day)), None)
        if match is not None:
            free.remove(match)
            continue
        index = next((i for i, t in enumerate(local.words) if t.end > day.start), 0)
        known = any(d.equals(day) for d in everywhere)
        near = free if local.cost <= CLOSE or (not known and _slot(local, index) is not None) else []
        instead = next((d for d in near if d.kind == day.kind), None)
        if instead is not None and not any(d.equals(instead) for d in said):
            reason = f"The paragraph says “{instead.text}”, the sentence says “{day.text}”."
            found.append(Finding("date", True, reason))
        elif not known and key(day.text) not in evidence.places:
            reason = f"“{day.text}” does not appear in the cited paragraph."
            found.append(Finding("date", True, reason))
    return found


# --- names -----------------------------------------------------------------------------------------------


def _names(local: Local, evidence: Evidence, dates: Sequence[Day]) -> list[Finding]:
    """Hold the names that the part told lacks against those that stand in their place."""
    found = []
    held = local.evidence.tokens
    for i in local.added:
        token = local.words[i]
        slot = _slot(local, i)
        spare = [held[p] for p in local.unsaid if slot is None or p in slot]
        if not is_name(i, local.words) or _is_date(token, dates) or token.number:
            continue
        if any(_same_name(token, t) for t in spare) or _spelled_out(i, local.words, evidence):
            continue
        known = token.key in evidence.places or any(_same_name(token, t) for t in evidence.tokens)
        copied = local.cost <= COPY
        if known and local.cost > CLOSE:
            continue  # in free rewording another word in its place says little
        instead = (
            _word_in(local, slot) if slot is not None else _loose_name(local) if known and copied else None
        )
        if instead is not None:
            named = instead.text[0].isupper()
            reason = f"The paragraph says “{_bare(instead.text)}”, the sentence says “{_bare(token.text)}”."
            found.append(Finding("name", named or not known, reason))
        elif not known:
            found.append(
                Finding("name", True, f"“{_bare(token.text)}” does not appear in the cited paragraph.")
            )
    return found


def _bare(text: str) -> str:
    return re.sub(r"\s?['’`]\s?s$", "", text)


def _same_name(one: Token, other: Token) -> bool:
    """Tell whether two words name the same: alike, or a nation and its people."""
    return one.key == other.key or other.key in nations().get(one.key, ())


def _spelled_out(index: int, words: Sequence[Token], evidence: Evidence) -> bool:
    """Tell whether an acronym's letters begin neighbouring capitalised words: UN, United Nations.

    Either may be in the sentence.
    """
    token = words[index]
    if _is_acronym(token):
        return token.text in _initials(evidence.tokens)
    near = words[max(0, index - ACRONYM) : index + ACRONYM]
    return any(
        _is_acronym(t) and t.text in _initials(near) and token.text[0] in t.text for t in evidence.tokens
    )


ACRONYM = 6  # letters at most


def _is_acronym(token: Token) -> bool:
    return token.text.isupper() and token.text.isalpha() and 2 <= len(token.text) <= ACRONYM


def _initials(words: Sequence[Token]) -> str:
    return "".join(t.text[0] if t.text[0].isupper() else " " for t in words)


def _slot(local: Local, index: int) -> range | None:
    """Return the places of the evidence that stand where word `index` stands; None when that is unclear.

    That is what lies between the places of its nearest aligned neighbours, if both are in one sentence, in
    order and near each other; at an end of the sentence, what lies up to that of the evidence.
    """
    taken = set(local.added)
    before = [j for j in range(max(0, index - REACH), index) if j not in taken]
    after = [j for j in range(index + 1, min(len(local.path), index + REACH + 1)) if j not in taken]
    if (not before and index >= REACH) or (not after and index < len(local.path) - REACH):
        return None
    left = local.path[before[-1]] if before else None
    right = local.path[after[0]] if after else None
    of = local.evidence.sentence
    if left is None and right is None:
        return None
    if left is None:
        assert right is not None
        low = right
        while low > 0 and of[low - 1] == of[right] and right - low < SLOT:
            low -= 1
        return range(low, right)
    if right is None:
        high = left + 1
        while high < len(of) and of[high] == of[left] and high - left <= SLOT:
            high += 1
        return range(left + 1, high)
    if of[left] == of[right] and left < right <= left + SLOT + 3:
        return range(left + 1, right)
    return None


def _word_in(local: Local, slot: range) -> Token | None:
    """Return a word of content in `slot` that the sentence leaves unsaid, a name before any other."""
    words = local.evidence.tokens
    free = [
        p for p in slot if p in local.unsaid and words[p].content and words[p].text.lower() not in PRONOUNS
    ]
    names = [p for p in free if words[p].text[0].isupper()]
    return words[(names or free)[0]] if free else None


def _loose_name(local: Local) -> Token | None:
    """Return a name that was left out of the part told and stands beside no name that was kept."""
    words = local.evidence.tokens
    for place in sorted(local.unsaid):
        if is_name(place, words):
            beside = [p for p in (place - 1, place + 1) if 0 <= p < len(words) and p not in local.unsaid]
            if not any(is_name(p, words) for p in beside):
                return words[place]
    return None


# --- directions, amounts, units, genders -----------------------------------------------------------------


def _directions(local: Local, evidence: Evidence) -> list[Finding]:
    held = local.evidence.tokens
    unused = sorted(local.unsaid)
    found = []
    for i in local.added:
        token = local.words[i]
        word = key(token.text)  # "first" is a number too
        against = _opposites().get(word, frozenset()) | _rivals(word)
        slot = _slot(local, i)
        if (slot is None and local.cost > COPY) or (word in evidence.places and local.cost > CLOSE):
            continue
        instead = next(
            (held[p] for p in unused if key(held[p].text) in against and (slot is None or p in slot)), None
        )
        if instead is None:
            continue
        kind: Kind = "direction"
        if token.key in _amounts():
            kind = "quantifier"
        elif token.text.lower() in PRONOUNS:
            kind = "speaker"
        reason = f"The paragraph says “{instead.text}”, the sentence says “{token.text}”."
        found.append(Finding(kind, True, reason))
    return found


def _rivals(word: str) -> frozenset[str]:
    """Return the words of another amount or unit than that of `word`."""
    amounts, units = _amounts(), _units()
    if word in amounts:
        return frozenset(k for k, n in amounts.items() if n != amounts[word])
    return units - {word} if word in units else frozenset()


# --- negations -------------------------------------------------------------------------------------------


def _negations(local: Local) -> list[Finding]:
    """Find a "not" that was put in or left out, in the sentence or in the part told."""
    words = local.evidence.tokens
    said = [t for t in local.words if _negates(t)]
    held = [p for p, t in enumerate(words) if _negates(t)]
    reworded = any(words[p].key in NEGATIONS for p in local.unsaid)  # "failed to" for "did not"
    copied = local.cost <= COPY
    if len(said) > len(held) and not reworded and _denies_what_is_told(local, copied=copied):
        return [Finding("negation", True, f"The sentence says “{said[-1].text}”, the paragraph does not.")]
    lost = [p for p in held if p in local.unsaid]
    reworded = any(local.words[i].key in NEGATIONS for i in local.added)
    if (
        local.cost <= CLOSE
        and lost
        and len(said) < len(held)
        and not reworded
        and any(_scope_is_told(local, p) for p in lost)
    ):
        return [
            Finding("negation", True, f"The paragraph says “{words[lost[0]].text}”, the sentence does not.")
        ]
    return []


def _negates(token: Token) -> bool:
    return token.key in PLAIN_NEGATIONS or token.text.lower().endswith(("n't", "n’t"))


AUXILIARIES = frozenset(
    key(w)
    for w in "do does did be is are was were been being have has had will would can could shall should may "
    "might must to a an the any".split()
)


def _denies_what_is_told(local: Local, *, copied: bool) -> bool:
    """Tell whether a negation of the sentence governs a word that the evidence says without one near it.

    In a copy any word will do; "I am not sure, but …" denies nothing.
    """
    words, held = local.words, local.evidence.tokens
    for i, word in enumerate(words):
        if not _negates(word):
            continue
        governed = next(
            (j for j in range(i + 1, min(i + 4, len(words))) if words[j].key not in AUXILIARIES), None
        )
        if governed is None and copied:
            return True
        if governed is not None and local.path[governed] >= 0 and (copied or words[governed].content):
            place = local.path[governed]
            if not any(_negates(t) for t in held[max(0, place - 4) : place]):
                return True
    return False


def _scope_is_told(local: Local, place: int) -> bool:
    """Tell whether the word that a negation governs is among those that the sentence says."""
    words, of = local.evidence.tokens, local.evidence.sentence
    told = set(local.path)
    for after in range(place + 1, min(place + 5, len(words))):
        if of[after] != of[place]:
            return False
        if words[after].key not in AUXILIARIES:
            return after in told
    return False


# --- who did it to whom ----------------------------------------------------------------------------------


def _roles(local: Local) -> list[Finding]:
    """Find two names that changed sides of a verb: "A bought B" for "B bought A"; with "by" they may."""
    words, path = local.words, local.laid
    for verb in range(1, len(words) - 1):
        if path[verb] < 0 or not words[verb].content or is_name(verb, words):
            continue
        left = _name_beside(local, verb, -1)
        right = _name_beside(local, verb, 1)
        if left is None or right is None or not path[right] < path[verb] < path[left]:
            continue
        told = local.evidence.tokens[path[right] : path[left] + 1]
        said = words[left : right + 1]
        near = len(told) <= REACH * 3 and not any(t.mark for t in told[1:])
        if near and not any(t.key == "by" for t in (*told, *said)):
            named = f"“{_bare(words[left].text)}” and “{_bare(words[right].text)}”"
            return [Finding("name", False, f"The paragraph says it of {named} the other way round.")]
    return []


def _name_beside(local: Local, verb: int, step: int) -> int | None:
    """Return the nearest aligned name within a few words of a verb, with no comma between; None if none."""
    for i in range(verb + step, verb + step * (REACH + 1), step):
        if not 0 <= i < len(local.words) or local.words[max(i, i - step)].mark:
            return None
        if local.laid[i] >= 0 and (is_name(i, local.words) or (i == 0 and local.words[i].content)):
            return i
    return None


# --- any other wording -----------------------------------------------------------------------------------


def _wordings(local: Local, evidence: Evidence, dates: Sequence[Day]) -> list[Finding]:
    """Find a word that stands in the place of another in what is otherwise the paragraph's wording.

    Only there: in free rewording every word stands in the place of another.
    """
    words = local.words
    others = [
        i
        for i in local.added
        if _tells(i, words)
        and not (words[i].number or _is_date(words[i], dates) or _spelled_out(i, words, evidence))
    ]
    if len(others) > FEW or local.cost > COPY:
        return []
    found = []
    for i in others:
        slot = _slot(local, i)
        instead = _word_in(local, slot) if slot is not None else None
        if instead is not None and not instead.number and not _of_one_root(instead.key, words[i].key):
            reason = f"The paragraph says “{instead.text}”, the sentence says “{local.words[i].text}”."
            found.append(Finding("wording", False, reason))
    return found


def _of_one_root(one: str, other: str) -> bool:
    return one[:ROOT] == other[:ROOT] and len(one) >= ROOT


def _tells(i: int, words: Sequence[Token]) -> bool:
    """Tell whether a word says something of its own: content, or capitals within a sentence."""
    token = words[i]
    return token.content or (
        i > 0 and token.mark < 2 and token.text[0].isupper() and token.text.lower() not in PRONOUNS
    )
