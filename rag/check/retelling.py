"""A sentence with its figures in the words of its evidence, where they say the same in another form.

"1,300 metres" is told as "1.3 kilometres" where the evidence has that, "80 per cent" as "four out of five",
"a fortnight" as "two weeks", "nearly 60,000" as "58,000". What then aligns with the evidence is the same
statement; a figure that says something else stays as it is, for `footnote.rag.check.facts` to find.
"""

# ruff: noqa: E501 - patterns read best on one line

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from footnote.ingest.text.word_lists import either
from footnote.rag.english.lists import LISTS
from footnote.rag.english.quantities import (
    ABOUT,
    FRACTIONS,
    NUMBER_WORDS,
    ROUNDED,
    about_of,
    digits_of,
    quantities,
)
from footnote.rag.english.quotation import QUOTED

# What each unit that can be told in another measures, and how much of the base unit it is.
MEASURES = {
    unit: (dimension, float(factor))
    for dimension, lines in LISTS.sections("measures").items()
    if dimension != "other"
    for factor, *units in lines
    for unit in units
}

EXACT = 1e-6  # relative
CONVERTED = 0.06  # relative, at most between a measure and its rounded conversion: 0.8 miles for 1.3 km
PLAIN = ("", "$", "£", "€", "¥", "p", "c")  # no unit that has another beside it
FRACTION = 1.0  # points of a hundred between a fraction and the percentage that it stands for: a third, 34%


class Amount(NamedTuple):
    """An amount in a text: what it measures, its value there, how exactly, and whether it is said to be near.

    `text[start:end]` holds it with its unit and with "about", "nearly" and the like, from `bare` on without
    them. `step` is the value of its last digit.
    """

    dimension: str
    value: float
    step: float
    about: str
    digits: int
    start: int
    bare: int
    end: int

    def tells(self, other: Amount) -> bool:
        """Tell whether this says what `other` does, the same or more roughly."""
        if self.dimension != other.dimension or {self.about, other.about} == {"over", "under"}:
            return False
        near = abs(self.value - other.value)
        if self.about and near > EXACT * other.value:
            low, high = (self.value * bound for bound in ROUNDED[self.about])
            return self.digits < other.digits and low <= other.value <= high
        if self.dimension == "share" or self.dimension in PLAIN:
            return near <= max(EXACT * abs(other.value), self.step / 2)
        return near <= max(EXACT * other.value, min(self.step / 2, CONVERTED * other.value))


_WORDS, _UNIT = either(tuple(NUMBER_WORDS)), either(tuple(MEASURES))
_AFTER = re.compile(
    rf"[\s-]?(?P<unit>{_UNIT})\b(?![\s-](?:of|a|an|per)\s+(?:hundred|second|hour)\b)", re.IGNORECASE
)
_SINGLE = re.compile(
    rf"\b(?P<half>half[\s-])?(?P<one>an?)\s+(?P<unit>{_UNIT})\b(?P<more>\s+and\s+a\s+half)?", re.IGNORECASE
)
_RATIO = re.compile(
    rf"\b(?P<part>\d+|{_WORDS})\s+(?:out\s+of|in|of)\s+(?:every\s+|the\s+|its\s+|their\s+)?(?P<whole>\d+|{_WORDS})\b(?!\s*(?:per|%))",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    rf"\b(?:(?P<times>an?|{_WORDS})[\s-]+)?(?P<part>{'|'.join(FRACTIONS)})\b(?=\s+(?:of|the|its|their|his|her|that|those|as)\b|\s*[,.;]|\s*$)"
    r"|(?<!and\sa\s)\bhalf(?=\s+(?:of|the|its|their|his|her|that|those)\b|\s*[,.;]|\s*$)",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"{ABOUT}\s+$", re.IGNORECASE)


@lru_cache(maxsize=512)
def figures(text: str) -> tuple[Amount, ...]:
    """Return the amounts of `text` in order: plain numbers, percentages and other shares, measures with a unit.

    >>> [(f.dimension, round(f.value, 2), text[f.start : f.end]) for text in ["nearly 1.3 kilometres, four out of five, a fortnight"] for f in figures(text)]
    [('length', 1300.0, 'nearly 1.3 kilometres'), ('share', 80.0, 'four out of five'), ('time', 1209600.0, 'a fortnight')]
    """
    shares = [*_shares(text)]
    found = shares + [f for f in (*_single(text), *_counted(text)) if not _inside(f, shares)]
    return tuple(sorted(found, key=lambda f: (f.start, -f.end)))


def _inside(figure: Amount, shares: list[Amount]) -> bool:
    return any(s.start < figure.end and figure.start < s.end for s in shares)


def _figure(
    text: str, dimension: str, value: float, step: float, span: tuple[int, int], digits: int = 0
) -> Amount:
    near = _BEFORE.search(text[max(0, span[0] - 24) : span[0]])
    start = span[0] - len(near[0]) if near else span[0]
    about = about_of(near["about"] if near else None)
    return Amount(dimension, value, step, about, digits or digits_of(value), start, *span)


def _counted(text: str) -> list[Amount]:
    found = []
    for q in quantities(text):
        value, unit = q.values[0], _AFTER.match(text, q.end)
        step = 10.0 ** -len(q.text.partition(".")[2].rstrip("0 %€£$")) if re.search(r"\.\d", q.text) else 1.0
        if q.unit in ("th", "s") or q.is_year or ":" in q.text:
            continue
        if q.unit == "%":
            found.append(_figure(text, "share", value, step, (q.start, q.end)))
        elif unit and not q.unit:
            dimension, factor = MEASURES[unit["unit"].lower()]
            found.append(_figure(text, dimension, value * factor, step * factor, (q.start, unit.end())))
        else:
            found.append(_figure(text, q.unit, value, 0.0, (q.start, q.end)))
    return found


def _single(text: str) -> list[Amount]:
    found = []
    for match in _SINGLE.finditer(text):
        dimension, factor = MEASURES[match["unit"].lower()]
        value = (0.5 if match["half"] else 1.5 if match["more"] else 1.0) * factor
        found.append(_figure(text, dimension, value, 0.0, match.span()))
    return found


def _shares(text: str) -> list[Amount]:
    found = []
    for match in _RATIO.finditer(text):
        part, whole = (_number(match[side]) for side in ("part", "whole"))
        if 0 < part < whole:
            found.append(_figure(text, "share", 100 * part / whole, 0.0, match.span(), 1))
    for match in _FRACTION.finditer(text):
        times = (match["times"] or "a").lower()
        part = FRACTIONS.get((match["part"] or "half").lower(), 2)
        share = 100 * (1.0 if times in ("a", "an") else _number(times)) / part
        if 0 < share < 100 and (match["times"] or part == 2):
            found.append(_figure(text, "share", share, 2 * FRACTION, match.span(), 1))
    return found


def _number(text: str) -> float:
    return float(text) if text.isdigit() else float(NUMBER_WORDS[text.lower()])


def retold(sentence: str, evidence: str) -> str:
    """Return `sentence` with each figure that the evidence has in another form told as it stands there.

    Quoted words stay as they are.

    >>> retold("About 1,300 metres, says he, or 80% of it.", "It is 1.3 kilometres, four out of five of which are dry.")
    '1.3 kilometres, says he, or four out of five of it.'
    """
    said = figures(sentence)
    if not said:
        return sentence
    held = figures(evidence)
    present = {_plain(evidence[f.bare : f.end]) for f in held}
    quoted = [m.span() for m in QUOTED.finditer(sentence)]
    parts, done = [], 0
    for figure in said:
        words = sentence[figure.bare : figure.end]
        as_it_is = figure.dimension in PLAIN and not figure.about  # compared by value anyway
        if (
            as_it_is
            or figure.start < done
            or _plain(words) in present
            or any(a <= figure.start < b for a, b in quoted)
        ):
            continue
        match = min(
            (f for f in held if figure.tells(f)), key=lambda f: abs(f.value - figure.value), default=None
        )
        if match is None:
            continue
        parts += [sentence[done : figure.start], evidence[match.start : match.end]]
        done = figure.end
    return "".join([*parts, sentence[done:]])


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+|%", text.lower()))
