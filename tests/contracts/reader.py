"""What every `Reader` does. Inherit, and override `reader`: one that finds `14 cracks` in `BRIDGE`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footnote.ingest.text.sentences import sentences
from footnote.rag.answer.reader import Likely, Reading
from footnote.rag.types import Passage

if TYPE_CHECKING:
    from footnote.rag.answer.reader import Reader

QUESTION = "How many cracks had engineers found?"
BRIDGE = (
    "The old bridge closed on 2 March. Engineers had found 14 cracks in the steel deck. "
    "Mayor Ada Venn said that the repair would cost 6 million euros."
)
FERRY = "Ferries run every ten minutes. The company has hired twelve more sailors."
ALL = 99  # windows, more than there are


def passage(text: str, title: str = "The bridge") -> Passage:
    return Passage("a", title, "/b.txt", "", 1, "", text, 0.5)


def likely(text: str, score: float = 0.0) -> list[Likely]:
    return [Likely(span, score) for span in sentences(text)]


def read(
    reader: Reader, *texts: str, question: str = QUESTION, most: int = ALL
) -> list[list[Reading | None]]:
    return reader.read(question, [passage(t) for t in texts], [likely(t) for t in texts], most)


def near(one: list[Reading | None], other: list[Reading | None]) -> bool:
    return [r and (r.start, r.end) for r in one] == [r and (r.start, r.end) for r in other] and np.allclose(
        [(r.margin, r.says) for r in one if r], [(r.margin, r.says) for r in other if r], atol=1e-3
    )


class ReaderContract:
    @pytest.fixture
    def reader(self) -> Reader:
        raise NotImplementedError

    def test_each_sentence_of_each_passage_is_read_in_order(self, reader: Reader) -> None:
        found = read(reader, BRIDGE, FERRY, BRIDGE)
        assert [len(own) for own in found] == [3, 2, 3]
        assert all(r is not None and np.isfinite([r.margin, r.says]).all() for own in found for r in own)
        assert near(found[0], found[2])

    def test_every_answer_lies_in_its_sentence(self, reader: Reader) -> None:
        for text, own in zip((BRIDGE, FERRY), read(reader, BRIDGE, FERRY), strict=True):
            for span, reading in zip(sentences(text), own, strict=True):
                assert reading is not None
                assert span.start <= reading.start < reading.end <= span.end

    def test_the_sentence_that_answers_has_the_best_odds_and_the_answer_is_pointed_at(
        self, reader: Reader
    ) -> None:
        found = {
            (n, i): r for n, own in enumerate(read(reader, FERRY, BRIDGE)) for i, r in enumerate(own) if r
        }
        best = max(found, key=lambda place: found[place].margin)
        assert best == (1, 1)
        assert "14" in BRIDGE[found[best].start : found[best].end]

    def test_nothing_to_read_gives_nothing(self, reader: Reader) -> None:
        assert reader.read("Why?", [], [], 6) == []
        assert reader.read("Why?", [passage("No.")], [[]], 6) == [[]]

    def test_at_most_so_many_windows_are_read_and_the_likeliest_first(self, reader: Reader) -> None:
        passages, given = [passage(FERRY), passage(BRIDGE)], [likely(FERRY, 0.1), likely(BRIDGE, 0.9)]
        assert reader.read(QUESTION, passages, given, 0) == [[None] * 2, [None] * 3]
        ferry, bridge = reader.read(QUESTION, passages, given, 1)
        assert ferry == [None, None]
        assert None not in bridge

    def test_no_more_is_read_than_the_least_once_what_was_read_is_ahead(self, reader: Reader) -> None:
        passages, given = [passage(t) for t in (BRIDGE, FERRY)], [likely(BRIDGE, 0.0), likely(FERRY, -1.0)]
        bridge, ferry = reader.read(QUESTION, passages, given, ALL, 1)
        assert None not in bridge
        assert ferry == [None, None]

    def test_more_is_read_than_the_least_while_what_was_not_read_is_likelier(self, reader: Reader) -> None:
        passages, given = [passage(t) for t in (FERRY, BRIDGE)], [likely(FERRY, 1.0), likely(BRIDGE, 0.0)]
        ferry, bridge = reader.read(QUESTION, passages, given, ALL, 1)
        assert None not in [*ferry, *bridge]

    def test_a_passage_is_read_alike_alone_and_beside_others(self, reader: Reader) -> None:
        (alone,) = read(reader, BRIDGE)
        assert near(alone, read(reader, FERRY, BRIDGE, FERRY)[1])

    def test_it_reads_the_same_every_time_and_changes_nothing_that_it_is_given(self, reader: Reader) -> None:
        passages, given = [passage(BRIDGE)], [likely(BRIDGE)]
        first = reader.read(QUESTION, passages, given, ALL)
        assert reader.read(QUESTION, passages, given, ALL) == first
        assert (passages, given) == ([passage(BRIDGE)], [likely(BRIDGE)])

    @pytest.mark.parametrize("question", ["", "?", "Why " * 2000, "大桥？\x00"])
    def test_any_question_is_read(self, reader: Reader, question: str) -> None:
        assert [r is not None for r in read(reader, BRIDGE, question=question)[0]] == [True] * 3

    def test_several_threads_read_at_once(self, reader: Reader) -> None:
        (alone,) = read(reader, BRIDGE)
        with ThreadPoolExecutor(4) as pool:
            assert all(near(alone, own) for (own,) in pool.map(lambda _: read(reader, BRIDGE), range(12)))
