"""Is the answer right? Exact match, token F1 and held answers, as question answering defines them."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from footnote.evals.metrics.columns import IN_TWO, RIGHT, WRONG
from footnote.evals.metrics.metric import BY_CASES, CORRECTNESS, CaseOutcome, Headline, Metric
from footnote.evals.metrics.slices import KNOWN, REFERENCED, SUBSETS
from footnote.evals.metrics.statistic import Mean
from footnote.evals.suite.cases import Case, ResponseCase
from footnote.rag.types import Answer, ShortAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.evals.metrics.context import MetricContext
    from footnote.evals.metrics.slices import Slice
    from footnote.evals.suite.cases import AnyCase

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation + "‘’“”–—…")
TOKEN = re.compile(r"\w+")
# Longer accepted answers that stand nowhere in the articles were written freely, and no reply will hold them
# word for word: 145 of 150 in MTRAG, none of 2,650 in SQuAD 2.0, 7 of 798 in COVID-QA (spans cut in a word).
LONGEST_HELD = 12


def correctness_values(ctx: MetricContext) -> dict[str, float]:
    """Return how right the reply is, each way by its column, and whether it is right."""
    accepted = _accepted(ctx.case)
    values = answer_values(ctx.said, accepted, ctx.sources, short=_short_answer(ctx)) if accepted else {}
    if ctx.failed:
        right: float | None = 0.0
    elif ctx.answerable is False:
        right = float(ctx.refused)
    else:
        right = values.get(IN_TWO)
    return values if right is None else values | {RIGHT: right, WRONG: 1.0 - right}


def _accepted(case: AnyCase) -> tuple[str, ...]:
    match case:
        case Case() if case.kind != "unanswerable":
            return case.answers
        case ResponseCase() if case.reference and case.answerable is not False:
            return case.references or (case.reference,)
        case _:
            return ()


def _short_answer(ctx: MetricContext) -> str:
    """Return the few words that answer, where the reply marks them."""
    match ctx.case, ctx.reply:
        case ResponseCase(short_answer=text), _:
            return text
        case _, Answer(short_answer=ShortAnswer(text=text)):
            return text
        case _:
            return ""


def normalised(text: str) -> str:
    """Return `text` as SQuAD's evaluation compares it: lower case, no punctuation, no articles.

    Rajpurkar et al. 2016, the official `evaluate-v2.0.py`; typographic quotes and dashes count as
    punctuation too, which that script leaves in.

    >>> normalised("The  “Terna” (a ferry).")
    'terna ferry'
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """Return 1 when the answer equals an accepted one after `normalised`, else 0 (SQuAD)."""
    return float(any(normalised(answer) == normalised(a) for a in accepted))


def token_f1(answer: str, accepted: Sequence[str]) -> float:
    """Return the best F1 of the answer's words against an accepted answer's, as bags (SQuAD).

    >>> round(token_f1("the stone bridge", ["a bridge"]), 3)
    0.667
    """
    return max((_f1(normalised(answer).split(), normalised(a).split()) for a in accepted), default=0.0)


def _f1(answer: Sequence[str], accepted: Sequence[str]) -> float:
    if not answer or not accepted:
        return float(list(answer) == list(accepted))
    common = sum((Counter(answer) & Counter(accepted)).values())
    return 2 * common / (len(answer) + len(accepted))


def token_recall(answer: str, accepted: Sequence[str]) -> float:
    """Return the largest share of an accepted answer's words that the answer holds, as bags.

    The measure of correctness for long answers that agrees best with people in Adlakha et al. 2024
    (“Evaluating correctness and faithfulness of instruction-following models”, TACL 12).
    """
    given = Counter(normalised(answer).split())
    shares = []
    for one in accepted:
        wanted = Counter(normalised(one).split())
        if wanted:
            shares.append(sum((given & wanted).values()) / sum(wanted.values()))
    return max(shares, default=0.0)


def has_answer(text: str, accepted: Sequence[str]) -> bool:
    """Tell whether the words of an accepted answer stand in `text` in a row, case aside.

    The match of Chen et al. 2017 (DrQA): whole words, so `12` is not in `2012`.

    >>> has_answer("It closed at 22:40.", ["22:40"]), has_answer("In 2012.", ["12"])
    (True, False)
    """
    shown = f" {' '.join(_tokens(text))} "
    return any(found and f" {' '.join(found)} " in shown for found in map(_tokens, accepted))


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def answer_values(
    said: Sequence[str], accepted: Sequence[str], sources: Sequence[str], *, short: str = ""
) -> dict[str, float]:
    """Return how right an answer's sentences `said` are; an empty answer is wrong in every way.

    `short` is the short answer, or the first sentence stands for it. Where every accepted answer is
    long and stands in none of `sources`, only the shares of words are there: see `LONGEST_HELD`.
    """
    whole = " ".join(said)
    short = short or (said[0] if said else "")
    values = {"token_f1": token_f1(short, accepted), "answer_recall": token_recall(whole, accepted)}
    if all(len(_tokens(a)) > LONGEST_HELD for a in accepted) and not has_answer(" ".join(sources), accepted):
        return values
    return values | {
        "in_first": float(has_answer(" ".join(said[:1]), accepted)),
        IN_TWO: float(has_answer(" ".join(said[:2]), accepted)),
        "in_all": float(has_answer(whole, accepted)),
        "exact_match": exact_match(short, accepted),
    }


def _mean(key: str, label: str, column: str, about: str, of: Slice = REFERENCED) -> Metric:
    return Metric(
        key=key,
        label=label,
        group=CORRECTNESS,
        of=of,
        evaluate=correctness_values,
        statistic=Mean(column),
        about=about,
    )


def _over_subsets() -> Iterator[Metric]:
    for prefix, name, part in SUBSETS:
        metric = _mean(
            f"{prefix}:correct", f"{name}: answered in two", IN_TWO, f"As above, over {part.name}.", part
        )
        yield replace(metric, slack=BY_CASES) if prefix == "same" else metric


CORRECTNESS_METRICS = (
    replace(
        _mean(
            "correct",
            "answered in two sentences",
            IN_TWO,
            "An accepted answer stands in the first two sentences, word for word; a refusal is wrong. Over "
            "cases with an accepted answer that is short or stands in the article.",
        ),
        slack=BY_CASES,
        headline=Headline(
            "Correctness",
            "of the answerable are answered in two sentences",
            "the cases have no accepted answers",
        ),
        outcome=CaseOutcome(2, "answered in two sentences", lambda row: row.values.get(IN_TWO)),
    ),
    _mean(
        "answer_in_first",
        "answered in one",
        "in_first",
        "An accepted answer stands in the first sentence (Chen et al. 2017, has_answer).",
    ),
    _mean("answer_anywhere", "answered anywhere", "in_all", "An accepted answer stands in the reply."),
    _mean(
        "exact_match",
        "exact match",
        "exact_match",
        "The short answer equals an accepted one, normalised (Rajpurkar et al. 2016, SQuAD). Where a "
        "reply marks no short answer, its first sentence stands for it.",
    ),
    _mean(
        "token_f1",
        "token F1",
        "token_f1",
        "F1 of the short answer’s words against the best accepted answer (SQuAD).",
    ),
    replace(
        _mean(
            "answer_recall",
            "words of the answer held",
            "answer_recall",
            "Share of an accepted answer’s words that the whole reply holds; the fair measure where accepted "
            "answers are long (Adlakha et al. 2024).",
        ),
        # Most accepted answers are then free text, of which only the words can be compared.
        headline=Headline(
            "Correctness",
            "of the words of the accepted answers are held",
            stands_in_for="correct",
            share=0.5,
        ),
    ),
    replace(
        _mean(
            "right",
            "right reply",
            RIGHT,
            "Answered in two sentences where there is an answer, refused where there is none.",
            KNOWN,
        ),
        slack=BY_CASES,
        outcome=CaseOutcome(1, "right reply", lambda row: row.values.get(RIGHT)),
    ),
    *_over_subsets(),
)
