"""Cases and suites: what is asked, and what a right reply holds."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from footnote.rag.types import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from footnote.ingest.article import Read

CaseKind = Literal["answerable", "unanswerable", "followup", "summary", "claim", "response"]
QUESTIONS = frozenset({"answerable", "unanswerable", "followup"})


@dataclass(frozen=True, slots=True)
class Gold:
    """A paragraph that answers: article reference, number from 1, and how relevant it is.

    `paragraph` is 0 where the data name whole articles only, as BEIR does.
    """

    article: str
    paragraph: int
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `answers` are the strings of which a right answer holds at least one.

    `gold` and `answers` are empty when the articles do not answer, or when the data do not say.
    `article` is the one that the question was written for, asked alone under article scope.
    `wording` is `different` when the question avoids the text's words, `same` when it does not.
    `reference_contexts` are the texts that a search should find, where the data give these and no paragraphs.
    """

    id: str
    kind: CaseKind
    question: str
    gold: tuple[Gold, ...] = ()
    answers: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    wording: str = ""
    article: str = ""
    reference_contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryCase:
    """One article to summarise and the summaries that people wrote of it; there may be none."""

    id: str
    article: str
    references: tuple[str, ...] = ()
    kind: Literal["summary"] = "summary"


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """A sentence that a person judged against a text: does the text support it?"""

    id: str
    source: str
    claim: str
    supported: bool
    kind: Literal["claim"] = "claim"


@dataclass(frozen=True, slots=True)
class ResponseCase:
    """What another system answered, and the texts that it had; `reference` is a right answer or empty.

    `references` are all right answers where there are several. `short_answer` holds the few words that
    answer, where the system marks them. `answerable` is None when the data do not say. `reference_contexts`
    are the texts that the system should have found, `retrieved_ids` and `reference_ids` ids of both.
    """

    id: str
    question: str
    contexts: tuple[str, ...]
    response: str
    reference: str = ""
    refused: bool = False
    answerable: bool | None = None
    references: tuple[str, ...] = ()
    short_answer: str = ""
    reference_contexts: tuple[str, ...] = ()
    retrieved_ids: tuple[str, ...] = ()
    reference_ids: tuple[str, ...] = ()
    kind: Literal["response"] = "response"


AnyCase = Case | SummaryCase | ClaimCase | ResponseCase


def case_from_json(told: Mapping[str, Any]) -> AnyCase:
    """Return the case that `asdict` made `told` of, on its way through JSON or not."""
    given: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in told.items()}
    others: dict[str, Callable[..., AnyCase]] = {
        "summary": SummaryCase, "claim": ClaimCase, "response": ResponseCase,
    }  # fmt: skip
    if other := others.get(given["kind"]):
        return other(**given)
    given["gold"] = tuple(Gold(**one) for one in given["gold"])
    given["history"] = tuple(Turn(**one) for one in given["history"])
    return Case(**given)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a data file that cannot be used: where it stands, counted from 1, and why."""

    file: str
    line: int
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return asdict(self)


def no_articles() -> Iterator[Read]:
    """Yield nothing: the articles of a suite that needs none."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases with the articles they are about. `articles()` reads these anew each time.

    `digest` is of the data: it changes when a case or an article does. `rows` has each row as it stands in
    the file, by the id of its case, with columns that mean nothing to us.
    """

    name: str
    cases: tuple[AnyCase, ...]
    digest: str
    bad: tuple[BadRow, ...] = ()
    articles: Callable[[], Iterator[Read]] = field(default=no_articles, compare=False)
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def sample(self, limit: int | None, seed: int = 0) -> Suite:
        """Return the suite with at most `limit` cases, drawn without replacement, in their order."""
        if limit is None or limit >= len(self.cases):
            return self
        drawn = random.Random(seed).sample(range(len(self.cases)), limit)  # noqa: S311 - not for secrets
        cases = tuple(self.cases[i] for i in sorted(drawn))
        rows = {case.id: self.rows[case.id] for case in cases if case.id in self.rows}
        return replace(self, cases=cases, rows=rows)


def digest_of(*parts: Any) -> str:
    """Return 16 hex digits of the SHA-256 of bytes, texts and JSON values, in order."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()[:16]


def case_digest(case: AnyCase) -> str:
    """Return a digest of all that a case says, so that a changed case is asked again."""
    return digest_of(asdict(case))
