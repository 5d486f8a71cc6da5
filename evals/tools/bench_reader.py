"""Whether the reader finds in a story what people ask: `python -m footnote.evals.tools.bench_reader STORIES`.

The 300 questions of `reader_data/news.jsonl` were asked about 60 stories of BBC news, which are not part of
Footnote (STORIES: lines of JSON with `id`, `title` and `text`), by somebody who knew neither the reader nor
its training; they chose nothing. Without STORIES those of `tuned.jsonl` are asked, which chose among readers.
The reader reads the whole story. Told are how often its likeliest answer stands in the sentence that answers,
how well its log-odds tell these from all other questions (AUROC), and how many answers are right among the
surest while 85 of 100 of these are.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from footnote.evals.metrics.statistic import wilson
from footnote.evals.tools.reader_questions import NEWS, TUNED, news, questions, stories
from footnote.ingest.text.sentences import sentences
from footnote.rag.answer.reader import WEIGHTS, Likely, PackagedReader
from footnote.rag.types import Passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from footnote.evals.tools.reader_questions import Asked, Story
    from footnote.rag.answer.reader import Reader

WINDOWS = 60  # more than a story has
PRECISION = 0.85


class Found(NamedTuple):
    """What the reader made of a question: has it an answer, was it found, and how sure is it."""

    has_answer: bool
    right: bool
    odds: float


def read(asked: Sequence[Asked], of: Mapping[str, Story], reader: Reader) -> Iterator[Found]:
    """Have each question's story read."""
    for one in asked:
        story = of[one.story]
        passages = [
            Passage(one.story, story.title, "", "", n, "", text, 0.0)
            for n, text in enumerate(story.paragraphs)
        ]
        spans = [[Likely(span, 1.0) for span in sentences(text)] for text in story.paragraphs]
        readings = reader.read(one.question, passages, spans, WINDOWS)
        best, number, place = max(
            (reading, number, place)
            for number, told in enumerate(readings)
            for place, reading in enumerate(told)
            if reading is not None
        )
        span = spans[number][place].span
        right = one.end > 0 and number == one.paragraph and span.start <= one.start < span.end
        yield Found(one.end > 0, right, best.margin / 2 + best.says)


def summary(found: Sequence[Found]) -> str:
    """Return the figures in a line."""
    right = np.array([one.right for one in found])
    odds = np.array([one.odds for one in found])
    answerable = sum(one.has_answer for one in found)
    low, high = wilson(int(right.sum()), answerable)
    told = right[np.argsort(-odds, kind="stable")].cumsum()
    sure = told[told / np.arange(1, len(told) + 1) >= PRECISION]
    return (
        f"{right.sum()} of {answerable} answers found ({100 * low:.0f}–{100 * high:.0f}%), "
        f"AUROC of found among all {len(found)} {roc_auc_score(right, odds):.3f}, "
        f"told at {PRECISION:.0%} precision {sure.max(initial=0)} ({sure.max(initial=0) / answerable:.0%})"
    )


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stories", type=Path, nargs="?")
    parser.add_argument("--reader", type=Path, nargs="+", default=[WEIGHTS], help="files of readers")
    given = parser.parse_args()
    asked, of = (questions(NEWS), news(given.stories)) if given.stories else (questions(TUNED), stories())
    for weights in given.reader:
        print(f"{weights.name}: {summary(list(read(asked, of, PackagedReader(weights))))}")


if __name__ == "__main__":
    main()
