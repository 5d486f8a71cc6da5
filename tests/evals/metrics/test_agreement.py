import numpy as np
import pytest

from footnote.evals.metrics.agreement import FEWEST_OF_A_LABEL, AtThreshold, agreement, suggested
from footnote.rag.types import Support, Verdict

SUPPORTED, UNSUPPORTED = Verdict.SUPPORTED, Verdict.UNSUPPORTED


def judged(*pairs):
    """Return the agreement of (score, verdict, label) rows."""
    return agreement(
        [f"c{n}" for n in range(len(pairs))],
        [f"Claim {n}." for n in range(len(pairs))],
        np.array([float(label) for _, _, label in pairs]),
        [Support(verdict, score, ".") for score, verdict, _ in pairs],
        seed=0,
        resamples=50,
    )


def test_verdicts_are_counted_against_labels():
    found = judged((0.9, SUPPORTED, 1), (0.7, SUPPORTED, 0), (0.4, Verdict.PARTIAL, 1), (0.1, UNSUPPORTED, 0))
    assert found.confusion == {"supported": (1, 1), "partial": (1, 0), "unsupported": (0, 1), "none": (0, 0)}
    assert (found.supported_from, found.precision, found.recall, found.kappa) == (0.7, 0.5, 0.5, 0.0)


def test_kappa_is_that_of_a_worked_example():
    rows = [(0.9, SUPPORTED, 1)] * 20 + [(0.9, SUPPORTED, 0)] * 5 + [(0.1, UNSUPPORTED, 1)] * 10
    assert judged(*rows, *[(0.1, UNSUPPORTED, 0)] * 15).kappa == pytest.approx(0.4)


def test_disagreements_come_with_the_widest_first():
    found = judged((0.6, SUPPORTED, 0), (0.95, SUPPORTED, 0), (0.9, SUPPORTED, 1), (0.1, UNSUPPORTED, 1))
    assert [d.id for d in found.disagreements] == ["c1", "c3", "c0"]


def test_calibration_counts_claims_by_score():
    found = judged((0.95, SUPPORTED, 1), (0.95, SUPPORTED, 0), (0.05, UNSUPPORTED, 0))
    assert [(low, high, n, share) for low, high, n, _, share in found.bins] == [
        (0.0, 0.1, 1, 0.0), (0.9, 1.0, 2, 0.5),
    ]  # fmt: skip
    assert found.calibration_error[0] == pytest.approx((2 * 0.45 + 0.05) / 3)


def test_a_threshold_is_chosen_on_one_half_and_tried_on_the_other():
    rng = np.random.default_rng(3)
    labels = np.tile([0.0, 1.0], 100)
    scores = np.clip(0.25 + 0.2 * labels + rng.normal(0, 0.02, 200), 0, 1)
    found = suggested(scores, np.zeros(200), labels, seed=0, resamples=50)
    assert 0.27 < found.score < 0.43
    assert (found.chosen_on, found.tried_on) == (100, 100)
    assert (found.accuracy[0], found.shipped[0]) == (1.0, 0.5)


def test_chance_labels_give_a_threshold_that_the_other_half_does_not_bear_out():
    rng = np.random.default_rng(1)
    found = suggested(rng.random(400), np.ones(400), np.tile([0.0, 1.0], 200), seed=0, resamples=50)
    assert 0.4 < found.accuracy[0] < 0.6


def test_too_few_labels_suggest_nothing():
    labels = np.array([1.0] * 100 + [0.0] * (2 * FEWEST_OF_A_LABEL - 1))
    assert suggested(labels, labels, labels, seed=0, resamples=5) is None


def test_a_judge_may_be_held_to_another_threshold():
    def judge(sentence, evidence):
        return Support.of_failure("Asleep.") if not sentence else Support(Verdict.PARTIAL, 0.5, "So so.")

    assert AtThreshold(judge, 0.4)("A.", []).verdict is SUPPORTED
    assert AtThreshold(judge, 0.6)("A.", []).verdict is Verdict.PARTIAL
    assert AtThreshold(lambda *_: Support(SUPPORTED, 0.5, "."), 0.6)("A.", []).verdict is Verdict.PARTIAL
    assert AtThreshold(judge, 0.0)("", []).failed
