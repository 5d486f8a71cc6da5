"""The cases to look at first: what failed, what is not supported, what was wrong with confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import (
    ANSWERED,
    CONFIDENCE,
    LABEL,
    REFUSED,
    ROUGE_LSUM,
    SAID,
    SCORE,
    UNANSWERABLE,
    WRONG,
)
from footnote.rag.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footnote.evals.metrics.rows import JudgedSentence, Row
    from footnote.evals.report.report import Section

MOST = 8  # of each sort


@dataclass(frozen=True, slots=True)
class WorstCase:
    """A case and what is wrong with it, in a few words."""

    why: str
    row: Row


def worst_cases(section: Section, most: int = MOST) -> list[WorstCase]:
    """Return the worst cases of every sort, the gravest sort first, each case once."""
    seen: set[str] = set()
    found = []
    for why, rows in _sorts(section.rows):
        fresh = [row for row in rows if row.id not in seen][:most]
        seen.update(row.id for row in fresh)
        found += [WorstCase(why, row) for row in fresh]
    return found


def every_case(section: Section) -> list[WorstCase]:
    """Return all cases in their order, each with what is wrong with it, else of what sort its reply is."""
    wrong = {found.row.id: found.why for found in worst_cases(section, len(section.rows))}
    return [WorstCase(wrong.get(r.id, "refused" if r.refused else r.kind), r) for r in section.rows]


def _sorts(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    yield "failed", [r for r in rows if r.error]
    yield "not supported", _ordered(rows, _has_unsupported, _least_support)
    yield (
        "answered, though it cannot be",
        _ordered(rows, lambda r: _is(r, UNANSWERABLE) and _is(r, ANSWERED), _unsure),
    )
    yield (
        "wrong answer",
        _ordered(rows, lambda r: _is(r, WRONG) and _is(r, ANSWERED) and not _is(r, UNANSWERABLE), _unsure),
    )
    yield (
        "refused, though it can be answered",
        _ordered(rows, lambda r: _is(r, REFUSED) and _is(r, WRONG), _unsure),
    )
    yield "judged wrongly", _ordered(rows, _misjudged, lambda r: -abs(r.values[SCORE] - r.values[LABEL]))
    yield (
        "far from the reference",
        _ordered(rows, lambda r: ROUGE_LSUM in r.values, lambda r: r.values[ROUGE_LSUM]),
    )


def _ordered(rows: Sequence[Row], holds: Callable[[Row], bool], key: Callable[[Row], float]) -> list[Row]:
    return sorted((r for r in rows if not r.error and holds(r)), key=key)


def _is(row: Row, column: str) -> bool:
    return row.values.get(column) == 1.0


def _unsure(row: Row) -> float:
    """Order by confidence, the most first."""
    return -row.values.get(CONFIDENCE, 0.0)


def _has_unsupported(row: Row) -> bool:
    return any(True for _ in unsupported(row))


def _least_support(row: Row) -> float:
    return min(s.support.score for s in unsupported(row))


def _misjudged(row: Row) -> bool:
    return row.kind == "claim" and row.values[SAID] != row.values[LABEL]


def unsupported(row: Row) -> Iterator[JudgedSentence]:
    """Yield the sentences of a reply that the checker does not find supported; of a lost verdict none."""
    held = (Verdict.SUPPORTED, Verdict.NONE)
    return (s for s in row.sentences if not s.support.failed and s.support.verdict not in held)
