"""A sentence on another year than the one asked about: what Saab lost in 2004 where 2005 is asked about.

A year of the question that neither the paragraph nor the one above it nor the title names, though they name
others, is not told of there. Of the paragraphs that answer a question with a year it takes 0 of 88 (SQuAD
2.0's development set), 0 of 34 (COVID-QA) and 108 of 6,828 (SQuAD 1.0 train) for such; of those that SQuAD
2.0's unanswerable questions were asked on, 27 of 110. Such shares were looked at before it was written; none
of its terms was chosen by them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footnote.rag.answer.candidates import Candidate

YEAR = re.compile(r"(?<![\d.,£$€])(1\d{3}|20\d\d)(?![\d%]|[.,]\d)")
SPAN = re.compile(r"\b(1\d{3}|20\d\d) ?(?:s\b|(?:[-–/]|to|until|and) ?(1\d{3}|20\d\d|\d\d)\b)")
DECADE = 10


def of_another_year(question: str, candidate: Candidate) -> bool:
    """Tell whether a sentence stands where other years are told of than the one that is asked about."""
    asked = set(map(int, YEAR.findall(question)))
    if not asked:
        return False
    passage = candidate.passage
    told = years(f"{passage.title} {passage.section} {candidate.above} {passage.text}")
    if passage.date:  # “last year” and “next year” are as near
        of = int(passage.date[:4])
        told |= {of - 1, of, of + 1}
    return bool(told) and not asked & told


def years(text: str) -> set[int]:
    """Return the years that a text names, one by one, by a decade or within a span.

    >>> sorted(years("From 1914 to 1918, and in 2004/05, but of £2000 and 1,985 nothing."))
    [1914, 1915, 1916, 1917, 1918, 2004, 2005]
    """
    found = set(map(int, YEAR.findall(text)))
    for first, last in SPAN.findall(text):
        start = int(first)
        end = int(first[: -len(last)] + last) if last else start + DECADE - 1
        found |= set(range(start, end + 1))
    return found
