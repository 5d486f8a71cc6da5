"""A question that fits several things: “How much did it cost?”, “What did Venn say?” of two of that name.

Of 1,500 questions of squad2_dev, none with anything said before, four hang on a pronoun that two articles fit
and one names a surname that two people bear.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.text.words import POSSESSIVE, STOP_WORDS
from footnote.rag.answer.choose import SECOND_WITHIN
from footnote.rag.english.lists import words
from footnote.rag.english.names import NOT_PEOPLE, name_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.answer.candidates import Candidate

# That far below the best stands the sentence on a namesake whom the reader thinks less likely to be meant.
NAMED_WITHIN = 2.0
WORD = re.compile(r"\b[a-z]+\b")  # a given name is none: “Early Watt” is nobody
MOST = 4  # things that a question may mean
TITLES = frozenset(words("people", "titles"))


def elsewhere(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the best sentence of each article that answers about as well as the best; one is none."""
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        if candidate.score >= ranked[0].score - SECOND_WITHIN and candidate.signs.kind:
            best.setdefault(candidate.passage.article_id, candidate)
    return list(best.values())[:MOST] if len(best) > 1 else []


def namesakes(question: str, ranked: Sequence[Candidate]) -> dict[str, Candidate]:
    """Return the people who share the one name that a question gives, each with the best sentence on them.

    Nobody where the question says which, or where only one is called so.
    """
    for match in name_runs(question):
        name = POSSESSIVE.sub("", match[0])
        if " " in name or question[: match.start()].lower().endswith("the "):
            continue
        found = _bearing(name, ranked)
        if len(found) > 1 and len({c.place for c in found.values()}) > 1:
            return dict(list(found.items())[:MOST])
    return {}


def _bearing(name: str, ranked: Sequence[Candidate]) -> dict[str, Candidate]:
    """Return the people of a surname, each with the best sentence on them; a word in use is no given name."""
    found: dict[str, Candidate] = {}
    for candidate in ranked:
        if candidate.score >= ranked[0].score - NAMED_WITHIN:
            for person in _called(name, candidate.text):
                found.setdefault(person, candidate)
    if len(found) > 1:
        common = {w for c in ranked for w in WORD.findall(c.text)}
        found = {p: c for p, c in found.items() if p.split()[0].lower() not in common}
    return found


def _called(name: str, text: str) -> list[str]:
    """Return the full names of people in a text whose surname is `name`.

    >>> _called("Venn", "The baker Ada Venn met Mr Venn, and Tom Venn’s sister.")
    ['Ada Venn', 'Tom Venn']
    """
    runs = [POSSESSIVE.sub("", m[0]).split() for m in name_runs(text) if not NOT_PEOPLE.search(m[0])]
    given = [run[0] for run in runs if len(run) == 2 and run[1] == name]
    return [f"{first} {name}" for first in given if first.lower() not in TITLES | STOP_WORDS]


def which_thing(pronoun: str) -> str:
    """Return what is said of a question that points at nothing said before."""
    fits = "more than one thing fits: name it. These come closest."
    return f"Nothing said before tells what “{pronoun}” means, and {fits}"


def which_person(people: Sequence[str]) -> str:
    """Return what is said where people who share a name are told of.

    >>> which_person(["Ada Venn", "Tom Venn"])
    'More than one is called so: Ada Venn, Tom Venn. Give the whole name to hear of one alone.'
    """
    return f"More than one is called so: {', '.join(people)}. Give the whole name to hear of one alone."
