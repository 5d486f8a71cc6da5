"""Train a judge: does the evidence entail a claim, contradict it, or not say it?

    python -m footnote.evals.tools.train_judge --public FOLDER --squad ARTICLES QUESTIONS --minutes 60
    --families FILE… --checkpoint FILE --out judge.onnx

A cross-encoder (Devlin et al. 2019) on the layers of the packaged all-MiniLM-L6-v2 with a head of three,
which begins from the layers of the shipped reader. Its word embeddings stay as they are. Rows known only not
to be entailed count against "entailed" alone. A checkpoint is written every few minutes and taken up by the
next run; what is kept is the running mean of the weights (Polyak and Juditsky 1992). Writing the 8-bit file
needs `onnx`.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn

from footnote.evals.tools import judge_examples as made
from footnote.evals.tools.lines import rows_of
from footnote.evals.tools.train_reader import (
    Embedder,
    Layer,
    of_like_length,
    packaged_weights,
    padded,
    shipped_weights,
    write_onnx,
)
from footnote.ingest.encoder.packaged import DIMENSION as WIDTH
from footnote.ingest.encoder.packaged import LAYERS
from footnote.rag.answer.reader import WEIGHTS as READER
from footnote.rag.check.judge import CONTRADICTED, ENTAILED, NOT_SAID, inputs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BATCH_TOKENS, SHUFFLED = 4096, 8192
RATE, WARM_UP, KEPT = 1.2e-4, 0.03, 0.999
SAVED_EVERY = 240  # seconds between checkpoints


class Row(NamedTuple):
    """A pair in token ids: where the evidence begins, and its label."""

    ids: list[int]
    second: int
    label: int


class Network(nn.Module):
    """From normalised embeddings `[rows, tokens, WIDTH]` to scores of contradicted, entailed, not said."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, 3)
        for part in self.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0  # half as fast again without, and no pair is seen often

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return `[rows, 3]`; `mask` is 1 where there is a token."""
        bias = None if mask is None else (1.0 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        return torch.as_tensor(self.head(hidden[:, 0]))


def pairs(given: argparse.Namespace, seed: int) -> list[made.Pair]:
    """Return a round of every kind, shuffled."""
    rng = random.Random(seed)  # noqa: S311 - examples, not secrets
    found = [*made.public(given.public, rng, given.share), *made.questions(given.public, rng)]
    articles, asked = (rows_of(path) for path in given.squad)
    rng.shuffle(asked)
    found += made.squad(articles, asked[: given.most_squad], rng)
    found += made.corrupted(articles, rng, given.corrupted)
    found += made.told(articles, rng, given.told)
    found += made.families(given.families, rng, given.filled)
    found += given.times * list(made.drafts(given.drafts))
    rng.shuffle(found)
    return found


def batches(given: argparse.Namespace, seed: int) -> Iterator[list[Row]]:
    """Yield batches of like length without end."""
    while True:
        dice = random.Random(seed)  # noqa: S311 - examples, not secrets
        found = pairs(given, seed)
        print(f"round {seed}: {len(found):,} pairs", flush=True)
        for first in range(0, len(found), SHUFFLED):
            rows = [Row(*inputs_of(p.claim, p.evidence), p.label) for p in found[first : first + SHUFFLED]]
            yield from of_like_length(rows, BATCH_TOKENS, dice)
        seed += 1


def loss_of(network: Network, embed: Embedder, rows: Sequence[Row]) -> tuple[torch.Tensor, float]:
    """Return the loss of a batch, and how many were judged rightly."""
    ids, types, mask = padded(rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = network(embed(ids, types), mask)
    log = torch.log_softmax(scores.float(), -1)
    labels = torch.tensor([r.label for r in rows])
    known = labels >= 0
    told = -log[torch.arange(len(rows)), labels.clamp(min=0)]
    not_entailed = -torch.logsumexp(log[:, [CONTRADICTED, NOT_SAID]], -1)
    loss = torch.where(known, told, not_entailed).mean()
    best = log.argmax(-1)
    right = torch.where(known, best == labels, best != ENTAILED).float().mean().item()
    return loss, right


def train(given: argparse.Namespace) -> Network:
    """Train for the minutes given, beginning from the checkpoint where there is one."""
    tables, _ = packaged_weights()
    network, embed = Network(), Embedder(tables)
    seen, seed = 0, given.seed
    if given.checkpoint.exists():
        state = torch.load(given.checkpoint, weights_only=True)
        network.load_state_dict(state["weights"])
        seen, seed = state["seen"], state["seed"] + 1
        print(f"taken up after {seen:,} pairs", flush=True)
    else:
        network.load_state_dict(shipped_weights(READER), strict=False)
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=given.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    mean = [p.detach().clone() for p in parameters]
    begun = saved = time.monotonic()
    shown: list[float] = []
    for step, rows in enumerate(batches(given, seed)):
        done = (time.monotonic() - begun) / (given.minutes * 60)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(1.0, done / WARM_UP + 0.02) * max(0.02, 1 - done)
        loss, right = loss_of(network, embed, rows)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        torch._foreach_lerp_(mean, [p.detach() for p in parameters], 1 - min(KEPT, (step + 1) / (step + 10)))
        seen += len(rows)
        shown.append(right)
        if step % 100 == 99:
            print(f"{done:6.1%} {seen:9,} pairs  right {np.mean(shown[-400:]):.3f}", flush=True)
        if time.monotonic() - saved > SAVED_EVERY:
            saved = time.monotonic()
            save(network, mean, given.checkpoint, seen, seed)
    save(network, mean, given.checkpoint, seen, seed)
    for parameter, value in zip(parameters, mean, strict=True):
        parameter.data.copy_(value)
    return network


def save(network: Network, mean: Sequence[torch.Tensor], path: Path, seen: int, seed: int) -> None:
    """Write the running mean as a checkpoint, in one step."""
    names = [name for name, _ in network.named_parameters()]
    part = path.with_suffix(".part")
    torch.save({"weights": dict(zip(names, mean, strict=True)), "seen": seen, "seed": seed}, part)
    part.replace(path)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--public", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--squad", type=Path, nargs=2, required=True, metavar=("ARTICLES", "QUESTIONS"))
    parser.add_argument("--families", type=Path, nargs="*", default=[])
    parser.add_argument("--drafts", type=Path, nargs="*", default=[])
    parser.add_argument("--times", type=int, default=4, help="times that each claim of a draft is in a round")
    parser.add_argument("--filled", type=int, default=made.FILLED, help="times that a family is, a round")
    parser.add_argument("--share", type=float, default=1.0, help="of the public rows a round")
    parser.add_argument("--most-squad", type=int, default=40000, help="questions a round")
    parser.add_argument("--corrupted", type=float, default=0.4, help="share of the sentences tried a round")
    parser.add_argument(
        "--told", type=float, default=0.3, help="share of the sentences told as plans and denials"
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    network = train(given)
    if given.out:
        write_onnx(network, given.out, ["scores"])
        print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
