import pytest

from footnote.evals.metrics.meta_evaluation import Claim, judge_table
from footnote.evals.report.compare import compare
from footnote.evals.report.floors import (
    OF_JUDGES,
    Floor,
    parse_floor,
    under_changes,
    under_floors,
    under_judges,
)
from footnote.evals.report.gate import GateFailed
from footnote.evals.report.report import Report, Section
from footnote.evals.suite.cases import Suite
from footnote.rag.types import Support, Verdict


@pytest.fixture
def report(make_row):
    """Return a report of ten cases, `right` of them right, in `milliseconds` each."""

    def report(right, milliseconds=5):
        rows = [make_row(str(n), in_two=n < right, milliseconds=milliseconds) for n in range(10)]
        return Report("2026", {}, (Section.of(Suite("samples", tuple(range(10)), "d"), rows),))

    return report


def test_bounds_hold_both_ways(report):
    floors = [Floor("correct", 0.7), Floor("correct", 0.6), Floor("latency_p50", 4.0)]
    assert under_floors(report(6), floors) == [
        "samples: correct is 0.6000, below 0.7.",
        "samples: latency_p50 is 5.0000, above 4.",
    ]


def test_a_bound_on_what_was_not_measured_fails(report):
    with pytest.raises(GateFailed, match="There are: correct"):
        under_floors(report(6), [Floor("rouge1", 0.1)])
    with pytest.raises(GateFailed, match="There are"):
        under_changes(compare(report(6), report(6)), [Floor("rouge1", 0.1)])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("correct", "number"),
        ("correct=", "number"),
        ("=1", "number"),
        ("correct=much", "number"),
        ("correct=nan", "number"),
        ("latency_p50=inf", "number"),
        ("correct=99", "share"),
        ("correct=-0.1", "--compare"),
        ("nonsense=1", "No figure"),
    ],
)
def test_a_bound_is_a_figure_and_a_number_that_it_can_have(given, said):
    with pytest.raises(ValueError, match=said):
        parse_floor(given)


def test_a_sign_bounds_the_change_between_two_reports_and_no_sign_the_second():
    assert parse_floor("correct=-0.02", changes=True) == Floor("correct", -0.02, change=True)
    assert parse_floor("correct=+0", changes=True) == Floor("correct", 0.0, change=True)
    assert parse_floor("correct=0.5", changes=True) == Floor("correct", 0.5)


def test_a_fall_beyond_its_bound_is_told_and_a_rise_of_times_too(report):
    found = compare(report(6), report(4, milliseconds=9))
    floors = [
        Floor("correct", -0.1, change=True),
        Floor("correct", -0.3, change=True),
        Floor("correct", 0.5),
        Floor("latency_p50", 3.0, change=True),
    ]
    assert under_changes(found, floors) == [
        "samples: correct changed by -0.2000, below -0.1.",
        "samples: correct is 0.4000, below 0.5.",
        "samples: latency_p50 changed by +4.0000, above +3.",
    ]


def test_judges_are_held_to_bounds_of_their_own():
    claims = [Claim(str(n), "mine", "S.", "C.", n % 2 == 0) for n in range(4)]
    rows = judge_table(
        {"yes": lambda *_: Support(Verdict.SUPPORTED, 0.9, ".")}, {"mine": claims}, resamples=20
    )
    assert under_judges(rows, [parse_floor("balanced_accuracy=0.6", OF_JUDGES), Floor("spearman", 0.1)]) == [
        "yes on mine: balanced_accuracy is 0.5000, below 0.6.",
        "yes on mine: spearman could not be measured.",
    ]
