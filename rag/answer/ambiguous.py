"""A question that fits several things: “How much did it cost?” with nothing said before.

Of 1,500 questions of squad2_dev, none with anything said before, four hang on a pronoun that two
articles fit, one of them wrongly; of 263 inputs that a newcomer wrote over three libraries four do, all
rightly. To tell of everybody who bears a surname (“What did Campbell say?”) was tried and left out: of
nine firings two took other words for names or one person for two, and three lost the sentence that
answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footnote.rag.answer.choose import SECOND_WITHIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.answer.candidates import Candidate

MOST = 4  # things that a question may mean


def elsewhere(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the best sentence of each article that answers about as well as the best; one is none."""
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        if candidate.score >= ranked[0].score - SECOND_WITHIN and candidate.signs.kind:
            best.setdefault(candidate.passage.article_id, candidate)
    return list(best.values())[:MOST] if len(best) > 1 else []


def which_thing(pronoun: str) -> str:
    """Return what is said of a question that points at nothing said before."""
    fits = "more than one thing fits: name it. These come closest."
    return f"Nothing said before tells what “{pronoun}” means, and {fits}"
