"""Subtitles: SubRip (.srt) and WebVTT (.vtt), which part cues by blank lines and give their times alike."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from footnote.ingest.readers.decode import decoded
from footnote.ingest.readers.format import Format, one, text_start
from footnote.ingest.readers.transcript import Cue, document, refuse_many, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footnote.ingest.readers.document import Document

ARROW = "-->"
TIMING = re.compile(r"\s*(\d{1,4}(?::\d{1,2}){1,2}(?:[.,]\d{1,3})?)\s*-->")
ASIDE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)\b")
LANGUAGE = re.compile(r"^Language:[ \t]*([\w-]{2,20})", re.MULTILINE)
VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?[ \t]+([^<>]{1,200})>")
TAG = re.compile(r"<(?!v[.\s])/?[a-zA-Z0-9][^<>]{0,300}>|\{\\[^{}]{1,100}\}")  # <i>, <00:01.500>, {\an8}
CHANGE = re.compile(r">>+")  # another speaker, as stations write it
DASH = re.compile(r"[-–—]\s*(?=\S)")  # each of two speakers in one cue
ROLLING = 0.3  # of the cues; those that roll up do so in nearly all, and people repeat themselves in few
UNTIMED = "What has no time that can be read goes by the time before it: {} of {} cues."


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a cue shows: its lines, and when; the time is None where none can be read."""

    start: float | None
    lines: tuple[str, ...]


def read(data: bytes) -> Document:
    """Read subtitles; lines that a cue repeats from the one before are read once.

    Raises:
        UnreadableSource: If `data` is not text, or nothing in it is said at a time.
    """
    text, warnings = decoded(data)
    text = "\n".join(text.splitlines())
    refuse_many(text.count(ARROW))
    shown = _shown(text)
    untimed = sum(cue.start is None for cue in shown)
    language = LANGUAGE.search(text[: text.find(ARROW)] if ARROW in text else "")
    return document(
        _cues(_once(shown)),
        language=language[1] if language else "",
        warnings=(*warnings, UNTIMED.format(untimed, len(shown))) if untimed else warnings,
    )


def _shown(text: str) -> list[_Shown]:
    """Return the cues of a file, also where the blank line between two is missing or one stands in a cue."""
    shown: list[_Shown] = []
    for block in text.split("\n\n"):
        lines = block.strip("\n").split("\n")
        timings = [n for n, line in enumerate(lines) if ARROW in line]
        if not timings and shown and not ASIDE.match(lines[0]) and not block.strip().isdecimal():
            shown[-1] = _Shown(shown[-1].start, (*shown[-1].lines, *_seen(lines)))
        for at, following in pairwise([*timings, len(lines)]):
            found = TIMING.match(lines[at])
            # Above the next time stands the cue's number, if no blank line does.
            numbered = following < len(lines) and lines[following - 1].strip().isdecimal()
            own = lines[at + 1 : following - numbered]
            shown.append(_Shown(seconds_of(found[1]) if found else None, _seen(own)))
    return shown


def _seen(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for line in lines if (text := TAG.sub("", line).strip()))


def _once(shown: Sequence[_Shown]) -> Iterator[_Shown]:
    """Yield the cues without the lines that only roll up from the one before."""
    repeated = [_overlap(a.lines, b.lines) for a, b in pairwise(shown)]
    rolls = sum(map(bool, repeated)) > ROLLING * len(shown)
    for cue, count in zip(shown, [0, *repeated], strict=False):
        yield _Shown(cue.start, cue.lines[count if rolls else 0 :])


def _overlap(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines `after` begins with that `before` ends with."""
    most = min(len(before), len(after), 4)
    return next((n for n in range(most, 0, -1) if before[-n:] == after[:n]), 0)


def _cues(shown: Iterator[_Shown]) -> Iterator[Cue]:
    start = 0.0
    for cue in shown:
        start = start if cue.start is None else cue.start
        parts = VOICE.split("\n".join(cue.lines))
        for speaker, spoken in zip(["", *parts[1::2]], parts[::2], strict=True):
            for turn, text in _turns(html.unescape(spoken)):
                yield Cue(start, text, html.unescape(speaker).strip(), turn)


def _turns(spoken: str) -> Iterator[tuple[bool, str]]:
    """Yield what each of the speakers of one cue says, and whether one is marked as another."""
    lines = spoken.split("\n")
    if sum(DASH.match(line) is not None for line in lines) > 1:
        lines = [DASH.sub(">>", line, count=1) if DASH.match(line) else line for line in lines]
    first, *others = CHANGE.split("\n".join(lines))
    yield False, first
    yield from ((True, other) for other in others)


def _sniff(head: bytes) -> bool:
    start = text_start(head)
    return start.startswith(b"WEBVTT") or re.match(rb"\d{1,6}\s{1,4}[\d:,.]{5,14} *--> ", start) is not None


FORMAT = Format("subtitles", (".srt", ".vtt"), one(read), sniff=_sniff)
