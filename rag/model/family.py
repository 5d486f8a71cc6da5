"""Which family of prompts a model follows, told by its size: small models need few and short orders."""

from __future__ import annotations

import re
from pathlib import PurePath

# Billions of weights: one of 1.5 drowned in the long prompt and its eight passages, see docs/models.md.
SMALL_UP_TO = 4.0
SMALL_FILE = 3 * 10**9  # bytes: four billion weights of five to six bits
SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
# Models that think aloud before they answer; some servers hand their thoughts over without a beginning.
THINKS = re.compile(r"\br1\b|\bqwq\b|think|reason|magistral|gpt-oss|\bqwen3(?!.*instruct)", re.IGNORECASE)


def is_small(name: str, file_size: int | None = None) -> bool:
    """Tell whether a model is small, by what its name says of it, else by its file; unknown ones are not.

    >>> is_small("Qwen2.5-Coder-1.5B-Instruct"), is_small("openai:gpt-4.1-mini"), is_small("mixtral-8x7b")
    (True, False, False)
    """
    sizes = [float(s) for s in SIZE.findall(PurePath(name).name)]
    if sizes:
        return max(sizes) <= SMALL_UP_TO
    return file_size is not None and file_size <= SMALL_FILE


def thinks(name: str) -> bool:
    """Tell whether a model of this name thinks aloud before it answers.

    >>> thinks("ollama:deepseek-r1:1.5b"), thinks("openai:gpt-4.1-mini")
    (True, False)
    """
    return bool(THINKS.search(name))
