"""Fit the constants of `rag.answer.extractive`: how sentences are ranked, and how sure the answerer is.

    python -m footnote.evals.tools.fit_answerer NAME=QUESTIONS:ARTICLES … --homes FOLDER --limit 500

Each set is asked over the pool of all its articles, kept in a library under `--homes` so that a second run
need not read them again. Printed are the share of answerable questions whose first, and whose first two
sentences hold a gold answer in a gold paragraph, and the AUROC of the confidence against questions without
an answer (those of the set, and every second answerable one with its article taken away): as shipped, and
fitted with the folds of a grouped cross-validation over articles; then the constants fitted on everything.
`samples` is always measured and never fitted on.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from footnote import Settings, build
from footnote.evals.metrics.correctness import has_answer
from footnote.evals.suite.cases import Case
from footnote.evals.suite.corpus import fill
from footnote.evals.suite.data import load_suite, sample_suite
from footnote.rag.answer import rank
from footnote.rag.answer.candidates import Candidate, Signs
from footnote.rag.answer.question import analyse
from footnote.rag.answer.rank import RANK_READ, SURE_READ, SURE_READ_BIAS, candidates, judged
from footnote.rag.converse.followup import understand
from footnote.rag.find.retrieve import retrieve
from footnote.rag.types import Filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footnote.evals.suite.cases import Suite
    from footnote.rag.assistant import Assistant

FOLDS = 5
RANKED = ("cosine", "rare", "context", "kind", "leans", "behind", "margin", "says")
SURED = ("says", "judged")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the signs of every candidate `[candidates, signs]`, and which hold a gold answer."""

    of: str  # the set
    article: str
    answerable: bool
    signs: NDArray[np.float64]
    right: NDArray[np.bool_]

    def best(self, weights: Signs) -> int:
        """Return the candidate that the weights put first."""
        return int(np.argmax(self.signs @ np.array(weights)))


def ask(name: str, suite: Suite, home: Path, limit: int | None) -> list[Asked]:
    """Ask every question of a suite over its own pool; those that find nothing are left out."""
    with build(Settings(home=home)) as assistant:
        corpus = fill(assistant, suite)
        cases = [c for c in suite.sample(limit, seed=5).cases if isinstance(c, Case)]
        every = tuple(a.article_id for a in assistant.library.articles())
        found = [_asked(name, case, assistant, corpus.ids, every) for case in cases]
        for case in cases[::2]:
            if case.kind == "answerable" and name != "samples":
                gone = {corpus.ids.get(g.article, g.article) for g in case.gold}
                rest = tuple(a for a in every if a not in gone)
                found.append(_asked(name, replace(case, kind="unanswerable"), assistant, corpus.ids, rest))
    return [a for a in found if len(a.right)]


def _asked(
    name: str, case: Case, assistant: Assistant, ids: dict[str, str], articles: tuple[str, ...]
) -> Asked:
    question = str(understand(case.question, case.history))
    asked = analyse(question)
    filters = Filters(articles)
    found = retrieve(
        question, assistant.library, assistant.encoder, k=assistant.settings.passages, filters=filters
    )
    rated = [c for c in candidates(asked, found, assistant.reader) if c.reading is not None]
    gold = {(ids.get(g.article, g.article), g.paragraph) for g in case.gold}
    right = [
        (c.passage.article_id, c.passage.paragraph) in gold and has_answer(c.text, case.answers)
        for c in rated
    ]
    signs = np.array([_with_judgement(c, rated, question) for c in rated], dtype=float)
    signs = signs.reshape(-1, len(Signs()))
    article = case.gold[0].article if case.gold else case.article
    return Asked(name, article, case.kind != "unanswerable", signs, np.array(right, dtype=bool))


def _with_judgement(candidate: Candidate, rated: Sequence[Candidate], question: str) -> Signs:
    """Return the signs of a candidate, the judge's too for that which ranks first: no other needs them."""
    first = candidate is max(rated, key=lambda c: c.signs.weighed(RANK_READ))
    return candidate.signs._replace(judged=judged(candidate, question) if first else 0.0)


def fit_ranking(asked: Sequence[Asked]) -> Signs:
    """Return the weights of a logistic regression of "holds a gold answer"; questions count the same."""
    rows = [a for a in asked if a.answerable and a.right.any()]
    share = np.concatenate([np.full(len(a.right), 1 / len(a.right)) for a in rows])
    x, y = np.vstack([a.signs for a in rows]), np.concatenate([a.right for a in rows])
    weights, _ = _regression(x, y, share * len(y) / share.sum(), RANKED)
    return weights


def fit_confidence(asked: Sequence[Asked], ranking: Signs) -> tuple[Signs, float]:
    """Return weights and bias of a logistic regression of "answerable" on the best sentence."""
    x = np.array([a.signs[a.best(ranking)] for a in asked])
    y = np.array([a.answerable for a in asked])
    return _regression(x, y, np.ones(len(y)), SURED)


def _regression(
    x: NDArray[np.float64], y: NDArray[np.bool_], share: NDArray[np.float64], names: Sequence[str]
) -> tuple[Signs, float]:
    from sklearn.linear_model import LogisticRegression

    columns = [Signs._fields.index(name) for name in names]
    mean, spread = x[:, columns].mean(0), x[:, columns].std(0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=5000).fit((x[:, columns] - mean) / spread, y, share)
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - (weights * mean).sum())
    return Signs(**{n: float(w) for n, w in zip(names, weights, strict=True)}), bias


def report(
    title: str, asked: Sequence[Asked], rankings: Sequence[Signs], sures: Sequence[tuple[Signs, float]]
) -> None:
    """Print how often the first sentences are right, and the AUROC of the confidence, set by set."""
    from sklearn.metrics import roc_auc_score

    for name in dict.fromkeys(a.of for a in asked):
        own = [(a, r, s) for a, r, s in zip(asked, rankings, sures, strict=True) if a.of == name]
        orders = [a.right[np.argsort(-(a.signs @ np.array(r)))] for a, r, _ in own if a.answerable]
        odds = [a.signs[a.best(r)] @ np.array(s[0]) + s[1] for a, r, s in own]
        truth = [a.answerable for a, _, _ in own]
        told = f"AUROC {roc_auc_score(truth, odds):.3f} (n={len(own)})" if len(set(truth)) == 2 else ""
        first, two = (np.mean([o[:k].any() for o in orders]) for k in (1, 2))
        print(f"{title:10} {name:14} n={len(orders)}  first {first:.1%}  two {two:.1%}  {told}")


def main() -> None:
    """Measure and fit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="*", help="NAME=QUESTIONS:ARTICLES")
    parser.add_argument("--homes", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=500)
    given = parser.parse_args()
    asked: list[Asked] = []
    for one in given.sets:
        name, _, files = one.partition("=")
        questions, _, articles = files.partition(":")
        asked += ask(name, load_suite(questions, [articles]), given.homes / name, given.limit)
    samples = ask("samples", sample_suite(), given.homes / "samples", None)
    shipped = (SURE_READ, SURE_READ_BIAS)
    everything = [*asked, *samples]
    report("shipped", everything, [RANK_READ] * len(everything), [shipped] * len(everything))
    if asked:
        fit_and_report(asked, samples)


def fit_and_report(asked: Sequence[Asked], samples: Sequence[Asked]) -> None:
    """Print the figures of the folds, those of the samples, and the constants fitted on all of `asked`."""
    from sklearn.model_selection import GroupKFold

    rankings: list[Signs] = [Signs()] * len(asked)
    sures: list[tuple[Signs, float]] = [(Signs(), 0.0)] * len(asked)
    for train, test in GroupKFold(FOLDS).split(asked, groups=[f"{a.of} {a.article}" for a in asked]):
        own = [asked[i] for i in train]
        ranking = fit_ranking(own)
        sure = fit_confidence(own, ranking)
        for i in test:
            rankings[i], sures[i] = ranking, sure
    report("folds", asked, rankings, sures)
    ranking = fit_ranking(asked)
    sure = fit_confidence(asked, ranking)
    report("fitted", samples, [ranking] * len(samples), [sure] * len(samples))
    print("RANK_READ =", rounded(ranking))
    print("SURE_READ =", rounded(sure[0]), f"\nSURE_READ_BIAS = {sure[1]:.2f}")
    print("paragraphs read:", rank.READ_PASSAGES)


def rounded(signs: Signs) -> Signs:
    """Return the weights with three decimals."""
    return Signs(*(round(s, 3) for s in signs))


if __name__ == "__main__":
    main()
