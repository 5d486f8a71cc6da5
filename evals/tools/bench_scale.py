"""How a library of 100,000 paragraphs is written, opened, asked, cut down and brought back after a kill.

    python -m footnote.evals.tools.bench_scale --paragraphs 100000

The texts are drawn from a fixed seed, and a cheap encoder takes the place of the real one, whose
time and memory do not depend on the library: what is measured is reading, cutting, storing and the
vector index. Each step runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote.ingest.article import make_article
from footnote.ingest.library.library import open_library
from footnote.ingest.pipeline import Outcome, ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.article import Article
    from footnote.ingest.library.library import Library

SEED = 7
VOCABULARY = 20_000
QUESTIONS = 20


class WordsEncoder:
    """The mean of a fixed random vector a word: fast, and texts that share words are near each other."""

    name = "words"
    dimension = 384
    window = 256

    def __init__(self) -> None:
        drawn = np.random.default_rng(SEED).normal(size=(4096, self.dimension))
        self._vectors = drawn.astype(np.float32)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 `[len(texts), dimension]`."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for n, text in enumerate(texts):
            rows[n] = self._vectors[[zlib.crc32(w.encode()) % len(self._vectors) for w in text.split()]].sum(
                axis=0
            )
            rows[n] /= np.linalg.norm(rows[n]) or 1.0
        return rows

    def count(self, text: str) -> int:
        """Return how many words `text` has, about what the real encoder's tokens are."""
        return len(text.split()) + 2


def articles(paragraphs: int, each: int) -> Iterator[Article]:
    """Yield articles of `each` paragraphs, of two to four sentences each, with so many in all."""
    drawn = np.random.default_rng(SEED)
    for number in range(-(-paragraphs // each)):
        size = min(each, paragraphs - number * each)
        texts = [(f"Part {n // 10}", _paragraph(drawn)) for n in range(size)]
        yield make_article(texts, title=f"Article {number}", source=f"article-{number}.txt", date="2026-03")


def _paragraph(drawn: np.random.Generator) -> str:
    lengths = drawn.integers(8, 25, size=int(drawn.integers(2, 5)))
    return " ".join(_sentence(drawn, int(length)) for length in lengths)


def _sentence(drawn: np.random.Generator, length: int) -> str:
    words = drawn.zipf(1.3, size=length) % VOCABULARY  # few words often, most seldom, as in a language
    return f"W{words[0]} {' '.join(f'w{word}' for word in words[1:])}."


# ------------------------------------------------------------------------------------- steps


def write(home: Path, paragraphs: int, each: int) -> dict[str, Any]:
    """Ingest everything; with the memory held at each fifth of the way."""
    encoder = WordsEncoder()
    began = _memory()
    held: list[int] = []
    start, stored = time.monotonic(), 0
    with _opened(home) as library:
        for event in ingest(articles(paragraphs, each), library, encoder):
            if isinstance(event, Outcome):
                stored += event.paragraphs
                if stored >= (len(held) + 1) * paragraphs / 5:
                    held.append(_memory())
        seconds = time.monotonic() - start
    return {
        "paragraphs": stored,
        "paragraphs a second": round(stored / seconds, 1),
        "closing s": round(time.monotonic() - start - seconds, 2),
        "MB before": began,
        "MB at each fifth": held,
        "MB at most": _peak(),
        "MB on disk": round(sum(p.stat().st_size for p in home.rglob("*") if p.is_file()) / 1e6),
    }


def ask(home: Path, _paragraphs: int, _each: int) -> dict[str, Any]:
    """Open the library after a clean end and ask; Chroma is loaded by the first question."""
    opening, library = _timed(lambda: _opened(home))
    with library:
        first, _ = _timed(lambda: _question(library, 0))
        rest = sorted(_timed(partial(_question, library, n))[0] for n in range(1, QUESTIONS))
        by_chroma = bool(library._index._chroma)  # noqa: SLF001 - is it what was meant to be measured
    return {
        "opening s": opening,
        "first question s": first,
        "p50 s": rest[len(rest) // 2],
        "by Chroma": by_chroma,
        "MB at most": _peak(),
    }


def remove(home: Path, _paragraphs: int, _each: int) -> dict[str, Any]:
    """Remove an article before Chroma is open, as the command does, and one after, as the server does."""
    with _opened(home) as library:
        first, second, *_ = [a.article_id for a in library.articles()] * 2
        closed, _ = _timed(lambda: library.remove(first))
        if not library.articles():
            return {"removing s": closed}
        _question(library, 0)
        opened, _ = _timed(lambda: library.remove(second))
        after, _ = _timed(lambda: _question(library, 0))
    return {"removing s": closed, "removing, Chroma open s": opened, "question after it s": after}


def recover(home: Path, paragraphs: int, each: int) -> dict[str, Any]:
    """Kill a process that has the library open, and open it: the exact search answers at once."""
    command = [*_command(home, paragraphs, each), "--step", "hold"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603 - ourselves
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
    opening, library = _timed(lambda: _opened(home))
    with library:
        first, _ = _timed(lambda: _question(library, 0))
        building, _ = _timed(library.catch_up)
    return {
        "opening s": opening,
        "first question s": first,
        "index whole again after s": building,
        "MB at most": _peak(),
    }


def hold(home: Path, _paragraphs: int, _each: int) -> dict[str, Any]:
    """Open library and index, say so, and wait to be killed."""
    library = _opened(home)
    _question(library, 0)
    print("open", flush=True)
    time.sleep(600)
    return {}


def _question(library: Library, number: int) -> int:
    drawn = np.random.default_rng(1000 + number)
    text = _sentence(drawn, 12)
    found = library.nearest(WordsEncoder().encode([text])[0], 50)
    library.match(" OR ".join(f'"{word}"' for word in text.strip(".").split()[:4]), 50)
    return len(found)


def _opened(home: Path) -> Library:
    return open_library(home, WordsEncoder.name, WordsEncoder.dimension)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.monotonic()
    result = work()
    return round(time.monotonic() - start, 3), result


def _memory() -> int:
    """Return the resident memory of this process in MB; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


def _peak() -> int:
    """Return the most resident memory that this process has held, in MB."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) * 1024 / 1e6)


# ------------------------------------------------------------------------------------ running

STEPS = {"write": write, "ask": ask, "remove": remove, "recover": recover}


def main(argv: Sequence[str] | None = None) -> int:
    """Run every step and print its figures, one JSON object a step."""
    parser = argparse.ArgumentParser(
        prog="python -m footnote.evals.tools.bench_scale", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--paragraphs", type=int, default=100_000)
    parser.add_argument("--each", type=int, default=20, help="paragraphs of an article")
    parser.add_argument("--folder", type=Path, help="where the library is made; default: a temporary folder")
    parser.add_argument("--step", choices=[*STEPS, "hold"], help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.step:
        print(json.dumps({**STEPS, "hold": hold}[given.step](given.folder, given.paragraphs, given.each)))
        return 0
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="footnote-scale-") as folder:
        for step in STEPS:
            command = [*_command(Path(folder, "library"), given.paragraphs, given.each), "--step", step]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
            print(json.dumps({"step": step, **json.loads(done.stdout)}), flush=True)
    return 0


def _command(home: Path, paragraphs: int, each: int) -> list[str]:
    sizes = ["--paragraphs", str(paragraphs), "--each", str(each)]
    return [sys.executable, "-m", "footnote.evals.tools.bench_scale", *sizes, "--folder", str(home)]


if __name__ == "__main__":
    sys.exit(main())
