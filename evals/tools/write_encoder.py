"""Write the steps of the packaged encoder's layers as the file that `footnote.ingest.encoder.packaged` runs.

    python -m footnote.evals.tools.write_encoder ingest/encoder/encoder.onnx

The file holds no weights: each is named as in the package's `model.safetensors` and said to lie there;
matrices are expected with their rows and columns swapped. Needs the package `onnx`, which Footnote does not.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnote.ingest.encoder.packaged import DIMENSION as WIDTH
from footnote.ingest.encoder.packaged import EPSILON, HEADS, LAYERS

if TYPE_CHECKING:
    from collections.abc import Sequence

MICROSOFT = "com.microsoft"  # steps that onnxruntime has beside those of ONNX


@dataclass(slots=True)
class Graph:
    """The steps so far, and the shapes of the weights that they take."""

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

    def linear(self, before: str, name: str, width: int, out: int) -> str:
        """Add a product with a matrix, and a sum."""
        product = self.step("MatMul", [before, self.weight(f"{name}.weight", width, out)], f"{name}.product")
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
        matrix = self.weight(f"{name}.intermediate.dense.weight", WIDTH, 4 * WIDTH)
        product = self.step("MatMul", [attended, matrix], f"{name}.up")
        bias = self.weight(f"{name}.intermediate.dense.bias", 4 * WIDTH)
        curved = self.step("BiasGelu", [product, bias], f"{name}.curved", MICROSOFT)
        down = self.linear(curved, f"{name}.output.dense", 4 * WIDTH, WIDTH)
        return self.normalised(down, attended, f"{name}.output.LayerNorm", output)


def write(path: Path) -> None:
    """Write the file: `states` from `hidden`, both `[rows, tokens, 384]`, and `lengths` `[rows]`."""
    from onnx import TensorProto, helper

    graph, hidden = Graph(), "hidden"
    for number in range(LAYERS):
        last = number == LAYERS - 1
        hidden = graph.layer(number, hidden, "states" if last else f"encoder.layer.{number}.states")
    shape = ["rows", "tokens", WIDTH]
    inputs = [
        helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["rows"]),
    ]
    outputs = [helper.make_tensor_value_info("states", TensorProto.FLOAT, shape)]
    weights = [_elsewhere(name, dims) for name, dims in graph.weights.items()]
    made = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, weights)
    known = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    path.write_bytes(helper.make_model(made, opset_imports=known, ir_version=9).SerializeToString())


def _elsewhere(name: str, shape: Sequence[int]) -> Any:
    """Return a weight whose values lie in another file."""
    from onnx import TensorProto

    found = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
    found.data_location = TensorProto.EXTERNAL
    found.external_data.add(key="location", value="model.safetensors")
    return found


def main() -> None:
    """Write the file that is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
