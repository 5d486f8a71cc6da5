"""Five plain facts that must match: numbers, dates, names, negations and directions.

A sentence is compared with the part of its evidence that tells of the same thing (`local_part`): chosen by
the words that carry neither number nor name, so that a changed figure does not choose the sentence in which
it happens to stand. What the sentence adds to that part, and what it leaves out of it, are then held against
each other: a number that is not there, a "rose" where the paragraph has "fell", another name in the place of
one. Each finding says in words what it found; whether a claim holds is for `rag.check.support` to say.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from footnote.ingest.text.sentences import Span
from footnote.ingest.text.sentences import sentences as split
from footnote.rag.check.alignment import Evidence, Token, key, nations, tokens, with_synonyms
from footnote.rag.check.local_part import (
    CLOSE,
    COPY,
    Finding,
    FindingKind,
    LocalAlignment,
    bare,
    deleted_word,
    gap_at,
    is_name,
    local_part,
)
from footnote.rag.english.lists import groups
from footnote.rag.english.lists import words as listed
from footnote.rag.english.quantities import Day, Quantity, days, quantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A plain “not” is what may simply be put in or left out; “fail” and “refuse” deny too.
PLAIN_NEGATIONS, NEGATIONS = listed("negations", "plain", "contracted"), listed("negations")


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    """Return, for each key, the keys of its opposites."""
    found: dict[str, set[str]] = {}
    for line in groups("opposites"):
        one, other = ({key(w) for w in side.split()} for side in " ".join(line).split("|"))
        for a, b in ((one, other), (other, one)):
            for word in a:
                found.setdefault(word, set()).update(b - a)
    return {word: frozenset(against) for word, against in found.items()}


def _is_date(token: Token, dates: Iterable[Day]) -> bool:
    return any(d.start <= token.start < d.end for d in dates)


def findings(sentence: str, evidence: Evidence) -> list[Finding]:
    """Return what does not match between a claim and its evidence, contradictions first.

    A claim of several sentences is compared sentence by sentence.
    """
    spans = split(sentence) or [Span(0, len(sentence))]
    found = [f for span in spans for f in _of_sentence(sentence[span.start : span.end], evidence)]
    return sorted(found, key=lambda f: not f.instead)


def _of_sentence(sentence: str, evidence: Evidence) -> list[Finding]:
    words, dates = with_synonyms(tokens(sentence), evidence), days(sentence)
    hard = [
        t.number or _is_date(t, dates) or is_name(i, words) or t.key in _opposites() or t.key in NEGATIONS
        for i, t in enumerate(words)
    ]
    local = local_part(words, evidence, hard)
    return [
        *_numbers(sentence, local, evidence),
        *_dates(dates, local, evidence),
        *_names(local, evidence, dates),
        *_directions(local, evidence),
        *_negations(local),
    ]


def _instead(kind: FindingKind, held: str, said: str) -> Finding:
    return Finding(kind, f"The paragraph says “{held}”, the sentence says “{said}”.", instead=True)


def _lacking(kind: FindingKind, said: str) -> Finding:
    return Finding(kind, f"“{said}” does not appear in the cited paragraph.")


# --- numbers ---------------------------------------------------------------------------------------------


def _numbers(sentence: str, local: LocalAlignment, evidence: Evidence) -> list[Finding]:
    said = list(quantities(sentence))
    if not said:
        return []
    everywhere = quantities(evidence.text)
    spans = [evidence.spans[s] for s in local.sentences]
    here = [q for q in everywhere if any(s.start <= q.start < s.end for s in spans)]
    extra, free = _unmatched(said, here)
    # By places: a line of ten thousand numbers is checked too, and each looked for in all would take seconds.
    inserted = {local.words[i].start for i in local.insertions} - {q.start for q in extra}
    extra += [q for q in said if q.start in inserted]
    starts = [local.evidence.tokens[p].start for p in local.deletions]
    dropped = [q for q in free if any(q.start <= start < q.end for start in starts)]
    found, ends = [], [word.end for word in local.words]
    for quantity in extra:
        index = bisect_right(ends, quantity.start) % len(ends) if ends else 0
        known = any(quantity.equals(q) for q in everywhere)
        near = dropped if local.cost <= CLOSE or (not known and gap_at(local, index) is not None) else []
        found += _number_finding(quantity, here, near, everywhere)
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


def _number_finding(
    said: Quantity, here: Sequence[Quantity], dropped: Sequence[Quantity], everywhere: Sequence[Quantity]
) -> list[Finding]:
    """Return what is wrong with a number that the part told does not hold, if anything is."""
    if any(said.rounds(q) for q in everywhere):
        return []
    loose = said.text.lower() in ("one", "first", "second")  # "one" is often no number
    instead = next((q for q in dropped if _of_one_kind(q, said)), None)
    present = any(said.equals(q) for q in everywhere)
    if instead is not None:
        return [_instead("number", instead.text, said.text)]
    if present or loose or any(said.equals(q) for q in here):
        return []
    return [_lacking("number", said.text)]


def _of_one_kind(one: Quantity, other: Quantity) -> bool:
    """Tell whether one number may stand in the place of another: both years, both ordinals, both amounts."""
    return one.is_year == other.is_year and (one.unit in ("s", "th")) == (other.unit in ("s", "th"))


# --- dates -----------------------------------------------------------------------------------------------


def _dates(said: Sequence[Day], local: LocalAlignment, evidence: Evidence) -> list[Finding]:
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
        near = free if local.cost <= CLOSE or (not known and gap_at(local, index) is not None) else []
        instead = next((d for d in near if d.kind == day.kind), None)
        if instead is not None and not any(d.equals(instead) for d in said):
            found.append(_instead("date", instead.text, day.text))
        elif not known and key(day.text) not in evidence.places:
            found.append(_lacking("date", day.text))
    return found


# --- names -----------------------------------------------------------------------------------------------


def _names(local: LocalAlignment, evidence: Evidence, dates: Sequence[Day]) -> list[Finding]:
    """Hold the names that the part told lacks against those that stand in their place."""
    found = []
    held = local.evidence.tokens
    for i in local.insertions:
        token = local.words[i]
        where = gap_at(local, i)
        spare = [held[p] for p in local.lost if where is None or p in where]
        if not is_name(i, local.words) or _is_date(token, dates) or token.number:
            continue
        if any(_same_name(token, t) for t in spare) or _spelled_out(i, local.words, evidence):
            continue
        known = token.key in evidence.places or any(_same_name(token, t) for t in evidence.tokens)
        copied = local.cost <= COPY
        if known and local.cost > CLOSE:
            continue  # in free rewording another word in its place says little
        instead = (
            deleted_word(local, where)
            if where is not None
            else _deleted_name(local)
            if known and copied
            else None
        )
        if instead is not None and _alike(instead, token, days(evidence.text)):
            found.append(_instead("name", bare(instead.text), bare(token.text)))
        elif not known:
            found.append(_lacking("name", bare(token.text)))
    return found


def _alike(held: Token, said: Token, dates: Sequence[Day]) -> bool:
    """Tell whether one may stand in the place of the other: no date for a name, no people for a firm."""
    one_nation = (held.key in nations()) != (said.key in nations())
    return held.text[0].isupper() and not _is_date(held, dates) and not one_nation


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


def _deleted_name(local: LocalAlignment) -> Token | None:
    """Return a name that was left out of the part told and stands beside no name that was kept."""
    words = local.evidence.tokens
    for place in sorted(local.lost):
        if is_name(place, words):
            beside = [p for p in (place - 1, place + 1) if 0 <= p < len(words) and p not in local.lost]
            if not any(is_name(p, words) for p in beside):
                return words[place]
    return None


# --- directions ------------------------- -----------------------------------------------------------------


def _directions(local: LocalAlignment, evidence: Evidence) -> list[Finding]:
    held = local.evidence.tokens
    unused = sorted(local.lost)
    found = []
    for i in local.insertions:
        token = local.words[i]
        word = key(token.text)  # "first" is a number too
        against = _opposites().get(word, frozenset())
        where = gap_at(local, i)
        if (where is None and local.cost > COPY) or (word in evidence.places and local.cost > CLOSE):
            continue
        instead = next(
            (held[p] for p in unused if key(held[p].text) in against and (where is None or p in where)), None
        )
        if instead is None:
            continue
        found.append(_instead("direction", instead.text, token.text))
    return found


# --- negations -------------------------------------------------------------------------------------------


def _negations(local: LocalAlignment) -> list[Finding]:
    """Find a "not" that was put in or left out, in the sentence or in the part told."""
    words = local.evidence.tokens
    said = [t for t in local.words if _negates(t)]
    held = [p for p, t in enumerate(words) if _negates(t)]
    reworded = any(words[p].key in NEGATIONS for p in local.lost)  # "failed to" for "did not"
    copied = local.cost <= COPY
    if len(said) > len(held) and not reworded and _negates_what_is_aligned(local, copied=copied):
        return [
            Finding("negation", f"The sentence says “{said[-1].text}”, the paragraph does not.", instead=True)
        ]
    lost = [p for p in held if p in local.lost]
    reworded = any(local.words[i].key in NEGATIONS for i in local.insertions)
    if (
        local.cost <= CLOSE
        and lost
        and len(said) < len(held)
        and not reworded
        and any(_scope_is_aligned(local, p) for p in lost)
    ):
        reason = f"The paragraph says “{words[lost[0]].text}”, the sentence does not."
        return [Finding("negation", reason, instead=True)]
    return []


def _negates(token: Token) -> bool:
    return token.key in PLAIN_NEGATIONS or token.text.lower().endswith(("n't", "n’t"))


# Between a negation and what it denies.
LINKS = frozenset(map(key, [*listed("auxiliaries"), "to", "a", "an", "the", "any"]))


def _negates_what_is_aligned(local: LocalAlignment, *, copied: bool) -> bool:
    """Tell whether a negation of the sentence governs a word that the evidence says without one near it.

    In a copy any word will do; "I am not sure, but …" denies nothing.
    """
    words, held = local.words, local.evidence.tokens
    for i, word in enumerate(words):
        if not _negates(word):
            continue
        governed = next((j for j in range(i + 1, min(i + 4, len(words))) if words[j].key not in LINKS), None)
        if governed is None and copied:
            return True
        if governed is not None and local.places[governed] >= 0 and (copied or words[governed].content):
            place = local.places[governed]
            denied = sum(map(_negates, words[max(0, governed - 5) : governed]))
            if denied > sum(map(_negates, held[max(0, place - 4) : place])):
                return True
    return False


def _scope_is_aligned(local: LocalAlignment, place: int) -> bool:
    """Tell whether the word that a negation governs is among those that the sentence says."""
    words, of = local.evidence.tokens, local.evidence.sentence
    told = set(local.places)
    for after in range(place + 1, min(place + 5, len(words))):
        if of[after] != of[place]:
            return False
        if words[after].key not in LINKS:
            return after in told
    return False
