"""A sentence about another of the name: “Viktor Krantz died in 1931” where Emil Krantz is asked about.

Of sentences that hold the accepted answer to a question, it takes for one about another 3 of 2,649
(squad2_dev), 0 of 661 (covidqa_dev) and 43 of 14,548 (a sixth of SQuAD 1.0 train, looked at after it was
written); of the paragraphs of SQuAD 2.0's unanswerable questions, 55 of 2,509 hold one that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.text.words import POSSESSIVE, STOP_WORDS, folded
from footnote.rag.english.antecedent import FULL_NAME, ROLE_AHEAD
from footnote.rag.english.names import name_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

# Alike from here, two words are one, spelt otherwise: “Primier”, “Premier”; “North” and “South” are .6 alike.
NEARLY = 0.61


def namesake(question: str, sentence: str) -> str:
    """Return whom a sentence names in place of somebody asked about, of the same last name; "" for nobody.

    >>> namesake("When did Emil Krantz die?", "Viktor Krantz died in 1931.")
    'Viktor Krantz'
    >>> namesake("When did Emil Krantz die?", "Viktor Krantz died in 1931, Emil in 1950.")
    ''
    >>> namesake("What did Donald Trump say?", "President Trump said no.")
    ''
    """
    for given, last in _asked(question):
        if last not in sentence or given in sentence:
            continue
        for found in FULL_NAME.finditer(sentence):
            name = POSSESSIVE.sub("", ROLE_AHEAD.sub("", found[0]))
            other = name.split()[-2:-1]
            if name.endswith(f" {last}") and other and _differs(given, other[0]):
                return name
    return ""


def _asked(question: str) -> Iterator[tuple[str, str]]:
    """Yield the last two words of each name in a question."""
    for match in name_runs(question):
        words = [POSSESSIVE.sub("", w) for w in match[0].split()]
        if len(words) > 1 and words[-2].lower() not in STOP_WORDS:
            yield words[-2], words[-1]


def _differs(given: str, other: str) -> bool:
    """Tell whether two words before a last name are those of two: no letters for words, no slip, no title."""
    from rapidfuzz.distance import OSA

    if given.isupper() or other.isupper() or other.lower() in STOP_WORDS:
        return False
    one, two = folded(given).lower(), folded(other).lower()
    return OSA.normalized_similarity(one, two) < NEARLY
