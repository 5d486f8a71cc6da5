"""What every `SupportChecker` does. Inherit, and override `check`, and `supported_from` where it has one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from footnote.rag.check.support import SupportChecker

EVIDENCE = (
    "The city closed the old bridge on 2 March after engineers found 14 cracks. Ada Venn, the mayor, apologised.",
    "The library on Weir Street will lend tools from May. Members may borrow up to three at once.",
)
STANDS_THERE = (
    "Ada Venn, the mayor, apologised.",
    "Members may borrow up to three at once.",
    "The city closed the old bridge on 2 March after engineers found 14 cracks.",
)
STANDS_NOWHERE = (
    "Bananas taste of moonlight.",
    "Otto Lind won 3 medals in Norway.",
    "The zoo bought penguins and parrots.",
)
QUIET = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class SupportContract:
    supported_from: ClassVar[float] = (
        0.5  # no supported sentence scores lower, and no unsupported one is sure
    )

    @pytest.fixture
    def check(self) -> SupportChecker:
        raise NotImplementedError

    def holds(self, found: Support) -> bool:
        """Tell whether a verdict is one: a score from 0 to 1 that goes with it, and a reason."""
        fits = found.score >= self.supported_from if found.verdict is Verdict.SUPPORTED else found.score < 1
        return fits and 0 <= found.score <= 1 and bool(found.reason.strip())

    @pytest.mark.parametrize("sentence", STANDS_THERE)
    def test_a_sentence_that_stands_in_the_evidence_is_supported(
        self, check: SupportChecker, sentence: str
    ) -> None:
        for evidence in (EVIDENCE, EVIDENCE[::-1], [sentence]):
            found = check(sentence, evidence)
            assert found.verdict is Verdict.SUPPORTED
            assert self.holds(found)

    @pytest.mark.parametrize("sentence", STANDS_NOWHERE)
    def test_what_the_evidence_does_not_mention_is_unsupported(
        self, check: SupportChecker, sentence: str
    ) -> None:
        found = check(sentence, EVIDENCE)
        assert found.verdict is Verdict.UNSUPPORTED
        assert self.holds(found)
        assert found.score < check(STANDS_THERE[0], EVIDENCE).score

    @pytest.mark.parametrize("evidence", [[], [""], [" ", "\n"]])
    def test_nothing_supports_a_sentence_without_evidence(
        self, check: SupportChecker, evidence: list[str]
    ) -> None:
        for sentence in (*STANDS_THERE, *STANDS_NOWHERE):
            found = check(sentence, evidence)
            assert (found.verdict, found.score) == (Verdict.UNSUPPORTED, 0.0)
            assert self.holds(found)

    @pytest.mark.parametrize(
        "sentence", [*STANDS_THERE, *STANDS_NOWHERE, "The mayor closed the bridge in May."]
    )
    def test_the_order_of_the_evidence_hardly_matters(self, check: SupportChecker, sentence: str) -> None:
        one, other = check(sentence, EVIDENCE), check(sentence, EVIDENCE[::-1])
        assert (one.verdict is Verdict.SUPPORTED) == (other.verdict is Verdict.SUPPORTED)
        assert one.score == pytest.approx(other.score, abs=0.2)

    def test_the_verdict_is_the_same_every_time_and_nothing_given_is_changed(
        self, check: SupportChecker
    ) -> None:
        evidence = list(EVIDENCE)
        for sentence in (*STANDS_THERE, *STANDS_NOWHERE):
            assert check(sentence, evidence) == check(sentence, evidence)
        assert evidence == list(EVIDENCE)

    def test_several_threads_ask_at_once(self, check: SupportChecker) -> None:
        asked = (*STANDS_THERE, *STANDS_NOWHERE) * 4
        alone = [check(sentence, EVIDENCE) for sentence in asked]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda s: check(s, EVIDENCE), asked))
        assert [f.verdict for f in together] == [f.verdict for f in alone]
        assert [f.score for f in together] == pytest.approx([f.score for f in alone], abs=1e-4)

    @QUIET
    @given(sentence=st.text(max_size=120), evidence=st.lists(st.text(max_size=200), max_size=3))
    def test_any_text_gets_a_verdict_with_a_score_that_goes_with_it(
        self, check: SupportChecker, sentence: str, evidence: list[str]
    ) -> None:
        assert self.holds(check(sentence, evidence))
