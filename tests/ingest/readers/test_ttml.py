from __future__ import annotations

import pytest

from footnote.ingest.errors import UnreadableSource
from footnote.ingest.readers.ttml import read
from tests.hostile_files import ttml

AGENT = (
    "<metadata><m:title>The gate</m:title><m:agent xml:id='a'><m:name>Anna Cruz</m:name></m:agent></metadata>"
)


def test_paragraphs_have_their_time_their_agent_and_their_line_breaks():
    found = read(
        ttml(
            "<p begin='00:01:02.5' m:agent='a'>The gate<br/>gave way.</p><p begin='65s'>It rained.</p>", AGENT
        )
    )
    assert found.paragraphs == (("", "Anna Cruz: The gate gave way."), ("", "It rained."))
    assert (found.times, found.title, found.language) == (("1:02", "1:05"), "The gate", "en")


@pytest.mark.parametrize(
    ("begin", "time"),
    [("1h", "1:00:00"), ("2m", "2:00"), ("90000ms", "1:30"), ("50f", "0:02"), ("30t", "0:03"), ("00:00:07:12", "0:07")],
)  # fmt: skip
def test_every_way_to_tell_a_time_is_read(begin, time):
    assert read(ttml(f"<p begin='{begin}'>It rained.</p>")).times == (time,)


def test_a_time_counts_from_that_of_what_it_stands_in():
    assert read(ttml("<div begin='10s'><p><span begin='2s'>It rained.</span></p></div>")).times == ("0:12",)


def test_words_in_spans_of_their_own_are_parted():
    words = "<p begin='1s'><span m:unit='word'>It</span><span m:unit='word'>rained.</span></p>"
    assert read(ttml(words)).paragraphs == (("", "It rained."),)


@pytest.mark.parametrize("data", [b"", b"<tt", b"<html/>", ttml(""), ttml("<p begin='1s'>[Music]</p>")])
def test_what_is_no_timed_text_is_refused(data):
    with pytest.raises(UnreadableSource):
        read(data)
