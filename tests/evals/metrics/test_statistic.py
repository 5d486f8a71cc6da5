import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

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
    spearman,
    value_of,
    wilson,
    with_interval,
)

# No deadlines: values are checked here, and a busy machine is slow.
SCORES = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=60)


def columns(pairs):
    return np.array([s / 10 for s, _ in pairs]), np.array([float(y) for _, y in pairs])


def repeated(weights, values):
    return np.repeat(values, weights)


@settings(deadline=None)
@given(SCORES)
def test_auroc_agrees_with_scikit_learn(pairs):
    score, label = columns(pairs)
    found = value_of(Auroc("s", "y"), score, label)
    if len(set(label)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(label, score), abs=1e-12)


@settings(deadline=None)
@given(SCORES)
def test_balanced_accuracy_agrees_with_scikit_learn(pairs):
    score, label = columns(pairs)
    said = (score >= 0.5).astype(float)
    found = value_of(BalancedAccuracy("s", "y"), said, label)
    if len(set(label)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(balanced_accuracy_score(label, said), abs=1e-12)


@settings(deadline=None)
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
@settings(deadline=None)
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


def drawn_one_by_one(figure, labels, scores, resamples, seed):
    """Return a figure of every resample, drawn and computed one after the other."""
    places = np.random.default_rng(seed).integers(0, len(labels), size=(resamples, len(labels)))
    return np.array([figure(labels[p], scores[p]) for p in places if 0 < labels[p].sum() < len(p)])


@pytest.mark.parametrize(
    ("n", "part"), [(9, 10**6), (120, 10**6), (120, 1000)], ids=["few", "some", "in parts"]
)
@pytest.mark.parametrize(
    ("statistic", "figure"),
    [(Auroc("s", "y"), roc_auc_score), (BalancedAccuracy("s", "y"), balanced_accuracy_score)],
    ids=["auroc", "balanced accuracy"],
)
def test_an_interval_is_that_of_resamples_drawn_one_by_one(statistic, figure, n, part, monkeypatch):
    monkeypatch.setattr("footnote.evals.metrics.statistic.CHUNK", part)
    rng = np.random.default_rng(n)
    label = (rng.random(n) < 0.4).astype(float)
    score = np.round(label / 2 + rng.random(n), 1)
    score = (score > 0.7).astype(float) if figure is balanced_accuracy_score else score
    one_by_one = drawn_one_by_one(figure, label, score, 200, seed=3)
    found = with_interval(statistic, score, label, seed=3, resamples=200)
    expected = (figure(label, score), *np.percentile(one_by_one, [2.5, 97.5]))
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_figure_that_is_undefined_has_no_interval():
    assert with_interval(Auroc("s", "y"), np.array([0.2, 0.4]), np.ones(2)) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=40))
def test_spearman_is_the_correlation_of_mean_ranks(pairs):
    one, other = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    if len(set(one)) < 2 or len(set(other)) < 2:
        assert spearman(one, other) == 0.0
    else:
        expected = np.corrcoef(rankdata(one), rankdata(other))[0, 1]
        assert spearman(one, other) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_solves_the_equation_of_wilson(counted):
    successes, n = counted
    z, share = norm.ppf(0.975), successes / n
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    ends = np.array([middle - half, middle + half]) / (1 + z * z / n)
    assert wilson(successes, n) == pytest.approx(np.clip(ends, 0, 1), abs=1e-12)


def test_a_share_of_nothing_may_be_anything():
    assert wilson(0, 0) == (0.0, 1.0)
