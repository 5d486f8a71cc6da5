import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.ingest.text.sentences import sentences
from footnote.rag.answer.reader import (
    LONGEST_ANSWER,
    Likely,
    PackagedReader,
    _best_span,
    _groups,
    asks,
)
from tests.contracts.reader import BRIDGE, ReaderContract, passage


@pytest.fixture(scope="module")
def reader():
    return PackagedReader()


class TestPackagedReader(ReaderContract):
    @pytest.fixture
    def reader(self, reader):
        return reader


def read(reader, question, text, title="The bridge"):
    spans = sentences(text)
    return spans, reader.read(question, [passage(text, title)], [[Likely(s, 0.0) for s in spans]], 99)[0]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When did the bridge close?", "2 March"),
        ("How many cracks had been found?", "14"),
        ("Who said what the repair would cost?", "Ada Venn"),
        ("What will the repair cost?", "6 million euros"),
    ],
)
def test_it_points_at_the_answer_in_the_sentence_that_holds_it(reader, question, answer):
    spans, readings = read(reader, question, BRIDGE)
    best = max(range(len(spans)), key=lambda i: readings[i].margin)
    assert answer in BRIDGE[spans[best].start : spans[best].end]
    said = BRIDGE[readings[best].start : readings[best].end]
    assert answer in said or said in answer


def test_what_the_passage_does_not_say_gets_lower_odds_than_what_it_says(reader):
    asked = max(r.margin for r in read(reader, "How many cracks were found in the deck?", BRIDGE)[1])
    absent = max(r.margin for r in read(reader, "Who won the election in Norway?", BRIDGE)[1])
    assert absent < 0 < asked


def test_a_passage_longer_than_the_window_is_read_to_its_end(reader):
    filler = "Nothing else of note was reported from the town that day by anyone at all. " * 30
    spans, readings = read(reader, "How many cracks had engineers found?", filler + BRIDGE)
    best = max(range(len(spans)), key=lambda i: readings[i].margin)
    assert "14 cracks" in (filler + BRIDGE)[spans[best].start : spans[best].end]
    assert None not in readings


def test_only_the_likeliest_windows_are_read(reader):
    text = "Nothing else of note was reported from the town that day by anyone at all. " * 30 + BRIDGE
    spans = sentences(text)
    likely = [Likely(s, float("cracks" in text[s.start : s.end])) for s in spans]
    (readings,) = reader.read("How many cracks?", [passage(text)], [likely], 1)
    cracks = next(i for i, one in enumerate(likely) if one.score)
    assert readings[cracks] is not None
    assert readings[0] is None


def test_a_sentence_longer_than_the_window_is_cut_and_still_read(reader):
    text = "Engineers had found 14 cracks in the deck, " + "and so on " * 300 + "."
    spans, readings = read(reader, "How many cracks were found?", text)
    assert len(readings) == len(spans) == 1
    assert text[readings[0].start : readings[0].end].startswith("14")


@given(st.lists(st.integers(1, 200), min_size=1, max_size=12), st.integers(40, 120))
def test_windows_hold_every_sentence_and_as_much_as_fits(lengths, room):
    ends = np.cumsum(lengths)
    places = [(int(e - n), int(e)) for e, n in zip(ends, lengths, strict=True)]
    groups = _groups(places, room)
    assert {i for g in groups for i in g} == set(range(len(places)))
    for group in groups:
        assert group == list(range(group[0], group[-1] + 1))
        assert len(group) == 1 or places[group[-1]][1] - places[group[0]][0] <= room
    assert [g[0] for g in groups] == sorted({g[0] for g in groups})


@given(st.integers(1, 50), st.integers(0, 1000))
def test_the_best_span_is_the_best_of_all_that_are_short_enough(length, seed):
    dice = np.random.default_rng(seed)
    start, end = (dice.normal(size=length).astype(np.float32) for _ in range(2))
    first, last, score = _best_span(start, end)
    everything = [start[i] + end[j] for i in range(length) for j in range(i, min(length, i + LONGEST_ANSWER))]
    assert score == max(everything)
    assert 0 <= last - first < LONGEST_ANSWER


@pytest.mark.parametrize(
    "text", ["Who built it", "In which year did it close", "harbour bridge?", "Is it open?"]
)
def test_a_question_is_told_from_words_to_search_for(text):
    assert asks(text)
    assert not asks("harbour bridge")
    assert not asks("Wer hat die Brücke gebaut und wann war das?")


def test_an_answer_that_would_be_too_long_is_passed_over_for_one_that_is_not():
    start, end = np.zeros(LONGEST_ANSWER + 4, np.float32), np.zeros(LONGEST_ANSWER + 4, np.float32)
    start[0], end[-1], end[5] = 5.0, 5.0, 1.0
    assert _best_span(start, end) == (0, 5, 6.0)
