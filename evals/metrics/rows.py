"""What came of a case: a row that holds all that its figures are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from footnote.evals.metrics.columns import REFUSED
from footnote.evals.suite.cases import QUESTIONS
from footnote.rag.types import Relation, Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """A sentence of a reply with the judge's verdicts.

    `support` is the verdict against all the evidence of the reply, `cited` the one against its own
    citations; `precise` says of each of these whether it helps; `lost` lists numbers and names
    that stand nowhere in the evidence.
    """

    text: str
    citations: tuple[int, ...]
    support: Support
    cited: Support
    precise: tuple[bool, ...]
    lost: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the sentence as JSON values."""
        return {
            "text": self.text,
            "citations": list(self.citations),
            "support": self.support.as_json(),
            "cited": self.cited.as_json(),
            "precise": list(self.precise),
            "lost": list(self.lost),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> JudgedSentence:
        """Return what `as_json` was made of."""
        return cls(
            row["text"],
            tuple(row["citations"]),
            _support(row["support"]),
            _support(row["cited"]),
            tuple(row["precise"]),
            tuple(row["lost"]),
        )


def _support(row: Mapping[str, Any]) -> Support:
    contradicted = row.get("relation") == Relation.CONTRADICTED
    failed = row.get("failed", False)
    return Support(Verdict(row["verdict"]), row["score"], row["reason"], contradicted, failed)


@dataclass(frozen=True, slots=True)
class Row:
    """One case with its reply, its judged sentences and its values.

    `given` is the case as JSON values, `reply` what was replied in the form of the JSON contract,
    `ranking` the paragraphs found, best first, as `(article id, paragraph)`. `values` are the
    columns that figures are computed from. `error` says why there is no reply, or no verdict on it.
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
    def unjudged(self) -> bool:
        """Whether the judge gave no verdict on some of the reply."""
        failed = any(s.support.failed for s in self.sentences)
        return failed or bool(self.reply.get("support", {}).get("failed"))

    @property
    def question(self) -> str:
        """What was asked, claimed or summarised, in a line."""
        return str(self.given.get("question") or self.given.get("claim") or self.given.get("article") or "")

    @property
    def answer(self) -> str:
        """The text of the reply with its markers; empty when there is none."""
        return str(self.reply.get("answer") or self.reply.get("summary") or "")

    @property
    def expected(self) -> str:
        """What a right reply holds, as far as the data say."""
        given = self.given
        accepted = given.get("answers") or given.get("references") or [given.get("reference") or ""]
        return " · ".join(str(a) for a in accepted if a) or (
            "a refusal" if self.kind == "unanswerable" else ""
        )

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
