"""The reader: which sentence answers a question, where in it the answer stands, and whether any does.

A small extractive question answering model (after BERT, Devlin et al. 2019, section 4.3: the likeliest
start and end of the answer, the first position standing for "no answer here"). It begins from the packaged
all-MiniLM-L6-v2, whose word embeddings it still uses, and was trained by `footnote.evals.tools.train_reader`;
`reader.json` beside this module says on what, and how well it reads. It knows English.
"""

from __future__ import annotations

import math
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from footnote.ingest.encoder.packaged import Embeddings, embeddings, session, tokenizer
from footnote.ingest.limits import processors
from footnote.ingest.text.languages import language_of
from footnote.rag.english.lists import AUXILIARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from footnote.ingest.text.sentences import Span
    from footnote.rag.types import Passage

WEIGHTS = Path(__file__).with_name("reader.onnx")
MOST_QUESTION, MOST_TITLE, MOST_HEADING = 40, 16, 24  # tokens; what is longer is cut
WINDOW = 128  # tokens of a question, a title and the sentences read together
LONGEST_ANSWER = 30  # tokens
MOST_THREADS = 4
MOST_ODDS = 12.0  # log-odds beyond it say no more
AT_ONCE = 4  # windows behind the least: as many as threads, or twice as many
LEAD = 1.0  # log-odds by which the best sentence read is ahead of all that are not, when no more are read
ASKING = re.compile(
    r"(?:and |but |so |in |on |at |to |from |for |by |with |of |since |until )?"
    rf"(?:who|whom|whose|what|which|when|where|why|how|{AUXILIARY})\b",
    re.IGNORECASE,
)


class Reading(NamedTuple):
    """What the reader makes of one sentence.

    `margin` is the log-odds of its likeliest answer, `passage.text[start:end]`, against "no answer in these
    sentences"; `says` the log-odds that the sentences read together answer at all.
    """

    margin: float
    says: float
    start: int
    end: int


class Likely(NamedTuple):
    """A sentence of a passage, and how likely it is to answer before it is read, on the margin's scale."""

    span: Span
    score: float


class Reader(Protocol):
    """Reads passages for the answer to a question."""

    def read(
        self,
        question: str,
        passages: Sequence[Passage],
        sentences: Sequence[Sequence[Likely]],
        most: int,
        least: int | None = None,
    ) -> list[list[Reading | None]]:
        """Return a reading of each given sentence of each passage, in order; None where it was not read.

        Sentences that stand together are read together; at most `most` such windows are, those first whose
        best sentence is the likeliest. With `least`, that many are read, and more only until the best
        sentence, by score and margin, is well ahead of the scores of all that are not read.
        """


class _Window(NamedTuple):
    """Sentences of one passage that are read together: token ids, and where each sentence's stand."""

    passage: int
    hope: float  # the score of its likeliest sentence
    ids: list[int]
    body: int  # where the passage's tokens begin
    second: int  # where the question ends
    offsets: list[tuple[int, int]]  # characters of each token of the passage
    sentences: dict[int, tuple[int, int]]  # sentence → its tokens, counted from `body`


class PackagedReader:
    """The reader that comes with Footnote. Loaded when first needed; safe to use from several threads."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._lock = threading.Lock()
        self._loaded: _Model | None = None

    def read(
        self,
        question: str,
        passages: Sequence[Passage],
        sentences: Sequence[Sequence[Likely]],
        most: int,
        least: int | None = None,
    ) -> list[list[Reading | None]]:
        """Return a reading of each given sentence of each passage, in order; None where it was not read."""
        with self._lock:
            self._loaded = self._loaded or _Model.load(self._weights)
        return self._loaded.read(question, passages, sentences, most, most if least is None else least)


@dataclass(frozen=True, slots=True)
class _Model:
    session: Any
    pool: ThreadPoolExecutor
    tokenizer: Any
    embeddings: Embeddings

    @classmethod
    def load(cls, weights: Path) -> _Model:
        pool = ThreadPoolExecutor(min(MOST_THREADS, processors()), "reader")
        return cls(session(weights), pool, tokenizer(), embeddings())

    def read(
        self,
        question: str,
        passages: Sequence[Passage],
        sentences: Sequence[Sequence[Likely]],
        most: int,
        least: int,
    ) -> list[list[Reading | None]]:
        asked = self._tokens(question)[0][:MOST_QUESTION]
        windows = [
            window
            for number, (passage, likely) in enumerate(zip(passages, sentences, strict=True))
            for window in self._windows(asked, number, passage, likely)
        ]
        windows = sorted(windows, key=lambda w: -w.hope)[:most]
        found: list[dict[int, Reading]] = [{} for _ in passages]
        best, done = -math.inf, 0
        while done < len(windows) and (done < least or windows[done].hope > best - LEAD):
            batch = windows[done : least if done < least else done + AT_ONCE]
            done += len(batch)
            for window, readings in self._together(batch):
                likely, own = sentences[window.passage], found[window.passage]
                for place, reading in readings:
                    best = max(best, likely[place].score + capped(reading.margin))
                    if place not in own or reading.margin > own[place].margin:
                        own[place] = reading
        return [[found[n].get(i) for i in range(len(likely))] for n, likely in enumerate(sentences)]

    def _together(self, windows: Sequence[_Window]) -> Iterator[tuple[_Window, list[tuple[int, Reading]]]]:
        """Read windows in several threads, the longest first, so that the threads end together."""
        chosen = sorted(windows, key=lambda w: -len(w.ids))
        return zip(chosen, self.pool.map(self._readings, chosen), strict=True)

    def _tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        encoded = self.tokenizer.encode(text, add_special_tokens=False)
        return encoded.ids, encoded.offsets

    def _windows(
        self, asked: Sequence[int], number: int, passage: Passage, likely: Sequence[Likely]
    ) -> list[_Window]:
        """Cut a passage into windows of whole sentences, each from the last sentence of the one before."""
        title = self._tokens(f"{passage.title} .")[0][:MOST_TITLE] if passage.title else []
        title += self._tokens(passage.asked)[0][:MOST_HEADING]
        ids, offsets = self._tokens(passage.text)
        head = [self._id("[CLS]"), *asked, self._id("[SEP]"), *title]
        room = WINDOW - len(head) - 1
        places = _token_ranges(offsets, [one.span for one in likely])
        windows = []
        for group in _groups(places, room):
            low = places[group[0]][0]
            high = min(places[group[-1]][1], low + room)
            own = {i: (places[i][0] - low, min(places[i][1], high) - low) for i in group}
            windows.append(
                _Window(
                    number,
                    max(likely[i].score for i in group),
                    [*head, *ids[low:high], self._id("[SEP]")],
                    len(head),
                    2 + len(asked),
                    offsets[low:high],
                    own,
                )
            )
        return windows

    def _id(self, token: str) -> int:
        return int(self.tokenizer.token_to_id(token))

    def _readings(self, window: _Window) -> list[tuple[int, Reading]]:
        """Read one window. Read together, the short ones would be padded to the longest, at its price."""
        ids = np.array([window.ids])
        types = (np.arange(len(window.ids)) >= window.second).astype(np.int64)[None]
        starts, ends, says = self.session.run(None, {"hidden": self.embeddings(ids, types)})
        return _readings(window, starts[0], ends[0], float(says[0]))


def understood(question: str) -> bool:
    """Tell whether the reader knows the language of a question, or it is too short to tell."""
    return language_of(question) in ("en", "")


def asks(text: str) -> bool:
    """Tell whether a text is a question, not words to search for, and one that the reader understands.

    >>> asks("Who built the bridge?"), asks("harbour bridge"), asks("Wer hat die Brücke gebaut?")
    (True, False, False)
    """
    return (text.rstrip().endswith("?") or bool(ASKING.match(text))) and understood(text)


def capped(odds: float) -> float:
    """Return log-odds within `MOST_ODDS` on either side."""
    return max(-MOST_ODDS, min(MOST_ODDS, odds))


def _token_ranges(offsets: Sequence[tuple[int, int]], spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Return the range of tokens of each sentence."""
    starts = np.array([a for a, _ in offsets], dtype=np.int64)
    return [
        (int(np.searchsorted(starts, span.start)), int(np.searchsorted(starts, span.end))) for span in spans
    ]


def _groups(places: Sequence[tuple[int, int]], room: int) -> list[list[int]]:
    """Return runs of sentences that fit into `room` tokens; a longer sentence stands alone and is cut."""
    groups: list[list[int]] = []
    first = 0
    while first < len(places):
        last = first
        while last + 1 < len(places) and places[last + 1][1] - places[first][0] <= room:
            last += 1
        groups.append(list(range(first, last + 1)))
        if last + 1 == len(places):
            break
        overlap = last > first and places[last + 1][1] - places[last][0] <= room
        first = last if overlap else last + 1
    return groups


def _readings(
    window: _Window, start: NDArray[np.float32], end: NDArray[np.float32], says: float
) -> list[tuple[int, Reading]]:
    none = float(start[0] + end[0])
    found = []
    for place, (low, high) in window.sentences.items():
        if high <= low:
            continue
        a, b = start[window.body + low : window.body + high], end[window.body + low : window.body + high]
        first, last, score = _best_span(a, b)
        span = (window.offsets[low + first][0], window.offsets[low + last][1])
        found.append((place, Reading(score - none, says, *span)))
    return found


def _best_span(start: NDArray[np.float32], end: NDArray[np.float32]) -> tuple[int, int, float]:
    """Return the tokens of the likeliest span of at most `LONGEST_ANSWER` tokens, and its score."""
    scores = start[:, None] + end[None, :]
    n = len(start)
    gap = np.arange(n)[None, :] - np.arange(n)[:, None]
    scores = np.where((gap >= 0) & (gap < LONGEST_ANSWER), scores, -np.inf)
    first, last = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(first), int(last), float(scores[first, last])
