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
# rightly and 213 wrongly or from another paragraph, 3 answers 122 and 60, 4 answers 101 and 19. A wrong
# word stands out more than none. Of 288 on `kept`, which did not choose, beside the paragraph that has most
# of their words, 3 answers 150 rightly and 18 wrongly, 4 answers 130 and 10.
PLAIN = 4.0
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

    Whom the question names, the cited paragraph or its title must name: of another it says nothing. What
    introduces a list says nothing either without the item that is cited after it.
    """
    read, names = judge or shipped_judge(), analyse(question).names
    told = [
        _with_what_leads(lead, c)
        for lead, c in zip((None, *citations), citations, strict=False)
        if names <= set(stems(f"{c.title} {c.paragraph_text}")) and not c.quote.rstrip().endswith(":")
    ]
    said = {decide(question, text, read) for text in told[:READ]} - {None}
    return said.pop() if len(said) == 1 else None


def _with_what_leads(before: Citation | None, citation: Citation) -> str:
    """Return a quotation behind the lead-in cited before it, else the sentence before: whom it means."""
    if before is not None and before.quote.rstrip().endswith(":"):
        return f"{before.quote} {citation.quote}"
    spans = [s for s in split(citation.paragraph_text) if s.end <= citation.quote_start]
    start = spans[-1].start if spans else citation.quote_start
    return citation.paragraph_text[start : citation.quote_end]
