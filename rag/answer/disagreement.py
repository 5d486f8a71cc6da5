"""Two sentences of different articles that give different figures, or different dates, for one thing.

Precise rather than eager: the figures have the same unit and count the same noun, the sentences share
most of the words of the shorter one, and nothing tells them apart: no other year, name or direction, and
neither mentions the other's figure (then it explains the difference itself).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.word_lists import MONTHS, WEEKDAYS
from footnote.ingest.text.words import STOP_WORDS, WORD, content_words, stem, stems
from footnote.rag.english import dates
from footnote.rag.english.names import capitalised
from footnote.rag.english.quantities import CURRENCIES, digits_of, quantities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.english.quantities import Quantity

# Chosen on the sample articles and on 582 pairs of neighbouring news articles (1.4 million pairs of
# sentences): 9 alarms, 6 of them false; with SHARE = 0.5 and PRICED = 3 it was 22, 17 of them false. See
# `python -m footnote.evals.tools.disagreements`.
SHARED = 3  # content stems that both sentences hold, beside the figure's own
SHARE = 0.6  # of the content stems of the sentence that has fewer
PRICED = 4  # for sums of money: prices and changes of prices share many words
DATED = 4  # the same for dates, which stand in sentences for many reasons
ROUGHLY = 0.05  # two numbers so near, one with fewer digits, are one number rounded
REACH = 2  # content words after a number among which what it counts stands

OF = re.compile(r"\s+of\s+(?:(?:all|the|its|their|his|her|those|these|our)\s+)*(?P<head>[\w’'-]+)")
DATE = re.compile(rf"\b{dates.DAY}\b", re.IGNORECASE)
FILLERS = frozenset("yet now still already even however per cent percent today around nearly almost".split())
BEFORE = re.compile(
    r"\b(?:before|formerly|previously|once|used to|had been|until then|at first|originally|ago|last (?:year"
    r"|month|week|winter|summer|spring|autumn|season))\b",
    re.IGNORECASE,
)
YEAR = re.compile(rf"\b{dates.YEAR}\b")
CONTRASTS = tuple(
    frozenset(stems(pair, "en"))
    for pair in (
        "north south",
        "east west",
        "men women",
        "boys girls",
        "male female",
        "first second third fourth last",
        "minimum maximum",
        "monthly yearly weekly daily annual",
        "rise fall",
        "gain loss",
        "morning evening afternoon night",
        "before after",
        "old new",
    )
)
CURRENCY = frozenset(CURRENCIES.values()) | CURRENCIES.keys()


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with the article it stands in and its date (ISO 8601, or empty)."""

    text: str
    article_id: str
    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two statements give for one thing, as they write it; `older` is `newer` in time or undated."""

    newer: Statement
    older: Statement
    newer_value: str
    older_value: str


class _Figure(NamedTuple):
    """A figure in a sentence: how it is written, what it equals, and what it measures."""

    text: str
    number: Quantity | None  # None for a date
    day: str  # "14 june", for a date
    measures: frozenset[str]  # unit and stems of the things that it counts


def difference(one: Statement, other: Statement) -> Difference | None:
    """Return how two statements of different articles disagree on one figure, or None.

    >>> a = Statement("Only 57 per cent of the homes in the valley have heat pumps.", "a", date="2026")
    >>> b = Statement("Now 68 per cent of all homes in the valley have heat pumps.", "b", date="2025")
    >>> (found := difference(b, a)).newer_value, found.older_value
    ('57 per cent', '68 per cent')
    """
    if one.article_id == other.article_id:
        return None
    newer, older = sorted((one, other), key=lambda s: s.date, reverse=True)
    for figure in figures(newer.text):
        for rival in figures(older.text):
            if _differ(figure, rival, newer.text, older.text):
                apart = _told_apart(one.text, other.text)
                return None if apart else Difference(newer, older, figure.text, rival.text)
    return None


def differences(statements: Sequence[Statement]) -> list[Difference]:
    """Return every disagreement between two of the statements, in their order."""
    return [
        found
        for i, one in enumerate(statements)
        for other in statements[i + 1 :]
        if (found := difference(one, other))
    ]


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[_Figure, ...]:
    """Return the figures of a sentence that measure something that can be named, and its dates."""
    dates = list(DATE.finditer(text))
    found = [_Figure(m[0], None, _day(m), frozenset()) for m in dates]
    for number in quantities(text):
        inside = any(m.start() <= number.start < m.end() for m in dates)
        if inside or number.unit in ("th", "s") or YEAR.fullmatch(number.text):
            continue
        if measures := _measures(text, number):
            found.append(_Figure(number.text, number, "", measures))
    return tuple(found)


def _measures(text: str, number: Quantity) -> frozenset[str]:
    """Return the unit of a number and the stems of what it counts; nothing where that is not said."""
    after = text[number.end :]
    if number.unit == "%":
        head = OF.match(after)
        return frozenset({"%", stem(head["head"])}) if head else frozenset()
    if number.unit in CURRENCY:
        return frozenset({number.unit})
    clause = re.split(r"[,;:.!?()“”–—]", after, maxsplit=1)[0]
    counted = [w for w in WORD.findall(clause)[: REACH + 1] if w.lower() not in STOP_WORDS][:REACH]
    if (
        not counted
        or not WORD.match(clause.lstrip())
        or clause.lstrip().split()[0].lower() in STOP_WORDS - {"more"}
    ):
        return frozenset()
    if counted[0].lower() == "times":
        return frozenset()
    return frozenset(stem(w) for w in counted if not w[0].isupper() and not w[0].isdigit())


def _day(match: re.Match[str]) -> str:
    return f"{int(match['day'] or match['day2'])} {(match['month'] or match['month2']).lower()}"


def _differ(one: _Figure, other: _Figure, text: str, rival: str) -> bool:
    if (one.number is None) != (other.number is None):
        return False
    if one.number is None or other.number is None:
        return (
            one.day != other.day
            and not _mentions_day(text, other.day)
            and not _mentions_day(rival, one.day)
            and _overlap(text, rival, frozenset(), DATED)
        )
    return (
        bool(one.measures & other.measures)
        and ("%" not in one.measures or one.measures == other.measures)
        and not _same(one.number, other.number)
        and not any(_same(one.number, q) for q in quantities(rival))
        and not any(_same(other.number, q) for q in quantities(text))
        and _overlap(
            text,
            rival,
            one.measures & other.measures,
            PRICED if one.measures & CURRENCY else SHARED,
        )
    )


def _same(one: Quantity, other: Quantity) -> bool:
    near = abs(one.values[0] - other.values[0]) <= ROUGHLY * max(one.values[0], other.values[0])
    rounded = near and digits_of(one.values[0]) != digits_of(other.values[0])
    return one.equals(other) or rounded or one.rounds(other) or other.rounds(one)


def _mentions_day(text: str, day: str) -> bool:
    return any(_day(m) == day for m in DATE.finditer(text))


def _overlap(one: str, other: str, own: frozenset[str], least: int) -> bool:
    """Tell whether two sentences share enough words, those of the figures themselves left out."""
    a, b = _content(one) - own, _content(other) - own
    shared = a & b
    return len(shared) >= least and len(shared) >= SHARE * min(len(a), len(b))


@lru_cache(maxsize=4096)
def _content(text: str) -> frozenset[str]:
    """Return the stems of what a sentence is about, without its figures and its words of time."""
    numbers = {s for q in quantities(text) for s in stems(q.text)}
    dates = {s for m in DATE.finditer(text) for s in stems(m[0])}
    content = {w for w in content_words(text) if not w[0].isdigit() and w.lower() not in FILLERS}
    return frozenset(stem(w) for w in content) - numbers - dates


def _told_apart(one: str, other: str) -> bool:
    """Tell whether the sentences speak of different years, times, names, sides or groups."""
    if bool(BEFORE.search(one)) != bool(BEFORE.search(other)):
        return True
    for kind in (_years, _names):
        a, b = kind(one), kind(other)
        if a and b and not a & b:
            return True
    a, b = set(stems(one)), set(stems(other))
    return any(a & side and b & side and not a & b & side for side in CONTRASTS)


def _years(text: str) -> set[str]:
    return set(YEAR.findall(text))


def _names(text: str) -> set[str]:
    """Return the stems of capitalised words that do not open the sentence."""
    return {stem(m[0]) for m in capitalised(text) if m.start() > 1} - _calendar()


def _calendar() -> set[str]:
    return {stem(day) for day in (*MONTHS, *WEEKDAYS)}
