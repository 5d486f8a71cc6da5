"""What several articles say of one thing: the newer on a story goes first, a disagreement is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footnote.ingest.text.languages import language_of
from footnote.ingest.text.words import content_stems
from footnote.rag.answer.disagreement import Statement, difference
from footnote.rag.english.dates import MONTH_ALONE, YEAR, readable_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footnote.rag.answer.candidates import Candidate, Draft
    from footnote.rag.answer.disagreement import Difference
    from footnote.rag.types import Citation, CitedSentence, Passage

ALIKE = 0.8  # of the content stems of two titles on one story
TITLE_WORDS = 3  # a shorter title, “Weather report”, is that of a series
# A sentence of another article bears on the question: cosine with it, share of its terms. On ten questions to
# the two sample articles on the bridge, those that do have .58 and .51 or more, others .55 and .22 or less.
RELEVANT, COVERED = 0.5, 0.3
LOOKED_AT = 12  # sentences of other articles compared with each that is shown
# Who asks about a time, or about what was said at first, wants no newer article.
DATED = re.compile(
    rf"\b(?:{YEAR}|first|initially|originally|at first|earlier|before|previously|old|older|{MONTH_ALONE}"
    r"|last (?:week|month|year))\b",
    re.IGNORECASE,
)
# Who asks for the latest wants the newest article that answers, be it on the same story or not.
LATEST = re.compile(
    r"\b(?:latest|current(?:ly)?|newest|most recent(?:ly)?|so far|up[- ]to[- ]date|right now)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """What else should be shown: a sentence of another article, and what to say about it."""

    extra: Candidate | None = None
    notices: tuple[str, ...] = ()


def same_story(one: Passage, other: Passage) -> bool:
    """Tell by their titles whether two passages come from articles of different days on one story."""
    if one.article_id == other.article_id or not (one.date and other.date) or one.date == other.date:
        return False
    a, b = (set(content_stems(p.title, language_of(p.text))) for p in (one, other))
    return min(len(a), len(b)) >= TITLE_WORDS and len(a & b) >= ALIKE * len(a | b)


def newer_first(question: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with one of a newer article in front, where the best is of an older on its story.

    The newer sentence must answer too, by the reader's reckoning. A question that names a time, or asks what
    was said at first, is left as it is; one for the latest takes the newest article that bears on it.
    """
    if not ranked or DATED.search(question):
        return list(ranked)
    best, latest = ranked[0].passage, bool(LATEST.search(question))
    newer = [c for c in ranked[1:] if c.passage.date > best.date and _answers(c)]
    told = [c for c in newer if same_story(c.passage, best) or (latest and c.signs.cosine >= RELEVANT)]
    if not told:
        return list(ranked)
    first = max(told, key=lambda c: c.passage.date) if latest else told[0]
    return [first, *(c for c in ranked if c is not first)]


def _answers(candidate: Candidate) -> bool:
    reading, signs = candidate.reading, candidate.signs
    return bool(reading is not None and reading.margin > 0 and signs.kind and signs.coverage >= COVERED)


def from_when(question: str, shown: Sequence[Citation], passages: Sequence[Passage]) -> tuple[str, ...]:
    """Say from when the first sentence is, where the latest is asked for; nothing where no day is known."""
    if not (shown and LATEST.search(question)):
        return ()
    title, date = next((p.title, p.date) for p in passages if p.article_id == shown[0].article_id)
    return (f"[1] is from “{title}”, of {readable_date(date)}.",) if date else ()


def not_outdated(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those of an older article on the story that the first of them tells."""
    first = ranked[0].passage
    return [c for c in ranked if not (c.passage.date < first.date and same_story(c.passage, first))]


def joined(draft: Draft, sentences: Sequence[CitedSentence], citations: Sequence[Citation]) -> Draft:
    """Return the draft with more sentences behind its own, their citations numbered on."""
    shift = len(draft.citations)
    return replace(
        draft,
        sentences=(
            *draft.sentences,
            *(replace(s, citations=tuple(n + shift for n in s.citations)) for s in sentences),
        ),
        citations=(*draft.citations, *(replace(c, number=c.number + shift) for c in citations)),
    )


def compare(
    shown: Sequence[Citation], candidates: Sequence[Candidate], passages: Mapping[str, Passage]
) -> Contrast:
    """Return what other articles say against the quoted sentences, or what a newer one says of the story.

    `candidates` are the scored sentences of the retrieved paragraphs, `passages` one of each article.
    """
    near = sorted(
        (c for c in candidates if c.signs.kind and c.signs.cosine >= RELEVANT), key=lambda c: -c.score
    )
    for citation in shown:
        passage = passages[citation.article_id]
        own = Statement(citation.quote, citation.article_id, citation.title, passage.date)
        for rival in [c for c in near if c.passage.article_id != citation.article_id][:LOOKED_AT]:
            if found := difference(own, _statement(rival)):
                if same_story(passage, rival.passage):
                    break
                extra = None if _number(rival, shown) else rival
                return Contrast(extra, (differ_in_words(found),))
    return _newer(shown, near, passages)


def _statement(candidate: Candidate) -> Statement:
    passage = candidate.passage
    return Statement(candidate.text, passage.article_id, passage.title, passage.date)


def _number(candidate: Candidate, shown: Sequence[Citation]) -> int:
    """Return the number of the citation that quotes a candidate; 0 when none does."""
    places = ((c.number, (c.article_id, c.paragraph, c.quote_start)) for c in shown)
    return next((number for number, place in places if place == candidate.place), 0)


def differ_in_words(found: Difference) -> str:
    """Return a sentence for the reader that names both figures, and whose they are."""
    newer, older = found.newer, found.older
    return (
        f"The articles differ: {found.newer_value} in “{newer.title}”{_dated(newer)}, "
        f"{found.older_value} in “{older.title}”{_dated(older)}."
    )


def _dated(statement: Statement) -> str:
    return f" ({readable_date(statement.date)})" if statement.date else ""


def _newer(shown: Sequence[Citation], near: Sequence[Candidate], passages: Mapping[str, Passage]) -> Contrast:
    """Say which of two articles on the story the first sentence follows; the newer one’s is shown too."""
    if not shown:
        return Contrast()
    first = passages[shown[0].article_id]
    others = [c for c in near if same_story(c.passage, first) and c.signs.coverage >= COVERED]
    newer = [c for c in others if c.passage.date > first.date]
    if newer:
        number = _number(newer[0], shown) or len(shown) + 1
        date = readable_date(newer[0].passage.date)
        notice = f"A newer article on this story, of {date}, is cited in [{number}]; [1] is from "
        extra = newer[0] if number > len(shown) else None
        return Contrast(extra, (f"{notice}{readable_date(first.date)}.",))
    if others:
        older, date = readable_date(others[0].passage.date), readable_date(first.date)
        notice = (
            f"There are two articles on this story; this follows the newer, of {date}, not that of {older}."
        )
        return Contrast(None, (notice,))
    return Contrast()
