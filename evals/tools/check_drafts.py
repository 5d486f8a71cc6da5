"""How well the checker judges claims that were written about articles.

    python -m footnote.evals.tools.check_drafts evals/tools/judge_data/drafts/kept/*.jsonl

Each file is one of `judge_data/drafts`. A claim is judged as `footnote check --against` judges it, on its
article alone; one of several sentences is supported when all are, and scores as the lowest does. Beside the
score stand the judge alone (the mean log-odds of entailment over what it reads; even where it does not know
the language) and the share of the claim's words that the article holds. It chooses nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from footnote.evals.metrics.checker import overlap
from footnote.evals.metrics.meta_evaluation import ACCURACY, AUC, Claim, drawn
from footnote.evals.metrics.statistic import with_interval
from footnote.evals.tools.train_support import of_drafts
from footnote.ingest.documents import read_text
from footnote.rag.check.alignment import prepare
from footnote.rag.check.judge import opinion, shipped_judge
from footnote.rag.check.support import GAP
from footnote.rag.review import check_against, passages_of
from footnote.rag.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = 0


class Judged(NamedTuple):
    """A claim's label, whether it was called supported, and what three ways of judging make of it."""

    label: bool
    supported: bool
    score: float
    judge: float
    overlap: float


def judged(claim: Claim) -> Judged:
    """Judge a claim on its article, the first part of which is the title."""
    title, _, text = claim.source.partition(GAP)
    checked = check_against(claim.claim, passages_of(read_text(text, title=title)))
    supports = [s.support for s in checked.sentences]
    alone = opinion(claim.claim, prepare(claim.source), shipped_judge()).mean
    return Judged(
        claim.label,
        all(s.verdict is Verdict.SUPPORTED for s in supports),
        min(s.score for s in supports),
        float(np.nan_to_num(alone)),
        overlap(claim.claim, claim.source),
    )


def told(name: str, found: Sequence[Judged]) -> Iterator[str]:
    """Yield the figures of a file, a line each."""
    table = np.array(found, dtype=np.float64)
    labels, said = table[:, 0], table[:, 1]
    yield f"{name}: {len(found):,} claims, {int(labels.sum()):,} of them true"
    yield f"  balanced accuracy of “supported”  {_shown(with_interval(ACCURACY, said, labels))}"
    yield f"  true ones flagged {int((labels * (1 - said)).sum()):,} of {int(labels.sum()):,}"
    yield f"  false ones called supported {int(((1 - labels) * said).sum()):,} of {int((1 - labels).sum()):,}"
    for column, what in enumerate(("the score", "the judge alone", "word overlap"), start=2):
        yield f"  AUC of {what:16} {_shown(with_interval(AUC, table[:, column], labels))}"


def _shown(figure: tuple[float, float, float] | None) -> str:
    if figure is None:
        return "not measured: it takes true ones and false ones"
    value, low, high = figure
    return f"{value:.3f} ({low:.3f}–{high:.3f})"


def main(argv: Sequence[str] | None = None) -> int:
    """Judge and print; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, help="claims of a file that are drawn")
    given = parser.parse_args(argv)
    for path in given.files:
        claims = drawn(of_drafts(path), given.limit, SEED)
        print("\n".join(told(path.stem, [judged(claim) for claim in claims])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
