"""Two questions in one: “When does it come out and what will it cost?” Each is answered by itself.

Each must be a question of its own in form: “Who founded and led the party?”, “the aims and methods” and
“… and what other group” stay whole. Of 6,116 questions of squad2_dev, covidqa_dev and mtrag_dev six are
parted, of 87,636 of SQuAD 1.0 train some twenty; nearly all of these are two questions.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.rag.english.lists import AUXILIARY
from footnote.rag.types import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footnote.rag.types import Citation, CitedSentence

MOST = 3
_BEFORE = r"(?:(?:for|by|in|at|on|to|from|with|of|since|until) )?"
_WORD = r"(?:who|whom|whose|what|which|when|where|why|how)"
_NOUNED = r"(?:how (?:much|many)|what|which|whose) [\w’'-]+(?: (?:of )?[\w’'-]+){0,2}"
_SUBJECT = r"(?:it|they|he|she|there|this|that|these|those)"
# A question by itself: “when does it …”, “how many of them were …”, “who scored …”, “is it …”.
WHOLE = (
    rf"(?:{_BEFORE}(?:{_WORD}|how [\w’'-]+|{_NOUNED}) {AUXILIARY}\b"
    rf"|who (?!else\b|and\b|or\b)[\w’'-]+|{AUXILIARY} {_SUBJECT}\b)"
)
# What is left of one that shares its clause with the first: “, and for how much?”, “and why?”
BARE = rf"{_BEFORE}(?:how (?:much|many|long|often|far|old|soon)|whom|why|when|where|how)$"
SECOND = re.compile(
    rf"(?:[?;] (?:(?:and|but|also) )?|[,;]? (?:and|but) (?:also )?)(?={WHOLE}|{BARE})", re.IGNORECASE
)
ALONE = re.compile(BARE, re.IGNORECASE)
ASKING = re.compile(rf"^{_BEFORE}(?:how (?:much|many|long|often|far|old|soon)|{_WORD}) ", re.IGNORECASE)
# “Which animals” asks nothing yet, and “where” of “where and when did it begin?” neither.
FIRST = re.compile(
    rf"^(?:and |so |but )?(?:who [\w’'-]+|{_BEFORE}(?:{_WORD}|{AUXILIARY})(?: [\w’'-]+){{2}})",
    re.IGNORECASE,
)


SHORT_IS = re.compile(r"\b(who|what|where|when|how)['’]s\b", re.IGNORECASE)


def parts(question: str) -> tuple[str, ...]:
    """Return the questions that a question is made of; itself alone where it is one.

    >>> parts("When does it come out and what will it cost?")
    ('When does it come out?', 'What will it cost?')
    >>> parts("When was the dock sold, and by whom?")
    ('When was the dock sold?', 'By whom was the dock sold?')
    >>> parts("Who founded and led the party?")
    ('Who founded and led the party?',)
    """
    text = SHORT_IS.sub(r"\1 is", question.strip())
    pieces: list[str] = []
    start = 0
    for match in SECOND.finditer(text.rstrip(" ?.!")):
        piece = text[start : match.start()]
        if not FIRST.match(piece) and not pieces:
            return (question,)
        pieces.append(piece)
        start = match.end()
    if not 0 < len(pieces) < MOST:
        return (question,)
    clause = ASKING.sub("", pieces[0]) if ASKING.match(pieces[0]) else f"{text[0].lower()}{pieces[0][1:]}"
    return tuple(_asked(piece, clause) for piece in [*pieces, text[start:]])


def _asked(piece: str, clause: str) -> str:
    """Return a part as a question; a bare one is asked of the clause of the first."""
    piece = piece.strip(" ?.!,;")
    if ALONE.fullmatch(piece):
        piece = f"{piece} {clause}"
    return f"{piece[:1].upper()}{piece[1:]}?"


def together(replies: Mapping[str, Answer | Refusal]) -> Answer | None:
    """Return one answer of the replies to the parts; None where no part is answered.

    A sentence that answers two parts stands once, and a notice names each part that is not answered.
    """
    answers = [r for r in replies.values() if isinstance(r, Answer)]
    if not answers:
        return None
    sentences: dict[str, CitedSentence] = {}
    citations: dict[tuple[str, int, int, int], Citation] = {}
    for answer in answers:
        numbers: dict[int, int] = {}
        for c in answer.citations:
            place = (c.article_id, c.paragraph, c.quote_start, c.quote_end)
            kept = citations.setdefault(place, replace(c, number=len(citations) + 1))
            numbers[c.number] = kept.number
        for s in answer.sentences:
            sentences.setdefault(s.text, replace(s, citations=tuple(numbers[n] for n in s.citations)))
    missing = [f"No answer was found to “{p}”" for p, r in replies.items() if isinstance(r, Refusal)]
    first = next(iter(replies.values()))
    return replace(
        answers[0],
        sentences=tuple(sentences.values()),
        citations=tuple(citations.values()),
        notices=tuple(dict.fromkeys([n for a in answers for n in a.notices] + missing)),
        confidence=min(a.confidence for a in answers),
        short_answer=answers[0].short_answer if len(answers) == 1 else None,
        yes_no=first.yes_no if isinstance(first, Answer) else None,
    )
