"""Is a follow-up question understood? `python -m footnote.evals.tools.followups [SUITE] [--home DIR]
[--limit N]`.

A suite is what `footnote evaluate` takes; without one, the built-in. Of each question with a conversation
before it and known paragraphs, the paragraphs are searched for four ways: with the question as it stands,
with all the questions so far in a row, with the rules' first reading, and as the assistant understands it.
Questions without a conversation are asked after one on another article: a new topic without warning, where
nothing may get worse. Printed: the share with a right paragraph among the first 1, 3, 5 and 10, with n and a
bootstrap 95% interval.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from footnote.evals.metrics.relevance import DEPTH, RECALL_AT
from footnote.evals.metrics.statistic import Mean, bootstrapped, interval
from footnote.evals.suite.cases import Case
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import SAMPLES, load_suite
from footnote.rag.assistant import build
from footnote.rag.converse.followup import understand
from footnote.rag.settings import Settings
from footnote.rag.types import Turn, Understood

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from footnote.evals.suite.cases import Suite
    from footnote.rag.assistant import Assistant

    Reading = Callable[[Case], str | Understood]
    Key = tuple[str, int]


def readings(assistant: Assistant) -> dict[str, Reading]:
    """Return the ways to read a follow-up, by name."""
    return {
        "the question alone": lambda case: case.question,
        "all questions in a row": lambda case: " ".join([*_asked(case.history), case.question]),
        "first reading by rule": lambda case: understand(case.question, case.history),
        "as understood": lambda case: assistant.understood(case.question, history=case.history),
    }


def _asked(history: Sequence[Turn]) -> list[str]:
    return [turn.content for turn in history if turn.role == "user"]


def following(suite: Suite) -> list[Case]:
    """Return the questions that have a conversation before them and paragraphs that answer."""
    return [c for c in suite.cases if isinstance(c, Case) and c.history and c.gold]


def changing(suite: Suite, seed: int = 0) -> list[Case]:
    """Return the questions without a conversation, each after a question and answer on another article."""
    cases = [c for c in suite.cases if isinstance(c, Case) and not c.history and c.gold and c.answers]
    drawn = random.Random(seed)  # noqa: S311 - not for secrets
    found = []
    for case in cases:
        others = [c for c in cases if c.article != case.article]
        if others:
            other = drawn.choice(others)
            turns = (Turn("user", other.question), Turn("assistant", other.answers[0]))
            found.append(replace(case, history=turns))
    return found


def places(assistant: Assistant, case: Case, reading: Reading, ids: Mapping[str, str]) -> int:
    """Return the rank of the first right paragraph for a reading; DEPTH + 1 when none is found."""
    right = {(ids.get(g.article) or assistant.library.resolve(g.article), g.paragraph) for g in case.gold}
    query = reading(case)
    if isinstance(query, str):
        query = query[: assistant.settings.max_question]
    found = assistant.search(query, k=DEPTH)
    ranks = (n for n, p in enumerate(found, start=1) if (p.article_id, p.paragraph) in right)
    return next(ranks, DEPTH + 1)


def row(name: str, ranks: Sequence[int]) -> str:
    """Return a line of the table."""
    cells = []
    for k in RECALL_AT:
        hits = np.array([rank <= k for rank in ranks], dtype=np.float64)
        low, high = interval(bootstrapped(Mean("hit"), hits))
        cells.append(f"{100 * hits.mean():5.1f} ({100 * low:.1f}–{100 * high:.1f})")
    return f"{name:24}" + "".join(f"{cell:>20}" for cell in cells)


def measure(assistant: Assistant, suite: Suite, limit: int | None = None) -> None:
    """Print the tables of one suite."""
    corpus = fill(assistant, suite)
    head = "".join(f"{f'first {k}':>20}" for k in RECALL_AT)
    for title, cases in (("after a conversation", following(suite)), ("a new topic", changing(suite))):
        chosen = cases if limit is None else random.Random(0).sample(cases, min(limit, len(cases)))  # noqa: S311
        if not chosen:
            continue
        print(f"\n{suite.name}: {title}, n={len(chosen)}\n{'':24}{head}")
        for name, reading in readings(assistant).items():
            print(row(name, [places(assistant, c, reading, corpus.ids) for c in chosen]), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.followups", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", default=[SAMPLES])
    parser.add_argument("--home", type=Path, help="keep the libraries here between runs")
    parser.add_argument("--limit", type=int, help="at most so many questions of each kind")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        for name in given.suites:
            suite = load_suite(name)
            home = (given.home or Path(folder)) / f"{suite.name}-{suite.digest}"
            with build(Settings(home=home)) as assistant:
                measure(assistant, suite, given.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
