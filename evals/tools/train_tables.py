"""Train the model that tells which statement of a table answers a question, and measure it.

    python -m footnote.evals.tools.train_tables --minutes 18 --out table_answer.onnx

A cross-encoder like the judge (`train_judge`), which begins from the judge's weights: a question beside each
thing that the tables found for it say (`rag.answer.table_statements`), and beside none of them, which has a
score of 0. The softmax over all of these is to be that of what answers (a listwise loss, Cao et al. 2007).
It learns from `table_data/learnt`, folders of articles with questions, and from `superlatives.tsv`, questions
with the column and the direction that they ask for. `--tune` prints instead how sure it is to be of what, by
logistic regression on the folders of `TUNED`, and what thresholds give there.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from torch import nn

from footnote.evals.tools.table_questions import LEARNT, RANKED, SUPERLATIVES, TUNED, found, lines_of
from footnote.evals.tools.train_judge import Network, Row
from footnote.evals.tools.train_reader import Embedder, packaged_weights, padded, shipped_weights, write_onnx
from footnote.rag.answer.table_answer import WEIGHTS, as_read, fitting, signs, sureness
from footnote.rag.answer.table_statements import statements
from footnote.rag.check.judge import WEIGHTS as JUDGE
from footnote.rag.check.judge import Judge, inputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOGETHER, OTHERS = 2, 14  # questions a step, and statements of each that do not answer
RATE, WARM_UP, KEPT = 6e-5, 0.05, 0.99
LEAST = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85)


class Group(NamedTuple):
    """A question, the statements beside it, and whether each answers."""

    question: str
    said: tuple[str, ...]
    answers: tuple[bool, ...]


def groups(folders: Sequence[Path]) -> list[Group]:
    """Return what is learnt from: the questions of folders, and those on superlatives."""
    learnt: list[Group] = []
    names: set[str] = set()
    for folder in folders:
        for asked, question, rows in found(folder):
            said = [one for one in statements(question, rows) if not one.is_of_nothing]
            answers = tuple(map(asked.is_answered_by, said))
            if said and any(answers) is (asked.kind != "none"):
                learnt.append(Group(asked.question, tuple(map(as_read, said)), answers))
            names.update(row.cells[0].text for row in rows)
    return [*learnt, *_superlatives(sorted(names))]


def _superlatives(names: Sequence[str]) -> Iterator[Group]:
    dice = random.Random(1)  # noqa: S311 - examples, not secrets
    for line in lines_of(SUPERLATIVES):
        heads = [line["column"], *(head.strip() for head in line["others"].split("|"))]
        told = [(head, name, rank) for head in heads for rank, name in RANKED.items()]
        said = [
            f"The {line['key']} with the {name} {head} is {dice.choice(names)}." for head, name, _ in told
        ]
        answers = [head == line["column"] and rank == line["rank"] for head, _, rank in told]
        yield Group(line["question"], tuple(said), tuple(answers))


def rows_of_group(group: Group, dice: random.Random) -> list[Row]:
    """Return pairs in token ids: what answers, and some of what does not."""
    right = [n for n, answers in enumerate(group.answers) if answers]
    wrong = [n for n, answers in enumerate(group.answers) if not answers]
    taken = right[:3] + dice.sample(wrong, min(OTHERS, len(wrong)))
    return [Row(*inputs_of(group.question, group.said[n]), int(group.answers[n])) for n in taken]


def loss_of(network: Network, embed: Embedder, told: Sequence[Sequence[Row]]) -> torch.Tensor:
    """Return the mean loss over some questions' rows."""
    ids, types, mask = padded([row for rows in told for row in rows])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = network(embed(ids, types), mask)
    odds = scores[:, 1].float() - torch.logsumexp(scores[:, [0, 2]].float(), -1)
    losses = []
    for own, rows in zip(odds.split([len(rows) for rows in told]), told, strict=True):
        all_odds = torch.cat([torch.zeros(1), own])
        answers = torch.tensor([not any(r.label for r in rows), *(r.label > 0 for r in rows)])
        losses.append(torch.logsumexp(all_odds, 0) - torch.logsumexp(all_odds[answers], 0))
    return torch.stack(losses).mean()


def train(given: argparse.Namespace) -> Network:
    """Train for the minutes given; the running mean of the weights stays in the network."""
    learnt, dice = groups(given.folders), random.Random(given.seed)  # noqa: S311 - examples, not secrets
    print(f"{len(learnt):,} questions", flush=True)
    tables, _ = packaged_weights()
    network, embed = Network(), Embedder(tables)
    network.load_state_dict(shipped_weights(given.begin))
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=given.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    mean = [p.detach().clone() for p in parameters]
    begun, waiting, shown = time.monotonic(), list[Group](), list[float]()
    while (done := (time.monotonic() - begun) / (given.minutes * 60)) < 1:
        if len(waiting) < TOGETHER:
            waiting = dice.sample(learnt, len(learnt))
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(1.0, done / WARM_UP + 0.02) * max(0.02, 1 - done)
        loss = loss_of(network, embed, [rows_of_group(waiting.pop(), dice) for _ in range(TOGETHER)])
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        shown.append(loss.item())
        kept = min(KEPT, len(shown) / (len(shown) + 9))
        torch._foreach_lerp_(mean, [p.detach() for p in parameters], 1 - kept)
        if len(shown) % 100 == 0:
            print(
                f"{done:6.1%} {TOGETHER * len(shown):7,} questions  loss {np.mean(shown[-100:]):.3f}",
                flush=True,
            )
    for parameter, value in zip(parameters, mean, strict=True):
        parameter.data.copy_(value)
    return network


def tuned(reader: Judge) -> str:
    """Return the weights of the signs of `sureness`, and what thresholds give with those it has."""
    told = [
        (folder.name, asked, question, fitting(question, rows, reader))
        for folder in TUNED
        for asked, question, rows in found(folder)
    ]
    known = [
        (signs(question, scores), asked.is_answered_by(scores[0].statement))
        for _, asked, question, scores in told
        if scores and not scores[0].statement.is_of_nothing
    ]
    rows, right = np.array([own for own, _ in known]), np.array([answers for _, answers in known])
    model = LogisticRegression().fit(rows, right)
    guessed = cross_val_predict(model, rows, right, cv=10, method="predict_proba")[:, 1]
    lines = [
        f"n={len(right)}, AUROC {roc_auc_score(right, guessed):.3f}",
        f"{model.coef_[0].round(3).tolist()} {model.intercept_[0]:.3f}",
    ]
    for name, least in product((folder.name for folder in TUNED), LEAST):
        counts = Counter[str]()
        for folder, asked, question, scores in told:
            is_sure = folder == name and sureness(question, scores) >= least
            if is_sure and not scores[0].statement.is_of_nothing:
                best = scores[0].statement
                told_as = "rank" if best.rank else "two" if len(best.rows) > 1 else "cell"
                counts[f"{told_as} {'right' if asked.is_answered_by(best) else 'wrong'}"] += 1
        lines.append(f"{name} {least:5} {dict(sorted(counts.items()))}")
    return "\n".join(lines)


def main() -> None:
    """Train and write, or print what thresholds give."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=18.0)
    parser.add_argument(
        "--folders", type=Path, nargs="+", default=LEARNT, help="learnt from; twice: twice as often"
    )
    parser.add_argument("--begin", type=Path, default=JUDGE, help="the model whose weights it begins from")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--tune", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.tune:
        print(tuned(Judge(given.out)))
        return
    write_onnx(train(given), given.out, ["scores"])
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
