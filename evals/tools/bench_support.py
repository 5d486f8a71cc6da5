"""How long the support checker takes, in ms and against a baseline: `python -m
footnote.evals.tools.bench_support`.

The sentences are those of the sample articles as `evals.tools.corruption` changes and rephrases them: none
stands in its paragraph word for word, so that each is laid along it in full. The paragraph has been read
before, the sentence has not: as when an answer is checked sentence by sentence. Machines differ and are
busy; so the time of the processor stands beside that of the clock, and as a multiple of word overlap
(`evals.metrics.checker.overlap`, words, bigrams and trigrams) on the same pairs.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from footnote.evals.metrics.checker import overlap
from footnote.evals.tools.corruption import article_texts, trials
from footnote.rag.check.alignment import prepare
from footnote.rag.check.support import GAP, check_support

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.evals.tools.corruption import Trial

SENTENCES = 200
WARMED = 50  # sentences of other articles' kind judged first, so that the code and its word lists are loaded


def milliseconds(work: Callable[[Trial], object], tried: Sequence[Trial]) -> tuple[list[float], list[float]]:
    """Return how long `work` takes on each trial, by the clock and of the processor; none runs twice."""
    clock, processor = [], []
    for trial in tried:
        prepare(GAP.join(trial.evidence))
        start, used = time.perf_counter(), time.thread_time()
        work(trial)
        processor.append(1000 * (time.thread_time() - used))
        clock.append(1000 * (time.perf_counter() - start))
    return clock, processor


def main() -> int:
    """Measure and print; return the exit status."""
    made = trials(article_texts([]), limit=SENTENCES + WARMED)
    wide = trials(article_texts([]), limit=SENTENCES + WARMED, reach="article")

    def floor(trial: Trial) -> float:
        return sum(overlap(trial.sentence, " ".join(trial.evidence), n) for n in (1, 2, 3))

    def check(trial: Trial) -> object:
        return check_support(trial.sentence, trial.evidence)

    base = 0.0
    print(f"{'':36}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}{'CPU p50':>9}{'CPU p95':>9}{'x overlap':>11}")
    for name, work, group in (
        ("word overlap (baseline)", floor, [t for t in made if t.kind != "as it is"]),
        ("reworded or changed, on a paragraph", check, [t for t in made if t.kind != "as it is"]),
        ("the same, on the whole article", check, [t for t in wide if t.kind != "as it is"]),
        ("word for word", check, [t for t in made if t.kind == "as it is"]),
    ):
        milliseconds(work, group[:WARMED])
        clock, processor = milliseconds(work, group[WARMED:])
        shown = [*np.percentile(clock, [50, 95]), *np.percentile(processor, [50, 95])]
        base = base or float(shown[2])  # the first row is the baseline
        columns = "".join(f"{ms:>9.2f}" for ms in shown)
        print(f"{name:36}{len(clock):>6}{columns}{shown[2] / base:>11.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
