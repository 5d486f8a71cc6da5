"""Train the small models of `rag.check.support` on labelled claims, and measure them with each data set left
out.

`python -m footnote.evals.tools.train_support FILE… --drafts FILE…` reads JSON Lines of `{source, claim,
label, dataset}` (see `evals.metrics.meta_evaluation.load_faithfulness`) and our own claims that the judge
did not learn from, prints the table, and writes the model file with its provenance to `--out`. With drafts
alone it is the model of what people write; each file is then a data set of its own.

The model is a logistic regression whose weights may only speak against a claim, with an intercept for each
data set while training: the sets differ in how many claims are supported, and without it the model learns to
tell the sets apart. Every set, and in it every label, counts the same. Measured against it with each set left
out (mean AUC over six, on a first set of 50 figures): these constraints .811, gradient boosting with
monotone constraints .784, free logistic regression .763, extra trees .718; the free ones learn
how a set's claims look.

Tried and left out, with the change of the mean AUC over six sets, each left out, when added to the figures
of the time: weights for rare words from a table of document frequencies (+.002), a near word by its MiniLM
vector counted for a missing one (+.002), chat ("I love it!", "I'm not sure, but") taken out before measuring
(-.006), chat, questions and first persons as figures of their own (-.002), bigrams or trigrams held (-.003),
other function words between two words (.000), the number of sentences drawn on (-.002), the largest share
missing of a clause (-.001). Thresholds by length of claim or source: mean balanced accuracy -.001 to -.025.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.evals.metrics.checker import overlap
from footnote.evals.metrics.meta_evaluation import ACCURACY, AUC, Claim, drawn, load_faithfulness
from footnote.evals.metrics.statistic import value_of, with_interval
from footnote.evals.tools import lines
from footnote.rag.check.judge import Judge, shipped_judge
from footnote.rag.check.support import CAP_STEP, CLIP, FEATURES, GAP, Model, Vetoes, examine, states_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SEED = 0
TRAINED_BY = (
    "python -m footnote.evals.tools.train_support {}--drafts evals/tools/judge_data/drafts/held/*.jsonl"
)
OF_WHAT_MODELS_WRITE, OF_WHAT_PEOPLE_WRITE = Vetoes(lacking=0.6), Vetoes(facts_within=0.35)
OF_MODELS = "faith_*.jsonl --limit 600 "
LEAST_SCALE = 1e-9
PENALTY = 0.3  # on squared weights; .02 to 1 differ by less than .003 mean AUC
STEPS = 4000  # of projected gradient descent; the loss has settled to 1e-9 by 2,000
GRID = np.arange(0.2, 0.8, 0.01)  # thresholds that are tried
PLATEAU = 0.005
KEPT = 0.9  # share of the supported claims, mean over the sets, whose score is at least that for partial


@dataclass(frozen=True, slots=True)
class Rows:
    """The figures of every claim `[n, features]`, nan where unknown, the labels, and what is vetoed."""

    figures: NDArray[np.float64]
    labels: NDArray[np.bool_]
    vetoed: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return the chosen rows."""
        return Rows(self.figures[chosen], self.labels[chosen], self.vetoed[chosen])

    def said(self, p: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
        """Return 1 where a claim is called supported."""
        return np.asarray((p >= threshold) & ~self.vetoed, dtype=np.float64)


def of_drafts(path: Path, dataset: str = "drafts") -> list[Claim]:
    """Return the claims of written articles (`judge_data/drafts`), each on the whole article."""
    return [
        Claim(
            f"{a['id']}-{number}",
            dataset,
            GAP.join([a["title"], *a["paragraphs"]]),
            claim["text"],
            claim["label"] == "entailed",
        )
        for a in lines.rows_of(path)
        for number, claim in enumerate(a["claims"], start=1)
    ]


def rows_of(claims: Sequence[Claim], judge: Judge, vetoes: Vetoes) -> Rows:
    """Measure every claim on its source."""
    seen = [examine(claim.claim, claim.source, judge, vetoes) for claim in claims]
    vetoed = [
        s.vetoed(vetoes) or bool(states_nothing(c.claim, s.words)) for s, c in zip(seen, claims, strict=True)
    ]
    return Rows(np.array([s.figures for s in seen]), np.array([c.label for c in claims]), np.array(vetoed))


def train(rows: Rows, families: NDArray[np.str_]) -> Model:
    """Fit the weights: logistic loss, weights of zero or more, one intercept a family of sets.

    Projected gradient descent with Nesterov's momentum, deterministic.
    """
    mean, scale = np.nanmean(rows.figures, axis=0), np.nanstd(rows.figures, axis=0) + LEAST_SCALE
    z = -_standardised(rows, mean, scale)
    names = np.unique(families)
    inputs = np.hstack([z, (families[:, None] == names[None, :]).astype(float)])
    weight, sign = _balance(rows.labels, families), np.where(rows.labels, 1.0, -1.0)
    size = z.shape[1]
    step = 1 / (0.25 * np.linalg.norm(inputs * np.sqrt(weight)[:, None], 2) ** 2 + 2 * PENALTY)
    now = previous = np.zeros(inputs.shape[1])
    for turn in range(STEPS):
        ahead = now + turn / (turn + 3) * (now - previous)
        slope = -sign * weight / (1 + np.exp(sign * (inputs @ ahead)))
        gradient = inputs.T @ slope
        gradient[:size] += 2 * PENALTY * ahead[:size]
        previous, now = now, ahead - step * gradient
        now[:size] = np.maximum(now[:size], 0.0)
    return Model(FEATURES, tuple(mean), tuple(scale), tuple(now[:size]), float(now[size:].mean()), 0.5, 0.3)


def _balance(labels: NDArray[np.bool_], families: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return weights that sum to 1 and count every family, and in it both labels, the same."""
    weights = np.zeros(len(labels))
    for name in np.unique(families):
        for label in (True, False):
            chosen = (families == name) & (labels == label)
            weights[chosen] = 1 / max(1, chosen.sum())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def calibrated(model: Model, raw: NDArray[np.float64], rows: Rows, families: NDArray[np.str_]) -> Model:
    """Return the model with slope and intercept fitted to held-out scores (Platt 1999), sets balanced."""
    weight, slope, intercept = _balance(rows.labels, families), 1.0, 0.0
    for _ in range(50):  # Newton's method
        p = 1 / (1 + np.exp(-(slope * raw + intercept)))
        error, curve = weight * (p - rows.labels), weight * p * (1 - p)
        gradient = np.array([error @ raw, error.sum()])
        hessian = np.array([[curve @ raw**2, curve @ raw], [curve @ raw, curve.sum()]])
        change = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        slope, intercept = slope - change[0], intercept - change[1]
    weights = tuple(float(slope) * w for w in model.weights)
    return replace(model, weights=weights, intercept=float(slope * model.intercept + intercept))


def logits(model: Model, rows: Rows) -> NDArray[np.float64]:
    """Return the logit of the score of every row."""
    z = _standardised(rows, np.array(model.mean), np.array(model.scale))
    return np.asarray(model.intercept - z @ np.array(model.weights), dtype=np.float64)


def _standardised(rows: Rows, mean: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nan_to_num(np.clip((rows.figures - mean) / scale, -CLIP, CLIP))


def left_out(rows: Rows, families: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return every row's logit by a model that saw no row of its family."""
    found = np.zeros(len(rows.labels))
    for name in np.unique(families):
        held = families == name
        found[held] = logits(train(rows.of(~held), families[~held]), rows.of(held))
    return found


def shown_scores(p: NDArray[np.float64], rows: Rows, cap: float) -> NDArray[np.float64]:
    """Return scores as `rag.check.support` shows them: below `cap` where there is a veto."""
    return np.where(rows.vetoed, np.minimum(p, cap - CAP_STEP * (1 - p)), p)


def supported_from(p: NDArray[np.float64], rows: Rows, groups: NDArray[np.str_]) -> float:
    """Return the highest threshold with a mean balanced accuracy within `PLATEAU` of the best.

    The best is a plateau 0.1 wide, and of equals the more careful is taken.
    """
    means = [
        np.mean(
            [
                value_of(ACCURACY, rows.of(g).said(p[g], t), rows.labels[g].astype(float))
                for g in _each(groups)
            ]
        )
        for t in GRID
    ]
    return round(float(GRID[np.flatnonzero(np.array(means) >= max(means) - PLATEAU)[-1]]), 2)


def partial_from(p: NDArray[np.float64], rows: Rows, groups: NDArray[np.str_]) -> float:
    """Return the highest threshold that `KEPT` of the supported claims reach, in the mean of the groups."""
    kept = [np.mean([(p[g & rows.labels] >= t).mean() for g in _each(groups)]) for t in GRID]
    return round(float(GRID[max(0, int(np.sum(np.array(kept) >= KEPT)) - 1)]), 2)


def left_out_verdicts(p: NDArray[np.float64], rows: Rows, groups: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return whether each claim is called supported at a threshold chosen without the sets of its family."""
    found = np.zeros(len(p))
    families = np.array([family(g) for g in groups])
    for name in np.unique(families):
        held, rest = families == name, families != name
        found[held] = rows.of(held).said(p[held], supported_from(p[rest], rows.of(rest), groups[rest]))
    return found


def _each(groups: NDArray[np.str_]) -> list[NDArray[np.bool_]]:
    return [groups == name for name in np.unique(groups)]


def shares(p: NDArray[np.float64], rows: Rows, model: Model) -> dict[str, list[float]]:
    """Return, for each verdict, the share of claims that get it and how many of these people call supported.

    A useful middle lies between the other two.
    """
    supported = rows.said(p, model.supported_from) > 0
    partial = ~supported & (p >= model.partial_from) & ~rows.vetoed
    verdicts = {"supported": supported, "partial": partial, "unsupported": ~supported & ~partial}
    return {
        name: [round(float(said.mean()), 3), round(float(rows.labels[said].mean()) if said.any() else 0.0, 3)]
        for name, said in verdicts.items()
    }


def family(name: str) -> str:
    """Return the family of a data set, left out together: `begin_wow_dev` and `begin_cmu_dev` are `begin`.

    >>> family("cliff_xsum"), family("qags_cnndm")
    ('cliff', 'qags')
    """
    return name.split("_", 1)[0]


def group(name: str) -> str:
    """Return the group a figure is given for: CLIFF by its two sources, the others by family."""
    return name if name.startswith("cliff") else family(name)


def report(
    claims: Sequence[Claim], rows: Rows, p: NDArray[np.float64], model: Model, said: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Return a row for each group: n, AUC and balanced accuracy with intervals, verdicts, the overlap floors.

    `balanced_accuracy` is that at the threshold chosen without the group's family.
    """
    found = []
    groups = np.array([group(c.dataset) for c in claims])
    scores = shown_scores(p, rows, model.supported_from)
    for name in np.unique(groups):
        chosen = groups == name
        labels = rows.labels[chosen]
        mine = [c for c, take in zip(claims, chosen, strict=True) if take]
        truth = labels.astype(float)
        overlaps = [np.array([overlap(c.claim, c.source, n) for c in mine]) for n in (1, 2, 3)]
        found.append(
            {
                "dataset": str(name),
                "n": len(mine),
                "auc": _rounded(with_interval(AUC, scores[chosen], truth)),
                "balanced_accuracy": _rounded(with_interval(ACCURACY, said[chosen], truth)),
                "verdicts": shares(p[chosen], rows.of(chosen), model),
                "overlap_floors": [round(value_of(AUC, found, truth), 3) for found in overlaps],
            }
        )
    return found


def _rounded(figure: tuple[float, float, float] | None) -> list[float] | None:
    return None if figure is None else [round(part, 3) for part in figure]


def main(argv: Sequence[str] | None = None) -> int:
    """Train, measure with each family left out, print and write; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m footnote.evals.tools.train_support", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--drafts", nargs="*", type=Path, default=[], help="files of judge_data/drafts/held")
    parser.add_argument("--limit", type=int, help="claims of a data set that are drawn")
    parser.add_argument("--out", type=Path, help="write the model file here")
    parser.add_argument("--judge", type=Path, help="the judge's weights, in place of those that ship")
    given = parser.parse_args(argv)
    claims = [c for path in given.files for c in drawn(load_faithfulness(path)[0], given.limit, SEED)]
    for path in given.drafts:
        claims += of_drafts(path) if given.files else of_drafts(path, path.stem)
    vetoes = OF_WHAT_MODELS_WRITE if given.files else OF_WHAT_PEOPLE_WRITE
    rows = rows_of(claims, Judge(given.judge) if given.judge else shipped_judge(), vetoes)
    families = np.array([family(c.dataset) for c in claims])
    raw = left_out(rows, families)
    model = train(rows, families)
    fitted = calibrated(model, raw, rows, families)
    slope = max(fitted.weights) / max(model.weights)
    held = slope * raw + (fitted.intercept - slope * model.intercept)
    p = 1 / (1 + np.exp(-held))
    groups = np.array([group(c.dataset) for c in claims])
    fitted = replace(
        fitted,
        vetoes=vetoes,
        supported_from=supported_from(p, rows, groups),
        partial_from=partial_from(p, rows, groups),
    )
    table = report(claims, rows, p, fitted, left_out_verdicts(p, rows, groups))
    for line in table:
        print(json.dumps(line))
    if given.out:
        written = _file(fitted, claims, table, TRAINED_BY.format(OF_MODELS if given.files else ""))
        given.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return 0


def _file(
    model: Model, claims: Sequence[Claim], table: list[dict[str, Any]], trained_by: str
) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for claim in claims:
        counts[claim.dataset] = counts.get(claim.dataset, 0) + 1
    return {
        "about": "score = 1 / (1 + exp(-(intercept - sum(weight * clip((figure - mean) / scale, -4, 4)))))",
        "trained_by": trained_by,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "data": counts,
        "penalty": PENALTY,
        "left_out": table,
        "features": list(model.features),
        "mean": [round(v, 6) for v in model.mean],
        "scale": [round(v, 6) for v in model.scale],
        "weights": [round(v, 6) for v in model.weights],
        "intercept": round(model.intercept, 6),
        "supported_from": model.supported_from,
        "partial_from": model.partial_from,
        "vetoes": {name: value for name, value in model.vetoes._asdict().items() if math.isfinite(value)},
    }


if __name__ == "__main__":
    sys.exit(main())
