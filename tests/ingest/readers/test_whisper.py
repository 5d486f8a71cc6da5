from __future__ import annotations

import json

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.whisper import read


def said(**given: object) -> list[tuple[str, str]]:
    found = read(json.dumps(given).encode())
    return [(time, text) for time, (_, text) in zip(found.times, found.paragraphs, strict=True)]


def test_segments_are_joined_and_speakers_kept():
    segments = [
        {"start": 0.0, "end": 2.5, "text": " The gate gave way", "speaker": "SPEAKER_00"},
        {"start": 2.5, "end": 4, "text": " in March.", "speaker": "SPEAKER_00"},
        {"start": 75.2, "text": " It did.", "speaker": 1},
        {"start": 80, "text": " So it did."},
    ]
    assert said(text="…", segments=segments) == [
        ("0:00", "SPEAKER_00: The gate gave way in March."), ("1:15", "Speaker 1: It did."), ("1:20", "So it did."),
    ]  # fmt: skip


def test_the_forms_of_whisper_cpp_and_of_podcasts_are_read():
    cpp = [{"timestamps": {"from": "00:01:00,500", "to": "00:01:02,000"}, "text": " It rained."}]
    assert said(result={"language": "en"}, transcription=cpp) == [("1:00", "It rained.")]
    podcast = [{"speaker": "Anna", "startTime": 3.5, "body": "It rained."}]
    assert said(version="1.0.0", segments=podcast) == [("0:03", "Anna: It rained.")]


@pytest.mark.parametrize(("language", "code"), [("de", "de"), ("pt-BR", "pt-BR"), ("english", ""), (3, "")])
def test_a_code_of_a_language_is_kept_and_a_name_is_not(language, code):
    data = {"language": language, "segments": [{"start": 0, "text": "It rained."}]}
    assert read(json.dumps(data).encode()).language == code


def test_odd_segments_are_passed_over_and_odd_times_go_by_the_one_before():
    odd = [
        None,
        {"text": 3},
        {"start": 5, "text": "It rained."},
        {"start": float("nan"), "text": "It poured."},
    ]
    assert said(segments=odd) == [("0:05", "It rained. It poured.")]


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"{", "broken"), (b"[" * 100_000, "broken"), (b"[]", "no transcript"), (b'{"text": "It rained."}', "no transcript"),
     (b'{"segments": []}', "no words")],
)  # fmt: skip
def test_what_is_no_transcript_is_refused(data, says):
    with pytest.raises(UnreadableSource, match=says):
        read(data)
