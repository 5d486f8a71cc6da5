"""Is the right paragraph found? Footnote beside BM25 alone and dense alone, on one pool, in one run.

    python -m footnote.evals.tools.retrieval questions.jsonl [--articles FILE] [--distractors FILE]
    [--limit N]

All paragraphs of the articles, and of the distractors, are one pool. *BM25 alone* is SQLite's FTS5 over
title, section and text with Porter stems and Footnote's stop words; *dense alone* the exact cosine of the
question's vector with those of the chunks (title, section, text). `--typos` puts one slip of a letter into
a name of each question that has one, and asks with and without Footnote's tolerance for it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from footnote.evals.metrics.relevance import DEPTH, RECALL_AT, ranking_values
from footnote.evals.metrics.statistic import Mean, Ratio, bootstrapped, interval, value_of
from footnote.evals.suite.cases import Case
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import load_suite
from footnote.ingest.errors import FootnoteError
from footnote.ingest.text.words import STOP_WORDS
from footnote.rag.answer.question import analyse
from footnote.rag.answer.rank import rank
from footnote.rag.assistant import build
from footnote.rag.converse.followup import understand
from footnote.rag.english.names import NAME
from footnote.rag.find.retrieve import match_expression, retrieve
from footnote.rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from footnote.evals.suite.corpus import Corpus
    from footnote.ingest.library.library import Key
    from footnote.rag.assistant import Assistant

    Search = Callable[[str], list[Key]]

MEASURES = (*(f"recall@{k}" for k in RECALL_AT), "mrr@10", "ndcg@10")
HEADINGS = (*(f"recall@{k}" for k in RECALL_AT), "MRR@10", "nDCG@10")
BM25, DENSE, OURS = "BM25 alone", "dense alone", "Footnote"
LITERAL = "Footnote, as typed"
SHORTEST_NAME = 5  # letters of a name that gets a slip
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is searched for, and the relevance of each paragraph that answers it."""

    question: str
    grades: Mapping[Key, int]


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of one system: a column `[questions]` for each measure, and the median milliseconds."""

    name: str
    columns: Mapping[str, NDArray[np.float64]]
    milliseconds: float

    @property
    def missed(self) -> NDArray[np.float64]:
        """1 for each question whose first paragraph is not one that answers."""
        return 1.0 - self.columns["success@1"]


def systems(assistant: Assistant) -> dict[str, Search]:
    """Return the baselines and Footnote's own search, over the assistant's library."""
    library, encoder = assistant.library, assistant.encoder

    def lexical(question: str) -> list[Key]:
        return [key for key, _ in library.match(match_expression(question), DEPTH)]

    def dense(question: str) -> list[Key]:
        return [key for key, _ in library.nearest(encoder.encode([question])[0], DEPTH)]

    def ours(question: str) -> list[Key]:
        return [(p.article_id, p.paragraph) for p in assistant.search(question, k=DEPTH)]

    return {BM25: lexical, DENSE: dense, OURS: ours}


def as_typed(assistant: Assistant) -> Search:
    """Return Footnote's own search without its tolerance for misspelt words."""

    def search(question: str) -> list[Key]:
        found = retrieve(question, assistant.library, assistant.encoder, k=DEPTH, mend=False)
        ranking = rank(analyse(question), found, assistant.reader)
        return [(p.article_id, p.paragraph) for p in ranking.passages]

    return search


def questions(cases: Sequence[object], corpus: Corpus, assistant: Assistant) -> list[Asked]:
    """Return the questions whose paragraphs are known; follow-ups as they stand alone.

    Raises:
        UnknownArticle: If a case names an article that is not there.
    """
    found = []
    for case in cases:
        if isinstance(case, Case) and case.gold and all(g.paragraph for g in case.gold):
            grades = {
                (corpus.ids.get(g.article) or assistant.library.resolve(g.article), g.paragraph): g.grade
                for g in case.gold
            }
            found.append(Asked(str(understand(case.question, case.history)), grades))
    return found


def measure(name: str, search: Search, asked: Sequence[Asked]) -> Measured:
    """Ask every question of one system."""
    rows, times = [], []
    for one in asked:
        start = time.perf_counter()
        ranked = search(one.question)
        times.append(1000 * (time.perf_counter() - start))
        rows.append(ranking_values(ranked, one.grades))
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return Measured(name, columns, float(np.median(times)))


def row(measured: Measured) -> str:
    """Return a system's line of the table: each measure in percent with its interval."""
    cells = []
    for name in MEASURES:
        statistic = Mean(name)
        column = measured.columns[name]
        low, high = interval(bootstrapped(statistic, column))
        cells.append(f"{100 * value_of(statistic, column):5.1f} ({100 * low:.1f}–{100 * high:.1f})")
    return f"{measured.name:20}" + "".join(f"{cell:>20}" for cell in cells) + f"{measured.milliseconds:>8.1f}"


def fewer(ours: Measured, other: Measured) -> str:
    """Return how many of the other's misses at 1 are left, with the interval of the share."""
    statistic = Ratio("ours", "other")
    values = bootstrapped(statistic, ours.missed, other.missed)
    low, high = interval(1 - values)
    share = 1 - value_of(statistic, ours.missed, other.missed)
    return (
        f"Misses at 1: {ours.missed.sum():.0f} against {other.missed.sum():.0f} of {other.name}, "
        f"{100 * share:.1f}% fewer ({100 * low:.1f}–{100 * high:.1f})."
    )


def table(found: Sequence[Measured]) -> str:
    """Return the table, and the misses against the better of the baselines."""
    heading = f"{'':20}" + "".join(f"{h:>20}" for h in HEADINGS) + f"{'ms p50':>8}"
    ours = next(m for m in found if m.name == OURS)
    better = min((m for m in found if m is not ours), key=lambda m: float(m.missed.sum()))
    return "\n".join([heading, *map(row, found), fewer(ours, better)])


def with_a_slip(question: str, rng: random.Random) -> str:
    """Return `question` with one letter of a name dropped, doubled, changed or swapped with the next.

    The first letter stays: slips there are rare (Pollock and Zamora 1984). A question without a name
    of at least five letters beyond its first word is returned as it is.
    """
    names = [
        m
        for m in NAME.finditer(question)
        if m.start() and m[0].isalpha() and len(m[0]) >= SHORTEST_NAME and m[0].lower() not in STOP_WORDS
    ]
    if not names:
        return question
    name = rng.choice(names)
    word, place = name[0], rng.randrange(1, len(name[0]) - 1)
    kinds = {
        "drop": word[:place] + word[place + 1 :],
        "double": word[:place] + word[place] + word[place:],
        "change": word[:place] + rng.choice(LETTERS) + word[place + 1 :],
        "swap": word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    }
    return question[: name.start()] + kinds[rng.choice(sorted(kinds))] + question[name.end() :]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    chosen = _arguments(arguments)
    try:
        with tempfile.TemporaryDirectory() as temporary:
            return _run(chosen, Path(chosen.home or temporary))
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1


def _run(chosen: argparse.Namespace, home: Path) -> int:
    suite = load_suite(chosen.suite, chosen.articles).sample(chosen.limit, chosen.seed)
    with build(Settings(home=home)) as assistant:
        corpus = fill(assistant, suite, chosen.distractors)
        asked = questions(suite.cases, corpus, assistant)
        if not asked:
            print(f"“{chosen.suite}” has no question whose paragraphs are known.", file=sys.stderr)
            return 1
        assistant.warm()
        searches = systems(assistant)
        if chosen.typos:
            return _typos(asked, assistant, chosen.seed)
        print(f"{suite.name}: {len(asked):,} questions, {corpus.paragraphs:,} paragraphs in one pool")
        print(table([measure(name, search, asked) for name, search in searches.items()]))
    return 0


def _typos(asked: Sequence[Asked], assistant: Assistant, seed: int) -> int:
    """Print what a slip in a name costs, with and without tolerance for it."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    slipped = [(one, replace(one, question=with_a_slip(one.question, rng))) for one in asked]
    slipped = [(one, other) for one, other in slipped if one.question != other.question]
    right, wrong = [one for one, _ in slipped], [other for _, other in slipped]
    searches = systems(assistant)
    print(f"{len(slipped):,} questions with a slip in a name")
    print(row(measure("spelt rightly", searches[OURS], right)))
    for name in (BM25, DENSE):
        print(row(measure(name, searches[name], wrong)))
    print(row(measure(LITERAL, as_typed(assistant), wrong)))
    print(row(measure(OURS, searches[OURS], wrong)))
    return 0


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.retrieval", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("suite", help="samples, a .jsonl file, or SQuAD's .json")
    parser.add_argument("--articles", action="append", default=[], help="what the questions are about")
    parser.add_argument("--distractors", action="append", default=[], help="more articles in the pool")
    parser.add_argument("--limit", type=int, help="at most so many questions, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", help="keep the pool's library in this folder between runs")
    parser.add_argument("--typos", action="store_true", help="put a slip into a name of each question")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
