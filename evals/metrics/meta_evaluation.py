"""Who judges the judge: how well a support checker agrees with people, beside plain word overlap.

A judge is any `rag.check.support.SupportChecker`. Each is run over claims that people have labelled; the
table gives its AUC over the scores, its balanced accuracy at the verdicts it ships with, Spearman's rank
correlation where the labels are graded, and the same for word overlap, which every judge has to beat.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.agreement import Agreement, agreement, as_interval, rounded
from footnote.evals.metrics.checker import overlap
from footnote.evals.metrics.statistic import RESAMPLES, Auroc, BalancedAccuracy, spearman, with_interval
from footnote.evals.suite.rows import bare_name, rows_of, unpacked
from footnote.ingest.errors import SourceNotFound, UnreadableSource
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from footnote.rag.check.support import SupportChecker

AUC, ACCURACY = Auroc("score", "label"), BalancedAccuracy("said", "label")
GRADES = {"supported": 1.0, "partially_supported": 0.5, "not_supported": 0.0}  # as WiCE names them


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim on a source text with a person's label: True when the source supports it.

    `grade` in 0..1 is the finer judgement where there is one: the share of votes, or half for partly.
    """

    id: str
    dataset: str
    source: str
    claim: str
    label: bool
    grade: float | None = None


@dataclass(frozen=True, slots=True)
class BadClaim:
    """A row that holds no labelled claim: its line, counted from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """How one judge agrees with people on one data set, with bootstrap 95% intervals.

    `balanced_accuracy` is None for a judge that only scores (word overlap), `spearman` is None where
    the labels are not graded, `auc` is None when only one label occurs. Times are of one claim. The judge
    gave no verdict on `failed` claims, which nothing else counts; `agreement` is what its verdicts tell.
    """

    judge: str
    dataset: str
    n: int
    supported: int
    auc: tuple[float, float, float] | None
    balanced_accuracy: tuple[float, float, float] | None
    spearman: float | None
    milliseconds_p50: float
    milliseconds_p95: float
    failed: int = 0
    agreement: Agreement | None = None

    def figure(self, name: str) -> float | None:
        """Return a figure by its name in the JSON form, None where it could not be measured."""
        found = self.as_json().get(name)
        return found["value"] if isinstance(found, dict) else found

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values, shares and correlations rounded to four places."""
        return {
            "judge": self.judge,
            "dataset": self.dataset,
            "n": self.n,
            "supported": self.supported,
            "failed": self.failed,
            "auc": as_interval(self.auc),
            "balanced_accuracy": as_interval(self.balanced_accuracy),
            "spearman": rounded(self.spearman),
            "milliseconds_p50": round(self.milliseconds_p50, 3),
            "milliseconds_p95": round(self.milliseconds_p95, 3),
            **({} if self.agreement is None else self.agreement.as_json()),
        }


def load_faithfulness(path: str | Path) -> tuple[list[Claim], list[BadClaim]]:
    """Read rows of `{"source", "claim" or "claim_or_answer", "label", "dataset"?, "id"?}`,
    in any form that `footnote.evals.suite.rows` reads.

    `label` is 1 or true when the source supports the claim, else 0 or false. A grade is read from
    `grade` (0..1), `votes` (a list of 0 and 1) or WiCE's `raw_label`. Rows that cannot be used come
    back with their line and the reason; blank lines are none.

    Raises:
        SourceNotFound: If there is no such file.
        UnreadableSource: If it cannot be read as UTF-8.
    """
    path = Path(path)
    claims: list[Claim] = []
    bad: list[BadClaim] = []
    try:
        data = unpacked(path.read_bytes(), path)
        lines = [row.decode("utf-8-sig") for row in rows_of(data, path)]
    except FileNotFoundError:
        raise SourceNotFound(f"“{path}”: no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSource(f"“{path}” could not be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                claims.append(_claim(json.loads(line), number, bare_name(path)))
            except (ValueError, RecursionError) as error:
                bad.append(BadClaim(number, str(error)))
    return claims, bad


def _claim(row: object, number: int, name: str) -> Claim:
    if not isinstance(row, dict):
        raise ValueError('it is not an object such as {"source": "…", "claim": "…", "label": 1}')
    claim = row.get("claim", row.get("claim_or_answer"))
    if not isinstance(claim, str) or not claim.strip():
        raise ValueError('it has no "claim" that is a text')
    if not isinstance(row.get("source"), str):
        raise ValueError('it has no "source" that is a text')
    if row.get("label") not in (0, 1):
        raise ValueError('it has no "label" that is 0 or 1')
    return Claim(
        id=str(row.get("id", number)),
        dataset=str(row.get("dataset") or name),
        source=row["source"],
        claim=claim,
        label=bool(row["label"]),
        grade=_grade(row),
    )


def _grade(row: dict[str, Any]) -> float | None:
    match row:
        case {"grade": (int() | float()) as grade}:
            return float(grade)
        case {"votes": [*votes]} if votes and all(v in (0, 1) for v in votes):
            return float(sum(votes) / len(votes))
        case {"raw_label": str() as label} if label in GRADES:
            return GRADES[label]
        case _:
            return None


def by_dataset(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Return the claims of each data set, in order."""
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.dataset, []).append(claim)
    return found


def drawn(claims: Sequence[Claim], limit: int | None, seed: int) -> list[Claim]:
    """Return at most `limit` claims, drawn by `seed`, in their order."""
    if limit is None or len(claims) <= limit:
        return list(claims)
    chosen = random.Random(seed).sample(range(len(claims)), limit)  # noqa: S311 - not for secrets
    return [claims[i] for i in sorted(chosen)]


def judge_table(
    judges: Mapping[str, SupportChecker],
    datasets: Mapping[str, Sequence[Claim]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    floors: bool = True,
    done: Callable[[int], None] = lambda _: None,
) -> list[JudgeRow]:
    """Run every judge over every data set and return a row for each pair, data set by data set.

    With `floors`, each data set's rows end with word overlap: the share of the claim's words, bigrams
    and trigrams that the source holds. `done` gets the number of claims judged so far.
    """
    rows = []
    count = 0
    for name, claims in datasets.items():
        if not claims:
            continue
        for judge, check in judges.items():
            verdicts, times = [], []
            for claim in claims:
                start = time.perf_counter()
                verdicts.append(check(claim.claim, [claim.source]))
                times.append(1000 * (time.perf_counter() - start))
                done(count := count + 1)
            judged = [(c, v) for c, v in zip(claims, verdicts, strict=True) if not v.failed]
            row = _row(judge, name, [c for c, _ in judged], [v for _, v in judged], times, resamples, seed)
            rows.append(replace(row, failed=len(claims) - len(judged)))
        if floors:
            rows += [_floor(n, name, claims, resamples, seed) for n in (1, 2, 3)]
    return rows


def _row(
    judge: str,
    dataset: str,
    claims: Sequence[Claim],
    verdicts: Sequence[Support],
    times: Sequence[float],
    resamples: int,
    seed: int,
) -> JudgeRow:
    labels = _labels(claims)
    scores = np.array([v.score for v in verdicts])
    said = np.array([v.verdict is Verdict.SUPPORTED for v in verdicts], dtype=np.float64)
    p50, p95 = np.percentile(times, [50, 95])
    if not claims:
        return JudgeRow(judge, dataset, 0, 0, None, None, None, float(p50), float(p95))
    return JudgeRow(
        judge,
        dataset,
        len(claims),
        int(labels.sum()),
        with_interval(AUC, scores, labels, seed=seed, resamples=resamples),
        with_interval(ACCURACY, said, labels, seed=seed, resamples=resamples),
        _graded(claims, scores),
        float(p50),
        float(p95),
        agreement=agreement(
            [c.id for c in claims],
            [c.claim for c in claims],
            labels,
            verdicts,
            seed=seed,
            resamples=resamples,
        ),
    )


def _floor(n: int, dataset: str, claims: Sequence[Claim], resamples: int, seed: int) -> JudgeRow:
    labels = _labels(claims)
    scores = np.array([overlap(c.claim, c.source, n) for c in claims])
    figure = with_interval(AUC, scores, labels, seed=seed, resamples=resamples)
    name = f"overlap of {('words', 'bigrams', 'trigrams')[n - 1]}"
    graded = _graded(claims, scores)
    return JudgeRow(name, dataset, len(claims), int(labels.sum()), figure, None, graded, 0.0, 0.0)


def _labels(claims: Sequence[Claim]) -> NDArray[np.float64]:
    return np.array([c.label for c in claims], dtype=np.float64)


def _graded(claims: Sequence[Claim], scores: NDArray[np.float64]) -> float | None:
    grades = [c.grade for c in claims if c.grade is not None]
    if len(grades) < len(claims) or len(set(grades)) < 2:
        return None
    return spearman(np.array(grades), scores)
