"""How claims with figures are counted, and that each is labelled."""

from collections import Counter

import pytest

from footnote.evals.tools.check_figures import CLAIMS, verdict
from footnote.evals.tools.lines import rows_of
from footnote.rag.check.support import CANNOT_TELL, HELD, UNSTATED
from footnote.rag.types import Support, Verdict

SUPPORTED = Support(Verdict.SUPPORTED, 0.9, HELD)
FIGURE = Support(Verdict.PARTIAL, 0.5, UNSTATED.format("£30,000"))
DOUBTED = Support(Verdict.PARTIAL, 0.4, CANNOT_TELL)


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ([SUPPORTED], "supported"),
        ([SUPPORTED, FIGURE], "but for the figure"),
        ([FIGURE, DOUBTED], "not supported"),
        ([SUPPORTED, DOUBTED], "not supported"),
    ],
)
def test_a_claim_is_counted_by_its_worst_sentence(said, counted):
    assert verdict(said) == counted


def test_half_of_the_claims_are_true_and_all_have_a_figure_or_a_word_for_one():
    rows = rows_of(CLAIMS)
    assert Counter(row["label"] for row in rows) == {True: 80, False: 80}
    assert {row["kind"] for row in rows if not row["label"]} == {"absent", "elsewhere"}
    assert all(any(map(str.isdigit, row["claim"])) for row in rows if row["kind"] == "absent")
