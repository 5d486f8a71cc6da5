"""Align a sentence with its evidence, word by word, and measure how well it fits.

The alignment is the cheapest path (Viterbi 1967) of the sentence's words through the evidence: going on to
the next word costs nothing, skipping words of the same sentence a little, jumping back or to another
sentence more, and a word that the evidence does not hold most. Copying is cheap, rewording costs a little,
and splicing the subject of one sentence to the predicate of another shows as jumps. Nothing here needs a
model, a network or more than some milliseconds; every figure is a function of the two texts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from footnote.ingest.text.sentences import Span
from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import STOP_WORDS, stem
from footnote.rag.english.lists import groups, table, words
from footnote.rag.english.quantities import Day, Quantity, days, quantities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Tokenised text ("don ' t", "735, 000", "2. 4 miles") reads as what it stands for.
TOKEN = re.compile(
    r"""
    (?:[^\W\d_]\.){2,}                                              # U.S.
  | \d+(?:,\ ?\d{3}(?!\d)|\.\d+|(?<=\b\d)\.\ \d+(?=\ )|:\d\d)*   # 1,400  2.5  9:30
    (?:(?:st|nd|rd|th|s)(?![^\W_]))?                                # 4th  1990s
  | [^\W\d_]+(?:\ ?['’`]\ ?(?:s|t|re|ve|ll|d|m)\b)?                 # don’t, Lee’s
  | [%$£€]
    """,
    re.VERBOSE,
)
POSSESSIVE = re.compile(r"\s?['’`]\s?s$")
BLANKS_AND_MARKS = re.compile(r"[\s'’`.,]+")
CLAUSE_MARK = re.compile(r"[,;:()–—\"“”]|\s-{1,2}\s")
STOP_MARK = re.compile(r"[.!?](?:[\"'”’)\]]|\s|$)")

ABBREVIATIONS, IRREGULAR = table("short_forms"), table("irregular_forms")
HEDGES = words("hedges", "uncertain", "if", "almost", "about", "denied") | words("auxiliaries", "modal")
PREPOSITIONS = words("prepositions", "of a noun")
# Names of two words and the key of their short form.
NAME_PAIRS = {tuple(pair.split("_")): short for pair, short in table("names_in_short").items()}

# Words that carry no content of their own; saying verbs are the business of `footnote.rag.check.facts`.
_FUNCTION = STOP_WORDS | frozenset(
    "s t re ve ll d m im ive dont doesnt didnt isnt arent wasnt werent cant wont % $ £ € said say says would "
    "could also one mr mrs ms".split()
)


# Acronyms that are spelt like a word without content: the US is no "us".
SPELT_ALIKE = frozenset("us it who".split())


class Token(NamedTuple):
    """A word of a text: its key for comparison, where it stands, and what stands before it.

    `mark` is 2 after the end of a sentence, 1 after a comma, bracket or dash, else 0.
    """

    text: str
    key: str
    start: int
    end: int
    mark: int

    @property
    def content(self) -> bool:
        """Whether the word carries content."""
        return self.key not in FUNCTION

    @property
    def number(self) -> bool:
        """Whether the word is a number."""
        return self.key.startswith("#")


def tokens(text: str) -> list[Token]:
    """Return the words of `text` in order; a number is one word, however it is written.

    >>> [t.key for t in tokens("The U.S. doesn’t buy 4.2 million shells.")]
    ['the', 'us.', 'doesnt', 'bui', '#4200000', 'shell']
    """
    numbers = iter(quantities(text))
    number = next(numbers, None)
    months = [d for d in days(text) if d.kind == "month"]
    found: list[Token] = []
    last = 0
    for match in TOKEN.finditer(text):
        while number is not None and number.end <= match.start():
            number = next(numbers, None)
        if match.start() < last:
            continue  # inside a number
        between = text[last : match.start()]
        mark = 2 if STOP_MARK.search(between) else 1 if CLAUSE_MARK.search(between) else 0
        if number is not None and number.start <= match.start():
            found.append(Token(number.text, _number_key(number, months), match.start(), number.end, mark))
            last = number.end
        else:
            found.append(Token(match[0], key(match[0]), match.start(), match.end(), mark))
            last = match.end()
            _join_name(found)
    return found


def _join_name(found: list[Token]) -> None:
    """Make one word of two at the end that are a name with a usual short form: United Kingdom, UK."""
    if len(found) > 1:
        one, two = found[-2:]
        short = NAME_PAIRS.get((one.text, POSSESSIVE.sub("", two.text)))
        if short and not two.mark:
            found[-2:] = [Token(f"{one.text} {two.text}", short, one.start, two.end, one.mark)]


def _number_key(number: Quantity, months: Sequence[Day]) -> str:
    """Return the key of a number; the 4th of March and 4 March have one day."""
    beside = (max(number.start - m.end, m.start - number.end) <= len(" of ") for m in months)
    if number.unit == "th" and any(beside):
        return f"#{number.values[0]:.12g}"
    return f"#{number.values[0]:.12g}{number.unit if number.unit in ('th', 's') else ''}"


@lru_cache(maxsize=100_000)
def key(word: str) -> str:
    """Return what a word is compared by: its stem in one spelling, an acronym without its stops.

    >>> key("organised") == key("organizes"), key("centre") == key("center"), key("TV") == key("television")
    (True, True, True)
    """
    bare = BLANKS_AND_MARKS.sub("", POSSESSIVE.sub("", word).lower())
    if bare in ABBREVIATIONS:
        return stem(_american(ABBREVIATIONS[bare]))
    shortened = SHORTENED.fullmatch(word)
    if shortened:
        return stem(shortened[1])  # "they're" is "they"
    if "." in word or (word.isupper() and len(word) > 1):
        return f"{bare}." if bare in SPELT_ALIKE else bare
    return stem(_american(IRREGULAR.get(bare, bare))) or word


SHORTENED = re.compile(r"(\w+)\s?['’`]\s?(?:re|ve|ll|d|m)", re.IGNORECASE)
BRITISH = (
    (re.compile(r"(?<=\w{4})is(?=(?:e|es|ed|er|ers|ing|ation|ations)$)"), "iz"),
    (re.compile(r"(?<=\w{3})our(?=(?:s|ed|ing|ite|able)?$)"), "or"),
    (re.compile(r"(?<=[aeiout]t)re(?=s?$)|(?<=cent)re(?=s?$)"), "er"),
)


def _american(word: str) -> str:
    """Return a word in one spelling, so that both compare alike; what it makes of others is alike too."""
    for pattern, put in BRITISH:
        word = pattern.sub(put, word)
    return word


# Words are compared by key: "because" has no content under its stem either.
FUNCTION = _FUNCTION | frozenset(map(key, _FUNCTION))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A text prepared for alignment: its words, the sentence of each, and where each key stands."""

    text: str
    tokens: tuple[Token, ...]
    sentence: NDArray[np.int64]  # of each word
    spans: tuple[Span, ...]
    places: dict[str, list[int]]  # ascending
    sets: tuple[frozenset[str], ...]  # the keys of each sentence
    pairs: tuple[frozenset[tuple[str, str]], ...]  # of words that are neighbours in it

    @property
    def texts(self) -> list[str]:
        """The sentences in order."""
        return [self.text[span.start : span.end] for span in self.spans]


def with_synonyms(words: Sequence[Token], evidence: Evidence) -> list[Token]:
    """Return the words with the key of a synonym that the evidence holds, where it does not hold the word."""
    places = evidence.places

    def held(word: str) -> str:
        if word in places:
            return word
        return min((s for s in synonyms().get(word, ()) if s in places), default=word)

    return [t._replace(key=held(t.key)) for t in words]


@lru_cache(maxsize=1)
def synonyms() -> dict[str, frozenset[str]]:
    """Return, for the key of each word with a synonym, the keys of the others of its groups."""
    return {word: group - {word} for word, group in _by_key("synonyms").items()}


@lru_cache(maxsize=1)
def nations() -> dict[str, frozenset[str]]:
    """Return, for the key of each nation or people, the keys of its names."""
    return _by_key("nations")


def _by_key(name: str) -> dict[str, frozenset[str]]:
    """Return, for the key of each word of a list, the keys of all its groups."""
    found: dict[str, frozenset[str]] = {}
    for group in groups(name):
        keys = frozenset(map(key, group))
        for word in keys:
            found[word] = found.get(word, frozenset()) | keys
    return found


LONG = 700  # words; a longer source is narrowed to the sentences nearest to the claim
NEAREST = 16  # sentences kept of a long source


@lru_cache(maxsize=256)
def prepare(text: str) -> Evidence:
    """Return `text` prepared for alignment; the last 256 texts are remembered."""
    spans = tuple(split(text)) or (Span(0, len(text)),)
    words = tokens(text)
    ends = np.array([s.end for s in spans])
    sentence = np.minimum(np.searchsorted(ends, [t.start for t in words], side="right"), len(spans) - 1)
    keys: list[list[str]] = [[] for _ in spans]
    for word, of in zip(words, sentence.tolist(), strict=True):
        keys[of].append(word.key)
    return Evidence(
        text,
        tuple(words),
        np.asarray(sentence, dtype=np.int64),
        spans,
        _places(words),
        tuple(map(frozenset, keys)),
        tuple(frozenset(pairwise(k)) for k in keys),
    )


def _places(words: Sequence[Token]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        found.setdefault(word.key, []).append(position)
    return found


def narrow(evidence: Evidence, keys: set[str]) -> Evidence:
    """Return a long evidence cut to the sentences that share most with `keys`, and their neighbours.

    Words count by how rare they are among the sentences (inverse document frequency).
    """
    if len(evidence.tokens) <= LONG:
        return evidence
    scores = np.zeros(len(evidence.sets))
    for k in sorted(keys & evidence.places.keys()):
        holding = np.unique(evidence.sentence[evidence.places[k]])
        scores[holding] += np.log(len(evidence.sets) / len(holding))
    best = np.argsort(-scores, kind="stable")[:NEAREST]
    return restricted_to(evidence, {int(n) + d for n in best for d in (-1, 0, 1)})


PAIR_SHARE = 0.4  # what two neighbouring words of the sentence count beside a word


def cover(
    keys: set[str], pairs: set[tuple[str, str]], evidence: Evidence, *, most: int, least: int = 1
) -> list[int]:
    """Return at most `most` sentences that together hold most of `keys`, the best first.

    Each is chosen for what those before it lack, which must be `least` keys after the first; none share
    nothing. Neighbouring words (`pairs`) count a part of a word.
    """
    chosen: list[int] = []
    while keys and len(chosen) < most:
        gains = [
            len(keys & held) + PAIR_SHARE * len(pairs & near)
            for held, near in zip(evidence.sets, evidence.pairs, strict=True)
        ]
        best = max(range(len(gains)), key=gains.__getitem__)
        if not gains[best] or (chosen and len(keys & evidence.sets[best]) < least):
            break
        chosen.append(best)
        keys, pairs = keys - evidence.sets[best], pairs - evidence.pairs[best]
    return chosen


def restricted_to(evidence: Evidence, sentences: set[int]) -> Evidence:
    """Return the words of some sentences of the evidence; offsets and sentence numbers stay."""
    chosen = np.flatnonzero(np.isin(evidence.sentence, sorted(sentences)))
    words = tuple(evidence.tokens[i] for i in chosen.tolist())
    none: frozenset[Any] = frozenset()
    return replace(
        evidence,
        tokens=words,
        sentence=evidence.sentence[chosen],
        places=_places(words),
        sets=tuple(held if n in sentences else none for n, held in enumerate(evidence.sets)),
        pairs=tuple(held if n in sentences else none for n, held in enumerate(evidence.pairs)),
    )


# What a step of the path costs. Set by hand on the reading that jumps between sentences change what is
# said more than leaving words out does; halving or doubling any one moves no data set's AUC by .01.
SKIP, SKIP_WORD, BACK, NEXT, ELSEWHERE = 0.35, 0.02, 0.8, 1.1, 1.3
AFTER_STOP = 0.1  # at most, where the sentence's own punctuation ends one
AFTER_MARK = 0.7  # times, after a comma or bracket
FORWARD = np.array([BACK, 0.0, *(SKIP + SKIP_WORD * gap for gap in range(2, 21))])  # by the gap; back for 0
MISSING, MISSING_FUNCTION = 1.6, 0.5
STATES = 48  # paths kept after each word
PLACES = 150  # places of one word that are looked at


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where each word of a sentence stands in the evidence (-1: nowhere), and what the path costs."""

    places: tuple[int, ...]
    cost: float


def align(words: Sequence[Token], evidence: Evidence) -> Alignment:
    """Return the cheapest path of `words` through `evidence`."""
    places, costs = np.array([-1]), np.array([0.0])
    steps: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]] = []
    for word in words:
        missing = costs + (MISSING if word.content else MISSING_FUNCTION)
        here = np.array(evidence.places.get(word.key, ())[:PLACES], dtype=np.int64)
        if not len(here):
            steps.append((places, np.arange(len(places)), np.zeros(len(places), dtype=bool)))
            costs = missing
            continue
        total = costs[:, None] + _step_costs(places, here, evidence.sentence, word.mark)
        before = total.argmin(axis=0)
        merged = np.concatenate([here, places])
        cost = np.concatenate([total[before, np.arange(len(here))], missing])
        source = np.concatenate([before, np.arange(len(places))])
        matched = np.arange(len(merged)) < len(here)
        kept = _best_of_each(merged, cost)
        places, costs = merged[kept], cost[kept]
        steps.append((places, source[kept], matched[kept]))
    return _backtrace(steps, costs)


def _step_costs(
    before: NDArray[np.int64], here: NDArray[np.int64], sentence: NDArray[np.int64], mark: int
) -> NDArray[np.float64]:
    gap = here[None, :] - before[:, None]
    apart = sentence[here][None, :] - sentence[np.maximum(before, 0)][:, None]
    along = FORWARD[np.minimum(np.maximum(gap, 0), len(FORWARD) - 1)]
    cost = np.where((apart == 0) | (gap == 1), along, np.where(apart == 1, NEXT, ELSEWHERE))
    if mark == 2:
        cost = np.minimum(cost, AFTER_STOP)
    elif mark == 1:
        cost = cost * AFTER_MARK
    return np.where(before[:, None] < 0, AFTER_STOP, cost)


def _best_of_each(places: NDArray[np.int64], cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows with the least cost of each place, at most `STATES` of them."""
    order = np.lexsort((cost, places))
    first = np.ones(len(order), dtype=bool)
    first[1:] = places[order][1:] != places[order][:-1]
    kept = order[first]
    if len(kept) > STATES:
        kept = kept[np.argpartition(cost[kept], STATES)[:STATES]]
    return kept


def _backtrace(
    steps: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]],
    costs: NDArray[np.float64],
) -> Alignment:
    row = int(costs.argmin())
    cost = float(costs[row])
    path = []
    for places, source, matched in reversed(steps):
        path.append(int(places[row]) if matched[row] else -1)
        row = int(source[row])
    return Alignment(tuple(reversed(path)), cost)


class Measures(NamedTuple):
    """How a sentence aligns with its evidence. Each figure grows with what speaks against it but `order`.

    Attributes:
        cost: What the path costs a word; 0 for a copy. Rewording, gaps and jumps add to it.
        names: Words with a capital letter that the evidence does not hold, at most 5.
        numbers: Numbers that the evidence does not hold, at most 4.
        hedges: Gaps of the path that skip a hedge: "almost", "alleged", "not", "may", at most 3.
        reuse: Content words for which the path comes back to a place it had used, at most 4.
        heads: Places where the path enters behind a preposition that the sentence does not say, so that what
            was said of one thing ("the wife of …") is told of another, at most 4.
        order: Share of neighbouring content words that follow each other within `NEAR` words in the evidence.
        missing: Share of the content words that the evidence lacks, forms of one root and nations apart.
        ends: Share of the claim's sentences whose last word of content the evidence lacks: English puts what
            is new at the end.
        again: Content words said more often than the evidence holds them, at most 4.
    """

    cost: float
    names: float
    numbers: float
    hedges: float
    reuse: float
    heads: float
    order: float
    missing: float
    ends: float
    again: float


NEAR = 6  # words; 3 to 10 differ by less than .01 AUC on every set
ROOT = 5  # letters that two words begin with to be taken for forms of one: organise, organisation
GAP = 12  # words of a gap in which a hedge counts


def measure(words: Sequence[Token], evidence: Evidence, near: Evidence | None = None) -> Measures:
    """Return the figures of a sentence, given by its words; `near` is the evidence narrowed to it."""
    content = content_of(words)
    near = near or narrow(evidence, {t.key for t in content})
    path = align(words, near)
    known = evidence.places
    hedges, reuse, heads = _gaps_and_reuse(words, path.places, near)
    capitals = [t for i, t in enumerate(words) if i and t.mark < 2 and t.content and t.text[0].isupper()]
    return Measures(
        cost=path.cost / max(1, len(words)),
        names=min(sum(t.key not in known for t in capitals if not t.number), 5),
        numbers=min(sum(t.key not in known for t in words if t.number), 4),
        hedges=min(hedges, 3),
        reuse=min(reuse, 4),
        heads=min(heads, 4),
        order=_order(content, near),
        missing=_share(content, evidence),
        ends=_share(_last_words(words), evidence),
        again=min(_repeated(content, evidence), 4),
    )


def content_of(words: Sequence[Token]) -> list[Token]:
    """Return the words that carry content, without letters that stand alone."""
    return [t for t in words if t.content and len(t.key) > 1]


def _gaps_and_reuse(words: Sequence[Token], path: Sequence[int], evidence: Evidence) -> tuple[int, int, int]:
    """Return how often the path skips a hedge, uses a place again, and enters behind a preposition."""
    hedges = reuse = heads = 0
    used: set[int] = set()
    last, last_word, mark = -1, -1, 0
    for i, place in enumerate(path):
        mark = max(mark, words[i].mark)
        if place < 0:
            continue
        if words[i].content:
            reuse += place in used
            used.add(place)
        if place != last + 1 or last < 0:
            heads += mark < 2 and _enters_behind_preposition(words, i, place, evidence)
        if last >= 0 and place > last + 1 and evidence.sentence[place] == evidence.sentence[last]:
            skipped = evidence.tokens[last + 1 : place]
            said = words[last_word + 1 : i]
            hedges += len(skipped) <= GAP and _hedges(skipped) and not _hedges(said)
        last, last_word, mark = place, i, 0
    return hedges, reuse, heads


def _hedges(words: Sequence[Token]) -> bool:
    return any(t.text.lower() in HEDGES for t in words)


def _enters_behind_preposition(words: Sequence[Token], i: int, place: int, evidence: Evidence) -> bool:
    if place == 0 or evidence.tokens[place].mark or not (words[i].content or i == 0):
        return False
    before = evidence.tokens[place - 1].key
    return before in PREPOSITIONS and (i == 0 or words[i - 1].key != before)


def _order(content: Sequence[Token], evidence: Evidence) -> float:
    pairs = list(pairwise(content))
    if not pairs:
        return 1.0
    return sum(_follows(a.key, b.key, evidence) for a, b in pairs) / len(pairs)


def _follows(one: str, other: str, evidence: Evidence) -> bool:
    if one == other or one not in evidence.places or other not in evidence.places:
        return False
    first, then = evidence.places[one], evidence.places[other]
    after = ((place, bisect_right(then, place)) for place in first[:PLACES])
    return any(i < len(then) and then[i] - place <= NEAR for place, i in after)


def _share(words: Sequence[Token], evidence: Evidence) -> float:
    """Return the share of `words` that the evidence lacks; 0 of none."""
    lacking = [t for t in words if t.key not in evidence.places]
    roots = {k[:ROOT] for k in evidence.places} if lacking else set()
    return sum(not _akin(t, evidence, roots) for t in lacking) / len(words) if words else 0.0


def _akin(token: Token, evidence: Evidence, roots: set[str]) -> bool:
    """Tell whether the evidence holds a form of a word's root, or a nation for its people."""
    if len(token.key) >= ROOT and token.key[:ROOT] in roots:
        return True
    return not evidence.places.keys().isdisjoint(nations().get(token.key, ()))


def _last_words(words: Sequence[Token]) -> list[Token]:
    """Return the last word of content of each sentence."""
    last: list[Token] = []
    begun = False
    for token in words:
        begun = begun and token.mark < 2
        if token.content and len(token.key) > 1:
            last[len(last) - begun :] = [token]
            begun = True
    return last


def _repeated(content: Sequence[Token], evidence: Evidence) -> int:
    counts = Counter(t.key for t in content)
    return sum(max(0, n - max(1, len(evidence.places.get(k, ())))) for k, n in counts.items())
