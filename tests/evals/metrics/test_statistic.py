import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnote.evals.metrics.statistic import (
    Aurc,
    Auroc,
    BalancedAccuracy,
    CalibrationError,
    Mean,
    Quantile,
    Ratio,
    bootstrapped,
    interval,
    resampled,
    value_of,
)

SCORES = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=60)


def columns(pairs):
    return np.array([s / 10 for s, _ in pairs]), np.array([float(y) for _, y in pairs])


def repeated(weights, values):
    return np.repeat(values, weights)


@given(SCORES)
def test_auroc_agrees_with_scikit_learn(pairs):
    from sklearn.metrics import roc_auc_score

    score, label = columns(pairs)
    found = value_of(Auroc("s", "y"), score, label)
    if len(set(label)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(label, score))


@given(SCORES)
def test_balanced_accuracy_agrees_with_scikit_learn(pairs):
    from sklearn.metrics import balanced_accuracy_score

    score, label = columns(pairs)
    said = (score >= 0.5).astype(float)
    found = value_of(BalancedAccuracy("s", "y"), said, label)
    if len(set(label)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(balanced_accuracy_score(label, said))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.sampled_from([0.1, 0.5, 0.95, 1.0]))
def test_a_quantile_is_the_inverted_cdf_of_numpy(values, q):
    given_ = np.array(values, dtype=float)
    assert value_of(Quantile("x", q), given_) == np.quantile(given_, q, method="inverted_cdf")


STATISTICS = [
    Mean("x"),
    Ratio("x", "y"),
    Quantile("x", 0.5),
    Auroc("x", "y"),
    Aurc("x", "y"),
    CalibrationError("x", "y"),
]


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda s: type(s).__name__)
@given(pairs=SCORES, data=st.data())
def test_a_case_of_weight_two_is_a_case_that_stands_there_twice(statistic, pairs, data):
    count = st.integers(0, 3)
    weights = np.array(data.draw(st.lists(count, min_size=len(pairs), max_size=len(pairs))))
    if weights.sum() == 0:
        weights[0] = 1
    values = columns(pairs)[: len(statistic.columns)]
    weighted = float(statistic(weights[None, :].astype(float), *values)[0])
    plain = value_of(statistic, *(repeated(weights, v) for v in values))
    assert weighted == pytest.approx(plain, nan_ok=True)


def test_the_area_under_risk_coverage_done_by_hand():
    # From the surest: right, wrong, right, wrong; risk 0, 1/2, 1/3, 2/4.
    confidence, wrong = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.0, 1.0, 0.0, 1.0])
    assert value_of(Aurc("c", "w"), confidence, wrong) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_replies_of_equal_confidence_are_kept_together():
    confidence, wrong = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    assert (
        value_of(Aurc("c", "w"), confidence, wrong)
        == value_of(Aurc("c", "w"), confidence, wrong[::-1])
        == 0.5
    )


def test_calibration_error_done_by_hand():
    # Bin .1: two of .15, one right: gap .35·2/4. Bin .9: two of .95, both right: gap .05·2/4.
    confidence, right = np.array([0.15, 0.15, 0.95, 0.95]), np.array([1.0, 0.0, 1.0, 1.0])
    assert value_of(CalibrationError("c", "r"), confidence, right) == pytest.approx(0.2)


def test_a_confidence_of_one_lies_in_the_last_bin():
    assert value_of(CalibrationError("c", "r"), np.array([1.0]), np.array([1.0])) == 0.0


def test_f1_of_refusals_is_a_ratio_of_sums():
    # Three refused, two rightly, of four unanswerable: precision 2/3, recall 1/2, F1 4/7.
    rightly, both = np.array([1, 1, 0, 0, 0]), np.array([2, 2, 1, 1, 1])
    assert value_of(Ratio("a", "b", 2.0), rightly.astype(float), both.astype(float)) == pytest.approx(4 / 7)


def test_a_ratio_out_of_nothing_is_undefined():
    assert math.isnan(value_of(Ratio("a", "b"), np.zeros(3), np.zeros(3)))


def test_every_resample_draws_as_many_cases_as_there_are():
    weights = np.concatenate(list(resampled(17, seed=3, resamples=50)))
    assert weights.shape == (50, 17)
    assert (weights.sum(axis=1) == 17).all()
    assert not (weights == 1).all()


def test_resamples_are_the_same_for_the_same_seed():
    one, other = (np.concatenate(list(resampled(9, seed=1, resamples=20))) for _ in range(2))
    assert (one == other).all()
    assert (one != np.concatenate(list(resampled(9, seed=2, resamples=20)))).any()


def test_an_interval_holds_its_value_and_narrows_with_more_cases():
    few, many = np.array([0.0, 1.0] * 10), np.array([0.0, 1.0] * 500)
    low, high = interval(bootstrapped(Mean("x"), few))
    narrow_low, narrow_high = interval(bootstrapped(Mean("x"), many))
    assert low < 0.5 < high
    assert narrow_high - narrow_low < (high - low) / 3


def test_an_interval_is_near_the_normal_one_for_a_mean():
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = interval(bootstrapped(Mean("x"), values))
    error = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - error, values.mean() + error), abs=0.06)


def test_what_is_undefined_in_every_resample_has_no_interval():
    assert all(math.isnan(end) for end in interval(np.array([np.nan, np.nan])))
