"""Answers from tables: the statement that answers a question, with the whole row of its cell as the quote.

A cross-encoder reads the question beside each thing that the tables say (`table_statements`) and scores how
likely that answers; `footnote.evals.tools.train_tables` trained it. What it scores too low, or hardly higher
than something else, does not answer, and neither does a row beside which a name or a number is left in the
question that nothing of its table tells of.
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from footnote.ingest.text.cells import cells_of
from footnote.ingest.text.words import content_stems
from footnote.rag.answer.candidates import Draft
from footnote.rag.answer.question import AnswerKind, Question
from footnote.rag.answer.table_rows import Row, plain, shown
from footnote.rag.answer.table_statements import Statement, named_in_full, statements
from footnote.rag.check.judge import CONTRADICTED, ENTAILED, NOT_SAID, Judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.check.support import SupportChecker

WEIGHTS = Path(__file__).with_name("table_answer.onnx")
# How sure a statement is, from its log-odds and its lead over the best that says something else, both up
# to MOST, from how many words of the question are left that nothing of the table tells of, and whether it
# is exact: logistic regression on the 33 articles of `table_data/tuned` (n=550), which the model did not
# learn from. Right and wrong there, articles left out in turn, at SURE: of 226 cells and what is told as
# one 155 and 22, of 32 comparisons 18 and 0; of 160 extremes, which are told from SURE_OF_RANK, 100 and
# 9. From 0.7 163, 21, 117 right and 25, 0, 13 wrong; from 0.8 148, 16, 107 and 16, 0, 11, and of 84
# questions of somebody who knew neither tables nor code two fewer right, as many wrong. Where the lead is
# of log-odds that are cut at 13.8, AUROC is .869, not .884. More signs (the reader's and the judge's
# opinion, cosines, whether it is of a rank or of two rows) gain .003 or nothing.
ODDS_WEIGHT, LEAD_WEIGHT, LEFT_WEIGHT, EXACT_WEIGHT, BIAS = 0.132, 0.256, -0.074, 1.79, -1.605
MOST, MOST_LEFT = 10.0, 3
SURE, SURE_OF_RANK = 0.75, 0.85
MOST_READ = 64  # statements; of more the rows that are named best
TITLE_WORDS = 10
NEVER = (AnswerKind.REASON,)


class Scored(NamedTuple):
    """A statement and the log-odds that it answers."""

    odds: float
    statement: Statement


@functools.cache
def table_reader() -> Judge:
    """Return the model that comes with Footnote."""
    return Judge(WEIGHTS)


def scored(question: Question, rows: Sequence[Row], reader: Judge | None = None) -> list[Scored]:
    """Return what the tables say, the likeliest answer first."""
    said = statements(question, rows)[:MOST_READ]
    if not said:
        return []
    told = (reader or table_reader())(question.text, [as_read(one) for one in said])
    # Not by `log_odds`, which is level from 13.8: of two that are both that likely one is still the likelier.
    odds = told[:, ENTAILED] - np.logaddexp(told[:, CONTRADICTED], told[:, NOT_SAID])
    return sorted(map(Scored, odds.tolist(), said), key=lambda one: -one.odds)


def fitting(question: Question, rows: Sequence[Row], reader: Judge | None = None) -> list[Scored]:
    """Return what is scored without that beside which a name or a number of the question is left."""
    return [
        one
        for one in scored(question, rows, reader)
        if not _left(question.names, one.statement) - frozenset(content_stems(one.statement.text))
    ]


def as_read(statement: Statement) -> str:
    """Return a statement with the title of its article, as the model reads it."""
    title = statement.rows[0].passage.title.split()
    return f"{' '.join(title[:TITLE_WORDS])}: {statement.text}"


def told_by_table(question: Question, rows: Sequence[Row], check: SupportChecker) -> Draft | None:
    """Return the rows that answer, and the cell if it is one; None if none is clear.

    Where the cell that is asked for is empty, the draft has no sentences, only a word on that.
    """
    if question.kind in NEVER or not question.terms:
        return None
    found = fitting(question, rows)
    sure = sureness(question, found)
    if not found or sure < (SURE_OF_RANK if found[0].statement.rank else SURE):
        return None
    best = found[0].statement
    if best.is_of_nothing:
        of = plain(best.rows[0].cells[best.by[0]].text)
        return Draft((), (), 0.0, told=f"The table has no “{best.cell.head}” for “{of}”.")
    draft = shown(best.rows, best.cell if len(best.rows) == 1 else None, check, sure)
    if not best.rank:
        return draft
    head = best.rows[0].cells[best.by[0]].head
    among = "its table" if best.is_of_all else "those of its table that give one"
    return replace(draft, told=f"This is the row with the {best.rank} “{head}” of {among}.")


def sureness(question: Question, found: Sequence[Scored]) -> float:
    """Return the probability that the first of some statements, the likeliest first, answers; 0 of none."""
    if not found:
        return 0.0
    best = found[0]
    other = next((one.odds for one in found[1:] if _says_else(one.statement, best.statement)), -math.inf)
    signs = ODDS_WEIGHT * min(best.odds, MOST) + LEAD_WEIGHT * min(best.odds - other, MOST)
    terms = frozenset(question.terms)
    left = min(len(_left(terms, best.statement)), MOST_LEFT)
    signs += LEFT_WEIGHT * left + EXACT_WEIGHT * (not left and best.statement.is_in(terms))
    return 1 / (1 + math.exp(-signs - BIAS))


def _says_else(one: Statement, best: Statement) -> bool:
    if one.is_of_nothing:  # what is told need not be likelier by far than what is not
        return best.is_of_nothing and one.cell.head != best.cell.head
    return one.cell.text != best.cell.text or len(one.rows) != len(best.rows)


def _left(words: frozenset[str], statement: Statement) -> frozenset[str]:
    """Return the words that neither the names, the heads nor what stands above the table tell of."""
    return words - statement.named - statement.heads - statement.rows[0].context


def passes_by(question: Question, rows: Sequence[Row], best: Candidate, *, is_empty: bool = False) -> bool:
    """Tell whether a question names a row that does not answer it, and a sentence says nothing of that.

    Where the table says nothing of “How much lead did the allotment sell?”, the text beside it, on the limit
    of lead, says less. Elsewhere only a name is sure to be the same thing, unless the cell that is asked for
    is there and `is_empty`.
    """
    above = (line for line in best.above.split("\n") if not cells_of(line))
    about = frozenset(s for text in (*best.before, *above) for s in content_stems(text))
    said = best.stems.union(best.around, about)
    return any(
        not words & said
        and (is_empty or words <= question.names or row.passage.article_id == best.passage.article_id)
        for row, words in named_in_full(question, rows)
    )
