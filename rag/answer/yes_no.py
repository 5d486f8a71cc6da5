"""Does what is cited answer a yes/no question, and how? The judge is shown the question with either word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from footnote.ingest.text.sentences import sentences as split
from footnote.ingest.text.words import stems
from footnote.rag.answer.question import analyse
from footnote.rag.answer.reader import understood
from footnote.rag.check.judge import ENTAILED, log_odds, shipped_judge
from footnote.rag.english.lists import AUXILIARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footnote.rag.check.judge import Judge
    from footnote.rag.types import Citation

YesNo = Literal["yes", "no"]

ASKS = re.compile(rf"(?:and |but |so |ok,? )?(?:{AUXILIARY})\b(?! .*\bor\b)", re.IGNORECASE)
# Log-odds of entailment by which one word has to be ahead of the other. Of 195 questions on articles of
# `judge_data/drafts/held`, each beside the paragraph that answers and two that do not, 1.5 answers 140
# rightly and 213 wrongly or from another paragraph, 3 answers 122 and 60, 4 answers 101 and 19; of 145 on
# `kept`, which did not choose, 3 answers 74 and 34.
PLAIN = 3.0
READ = 2  # citations, those first that answer best


def decide(question: str, text: str, judge: Judge) -> YesNo | None:
    """Return "yes" or "no" where `text` plainly answers a yes/no question so, else None."""
    asked = " ".join(question.split()).rstrip(" ?.!")
    if not ASKS.match(asked) or not understood(question):
        return None
    yes, no = (log_odds(judge(f"{asked}? {word}", [text]))[0] for word in ("yes", "no"))
    more = float(yes[ENTAILED] - no[ENTAILED])
    if abs(more) < PLAIN:
        return None
    return "yes" if more > 0 else "no"


def plainly(question: str, citations: Sequence[Citation], judge: Judge | None = None) -> YesNo | None:
    """Return what the first quotations plainly say, None where none does or they contradict each other.

    Whom the question names, the cited paragraph or its title must name: of another it says nothing.
    """
    read, names = judge or shipped_judge(), analyse(question).names
    told = [c for c in citations[:READ] if names <= set(stems(f"{c.title} {c.paragraph_text}"))]
    said = {decide(question, _with_the_one_before(c), read) for c in told} - {None}
    return said.pop() if len(said) == 1 else None


def _with_the_one_before(citation: Citation) -> str:
    """Return the quotation with the sentence before it, which may say whom it means."""
    before = [s for s in split(citation.paragraph_text) if s.end <= citation.quote_start]
    start = before[-1].start if before else citation.quote_start
    return citation.paragraph_text[start : citation.quote_end]
