"""Answers from a whole column: which row of a table has the most or the least, where that is exact.

A table answers so only if all of it was found, every row has a plain figure in the one column that the
question names, and nothing in the question is left that neither the table nor what stands above it tells of.
Of 24 questions (`evals.tools.bench_tables`) none was answered without it; 20 were when it was first run, 22
since what they showed was mended. No row is wrong, nor is one shown for the six that no column answers.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from footnote.ingest.text.words import content_stems, stem
from footnote.rag.answer.table_rows import (
    HEADED,
    MOST_ROWS,
    Fit,
    asked_columns,
    may_ask_key,
    shown,
    words_left,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.rag.answer.question import Question
    from footnote.rag.answer.table_rows import Row, Told
    from footnote.rag.check.support import SupportChecker

# What each asks for: more or less of a column, and of which, where the word itself says so.
MOST = {"most": "", "highest": HEADED["high"], "largest": "", "biggest": "", "greatest": ""}
LEAST = {"least": "", "fewest": "", "lowest": "", "smallest": "", "cheapest": "price"}
LEAST |= {"shortest": "length", "coldest": "temperature", "lightest": "weight", "shallowest": "depth"}
MOST |= {"tallest": HEADED["tall"], "longest": HEADED["long"], "deepest": HEADED["deep"]}
MOST |= {"widest": HEADED["wide"], "heaviest": HEADED["heavy"], "warmest": HEADED["warm"]}
MOST |= {"hottest": HEADED["hot"], "farthest": HEADED["far"], "dearest": "price"}
EXTREME = re.compile(rf"\b(?:{'|'.join((*MOST, *LEAST))})\b", re.IGNORECASE)
DEAR = frozenset(map(stem, ("expensive", "costly")))
FIGURE = re.compile(r"[^\w\s.,-]?(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s?(?:%|[^\W\d]{1,3})?")
OF_ALL = re.compile(r"(?:(?:sub|grand )?totals?|sum|all|overall|average|mean)\b", re.IGNORECASE)
PART = 1_000  # characters of the rows of a long table in one paragraph; with less, no more follow


def told_by_column(question: Question, rows: Sequence[Row], check: SupportChecker) -> Told | None:
    """Return the row that has the most or the least of what a question asks for; None if it is not sure."""
    found = EXTREME.findall(question.text)
    if len(found) != 1:
        return None
    word = found[0].lower()
    best = [fits for table in _tables(rows) if (fits := _extreme(question, table, word))]
    return shown(best[0], check) if len(best) == 1 and len(best[0]) <= MOST_ROWS else None


def _tables(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows of each table that lies in one paragraph."""
    for passage, own in groupby(rows, key=lambda row: row.passage):
        found = [row for row in own if not OF_ALL.match(row.cells[0].text)]
        if (
            len({row.cells[0].head for row in found}) == 1
            and len(found) > 1
            and _is_whole(found, len(passage.text))
        ):
            yield found


def _is_whole(rows: Sequence[Row], length: int) -> bool:
    """Tell whether neither the paragraph before nor one behind may have more rows of a table."""
    longest = max(len(row.line) for row in rows)
    return length + longest < PART and not rows[0].goes_on


def _extreme(question: Question, rows: Sequence[Row], word: str) -> list[Fit]:
    """Return the rows of a table that have the most or the least of the one column that is asked for."""
    row = max(rows, key=lambda one: len(one.cells))  # others may have empty cells
    terms = frozenset(question.terms) - {stem(word)}
    if terms & DEAR:
        terms = terms - DEAR | {stem("price")}
    columns = asked_columns(row, range(1, len(row.cells)), terms.union(content_stems((MOST | LEAST)[word])))
    if len(columns) != 1 or not may_ask_key(row, terms):
        return []
    head = row.cells[columns[0]].head
    heads = frozenset(s for text in (row.cells[0].head, head) for s in content_stems(text))
    if words_left(terms - heads, row, heads):
        return []
    told = [next((c.text for c in one.cells[1:] if c.head == head), "") for one in rows]
    values = [float(found[1].replace(",", "")) for text in told if (found := FIGURE.fullmatch(text))]
    if len(values) < len(rows):
        return []
    best = min(values) if word in LEAST else max(values)
    return [
        Fit(one, frozenset(), 0, frozenset())
        for one, value in zip(rows, values, strict=True)
        if value == best
    ]
