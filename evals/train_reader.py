"""Train the reader of `rag.reader`, and write it as the file that ships.

    python -m evals.train_reader ARTICLES QUESTIONS --hours 1.4 --out rag/reader.onnx

ARTICLES and QUESTIONS are JSON Lines: `{"article_id", "title", "paragraphs"}` and `{"article_id", "question",
"answers", "gold_paragraphs", "answerable"}`, the answers being words of the gold paragraph (counted from 0).
The packaged all-MiniLM-L6-v2 is tuned with two heads: start and end of the answer (Devlin et al. 2019) and
whether the window answers at all. Its word embeddings stay as they are, so that they need not be shipped
again. The learning rate falls with the clock: the run takes the hours it is given, whatever the machine.
Writing the 8-bit file needs the package `onnx`, which Footnote itself does not.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

from evals.reader_examples import Example, examples
from ingest.encode import packaged_model
from rag.reader import MOST_QUESTION, MOST_TITLE
from rag.words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LAYERS, WIDTH, HEADS = 6, 384, 12
LONGEST = 160  # tokens of an example
PEAK_RATE, HEAD_RATE, WARM_UP = 1e-4, 10.0, 0.03
BATCH_TOKENS, SHUFFLED = 4096, 1600  # tokens a step; examples sorted by length together
MASKED = 0.12  # of the questions: a word that the window repeats is hidden, so that others must do
SAYS_SHARE = 0.5  # of the loss, beside that of start and end


class Row(NamedTuple):
    """An example in token ids: where the window begins, and start and end of the answer (0: none)."""

    ids: list[int]
    second: int
    body: int
    start: int
    end: int


class Layer(nn.Module):
    """A layer of BERT: self-attention and a feed-forward step, each added and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.attended, self.fed = (nn.LayerNorm(WIDTH, eps=1e-12) for _ in range(2))
        self.drop = nn.Dropout(0.1)

    def forward(self, hidden: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Return `[rows, tokens, WIDTH]`; `bias` is very low where there is no token."""
        rows, tokens = hidden.shape[0], hidden.shape[1]
        query, key, value = (
            part(hidden).view(rows, tokens, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        weights = self.drop(
            torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + bias, -1)
        )
        mixed = (weights @ value).transpose(1, 2).reshape(rows, tokens, WIDTH)
        hidden = self.attended(self.drop(self.output(mixed)) + hidden)
        return torch.as_tensor(self.fed(self.drop(self.down(nn.functional.gelu(self.up(hidden)))) + hidden))


class Network(nn.Module):
    """From normalised embeddings `[rows, tokens, WIDTH]` to start and end scores and the window's own."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span, self.says = nn.Linear(WIDTH, 2), nn.Linear(WIDTH, 1)

    def forward(
        self, hidden: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return start and end `[rows, tokens]` and says `[rows]`; `mask` is 1 where there is a token."""
        bias = (1.0 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        spans = self.span(hidden)
        return spans[..., 0], spans[..., 1], self.says(hidden[:, 0])[:, 0]


NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "output",
    "attention.output.LayerNorm": "attended",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "fed",
}


def packaged_weights() -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Return the embedding tables and the layers of the packaged encoder, under the names used here."""
    from safetensors.torch import load_file

    state = load_file(str(packaged_model() / "model.safetensors"))
    layers = {
        f"layers.{n}.{ours}.{part}": state[f"encoder.layer.{n}.{theirs}.{part}"]
        for n in range(LAYERS)
        for theirs, ours in NAMES.items()
        for part in ("weight", "bias")
    }
    return {k.removeprefix("embeddings."): v for k, v in state.items() if k.startswith("embeddings.")}, layers


class Coder:
    """Turns examples into rows of token ids."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(packaged_model() / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def _id(self, token: str) -> int:
        return int(self.tokenizer.token_to_id(token) or 0)

    def row(self, example: Example, hidden: Sequence[tuple[int, int]] = ()) -> Row | None:
        """Return the row of an example, None when its answer is cut off; `hidden` ranges are masked."""
        asked = self.tokenizer.encode(example.question, add_special_tokens=False)
        question = [
            self._id("[MASK]") if any(a >= s and b <= e for s, e in hidden) else token
            for token, (a, b) in zip(asked.ids, asked.offsets, strict=True)
        ][:MOST_QUESTION]
        title = self.tokenizer.encode(f"{example.title} .", add_special_tokens=False).ids[:MOST_TITLE]
        title = title if example.title else []
        window = self.tokenizer.encode(example.window, add_special_tokens=False)
        room = LONGEST - 3 - len(question) - len(title)
        head = [self._id("[CLS]"), *question, self._id("[SEP]"), *title]
        start = end = 0
        if example.end:
            inside = [
                i for i, (a, b) in enumerate(window.offsets[:room]) if a < example.end and b > example.start
            ]
            if not inside:
                return None
            start, end = len(head) + inside[0], len(head) + inside[-1]
        ids = [*head, *window.ids[:room], self._id("[SEP]")]
        return Row(ids, 2 + len(question), len(head), start, end)


def repeated_words(example: Example, dice: random.Random) -> list[tuple[int, int]]:
    """Return one or two plain words of the question that the window repeats."""
    window = example.window.lower()
    found = [
        m.span()
        for m in re.finditer(r"[a-z][a-z’'-]{3,}", example.question)
        if m[0] not in STOP_WORDS and m[0] in window
    ]
    return dice.sample(found, min(len(found), dice.choice((1, 1, 2))))


def batches(
    articles: Sequence[dict[str, Any]], questions: Sequence[dict[str, Any]], seed: int
) -> Iterator[list[Row]]:
    """Yield batches without end, the examples made anew in each round."""
    coder, dice = Coder(), random.Random(seed)  # noqa: S311 - examples, not secrets
    kept: list[Row] = []
    epoch = 0
    while True:
        for example in examples(articles, questions, seed + epoch):
            hidden = repeated_words(example, dice) if dice.random() < MASKED else []
            row = coder.row(example, hidden)
            if row:
                kept.append(row)
            if len(kept) >= SHUFFLED:
                yield from _of_like_length(kept, dice)
                kept = []
        epoch += 1


def _of_like_length(rows: list[Row], dice: random.Random) -> list[list[Row]]:
    found: list[list[Row]] = [[]]
    for row in sorted(rows, key=lambda r: len(r.ids) + dice.random()):
        if found[-1] and len(row.ids) * (len(found[-1]) + 1) > BATCH_TOKENS:
            found.append([])
        found[-1].append(row)
    dice.shuffle(found)
    return found


def stacked(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, types, mask and where an answer may stand (the window, or position 0), `[rows, tokens]`."""
    length = max(len(r.ids) for r in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    types, mask, allowed = (
        torch.zeros_like(ids),
        torch.zeros(len(rows), length),
        torch.zeros(len(rows), length),
    )
    for place, row in enumerate(rows):
        n = len(row.ids)
        ids[place, :n] = torch.tensor(row.ids)
        types[place, row.second : n] = 1
        mask[place, :n] = 1
        allowed[place, 0] = 1
        allowed[place, row.body : n - 1] = 1
    return ids, types, mask, allowed


class Embedder(nn.Module):
    """The packaged embeddings: words, positions and types summed and normalised. Not trained."""

    def __init__(self, tables: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.tables = tables

    @torch.no_grad()
    def forward(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return `[rows, tokens, WIDTH]`."""
        summed = (
            self.tables["word_embeddings.weight"][ids]
            + self.tables["token_type_embeddings.weight"][types]
            + self.tables["position_embeddings.weight"][: ids.shape[1]]
        )
        scale, shift = self.tables["LayerNorm.weight"], self.tables["LayerNorm.bias"]
        return nn.functional.layer_norm(summed, (WIDTH,), scale, shift, 1e-12)


def train(
    articles: Sequence[dict[str, Any]], questions: Sequence[dict[str, Any]], seconds: float, seed: int
) -> tuple[Network, int]:
    """Return the network trained for `seconds`, and on how many examples."""
    torch.manual_seed(seed)
    tables, layers = packaged_weights()
    embed, network = Embedder(tables), Network()
    network.load_state_dict(layers, strict=False)  # the two heads are new
    network.train()
    heads = [p for name, p in network.named_parameters() if not name.startswith("layers")]
    groups = [
        {"params": list(network.layers.parameters()), "times": 1.0},
        {"params": heads, "times": HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    begun, seen = time.monotonic(), 0
    for step, rows in enumerate(batches(articles, questions, seed)):
        done = (time.monotonic() - begun) / seconds
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * group["times"] * min(1.0, done / WARM_UP) * max(0.02, 1 - done)
        loss = _loss(network, embed, rows)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        seen += len(rows)
        if step % 100 == 0:
            print(f"{done:6.1%}  {seen:7,} examples  loss {loss.item():.3f}", flush=True)
    return network.eval(), seen


def _loss(network: Network, embed: Embedder, rows: Sequence[Row]) -> torch.Tensor:
    ids, types, mask, allowed = stacked(rows)
    start = torch.tensor([r.start for r in rows])
    end = torch.tensor([r.end for r in rows])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        starts, ends, says = network(embed(ids, types), mask)
    barred = (allowed - 1.0) * 1e4
    spans = nn.functional.cross_entropy(starts.float() + barred, start) + nn.functional.cross_entropy(
        ends.float() + barred, end
    )
    answers = nn.functional.binary_cross_entropy_with_logits(says.float(), (end > 0).float())
    return spans / 2 + SAYS_SHARE * answers


def write(network: Network, path: Path) -> None:
    """Write the network as an ONNX file of 8-bit weights.

    Steps that follow one another are fused; weights are quantised by channel and in 7 bits, because 8
    overflow on processors without VNNI.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    axes = {name: {0: "rows", 1: "tokens"} for name in ("hidden", "mask", "start", "end")} | {
        "says": {0: "rows"}
    }
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            network,
            (torch.randn(2, 9, WIDTH), torch.ones(2, 9)),
            str(plain),
            input_names=["hidden", "mask"],
            output_names=["start", "end", "says"],
            dynamic_axes=axes,
            dynamo=False,
            opset_version=17,
        )
        wanted = FusionOptions("bert")
        wanted.enable_embed_layer_norm = False
        optimizer.optimize_model(
            str(plain), model_type="bert", num_heads=HEADS, hidden_size=WIDTH, optimization_options=wanted
        ).save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            path,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--hours", type=float, default=1.4)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    np.random.seed(given.seed)  # noqa: NPY002 - of libraries that use it
    network, seen = train(rows_of(given.articles), rows_of(given.questions), given.hours * 3600, given.seed)
    write(network, given.out)
    print(f"{given.out}: {seen:,} examples, {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
