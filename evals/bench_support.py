"""How long the support checker takes, in ms and against a baseline: `python -m evals.bench_support`.

The sentences are those of the sample articles as `evals.corruption` changes and rephrases them: none stands
in its paragraph word for word, so that each is laid along it in full. Machines differ and are busy; so each
time is also given as a multiple of word overlap (`evals.judges.overlap`, words, bigrams and trigrams) on the
same pairs.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from evals.corruption import article_texts, trials
from evals.judges import overlap
from rag.support import check_support

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evals.corruption import Trial

SENTENCES = 200


def milliseconds(work: Callable[[Trial], object], tried: Sequence[Trial]) -> list[float]:
    """Return how long `work` takes on each trial, after one round to warm it."""
    for trial in tried:
        work(trial)
    found = []
    for trial in tried:
        start = time.perf_counter()
        work(trial)
        found.append(1000 * (time.perf_counter() - start))
    return found


def main() -> int:
    """Measure and print; return the exit status."""
    made = trials(article_texts([]), limit=SENTENCES)
    tried = [t for t in made if t.kind != "as it is"]
    copied = [t for t in made if t.kind == "as it is"]

    def floor(trial: Trial) -> float:
        return sum(overlap(trial.sentence, " ".join(trial.evidence), n) for n in (1, 2, 3))

    base = 0.0
    print(f"{'':28}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}{'x overlap':>11}")
    for name, group, work in (
        ("word overlap (baseline)", tried, floor),
        ("reworded or changed", tried, lambda t: check_support(t.sentence, t.evidence)),
        ("word for word", copied, lambda t: check_support(t.sentence, t.evidence)),
    ):
        p50, p95 = np.percentile(milliseconds(work, group), [50, 95])
        base = base or float(p50)  # the first row is the baseline
        print(f"{name:28}{len(group):>6}{p50:>9.2f}{p95:>9.2f}{p50 / base:>11.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
