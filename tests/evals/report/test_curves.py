import pytest

from footnote.evals.report.curves import histogram, kept_answers, reliability, risk_coverage
from footnote.evals.report.report import Section
from footnote.evals.report.worst import worst_cases
from footnote.evals.suite.cases import Suite


@pytest.fixture
def section(make_row):
    def answered(name, confidence, right):
        return make_row(name, confidence=confidence, right=right, wrong=1 - right, refused=0, answered=1)

    rows = [
        answered("a", 0.95, 1),
        answered("b", 0.85, 0),
        answered("c", 0.85, 1),
        make_row("d", confidence=0.1, right=0, wrong=1, refused=1, answered=0),
        make_row(
            "e", "unanswerable", confidence=0.5, right=0, wrong=1, refused=0, answered=1, unanswerable=1
        ),
    ]
    return Section.of(Suite("s", (), "d"), rows)


def test_risk_at_every_coverage_done_by_hand(section):
    points = risk_coverage(section)
    assert [(p.coverage, p.risk) for p in points] == [
        pytest.approx(pair) for pair in [(1 / 5, 0.0), (3 / 5, 1 / 3), (4 / 5, 1 / 2)]
    ]
    assert all(p.low <= p.risk <= p.high for p in points)


def test_refused_questions_are_not_covered(section):
    assert {r.id for r in kept_answers(section)} == {"a", "b", "c", "e"}


def test_a_reliability_bin_holds_the_answers_of_its_confidence(section):
    bins = reliability(kept_answers(section))
    assert [(b.low, b.n, b.right) for b in bins] == [
        (0.5, 1, 0.0),
        (0.8, 2, 0.5),
        (0.9, 1, 1.0),
    ]


def test_without_an_answer_there_is_no_curve():
    empty = Section.of(Suite("s", (), "d"), [])
    assert risk_coverage(empty) == []
    assert reliability([]) == []


def test_a_histogram_counts_every_value_once_the_outliers_in_the_last_bar():
    assert histogram([0.0, 0.49, 0.5, 1.0, 7.0], 2, 0.0, 1.0) == [2, 3]


def test_the_worst_cases_come_by_gravity_and_each_once(section, make_row, make_judged):
    rows = [
        *section.rows,
        make_row("f", error="broken"),
        make_row("g", judged=[make_judged("No.", "unsupported", 0.1)], right=0, wrong=1, answered=1),
    ]
    found = worst_cases(Section.of(Suite("s", (), "d"), rows))
    assert [(w.why, w.row.id) for w in found] == [
        ("failed", "f"),
        ("not supported", "g"),
        ("answered, though it cannot be", "e"),
        ("wrong answer", "b"),
        ("refused, though it can be answered", "d"),
    ]


def test_no_more_than_asked_of_each_sort(make_row):
    rows = [make_row(str(n), error="broken") for n in range(30)]
    assert len(worst_cases(Section.of(Suite("s", (), "d"), rows), most=4)) == 4
