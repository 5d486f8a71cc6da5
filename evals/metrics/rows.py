"""What came of a case: a row that holds all that its figures are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from footnote.evals.metrics.columns import REFUSED
from footnote.evals.metrics.grounding import JudgedSentence
from footnote.evals.suite.cases import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Row:
    """One case with its reply, its judged sentences and its values.

    `given` is the case as JSON values, `reply` what was replied in the form of the JSON contract,
    `ranking` the paragraphs found, best first, as `(article id, paragraph)`. `values` are the
    columns that figures are computed from. `error` says why there is no reply.
    """

    id: str
    kind: str
    given: Mapping[str, Any]
    reply: Mapping[str, Any] = field(default_factory=dict)
    ranking: tuple[tuple[str, int], ...] = ()
    sentences: tuple[JudgedSentence, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    error: str = ""

    @property
    def is_question(self) -> bool:
        """Whether something was asked of the assistant."""
        return self.kind in QUESTIONS

    @property
    def refused(self) -> bool:
        """Whether the reply is a refusal."""
        return bool(self.values.get(REFUSED))

    @property
    def question(self) -> str:
        """What was asked, claimed or summarised, in a line."""
        return str(self.given.get("question") or self.given.get("claim") or self.given.get("article") or "")

    @property
    def answer(self) -> str:
        """The text of the reply with its markers; empty when there is none."""
        return str(self.reply.get("answer") or self.reply.get("summary") or "")

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "id": self.id,
            "kind": self.kind,
            "given": dict(self.given),
            "reply": dict(self.reply),
            "ranking": [list(place) for place in self.ranking],
            "sentences": [s.as_json() for s in self.sentences],
            "values": dict(self.values),
            "error": self.error,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Row:
        """Return what `as_json` was made of."""
        return cls(
            row["id"],
            row["kind"],
            row["given"],
            row["reply"],
            tuple((str(a), int(p)) for a, p in row["ranking"]),
            tuple(JudgedSentence.from_json(s) for s in row["sentences"]),
            {name: float(value) for name, value in row["values"].items()},
            row["error"],
        )
