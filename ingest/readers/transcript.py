"""What was said in a recording, as paragraphs that a person would write: who speaks, and from when on."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.document import Document, refuse_long, tidy
from footnote.ingest.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_CUES = 200_000  # a day of talk has 30,000
# Characters after which a paragraph ends with its sentence: half of the samples' 249 are longer than 403.
ENOUGH = 400
# A longer sentence lacks its stops, as captions made by machines do: it is cut between cues.
ENDLESS = 3 * ENOUGH
NOISE = re.compile(r"[\[(][^\[\]()]{1,40}[\])]|[♪♫\s]+")  # [Music]
# “ANNA:”, “Anna Cruz:”, “SPEAKER 1:”
LABEL = re.compile(r"(?P<name>[^\W\d_][\w.’'-]{0,30}(?: [^\W_][\w.’'-]{0,30}){0,3}):\s+(?=\S)")
TWICE = 2  # “Note:” may open one sentence; a name comes again
EACH = 5  # cues that all begin with a label


@dataclass(frozen=True, slots=True)
class Cue:
    """What is heard from `start` (seconds) on; `turn` says that somebody else begins, named or not."""

    start: float
    text: str
    speaker: str = ""
    turn: bool = False


def document(
    cues: Iterable[Cue], *, title: str = "", language: str = "", warnings: tuple[str, ...] = ()
) -> Document:
    """Return what was said, in the order of time: a paragraph is of one speaker, and ends with a sentence.

    Raises:
        UnreadableSource: If nothing was said, or too much.
    """
    heard = [replace(cue, text=text) for cue in cues if (text := _words(cue.text))]
    if not heard:
        raise UnreadableSource("it holds no words with a time. Check that it is the transcript itself.")
    refuse_many(len(heard))
    refuse_long(" ".join(cue.text for cue in heard))
    said = list(_said(_labelled(sorted(heard, key=lambda cue: cue.start))))
    return Document(
        tuple(("", text) for text, _ in said),
        title=title,
        language=language,
        times=tuple(clock(start) for _, start in said),
        warnings=warnings,
    )


def refuse_many(cues: int) -> None:
    """Spare a reader what no recording holds.

    Raises:
        UnreadableSource: If there are more cues than a recording has.
    """
    if cues > MOST_CUES:
        raise UnreadableSource(f"it holds {cues:,} cues, more than {MOST_CUES:,}. Split it into recordings.")


def _words(text: str) -> str:
    """Return what is said on one line, without the lines that only tell of a noise."""
    return tidy(" ".join(line for line in text.split("\n") if not NOISE.fullmatch(line)))


def clock(seconds: float) -> str:
    """Return a time as a player shows it.

    >>> clock(7.9), clock(754), clock(3723)
    ('0:07', '12:34', '1:02:03')
    """
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def seconds_of(said: object) -> float | None:
    """Return a time given as seconds or as `1:02:03.5`, with a stop or a comma; None when it is neither.

    >>> seconds_of("01:02:03,5"), seconds_of("02:03"), seconds_of(7), seconds_of("soon")
    (3723.5, 123.0, 7.0, None)
    """
    if isinstance(said, bool) or not isinstance(said, (int, float, str)):
        return None
    try:
        parts = [float(part.replace(",", ".")) for part in str(said)[:40].split(":")]
    except ValueError:
        return None
    seconds = sum(part * 60**place for place, part in enumerate(reversed(parts[-3:])))
    return seconds if math.isfinite(seconds) and 0 <= seconds < 1e7 and len(parts) <= 3 else None


def _labelled(cues: Sequence[Cue]) -> list[Cue]:
    """Return the cues with the speakers that their text names; a name holds until somebody else begins."""
    if any(cue.speaker for cue in cues):
        return list(cues)
    labels = [LABEL.match(cue.text) for cue in cues]
    often = Counter(found["name"] for found in labels if found)
    # A program that names the speaker of each cue names also one who speaks once.
    each = len(cues) >= EACH and all(labels)
    named: list[Cue] = []
    speaker = ""
    for cue, found in zip(cues, labels, strict=True):
        if found and _is_name(found["name"], often[found["name"]], often, each=each):
            speaker = found["name"]
            named.append(replace(cue, text=cue.text[found.end() :], speaker=speaker))
            continue
        speaker = "" if cue.turn else speaker
        named.append(replace(cue, speaker=speaker))
    return named


def _is_name(name: str, count: int, often: Counter[str], *, each: bool) -> bool:
    """Tell whether a label is one of a speaker: in capitals, there again, or a full name beside such."""
    if name.isupper():
        return True
    if not all(word[0].isupper() or word[0].isdecimal() for word in name.split(" ")):
        return False
    full = " " in name and max(often.values()) >= TWICE
    return count >= TWICE or full or each


def _said(cues: Sequence[Cue]) -> Iterator[tuple[str, float]]:
    """Yield the paragraphs, each with the second at which it begins."""
    turns = accumulate(
        range(1, len(cues)),
        lambda turn, n: turn + (cues[n].turn or cues[n].speaker != cues[n - 1].speaker),
        initial=0,
    )
    for _, group in groupby(zip(turns, cues, strict=True), key=lambda pair: pair[0]):
        turn = [cue for _, cue in group]
        speaker = tidy(turn[0].speaker)
        for text, start in _paragraphs(turn):
            yield (f"{speaker}: {text}" if speaker else text), start


def _paragraphs(turn: Sequence[Cue]) -> Iterator[tuple[str, float]]:
    """Yield what one speaker says in parts of whole sentences, each with the time of its first cue."""
    text = " ".join(cue.text for cue in turn)
    begins = list(accumulate((len(cue.text) + 1 for cue in turn[:-1]), initial=0))
    start, last = 0, 0
    for end in _ends(text, begins):
        last = end
        if end - start >= ENOUGH:
            yield text[start:end].strip(), _at(turn, begins, start)
            start = end
    if text[start:last].strip():
        yield text[start:last].strip(), _at(turn, begins, start)


def _at(turn: Sequence[Cue], begins: Sequence[int], offset: int) -> float:
    """Return when what stands after the blanks at `offset` is said."""
    return turn[bisect_right(begins, offset + (offset > 0)) - 1].start


def _ends(text: str, begins: Sequence[int]) -> Iterator[int]:
    """Yield where sentences end, and in those without an end where cues do."""
    for start, end in sentences(text):
        if end - start > ENDLESS:
            yield from (at - 1 for at in begins[bisect_right(begins, start) : bisect_right(begins, end)])
        yield end
