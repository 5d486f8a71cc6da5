"""Answers from tables: the one cell whose row and column a question names, with its whole row as the quote.

To a reader of sentences all rows of a table are alike; the row beside the right one is shown as easily.
Here a row answers only if the question names it, and its column, and asks for nothing that neither they nor
what stands above the table tells of; or if the reader finds the answer in the one cell, put as a sentence.
Of 206 questions on 30 tables 187 get the right cell, one a wrong sentence from beside a table; of 36 asked
when that was done 28, none a wrong one (`evals.tools.bench_tables`). Of the 206 are lost without MONEY 5,
HEADED 4, LIGHT 3, READ_ALONE 13; without `passes_by` 2 more of 76 that no cell answers are answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from footnote.ingest.text.cells import APART, RowCell, cells_of
from footnote.ingest.text.words import content_stems, stem
from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.answer.question import AnswerKind, Question, has_answer_kind
from footnote.rag.types import ShortAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footnote.rag.answer.candidates import Candidate
    from footnote.rag.answer.reader import Reading
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.find.sentence import Sentence
    from footnote.rag.types import Citation, CitedSentence, Passage

SURE = 0.9  # what a cell that a question names is worth beside sentences, whose confidence is fitted
READ_FROM = 0.0  # the reader's log-odds that a row answers; 24 that no cell answers lay below -0.6
# The reader's log-odds that a cell answers that it reads alone, as a sentence. Of those that it was chosen on
# the highest for a question that no cell answers is 3.2, the next 2.9.
READ_ALONE = 3.3
LEAD_ALONE = 3.0  # of the best cell of a row over the others
NEVER_READ = -12.0
MOST_CELLS = 12  # of a row that are read
STOPS = frozenset('.!?…:”"’)')
MOST_LEFT = 2  # words of a question that the reader may answer for
SHORTEST_ROOT = 3  # letters
LONGEST_CELL = 6  # words; a longer one is a sentence like others
MOST_ROWS = 4  # that one question names
MOST_BEFORE = 400  # characters of what leads to a table
CAPTION = re.compile(r"(?:table|tab\.|figure|fig\.)\s*\d", re.IGNORECASE)
GROUP = re.compile(r"\s\([^()]*\)$")  # that a row is of, behind its name
RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹ᵃ-ᶻʰʲˡʳˢʷˣʸ*†‡§]+$")
DIGIT = re.compile(r"\d")
LETTERS = re.compile(r"[^\W\d_]{2}")
NEVER = (AnswerKind.REASON, AnswerKind.YES_NO)
LIGHT = frozenset(map(stem, "get got come came go went make made find found".split()))  # they say little
# The head of a column that “how high” asks for.
HEADED = dict(
    pair.split(":")
    for pair in (
        "high:height tall:height long:length far:distance deep:depth wide:width heavy:weight old:age "
        "warm:temperature hot:temperature cold:temperature"
    ).split()
)
DEGREE = re.compile(rf"\bhow ({'|'.join(HEADED)})\b", re.IGNORECASE)
MONEY = frozenset(
    map(stem, "price cost pay paid spend spent budget expensive charge worth fee earn wage salary".split())
)


class Row(NamedTuple):
    """A row of a table in a retrieved paragraph, and where in it the row stands."""

    passage: Passage
    start: int
    line: str
    cells: tuple[RowCell, ...]
    context: frozenset[str]  # stems of what stands above: title, section, caption, the paragraph before
    goes_on: bool = False  # whether the paragraph before has rows, too

    @property
    def is_data(self) -> bool:
        """Tell whether no cell but the first reads as a sentence does."""
        return all(len(cell.text.split()) <= LONGEST_CELL for cell in self.cells[1:])


@dataclass(frozen=True)
class Fit:
    """How a row fits a question: the cells that it names, and the one that it asks for."""

    row: Row
    named: frozenset[str]
    asked: int
    left: frozenset[str]  # words of the question that nothing of it tells of
    headed: bool = True  # whether the question names the head of the cell

    @cached_property
    def cell(self) -> RowCell:
        """The cell asked for."""
        return self.row.cells[self.asked]

    @property
    def is_sure(self) -> bool:
        """Tell whether the question names all of it and nothing else."""
        return self.headed and not self.left

    def alone(self) -> tuple[str, int]:
        """Return the cell as a sentence of its own, and where in that it stands."""
        named = (c.text for c in self.row.cells if self.named.intersection(content_stems(c.text)))
        before = f"The {self.cell.head or 'value'} of {' and '.join(named)} is "
        return f"{before}{self.cell.text}.", len(before)

    @property
    def column(self) -> tuple[str, str]:
        """Its article and the head of the cell."""
        return self.row.passage.article_id, self.cell.head

    @property
    def place(self) -> tuple[str, int, int, int]:
        """Where the cell stands."""
        passage = self.row.passage
        return passage.article_id, passage.paragraph, self.row.start, self.asked


class Reads(NamedTuple):
    """How the reader is asked: of the sentences of whole passages, and of passages that are one sentence."""

    rows: Callable[[tuple[Passage, ...]], Sequence[Candidate]]
    sentences: Callable[[Sequence[Passage]], Sequence[Reading | None]]


@dataclass(frozen=True, slots=True)
class Told:
    """What tables answer."""

    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    short: ShortAnswer | None


def data_rows(retrieved: Retrieved) -> list[Row]:
    """Return the rows of data in what was retrieved."""
    return [
        row
        for passage in retrieved.passages
        for row in _rows(passage, retrieved.before.get((passage.article_id, passage.paragraph), ""))
        if row.is_data
    ]


def without_rows(retrieved: Retrieved, rows: Sequence[Row]) -> Retrieved:
    """Return what was retrieved without its rows of data, which answer by their heads or not at all."""
    kept: dict[tuple[str, int], tuple[Sentence, ...]] = {}
    near = {(row.passage.article_id, row.passage.paragraph + step) for row in rows for step in (-1, 1)}
    for passage in retrieved.passages:
        if (passage.article_id, passage.paragraph) in near and _is_caption(passage.text):
            kept[passage.article_id, passage.paragraph] = ()
    for passage, own in groupby(rows, key=lambda row: row.passage):
        spans = [(row.start, row.start + len(row.line)) for row in own]
        said = retrieved.sentences_in(passage)
        kept[passage.article_id, passage.paragraph] = tuple(s for s in said if not _is_of_table(s, spans))
    return replace(retrieved, sentences={**retrieved.sentences, **kept})


def _is_caption(text: str) -> bool:
    """Tell whether a paragraph beside a table only says what that is."""
    return CAPTION.match(text) is not None or ("\n" not in text and text.rstrip()[-1:] not in STOPS)


def _is_of_table(sentence: Sentence, spans: Iterable[tuple[int, int]]) -> bool:
    inside = any(start <= sentence.span.start < end for start, end in spans)
    return inside or sentence.text[-1] not in STOPS


def told_by_table(
    question: Question,
    rows: Sequence[Row],
    check: SupportChecker,
    reads: Reads,
) -> Told | None:
    """Return the cell that a question asks for, or the rows of what it names; None if none is clear.

    `reads` is asked where row and column are named and a word or two are left, as in “How much cheese went to
    France?”, and where the row alone is named, as in “When does train 411 leave?”.
    """
    if question.kind in NEVER or not question.terms:
        return None
    fits = _fits(question, rows)
    fits = _read(fits, reads) if all(fit.headed for fit in fits) else _read_alone(fits, reads)
    fits = _best(fits)
    return shown(fits, check) if fits else None


def passes_by(question: Question, rows: Sequence[Row], best: Candidate) -> bool:
    """Tell whether a question names a row that does not answer it, and a sentence says nothing of that.

    Where the table says nothing of “How much lead did the allotment sell?”, the text beside it, on the limit
    of lead, says less. Elsewhere, and where it names no column, only a name is sure to be the same thing.
    """
    above = (line for line in best.above.split("\n") if not cells_of(line))
    about = frozenset(s for text in (*best.before, *above) for s in content_stems(text))
    said = best.stems.union(best.around, about)
    return any(
        not fit.named & said
        and (
            fit.named <= question.names
            or (fit.headed and fit.row.passage.article_id == best.passage.article_id)
        )
        for fit in _fits(question, rows)
    )


def _rows(passage: Passage, before: str) -> Iterator[Row]:
    lines = [(line, cells_of(line)) for line in passage.text.split("\n")]
    if not any(cells for _, cells in lines):
        return
    above = [passage.title, passage.section, before[-MOST_BEFORE:]]
    above += [line for line, cells in lines if not cells]
    context = frozenset(s for text in above for s in content_stems(text))
    goes_on = bool(cells_of(before.rpartition("\n")[2]))
    start = 0
    for line, cells in lines:
        if cells:
            yield Row(passage, start, line, cells, context, goes_on)
        start += len(line) + 1


def _fits(question: Question, rows: Sequence[Row]) -> list[Fit]:
    """Return the fits of the rows that a question names best, to the last word or a few that are no names."""
    fits = _beside([fit for row in rows for fit in _fits_of(question, row)])
    fits = [
        fit for fit in fits if not fit.left or (len(fit.left) <= MOST_LEFT and not fit.left & question.names)
    ]
    fits = [fit for fit in fits if fit.headed] or fits
    most = max((len(fit.named) for fit in fits), default=0)
    best = [fit for fit in fits if len(fit.named) == most]
    least = min((len(fit.left) for fit in best), default=0)
    return [fit for fit in best if len(fit.left) == least]


def _beside(fits: Sequence[Fit]) -> list[Fit]:
    """Return the fits, none of which leaves a word that names another row of its table: “rye and oats”."""
    said: dict[tuple[str, str], frozenset[str]] = {}
    for fit in fits:
        said[fit.column] = said.get(fit.column, frozenset()) | fit.named
    return [replace(fit, left=fit.left - said[fit.column]) if fit.cell.head else fit for fit in fits]


def _read(fits: Sequence[Fit], reads: Reads) -> list[Fit]:
    """Return the fits that name all of a question, and those in which the reader, too, finds the answer."""
    unsure = [fit for fit in fits if not fit.is_sure]
    if not unsure:
        return list(fits)
    in_rows = {
        c.place: c.reading for c in reads.rows(tuple(dict.fromkeys(fit.row.passage for fit in unsure)))
    }
    alone = dict(zip(unsure, _odds(unsure, reads), strict=True))

    def is_read(fit: Fit) -> bool:
        reading = in_rows.get((*fit.place[:3],))
        start = fit.row.start + fit.cell.start
        there = reading is not None and _points_at(reading, start, fit) and reading.says >= READ_FROM
        return (there and len(fit.left) < MOST_LEFT) or alone[fit] >= READ_ALONE

    return [fit for fit in fits if fit.is_sure or is_read(fit)]


def _read_alone(fits: Sequence[Fit], reads: Reads) -> list[Fit]:
    """Return the one cell of a row in which the reader finds the answer, and in no other."""
    if len({fit.place[:3] for fit in fits}) > 1 or len(fits) > MOST_CELLS:
        return []
    found = sorted(zip(_odds(fits, reads), fits, strict=True), key=lambda told: -told[0])
    best, *others = (odds for odds, _ in found)
    return [found[0][1]] if best >= READ_ALONE and all(best - odds >= LEAD_ALONE for odds in others) else []


def _odds(fits: Sequence[Fit], reads: Reads) -> list[float]:
    """Return the log-odds that each cell answers when it is read as a sentence of its own."""
    told = [fit.alone() for fit in fits]
    passages = [replace(fit.row.passage, text=text) for fit, (text, _) in zip(fits, told, strict=True)]
    return [
        reading.says if reading is not None and _points_at(reading, start, fit) else NEVER_READ
        for reading, (_, start), fit in zip(reads.sentences(passages), told, fits, strict=True)
    ]


def _points_at(reading: Reading, start: int, fit: Fit) -> bool:
    return reading.start < start + len(fit.cell.text) and start < reading.end


def _best(best: Sequence[Fit]) -> list[Fit]:
    """Return the fits in their order; none if they are at odds: two cells of a row, two rows of one name."""
    same_row = len({fit.place[:3] for fit in best}) < len(best)
    named = {fit.named for fit in best}
    if same_row or len(named) < len(best) or len({fit.cell.head for fit in best}) > 1:
        return []
    return sorted(best, key=lambda fit: fit.row.start) if len(best) <= MOST_ROWS else []


def _fits_of(question: Question, row: Row) -> Iterator[Fit]:
    """Yield a fit for each column that a question may ask for of a row that it names."""
    terms = _terms(question, row)
    named = {n: said for n, cell in enumerate(row.cells) if (said := _named(cell, terms))}
    if 0 not in named and all(DIGIT.search(row.cells[n].text) for n in named):
        named = {n: said for n, said in named.items() if may_ask_key(row, terms)}
    if not named:
        return
    said = frozenset().union(*named.values())
    columns = [n for n in range(len(row.cells)) if n not in named]
    asked = asked_columns(row, columns, terms - said)
    for n in asked or (columns if 0 in named else ()):
        if _is_of_kind(question, row.cells[n]):
            heads = frozenset(s for m in (n, *named) for s in content_stems(row.cells[m].head))
            yield Fit(row, said, n, words_left(terms - said - heads, row, heads), bool(asked))


def _terms(question: Question, row: Row) -> frozenset[str]:
    """Return the stems of a question in the form that the row’s heads have: “teaches” for “Teacher”."""
    asked = frozenset(question.terms)
    if degree := DEGREE.search(question.text):
        asked = asked - {stem(degree[1].lower())} | {stem(HEADED[degree[1].lower()])}
    heads = {s for cell in row.cells for s in content_stems(cell.head)} - asked
    derived = {t: h for t in asked for h in heads if _is_derived(t, h)}
    return frozenset(derived.get(term, term) for term in asked)


def _is_derived(term: str, other: str) -> bool:
    short, long = sorted((term, other), key=len)
    return len(short) >= SHORTEST_ROOT and long.startswith(short) and term not in MONEY


def may_ask_key(row: Row, terms: frozenset[str]) -> bool:
    """Tell whether a question asks for what the row is of, by its head: “Which crop cost 905?”."""
    head = frozenset(content_stems(row.cells[0].head))
    return bool(head) and head <= terms


def _named(cell: RowCell, terms: frozenset[str]) -> frozenset[str]:
    """Return the words of a cell if a question has them all, with those in brackets that it has too."""
    text = RAISED.sub("", cell.text)
    own = frozenset(content_stems(APART.sub(" ", text)))
    return frozenset(content_stems(text)) & terms if own and own <= terms else frozenset()


def asked_columns(row: Row, columns: Sequence[int], terms: frozenset[str]) -> list[int]:
    """Return the columns whose heads a question names best; all of them where it names none."""
    if len(columns) < 2:
        return list(columns)
    moneyed = bool(terms & MONEY)

    def match(n: int) -> tuple[int, int]:
        head = frozenset(content_stems(APART.sub(" ", row.cells[n].head)))
        held = len(head & terms) + (moneyed and bool(head & MONEY) and not head & terms & MONEY)
        return held, -len(head - terms)

    best = max(map(match, columns))
    return [n for n in columns if match(n) == best] if best[0] else []


def _is_of_kind(question: Question, cell: RowCell) -> bool:
    """Tell whether a cell may answer a question of this kind."""
    number = bool(DIGIT.search(cell.text))
    match question.kind:
        case AnswerKind.COUNT | AnswerKind.NUMBER:
            return number
        case AnswerKind.PERSON:
            return LETTERS.search(cell.text) is not None
        case AnswerKind.TIME:
            return number or has_answer_kind(question, cell.text)
        case _:
            return True


def words_left(terms: frozenset[str], row: Row, heads: frozenset[str]) -> frozenset[str]:
    """Return the words of a question that neither the row nor what stands above it tells of."""
    left = terms - row.context - LIGHT
    return left - MONEY if (row.context | heads) & MONEY else left


def shown(fits: Sequence[Fit], check: SupportChecker) -> Told:
    """Return the rows of what was found, with the notes that they have the marks of; of one the cell, too."""
    lines = ((f, *told) for f in fits for told in ((f.row.start, f.row.line), *_notes(f)))
    units = (Unit(line, (Place(f.row.passage, start, start + len(line)),)) for f, start, line in lines)
    cell = fits[0].cell
    said = GROUP.sub("", cell.text) if not fits[0].asked else cell.text
    short = ShortAnswer(said, 0, cell.start, cell.start + len(said)) if len(fits) == 1 else None
    return Told(*cited(units, check), short)


def _notes(fit: Fit) -> Iterator[tuple[int, str]]:
    """Yield the note below a table that the cell or its head has the mark of, and where it stands."""
    marks = {found[0] for text in (fit.cell.text, fit.cell.head) if (found := RAISED.search(text))}
    start = 0
    for line in fit.row.passage.text.split("\n"):
        if any(line.startswith(mark) for mark in marks):
            yield start, line
        start += len(line) + 1
