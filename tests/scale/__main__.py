"""A library on PostgreSQL and two Chroma servers, held against one in a folder: `make scale-test`.

    python -m tests.scale --paragraphs 20000 --kills 30

The letters are those of what is asked of it: (a) the replies to the sample suite are the same to the byte,
(b) the ten nearest from servers are those of an exact search or as near as its tenth, over paragraphs made of
sentences of the articles that the judge learns from, and asked by its claims,
(h) a library that is moved there and back is the same. Then all processes of a large installation are started, two
workers, two servers and a proxy too (`system.py`): (c) each is killed, again and again, while readers ask and articles
come, (f) many readers ask at once, (g) a part of the index is made anew while readers are answered.
Times are of this computer and whatever else it does. Status 1 when something does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from footnote import Assistant, Settings
from footnote.evals.suite.data import sample_suite
from footnote.evals.tools.lines import rows_of
from footnote.evals.tools.reader_questions import DRAFTS, stories
from footnote.ingest.archive import export, restore
from footnote.ingest.article import make_article
from footnote.ingest.encoder.encoded import encode_article
from footnote.ingest.encoder.packaged import EIGHT_BIT, PackagedEncoder
from footnote.ingest.library.library import Library, Nearest, open_library
from footnote.ingest.library.stores import FOLDER
from footnote.ingest.pipeline import ingest
from footnote.ingest.samples import sample_folder
from footnote.ingest.sources import read_sources
from footnote.ingest.text.sentences import sentences
from footnote.rag.answer.reader import PackagedReader
from tests.servers import started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.article import Article
    from tests.servers import Servers

LEAST_OVERLAP = 0.999
SAME = 1e-6  # what is as near as the tenth, but for rounding, may stand in its place
QUESTIONS = 200
EACH, SEED = 20, 7  # paragraphs of a made article


def main() -> int:
    """Do what the command line asks for, and return the exit status."""
    asked = argparse.ArgumentParser(description="Try a library on PostgreSQL and Chroma servers.")
    asked.add_argument("--paragraphs", type=int, default=2_000, help="made ones, for (b) and (h)")
    asked.add_argument("--parts", type=int, default=2, help="Chroma servers")
    asked.add_argument(
        "--kills", type=int, default=2, help="of each process, for (c); 0: leave (c), (f), (g) out"
    )
    asked.add_argument("--readers", type=int, default=20, help="at once, for (f)")
    asked.add_argument("--only-load", action="store_true", help="leave (a), (b), (h) out")
    given = asked.parse_args()
    held = [] if given.only_load else _compared(given.parts, given.paragraphs)
    if given.kills:
        held += _loaded(given.kills, given.readers)
    return 0 if all(held) else 1


def _loaded(times: int, readers: int) -> list[bool]:
    from tests.scale import load
    from tests.scale.system import System

    system = System()
    try:
        load.fill(system)
        held = [
            _told("f", *load.at_once(system, readers)),
            _told("c", *load.kills(system, times)),
            _told("g", *load.rebuilt(system)),
        ]
        print(
            f"    Where every article has the words of every question: {load.at_once(system, readers)[1]}.",
            flush=True,
        )
        return held
    finally:
        system.stop()


def _compared(parts: int, paragraphs: int) -> list[bool]:
    servers = started(parts)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return [_replies(servers, Path(folder)), *_made(servers, Path(folder), paragraphs)]
    finally:
        servers.stop()


def _replies(servers: Servers, folder: Path) -> bool:
    encoder, reader = PackagedEncoder(), PackagedReader()
    stores, homes = (FOLDER, servers.new_library()), (folder / "a", folder / "b")
    for home, place in zip(homes, stores, strict=True):
        with open_library(home, encoder.name, encoder.dimension, stores=place) as library:
            for _ in ingest(read_sources([str(sample_folder())]), library, encoder):
                pass
    libraries = [
        open_library(home, encoder.name, encoder.dimension, read_only=True, stores=place)
        for home, place in zip(homes, stores, strict=True)
    ]
    assistants = [
        Assistant(Settings(home=h), x, encoder, reader=reader) for h, x in zip(homes, libraries, strict=True)
    ]
    questions = [case.question for case in sample_suite().cases if hasattr(case, "question")]
    replies, seconds = [], []
    for assistant in assistants:
        began = time.perf_counter()
        replies.append([_bytes(assistant, question) for question in questions])
        seconds.append((time.perf_counter() - began) / len(questions))
        assistant.close()
    same = sum(a == b for a, b in zip(*replies, strict=True))
    return _told(
        "a", same == len(questions),
        f"{same} of {len(questions)} replies to the sample suite are the same to the byte; "
        f"{1000 * seconds[0]:.0f} ms each from a folder, {1000 * seconds[1]:.0f} ms from servers",
    )  # fmt: skip


def _bytes(assistant: Assistant, question: str) -> str:
    return json.dumps({**assistant.ask(question).as_json(), "timings_ms": {}})


class OnceEncoder:
    """The packaged encoder in 8 bits, which does not encode a sentence again that made paragraphs repeat."""

    def __init__(self) -> None:
        self._encoder = PackagedEncoder(EIGHT_BIT)
        self._known: dict[str, NDArray[np.float32]] = {}
        self.name, self.dimension = self._encoder.name, self._encoder.dimension
        self.window, self.count = self._encoder.window, self._encoder.count

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 `[len(texts), dimension]`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def articles(paragraphs: int) -> Iterator[Article]:
    """Yield articles of `EACH` paragraphs, of two to four sentences drawn from our own, with so many in all."""
    told = {
        text[span.start : span.end]
        for story in stories().values()
        for text in story.paragraphs
        for span in sentences(text)
    }
    known, drawn = np.array(sorted(told), dtype=object), np.random.default_rng(SEED)
    for number in range(-(-paragraphs // EACH)):
        size = min(EACH, paragraphs - number * EACH)
        texts = [
            ("", " ".join(drawn.choice(known, int(drawn.integers(2, 5)), replace=False))) for _ in range(size)
        ]
        yield make_article(texts, title=f"Article {number}", source=f"article-{number}.txt", date="2026-03")


def _made(servers: Servers, folder: Path, paragraphs: int) -> list[bool]:
    encoder, stores = OnceEncoder(), servers.new_library()
    claims = [
        claim["text"]
        for path in sorted(DRAFTS.glob("*.jsonl"))
        for r in rows_of(path)
        for claim in r["claims"]
    ]
    asked = encoder.encode(np.random.default_rng(SEED).choice(claims, QUESTIONS, replace=False).tolist())
    with open_library(folder / "c", encoder.name, encoder.dimension) as library:
        texts = _store(library, encoder, paragraphs)
        library.catch_up()
        by_chroma = _nearest(library, asked)
    with open_library(folder / "c", encoder.name, encoder.dimension, read_only=True) as library:
        export(library, folder / "there.zip")
        exact = _nearest(library, asked)
        words = [library.match(_words(text), 100) for text in texts]
    began = time.perf_counter()
    with open_library(folder / "d", encoder.name, encoder.dimension, stores=stores) as library:
        for _ in restore(library, folder / "there.zip", encoder):
            pass
        library.catch_up()
        stored = time.perf_counter() - began
        export(library, folder / "back.zip")
        return [
            _overlap(exact, _nearest(library, asked), by_chroma),
            _lexical(library, texts, words, paragraphs, stored),
            _moved(folder),
        ]


def _store(library: Library, encoder: OnceEncoder, paragraphs: int) -> list[str]:
    """Store made articles, and return the beginnings of some of their paragraphs."""
    texts: list[str] = []
    for article in articles(paragraphs):
        library.store(encode_article(article, encoder))
        texts.append(article.paragraph_text(1))
    chosen = np.random.default_rng(SEED).choice(len(texts), min(QUESTIONS, len(texts)), replace=False)
    return [" ".join(texts[n].split()[:12]).replace('"', "") for n in chosen]


def _nearest(library: Library, asked: NDArray[np.float32]) -> list[tuple[Nearest, float]]:
    """Return the ten nearest to each vector, and the milliseconds that it took."""
    found = []
    for vector in asked:
        began = time.perf_counter()
        found.append((library.nearest(vector, 10), 1000 * (time.perf_counter() - began)))
    return found


def shared(exact: Nearest, found: Nearest) -> int:
    """Return how many of what was found are among the nearest by an exact search, or as near as its last.

    >>> shared(Nearest([(("a", 0), 0.9), (("b", 0), 0.5)]), Nearest([(("a", 0), 0.9), (("c", 0), 0.5)]))
    2
    """
    among, least = {key for key, _ in exact}, exact[-1][1] - SAME
    return sum(key in among or score >= least for key, score in found)


def _overlap(*ways: list[tuple[Nearest, float]]) -> bool:
    exact, *others = ([found for found, _ in way] for way in ways)
    wanted = sum(map(len, exact))
    servers, folder = (sum(map(shared, exact, found)) / wanted for found in others)
    times = [[ms for _, ms in way] for way in ways[1:]]
    told = [f"(median {np.median(ms):.1f} ms, p95 {np.percentile(ms, 95):.1f} ms)" for ms in times]
    return _told(
        "b", servers >= LEAST_OVERLAP,
        f"the ten nearest of {len(exact)} questions are those of an exact search: {servers:.4f} from servers "
        f"{told[0]}, {folder:.4f} by Chroma in a folder {told[1]}",
    )  # fmt: skip


def _lexical(library: Library, texts: list[str], words: list[Any], paragraphs: int, stored: float) -> bool:
    times, same = [], 0
    for text, wanted in zip(texts, words, strict=True):
        began = time.perf_counter()
        same += library.match(_words(text), 100) == wanted
        times.append(1000 * (time.perf_counter() - began))
    return _told(
        "words", same == len(texts),
        f"{same} of {len(texts)} searches by 12 words find the same 100 paragraphs with the same scores (median "
        f"{np.median(times):.1f} ms, p95 {np.percentile(times, 95):.1f} ms); "
        f"{1000 * stored / paragraphs:.1f} ms a paragraph to store",
    )  # fmt: skip


def _words(text: str) -> str:
    return " OR ".join(f'"{word}"' for word in text.split())


def _moved(folder: Path) -> bool:
    held = []
    for name in ("there.zip", "back.zip"):
        with zipfile.ZipFile(folder / name) as archive:
            members = {one: archive.read(one) for one in archive.namelist()}
        manifest = json.loads(members.pop("manifest.json"))
        held.append((members, {**manifest, "made": ""}))
    return _told("h", held[0] == held[1], f"{len(held[0][0])} members of the export are the same to the byte")


def _told(letter: str, holds: bool, what: str) -> bool:
    print(f"({letter}) {'holds' if holds else 'DOES NOT HOLD'}: {what}.", flush=True)
    return holds


if __name__ == "__main__":
    sys.exit(main())
