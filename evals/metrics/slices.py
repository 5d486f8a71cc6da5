"""The kinds of cases that metrics speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import CONFIDENCE, RIGHT, UNANSWERABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from footnote.evals.metrics.rows import Row


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the cases: a name, and which."""

    name: str
    holds: Callable[[Row], bool]


def _worded(wording: str) -> Callable[[Row], bool]:
    return lambda row: row.kind == "answerable" and row.given.get("wording") == wording


ASKED = Slice("all questions", lambda r: r.is_question)
ANSWERABLE_ONES = Slice("answerable questions", lambda r: r.kind in {"answerable", "followup"})
SAME = Slice("questions in the text’s words", _worded("same"))
REWORDED = Slice("reworded questions", _worded("different"))
FOLLOWUPS = Slice("follow-up questions", lambda r: r.kind == "followup")
UNANSWERABLE_ONES = Slice("unanswerable questions", lambda r: r.values.get(UNANSWERABLE) == 1)
KNOWN = Slice("questions known to be answerable or not", lambda r: UNANSWERABLE in r.values)
RATED = Slice(
    "questions with a confidence, known to be answerable or not",
    lambda r: UNANSWERABLE in r.values and CONFIDENCE in r.values,
)
KEPT = Slice(
    "answers with a confidence", lambda r: RIGHT in r.values and CONFIDENCE in r.values and not r.refused
)
ANSWERS = Slice("answers", lambda r: r.kind not in {"summary", "claim"})
REFERENCED = Slice("answerable cases", lambda r: r.kind in {"answerable", "followup", "response"})
SUMMARIES = Slice("summaries", lambda r: r.kind == "summary")
CLAIMS = Slice("claims", lambda r: r.kind == "claim")

# What relevance and correctness are also looked at in: the prefix of a key, that of a label, the cases.
SUBSETS = (
    ("same", "in the text’s words", SAME),
    ("reworded", "reworded", REWORDED),
    ("followup", "follow-ups", FOLLOWUPS),
)
