"""Train the small model of `rag.converse.route` on labelled messages, and measure it.

`python -m footnote.evals.tools.train_route [QUESTIONS…]` reads `commands.tsv` beside this file (an act, a
tab, a message in which X and Y stand for any topic), prints what a fifth left out of training in turn is
taken for, and how many questions of JSON Lines files are taken for commands, and writes
`rag/converse/route.json`.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from footnote.ingest.text.words import STOP_WORDS
from footnote.rag.converse import route

EXAMPLES = Path(__file__).with_name("commands.tsv")
TOPICS = re.compile(r"\b[XY]\b")
PARTS, STRENGTH = 5, 3.0  # of C 1, 3 and 10 the examples seen differ by less than .03
THRESHOLDS = (0.5, 0.6, 0.7)
# What people put before an order; “can you read …” may ask what the tool can, so that it is learnt, not cut.
POLITELY = ("", "please ", "can you ", "could you please ", "I want you to ")
LESS = 0.25  # of an example's weight has one said politely


def examples() -> list[tuple[str, str]]:
    """Return the labelled messages: an act or “none”, and the message."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    return [(act, message) for act, message in (line.split("\t") for line in lines)]


def known(rows: list[tuple[str, str]]) -> frozenset[str]:
    """Return the words of commands, and those that say nothing of a topic."""
    said = (TOPICS.sub("", message).lower() for act, message in rows if act != route.NONE)
    return frozenset(STOP_WORDS | {w for text in said for w in route.TOKEN.findall(text)} | {"is", "9"})


def trained(rows: list[tuple[str, str]]) -> route.Model:
    """Return the model of the labelled messages."""
    words = known(rows)
    said = [(act, f + m, LESS if f else 1.0) for act, m in rows for f in _forms(act)]
    read = [route.figures(route.signs(TOPICS.sub("Xx", m), words)) for _, m, _ in said]
    columns = {f: n for n, f in enumerate(dict.fromkeys(f for figures in read for f in figures))}
    table = np.zeros((len(said), len(columns)))
    for row, figures in zip(table, read, strict=True):
        row[[columns[f] for f in figures]] = 1
    acts, _, shares = zip(*said, strict=True)
    fit = LogisticRegression(C=STRENGTH, max_iter=5000).fit(table, acts, shares)
    weights = {f: [round(float(w), 3) for w in fit.coef_[:, n]] for f, n in columns.items()}
    bias = tuple(round(float(b), 3) for b in fit.intercept_)
    return route.Model(tuple(map(str, fit.classes_)), bias, weights, words)


def _forms(act: str) -> tuple[str, ...]:
    """Return what may stand before a message: an order is as well put politely."""
    return POLITELY[:1] if act in (route.NONE, route.Act.ABOUT) else POLITELY


def left_out(rows: list[tuple[str, str]]) -> list[tuple[str, str, dict[str, float]]]:
    """Return each example with its likelihoods by a model that has not seen it."""
    order = np.random.default_rng(0).permutation(len(rows))
    found = []
    for part in range(PARTS):
        model = trained([rows[n] for n in order[np.arange(len(rows)) % PARTS != part]])
        found += [
            (*rows[n], route.likelihoods(TOPICS.sub("Xx", rows[n][1]), model)) for n in order[part::PARTS]
        ]
    return found


def questions(paths: list[Path]) -> list[str]:
    """Return the questions of JSON Lines files."""
    rows = (json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines())
    return [row["question"] for row in rows if row.get("question")]


def main() -> None:
    """Measure, train and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("questions", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=route.WEIGHTS)
    args = parser.parse_args()
    rows = examples()
    unseen, model = left_out(rows), trained(rows)
    asked = [1 - route.likelihoods(q, model)[route.NONE] for q in questions(args.questions)]
    for least in THRESHOLDS:
        sure = [(act, odds) for act, _, odds in unseen if 1 - odds[route.NONE] >= least]
        commands = sum(act != route.NONE for act, _ in rows)
        seen = sum(act != route.NONE for act, _ in sure)
        print(
            f"{least}: {seen} of {commands} commands seen, {len(sure) - seen} of {len(rows) - commands} "
            f"questions taken for one; of the files' {len(asked)}: {sum(a >= least for a in asked)}"
        )
    held = {
        "acts": model.acts,
        "bias": model.bias,
        "known": sorted(model.known),
        "weights": {f: model.weights[f] for f in sorted(model.weights)},
    }
    args.out.write_text(json.dumps(held, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
