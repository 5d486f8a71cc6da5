"""Does what is said rest on what is cited? Faithfulness, citations and hard facts, judged by our checker."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import SENTENCES, SUPPORTED
from footnote.evals.metrics.metric import (
    BY_CASES,
    FAITHFULNESS,
    SUMMARY,
    CaseOutcome,
    Headline,
    Metric,
)
from footnote.evals.metrics.rows import JudgedSentence
from footnote.evals.metrics.slices import ANSWERS, SUMMARIES
from footnote.evals.metrics.statistic import Mean, Ratio
from footnote.evals.suite.cases import ResponseCase, SummaryCase
from footnote.ingest.text.words import stem, stems, words
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from footnote.evals.metrics.context import MetricContext
    from footnote.evals.metrics.rows import Row
    from footnote.evals.metrics.slices import Slice
    from footnote.rag.check.support import SupportChecker

NUMBER = re.compile(
    r"(?P<digits>\d+(?:[.,]\d+)*)\s?(?P<magnitude>thousand|million|billion|trillion|k|m|mn|bn|tn)?\b",
    re.IGNORECASE,
)
SHARE_SUPPORTED = "share_supported"
RECALLED, CITATIONS, PRECISE, HARD_ERRORS = "recalled", "citations", "precise", "hard_errors"
ON_CITATIONS = {RECALLED, CITATIONS, PRECISE}
MAGNITUDES = {"t": 1e3, "k": 1e3, "m": 1e6, "b": 1e9}
UNCITED = Support(Verdict.UNSUPPORTED, 0.0, "The sentence cites nothing.")
NO_CONTEXT = Support(Verdict.UNSUPPORTED, 0.0, "The answer came without a context to hold it against.")


def judge(
    sentences: Sequence[tuple[str, tuple[int, ...]]],
    cited: Mapping[int, str],
    evidence: Sequence[str],
    check: SupportChecker,
) -> tuple[JudgedSentence, ...]:
    """Judge sentences, each with the numbers that it cites, against the texts behind the numbers.

    `evidence` is what the whole reply may rest on. A sentence of which any verdict failed has that for its
    `support`. Citation recall and precision are those of Gao
    et al. 2023 (ALCE, section 4): a sentence counts for recall when its citations together support
    it; a citation of such a sentence is imprecise when it alone does not support the sentence and
    the others without it do.
    """
    known: dict[tuple[str, tuple[str, ...]], Support] = {}

    def verdict(text: str, texts: Sequence[str]) -> Support:
        key = (text, tuple(texts))
        if key not in known:
            known[key] = check(text, list(texts)) if texts else UNCITED
        return known[key]

    judged = []
    for text, numbers in sentences:
        usable = tuple(n for n in numbers if n in cited)
        own = verdict(text, [cited[n] for n in usable])
        whole = verdict(text, evidence) if evidence else NO_CONTEXT
        precise = _precise(text, usable, cited, own, verdict)
        lost = next((v for (about, _), v in known.items() if v.failed and about == text), None)
        judged.append(
            JudgedSentence(
                text,
                usable,
                lost or whole,
                own,
                precise,
                lost_facts(text, evidence),
            )
        )
    return tuple(judged)


def _precise(
    text: str,
    numbers: Sequence[int],
    cited: Mapping[int, str],
    own: Support,
    verdict: Callable[[str, Sequence[str]], Support],
) -> tuple[bool, ...]:
    if not _supports(own):
        return tuple(False for _ in numbers)
    if len(numbers) == 1:
        return (True,)
    return tuple(
        _supports(verdict(text, [cited[n]]))
        or not _supports(verdict(text, [cited[m] for m in numbers if m != n]))
        for n in numbers
    )


def _supports(support: Support) -> bool:
    return support.verdict is Verdict.SUPPORTED


def grounding_values(ctx: MetricContext) -> dict[str, float]:
    """Return what the figures on a reply's grounding count; those on citations only where there are any."""
    match ctx.case:
        case _ if ctx.unjudged:
            return {}
        case SummaryCase():
            return sentence_counts(ctx.sentences)
        case ResponseCase() if not ctx.grounded:
            return {}
        case _ if not ctx.sentences:
            return {}
        case _:
            counts = sentence_counts(ctx.sentences)
            return counts if ctx.cites else {k: v for k, v in counts.items() if k not in ON_CITATIONS}


def sentence_counts(given: Sequence[JudgedSentence]) -> dict[str, float]:
    """Count sentences and citations, sound and all; what makes no claim is neither."""
    sentences = [s for s in given if s.support.verdict is not Verdict.NONE]
    supported = float(sum(_supports(s.support) for s in sentences))
    return {
        SENTENCES: float(len(sentences)),
        SUPPORTED: supported,
        **({SHARE_SUPPORTED: supported / len(sentences)} if sentences else {}),
        "partly_supported": float(sum(s.support.verdict is Verdict.PARTIAL for s in sentences)),
        RECALLED: float(sum(_supports(s.cited) for s in sentences)),
        CITATIONS: float(sum(len(s.citations) for s in sentences)),
        PRECISE: float(sum(sum(s.precise) for s in sentences)),
        HARD_ERRORS: float(sum(bool(s.lost) for s in sentences)),
    }


def lost_facts(sentence: str, evidence: Sequence[str]) -> tuple[str, ...]:
    """Return the numbers and names of `sentence` that stand nowhere in `evidence`.

    Independent of the judge, so that the two can be compared: numbers are equal in value whatever
    their form (4.2 million = 4,200,000); a name is a capitalised word that does not open the
    sentence, found by its stem.

    >>> lost_facts("About 4.2 million people live in Alta.", ["It has 4,200,000 inhabitants."])
    ('Alta',)
    """
    text = " ".join(evidence)
    values, roots = {v for _, v in numbers_in(text)}, set(stems(text))
    lost = [shown for shown, value in numbers_in(sentence) if value not in values]
    opening = next(iter(words(sentence)), "")
    names = [w for w in words(sentence) if w[0].isupper() and w != opening and stem(w) not in roots]
    return tuple(dict.fromkeys([*lost, *names]))


def numbers_in(text: str) -> list[tuple[str, float]]:
    """Return every number of `text` as written and its value, with thousands and magnitudes.

    >>> numbers_in("£4.2m for 1,400 homes")
    [('4.2m', 4200000.0), ('1,400', 1400.0)]
    """
    found = []
    for match in NUMBER.finditer(text):
        magnitude = (match["magnitude"] or "").lower()
        value = _value(match["digits"])
        if magnitude:
            factor = 1e12 if magnitude in {"trillion", "tn"} else MAGNITUDES[magnitude[0]]
            value = round(value * factor, 6)
        found.append((match[0].strip(), value))
    return found


def _value(digits: str) -> float:
    bare = re.sub(r",(?=\d{3}(?!\d))", "", digits)
    whole, *parts = re.split(r"[.,]", bare)
    return float(f"{whole}.{''.join(parts)}" if parts else whole)


def _all_supported(row: Row) -> float | None:
    if not row.sentences:
        return None
    return float(row.values.get(SUPPORTED) == row.values.get(SENTENCES))


def _metrics(prefix: str, group: str, of: Slice, sources: str) -> tuple[Metric, Metric, Metric, Metric]:
    """Return the metrics on grounding, of answers or of summaries."""
    return (
        Metric(
            key=f"{prefix}faithfulness",
            label="sentences supported",
            group=group,
            of=of,
            evaluate=grounding_values,
            statistic=Ratio(SUPPORTED, SENTENCES),
            about=f"Share of sentences that the checker finds supported by {sources} (faithfulness in the "
            "sense of Es et al. 2024, RAGAS, with sentences as statements and our checker as the judge).",
            counts="sentences",
            slack=BY_CASES,
        ),
        Metric(
            key=f"{prefix}citation_recall",
            label="citation recall",
            group=group,
            of=of,
            evaluate=grounding_values,
            statistic=Ratio(RECALLED, SENTENCES),
            about="Share of sentences that their own citations together support (Gao et al. 2023, ALCE, "
            "section 4; our checker in place of TRUE).",
            counts="sentences",
            slack=BY_CASES,
        ),
        Metric(
            key=f"{prefix}citation_precision",
            label="citation precision",
            group=group,
            of=of,
            evaluate=grounding_values,
            statistic=Ratio(PRECISE, CITATIONS),
            about="Citations that support their sentence alone, or without which the others do not (ALCE).",
            counts="citations",
        ),
        Metric(
            key=f"{prefix}hard_fact_errors",
            label="with a number or name not in the source",
            group=group,
            of=of,
            evaluate=grounding_values,
            statistic=Ratio(HARD_ERRORS, SENTENCES),
            about=f"Share of sentences with a number or a name that stands nowhere in {sources}; told "
            "without the checker, by value and stem.",
            better="lower",
            counts="sentences",
        ),
    )


_FAITHFUL, _RECALL, _PRECISION, _HARD = _metrics(
    "",
    FAITHFULNESS,
    ANSWERS,
    "the paragraphs that the answer cites, or by the contexts of another system’s",
)
_SUMMARY_FAITHFUL, *_SUMMARY_OTHERS = _metrics("summary_", SUMMARY, SUMMARIES, "the article")
GROUNDING_METRICS = (
    replace(
        _FAITHFUL,
        headline=Headline(
            "Faithfulness",
            "of the sentences shown are supported by their sources",
            "no answer was judged",
        ),
        outcome=CaseOutcome(4, "every sentence supported", _all_supported),
    ),
    Metric(
        key="faithfulness_by_answer",
        label="the same, mean over answers",
        group=FAITHFULNESS,
        of=ANSWERS,
        evaluate=grounding_values,
        statistic=Mean(SHARE_SUPPORTED),
        about="Mean over answers of the share of their sentences that are supported, as RAGAS and DeepEval "
        "average: a long answer weighs no more than a short one.",
    ),
    _RECALL,
    replace(_PRECISION, slack=BY_CASES),
    _HARD,
    replace(
        _SUMMARY_FAITHFUL,
        headline=Headline(
            "Faithfulness", "of the summaries’ sentences are supported", stands_in_for="faithfulness"
        ),
    ),
    *_SUMMARY_OTHERS,
)
