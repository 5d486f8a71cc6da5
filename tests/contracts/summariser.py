"""What every `Summariser` does. Inherit, and override the fixture `summariser`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footnote.rag.answer.answerer import Meter
from footnote.rag.errors import ModelError
from tests.contracts.written import PARAGRAPHS, check_citations, parts

if TYPE_CHECKING:
    from footnote.rag.answer.answerer import Summariser

WORDS = 60


class SummariserContract:
    @pytest.fixture
    def summariser(self) -> Summariser:
        raise NotImplementedError

    @pytest.mark.parametrize(
        "articles", [[parts(*PARAGRAPHS)], [parts(*PARAGRAPHS[:1]), parts(*PARAGRAPHS[1:], title="Ferries")]]
    )
    def test_every_sentence_is_cited_to_the_paragraphs_given(self, summariser: Summariser, articles) -> None:
        written = summariser.summarise(articles, WORDS, Meter(20_000))
        given = {(p.article_id, p.number): p.text for own in articles for p, _, _ in own}
        check_citations(written, given)
        assert written.complete
        assert written.sentences
        assert all(s.citations for s in written.sentences)

    def test_what_it_takes_is_metered_and_progress_never_goes_back(self, summariser: Summariser) -> None:
        meter, steps = Meter(20_000), []
        summariser.summarise(
            [parts(*PARAGRAPHS)], WORDS, meter, lambda done, total: steps.append((done, total))
        )
        assert meter.calls >= 1
        assert meter.prompt + meter.completion > 0
        assert steps == sorted(steps)
        assert all(0 < done <= total for done, total in steps)

    def test_what_it_is_given_is_left_as_it_was(self, summariser: Summariser) -> None:
        articles = [parts(*PARAGRAPHS)]
        before = [[(p.text, spans) for p, spans, _ in own] for own in articles]
        summariser.summarise(articles, WORDS, Meter(20_000))
        assert [[(p.text, spans) for p, spans, _ in own] for own in articles] == before

    def test_of_nothing_there_is_no_summary(self, summariser: Summariser) -> None:
        with pytest.raises(ModelError):
            summariser.summarise([[]], WORDS, Meter(20_000))

    def test_it_has_a_name(self, summariser: Summariser) -> None:
        assert summariser.name
