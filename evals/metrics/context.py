"""What a metric may look at: a case, and all that came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footnote.evals.suite.cases import Case, ResponseCase
from footnote.rag.replies.refusals import declines
from footnote.rag.types import Answer, Refusal, Support

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footnote.evals.metrics.rows import JudgedSentence
    from footnote.evals.suite.cases import AnyCase
    from footnote.ingest.library.library import Key
    from footnote.rag.types import Reply, Summary


@dataclass(frozen=True, slots=True)
class MetricContext:
    """A case and what came of it.

    `reply` is None for another system's response, and for a question that `failed`. `said` are the
    sentences of the reply without markers, `sentences` the same as the checker judged them. `sources` are
    the texts that a right reply rests on: the gold paragraphs of a question, the article of a summary, the
    contexts of a response. `ranking` is what was found, best first, and `grades` how relevant each paragraph
    is that should be; `found` are the texts of the ranking. `cites` tells whether the system
    cites at all, `grounded` whether it gives contexts.
    """

    case: AnyCase
    reply: Reply | Summary | Support | None = None
    milliseconds: float | None = None
    said: tuple[str, ...] = ()
    sentences: tuple[JudgedSentence, ...] = ()
    sources: tuple[str, ...] = ()
    ranking: tuple[Key, ...] = ()
    grades: Mapping[Key, int] = field(default_factory=dict)
    found: tuple[str, ...] = ()
    cites: bool = True
    grounded: bool = True
    failed: bool = False

    @classmethod
    def of_failure(cls, case: Case) -> MetricContext:
        """Return what came of a question that failed: nothing found, nothing said."""
        grades = {(gold.article, gold.paragraph): gold.grade for gold in case.gold}
        return cls(case, sources=case.answers, grades=grades, failed=True)

    @property
    def answerable(self) -> bool | None:
        """Whether the articles answer, None where that is not known or nothing was asked."""
        match self.case:
            case Case(kind=kind):
                return kind != "unanswerable"
            case ResponseCase(answerable=answerable):
                return answerable
            case _:
                return None

    @property
    def refused(self) -> bool:
        """Whether the reply is a refusal, in its kind or, ours and others' alike, in its words."""
        match self.case:
            case ResponseCase(refused=refused):
                return refused
            case _:
                in_words = isinstance(self.reply, Answer) and declines(" ".join(self.said))
                return in_words or isinstance(self.reply, Refusal)

    @property
    def unjudged(self) -> str:
        """Why the judge gave no verdict on some of the reply; empty when it gave all."""
        match self.reply:
            case Support(failed=True, reason=reason):
                return reason
            case _:
                lost = [s.support.reason for s in self.sentences if s.support.failed]
                return (
                    f"No verdict on {len(lost)} of {len(self.sentences)} sentences. {lost[0]}" if lost else ""
                )
