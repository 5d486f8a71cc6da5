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
from footnote.rag.answer.cited import Place
from footnote.rag.answer.question import AnswerKind, Question
from footnote.rag.answer.table_rows import Row, plain, shown
from footnote.rag.answer.table_statements import Statement, compared, named_in_full, statements
from footnote.rag.check.judge import CONTRADICTED, ENTAILED, NOT_SAID, Judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.types import Passage

WEIGHTS = Path(__file__).with_name("table_answer.onnx")
# How sure a statement is, from its log-odds and its lead over the best that says something else, both up
# to MOST, from how many words of the question are left that nothing of the table tells of, and whether it
# is exact: logistic regression on the 49 articles of `table_data/tuned` and `tuned_everyday` (n=796), which
# the model did not learn from; AUROC .851, a tenth left out in turn. What is told right and wrong of these at
# .65, .7, .75 and .8: of `tuned` cells 173, 165, 159, 143 and 19, 13, 11, 11, two rows 26, 26, 20, 18 and 1,
# 1, 1, 0, rows of a rank 108, 106, 103, 82 and 20, 18, 16, 12; of `tuned_everyday` cells 57, 54, 47, 37 and
# 18, 16, 11, 9. More signs (the reader's and the judge's opinion, cosines, whether it is of a rank, of two
# rows, or of a row that is not named) gained .003 or nothing.
SIGN_WEIGHTS, BIAS = (0.14, 0.195, -0.332, 0.781), -0.993
MOST, MOST_LEFT = 10.0, 3
SURE = 0.7
NEAR = 0.3  # from here the row comes first of what is closest, and a sentence must be surer to answer
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


def told_by_table(
    question: Question, rows: Sequence[Row], check: SupportChecker, passages: Sequence[Passage]
) -> Draft | None:
    """Return the rows that answer, and the cell if it is one; None if there is none.

    The draft has no sentences where the cell that is asked for is empty, only a word on that, nor where it is
    not clear which one answers, only the row that likeliest does. A row that no word of the question names
    does not answer where `passages` beside its table speak of what is asked for: “beans follow in May” beside
    a table that has peas.
    """
    if question.kind in NEVER or not question.terms:
        return None
    found = fitting(question, rows)
    sure = sureness(question, found)
    if sure < NEAR:
        return None
    best = found[0].statement
    if sure < SURE or (best.is_unnamed and _told_beside(question, best, passages)):
        row = best.rows[0]
        return Draft((), (), sure, row=Place(row.passage, row.start, row.start + len(row.line)))
    if best.is_of_nothing:
        of = plain(best.rows[0].cells[best.by[0]].text)
        return Draft((), (), 0.0, told=f"The table has no “{best.cell.head}” for “{of}”.")
    draft = shown(best.rows, best.cell if len(best.rows) == 1 else None, check, sure)
    if len(best.rows) > 1:
        return replace(draft, told=_compared(best))
    if not best.rank:
        return draft
    head = best.rows[0].cells[best.by[0]].head
    among = "its table" if best.is_of_all else "those of its table that give one"
    return replace(draft, told=f"This is the row with the {best.rank} “{head}” of {among}.")


def _compared(best: Statement) -> str:
    head = best.cell.head
    cells = [next(c.text for c in row.cells if c.head == head) for row in best.rows]
    return compared(head, [plain(row.cells[best.by[0]].text) for row in best.rows], cells)


def sureness(question: Question, found: Sequence[Scored]) -> float:
    """Return the probability that the first of some statements, the likeliest first, answers; 0 of none."""
    if not found:
        return 0.0
    odds = sum(w * s for w, s in zip(SIGN_WEIGHTS, signs(question, found), strict=True)) + BIAS
    return 1 / (1 + math.exp(-odds))


def signs(question: Question, found: Sequence[Scored]) -> tuple[float, float, int, bool]:
    """Return what tells whether the first of some statements answers.

    Its log-odds, its lead over the best that says something else, how many words of the question are left
    that nothing of the table tells of, and whether it is exact.
    """
    best = found[0]
    other = next((one.odds for one in found[1:] if _says_else(one.statement, best.statement)), -math.inf)
    terms = frozenset(question.terms)
    left = min(len(_left(terms, best.statement)), MOST_LEFT)
    exact = not left and best.statement.is_in(terms)
    return min(best.odds, MOST), min(best.odds - other, MOST), left, exact


def _says_else(one: Statement, best: Statement) -> bool:
    if one.is_of_nothing:  # what is told need not be likelier by far than what is not
        return best.is_of_nothing and one.cell.head != best.cell.head
    return one.cell.text != best.cell.text or len(one.rows) != len(best.rows)


def _left(words: frozenset[str], statement: Statement) -> frozenset[str]:
    """Return the words that neither the names, the heads nor what stands above the table tell of."""
    return words - statement.named - statement.heads - statement.rows[0].context


def _told_beside(question: Question, statement: Statement, passages: Sequence[Passage]) -> bool:
    left = _left(frozenset(question.terms), statement) - frozenset(content_stems(statement.text))
    own = statement.rows[0].passage.article_id
    lines = (line for p in passages if p.article_id == own for line in p.text.split("\n"))
    return any(left & frozenset(content_stems(line)) for line in lines if not cells_of(line))


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
