"""Questions that an article answers under the same question as its heading: its whole answer, as it stands.

To a ranking of sentences “No. Pencils only.” answers any question and none: what is asked stands above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.ingest.text.words import content_stems
from footnote.rag.types import Citation, CitedSentence

if TYPE_CHECKING:
    from footnote.rag.answer.question import Question
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.find.retrieve import Retrieved
    from footnote.rag.types import Passage

MOST_SENTENCES = 3  # of an answer to a question; more are a story under a heading


def told_under_it(
    question: Question, retrieved: Retrieved, check: SupportChecker
) -> tuple[tuple[CitedSentence, ...], tuple[Citation, ...]] | None:
    """Return the sentences under the heading that asks what is asked, cited; None where no one heading does.

    What else is asked, as “in the map room”, has to stand in the article's title.
    """
    asked = frozenset(question.terms)
    fitting = [p for p in retrieved.passages if _asks(p, asked)]
    most = max((len(_terms(p)) for p in fitting), default=0)
    best = [p for p in fitting if len(_terms(p)) == most]
    said = retrieved.sentences_in(best[0]) if len(best) == 1 else ()
    if not 0 < len(said) <= MOST_SENTENCES:
        return None
    citations = tuple(Citation.of(best[0], n, *s.span) for n, s in enumerate(said, start=1))
    evidence = [f"{best[0].title}. {best[0].section} {best[0].text}"]
    return tuple(CitedSentence(c.quote, (c.number,), check(c.quote, evidence)) for c in citations), citations


def _terms(passage: Passage) -> frozenset[str]:
    return frozenset(content_stems(passage.section))


def _asks(passage: Passage, asked: frozenset[str]) -> bool:
    """Tell whether the heading of a paragraph is a question that says no more than what is asked."""
    own = _terms(passage)
    if not passage.section.endswith("?") or not own or not own <= asked:
        return False
    return asked - own <= frozenset(content_stems(passage.title))
