"""Greetings, thanks and questions about the tool itself: what is said to it, and not asked of the articles.

A message counts only when phrases known here make up the whole of it: “Thanks for the help!” does, “Thanks
to whom did the bridge reopen?” and “Hello Kitty was created when?” do not. English, German, French, Spanish.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Talk(StrEnum):
    """What a message says or asks; of several, the one that stands last here is answered."""

    FINE = "fine"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ARTICLES = "articles"
    ABOUT = "about"


class Said(NamedTuple):
    """What a message says, and in which language (ISO 639-1)."""

    talk: Talk
    language: str


TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LONGEST = 16  # words: nobody greets at such length
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
LENGTHENED = re.compile(r"([a-z])\1{2,}")  # hiiii, sooo

SHOWING = frozenset({Talk.GREETING, Talk.ARTICLES, Talk.ABOUT})  # whose replies show what there is
MOST_TITLES = 8


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to talk about: the titles of the articles, and questions that they answer."""

    titles: tuple[str, ...]
    examples: tuple[str, ...] = ()


def recognise(message: str, *, opening: bool) -> Said | None:
    """Return what a message says to the tool, or None when it may be a question to the articles.

    `opening`: nothing was said before, so that “What is this?” asks about the tool.

    >>> recognise("Hi there, thanks a lot!", opening=True)
    Said(talk=<Talk.THANKS: 'thanks'>, language='en')
    >>> recognise("Thanks to whom did the bridge reopen?", opening=True)
    """
    left = _words(message)
    if not 0 < len(left) <= LONGEST:
        return None
    known = _phrases(opening)
    found: list[Said] = []
    while left:
        length = next((n for n in range(len(left), 0, -1) if tuple(left[:n]) in known), 0)
        if not length:
            return None
        said = known[tuple(left[:length])]
        found += [said] if said else []
        left = left[length:]
    order = list(Talk)
    return max(found, key=lambda said: order.index(said.talk), default=None)


def _words(message: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", message.replace("’", "'")).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return [LENGTHENED.sub(r"\1", w) for w in WORD.findall(plain)]


@cache
def _phrases(opening: bool) -> dict[tuple[str, ...], Said | None]:
    """Return every phrase by its words; what only fills says nothing (None)."""
    known: dict[tuple[str, ...], Said | None] = {
        tuple(_words(p)): None for p in TABLES["filling"]["all"].split(",")
    }
    tables = [(Talk(talk), languages) for talk, languages in TABLES["phrases"].items()]
    tables += [(Talk.ABOUT, TABLES["pointing"])] if opening else []
    for talk, languages in tables:
        for language, phrases in languages.items():
            for phrase in phrases.split(","):
                known.setdefault(tuple(_words(phrase)), Said(talk, language))
    return known


def answer(said: Said, shelf: Shelf) -> str:
    """Return what is said back, in the same language; with articles to ask about, it names some.

    >>> answer(Said(Talk.GREETING, "en"), Shelf(("Bridges", "Boats"), ("Who is Ada Venn?",)))
    'Hello! Ask anything about the 2 articles. For example: “Who is Ada Venn?”'
    """
    words = TABLES["replies"][said.language]
    if not shelf.titles and said.talk in SHOWING:
        greeting = words[said.talk].partition("!")[0] + "! " if said.talk is Talk.GREETING else ""
        return f"{greeting}{words['add_first']}"
    one, many = words["counted"]
    count = len(shelf.titles)
    here = one if count == 1 else many.format(n=count)
    lead, joint = words["examples"]
    ask = lead.format(list=joint.join(_quoted(e, words) for e in shelf.examples)) if shelf.examples else ""
    shown = list(dict.fromkeys(shelf.titles))[:MOST_TITLES]  # two versions of a story may share a title
    titles = ", ".join(_quoted(t, words) for t in shown)
    more = sum(t not in shown for t in shelf.titles)
    titles += words["more"].format(n=more) if more else ""
    return str(words[said.talk].format(here=here, ask=ask, titles=titles))


def written_by(model: str) -> str:
    """Say in English who writes the answers: a language model, by name, or none (“”).

    >>> written_by("")
    'No language model is set: answers are the articles’ own sentences, and nothing is sent anywhere.'
    """
    words = TABLES["replies"]["en"]
    return str(words["by_model"].format(model=model) if model else words["by_none"])


def _quoted(text: str, words: Mapping[str, Any]) -> str:
    opening, closing = words["quotes"]
    return f"{opening}{text}{closing}"
