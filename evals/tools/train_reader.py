"""Train the reader of `footnote.rag.answer.reader`, and write it as the file that ships.

    python -m footnote.evals.tools.train_reader ARTICLES QUESTIONS --written ARTICLES QUESTIONS --out
    rag/answer/reader.onnx

ARTICLES and QUESTIONS are JSON Lines: `{"article_id", "title", "paragraphs"}` and `{"article_id", "question",
"answers", "gold_paragraphs", "answerable"}`, the answers being words of the gold paragraph (counted from 0).
The packaged all-MiniLM-L6-v2 is tuned with two heads: start and end of the answer (Devlin et al. 2019) and
whether the window answers at all. Its word embeddings stay as they are, so that they need not be shipped
again. What is kept is the running mean of the weights (Polyak and Juditsky 1992).

`--written` names questions that people wrote to be unanswerable, each with `asked_on_paragraph`. A second,
short round takes a share of its examples from them, which teaches refusing and costs a little of pointing
at answers; so the weights of both rounds are averaged (Wortsman et al. 2022).

`--begin` names a reader to go on from, in place of the two rounds: half of its examples are of `reader_data`,
what people ask of news in their own words, and the rest are as above.

The learning rate falls with the clock: a round takes the time it is given, whatever the machine. The minutes
are those of a large GPU; take some hundred times as many on a processor. Writing the 8-bit file needs the
package `onnx`, which Footnote itself does not.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from footnote.evals.tools.lines import rows_of
from footnote.evals.tools.reader_examples import Example, examples, plainly, written
from footnote.evals.tools.reader_questions import LEARNT, questions, stories
from footnote.ingest.encoder.packaged import DIMENSION as WIDTH
from footnote.ingest.encoder.packaged import EPSILON, HEADS, LAYERS, packaged_model, tokenizer
from footnote.ingest.text.words import STOP_WORDS
from footnote.rag.answer.reader import MOST_QUESTION, MOST_TITLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

LONGEST = 256  # tokens of an example
BATCH_TOKENS, SHUFFLED = 16384, 16384  # tokens a step; examples sorted by length together
HEAD_RATE = 7.0  # times the rate of the layers
KEPT = 0.998  # of the running mean, a step
MASKED, HIDDEN = 0.2, 0.4  # the share of questions, and of their words that the window repeats, hidden
SAYS_SHARE = 0.5  # of the loss, beside that of start and end


class Round(NamedTuple):
    """How a round is trained: peak rate, the part in which it rises, examples that people wrote."""

    rate: float
    warm_up: float
    written: float


# The second round on squad2_dev, ten articles to learn from: AUROC of the unanswerable questions of the other
# five (n=1,917) .806 → .835, the best span touches the answer 82.5 → 81.5; samples, AUROC .787 → .809.
# Without written questions .807. Five and fourteen times as long: .825 and .814. Averaged: .829 and 81.9.
FIRST, SECOND = Round(1.5e-4, 0.04, 0.0), Round(4e-5, 0.1, 0.3)
SECOND_SHARE = 0.1  # of the first round's time
AVERAGED = 0.7  # the second round's part in the mean of the two
# Going on from a shipped reader, on a processor.
FURTHER = Round(5e-5, 0.06, 0.2)
PLAIN, FEW_TOKENS, DROPPED = 0.55, 3072, 0.05  # share of plain questions, tokens a step, dropout


class TokenRow(NamedTuple):
    """An example in token ids: where the window begins, and start and end of the answer (0: none)."""

    ids: list[int]
    second: int
    body: int
    start: int
    end: int


class Attention(torch.autograd.Function):
    """Self-attention over windows that are not padded, as the one step that onnxruntime has for it."""

    @staticmethod
    def forward(_ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """Return `[rows, tokens, WIDTH]` from three of that shape."""
        return attention(query, key, value)

    @staticmethod
    def symbolic(graph: Any, query: Any, key: Any, value: Any) -> Any:
        """Return the step for an ONNX file."""
        return graph.op("com.microsoft::MultiHeadAttention", query, key, value, num_heads_i=HEADS)


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bias: torch.Tensor | float = 0.0,
    drop: Callable[[torch.Tensor], torch.Tensor] = torch.as_tensor,
) -> torch.Tensor:
    """Return what each token of `[rows, tokens, WIDTH]` takes from the others."""
    rows, tokens = query.shape[0], query.shape[1]
    query, key, value = (
        part.view(rows, tokens, HEADS, WIDTH // HEADS).transpose(1, 2) for part in (query, key, value)
    )
    weights = drop(torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + bias, -1))
    return (weights @ value).transpose(1, 2).reshape(rows, tokens, WIDTH)


class Layer(nn.Module):
    """A layer of BERT: self-attention and a feed-forward step, each added and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.attended, self.fed = (nn.LayerNorm(WIDTH, eps=EPSILON) for _ in range(2))
        self.drop = nn.Dropout(0.1)

    def forward(self, hidden: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """Return `[rows, tokens, WIDTH]`; `bias` is very low where there is no token, None: nowhere."""
        parts = self.query(hidden), self.key(hidden), self.value(hidden)
        mixed = (
            Attention.apply(*parts)  # type: ignore[no-untyped-call]
            if bias is None
            else attention(*parts, bias, self.drop)
        )
        hidden = self.attended(self.drop(self.output(mixed)) + hidden)
        return torch.as_tensor(self.fed(self.drop(self.down(nn.functional.gelu(self.up(hidden)))) + hidden))


class Network(nn.Module):
    """From normalised embeddings `[rows, tokens, WIDTH]` to start and end scores and the window's own."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span, self.says = nn.Linear(WIDTH, 2), nn.Linear(WIDTH, 1)

    def forward(
        self, hidden: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return start and end `[rows, tokens]` and says `[rows]`; `mask` is 1 where there is a token."""
        bias = None if mask is None else (1.0 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, bias)
        spans = self.span(hidden)
        return spans[..., 0], spans[..., 1], self.says(hidden[:, 0])[:, 0]


BIASES = {"head.bias", "span.bias", "says.bias"}  # of the heads
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


def shipped_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return the layers and heads of a shipped model: 8-bit weights times their scales."""
    import onnx
    from onnx import numpy_helper

    held = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(path)).graph.initializer}
    numbers = sorted(
        int(n.split("_")[1]) for n in held if n.startswith("onnx::MatMul_") and n.endswith("_quantized")
    )
    names = ("query", "key", "value", "output", "up", "down")
    found = {n: torch.tensor(v) for n, v in held.items() if n.startswith("layers.") or n in BIASES}

    def weight(stem: str) -> torch.Tensor:
        return torch.tensor((held[f"{stem}_quantized"].astype(np.float32) * held[f"{stem}_scale"]).T.copy())

    for place, number in enumerate(numbers[: LAYERS * len(names)]):
        layer, part = divmod(place, len(names))
        found[f"layers.{layer}.{names[part]}.weight"] = weight(f"onnx::MatMul_{number}")
    for head in ("head", "says"):
        if f"{head}.bias" in found:
            found[f"{head}.weight"] = weight(f"{head}.weight_Transposed")
    if "span.bias" in found:
        found["span.weight"] = weight(f"onnx::MatMul_{numbers[-1]}")
    return found


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is learnt from: articles with answerable questions, and those that people wrote to have none."""

    articles: Sequence[dict[str, Any]]
    questions: Sequence[dict[str, Any]]
    written_articles: Sequence[dict[str, Any]] = ()
    written: Sequence[dict[str, Any]] = ()


class Coder:
    """Turns examples into rows of token ids."""

    def __init__(self) -> None:
        self.tokenizer = tokenizer()

    def _id(self, token: str) -> int:
        return int(self.tokenizer.token_to_id(token) or 0)

    def row(self, example: Example, hidden: Sequence[tuple[int, int]] = ()) -> TokenRow | None:
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
        return TokenRow(ids, 2 + len(question), len(head), start, end)


def repeated_words(example: Example, dice: random.Random) -> list[tuple[int, int]]:
    """Return some of the plain words of the question that the window repeats."""
    window = example.window.lower()
    found = [
        m.span()
        for m in re.finditer(r"\b[a-z][a-z’'-]{3,}", example.question)
        if m[0] not in STOP_WORDS and m[0] in window
    ]
    return [span for span in found if dice.random() < HIDDEN]


def rows_to_learn(corpus: Corpus, share: float, seed: int) -> Iterator[TokenRow]:
    """Yield rows without end, the examples made anew in each round; `share` of them people wrote."""
    coder, dice = Coder(), random.Random(seed)  # noqa: S311 - examples, not secrets
    asked = [row for e in written(corpus.written_articles, corpus.written) if (row := coder.row(e))]
    epoch = 0
    while True:
        for example in examples(corpus.articles, corpus.questions, seed + epoch):
            hidden = repeated_words(example, dice) if dice.random() < MASKED else []
            row = coder.row(example, hidden)
            if row:
                yield row
            if asked and dice.random() < share / (1 - share):
                yield dice.choice(asked)
        epoch += 1


def plain_rows(corpus: Corpus, seed: int) -> Iterator[TokenRow]:
    """Yield rows without end: of `PLAIN` what people ask of news in their own words, the rest as before."""
    coder, dice = Coder(), random.Random(seed)  # noqa: S311 - examples, not secrets
    asked, read = questions(LEARNT), stories()
    others = rows_to_learn(corpus, FURTHER.written, seed)
    while True:
        for example in plainly(asked, read, seed):
            if row := coder.row(example):
                yield row
            while dice.random() > PLAIN:
                yield next(others)
        seed += 1


def batches(rows: Iterable[TokenRow], tokens: int, seed: int) -> Iterator[list[TokenRow]]:
    """Yield batches of rows, of at most so many tokens."""
    dice = random.Random(seed)  # noqa: S311 - examples, not secrets
    kept: list[TokenRow] = []
    for row in rows:
        kept.append(row)
        if len(kept) >= SHUFFLED:
            yield from of_like_length(kept, tokens, dice)
            kept = []


class Coded(Protocol):
    """A row of token ids of which the second text begins somewhere."""

    @property
    def ids(self) -> list[int]:
        """The tokens."""

    @property
    def second(self) -> int:
        """Where the second text begins."""


Row = TypeVar("Row", bound=Coded)


def of_like_length(rows: Iterable[Row], most: int, dice: random.Random) -> list[list[Row]]:
    """Return batches of rows of like length, none of more than `most` tokens, in a drawn order."""
    found: list[list[Row]] = [[]]
    for row in sorted(rows, key=lambda r: len(r.ids) + dice.random()):
        if found[-1] and len(row.ids) * (len(found[-1]) + 1) > most:
            found.append([])
        found[-1].append(row)
    dice.shuffle(found)
    return found


def padded(rows: Sequence[Coded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, types (1 in the second text) and mask (1 where there is a token), `[rows, tokens]`."""
    length = max(len(r.ids) for r in rows)
    ids, mask = torch.zeros(len(rows), length, dtype=torch.long), torch.zeros(len(rows), length)
    types = torch.zeros_like(ids)
    for place, row in enumerate(rows):
        n = len(row.ids)
        ids[place, :n] = torch.tensor(row.ids)
        types[place, row.second : n] = 1
        mask[place, :n] = 1
    return ids, types, mask


def stacked(rows: Sequence[TokenRow]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what `padded` does, and where an answer may stand (the window, or position 0)."""
    ids, types, mask = padded(rows)
    allowed = torch.zeros_like(mask)
    for place, row in enumerate(rows):
        allowed[place, 0] = 1
        allowed[place, row.body : len(row.ids) - 1] = 1
    return ids, types, mask, allowed


class Embedder:
    """The packaged embeddings: words, positions and types summed and normalised. Not trained."""

    def __init__(self, tables: dict[str, torch.Tensor], device: torch.device | None = None) -> None:
        self.tables = {name: table.to(device) for name, table in tables.items()}

    @torch.no_grad()
    def __call__(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return `[rows, tokens, WIDTH]`."""
        summed = (
            self.tables["word_embeddings.weight"][ids]
            + self.tables["token_type_embeddings.weight"][types]
            + self.tables["position_embeddings.weight"][: ids.shape[1]]
        )
        scale, shift = self.tables["LayerNorm.weight"], self.tables["LayerNorm.bias"]
        return nn.functional.layer_norm(summed, (WIDTH,), scale, shift, EPSILON)


def train(corpus: Corpus, seconds: float, seed: int) -> tuple[Network, int]:
    """Return the network trained for `seconds`, a tenth more with `written`, and on how many examples."""
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tables, layers = packaged_weights()
    embed, network = Embedder(tables, device), Network()
    network.load_state_dict(layers, strict=False)  # the two heads are new
    network.to(device)
    rows = batches(rows_to_learn(corpus, 0.0, seed), BATCH_TOKENS, seed)
    seen = _round(network, embed, rows, FIRST, seconds)
    if corpus.written:
        first = {k: v.clone() for k, v in network.state_dict().items()}
        again = batches(rows_to_learn(corpus, SECOND.written, seed + 1000), BATCH_TOKENS, seed)
        seen += _round(network, embed, again, SECOND, seconds * SECOND_SHARE)
        second = network.state_dict()
        network.load_state_dict({k: first[k].lerp(second[k], AVERAGED) for k in first})
    return network.eval().cpu(), seen


def train_further(corpus: Corpus, begin: Path, seconds: float, seed: int) -> tuple[Network, int]:
    """Return a shipped reader trained for `seconds` more, and on how many examples."""
    torch.manual_seed(seed)
    tables, _ = packaged_weights()
    embed, network = Embedder(tables), Network()
    network.load_state_dict(shipped_weights(begin))
    for part in network.modules():
        if isinstance(part, nn.Dropout):
            part.p = DROPPED
    rows = batches(plain_rows(corpus, seed), FEW_TOKENS, seed)
    return network, _round(network, embed, rows, FURTHER, seconds)


def _round(
    network: Network, embed: Embedder, rows: Iterator[list[TokenRow]], how: Round, seconds: float
) -> int:
    """Train, leave the running mean in the network, and return the number of examples."""
    heads = [p for name, p in network.named_parameters() if not name.startswith("layers")]
    groups = [
        {"params": list(network.layers.parameters()), "times": 1.0},
        {"params": heads, "times": HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    parameters = list(network.parameters())
    mean = [p.detach().clone() for p in parameters]
    network.train()
    begun, seen = time.monotonic(), 0
    for step, batch in enumerate(rows):
        done = (time.monotonic() - begun) / seconds
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = how.rate * group["times"] * min(1.0, done / how.warm_up) * max(0.01, 1 - done)
        loss = _loss(network, embed, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        kept = min(KEPT, (step + 1) / (step + 10))
        torch._foreach_lerp_(mean, [p.detach() for p in parameters], 1 - kept)
        seen += len(batch)
        if step % 100 == 0:
            print(f"{done:6.1%}  {seen:9,} examples  loss {loss.item():.3f}", flush=True)
    for parameter, value in zip(parameters, mean, strict=True):
        parameter.data.copy_(value)
    return seen


def _loss(network: Network, embed: Embedder, rows: Sequence[TokenRow]) -> torch.Tensor:
    device = next(network.parameters()).device
    ids, types, mask, allowed = (part.to(device) for part in stacked(rows))
    start = torch.tensor([r.start for r in rows], device=device)
    end = torch.tensor([r.end for r in rows], device=device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        starts, ends, says = network(embed(ids, types), mask)
    barred = (allowed - 1.0) * 1e4
    spans = nn.functional.cross_entropy(starts.float() + barred, start) + nn.functional.cross_entropy(
        ends.float() + barred, end
    )
    answers = nn.functional.binary_cross_entropy_with_logits(says.float(), (end > 0).float())
    return spans / 2 + SAYS_SHARE * answers


def write_onnx(network: nn.Module, path: Path, outputs: Sequence[str], tokens: Sequence[str] = ()) -> None:
    """Write a network as an ONNX file of 8-bit weights; `tokens` names the outputs with a value a token.

    Steps that follow one another are fused, but for the sum before a normalisation: onnxruntime's step for
    both takes seven times as long as one for each. Weights are quantised by channel and in 7 bits, because
    8 overflow on processors without VNNI.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    axes = {name: {0: "rows"} for name in outputs} | {
        n: {0: "rows", 1: "tokens"} for n in ("hidden", *tokens)
    }
    network.eval()
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            network,
            (torch.randn(2, 9, WIDTH),),
            str(plain),
            input_names=["hidden"],
            output_names=list(outputs),
            dynamic_axes=axes,
            dynamo=False,
            opset_version=17,
            custom_opsets={"com.microsoft": 1},
        )
        wanted = FusionOptions("bert")
        wanted.enable_embed_layer_norm = wanted.enable_skip_layer_norm = False
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


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--written", type=Path, nargs=2, metavar=("ARTICLES", "QUESTIONS"))
    parser.add_argument("--begin", type=Path, help="a reader to go on from")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    np.random.seed(given.seed)  # noqa: NPY002 - of libraries that use it
    written_rows = [rows_of(path) for path in given.written or ()]
    corpus = Corpus(rows_of(given.articles), rows_of(given.questions), *written_rows)
    seconds = given.minutes * 60
    network, seen = (
        train_further(corpus, given.begin, seconds, given.seed)
        if given.begin
        else train(corpus, seconds, given.seed)
    )
    write_onnx(network, given.out, ("start", "end", "says"), ("start", "end"))
    print(f"{given.out}: {seen:,} examples, {given.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
