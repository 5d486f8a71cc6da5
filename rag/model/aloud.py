"""Sources that a model names in words: “Passage 1 states that”, “according to source 2”: no claims.

How often models do so is not known: none of 12,896 sentences of other systems' replies (MTRAG, BEGIN, Q²,
CLIFF, QAGS, WiCE) does, but none of these systems was shown numbered passages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_NOUN = r"(?:source|passage|paragraph|document|article|excerpt|snippet|text|context|reference)s?"
_NUMBER = r"(?:no\.?\s*|number\s+|\#\s*)?\d{1,3}"
_AND = r"(?:\s*(?:,|&|and|or)\s*)"
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_ORDINAL = rf"the\s+(?:{'|'.join(_ORDINALS)})\s+{_NOUN}"
_NUMBERED = rf"{_ORDINAL}|(?:the\s+)?{_NOUN}\s+{_NUMBER}(?:{_AND}(?:{_NOUN}\s+)?{_NUMBER})*"
_GIVEN = r"(?:provided|given|above|numbered)"
_OF_ALL = rf"(?:the|these|both)\s+(?:{_GIVEN}\s+)*{_NOUN}(?:\s+{_GIVEN})?"
# Where markers stood: “The passages [1] and [2] say”, “[1] states that”, “In [1] it says that”.
_HOLE = rf"(?:(?:in\s+)?(?:it|both)?{_AND}*|(?:the\s+)?{_NOUN}{_AND}*)"
_LEAD = (
    r"(?:according to|as (?:stated|noted|described|reported|shown|mentioned|explained) (?:in|by)"
    r"|as per|per|based on|from|in)"
)
_SAYS = (
    r"(?:(?:also|clearly|explicitly|directly)\s+)?(?:states?|says?|mentions?|reports?|notes?|indicates?"
    r"|explains?|shows?|tells?\s+us|confirms?|reveals?|writes?|adds?|describes?)"
)
OPENS = re.compile(
    rf"\A(?:(?P<who>{_NUMBERED}|{_OF_ALL})\s*,?\s*{_SAYS}(?:\s+that|\s*:)\s+"
    rf"|{_LEAD}\s+(?P<by>{_NUMBERED}|{_OF_ALL})\s*(?:,|:)\s*"
    rf"|(?P<head>{_NUMBERED})\s*:\s*)",
    re.IGNORECASE,
)
ENDS = re.compile(rf"\s*[,(]\s*{_LEAD}\s+(?P<by>{_NUMBERED}|{_OF_ALL})\s*\)?(?=[.!?]?\Z)", re.IGNORECASE)
HOLES = re.compile(rf"\A{_HOLE}\s*{_SAYS}\s+that\s+", re.IGNORECASE)
NUMBERED = re.compile(_NUMBERED, re.IGNORECASE)
# Who declines speaks of these; of 47 answers of a small model four did, and the checker took two for claims.
ABOUT_SOURCES = re.compile(rf"(?:(?:none of )?(?:{_OF_ALL}|{_NUMBERED})|no {_NOUN})\b", re.IGNORECASE)
# What a model says of its answer or to its reader, and not of the articles. Of 4,342 sentences of MTRAG's
# conversations 2 are that, “Let me know …”; 41 that begin “If you need …”, taken for it before, give advice.
ABOUT_ITSELF = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|ok|great)(?:[!.]|[,!]?(?-i: (?:[a-z’']+|I),?){0,8}[!:])"
    r"|(?:here(?: is|'s|’s| are)|below (?:is|are))\b[^.]{0,80}:"
    r"|(?:please )?note\b.{0,10}(?:this|the|my|these) (?:answer|response|information|summary)\b.*"
    r"|(?:if you [^,.]{1,60}, )?(?:please )?(?:i hope|let me know|feel free)\b.*"
    r"|(?:this|the|my) (?:answer|response|information) (?:is|was) (?:based|taken|found|drawn|provided)\b.*"
    r"|(?:the )?(?:final |short )?(?:answer|response)",
    re.IGNORECASE,
)
LABEL = re.compile(r"\A(?:(?:the )?(?:final |short )?answer|response|assistant)\s*:\s*", re.IGNORECASE)
DIGITS = re.compile(r"\d+")


class Plain(NamedTuple):
    """A sentence without the sources that it named in words, and their numbers."""

    text: str
    numbers: tuple[int, ...] = ()


def without_sources(text: str, *, marked: bool, spoken_of: Callable[[str], bool]) -> Plain:
    """Return a sentence without its sources in words, but for an article's own: “Article 5 states that”.

    `marked` says that markers were taken out of it, `spoken_of` whether the articles have a phrase.

    >>> without_sources("Passage 1 states that the mill burnt.", marked=False, spoken_of=lambda _: False)
    Plain(text='The mill burnt.', numbers=(1,))
    """
    numbers: list[int] = []
    text = LABEL.sub("", text)
    for pattern in (OPENS, ENDS):
        found = pattern.search(text)
        if found is None:
            continue
        phrase = next(p for p in found.groupdict().values() if p)
        rest = text[: found.start()] + text[found.end() :]
        if rest.strip(" .") and not (NUMBERED.fullmatch(phrase) and spoken_of(phrase)):
            numbers += map(int, DIGITS.findall(phrase))
            numbers += [
                n for n, o in enumerate(_ORDINALS, start=1) if re.search(rf"\b{o}\b", phrase, re.IGNORECASE)
            ]
            text = rest
    if marked:
        text = HOLES.sub("", text, count=1)
    return Plain(text[:1].upper() + text[1:], tuple(dict.fromkeys(numbers)))
