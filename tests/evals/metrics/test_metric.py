"""A metric is one object: what it says of itself is all that table, page, gate and comparison need."""

import json
from dataclasses import replace

import pytest
from rich.console import Console

from footnote.evals.metrics.catalogue import METRICS
from footnote.evals.metrics.metric import BY_CASES, CaseOutcome, Headline, Metric, Slack
from footnote.evals.metrics.slices import ANSWERS
from footnote.evals.metrics.statistic import Mean
from footnote.evals.report import gate as gates
from footnote.evals.report.compare import compare
from footnote.evals.report.page import report_html
from footnote.evals.report.sheets import comparison_sheets
from footnote.evals.report.table import report_tables, sheet_tables
from footnote.evals.run import run_suite


def toy(evaluate):
    return Metric(
        key="shouted",
        label="answers in capitals",
        group="Manners",
        of=ANSWERS,
        evaluate=evaluate,
        statistic=Mean("shouted"),
        about="Share of answers that shout.",
        better="lower",
        headline=Headline("Shouting", "of the answers shout", "nobody spoke"),
        outcome=CaseOutcome(9, "shouting", lambda row: row.values.get("shouted")),
        slack=BY_CASES,
    )


QUIET = toy(lambda ctx: any(s.isupper() for s in ctx.said))
LOUD = toy(lambda _: True)


@pytest.fixture
def run(small_assistant, small_corpus, small_suite):
    def run(*more, name="samples"):
        suite = replace(small_suite, name=name)
        return run_suite(small_assistant, suite, corpus=small_corpus, metrics=(*METRICS, *more))

    return run


def printed(parts):
    console = Console(width=160, force_terminal=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def test_one_more_metric_is_in_the_rows_the_json_the_table_and_the_page(run):
    report = run(QUIET)
    metrics = (*METRICS, QUIET)
    (section,) = report.sections
    assert [row.values["shouted"] for row in section.rows] == [0.0, 0.0, 0.0]
    row = json.loads(json.dumps(report.as_json()))["sections"][0]["figures"][-1]
    assert (row["key"], row["group"], row["value"], row["n"]) == ("shouted", "Manners", 0.0, 3)
    text = printed(report_tables(report, metrics))
    assert "answers in capitals" in text
    assert "Shouting" in text
    html = report_html(report, metrics)
    assert "<h4>Manners</h4>" in html
    assert "of the answers shout" in html
    assert "Share of answers that shout." in html


def test_one_more_metric_is_held_by_the_gate(run, tmp_path):
    report, path = run(LOUD), tmp_path / "gate.json"
    _, changed = gates.pin(report, path, metrics=(*METRICS, LOUD))
    assert "shouted: none → 0.3333" in changed
    assert gates.failures(gates.read_gate(path), report) == []
    assert gates.failures(gates.read_gate(path), run()) == [
        "shouted could not be measured; its floor is 0.3333."
    ]


def test_one_more_metric_is_compared_and_its_cases_are_named(run):
    found = compare(run(QUIET), run(LOUD), (*METRICS, QUIET))
    (part,) = found.parts
    difference = part.differences[-1]
    assert (difference.key, difference.difference, difference.verdict) == ("shouted", 1.0, "worse")
    assert [change.what for change in part.worse] == ["shouting: no → yes"] * 3
    assert "answers in capitals" in printed(sheet_tables(comparison_sheets(found)))


def test_without_it_nothing_of_it_is_there(run):
    report = run()
    assert "Shouting" not in report_html(report)
    assert "shouted" not in report.sections[0].rows[0].values


def test_a_metric_that_raises_is_a_row_with_its_error_and_the_others_still_count(run):
    def broken(ctx):
        if "pear" in ctx.case.question:
            raise ZeroDivisionError("division by zero")
        return 1.0

    (section,) = run(toy(broken)).sections
    lit, pears, _ = section.rows
    assert pears.error == "The metric “answers in capitals” failed: ZeroDivisionError: division by zero"
    assert pears.reply["answer"]
    assert pears.values["right"] == 1.0
    assert "shouted" not in pears.values
    assert (lit.error, section.failed) == ("", (pears,))
    assert section.figure("shouted").n == 2


def test_a_metric_of_several_values_or_none_gives_those(run):
    several = toy(lambda ctx: {"shouted": 0.5, "whispered": 1.0} if "pear" in ctx.case.question else None)
    lit, pears, _ = run(several).sections[0].rows
    assert (pears.values["shouted"], pears.values["whispered"]) == (0.5, 1.0)
    assert "shouted" not in lit.values


def test_metrics_that_share_how_a_value_is_made_make_it_once(run):
    asked = []

    def counted(ctx):
        asked.append(ctx.case.id)
        return {"shouted": 1.0}

    run(toy(counted), replace(toy(counted), key="again"))
    assert asked == ["lit", "pears", "moon"]


def test_keys_are_unique_and_every_metric_says_what_it_means():
    keys = [metric.key for metric in METRICS]
    assert len(keys) == len(set(keys))
    assert all(metric.about.endswith(".") and metric.label for metric in METRICS)
    stands_in = {m.headline.stands_in_for for m in METRICS if m.headline and m.headline.stands_in_for}
    assert stands_in <= set(keys)


def test_a_floor_is_never_above_what_was_measured():
    assert Slack(cases=2).floor(0.6, 10) == pytest.approx(0.4)
    assert Slack(value=0.02).floor(0.60009, 10) == pytest.approx(0.58)
    assert Slack(cases=2).floor(0.1, 10) == 0.0
