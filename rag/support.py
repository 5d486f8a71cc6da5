"""Does the cited text support a sentence? One checker for answers, summaries and evaluations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from rag.types import Support, Verdict
from rag.words import content_words, stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence

SUPPORTED_FROM = 0.85  # share of the sentence's content words that the cited text holds
PARTIAL_FROM = 0.5
INSERTED = re.compile(r" ?\[([^\[\]]+)\]")


class SupportChecker(Protocol):
    """Judges a sentence against the texts that it cites."""

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the verdict on `sentence` given the cited texts."""


def check_support(sentence: str, evidence: Sequence[str]) -> Support:
    """Judge a sentence by the words, numbers and names that the cited texts hold.

    A sentence that stands in the evidence word for word is supported; an insertion in square
    brackets must stand there too. Otherwise the score is the share of content words found, and
    a number or a name that is nowhere in the evidence makes the sentence unsupported.
    """
    text = " ".join(" ".join(evidence).split())
    bare = " ".join(INSERTED.sub("", sentence).split())
    inserted = [i.removesuffix("’s") for i in INSERTED.findall(sentence)]
    lost = [i for i in inserted if not set(stems(i)) <= set(stems(text))]
    if bare and bare in text and not lost:
        return Support(Verdict.SUPPORTED, 1.0, "The sentence stands word for word in the cited paragraph.")
    known = set(stems(text))
    missing = [w for w in content_words(sentence) if stem(w) not in known]
    hard = [w for w in missing if w[0].isdigit() or (w[0].isupper() and w != next(iter(words(sentence)), ""))]
    total = len(content_words(sentence)) or 1
    score = 1 - len(missing) / total
    if hard:
        return Support(
            Verdict.UNSUPPORTED,
            min(score, 0.4),
            f"“{hard[0]}” does not appear in the cited paragraph.",
        )
    if score >= SUPPORTED_FROM:
        return Support(Verdict.SUPPORTED, score, "The cited paragraph holds what the sentence says.")
    verdict = Verdict.PARTIAL if score >= PARTIAL_FROM else Verdict.UNSUPPORTED
    return Support(verdict, score, f"The cited paragraph does not mention {_listed(missing)}.")


def _listed(missing: Sequence[str]) -> str:
    shown = [f"“{w}”" for w in missing[:3]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
