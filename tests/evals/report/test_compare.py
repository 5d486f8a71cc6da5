import json
from dataclasses import replace

import pytest

from footnote.evals.metrics.rows import JudgedSentence
from footnote.evals.report.compare import compare
from footnote.evals.report.report import Report, Section
from footnote.evals.report.sheets import comparison_html, comparison_sheets
from footnote.evals.suite.cases import Suite
from footnote.ingest.errors import UnreadableSource
from footnote.rag.types import Support


def report(rows, suite="s", digest="d"):
    return Report("2026", {}, (Section.of(Suite(suite, tuple(rows), digest), rows),))


@pytest.fixture
def rows(make_row):
    """Return 40 rows of which the first `right` are right."""

    def rows(right, **more):
        return [
            make_row(
                str(n), in_two=n < right, right=n < right, wrong=n >= right, milliseconds=10 + n % 3, **more
            )
            for n in range(40)
        ]

    return rows


def difference(comparison, key):
    return next(d for d in comparison.parts[0].differences if d.key == key)


def test_a_report_against_itself_has_no_difference_and_no_change(rows):
    one = report(rows(20))
    (part,) = compare(one, one).parts
    assert part.cases == 40
    assert all((d.difference, d.low, d.high, d.verdict) == (0, 0, 0, "") for d in part.differences)
    assert part.better == part.worse == ()


def test_the_difference_is_paired_so_its_interval_is_narrower_than_that_of_either(rows):
    found = difference(compare(report(rows(20)), report(rows(24))), "correct")
    assert (found.a, found.b) == (0.5, 0.6)
    assert found.difference == pytest.approx(0.1)
    # Four of forty changed, all one way: nearly Poisson, from one to eight of forty.
    assert 0 < found.low < 0.1 < found.high < 0.25
    assert found.verdict == "better"


def test_a_figure_that_no_report_has_is_in_no_comparison(make_row):
    plain = [make_row(str(n), sentences=2, supported=1) for n in range(5)]
    cited = [make_row(str(n), sentences=2, supported=1, recalled=1) for n in range(5)]
    for one, other in ((plain, plain), (plain, cited), (cited, plain)):
        (part,) = compare(report(one), report(other)).parts
        assert "citation_recall" not in {d.key for d in part.differences}
        assert "faithfulness" in {d.key for d in part.differences}


def test_a_case_that_one_judge_gave_no_verdict_on_is_left_out(make_row):
    whole = [make_row(str(n), sentences=2, supported=1) for n in range(5)]
    no_verdict = Support.of_failure("Asleep.")
    lost = replace(
        make_row("0"), sentences=(JudgedSentence("It burned.", (), no_verdict, no_verdict, (), ()),)
    )
    found = difference(compare(report(whole), report([lost, *whole[1:]])), "faithfulness")
    assert (found.a, found.b, found.n) == (0.5, 0.5, 4)


def test_two_judges_are_named_where_they_differ(rows):
    one, other = (replace(report(rows(20)), versions={"judge": name}) for name in ("ours", "theirs"))
    (sheet, *_) = comparison_sheets(compare(one, other))
    assert sheet.notes == ("A was judged by ours, B by theirs: figures on support do not compare.",)
    assert next(iter(comparison_sheets(compare(one, one)))).notes == ()


def test_the_cases_that_changed_are_named_in_both_directions(rows, make_row):
    before, after = rows(20), rows(22)
    after[0] = replace(after[0], values={**after[0].values, "right": 0.0, "in_two": 0.0})
    (part,) = compare(report(before), report(after)).parts
    assert [c.id for c in part.better] == ["20", "21"]
    assert [(c.id, c.what) for c in part.worse] == [("0", "right reply: yes → no")]


def test_a_comparison_turned_round_has_the_opposite_sign(rows):
    there = difference(compare(report(rows(20)), report(rows(24))), "correct")
    back = difference(compare(report(rows(24)), report(rows(20))), "correct")
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )
    assert back.verdict == "worse"


def test_slower_is_worse(rows):
    slow = [replace(r, values={**r.values, "milliseconds": r.values["milliseconds"] + 50}) for r in rows(20)]
    assert difference(compare(report(rows(20)), report(slow)), "latency_p50").verdict == "worse"


def test_cases_in_one_report_only_are_counted_not_compared(rows):
    (part,) = compare(report(rows(20)), report(rows(20)[:30])).parts
    assert (part.cases, part.only_a, part.only_b) == (30, 10, 0)


def test_a_failure_is_a_change_for_the_worse(rows):
    after = rows(20)
    after[3] = replace(after[3], error="broken")
    (part,) = compare(report(rows(20)), report(after)).parts
    assert part.worse[0].what.startswith("failed: no → yes")


def test_sentences_of_a_case_answered_in_one_report_only_count_there(make_row):
    counts = {"supported": 1, "sentences": 2}
    a = report([make_row("1", **counts), make_row("2")])
    b = report([make_row("1", **counts), make_row("2", supported=2, sentences=2)])
    found = difference(compare(a, b), "faithfulness")
    assert (found.a, found.b) == (0.5, 0.75)


def test_other_data_are_told(rows):
    assert compare(report(rows(20)), report(rows(20), digest="e")).parts[0].changed_data


def test_reports_on_other_suites_cannot_be_compared(rows):
    with pytest.raises(UnreadableSource, match="no case in common"):
        compare(report(rows(20)), report(rows(20), suite="t"))


def test_answers_of_two_systems_to_the_same_questions_are_compared(rows):
    one, other = ([replace(row, kind="response") for row in rows(n)] for n in (20, 22))
    assert compare(report(one), report(other, suite="t")).parts[0].cases == 40
    other[0] = replace(other[0], given={**other[0].given, "question": "Another one?"})
    with pytest.raises(UnreadableSource, match="no case in common"):
        compare(report(one), report(other, suite="t"))


def test_a_comparison_is_plain_json(rows):
    json.loads(json.dumps(compare(report(rows(20)), report(rows(22))).as_json(), allow_nan=False))


def test_the_page_shows_the_changed_cases_first_with_what_either_said(rows):
    before, after = rows(20), rows(22)
    after[0] = replace(
        after[0], values={**after[0].values, "right": 0.0, "in_two": 0.0}, reply={"answer": "<b>Goats"}
    )
    before[0] = replace(
        before[0], reply={"answer": "Krogh & son"}, given={**before[0].given, "answers": ["Krogh"]}
    )
    html = comparison_html(compare(report(before), report(after)))
    assert html.index("<h3>Changed cases") < html.index("<h3>Every figure")
    worse, *_ = html.split('<span class="tag better">')
    assert '<span class="tag worse">' in worse
    assert "&lt;b&gt;Goats" in worse
    assert "Krogh &amp; son" in worse
    assert "<dt>Expected</dt><dd>Krogh</dd>" in worse
    assert "<b>Goats" not in html
    assert "No case changed." in comparison_html(compare(report(before), report(before)))
