"""Run by test_kill: adds, changes and removes articles until it is killed, and says what is done.

Usage: `python killed_writer.py HOME [RECORD INDEX]`, RECORD and INDEX as in the settings; each number on standard input starts a writer there.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from footnote.ingest.article import Article, make_article
from footnote.ingest.library import index
from footnote.ingest.library.library import open_library
from footnote.ingest.library.stores import FOLDER, Stores
from footnote.ingest.pipeline import Outcome, ingest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMENSION = 16


class DigestEncoder:
    name, dimension, window = "digest", DIMENSION, 256

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raw = b"".join(hashlib.blake2b(t.encode(), digest_size=DIMENSION).digest() for t in texts)
        rows = np.frombuffer(raw, dtype=np.uint8).reshape(-1, DIMENSION).astype(np.float32) - 127.3
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def count(self, text: str) -> int:
        return len(text.split())


def article(number: int, revision: int = 0) -> Article:
    size = random.Random(f"{number} {revision}").choice([1, 3, 10, 25, 60, 120])
    texts = [("", f"Number {number} says {revision} in part {p}. It weighs {p} tons.") for p in range(size)]
    return make_article(texts, title=f"Article {number}", source=f"{number}.txt")


def write(home: Path, number: int, stores: Stores = FOLDER) -> None:
    """Write from `number` on until the kill comes."""
    encoder = DigestEncoder()
    with open_library(home, encoder.name, encoder.dimension, stores=stores) as library:
        while True:
            given = [article(number), article(number + 1), article(number, revision=1), article(number + 2)]
            print("begin", number, flush=True)
            for step in ingest(given, library, encoder):
                if isinstance(step, Outcome):
                    print(step.status, step.source, step.article_id, flush=True)
            print("removing", f"{number + 1}.txt", flush=True)
            library.remove(given[1].id)
            print("removed", f"{number + 1}.txt", flush=True)
            number += 3


def main() -> None:
    """Import once, then fork a writer for each number that is read: imports take most of the time."""
    import chromadb  # noqa: F401 - so that the kill does not find it being imported
    import datasketch  # noqa: F401 - so that each writer need not import it anew

    index.OPEN_AT = 1  # every article goes to Chroma at once
    stores = Stores(sys.argv[2], tuple(sys.argv[3].split(","))) if len(sys.argv) > 2 else FOLDER
    for line in sys.stdin:
        writer = os.fork()
        if not writer:
            write(Path(sys.argv[1]), int(line), stores)
        print("writer", writer, flush=True)
        _, status = os.waitpid(writer, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
