"""Make the byte-pair vocabulary that counts tokens where no model's own is at hand.

Run once, by whoever changes the sample articles: `python -m footnote.evals.tools.vocabulary`. It learns from
the sample articles and from the words of the packaged encoder's vocabulary (Apache-2.0), the
commoner the more often, and writes tiktoken's format: a token in Base64 and its rank, a line each.
"""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from footnote.ingest.encoder.packaged import packaged_model
from footnote.ingest.encoder.tokens import PATTERN, VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parents[2] / "ingest" / "encoder" / VOCABULARY
TOKENS = 9_300  # 145 kB; news in English takes one token for 3.7 characters, where the models take 4.5
FIRST_REAL_WORD = 1996  # in the encoder's vocabulary; before it stand special tokens and letters
COMMONEST = 20_000  # times that the commonest word is shown; the word of rank n, that by n (Zipf)


def make(tokens: int = TOKENS) -> list[bytes]:
    """Return the tokens in the order of their ranks; the first 256 are the single bytes."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        special_tokens=[],
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    bytes_of = {letter: bytes([byte]) for byte, letter in enumerate(_letters())}
    ranked = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    learnt = [b"".join(bytes_of[letter] for letter in token) for token, _ in ranked]
    return [bytes([byte]) for byte in range(256)] + [token for token in learnt if len(token) > 1]


def _letters() -> list[str]:
    """Return the letter by which byte-level tokenizers write each byte (as GPT-2 does)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def _texts() -> Iterator[str]:
    for path in sorted(files("footnote.ingest.samples").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".md"):
            yield path.read_text(encoding="utf-8")
    vocabulary = json.loads((packaged_model() / "tokenizer.json").read_text(encoding="utf-8"))["model"][
        "vocab"
    ]
    words = sorted((rank, word) for word, rank in vocabulary.items() if word.isascii() and word.isalpha())
    for rank, word in words:
        if rank >= FIRST_REAL_WORD:
            times = COMMONEST // (rank - FIRST_REAL_WORD + 1) + 2
            yield f" {word}" * times + f" {word.capitalize()}" * (times // 4)


def main() -> None:
    """Write the vocabulary to where the encoder reads it."""
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(make())]
    FILE.write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
