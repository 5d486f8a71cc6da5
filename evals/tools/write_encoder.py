"""Write the steps of the packaged encoder's layers as the files that `footnote.ingest.encoder.packaged` runs.

    python -m footnote.evals.tools.write_encoder ingest/encoder/encoder.onnx
    python -m footnote.evals.tools.write_encoder --eight-bit ingest/encoder/encoder_8bit.onnx

The files hold no weights: each is named as in the package's `model.safetensors` and said to lie there;
matrices are expected with their rows and columns swapped, and in 8 bits with a scale for each column beside
them, `NAME.scale`. Needs the package `onnx`, which Footnote does not.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.ingest.encoder.packaged import DIMENSION as WIDTH
from footnote.ingest.encoder.packaged import EPSILON, HEADS, LAYERS

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

MICROSOFT = "com.microsoft"  # steps that onnxruntime has beside those of ONNX


@dataclass(slots=True)
class Graph:
    """The steps so far, and the shapes of the weights that they take."""

    eight_bit: bool = False
    nodes: list[Any] = field(default_factory=list)
    weights: dict[str, Sequence[int]] = field(default_factory=dict)

    def step(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **given: Any) -> str:
        """Add a step and return the name of what comes of it."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **given))
        return output

    def weight(self, name: str, *shape: int) -> str:
        """Note a weight and return its name."""
        self.weights[name] = shape
        return name

    def product(self, before: str, name: str, width: int, out: int, output: str) -> str:
        """Add a product with a matrix; in 8 bits what it is multiplied with is rounded as it comes."""
        matrix = [before, self.weight(f"{name}.weight", width, out)]
        if self.eight_bit:
            matrix.append(self.weight(f"{name}.weight.scale", out))
            return self.step("DynamicQuantizeMatMul", matrix, output, MICROSOFT)
        return self.step("MatMul", matrix, output)

    def linear(self, before: str, name: str, width: int, out: int) -> str:
        """Add a product with a matrix, and a sum."""
        product = self.product(before, name, width, out, f"{name}.product")
        return self.step("Add", [product, self.weight(f"{name}.bias", out)], f"{name}.sum")

    def normalised(self, one: str, other: str, name: str, output: str) -> str:
        """Add the sum of two and its normalisation."""
        added = self.step("Add", [one, other], f"{name}.added")
        scale, shift = (self.weight(f"{name}.{part}", WIDTH) for part in ("weight", "bias"))
        return self.step("LayerNormalization", [added, scale, shift], output, axis=-1, epsilon=EPSILON)

    def layer(self, number: int, hidden: str, output: str) -> str:
        """Add a layer of BERT: self-attention and a feed-forward step."""
        name = f"encoder.layer.{number}"
        parts = [
            self.linear(hidden, f"{name}.attention.self.{part}", WIDTH, WIDTH)
            for part in ("query", "key", "value")
        ]
        mixed = self.step(
            "MultiHeadAttention", [*parts, "", "lengths"], f"{name}.mixed", MICROSOFT, num_heads=HEADS
        )
        mixed = self.linear(mixed, f"{name}.attention.output.dense", WIDTH, WIDTH)
        attended = self.normalised(mixed, hidden, f"{name}.attention.output.LayerNorm", f"{name}.attended")
        product = self.product(attended, f"{name}.intermediate.dense", WIDTH, 4 * WIDTH, f"{name}.up")
        bias = self.weight(f"{name}.intermediate.dense.bias", 4 * WIDTH)
        curved = self.step("BiasGelu", [product, bias], f"{name}.curved", MICROSOFT)
        down = self.linear(curved, f"{name}.output.dense", 4 * WIDTH, WIDTH)
        return self.normalised(down, attended, f"{name}.output.LayerNorm", output)


def write(path: Path, *, eight_bit: bool = False) -> None:
    """Write the file: `states` from `hidden`, both `[rows, tokens, 384]`, and `lengths` `[rows]`."""
    from onnx import TensorProto, helper

    graph, hidden = Graph(eight_bit), "hidden"
    for number in range(LAYERS):
        last = number == LAYERS - 1
        hidden = graph.layer(number, hidden, "states" if last else f"encoder.layer.{number}.states")
    shape = ["rows", "tokens", WIDTH]
    inputs = [
        helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["rows"]),
    ]
    outputs = [helper.make_tensor_value_info("states", TensorProto.FLOAT, shape)]
    weights = [_elsewhere(name, dims, graph.weights) for name, dims in graph.weights.items()]
    made = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, weights)
    known = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    path.write_bytes(helper.make_model(made, opset_imports=known, ir_version=9).SerializeToString())


def _elsewhere(name: str, shape: Sequence[int], scaled: Container[str]) -> Any:
    """Return a weight whose values lie in another file: whole numbers where there is a scale for them."""
    from onnx import TensorProto

    whole = f"{name}.scale" in scaled
    found = TensorProto(name=name, data_type=TensorProto.INT8 if whole else TensorProto.FLOAT, dims=shape)
    found.data_location = TensorProto.EXTERNAL
    found.external_data.add(key="location", value="model.safetensors")
    return found


def main() -> None:
    """Write the file that is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--eight-bit", action="store_true", help="matrices in 8 bits")
    given = parser.parse_args()
    write(given.out, eight_bit=given.eight_bit)


if __name__ == "__main__":
    main()
