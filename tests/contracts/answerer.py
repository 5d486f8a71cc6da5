"""What every `Answerer` does. Inherit, and override the fixture `answerer`: it is to answer `QUESTION`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footnote.rag.answer.answerer import Meter
from footnote.rag.errors import ModelError
from footnote.rag.find.retrieve import Retrieved, passage_of
from footnote.rag.types import Turn
from tests.conftest import HashingEncoder
from tests.contracts.written import PARAGRAPHS, check_citations, parts

if TYPE_CHECKING:
    from footnote.rag.answer.answerer import Answerer, Written

QUESTION = "When was the harbour bridge closed, and do ferries run?"
HISTORY = [Turn("user", "When was the harbour bridge closed?"), Turn("assistant", "On Monday [1].")]


def retrieved(*texts: str) -> Retrieved:
    own = parts(*texts)
    sentences = {(p.article_id, p.number): (spans, rows) for p, spans, rows in own}
    passages = tuple(passage_of(p) for p, _, _ in own)
    return Retrieved(HashingEncoder().encode([QUESTION])[0], passages, sentences, {}, QUESTION)


class AnswererContract:
    @pytest.fixture
    def answerer(self) -> Answerer:
        raise NotImplementedError

    @pytest.fixture
    def found(self) -> Retrieved:
        return retrieved(*PARAGRAPHS)

    @pytest.fixture
    def written(self, answerer: Answerer, found: Retrieved) -> list[Written]:
        return list(answerer.answer(QUESTION, found, Meter(10_000)))

    def test_the_answer_grows_a_sentence_at_a_time_and_only_its_end_is_complete(self, written) -> None:
        assert len(written[-1].sentences) > 1
        assert [w.complete for w in written] == [False] * (len(written) - 1) + [True]
        for earlier, later in pairwise(written):
            assert [s.text for s in earlier.sentences] == [s.text for s in later.sentences][
                : len(earlier.sentences)
            ]
            assert len(earlier.sentences) >= 1

    def test_only_what_was_given_is_cited_at_every_step(self, written, found: Retrieved) -> None:
        for step in written:
            check_citations(step, {(p.article_id, p.paragraph): p.text for p in found.passages})
            assert all(s.citations for s in step.sentences)

    def test_what_it_takes_is_metered(self, answerer: Answerer, found: Retrieved) -> None:
        meter = Meter(10_000)
        list(answerer.answer(QUESTION, found, meter))
        assert meter.calls == 1
        assert 0 < meter.prompt + meter.completion <= 10_000
        assert meter.as_json()["calls"] == 1

    def test_what_was_retrieved_is_left_as_it_was(self, answerer: Answerer, found: Retrieved) -> None:
        before = found.passages, dict(found.before), found.question
        list(answerer.answer(QUESTION, found, Meter(10_000)))
        assert before == (found.passages, dict(found.before), found.question)

    def test_from_nothing_no_answer_is_made(self, answerer: Answerer, found: Retrieved) -> None:
        nothing = retrieved()
        with pytest.raises(ModelError):
            list(answerer.answer(QUESTION, nothing, Meter(10_000)))

    def test_a_question_is_made_to_stand_alone_in_one_line(self, answerer: Answerer) -> None:
        alone = answerer.stand_alone(
            "Who closed it?", HISTORY, "Who closed the harbour bridge?", Meter(10_000)
        )
        assert alone.strip() == alone != ""
        assert "\n" not in alone

    def test_it_has_a_name_that_tracing_keeps_and_may_be_warmed_and_closed_twice(
        self, answerer: Answerer
    ) -> None:
        assert answerer.name
        assert answerer.traced({"callbacks": []}).name == answerer.name
        for _ in range(2):
            answerer.warm()
        for _ in range(2):
            answerer.close()
