"""The default answerer: the one to three sentences that answer, verbatim, with their offsets.

No language model: sentences of the retrieved paragraphs are ranked for the question, the best are shown as
they stand, and a calibrated confidence in the best decides whether to answer at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.ingest.text.sentences import Span
from footnote.rag.answer.across_articles import newer_first, not_outdated
from footnote.rag.answer.candidates import Candidate, Draft
from footnote.rag.answer.choose import choose, cite
from footnote.rag.answer.namesake import namesake
from footnote.rag.answer.other_year import of_another_year
from footnote.rag.answer.question import AnswerKind, Question, analyse
from footnote.rag.answer.rank import confidence, rank
from footnote.rag.answer.reader import understood
from footnote.rag.answer.refusal import senseless
from footnote.rag.answer.short_answer import short_answer
from footnote.rag.answer.table_answer import passes_by, told_by_table
from footnote.rag.answer.table_rows import data_rows, without_rows
from footnote.rag.english.correction import asks_of_correction, withdraws
from footnote.rag.types import Citation, CitedSentence, ShortAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.ingest.encoder.encoder import Encoder
    from footnote.rag.answer.reader import Reader
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Understood

NAME = "extractive"
SHORT_FROM = 0.0  # the reader's log-odds from which its answer is pointed at
# How sure an answer is from which its words are pointed at. Of those pointed at in 300 questions of SQuAD 2.0
# (five articles) 104 are right and 78 wrong; from .5 103 and 64, from .6 101 and 52, from .7 96 and 37. On
# COVID-QA (220), which did not choose it, 77 and 52 become 72 and 42.
SHORT_SURE = 0.6
SHORT_WORDS = 8  # a longer answer is no short one
NEVER_SHORT = (AnswerKind.REASON, AnswerKind.YES_NO)


def answer(
    question: Understood,
    retrieved: Retrieved,
    check: SupportChecker,
    encoder: Encoder,
    reader: Reader | None = None,
) -> Draft:
    """Return the sentences that answer `question` best, and how likely it is that they do.

    The reader reads for the question without its topic. The draft has no sentences when nothing was
    retrieved; it is sure of nothing when no word of the question is known to anybody.
    """
    asked = analyse(str(question))
    rows = data_rows(retrieved)

    told = (
        told_by_table(asked, rows, check, retrieved.passages)
        if rows and understood(question.question)
        else None
    )
    if told is not None and told.sentences:
        return replace(told, passages=retrieved.passages)
    empty, row = (told.told, told.row) if told is not None else ("", None)
    ranking = rank(asked, without_rows(retrieved, rows), reader, question.question)
    if not ranking.candidates:
        return Draft((), (), 0.0, passages=ranking.passages, told=empty, row=row)
    ranked = newer_first(asked.text, _in_force(asked.text, ranking.candidates))
    ranked, missed = _of_what_is_asked(asked, ranked)
    current = not_outdated(ranked)
    chosen = choose(asked, current)
    sentences, citations = cite(chosen.sentences, check)
    # The reader has learnt from questions only: of what is no word it would be as sure.
    nothing = missed or passes_by(asked, rows, ranked[0], is_empty=bool(empty))
    nothing = nothing or senseless(asked.text, retrieved.frequencies, encoder)
    sure = 0.0 if nothing else confidence(ranked[0], question.question)
    if told is not None and sure < told.confidence:
        sure = 0.0  # the row is likelier, and not sure enough
    pointed = sure >= SHORT_SURE and not chosen.several
    short = _short(asked, ranked[0], sentences, citations) if pointed else None
    return Draft(sentences, citations, sure, short, tuple(ranked), ranking.passages, empty, row)


def _in_force(question: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without notes of what an article withdraws, unless these may be asked for."""
    said = [c for c in ranked if not withdraws(c.text)]
    return said if said and not asks_of_correction(question) else list(ranked)


def _of_what_is_asked(question: Question, ranked: Sequence[Candidate]) -> tuple[list[Candidate], bool]:
    """Return the candidates without those on another of the name or year; and whether only such answer."""
    others = {c.place for c in ranked if namesake(question.text, c.text) or of_another_year(question.text, c)}
    kept = [c for c in ranked if c.place not in others]
    missed = ranked[0].place in others and not (kept and kept[0].signs.margin > 0)
    return kept or list(ranked), missed


def _short(
    question: Question, best: Candidate, shown: Sequence[CitedSentence], citations: Sequence[Citation]
) -> ShortAnswer | None:
    """Return the short answer in the best sentence, which may stand behind the one that it leans on."""
    article, paragraph, start = best.place
    own = {
        c.number
        for c in citations
        if (c.article_id, c.paragraph) == (article, paragraph) and start <= c.quote_start < best.span.end
    }
    number = next(n for n, s in enumerate(shown) if s.citations[0] in own)
    text = shown[number].text
    span = _read_span(question, best, text) or short_answer(question, text)
    if span is None or namesake(question.text, _clause(text, span)):
        return None
    return ShortAnswer(text[span.start : span.end], number, span.start, span.end)


def _clause(text: str, span: Span) -> str:
    """Return the part between semicolons that a span stands in."""
    end = text.find(";", span.end)
    return text[text.rfind(";", 0, span.start) + 1 : len(text) if end < 0 else end]


def _read_span(question: Question, best: Candidate, text: str) -> Span | None:
    """Return where the reader's answer stands in the sentence as shown, when the reader is sure enough."""
    if best.reading is None or best.reading.margin < SHORT_FROM or question.kind in NEVER_SHORT:
        return None
    said = best.passage.text[best.reading.start : best.reading.end]
    start = text.find(said)
    return None if start < 0 or len(said.split()) > SHORT_WORDS else Span(start, start + len(said))
