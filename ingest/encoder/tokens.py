"""Count the tokens of a text, with no network too. The one home of tiktoken."""

from __future__ import annotations

import base64
import threading
from contextlib import suppress
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

VOCABULARY = "footnote.tiktoken"  # made by ingest/vocabulary.py
# Words with the blank before them, numbers by three digits, runs of signs, line ends, blanks.
PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PATIENCE = 2.0  # seconds for a model's vocabulary to come; tiktoken itself sets no limit
STRETCH = 20_000  # characters counted at a time: tiktoken's time grows faster than one long word


def count_tokens(text: str, model: str = "") -> int:
    """Return how many tokens `text` takes, for a budget.

    With a `model` (`gpt-4o`, `openai:gpt-4o`) its own encoding counts where tiktoken knows it and
    has it in its cache or gets it within two seconds; otherwise, and without a model, the
    vocabulary that Footnote ships, which nowhere counts much less than the models do.

    >>> count_tokens("")
    0
    """
    encoding = _encoding(model)
    return sum(len(encoding.encode_ordinary(part)) for part in _stretches(text))


def _stretches(text: str) -> list[str]:
    """Return `text` in parts, parted before a blank where there is one."""
    parts: list[str] = []
    start = 0
    while len(text) - start > STRETCH:
        blank = text.rfind(" ", start + STRETCH // 2, start + STRETCH)
        end = blank if blank > start else start + STRETCH
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]]


def _encoding(model: str) -> Encoding:
    import tiktoken

    if model:
        try:
            name = tiktoken.encoding_name_for_model(model.rsplit(":", 1)[-1].rsplit("/", 1)[-1])
        except KeyError:  # a model of which tiktoken knows nothing
            return _shipped()
        return _fetched(name) or _shipped()
    return _shipped()


@cache
def _fetched(name: str) -> Encoding | None:
    """Return tiktoken's encoding `name`, or None when it did not come in time; asked once a process.

    The thread may go on: what it gets then is in tiktoken's cache for the next process.
    """
    found: list[Encoding] = []

    def fetch() -> None:
        import tiktoken

        with suppress(Exception):  # whatever went wrong, the shipped one counts
            found.append(tiktoken.get_encoding(name))

    thread = threading.Thread(target=fetch, name=f"tiktoken {name}", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return found[0] if found else None


@lru_cache(maxsize=1)
def _shipped() -> Encoding:
    import tiktoken

    lines = files("footnote.ingest.encoder").joinpath(VOCABULARY).read_text(encoding="ascii").splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(str.split, lines)}
    return tiktoken.Encoding(name="footnote", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
