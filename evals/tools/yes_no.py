"""How often “yes” and “no” are claimed, and rightly: `python -m footnote.evals.tools.yes_no`.

The questions are in `evals/suite/built_in/yes_no.jsonl`, on the sample articles, half of them with
the answer no or with none: `{"id", "question", "yes_no": "yes" | "no" | null, "article"}`. A claim where the
articles do not answer counts as wrong. Precision has a 95% Wilson interval.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.evals.metrics.statistic import wilson
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import sample_suite
from footnote.rag.assistant import build
from footnote.rag.settings import Settings
from footnote.rag.types import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence


def summary(rows: Sequence[tuple[str | None, str | None]]) -> str:
    """Return the figures of pairs: what was claimed, and what is right."""
    claimed = [(said, right) for said, right in rows if said]
    good = sum(said == right for said, right in claimed)
    low, high = wilson(good, len(claimed))
    told = sum(right is not None for _, right in rows)
    share = 100 * good / (len(claimed) or 1)
    return (
        f"{len(rows)} questions, {len(claimed)} claims, {good} right: precision {share:.1f} "
        f"({100 * low:.1f}–{100 * high:.1f}), {good} of the {told} that have an answer"
    )


def main() -> int:
    """Ask and print; return the exit status."""
    lines = (
        files("footnote.evals.suite.built_in")
        .joinpath("yes_no.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    cases = [json.loads(line) for line in lines]
    with (
        tempfile.TemporaryDirectory() as folder,
        build(Settings(home=Path(folder) / "library")) as assistant,
    ):
        fill(assistant, sample_suite())
        rows = []
        for case in cases:
            reply = assistant.ask(case["question"])
            said = reply.yes_no if isinstance(reply, Answer) else None
            rows.append((said, case["yes_no"]))
            if said and said != case["yes_no"]:
                print(f"{said} instead of {case['yes_no']}: {case['question']} {reply.text}")
    print(summary(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
