"""Which names are people's, so that “he” and “her” may mean them.

A logistic regression on a name's vector, which `footnote.evals.tools.train_people` fitted to the answers of
questions that ask who, against those that ask where or which country, firm, prize … It knows the vectors of
the packaged encoder only.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from footnote.ingest.encoder.packaged import PACKAGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footnote.ingest.encoder.encoder import Encoder

WEIGHTS = Path(__file__).with_name("people.json")
# Below the likeliest name. Of 70 follow-ups with “he” or “her” on as many stories and articles, written by
# somebody who knew no code, the person meant is understood in the first half, which chose it, for .66 with
# all names, .74, .71, .74, .74 and .69 with .05, .1, .2, .3 and .5; in the second for .69, then .77, .77,
# .80, .80 and .80.
NEAR = 0.2


class Model(NamedTuple):
    """Weights `[384]` and bias of the log-odds that a name is a person's."""

    weights: NDArray[np.float32]
    bias: float


@functools.cache
def model() -> Model:
    """Return the model that comes with Footnote."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Model(np.array(read["weights"], dtype=np.float32), read["bias"])


def people_among(names: Sequence[str], encoder: Encoder) -> list[str]:
    """Return those of `names` that are as likely a person's as any of them, in order."""
    if len(names) < 2 or encoder.name not in PACKAGED:
        return list(names)
    weights, bias = model()
    odds = encoder.encode(names) @ weights + bias
    likely = 1 / (1 + np.exp(-odds))
    return [name for name, p in zip(names, likely, strict=True) if p >= likely.max() - NEAR]
