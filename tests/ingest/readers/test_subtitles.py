from __future__ import annotations

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.subtitles import read


def said(text: str) -> list[tuple[str, str]]:
    found = read(text.encode())
    return [(time, text) for time, (_, text) in zip(found.times, found.paragraphs, strict=True)]


def vtt(*cues: str) -> str:
    return "WEBVTT\n\n" + "\n\n".join(
        f"00:{2 * n:02}.000 --> 00:{2 * n + 2:02}.000\n{cue}" for n, cue in enumerate(cues)
    )


def test_cues_are_joined_to_sentences_under_the_time_of_the_first():
    assert said(vtt("The gate gave way", "in March, and forty\nbarges waited.")) == [
        ("0:00", "The gate gave way in March, and forty barges waited.")
    ]


def test_a_voice_is_kept_and_begins_a_paragraph():
    cues = ("<v.loud Anna Cruz>The tide came in.</v> <v Ben>Did it?</v>", "<v Ben>I saw nothing.")
    assert said(vtt(*cues)) == [
        ("0:00", "Anna Cruz: The tide came in."),
        ("0:00", "Ben: Did it? I saw nothing."),
    ]


def test_a_name_in_capitals_speaks_until_the_next():
    assert said(vtt("ANNA: We left at noon", "and came back.", ">> BEN: When?", ">> No idea.")) == [
        ("0:00", "ANNA: We left at noon and came back."), ("0:04", "BEN: When?"), ("0:06", "No idea."),
    ]  # fmt: skip


def test_a_name_that_comes_again_is_a_speaker_and_a_word_with_a_colon_is_none():
    assert said(vtt("Anna Cruz: One thing.", "Note: it rained.", "Anna Cruz: Then we left.")) == [
        ("0:00", "Anna Cruz: One thing. Note: it rained. Then we left.")
    ]


def test_one_who_speaks_once_keeps_her_words_apart_from_the_next():
    cues = ("Marit Sande: We have 45,000 left.", "Jon Eik: The gutters leak.", "Marit Sande: Agreed.")
    assert [text for _, text in said(vtt(*cues))] == list(cues)
    each = ("Ann: Yes.", "Ann: No.", "Bo: Why?", "Ann: So.", "Cy: It rained.")
    assert [text for _, text in said(vtt(*each))] == [
        "Ann: Yes. No.",
        "Bo: Why?",
        "Ann: So.",
        "Cy: It rained.",
    ]


def test_two_speakers_of_a_cue_are_parted_at_their_dashes():
    assert [text for _, text in said(vtt("- Was it cold?\n- It was."))] == ["Was it cold?", "It was."]
    assert [text for _, text in said(vtt("It was\n- I think - cold."))] == ["It was - I think - cold."]


def test_lines_that_roll_up_are_read_once_and_people_may_repeat_themselves():
    rolling = vtt(
        " \nthe<00:01.0><c> gate</c>",
        "the gate\n ",
        "the gate\ngave way",
        "gave way\n ",
        "gave way\nin March",
    )
    assert [text for _, text in said(rolling)] == ["the gate gave way in March"]
    assert [text for _, text in said(vtt("No.", "No.", "The gate", "gave way.", "In March.", "It did."))] == [
        "No. No. The gate gave way. In March. It did."
    ]


def test_marks_notes_styles_and_noises_are_left_out():
    text = "WEBVTT\nLanguage: en-GB\n\nSTYLE\n::cue { color: red }\n\nNOTE by hand\nand by eye\n\nthe name\n"
    text += "1:02:03.5 --> 1:02:05.000 align:start\n[Applause]\n<i>Salt &amp; peat,</i> 3 < 4.\n\n"
    assert said(text) == [("1:02:03", "Salt & peat, 3 < 4.")]
    assert read(text.encode()).language == "en-GB"


def test_subrip_is_read_though_blank_lines_are_missing_or_too_many():
    text = "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}We met in\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n1794\r\n"
    text += "3\r\n00:00:05,000 --> 00:00:06,000\r\nand\r\n\r\nparted."
    assert said(text) == [("0:01", "We met in 1794 and parted.")]


def test_a_cue_whose_time_is_broken_is_kept_and_told():
    found = read(b"1\n00:00:09,000 --> 00:00:10,000\nIt rained.\n\n2\nxx --> yy\nIt poured.")
    assert found.paragraphs == (("", "It rained. It poured."),)
    assert found.warnings == ("What has no time that can be read goes by the time before it: 1 of 2 cues.",)


def test_a_long_turn_is_cut_between_sentences_and_keeps_its_speaker():
    found = said(
        vtt(
            *["ANNA: It rained all day long in Marram, and the barges waited for the gate."],
            *(f"They waited {n} days." for n in range(60)),
        )
    )
    assert len(found) > 1
    assert all(text.startswith("ANNA: ") and text.endswith(".") for _, text in found)
    assert [time for time, _ in found] == sorted({time for time, _ in found})


def test_talk_without_stops_is_cut_between_cues():
    found = said(
        "WEBVTT\n\n"
        + "\n\n".join(f"{n // 60:02}:{n % 60:02}.000 --> 59:59.000\nword{n} and so on" for n in range(300))
    )
    assert len(found) > 1
    assert max(len(text) for _, text in found) < 450
    assert " ".join(text for _, text in found) == " ".join(f"word{n} and so on" for n in range(300))
    assert all(
        text.startswith(f"word{int(t.split(':')[0]) * 60 + int(t.split(':')[1])} ") for t, text in found
    )


@pytest.mark.parametrize(
    "data", [b"WEBVTT", b"The tide came in.", b"WEBVTT\n\n00:01.000 --> 00:02.000\n[Music]"]
)
def test_what_holds_no_words_is_refused(data):
    with pytest.raises(UnreadableSource, match="no words with a time"):
        read(data)


def test_an_encoding_that_had_to_be_guessed_is_told():
    said = "1\n00:00:01,000 --> 00:00:02,000\nThe café in Žatec shut.\n".encode("cp1250")
    assert any("was read as" in warning for warning in read(said).warnings)
