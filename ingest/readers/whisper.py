"""What a program heard, as JSON: segments with their times, as whisper, its kin and podcasts write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.format import Format, one
from footnote.ingest.readers.jsonl import is_object
from footnote.ingest.readers.transcript import Cue, document, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footnote.ingest.readers.document import Document

MARKS = ("segments", "transcription")  # whisper and podcasts; whisper.cpp
LONGEST_CODE = 3  # letters of the code of a language
NO_TRANSCRIPT = "it is JSON, but no transcript: it has no list “segments”, as whisper writes it."


def read(data: bytes) -> Document:
    """Read what whisper, whisper.cpp, WhisperX or a podcast's transcript in JSON says.

    Raises:
        UnreadableSource: If it is none.
    """
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableSource("its JSON is broken or cut off.") from error
    found = next(
        (s for mark in MARKS if isinstance(said, dict) and isinstance(s := said.get(mark), list)), None
    )
    if found is None:
        raise UnreadableSource(NO_TRANSCRIPT)
    result = said.get("result")
    return document(_cues(found), language=_code(said) or (_code(result) if isinstance(result, dict) else ""))


def _code(said: dict[str, Any]) -> str:
    """Return the code of the language; some write a name, as “english”, and then the text tells."""
    language = said.get("language")
    is_code = isinstance(language, str) and len(language.partition("-")[0]) <= LONGEST_CODE
    return str(language) if is_code else ""


def _cues(segments: list[Any]) -> Iterator[Cue]:
    start = 0.0
    for segment in segments:
        if not isinstance(segment, dict):
            continue
        text = _first(segment, "text", "body")
        given = seconds_of(_first(segment, "start", "startTime", "timestamps"))
        start = start if given is None else given
        if isinstance(text, str):
            yield Cue(start, text, _speaker(_first(segment, "speaker")))


def _first(segment: dict[str, Any], *keys: str) -> Any:
    """Return what stands under the first of the keys that is there; of time stamps, the first."""
    found = next((segment[key] for key in keys if segment.get(key) is not None), None)
    return found.get("from") if isinstance(found, dict) else found


def _speaker(said: Any) -> str:
    """Return a name; some number the speakers."""
    return f"Speaker {said}" if isinstance(said, int) else said if isinstance(said, str) else ""


def _sniff(head: bytes) -> bool:
    return is_object(head) and any(f'"{mark}"'.encode() in head for mark in MARKS)


FORMAT = Format("whisper", (".json",), one(read), sniff=_sniff, may_begin_as=frozenset({"html", "mhtml"}))
