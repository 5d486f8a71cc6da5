"""What a name looks like in English: a capitalised word, or a run of them.

Who reads names otherwise has a reason: `footnote.rag.english.antecedent` wants names of people,
without digits and inner capitals; `footnote.rag.check.local_part` reads a word of an aligned text by those
beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footnote.ingest.text.word_lists import MONTHS, WEEKDAYS, either
from footnote.ingest.text.words import STOP_WORDS
from footnote.rag.english.lists import words

if TYPE_CHECKING:
    from collections.abc import Iterator

# A capitalised word: “Ada”, “O’Neill”, “NATO”, “B-52”.
NAME = re.compile(r"(?<![\w’'])[A-Z][\w’'.-]*[\w]")


def run(joint: str, times: str) -> re.Pattern[str]:
    """Return a pattern of capitalised words in a row, with `joint` between them."""
    return re.compile(rf"{NAME.pattern}(?:{joint}{NAME.pattern}){times}")


# Names of two words or more, “Bank of England”; of one or more, “Ludwig van Beethoven”, “Ada Venn”.
NAME_RUN = run(r" (?:of |the )?", "+")
JOINED_RUN = run(r"(?: (?:of|de|van|von|the|der|den|al|and the|of the))? ", "*")
PLAIN_RUN = run(" ", "*")

# A name with one of these words is a body's, a place's, an event's or a day's.
NOT_PEOPLE = re.compile(
    rf"\b{either(words('bodies_and_places') | {w.capitalize() for w in (*MONTHS, *WEEKDAYS)} | {'The'})}\b"
)


def capitalised(text: str) -> Iterator[re.Match[str]]:
    """Yield the capitalised words of a text that are no common word."""
    return (m for m in NAME.finditer(text) if m[0].lower() not in STOP_WORDS)


def name_runs(text: str) -> list[re.Match[str]]:
    """Return the runs of capitalised words that do not only open a sentence.

    >>> [m[0] for m in name_runs("Yesterday the Kremlin called. Ada Venn left.")]
    ['Kremlin', 'Ada Venn']
    """
    found = []
    for m in PLAIN_RUN.finditer(text):
        named = [w for w in m[0].split() if w.lower() not in STOP_WORDS]
        opens = m.start() == 0 or text[: m.start()].rstrip(' “"').endswith((".", "!", "?"))
        if named and not (opens and len(named) == 1):
            found.append(m)
    return found
