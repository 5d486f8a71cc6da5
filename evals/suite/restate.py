"""The same question said otherwise, so that the answer must stay the same: metamorphic relations.

Each form changes how a question is typed or asked, never what it asks (Ribeiro et al. 2020, CheckList,
invariance tests).
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from footnote.rag.english.lists import AUXILIARY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONG_WORD = re.compile(r"\b[^\W\d_]{6,}\b")
ASKS = re.compile(rf"(?:wh\w+|how|{AUXILIARY})\b", re.IGNORECASE)
WHO = re.compile(r"who (?!(?:do|does|did|are|were|have|will|would|can|could|should|else)\b)", re.IGNORECASE)
JOINED = re.compile(r"\b([A-Z][A-Z]+)-(\d+)\b|\b([A-Z][A-Z]+)(\d+)\b")
LETTERS = re.compile(r"\b[A-Z]{2,5}\b")
DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")


def lower_case(question: str) -> str:
    """Return a question as people type it.

    >>> lower_case("Who leads Reef Hands?")
    'who leads reef hands'
    """
    return question.lower().rstrip("?")


def letter_dropped(question: str) -> str:
    """Return a question with one letter left out inside a word of six or more, drawn by the question itself.

    >>> letter_dropped("Who carved the lighthouse?")
    'Who carved the lighhouse?'
    """
    drawn = random.Random(question)  # noqa: S311 - not for secrets
    words = list(LONG_WORD.finditer(question))
    if not words:
        return ""
    word = drawn.choice(words)
    place = drawn.randrange(word.start() + 1, word.end() - 1)
    return question[:place] + question[place + 1 :]


def according(question: str) -> str:
    """Return a question with “according to the article” before it.

    >>> according("Who leads Reef Hands?")
    'According to the article, who leads Reef Hands?'
    """
    return f"According to the article, {_inside(question)}" if ASKS.match(question) else ""


def according_last(question: str) -> str:
    """Return a question with “according to the article” at its end."""
    return f"{question.rstrip('?')} according to the article?"


def can_you(question: str) -> str:
    """Return a question with “can you tell me” before it.

    >>> can_you("Who leads Reef Hands?")
    'Can you tell me who leads Reef Hands?'
    """
    return f"Can you tell me {_inside(question)}" if ASKS.match(question) else ""


def name_of(question: str) -> str:
    """Return a question after a person as one after the person's name; "" for others.

    >>> name_of("Who leads Reef Hands?"), name_of("Who did she lead?")
    ('What is the name of the person who leads Reef Hands?', '')
    """
    return WHO.sub("What is the name of the person who ", question, count=1) if WHO.match(question) else ""


def short_form(question: str) -> str:
    """Return a question with an abbreviation written in another of its forms; "" without one.

    >>> short_form("How does COVID-19 spread?"), short_form("How does COVID19 spread?")
    ('How does COVID19 spread?', 'How does COVID-19 spread?')
    >>> short_form("What did the U.S. say?"), short_form("What did the EU say?")
    ('What did the US say?', 'What did the E.U. say?')
    """
    joined = JOINED.sub(lambda m: f"{m[1]}{m[2]}" if m[1] else f"{m[3]}-{m[4]}", question)
    if joined != question:
        return joined
    plain = DOTTED.sub(lambda m: m[0].replace(".", ""), question)
    if plain == question:
        plain = LETTERS.sub(lambda m: "".join(f"{letter}." for letter in m[0]), question)
    return plain if plain != question else ""


def _inside(question: str) -> str:
    return question[:1].lower() + question[1:]


FORMS: Mapping[str, Callable[[str], str]] = {
    "lower case": lower_case,
    "one letter dropped": letter_dropped,
    "according to the article, …": according,
    "… according to the article": according_last,
    "can you tell me …": can_you,
    "what is the name of …": name_of,
    "another form of an abbreviation": short_form,
}
