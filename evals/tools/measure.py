"""Are the figures that constants were chosen by still true? `python -m footnote.evals.tools.measure DATA`.

DATA is a folder of development data, which is not part of the project (`SETS` names its files); a set whose
files are not there is left out. What was measured before stands in `evals/baselines/NAME.json`: figures with
n and a 95% interval, a digest of the data, version and commit, and no text of the data. A comment beside a
constant names the figure, as in `squad2_dev/recall@1`, and gives the reason in words.

A figure has moved when it is outside the interval that it had; `--check` makes that status 1. With the same
code and data every figure comes out the same. `--write` keeps what was measured.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.evals.metrics.meta_evaluation import drawn, judge_table, load_faithfulness
from footnote.evals.metrics.statistic import wilson
from footnote.evals.report.versions import code_digest, commit
from footnote.evals.run import run_suite
from footnote.evals.suite.cases import Case, digest_of
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import load_suite
from footnote.evals.tools.corruption import CHANGED, SAME, article_texts, is_right, judge, trials
from footnote.rag.assistant import build
from footnote.rag.check.support import check_support
from footnote.rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

BASELINES = Path(__file__).resolve().parents[1] / "baselines"
SEED = 0
QUESTIONS = 300  # of each set
CLAIMS = 250  # of each family of labelled claims
ARTICLES = 150  # whose sentences are changed
SENTENCES = 150  # drawn of these
# Of SQuAD's articles only those that the reader did not learn from: see `rag/answer/reader.json`.
UNLEARNT = ("Yuan dynasty", "Civil disobedience", "Ctenophora", "Geology", "Immune system")
# Found, answered, and refused; `footnote.evals.metrics.figures` says what each is.
ANSWERING = (
    "recall@1",
    "recall@5",
    "mrr@10",
    "answered",
    "answer_in_first",
    "correct",
    "refusal_recall",
    "auroc",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure over `n` cases with its 95% interval."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, value: float, low: float, high: float, n: int) -> Measured:
        """Return the figure as it is kept: four places, and an interval that is not narrower for that."""
        return cls(round(value, 4), math.floor(low * 1e4) / 1e4, math.ceil(high * 1e4) / 1e4, n)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figures of one set, the digest of its data, and of which code they are."""

    name: str
    digest: str
    made: Mapping[str, str]
    figures: Mapping[str, Measured]

    def as_json(self) -> dict[str, object]:
        """Return the baseline as JSON values."""
        figures = {key: asdict(figure) for key, figure in self.figures.items()}
        return {"name": self.name, "digest": self.digest, "made": dict(self.made), "figures": figures}

    def write(self, folder: Path = BASELINES) -> None:
        """Keep the baseline under its name."""
        folder.mkdir(exist_ok=True)
        text = json.dumps(self.as_json(), indent=1, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(text + "\n", encoding="utf-8")


def read(name: str, folder: Path = BASELINES) -> Baseline | None:
    """Return what was measured before, None when nothing was."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    row = json.loads(path.read_text(encoding="utf-8"))
    figures = {key: Measured(**figure) for key, figure in row["figures"].items()}
    return Baseline(row["name"], row["digest"], row["made"], figures)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A name, the files of the data folder that it is measured on, and how."""

    name: str
    files: tuple[str, ...]
    measure: Callable[[Sequence[Path]], Mapping[str, Measured]]

    def paths(self, folder: Path) -> list[Path]:
        """Return where the files are, or none when one is missing."""
        found = [folder / file for file in self.files]
        return found if all(path.is_file() for path in found) else []


def answering(
    paths: Sequence[Path], titles: Sequence[str] = (), limit: int = QUESTIONS
) -> dict[str, Measured]:
    """Ask questions over the pool of all articles; with `titles`, only questions on these articles."""
    questions, articles = paths
    suite = load_suite(questions, [str(articles)])
    cases = [c for c in suite.cases if isinstance(c, Case) and (not titles or _title(c) in titles)]
    suite = replace(suite, cases=tuple(cases)).sample(limit, SEED)
    with (
        tempfile.TemporaryDirectory() as home,
        build(Settings(home=Path(home))) as assistant,
    ):
        (section,) = run_suite(assistant, suite, corpus=fill(assistant, suite)).sections
    found = {key: section.figure(key) for key in ANSWERING}
    return {key: Measured.of(f.value, f.low, f.high, f.n) for key, f in found.items() if f}


def _title(case: Case) -> str:
    return case.article.rpartition(":")[2].replace("_", " ")


def agreement(paths: Sequence[Path], limit: int = CLAIMS) -> dict[str, Measured]:
    """Hold the shipped checker against people's labels."""
    claims = [replace(c, dataset="") for c in load_faithfulness(paths[0])[0]]
    (row,) = judge_table({"": check_support}, {"": drawn(claims, limit, SEED)}, floors=False)
    found = {"auc": row.auc, "balanced_accuracy": row.balanced_accuracy}
    return {key: Measured.of(*figure, n=row.n) for key, figure in found.items() if figure}


def corruption(paths: Sequence[Path], articles: int = ARTICLES) -> dict[str, Measured]:
    """Show the checker sentences as they are, said otherwise, and with one fact changed."""
    own = sum(1 for _ in article_texts([]))  # the samples come first
    tried = trials(islice(article_texts(paths), own, own + articles), limit=SENTENCES, seed=SEED)
    right = [is_right(trial, said) for trial, said in zip(tried, judge(check_support, tried), strict=True)]
    groups: dict[str, Sequence[str]] = {
        "kept": SAME,
        "caught": CHANGED,
        **{f"caught:{k}": (k,) for k in CHANGED},
    }
    found = {}
    for key, kinds in groups.items():
        own_right = [r for trial, r in zip(tried, right, strict=True) if trial.kind in kinds]
        if own_right:
            count, n = sum(own_right), len(own_right)
            found[key] = Measured.of(count / n, *wilson(count, n), n)
    return found


SETS = (
    DataSet(
        "squad2_dev",
        ("squad2_dev_questions.jsonl", "squad2_dev_articles.jsonl"),
        partial(answering, titles=UNLEARNT),
    ),
    DataSet("covidqa_dev", ("covidqa_dev_questions.jsonl", "covidqa_dev_articles.jsonl"), answering),
    *(
        DataSet(name, (f"{name}.jsonl",), agreement)
        for name in ("faith_begin", "faith_cliff_val", "faith_q2", "faith_qags_cnndm", "faith_wice_dev")
    ),
    DataSet("corruption", ("bbc_articles.jsonl",), corruption),
)


def measure(one: DataSet, paths: Sequence[Path]) -> Baseline:
    """Measure a set on its files."""
    digest = digest_of(*(path.read_bytes() for path in paths))
    made = {
        "footnote": version("footnote"),
        "commit": commit(),
        "code": code_digest(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
    }
    return Baseline(one.name, digest, made, one.measure(paths))


def moved(before: Baseline, now: Baseline) -> list[str]:
    """Return what differs beyond chance, a sentence each."""
    if before.digest != now.digest:
        return [f"{now.name}: the data are others ({before.digest}, now {now.digest}); nothing was compared."]
    found = []
    for key, old in before.figures.items():
        new = now.figures.get(key)
        if new is None:
            found.append(f"{now.name}/{key} could not be measured.")
        elif not old.low <= new.value <= old.high:
            interval = f"{old.value:.4f} ({old.low:.4f} to {old.high:.4f}) at {before.made['commit']}"
            found.append(f"{now.name}/{key}: {new.value:.4f}, before {interval}.")
    return found


def rows(before: Baseline | None, now: Baseline) -> Iterable[str]:
    """Yield a line for each figure: what it is, and what it was."""
    for key, new in now.figures.items():
        old = before.figures.get(key) if before else None
        was = f"  was {old.value:.4f}" if old else "  new"
        yield f"{f'{now.name}/{key}':34}{new.value:8.4f} ({new.low:.4f}–{new.high:.4f}){new.n:7,}{was}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare and print; return the exit status."""
    given = _arguments(arguments)
    reasons: list[str] = []
    measured = 0
    for one in SETS:
        if given.only and one.name not in given.only:
            continue
        paths = one.paths(given.data)
        if not paths:
            print(f"{one.name} needs {' and '.join(one.files)} in “{given.data}”.", file=sys.stderr)
            continue
        measured += 1
        before, now = read(one.name), measure(one, paths)
        print(*rows(before, now), sep="\n", flush=True)
        reasons += moved(before, now) if before else [f"{one.name}: nothing was measured before."]
        if given.write:
            now.write()
    print(*reasons, sep="\n", file=sys.stderr)
    return int(not measured or (given.check and bool(reasons)))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.measure", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder of the data")
    parser.add_argument(
        "--only", action="append", choices=[one.name for one in SETS], help="this set; repeatable"
    )
    parser.add_argument("--check", action="store_true", help="end with status 1 when a figure has moved")
    parser.add_argument("--write", action="store_true", help="keep what was measured in evals/baselines")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
