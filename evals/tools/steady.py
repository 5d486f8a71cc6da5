"""Does an answer stay the same when the question is only said otherwise? `python -m
footnote.evals.tools.steady [SUITE] [--home DIR] [--limit N] [--verbose]`.

A suite is what `footnote evaluate` takes; without one, the built-in. Each question without a conversation
that is answered is asked again in every form of `evals.suite.restate` that fits it. A reply is steady when
its short answer, or else its first sentence, rests on the same place as before. Printed: how many of how
many for each form, with the Wilson 95% interval. The exit status is 1 below `--floor` in all.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.evals.metrics.correctness import normalised
from footnote.evals.metrics.statistic import wilson
from footnote.evals.suite.cases import Case
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import SAMPLES, load_suite
from footnote.evals.suite.restate import FORMS
from footnote.rag.assistant import build
from footnote.rag.settings import Settings
from footnote.rag.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.evals.suite.cases import Suite
    from footnote.rag.assistant import Assistant
    from footnote.rag.types import Reply


@dataclass(frozen=True, slots=True)
class Restated:
    """A question said otherwise: in which form, what was asked, and whether the answer stayed."""

    form: str
    question: str
    asked: str
    steady: bool


def same(one: Reply, other: Reply) -> bool:
    """Tell whether two replies give the same answer: the same few words, or the same sentence first."""
    if not (isinstance(one, Answer) and isinstance(other, Answer)):
        return False
    if one.short_answer and other.short_answer:
        a, b = normalised(one.short_answer.text), normalised(other.short_answer.text)
        if a == b or f" {a} " in f" {b} " or f" {b} " in f" {a} ":
            return True
    return _place(one) == _place(other)


def _place(reply: Answer) -> tuple[str, int, int]:
    number = next(n for s in reply.sentences for n in s.citations)
    first = next(c for c in reply.citations if c.number == number)
    return first.article_id, first.paragraph, first.quote_start


def restated(assistant: Assistant, suite: Suite, limit: int | None = None) -> Iterator[Restated]:
    """Ask, and ask again in every form; questions that are not answered say nothing here.

    The library must hold the suite's articles.
    """
    cases = [c for c in suite.cases if isinstance(c, Case) and c.kind == "answerable" and not c.history]
    drawn = random.Random(0)  # noqa: S311 - not for secrets
    for case in cases if limit is None else drawn.sample(cases, min(limit, len(cases))):
        before = assistant.ask(case.question)
        if not isinstance(before, Answer):
            continue
        for form, said in FORMS.items():
            if (asked := said(case.question)) and asked != case.question:
                yield Restated(form, case.question, asked, same(before, assistant.ask(asked)))


def table(found: Sequence[Restated]) -> str:
    """Return the share that is steady, for each form and in all."""
    rows = [(form, [r.steady for r in found if r.form == form]) for form in FORMS]
    lines = []
    for name, steady in [*rows, ("all", [r.steady for r in found])]:
        if steady:
            low, high = wilson(sum(steady), len(steady))
            share = 100 * sum(steady) / len(steady)
            lines.append(
                f"{name:34}{sum(steady):5} of {len(steady):4} {share:6.1f} ({100 * low:.1f}–{100 * high:.1f})"
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.steady", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", default=[SAMPLES])
    parser.add_argument("--home", type=Path, help="keep the libraries here between runs")
    parser.add_argument("--limit", type=int, help="at most so many questions")
    parser.add_argument("--floor", type=float, default=0.0, help="fail below so many of 100")
    parser.add_argument("--verbose", action="store_true", help="show the questions that changed the answer")
    given = parser.parse_args(arguments)
    least = 100.0
    with tempfile.TemporaryDirectory() as folder:
        for name in given.suites:
            suite = load_suite(name)
            home = (given.home or Path(folder)) / f"{suite.name}-{suite.digest}"
            with build(Settings(home=home)) as assistant:
                fill(assistant, suite)
                found = list(restated(assistant, suite, given.limit))
            if given.verbose:
                print("\n".join(f"{r.question}  ↦  {r.asked}" for r in found if not r.steady))
            print(f"{suite.name}\n{table(found)}", flush=True)
            least = min(least, 100 * sum(r.steady for r in found) / max(1, len(found)))
    return int(least < given.floor)


if __name__ == "__main__":
    sys.exit(main())
