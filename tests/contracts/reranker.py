"""What every `Reranker` does. Inherit, and override the fixture `reranker`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from footnote.rag.find.rerank import Reranker

QUESTION = "When does the ferry leave?"
TEXTS = ["The ferry leaves at nine.", "A ship.", "", "The ferry sails when the tide allows. " * 30]
NEAR = {"abs": 1e-4}  # a batch's other texts move the last digits


class RerankerContract:
    @pytest.fixture
    def reranker(self) -> Reranker:
        raise NotImplementedError

    def test_each_text_has_a_number_from_0_to_1(self, reranker: Reranker) -> None:
        scores = reranker(QUESTION, TEXTS)
        assert scores.shape == (len(TEXTS),)
        assert scores.dtype == np.float64
        assert ((scores >= 0) & (scores <= 1)).all()

    def test_a_text_keeps_its_number_wherever_it_stands(self, reranker: Reranker) -> None:
        scores = reranker(QUESTION, TEXTS)
        assert reranker(QUESTION, TEXTS[::-1]) == pytest.approx(scores[::-1], **NEAR)
        assert [reranker(QUESTION, [text])[0] for text in TEXTS] == pytest.approx(scores, **NEAR)
        assert len(set(scores.round(9))) > 1

    def test_no_texts_have_no_numbers(self, reranker: Reranker) -> None:
        assert reranker(QUESTION, []).shape == (0,)

    def test_it_gives_the_same_every_time_and_changes_nothing(self, reranker: Reranker) -> None:
        given = list(TEXTS)
        first = reranker(QUESTION, given)
        kept = first.copy()
        first[:] = -1
        assert reranker(QUESTION, given) == pytest.approx(kept, abs=1e-9)
        assert given == TEXTS

    def test_several_threads_ask_at_once(self, reranker: Reranker) -> None:
        alone = reranker(QUESTION, TEXTS)
        with ThreadPoolExecutor(4) as pool:
            for scores in pool.map(lambda _: reranker(QUESTION, TEXTS), range(8)):
                assert scores == pytest.approx(alone, **NEAR)
