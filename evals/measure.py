"""Ask every case of the assistant that the screen uses, and count what is right."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evals.cases import Case
    from ingest.library import Key
    from rag.assistant import Assistant

DEPTH = 10  # paragraphs looked at for recall@k
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case. `rank` is that of the first gold paragraph, from 1, 0 when not found."""

    case: Case
    rank: int
    refused: bool
    sentences: tuple[str, ...]
    cited_gold_first: bool
    milliseconds: float

    def holds_answer(self, sentences: int) -> bool:
        """Tell whether one of the first `sentences` sentences holds a gold answer."""
        shown = " ".join(self.sentences[:sentences]).lower()
        return any(answer.lower() in shown for answer in self.case.answers)


@dataclass(frozen=True, slots=True)
class Figure:
    """A share in percent over `n` cases with its bootstrap 95% interval."""

    name: str
    value: float
    low: float
    high: float
    n: int


def run(
    assistant: Assistant, cases: Sequence[Case], done: Callable[[int], None] = lambda _: None
) -> list[Row]:
    """Ask every case and return what came of it, in order."""
    rows = []
    for number, case in enumerate(cases, start=1):
        rows.append(_ask(assistant, case))
        done(number)
    return rows


def _ask(assistant: Assistant, case: Case) -> Row:
    gold = {(assistant.library.resolve(article), n) for article, n in case.gold}
    reply = assistant.ask(case.question, history=case.history)
    found = assistant.search(reply.standalone_question, k=DEPTH) if gold else []
    keys: list[Key] = [(p.article_id, p.paragraph) for p in found]
    rank = next((i for i, key in enumerate(keys, start=1) if key in gold), 0)
    answered = isinstance(reply, Answer)
    first = reply.citations[0] if isinstance(reply, Answer) else None
    return Row(
        case,
        rank,
        refused=not answered,
        sentences=tuple(s.text for s in reply.sentences) if isinstance(reply, Answer) else (),
        cited_gold_first=first is not None and (first.article_id, first.paragraph) in gold,
        milliseconds=reply.timings_ms.get("total", 0.0),
    )


def figures(rows: Sequence[Row]) -> list[Figure]:
    """Return the figures on `rows`: retrieval, answers and refusals, each with n and interval."""
    answerable = [r for r in rows if r.case.kind == "answerable"]
    follow = [r for r in rows if r.case.kind == "followup"]
    unanswerable = [r for r in rows if r.case.kind == "unanswerable"]
    reworded = [r for r in answerable if r.case.wording == "different"]
    asked: list[tuple[str, list[Row], Callable[[Row], bool]]] = [
        *((f"recall@{k}", answerable, _within(k)) for k in (1, 3, 5, 10)),
        ("answered", answerable, lambda r: not r.refused),
        ("first sentence holds an answer", answerable, lambda r: r.holds_answer(1)),
        ("first two sentences hold an answer", answerable, lambda r: r.holds_answer(2)),
        ("whole answer holds an answer", answerable, lambda r: r.holds_answer(9)),
        ("first citation is a gold paragraph", answerable, lambda r: r.cited_gold_first),
        ("reworded: recall@1", reworded, _within(1)),
        ("reworded: first two sentences hold an answer", reworded, lambda r: r.holds_answer(2)),
        ("follow-ups: recall@1", follow, _within(1)),
        ("follow-ups: first two sentences hold an answer", follow, lambda r: r.holds_answer(2)),
        ("unanswerable: refused", unanswerable, lambda r: r.refused),
    ]
    return [figure(name, [holds(r) for r in group]) for name, group, holds in asked if group]


def _within(k: int) -> Callable[[Row], bool]:
    return lambda row: 0 < row.rank <= k


def figure(name: str, outcomes: Sequence[bool], seed: int = 0) -> Figure:
    """Return the share of true outcomes with a bootstrap percentile interval (Efron 1979)."""
    values = np.asarray(outcomes, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = rng.choice(values, size=(RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(name, 100 * values.mean(), 100 * low, 100 * high, len(values))


def sample(cases: Sequence[Case], limit: int | None, seed: int) -> list[Case]:
    """Return at most `limit` cases, drawn without replacement by `seed`, in their order."""
    if limit is None or limit >= len(cases):
        return list(cases)
    chosen = sorted(random.Random(seed).sample(range(len(cases)), limit))  # noqa: S311 - not for secrets
    return [cases[i] for i in chosen]
