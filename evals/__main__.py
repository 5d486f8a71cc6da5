"""Measure retrieval, answers and refusals: `python -m evals`, or with `--help` for more."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from evals.cases import question_cases, sample_cases
from evals.measure import Row, figures, run, sample
from ingest.pipeline import Outcome, ingest
from ingest.samples import sample_folder
from ingest.sources import read_sources
from rag import Assistant, Settings, build


def main() -> int:
    """Run one suite and print its figures; return the exit status."""
    given = _arguments()
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        home = given.home or Path(scratch) / "library"
        settings = Settings(home=home)
        if given.threshold is not None:
            settings = replace(settings, answer_threshold=given.threshold)
        corpus = [str(given.articles)] if given.articles else [str(sample_folder())]
        cases = question_cases(given.questions) if given.questions else sample_cases()
        with build(settings) as assistant:
            _fill(assistant, [*corpus, *given.distractors], console)
            chosen = sample(cases, given.limit, given.seed)
            rows = run(assistant, list(track(chosen, "Asking", console=Console(stderr=True))))
            _print(console, rows, assistant)
    if given.json:
        _write(given.json, rows)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("--articles", type=Path, help="a corpus in JSON Lines; default: the sample library")
    parser.add_argument("--questions", type=Path, help="questions on it; default: the sample suite")
    parser.add_argument("--distractors", nargs="*", default=[], help="more sources put into the same library")
    parser.add_argument("--home", type=Path, help="keep the library here and use it again")
    parser.add_argument("--limit", type=int, help="ask only so many cases, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threshold", type=float, help="the answer threshold; default: the shipped one")
    parser.add_argument("--json", type=Path, help="write every case and what came of it here")
    return parser.parse_args()


def _fill(assistant: Assistant, sources: list[str], console: Console) -> None:
    rejected = 0
    for event in ingest(read_sources(sources), assistant.library, assistant.encoder):
        if isinstance(event, Outcome) and event.status == "rejected":
            rejected += 1
    count = assistant.library.paragraph_count()
    console.print(
        f"{len(assistant.library.articles()):,} articles, {count:,} paragraphs, {rejected} rejected"
    )


def _print(console: Console, rows: list[Row], assistant: Assistant) -> None:
    table = Table("figure", "percent", "95% interval", "n", title=f"encoder {assistant.encoder.name}")
    for f in figures(rows):
        table.add_row(f.name, f"{f.value:.1f}", f"{f.low:.1f} – {f.high:.1f}", str(f.n))
    console.print(table)
    times = sorted(r.milliseconds for r in rows)
    console.print(
        f"time an answer: p50 {times[len(times) // 2]:.0f} ms, p95 {times[int(len(times) * 0.95)]:.0f} ms"
    )


def _write(path: Path, rows: list[Row]) -> None:
    import json

    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
