"""A language model beside the offline answerer, question by question.

    python -m footnote.evals.tools.model_answers SUITE --home FOLDER --out ROWS.jsonl [--articles FILE …]
    python -m footnote.evals.tools.model_answers --compare BEFORE.jsonl AFTER.jsonl

The model is the one of the settings (`FOOTNOTE_MODEL`). Every finished question is a line of `--out`, so
that a stopped run goes on; what the model wrote is kept under `--home`, so that a change behind it can be
measured without asking again. Half of the questions are answerable where the suite has others. Figures
have a 95% bootstrap interval; a difference is paired over the questions that both files have.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.correctness import has_answer
from footnote.evals.metrics.statistic import Mean, with_interval
from footnote.evals.suite.cases import Case
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import load_suite
from footnote.evals.tools.lines import rows_of
from footnote.rag.assistant import build
from footnote.rag.settings import Settings
from footnote.rag.types import Answer, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footnote.evals.suite.cases import Suite
    from footnote.rag.assistant import Assistant

Row = dict[str, Any]
SEED = 7
WRITERS = ("offline", "model")
# figure -> of which questions, and what counts
FIGURES = {
    "right, of answerable": ("answerable", "right"),
    "wrongly refused, of answerable": ("answerable", "refused"),
    "rightly refused, of unanswerable": ("unanswerable", "refused"),
}


def chosen(suite: Suite, limit: int) -> list[Case]:
    """Return the questions to ask, as many without an answer as with one where there are such."""
    cases = [c for c in suite.cases if isinstance(c, Case)]
    shuffled = [cases[i] for i in np.random.default_rng(SEED).permutation(len(cases))]
    without = [c for c in shuffled if c.kind == "unanswerable"][: limit // 2]
    return [c for c in shuffled if c.kind != "unanswerable"][: limit - len(without)] + without


def asked(assistant: Assistant, case: Case) -> Row:
    """Return what the assistant replied to a question, and when its first sentence and its end came."""
    started, first = time.perf_counter(), 0.0
    reply = None
    for reply in assistant.stream(case.question, history=case.history):
        if isinstance(reply, Answer):
            first = first or time.perf_counter() - started
    said = reply.sentences if isinstance(reply, Answer) else ()
    return {
        "refused": not said,
        "right": has_answer(" ".join(s.text for s in said), case.answers),
        "sentences": [[s.text, s.support.verdict.value, s.support.reason] for s in said],
        "first_s": round(first, 1),
        "total_s": round(time.perf_counter() - started, 1),
        "notices": list(getattr(reply, "notices", ())),
        "cached": bool(getattr(reply, "usage", {}).get("cached")),
        "confidence": round(getattr(reply, "confidence", 0.0), 3),
        "answerer": getattr(reply, "answerer", ""),
    }


def run(suite: Suite, home: Path, out: Path, limit: int) -> list[Row]:
    """Ask what `out` lacks, and return its rows."""
    rows = rows_of(out) if out.exists() else []
    done = {r["id"] for r in rows}
    with build(Settings.load(home, answer_cache="yes")) as assistant:
        fill(assistant, suite)
        offline = replace(assistant, answerer=None, summariser=None)
        for case in (c for c in chosen(suite, limit) if c.id not in done):
            row: Row = {"id": case.id, "kind": case.kind, "question": case.question}
            row["gold"] = list(case.answers)
            row |= {"offline": asked(offline, case), "model": asked(assistant, case)}
            rows.append(row)
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return rows


def share(values: Sequence[float]) -> str:
    """Return a mean in percent with its interval and n."""
    found = np.array(values, dtype=np.float64)
    figure = with_interval(Mean("value"), found) if found.size else None
    if figure is None:
        return "none"
    value, low, high = (100 * part for part in figure)
    return f"{value:.1f} ({low:.1f}–{high:.1f}, n={found.size})"


def told(rows: Sequence[Row]) -> Iterable[str]:
    """Yield the figures of both writers, a line each."""
    for writer in WRITERS:
        for name, (kind, what) in FIGURES.items():
            yield f"{writer}: {name}: {share([float(r[writer][what]) for r in rows if _is(r, kind)])}"
        verdicts = [Verdict(s[1]) for r in rows for s in r[writer]["sentences"]]
        claims = [verdict for verdict in verdicts if verdict is not Verdict.NONE]
        yield f"{writer}: sentences flagged: {share([v is not Verdict.SUPPORTED for v in claims])}"
    fresh = [r["model"] for r in rows if not r["model"]["cached"]]
    for name in ("first_s", "total_s"):
        times = [r[name] for r in fresh if r[name]]
        if times:
            low, middle, high = np.percentile(times, (10, 50, 90))
            yield f"model: {name}: median {middle:.1f}, 80% within {low:.1f}–{high:.1f}, n={len(times)}"


def _is(row: Row, kind: str) -> bool:
    return bool((row["kind"] == "unanswerable") == (kind == "unanswerable"))


def compared(before: Sequence[Row], after: Sequence[Row]) -> Iterable[str]:
    """Yield the paired differences of the model's figures over the questions that both have."""
    old = {r["id"]: r for r in before}
    pairs = [(old[r["id"]], r) for r in after if r["id"] in old]
    for name, (kind, what) in FIGURES.items():
        of_kind = [p for p in pairs if _is(p[0], kind)]
        yield f"{name}: {share([float(b['model'][what]) - float(a['model'][what]) for a, b in of_kind])}"


def main(argv: Sequence[str] | None = None) -> int:
    """Ask and print, or compare; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", nargs="?")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--limit", type=int, default=40)
    parser.add_argument("--articles", nargs="*", default=())
    parser.add_argument("--compare", type=Path, nargs=2)
    given = parser.parse_args(argv)
    if given.compare:
        lines = compared(*map(rows_of, given.compare))
    elif not (given.suite and given.home and given.out):
        parser.error("name a suite, --home and --out; or two files to --compare")
    else:
        lines = told(run(load_suite(given.suite, given.articles), given.home, given.out, given.limit))
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
