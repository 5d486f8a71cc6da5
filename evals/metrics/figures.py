"""The figures of a report: what each is, over which cases, from which columns, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from footnote.evals.metrics.statistic import (
    Aurc,
    Auroc,
    BalancedAccuracy,
    CalibrationError,
    Mean,
    Quantile,
    Ratio,
    bootstrapped,
    interval,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from footnote.evals.metrics.rows import Row
    from footnote.evals.metrics.statistic import Statistic

Unit = Literal["share", "score", "ms", "words"]
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the cases: a name, and which."""

    name: str
    holds: Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure before it is measured. `counts` says what its n counts; `about` what it means.

    Without a case in `needs` the figure says nothing and is left out: refusals are neither right
    nor wrong where every question can be answered.
    """

    key: str
    label: str
    group: str
    of: Slice
    statistic: Statistic
    about: str
    unit: Unit = "share"
    better: Better = "higher"
    counts: str = "cases"
    needs: Slice | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure with its bootstrap 95% interval.

    `n` counts what the figure is a share or a mean of (`counts`: cases, sentences, refusals …), and
    `cases` the cases that these come from.
    """

    key: str
    label: str
    group: str
    value: float
    low: float
    high: float
    n: int
    cases: int
    counts: str
    unit: Unit
    better: Better
    of: str
    formula: str
    about: str

    def as_json(self) -> dict[str, Any]:
        """Return the figure as JSON values; an undefined end of an interval is null."""
        return {
            "key": self.key,
            "label": self.label,
            "group": self.group,
            "value": _number(self.value),
            "low": _number(self.low),
            "high": _number(self.high),
            "n": self.n,
            "cases": self.cases,
            "counts": self.counts,
            "unit": self.unit,
            "better": self.better,
            "of": self.of,
            "formula": self.formula,
            "about": self.about,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Figure:
        """Return what `as_json` was made of."""
        ends = {name: math.nan if row[name] is None else row[name] for name in ("value", "low", "high")}
        return cls(**{**row, **ends})


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


QUESTIONS = Slice("all questions", lambda r: r.is_question)
ANSWERABLE = Slice("answerable questions", lambda r: r.kind in {"answerable", "followup"})
SAME = Slice(
    "questions in the text’s words", lambda r: r.given.get("wording") == "same" and r.kind == "answerable"
)
REWORDED = Slice(
    "reworded questions", lambda r: r.given.get("wording") == "different" and r.kind == "answerable"
)
FOLLOWUPS = Slice("follow-up questions", lambda r: r.kind == "followup")
UNANSWERABLE = Slice("unanswerable questions", lambda r: r.values.get("unanswerable") == 1)
JUDGED = Slice("questions known to be answerable or not", lambda r: "unanswerable" in r.values)
ANSWERS = Slice("answers", lambda r: r.kind not in {"summary", "claim"})
SUMMARIES = Slice("summaries", lambda r: r.kind == "summary")
CLAIMS = Slice("claims", lambda r: r.kind == "claim")
REFERENCED = Slice("answerable cases", lambda r: r.kind in {"answerable", "followup", "response"})

FAITHFULNESS, RELEVANCE, REFUSAL, CORRECTNESS = "Faithfulness", "Relevance", "Refusal", "Correctness"
SUMMARY, JUDGE, SPEED = "Summaries", "The checker against people", "Speed"
GROUPS = (FAITHFULNESS, RELEVANCE, REFUSAL, CORRECTNESS, SUMMARY, JUDGE, SPEED)
# Shown together and first, always: an extractive answer is faithful by construction, so
# faithfulness says little without the others.
HEADLINE = ("faithfulness", "success@5", "refusal_f1", "correct")


def _grounding(prefix: str, label: str, group: str, of: Slice) -> list[Metric]:
    """Return the figures on grounding, of answers or of summaries."""
    sources = "the article" if of is SUMMARIES else "the paragraphs that the answer cites"
    return [
        Metric(
            f"{prefix}faithfulness",
            f"{label}sentences supported",
            group,
            of,
            Ratio("supported", "sentences"),
            f"Share of sentences that the checker finds supported by {sources} (faithfulness in the sense of "
            "Es et al. 2024, RAGAS, with sentences as statements and our checker as the judge).",
            counts="sentences",
        ),
        Metric(
            f"{prefix}citation_recall",
            f"{label}citation recall",
            group,
            of,
            Ratio("recalled", "sentences"),
            "Share of sentences that their own citations together support (Gao et al. 2023, ALCE, section 4; "
            "our checker in place of TRUE).",
            counts="sentences",
        ),
        Metric(
            f"{prefix}citation_precision",
            f"{label}citation precision",
            group,
            of,
            Ratio("precise", "citations"),
            "Citations that support their sentence alone, or without which the others do not (ALCE).",
            counts="citations",
        ),
        Metric(
            f"{prefix}hard_fact_errors",
            f"{label}with a number or name not in the source",
            group,
            of,
            Ratio("hard_errors", "sentences"),
            f"Share of sentences with a number or a name that stands nowhere in {sources}; told without the "
            "checker, by value and stem.",
            better="lower",
            counts="sentences",
        ),
    ]


def _relevance() -> list[Metric]:
    found = [
        ("success@1", "right paragraph first", "a paragraph that answers is ranked first"),
        ("success@5", "right paragraph among five", "a paragraph that answers is among the first five"),
        *(
            (f"recall@{k}", f"recall@{k}", f"mean share of the answering paragraphs among the first {k}")
            for k in (1, 3, 5, 10)
        ),
        (
            "mrr@10",
            "MRR@10",
            "mean of one over the rank of the first that answers, 0 beyond ten (Voorhees 1999)",
        ),
        (
            "ndcg@10",
            "nDCG@10",
            "normalised discounted cumulative gain of the first ten (Järvelin and Kekäläinen 2002)",
        ),
        (
            "cited_gold",
            "first citation right",
            "the first citation is a paragraph that answers; refused counts as wrong",
        ),
    ]
    return [
        Metric(key, label, RELEVANCE, ANSWERABLE, Mean(key), about[0].upper() + about[1:] + ".")
        for key, label, about in found
    ]


def _refusal() -> list[Metric]:
    return [
        Metric(
            "refusal_precision",
            "precision of refusals",
            REFUSAL,
            JUDGED,
            Ratio("rightly_refused", "refused"),
            "Share of the refused questions that cannot be answered.",
            counts="refusals",
            needs=UNANSWERABLE,
        ),
        Metric(
            "refusal_recall",
            "unanswerable refused",
            REFUSAL,
            JUDGED,
            Ratio("rightly_refused", "unanswerable"),
            "Share of the unanswerable questions that are refused.",
            counts="unanswerable",
            needs=UNANSWERABLE,
        ),
        Metric(
            "refusal_f1",
            "F1 of refusals",
            REFUSAL,
            JUDGED,
            Ratio("rightly_refused", "refused_or_unanswerable", 2.0),
            "Harmonic mean of precision and recall of refusals.",
            needs=UNANSWERABLE,
        ),
        Metric(
            "answered",
            "answerable answered",
            REFUSAL,
            ANSWERABLE,
            Mean("answered"),
            "Share of the answerable questions that are answered, rightly or not.",
        ),
        Metric(
            "auroc",
            "AUROC of confidence",
            REFUSAL,
            Slice(
                "questions with a confidence, known to be answerable or not",
                lambda r: "unanswerable" in r.values and "confidence" in r.values,
            ),
            Auroc("confidence", "answerable"),
            "How often an answerable question gets more confidence than an unanswerable one "
            "(Hanley and McNeil 1982).",
            unit="score",
        ),
        Metric(
            "aurc",
            "area under risk-coverage",
            REFUSAL,
            Slice("answers with a confidence", _kept),
            Aurc("confidence", "wrong"),
            "Mean share of wrong answers when only the most confident are kept, over all coverages up to the "
            "shipped threshold (Geifman and El-Yaniv 2017).",
            unit="score",
            better="lower",
        ),
        Metric(
            "calibration_error",
            "calibration error",
            REFUSAL,
            Slice("answers with a confidence", _kept),
            CalibrationError("confidence", "right"),
            "Mean gap between confidence and share right over ten bins (Guo et al. 2017).",
            unit="score",
            better="lower",
        ),
    ]


def _kept(row: Row) -> bool:
    return "right" in row.values and "confidence" in row.values and not row.refused


def _correctness() -> list[Metric]:
    return [
        Metric(
            "correct",
            "answered in two sentences",
            CORRECTNESS,
            REFERENCED,
            Mean("in_two"),
            "An accepted answer stands in the first two sentences, word for word; a refusal is wrong. Over "
            "cases with an accepted answer that is short or stands in the article.",
        ),
        Metric(
            "answer_in_first",
            "answered in one",
            CORRECTNESS,
            REFERENCED,
            Mean("in_first"),
            "An accepted answer stands in the first sentence (Chen et al. 2017, has_answer).",
        ),
        Metric(
            "answer_anywhere",
            "answered anywhere",
            CORRECTNESS,
            REFERENCED,
            Mean("in_all"),
            "An accepted answer stands in the reply.",
        ),
        Metric(
            "exact_match",
            "exact match",
            CORRECTNESS,
            REFERENCED,
            Mean("exact_match"),
            "The short answer equals an accepted one, normalised (Rajpurkar et al. 2016, SQuAD). Where a "
            "reply marks no short answer, its first sentence stands for it.",
        ),
        Metric(
            "token_f1",
            "token F1",
            CORRECTNESS,
            REFERENCED,
            Mean("token_f1"),
            "F1 of the short answer’s words against the best accepted answer (SQuAD).",
        ),
        Metric(
            "answer_recall",
            "words of the answer held",
            CORRECTNESS,
            REFERENCED,
            Mean("answer_recall"),
            "Share of an accepted answer’s words that the whole reply holds; the fair measure where accepted "
            "answers are long (Adlakha et al. 2024).",
        ),
        Metric(
            "right",
            "right reply",
            CORRECTNESS,
            JUDGED,
            Mean("right"),
            "Answered in two sentences where there is an answer, refused where there is none.",
        ),
    ]


def _slices() -> list[Metric]:
    """Return what is looked at closer: questions in other words, and follow-ups."""
    parts = [
        ("same", "in the text’s words", SAME),
        ("reworded", "reworded", REWORDED),
        ("followup", "follow-ups", FOLLOWUPS),
    ]
    found = []
    for key, label, part in parts:
        found += [
            Metric(
                f"{key}:success@1",
                f"{label}: right paragraph first",
                RELEVANCE,
                part,
                Mean("success@1"),
                f"As above, over {part.name}.",
            ),
            Metric(
                f"{key}:success@5",
                f"{label}: among five",
                RELEVANCE,
                part,
                Mean("success@5"),
                f"As above, over {part.name}.",
            ),
            Metric(
                f"{key}:correct",
                f"{label}: answered in two",
                CORRECTNESS,
                part,
                Mean("in_two"),
                f"As above, over {part.name}.",
            ),
        ]
    return found


def _summaries() -> list[Metric]:
    rouge = [("rouge1", "ROUGE-1"), ("rouge2", "ROUGE-2"), ("rougeLsum", "ROUGE-Lsum")]
    return [
        *_grounding("summary_", "", SUMMARY, SUMMARIES),
        *(
            Metric(
                key,
                label,
                SUMMARY,
                SUMMARIES,
                Mean(key),
                "F-measure with stemming, mean over the references (Lin 2004).",
            )
            for key, label in rouge
        ),
        *(
            Metric(
                f"lead3_{key}",
                f"{label} of the first three sentences",
                SUMMARY,
                SUMMARIES,
                Mean(f"lead3_{key}"),
                "The floor: what the article’s first three sentences would score.",
                better="neither",
            )
            for key, label in rouge
        ),
        Metric(
            "coverage",
            "words taken in runs from the article",
            SUMMARY,
            SUMMARIES,
            Mean("coverage"),
            "Extractive fragment coverage (Grusky et al. 2018).",
            better="neither",
        ),
        Metric(
            "words",
            "words",
            SUMMARY,
            SUMMARIES,
            Mean("words"),
            "Length of a summary.",
            unit="words",
            better="neither",
        ),
        Metric(
            "compression",
            "share of the article’s words",
            SUMMARY,
            SUMMARIES,
            Mean("compression"),
            "Length of a summary over the article’s.",
            better="neither",
        ),
    ]


def _judge() -> list[Metric]:
    return [
        Metric(
            "claim_auc",
            "AUC of the score",
            JUDGE,
            CLAIMS,
            Auroc("score", "label"),
            "How often a supported claim scores above another (Hanley and McNeil 1982).",
            unit="score",
        ),
        Metric(
            "claim_balanced_accuracy",
            "balanced accuracy of the verdict",
            JUDGE,
            CLAIMS,
            BalancedAccuracy("said", "label"),
            "Mean of the shares of supported and of other claims judged rightly.",
        ),
        Metric(
            "overlap_auc",
            "AUC of word overlap, the floor",
            JUDGE,
            CLAIMS,
            Auroc("overlap", "label"),
            "The same for the share of the claim’s trigrams that the source holds.",
            unit="score",
            better="neither",
        ),
    ]


def _speed() -> list[Metric]:
    said = "Time from question to reply, the smallest that {} of the questions do not exceed."
    return [
        Metric(
            "latency_p50",
            "time to answer, p50",
            SPEED,
            QUESTIONS,
            Quantile("milliseconds", 0.5),
            said.format("half"),
            "ms",
            "lower",
        ),
        Metric(
            "latency_p95",
            "time to answer, p95",
            SPEED,
            QUESTIONS,
            Quantile("milliseconds", 0.95),
            said.format("95%"),
            "ms",
            "lower",
        ),
        Metric(
            "summary_p50",
            "time to summarise, p50",
            SPEED,
            SUMMARIES,
            Quantile("milliseconds", 0.5),
            "Time to write one summary.",
            "ms",
            "lower",
        ),
        Metric(
            "summary_p95",
            "time to summarise, p95",
            SPEED,
            SUMMARIES,
            Quantile("milliseconds", 0.95),
            "Time to write one summary.",
            "ms",
            "lower",
        ),
    ]


METRICS: tuple[Metric, ...] = (
    *_grounding("", "", FAITHFULNESS, ANSWERS),
    *_relevance(),
    *_refusal(),
    *_correctness(),
    *_slices(),
    *_summaries(),
    *_judge(),
    *_speed(),
)


def measured(rows: Sequence[Row], metrics: Sequence[Metric] = METRICS, seed: int = 0) -> list[Figure]:
    """Return every figure that the rows allow, in the order of `GROUPS`."""
    found = [figure for metric in metrics if (figure := _measure(metric, rows, seed)) is not None]
    return sorted(found, key=lambda f: GROUPS.index(f.group))


def columns_of(metric: Metric, rows: Sequence[Row]) -> tuple[NDArray[np.float64], ...]:
    """Return the metric's columns over those of its cases that have all of them."""
    names = metric.statistic.columns
    kept = [r.values for r in rows if metric.of.holds(r) and all(n in r.values for n in names)]
    return tuple(np.array([values[n] for values in kept], dtype=np.float64) for n in names)


def _measure(metric: Metric, rows: Sequence[Row], seed: int) -> Figure | None:
    if metric.needs is not None and not any(metric.needs.holds(r) for r in rows):
        return None
    columns = columns_of(metric, rows)
    if not len(columns[0]) or not math.isfinite(value := value_of(metric.statistic, *columns)):
        return None
    low, high = interval(bootstrapped(metric.statistic, *columns, seed=seed))
    counted = metric.counts != "cases"
    return Figure(
        key=metric.key,
        label=metric.label,
        group=metric.group,
        value=value,
        low=low,
        high=high,
        n=int(columns[1].sum()) if counted else len(columns[0]),
        cases=int((columns[1] > 0).sum()) if counted else len(columns[0]),
        counts=metric.counts,
        unit=metric.unit,
        better=metric.better,
        of=metric.of.name,
        formula=metric.statistic.formula,
        about=metric.about,
    )
